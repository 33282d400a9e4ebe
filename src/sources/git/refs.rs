//! All refs of a repository and what they point at, from loose files, packed
//! refs or reftables, of the main and every linked work tree. Names are bytes.
//! What is damaged is named and costs only itself; peeling tags needs objects
//! and is left to `revision`.

use super::discover::RefStorage;
use super::discover::Repository;
use super::discover::SMALL;
use super::file;
use super::file::EntryKind;
use super::file::FileError;
use super::file::shown;
use super::file::trim_end;
use super::reflog;
use super::reflog::Move;
use super::reflog::Reflog;
use super::reftable;
use super::reftable::RefValue;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::collections::BTreeMap;
use std::path::Path;

/// What a ref points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An object.
    Object(ObjectId),
    /// Another ref, by full name.
    Symbolic(Vec<u8>),
}

/// A ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// The full name: `refs/heads/main`, `HEAD`, `FETCH_HEAD`; those of other work trees as git
    /// writes them, `worktrees/NAME/HEAD` or `main-worktree/HEAD`.
    pub name: Vec<u8>,
    /// What it points at.
    pub target: Target,
    /// The object behind an annotated tag, where the storage says so; not verified.
    pub peeled: Option<ObjectId>,
}

/// What kind of ref a name is. The order is the one in which reports list refs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefClass {
    /// `refs/heads/`
    Branch,
    /// `refs/tags/`
    Tag,
    /// `refs/remotes/`
    Remote,
    /// Anything else below `refs/`: stash, notes, pull requests.
    Other,
    /// HEAD of a work tree.
    Head,
    /// `FETCH_HEAD`, `ORIG_HEAD` and their like: left by commands, not kept by anybody.
    Pseudo,
}

/// The class of a full name.
pub fn class(name: &[u8]) -> RefClass {
    let local = without_worktree(name);
    for (prefix, class) in [
        (&b"refs/heads/"[..], RefClass::Branch),
        (b"refs/tags/", RefClass::Tag),
        (b"refs/remotes/", RefClass::Remote),
        (b"refs/", RefClass::Other),
    ] {
        if local.starts_with(prefix) {
            return class;
        }
    }
    if local == b"HEAD" {
        RefClass::Head
    } else {
        RefClass::Pseudo
    }
}

fn without_worktree(name: &[u8]) -> &[u8] {
    if let Some(rest) = name.strip_prefix(b"main-worktree/") {
        return rest;
    }
    name.strip_prefix(b"worktrees/")
        .and_then(|rest| Some(&rest[memchr::memchr(b'/', rest)? + 1..]))
        .unwrap_or(name)
}

/// All refs and reflogs of a repository.
#[derive(Clone, Debug, Default)]
pub struct Refs {
    /// Sorted by name. `FETCH_HEAD` and `MERGE_HEAD` may occur several times, in file order.
    pub list: Vec<Ref>,
    /// Sorted by name.
    pub reflogs: Vec<Reflog>,
    /// What could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// Longest `packed-refs` or reftable that is read, in bytes.
const TABLE_LIMIT: u64 = 1 << 30;
/// Most symbolic refs that are followed from one to the next, as in git.
const SYMBOLIC_DEPTH: usize = 5;
/// How deep folders of refs may nest.
const FOLDER_DEPTH: usize = 1024;

/// A symbolic ref leads in a circle or through too many others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the symbolic ref leads in a circle")]
pub struct Circular;

impl Refs {
    /// Reads all refs and reflogs of a repository.
    pub fn read(repository: &Repository) -> Refs {
        let mut builder = Builder {
            format: repository.format,
            refs: BTreeMap::new(),
            logs: BTreeMap::new(),
            unscanned: Vec::new(),
        };
        let storage = repository.ref_storage;
        let linked = repository.git_dir != repository.common_dir;
        builder.store(&repository.common_dir, b"", storage, false);
        for worktree in &repository.worktrees {
            let prefix = [b"worktrees/", &worktree.name[..], b"/"].concat();
            builder.store(&worktree.git_dir, &prefix, storage, true);
        }
        if linked {
            builder.rename_main();
            builder.store(&repository.git_dir, b"", storage, true);
        }
        builder.finish()
    }

    /// The ref of this full name.
    pub fn get(&self, name: &[u8]) -> Option<&Ref> {
        let at = self
            .list
            .partition_point(|entry| entry.name.as_slice() < name);
        self.list.get(at).filter(|entry| entry.name == name)
    }

