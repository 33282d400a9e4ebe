//! The few things about failing that cross modules: the exit codes.

/// The exit codes we promise and never change. 3 beats 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// Complete, and nothing at or above the threshold.
    Clean = 0,
    /// Complete, with findings at or above the threshold.
    Findings = 1,
    /// Wrong usage, configuration or rules: the user's to mend.
    Usage = 2,
    /// Something was not read; the report says what.
    Incomplete = 3,
    /// A report could not be written, or a defect of ours.
    Internal = 4,
    /// SIGINT ended the run early: 128 and the number of the signal, as shells tell it.
    Interrupted = 130,
    /// SIGTERM did.
    Terminated = 143,
}
