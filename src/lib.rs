//! Bowerbird collects evidence from source trees and git history.

pub mod bytes;
pub mod detect;
pub mod error;
pub mod model;
