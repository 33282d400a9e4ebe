//! The binary as a user runs it: a folder of its own, an empty environment, and
//! what comes out on the three channels it has (two streams and the exit code).
//! Repositories are made by the git of this machine; secrets are made while the
//! tests run, so that none stands in this repository.

mod baseline;
mod files;
mod foreign;
mod history;
mod layouts;
mod leaks;
pub(crate) mod reports;
#[cfg(unix)]
mod signals;
mod usage;

use crate::git;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

/// What one run of the binary gave.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// Standard output as JSON, with the exit code checked.
    pub(crate) fn json(&self, code: i32) -> serde_json::Value {
        self.expect(code);
        serde_json::from_slice(&self.stdout).unwrap()
    }

    pub(crate) fn expect(&self, code: i32) -> &Ran {
        assert_eq!(self.code, Some(code), "{}\n{}", self.text(), self.stderr);
        self
    }
}

/// A folder that is gone when the test ends.
pub(crate) struct TestEnv {
    home: tempfile::TempDir,
    /// What is scanned.
    pub(crate) dir: PathBuf,
}

impl TestEnv {
    pub(crate) fn new() -> TestEnv {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("target");
        fs::create_dir(&dir).unwrap();
        TestEnv { home, dir }
    }

    /// A folder with an empty repository in it.
    pub(crate) fn repository() -> TestEnv {
        let env = TestEnv::new();
        env.git(&["init", "-q", "-b", "main"]);
        env
    }

    /// A path beside the scanned folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Commits everything that lies in the folder.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.dir, args)
    }

    pub(crate) fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let mut command = git::command(dir, args);
        command
            .env("HOME", self.home.path())
            .env("GIT_AUTHOR_DATE", "1700000000 +0000")
            .env("GIT_COMMITTER_DATE", "1700000000 +0000");
        let out = git::done(args, git::run(command, b""));
        String::from_utf8_lossy(&out).trim().to_owned()
    }

    #[expect(clippy::disallowed_methods, reason = "the binary is what is tested")]
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bowerbird"));
        command
            .args(args)
            .current_dir(&self.dir)
            .env_clear()
            .env("HOME", self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary in the folder; it finds no git and no configuration.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs the binary with `input` on standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut child = self.spawn(args);
        child.stdin.take().unwrap().write_all(input).unwrap();
        ran(child.wait_with_output().unwrap())
    }

    /// Scans the folder and gives the JSON report.
    pub(crate) fn scan(&self, code: i32) -> serde_json::Value {
        self.run(&["scan", "--report", "json", "."]).json(code)
    }
}

fn ran(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A token that a rule finds and whose checksum holds; it opens nothing.
pub(crate) fn token(seed: u64) -> String {
    let made = bowerbird::token::make("github-token", "ghp_", seed).unwrap();
    String::from_utf8(made).unwrap()
}

/// A line of source code that holds the token.
pub(crate) fn line(seed: u64) -> String {
    format!("token = \"{}\"\n", token(seed))
}

/// The origins of all findings, as `source` or `source:path`, sorted.
pub(crate) fn places(report: &serde_json::Value) -> Vec<String> {
    let mut places: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| finding["locations"].as_array().unwrap())
        .map(|location| origin(&location["origin"]))
        .collect();
    places.sort();
    places
}

fn origin(origin: &serde_json::Value) -> String {
    let source = origin["source"].as_str().unwrap();
    match origin["path"].as_str() {
        Some(path) => format!("{source}:{path}"),
        None => match origin["kind"].as_str() {
            Some(kind) => format!("{source}:{kind}"),
            None => source.to_owned(),
        },
    }
}

/// How many findings a report has.
pub(crate) fn findings(report: &serde_json::Value) -> usize {
    report["findings"].as_array().unwrap().len()
}

/// The reasons for which something was not read.
pub(crate) fn reasons(report: &serde_json::Value) -> Vec<String> {
    let totals = report["coverage"]["unscanned_total"].as_object().unwrap();
    totals.keys().cloned().collect()
}
