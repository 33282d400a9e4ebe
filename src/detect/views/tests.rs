//! Views as a user sees them.
