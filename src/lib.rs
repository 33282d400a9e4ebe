//! Bowerbird collects evidence from source trees and git history.

pub mod bytes;
pub mod error;
pub mod model;
pub mod report;
