//! What a measurement gives, as plain data, and the text for people. Numbers
//! keep their units in their names; how they were come by is told in the
//! module above.

use super::planted::Recall;
use crate::report::describe;
use serde::Serialize;
use std::io;
use std::io::Write;

/// The middle and the ends of what the runs gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// The median; of an even number of runs, the mean of the middle two.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Spread {
    /// Of these values; zeros when there are none.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        let median = if values.len().is_multiple_of(2) {
            (at(middle.saturating_sub(1)) + at(middle)) / 2.0
        } else {
            at(middle)
        };
        Spread {
            median,
            min: at(0),
            max: at(values.len().saturating_sub(1)),
        }
    }
}

/// One phase of a scan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// Its name.
    pub name: &'static str,
    /// By the wall clock.
    pub seconds: Spread,
    /// Megabytes (10^6) a second at the median; absent where bytes are not what it works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mb_per_second: Option<f64>,
    /// Files or objects a second at the median; absent as above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_per_second: Option<f64>,
}

/// What one rule cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleCost {
    /// Its id; `(scorer)` for what rules without a provider share.
    pub rule: String,
    /// Over all threads, the clock's own cost included.
    pub seconds: f64,
    /// Of the time of all rules, from 0 to 1.
    pub share: f64,
    /// Keywords that it verified.
    pub candidates: u64,
    /// How many of them matched, refused ones included.
    pub matches: u64,
}

/// Memory of the process, in bytes; `None` where the system does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Memory {
    /// The largest resident set up to the end of the last full scan.
    pub peak_resident: Option<u64>,
    /// The largest anonymous part (mapped files left out) seen at the end of a stage.
    pub anonymous: Option<u64>,
}

/// Processor time of a full scan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Processor {
    /// In user mode, all threads, seconds.
    pub user_seconds: Spread,
    /// In the kernel, all threads, seconds.
    pub system_seconds: Spread,
    /// Both over wall time times threads, from 0 to 1, at the medians.
    pub use_ratio: f64,
}

/// A measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// `bowerbird-bench/1`.
    pub schema: &'static str,
    /// Of the crate.
    pub version: &'static str,
    /// Threads.
    pub jobs: usize,
    /// Runs that count.
    pub runs: usize,
    /// Runs before them that do not.
    pub warmup: usize,
    /// Rules that ran.
    pub rules: usize,
    /// Rules that a keyword woke, so that their patterns were compiled.
    pub compiled_rules: u64,
    /// Files read.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Blobs and tags decoded.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// Bytes of objects that were searched and not inherited from a delta base.
    pub searched_bytes: u64,
    /// Findings.
    pub findings: u64,
    /// Keywords verified.
    pub candidates: u64,
    /// The same for each megabyte searched.
    pub candidates_per_mb: f64,
    /// The full scan, report included.
    pub total: Phase,
    /// Its parts.
    pub phases: Vec<Phase>,
    /// The costliest rules on the files, worst first.
    pub costliest_rules: Vec<RuleCost>,
    /// Memory.
    pub memory: Memory,
    /// Processor time; `None` where the system does not tell.
    pub processor: Option<Processor>,
    /// How many planted secrets were found, if there is a list.
    pub recall: Option<Recall>,
}

impl Measured {
    /// The value of [`Measured::schema`].
    pub const SCHEMA: &'static str = "bowerbird-bench/1";

    /// Writes the measurement for people.
    ///
    /// # Errors
    /// What the writer says.
    pub fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        writeln!(
            out,
            "\n{:<28}{:>10}{:>10}{:>10}{:>11}{:>11}",
            "", "median s", "min s", "max s", "MB/s", "files/s"
        )?;
        for phase in self.phases.iter().chain([&self.total]) {
            phase.text(out)?;
        }
        self.rules(out)?;
        self.resources(out)?;
        self.recall
            .as_ref()
            .map_or(Ok(()), |recall| recall.text(out))
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} files, {}; {} objects, {}, of which {} were searched",
            describe::number(self.files),
            describe::bytes(self.file_bytes),
            describe::number(self.objects),
            describe::bytes(self.object_bytes),
            describe::bytes(self.searched_bytes),
        )?;
        writeln!(
            out,
            "{} rules, {} woken; {} candidates, {:.0} for each MB; {}",
            self.rules,
            self.compiled_rules,
            describe::number(self.candidates),
            self.candidates_per_mb,
            describe::count(self.findings, "finding", "findings"),
        )?;
        writeln!(
            out,
            "{} runs after {} to warm up, {} threads",
            self.runs, self.warmup, self.jobs
        )
    }

    fn rules(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.costliest_rules.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n{:<44}{:>7}{:>12}{:>10}{:>11}",
            "costliest rules", "share", "candidates", "matches", "CPU ms"
        )?;
        self.costliest_rules.iter().try_for_each(|cost| {
            writeln!(
                out,
                "{:<44}{:>6.1}%{:>12}{:>10}{:>11.1}",
                cost.rule,
                cost.share * 100.0,
                describe::number(cost.candidates),
                describe::number(cost.matches),
                cost.seconds * 1000.0
            )
        })
    }

    fn resources(&self, out: &mut dyn Write) -> io::Result<()> {
        let shown = |bytes: Option<u64>| bytes.map_or("not known".to_owned(), describe::bytes);
        writeln!(
            out,
            "\nmemory     peak {}, anonymous {}",
            shown(self.memory.peak_resident),
            shown(self.memory.anonymous)
        )?;
        match &self.processor {
            None => writeln!(out, "processor  not known on this system"),
            Some(used) => writeln!(
                out,
                "processor  {:.2} s user, {:.2} s system, {:.0} % of {} threads",
                used.user_seconds.median,
                used.system_seconds.median,
                used.use_ratio * 100.0,
                self.jobs
            ),
        }
    }
}

impl Phase {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let rate = |rate: Option<f64>| rate.map_or(String::new(), |rate| format!("{rate:.0}"));
        let Spread { median, min, max } = self.seconds;
        writeln!(
            out,
            "{:<28}{median:>10.4}{min:>10.4}{max:>10.4}{:>11}{:>11}",
            self.name,
            rate(self.mb_per_second),
            rate(self.files_per_second)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        let spread = |values: &[f64]| {
            let Spread { median, min, max } = Spread::of(values.to_vec());
            (median, min, max)
        };
        assert_eq!(spread(&[3.0, 1.0, 2.0]), (2.0, 1.0, 3.0));
        assert_eq!(spread(&[4.0, 1.0]), (2.5, 1.0, 4.0));
        assert_eq!(spread(&[]), (0.0, 0.0, 0.0));
    }
}
