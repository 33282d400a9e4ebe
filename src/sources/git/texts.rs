//! The text git keeps outside of objects: configuration, hooks, reflogs,
//! messages in the making, names of refs. All of it is scanned like any other
//! file; this module only lists it, and writes out what stands in binary files.

use super::discover::RefStorage;
use super::discover::Repository;
use super::discover::is_git_dir;
use super::file;
use super::file::EntryKind;
use super::file::FileError;
use super::file::shown;
use super::refs::Refs;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::origin::RelPath;
use std::path::PathBuf;

/// A file below the git directory that is to be scanned as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextFile {
    /// Its path below the (common) git directory.
    pub name: RelPath,
    /// Where it lies.
    pub path: PathBuf,
}

/// All such files, sorted by name, and what they cannot show.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// Regular files.
    pub files: Vec<TextFile>,
    /// Names of refs, and texts out of binary files (reftables), by a name below the git directory.
    pub written: Vec<(RelPath, Vec<u8>)>,
    /// Links, FIFOs and folders that could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// How deep folders may nest.
const DEPTH: usize = 256;

/// Lists the texts of a repository: not objects, indexes, LFS objects or other repositories below
/// it. A linked work tree lists those of the whole repository.
pub fn texts(repository: &Repository, refs: &Refs) -> Texts {
    let mut texts = Texts::default();
    let mut todo = vec![(Vec::new(), repository.common_dir.clone(), 0)];
    while let Some((name, dir, depth)) = todo.pop() {
        let entries = match file::list(&dir) {
            Ok(entries) => entries,
            Err(error) => {
                texts.unscanned.push(error.unscanned(shown(&name)));
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
            match kind {
                _ if is_left_out(&name, repository) => {}
                EntryKind::Dir if name.starts_with(b"modules/") && is_git_dir(&path) => {}
                EntryKind::Dir if depth == DEPTH => texts.unscanned.push(Unscanned {
                    what: shown(&name),
                    reason: Reason::LimitDepth,
                    bytes: None,
                    detail: "nested folders".to_owned(),
                }),
                EntryKind::Dir => todo.push((name, path, depth + 1)),
                EntryKind::File => texts.files.push(TextFile {
                    name: shown(&name),
                    path,
                }),
                EntryKind::Link => texts
                    .unscanned
                    .push(FileError::Link.unscanned(shown(&name))),
                EntryKind::Special => texts
                    .unscanned
                    .push(FileError::Special.unscanned(shown(&name))),
            }
        }
    }
    texts.files.sort();
    texts.unscanned.sort();
    texts.written.push(match repository.ref_storage {
        RefStorage::Reftable => (
            "reftable".to_owned(),
            [names(refs), messages(refs)].concat(),
        ),
        // A loose ref's name is a path and stands in no file.
        RefStorage::Files => ("refs".to_owned(), names(refs)),
    });
    texts
}

/// Binary files that are read as what they are.
fn is_left_out(name: &[u8], repository: &Repository) -> bool {
    let local = name
        .strip_prefix(b"worktrees/")
        .and_then(|rest| Some(&rest[memchr::memchr(b'/', rest)? + 1..]))
        .unwrap_or(name);
    let reftable = repository.ref_storage == RefStorage::Reftable;
    // The socket of git's own daemon holds nothing.
    matches!(
        local,
        b"objects" | b"lfs/objects" | b"index" | b"fsmonitor--daemon.ipc"
    ) || local.starts_with(b"sharedindex.")
        || (reftable && local == b"reftable")
}

/// Names of refs, one a line.
fn names(refs: &Refs) -> Vec<u8> {
    lines(refs.list.iter().map(|entry| entry.name.as_slice()))
}

/// Reflog messages, one a line.
fn messages(refs: &Refs) -> Vec<u8> {
    let moves = refs.reflogs.iter().flat_map(|log| &log.moves);
    lines(moves.map(|entry| entry.message.as_slice()))
}

fn lines<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    texts
        .flat_map(|text| [text, b"\n"])
        .flatten()
        .copied()
        .collect()
}
