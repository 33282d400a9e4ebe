//! What the process used so far, as the kernel tells in `/proc`. Other systems
//! would need calls that only unsafe code can make: there the answer is `None`,
//! and the report says `null` instead of guessing.

/// The unit of the times in `/proc/PID/stat`: hundredths of a second on every Linux
/// architecture in use (`USER_HZ`, proc_pid_stat(5)).
const TICKS: f64 = 100.0;

/// Processor time of all threads, in seconds, to a hundredth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cpu {
    pub(super) user: f64,
    pub(super) system: f64,
}

/// Processor time used so far.
pub(super) fn cpu() -> Option<Cpu> {
    parse_stat(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// Fields 14 and 15; the name in field 2 may hold anything, so counting begins behind its `)`.
fn parse_stat(stat: &str) -> Option<Cpu> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut seconds = || Some(fields.next()?.parse::<u64>().ok()? as f64 / TICKS);
    Some(Cpu {
        user: seconds()?,
        system: seconds()?,
    })
}

/// The largest resident set so far, in bytes: mapped packs count as far as they were touched.
pub(super) fn peak_resident() -> Option<u64> {
    status("VmHWM:")
}

/// The anonymous part of the resident set now, in bytes.
pub(super) fn anonymous() -> Option<u64> {
    status("RssAnon:")
}

fn status(key: &str) -> Option<u64> {
    parse_status(&std::fs::read_to_string("/proc/self/status").ok()?, key)
}

fn parse_status(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kilobytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_the_name() {
        let stat = "42 (a) b 7) R 1 2 3 4 5 6 7 8 9 10 250 75 0 0 20";
        assert_eq!(
            parse_stat(stat),
            Some(Cpu {
                user: 2.5,
                system: 0.75
            })
        );
        assert_eq!(parse_stat("42 (a"), None);
    }

    #[test]
    fn memory_is_told_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nRssAnon:\t 4 kB\n";
        assert_eq!(parse_status(status, "VmHWM:"), Some(2 << 20));
        assert_eq!(parse_status(status, "RssFile:"), None);
    }
}
