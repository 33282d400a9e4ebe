//! Repositories made by the git on this machine and scans of them by the real
//! program, for the tests of what a scan reads. Git is only ever started here
//! and in other tests, never by the product.

use crate::git;
use serde_json::Value;
use std::path::Path;
use std::path::PathBuf;

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
        let out = git::git(dir, args, b"");
        String::from_utf8(out).unwrap().trim().to_owned()
    }

    /// Runs git and says whether it succeeded.
    pub(crate) fn try_git(&self, args: &[&str]) -> bool {
        let out = git::run(git::command(&self.work(), args), b"");
        out.status.success()
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
        let mut program = git::program(env!("CARGO_BIN_EXE_bowerbird"), dir);
        program.arg("scan").args(args);
        program.args(["-r", "json", "--enable", "test", "--rules"]);
        program.arg(self.home().join("rules"));
        program.envs(env.iter().copied());
        let out = git::run(program, input.as_bytes());
        Scanned {
            code: out.status.code().unwrap(),
            report: serde_json::from_slice(&out.stdout).unwrap_or(Value::Null),
            stderr: String::from_utf8(out.stderr).unwrap(),
        }
    }
}