    /// The object a ref points at, through symbolic refs; `None` when the last of them does not exist
    /// (an unborn branch). The result is not peeled.
    pub fn resolve(&self, name: &[u8]) -> Result<Option<ObjectId>, Circular> {
        let mut name = name;
        for _ in 0..=SYMBOLIC_DEPTH {
            match self.get(name).map(|entry| &entry.target) {
                None => return Ok(None),
                Some(Target::Object(id)) => return Ok(Some(*id)),
                Some(Target::Symbolic(next)) => name = next,
            }
        }
        Err(Circular)
    }
}

struct Builder {
    format: ObjectFormat,
    refs: BTreeMap<Vec<u8>, Vec<Ref>>,
    logs: BTreeMap<Vec<u8>, Reflog>,
    unscanned: Vec<Unscanned>,
}

impl Builder {
    /// Reads one git directory; `own` leaves out what a linked work tree shares with the others.
    fn store(&mut self, dir: &Path, prefix: &[u8], storage: RefStorage, own: bool) {
        if storage == RefStorage::Reftable {
            self.reftables(dir, prefix);
        } else {
            if !own {
                self.packed(dir);
            }
            self.folder(&dir.join("refs"), prefix, b"refs", Self::loose);
            self.folder(&dir.join("logs"), prefix, b"", Self::log);
        }
        self.pseudo(dir, prefix, storage);
    }

    /// Seen from a linked work tree, the HEAD of the main one has a longer name.
    fn rename_main(&mut self) {
        let own = |name: &[u8]| {
            !name.starts_with(b"worktrees/")
                && (!name.starts_with(b"refs/")
                    || [&b"refs/bisect/"[..], b"refs/worktree/", b"refs/rewritten/"]
                        .iter()
                        .any(|prefix| name.starts_with(prefix)))
        };
        let rename = |name: &[u8]| [b"main-worktree/", name].concat();
        let names = self.refs.keys().filter(|name| own(name)).cloned();
        for name in names.collect::<Vec<_>>() {
            for mut entry in self.refs.remove(&name).unwrap_or_default() {
                entry.name = rename(&name);
                self.refs.entry(rename(&name)).or_default().push(entry);
            }
        }
        if let Some(mut log) = self.logs.remove(&b"HEAD"[..]) {
            log.name = rename(b"HEAD");
            self.logs.insert(rename(b"HEAD"), log);
        }
    }

    fn miss(&mut self, what: String, reason: Reason, detail: &str) {
        self.unscanned.push(Unscanned {
            what,
            reason,
            bytes: None,
            detail: detail.to_owned(),
        });
    }

    fn set(&mut self, name: Vec<u8>, target: Target, peeled: Option<ObjectId>) {
        let entry = Ref {
            name: name.clone(),
            target,
            peeled,
        };
        self.refs.insert(name, vec![entry]);
    }

    /// `<id> SP <name>` lines, each followed by `^<id>` when it is an annotated tag.
    fn packed(&mut self, dir: &Path) {
        let text = match file::read_regular(&dir.join("packed-refs"), TABLE_LIMIT) {
            Ok(text) => text,
            Err(FileError::Missing) => return,
            Err(error) => {
                return self
                    .unscanned
                    .push(error.unscanned("packed-refs".to_owned()));
            }
        };
        let hex = self.format.id_len() * 2;
        let mut last: Option<Vec<u8>> = None;
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() || line[0] == b'#' {
                continue;
            }
            let good = if let Some(peeled) = line.strip_prefix(b"^") {
                let peeled = self.id(peeled);
                let entry = last.take().and_then(|name| self.refs.get_mut(&name));
                match (entry, peeled) {
                    (Some(entry), Some(_)) => {
                        entry[0].peeled = peeled;
                        true
                    }
                    _ => false,
                }
            } else {
                let id = line.get(..hex).and_then(|text| self.id(text));
                match (id, line.get(hex..)) {
                    (Some(id), Some([b' ', name @ ..])) if !name.is_empty() => {
                        self.set(name.to_vec(), Target::Object(id), None);
                        last = Some(name.to_vec());
                        true
                    }
                    _ => false,
                }
            };
            if !good {
                let what = format!("packed-refs:{}", number + 1);
                self.miss(what, Reason::ParseError, "a damaged line");
            }
        }
    }

    fn id(&self, text: &[u8]) -> Option<ObjectId> {
        ObjectId::from_hex(text).filter(|id| id.format() == self.format)
    }

