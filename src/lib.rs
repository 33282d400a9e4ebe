//! Bowerbird collects evidence from source trees and git history.

pub mod assess;
pub mod attest;
pub mod bench;
pub mod bytes;
pub mod cli;
pub mod detect;
pub mod document;
pub mod error;
pub mod evidence;
pub mod examples;
pub mod findings;
pub mod limits;
pub mod model;
pub mod record;
pub mod report;
pub mod rules;
pub mod samples;
pub mod scan;
pub mod sources;
pub mod survey;
pub mod token;
