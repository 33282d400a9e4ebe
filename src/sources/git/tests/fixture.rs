//! A repository in a temporary folder, and its objects as git lists them. The
//! only place where these tests start a process.

use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::sources::git::Numbers;
use crate::sources::git::ObjectError;
use crate::sources::git::ObjectReader;
use crate::sources::git::collector::Collector;
use crate::sources::git::discover::Repository;
use crate::sources::git::history::History;
use crate::sources::git::refs::Refs;
use crate::sources::git::tips::Tips;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

pub(super) struct Repo {
    pub(super) temp: tempfile::TempDir,
    pub(super) dir: PathBuf,
    clock: Cell<u64>,
}

impl Repo {
    /// `git init` with these options; the work tree is `work` in a folder of its own.
    pub(super) fn init(options: &[&str]) -> Repo {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("work");
        std::fs::create_dir(&dir).unwrap();
        let repo = Repo {
            temp,
            dir,
            clock: Cell::new(1_600_000_000),
        };
        repo.git(&[&["init", "-q", "-b", "main"], options].concat());
        repo
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.dir, args)
    }

    pub(super) fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        String::from_utf8(self.run(dir, args, b""))
            .unwrap()
            .trim_end()
            .to_owned()
    }

    pub(super) fn git_with(&self, args: &[&str], input: &[u8]) -> String {
        String::from_utf8(self.run(&self.dir, args, input)).unwrap()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "git is the oracle of these tests"
    )]
    pub(super) fn run(&self, dir: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
        self.clock.set(self.clock.get() + 86_400);
        let date = format!("@{} +0000", self.clock.get());
        let mut child = Command::new("git")
            .current_dir(dir)
            .args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0"])
            .args(args)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.org")
            .env("GIT_COMMITTER_NAME", "C")
            .env("GIT_COMMITTER_EMAIL", "c@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {stderr}");
        output.stdout
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes files, commits everything and gives the id of the commit.
    pub(super) fn commit(&self, files: &[(&str, &str)]) -> ObjectId {
        for (path, text) in files {
            self.write(path, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "work"]);
        self.id("HEAD")
    }

    pub(super) fn id(&self, revision: &str) -> ObjectId {
        id(&self.git(&["rev-parse", "--verify", "--end-of-options", revision]))
    }

    pub(super) fn open(&self) -> Repository {
        Repository::open(&self.dir).unwrap()
    }

    pub(super) fn objects(&self) -> Objects {
        Objects::of(self, &self.dir)
    }
}

pub(super) fn id(hex: &str) -> ObjectId {
    ObjectId::from_hex(hex.as_bytes()).unwrap()
}

/// All objects of a store, as `git cat-file` lists them.
pub(super) struct Objects(pub(super) BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>);

impl Objects {
    pub(super) fn of(repo: &Repo, dir: &Path) -> Objects {
        let out = repo.run(dir, &["cat-file", "--batch-all-objects", "--batch"], b"");
        let mut objects = BTreeMap::new();
        let mut rest = out.as_slice();
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap();
            let header = std::str::from_utf8(&rest[..end]).unwrap();
            let words = header.split(' ').collect::<Vec<_>>();
            let kind = match words[1] {
                "commit" => ObjectKind::Commit,
                "tree" => ObjectKind::Tree,
                "blob" => ObjectKind::Blob,
                _ => ObjectKind::Tag,
            };
            let len = words[2].parse::<usize>().unwrap();
            let bytes = rest[end + 1..end + 1 + len].to_vec();
            objects.insert(id(words[0]), (kind, bytes));
            rest = &rest[end + len + 2..];
        }
        Objects(objects)
    }

    /// What the product's walk does: every tree and commit once, from several threads.
    pub(super) fn collect(&self, repository: &Repository, wanted: &[ObjectId]) -> History<'_> {
        let collector = Collector::new(repository.format, self, wanted, 2);
        let feed = |half: usize| {
            for (id, (kind, bytes)) in self.0.iter().skip(half).step_by(2) {
                match kind {
                    ObjectKind::Tree => {
                        let number = self.number(id.as_bytes()).unwrap();
                        drop(collector.tree(number, bytes));
                    }
                    ObjectKind::Commit => collector.commit(id, bytes),
                    _ => {}
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| feed(0));
            feed(1);
        });
        collector.finish()
    }

    pub(super) fn tips(&self, repository: &Repository) -> Tips {
        Tips::new(&Refs::read(repository), self, |_| false)
    }

    pub(super) fn blobs(&self) -> Vec<ObjectId> {
        let blobs = self
            .0
            .iter()
            .filter(|(_, (kind, _))| *kind == ObjectKind::Blob);
        blobs.map(|(id, _)| *id).collect()
    }
}

impl ObjectReader for Objects {
    fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<ObjectKind, ObjectError> {
        let (kind, bytes) = self.0.get(id).ok_or(ObjectError::Missing(*id))?;
        out.clone_from(bytes);
        Ok(*kind)
    }

    fn with_prefix(&self, hex: &str, limit: usize) -> Vec<ObjectId> {
        let ids = self.0.keys().filter(|id| id.to_string().starts_with(hex));
        ids.take(limit).copied().collect()
    }
}

impl Numbers for Objects {
    fn number(&self, id: &[u8]) -> Option<u32> {
        let found = self.0.keys().position(|other| other.as_bytes() == id);
        found.map(|number| number as u32)
    }

    fn id(&self, number: u32) -> ObjectId {
        *self.0.keys().nth(number as usize).unwrap()
    }

    fn count(&self) -> u32 {
        self.0.len() as u32
    }
}
