//! Repositories made by the git on this machine and scans of them by the real
//! program, for the tests of what a scan reads. Git is only ever started here
//! and in other tests, never by the product.

use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

/// A repository with a work tree, and a rule that finds `acme_` with eight digits.
pub(crate) struct Scratch {
    home: tempfile::TempDir,
}

/// What a scan came to.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) code: i32,
    pub(crate) report: Value,
    pub(crate) stderr: String,
}

impl Scanned {
    /// Where findings stand: source, path and commit of every place.
    pub(crate) fn places(&self) -> Vec<(String, String, String)> {
        let findings = self.report["findings"].as_array().unwrap().iter();
        let places = findings.flat_map(|finding| finding["locations"].as_array().unwrap());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut places: Vec<_> = places
            .map(|place| &place["origin"])
            .map(|origin| {
                (
                    text(&origin["source"]),
                    text(&origin["path"]),
                    text(&origin["commit"]),
                )
            })
            .collect();
        places.sort();
        places
    }

    /// The paths of all places.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.places().into_iter().map(|(_, path, _)| path).collect()
    }

    /// How many of a unit were read.
    pub(crate) fn total(&self, unit: &str) -> Option<u64> {
        self.report["coverage"]["totals"][unit]["scanned"].as_u64()
    }
}

impl Scratch {
    pub(crate) fn new() -> Scratch {
        let scratch = Scratch {
            home: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(scratch.work()).unwrap();
        scratch.rule("acme", "acme_");
        scratch.git(&["init", "-q", "-b", "main"]);
        scratch
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.home().join("work")
    }

    /// Writes a rule file with one rule of that name, for this prefix and eight digits.
    pub(crate) fn rule(&self, id: &str, prefix: &str) {
        let text = format!(
            "provider: test\nrules:\n  - id: test-{id}\n    title: A token\n    severity: high\n    \
             confidence: high\n    tags: [test]\n    keywords: [{prefix}]\n    \
             pattern: '(?<secret>{prefix}[0-9]{{8}})'\n    why: w\n    fix: f\n    \
             references: [https://example.com/]\n    examples: {{match: ['{prefix}{{{{digit:8}}}}'], no_match: ['{prefix}1']}}\n"
        );
        let rules = self.home().join("rules");
        std::fs::create_dir_all(&rules).unwrap();
        std::fs::write(rules.join(format!("{id}.yml")), text).unwrap();
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.work(), args)
    }

    pub(crate) fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let mut git = command("git", dir);
        let out = git
            .args(["-c", "gc.auto=0", "-c", "protocol.file.allow=always"])
            .args(args)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "git {args:?}: {error}");
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// Runs git and says whether it succeeded.
    pub(crate) fn try_git(&self, args: &[&str]) -> bool {
        let out = command("git", &self.work()).args(args).output();
        out.unwrap().status.success()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits one file and gives the id of the commit.
    pub(crate) fn commit(&self, path: &str, text: &str, message: &str) -> String {
        self.write(path, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn scan(&self, args: &[&str]) -> Scanned {
        self.scan_in(&self.work(), args, "", &[])
    }

    /// Scans in a folder with this standard input and these variables.
    pub(crate) fn scan_in(
        &self,
        dir: &Path,
        args: &[&str],
        input: &str,
        env: &[(&str, &Path)],
    ) -> Scanned {
        let mut program = command(env!("CARGO_BIN_EXE_bowerbird"), dir);
        program.arg("scan").args(args);
        program.args(["-r", "json", "--enable", "test", "--rules"]);
        program.arg(self.home().join("rules"));
        program.envs(env.iter().copied());
        let mut child = program.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The program may end without reading it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let out = child.wait_with_output().unwrap();
        Scanned {
            code: out.status.code().unwrap(),
            report: serde_json::from_slice(&out.stdout).unwrap_or(Value::Null),
            stderr: String::from_utf8(out.stderr).unwrap(),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests make repositories with git and run the program"
)]
fn command(program: &str, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