    /// Calls `each` for every file below a folder with its path and name, without recursion.
    fn folder(
        &mut self,
        top: &Path,
        prefix: &[u8],
        name: &[u8],
        each: fn(&mut Self, &Path, &[u8], &[u8], EntryKind),
    ) {
        let mut todo = vec![(top.to_owned(), name.to_vec(), 0)];
        while let Some((dir, name, depth)) = todo.pop() {
            let entries = match file::list(&dir) {
                Ok(entries) => entries,
                // In a repository with reftables `refs/heads` is a file; so is a path below one.
                Err(FileError::Missing) => continue,
                Err(error) => {
                    let what = shown(&[prefix, &name].concat());
                    self.unscanned.push(error.unscanned(what));
                    continue;
                }
            };
            for (entry, kind) in entries {
                let Some(path) = file::os_path(&entry).map(|path| dir.join(path)) else {
                    continue;
                };
                let name = match name.as_slice() {
                    b"" => entry,
                    name => [name, b"/", &entry].concat(),
                };
                if kind != EntryKind::Dir {
                    each(self, &path, prefix, &name, kind);
                } else if depth < FOLDER_DEPTH {
                    todo.push((path, name, depth + 1));
                } else {
                    self.miss(shown(&name), Reason::LimitDepth, "nested folders of refs");
                }
            }
        }
    }

    fn loose(&mut self, path: &Path, prefix: &[u8], name: &[u8], kind: EntryKind) {
        if name.ends_with(b".lock") {
            return;
        }
        let full = [prefix, name].concat();
        if kind == EntryKind::Link {
            self.link(path, full);
            return;
        }
        match file::read_regular(path, SMALL) {
            Ok(text) => match self.target(&text) {
                Some(target) => self.set(full, target, None),
                None => self.miss(shown(&full), Reason::ParseError, "not a ref"),
            },
            Err(error) => self.unscanned.push(error.unscanned(shown(&full))),
        }
    }

    /// The oldest kind of symbolic ref is a symbolic link; its text is read, it is not followed.
    fn link(&mut self, path: &Path, name: Vec<u8>) {
        let target = std::fs::read_link(path)
            .map(|target| target.as_os_str().as_encoded_bytes().to_vec())
            .unwrap_or_default();
        if target.starts_with(b"refs/") {
            self.set(name, Target::Symbolic(target), None);
        } else {
            self.unscanned.push(FileError::Link.unscanned(shown(&name)));
        }
    }

    fn target(&self, text: &[u8]) -> Option<Target> {
        if let Some(name) = text.strip_prefix(b"ref:") {
            let name = trim_end(name).trim_ascii_start();
            return (!name.is_empty()).then(|| Target::Symbolic(name.to_vec()));
        }
        let hex = self.format.id_len() * 2;
        let id = self.id(text.get(..hex)?)?;
        let after = text.get(hex).copied().unwrap_or(b'\n');
        after.is_ascii_whitespace().then_some(Target::Object(id))
    }

    fn log(&mut self, path: &Path, prefix: &[u8], name: &[u8], kind: EntryKind) {
        let full = [prefix, name].concat();
        let text = match kind {
            EntryKind::Link => Err(FileError::Link),
            _ => file::read_regular(path, reflog::LIMIT),
        };
        match text {
            Ok(text) => {
                let log = reflog::parse(&full, &text, self.format, &mut self.unscanned);
                self.logs.insert(full, log);
            }
            Err(error) => {
                let what = format!("logs/{}", shown(&full));
                self.unscanned.push(error.unscanned(what));
            }
        }
    }

    /// HEAD and the refs that commands leave beside it.
    fn pseudo(&mut self, dir: &Path, prefix: &[u8], storage: RefStorage) {
        let entries = match file::list(dir) {
            Ok(entries) => entries,
            Err(error) => {
                let what = shown(&[prefix, b"."].concat());
                return self.unscanned.push(error.unscanned(what));
            }
        };
        for (name, kind) in entries {
            let looks = name == b"AUTO_MERGE"
                || (name.ends_with(b"HEAD")
                    && name.iter().all(|&b| b.is_ascii_uppercase() || b == b'_'));
            // The HEAD beside a reftable is a stub for old versions of git.
            let stub = name == b"HEAD" && storage == RefStorage::Reftable;
            if !looks || kind == EntryKind::Dir || stub {
                continue;
            }
            let Some(path) = file::os_path(&name).map(|path| dir.join(path)) else {
                continue;
            };
            if matches!(name.as_slice(), b"FETCH_HEAD" | b"MERGE_HEAD") && kind == EntryKind::File {
                self.several(&path, prefix, &name);
            } else {
                self.loose(&path, prefix, &name, kind);
            }
        }
    }

