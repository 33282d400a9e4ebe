//! Where bytes come from. Each source enumerates what it holds, hands the bytes
//! to a visitor and lists what it could not read; none of them knows a detector
//! or a report, so that the scan can join them freely.

pub mod git;
