//! A run that a signal ends early: what was found until then is told, and that it is not all.
//! The runs read standard input that does not end, so that they cannot finish first.

use super::TestEnv;
use super::findings;
use super::line;
use super::reasons;
use crate::git::program;
use std::io::Write as _;

/// Feeds the binary until the signal has ended it; its exit code and report.
fn ended_by(signal: &str) -> (Option<i32>, serde_json::Value) {
    let env = TestEnv::new();
    let mut child = env.spawn(&["scan", "--report", "json", "-"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(line(1).as_bytes()).unwrap();
    let mut sent = 0;
    // A pipe holds less than this: whoever took it is reading, and listens.
    let chunk = b"nothing to see\n".repeat(100_000);
    while input.write_all(&chunk).is_ok() {
        sent += 1;
        if sent == 2 {
            let kill = [signal, &child.id().to_string()];
            let killed = program("kill", &env.dir).args(kill).status().unwrap();
            assert!(killed.success());
        }
        assert!(sent < 1000, "it reads on");
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code(), report)
}

#[test]
fn what_was_found_before_a_signal_is_told() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (ended, report) = ended_by(signal);
        assert_eq!(ended, Some(code));
        assert_eq!(report["complete"], false);
        assert_eq!(reasons(&report), ["interrupted"]);
        assert_eq!(findings(&report), 1);
    }
}