    /// Files with an id at the beginning of each line.
    fn several(&mut self, path: &Path, prefix: &[u8], name: &[u8]) {
        let full = [prefix, name].concat();
        let text = match file::read_regular(path, reflog::LIMIT) {
            Ok(text) => text,
            Err(error) => return self.unscanned.push(error.unscanned(shown(&full))),
        };
        let hex = self.format.id_len() * 2;
        let mut entries = Vec::new();
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            match line.get(..hex).and_then(|text| self.id(text)) {
                Some(id) => entries.push(Ref {
                    name: full.clone(),
                    target: Target::Object(id),
                    peeled: None,
                }),
                None if line.is_empty() => {}
                None => {
                    let what = format!("{}:{}", shown(&full), number + 1);
                    self.miss(what, Reason::ParseError, "a line without an object id");
                }
            }
        }
        if !entries.is_empty() {
            self.refs.insert(full, entries);
        }
    }

    /// The tables of one stack, oldest first; later ones win.
    fn reftables(&mut self, dir: &Path, prefix: &[u8]) {
        let folder = dir.join("reftable");
        let list = match file::read_regular(&folder.join("tables.list"), SMALL) {
            Ok(list) => list,
            Err(error) => {
                let what = [&shown(prefix), "reftable/tables.list"].concat();
                return self.unscanned.push(error.unscanned(what));
            }
        };
        let mut logs = BTreeMap::<(Vec<u8>, u64), Move>::new();
        for name in list
            .split(|&byte| byte == b'\n')
            .filter(|name| !name.is_empty())
        {
            let what = format!("{}reftable/{}", shown(prefix), shown(name));
            let path = match file::os_path(name) {
                Some(path) if !name.contains(&b'/') => folder.join(path),
                _ => {
                    self.miss(what, Reason::ParseError, "not the name of a table");
                    continue;
                }
            };
            match file::read_regular(&path, TABLE_LIMIT) {
                Ok(bytes) => self.table(&bytes, prefix, what, &mut logs),
                Err(error) => self.unscanned.push(error.unscanned(what)),
            }
        }
        for ((name, _), entry) in logs {
            let log = self.logs.entry(name.clone()).or_insert_with(|| Reflog {
                name,
                moves: Vec::new(),
            });
            log.moves.push(entry);
        }
    }

    fn table(
        &mut self,
        bytes: &[u8],
        prefix: &[u8],
        what: String,
        logs: &mut BTreeMap<(Vec<u8>, u64), Move>,
    ) {
        let table = reftable::parse(bytes);
        if let Some(damage) = table.damage {
            self.miss(what, Reason::Corrupt, damage);
        }
        for record in table.refs {
            let name = [prefix, &record.name].concat();
            match record.value {
                RefValue::Deleted => drop(self.refs.remove(&name)),
                RefValue::Object(id, peeled) => self.set(name, Target::Object(id), peeled),
                RefValue::Symbolic(target) => self.set(name, Target::Symbolic(target), None),
            }
        }
        for record in table.logs {
            let key = ([prefix, &record.name].concat(), record.update_index);
            match record.entry {
                // Two null ids only mark that the ref has a reflog.
                Some(entry) if entry.old.is_null() && entry.new.is_null() => {}
                Some(entry) => {
                    let moved = Move {
                        old: entry.old,
                        new: entry.new,
                        time: i64::try_from(entry.time).ok(),
                        message: trim_end(&entry.message).to_vec(),
                    };
                    logs.insert(key, moved);
                }
                None => drop(logs.remove(&key)),
            }
        }
    }

    fn finish(mut self) -> Refs {
        let mut refs = Refs {
            list: self.refs.into_values().flatten().collect(),
            reflogs: self.logs.into_values().collect(),
            unscanned: Vec::new(),
        };
        for entry in &refs.list {
            if matches!(entry.target, Target::Symbolic(_)) && refs.resolve(&entry.name).is_err() {
                self.unscanned.push(Unscanned {
                    what: shown(&entry.name),
                    reason: Reason::Corrupt,
                    bytes: None,
                    detail: Circular.to_string(),
                });
            }
        }
        refs.unscanned = self.unscanned;
        refs
    }
}
