//! Which entries of a tree are left out: what `.gitignore` of the tree itself names,
//! and the user's `--exclude`. Nothing outside of the scanned root has a
//! say (no `core.excludesFile`, no folder above), and neither has
//! `.git/info/exclude`: it is one person's list and not part of what is shared,
//! so what it names is read rather than left out. `.gitignore` counts only in a
//! repository, where it says what is never committed: in an unpacked release, what
//! it names was shipped. Files that address a search tool (`.ignore`) are not obeyed:
//! what they name is shared like everything else. Walking is left to others.

use super::Tracked;
use super::WorktreeError;
use ignore::Match;
use ignore::gitignore::Gitignore;
use ignore::gitignore::GitignoreBuilder;
use std::path::Path;
use std::sync::Arc;

/// Folders above one another whose ignore files are obeyed; below, files are only read
/// more often than git would. Each entry is matched against all of them.
const LEVELS: usize = 64;

/// The ignore files of a folder and, through `parent`, of those above it.
#[derive(Debug, Default)]
pub(super) struct Ignores {
    parent: Option<Arc<Ignores>>,
    gitignore: Option<Gitignore>,
    /// A repository begins here: `.gitignore` files above do not reach into it.
    repository: bool,
    /// A repository begins here or above.
    in_repository: bool,
    level: usize,
}

impl Ignores {
    /// No rules; `in_repository` when the root is in a work tree of git.
    pub(super) fn none(in_repository: bool) -> Arc<Ignores> {
        Arc::new(Ignores {
            in_repository,
            ..Ignores::default()
        })
    }

    /// True when `.gitignore` files are obeyed.
    pub(super) fn in_repository(&self) -> bool {
        self.in_repository
    }

    /// True when ignore files in a folder below are still obeyed.
    pub(super) fn may_grow(&self) -> bool {
        self.level < LEVELS
    }

    /// The rules in a folder that has these ignore files.
    pub(super) fn below(
        parent: &Arc<Ignores>,
        gitignore: Option<Gitignore>,
        repository: bool,
    ) -> Arc<Ignores> {
        let gitignore = gitignore.filter(|rules| !rules.is_empty());
        if gitignore.is_none() && !repository {
            return Arc::clone(parent);
        }
        Arc::new(Ignores {
            parent: Some(Arc::clone(parent)),
            gitignore,
            repository,
            in_repository: repository || parent.in_repository,
            level: parent.level + 1,
        })
    }

    /// True when `path`, relative to the root, is ignored. The nearest file of the same
    /// repository that names it decides.
    pub(super) fn ignores(&self, path: &Path, is_dir: bool) -> bool {
        let mut next = Some(self);
        while let Some(level) = next {
            if let Some(decided) = decide(level.gitignore.as_ref(), path, is_dir) {
                return decided;
            }
            next = level.parent.as_deref().filter(|_| !level.repository);
        }
        false
    }
}

fn decide(rules: Option<&Gitignore>, path: &Path, is_dir: bool) -> Option<bool> {
    match rules?.matched(path, is_dir) {
        Match::None => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
    }
}

/// Reads the text of an ignore file that lies in `folder` (relative to the root). A line
/// that is no pattern leaves nothing out.
pub(super) fn parse(folder: &Path, text: &[u8]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(folder);
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Ok(line) = std::str::from_utf8(line) {
            let _ = builder.add_line(None, line);
        }
    }
    builder.build().ok()
}

/// The user's `--exclude` globs, in the syntax of `.gitignore`, anchored at the root.
pub(super) fn excludes(globs: &[String]) -> Result<Gitignore, WorktreeError> {
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    for glob in globs {
        builder
            .add_line(None, glob)
            .map_err(|_| WorktreeError::Exclude { glob: glob.clone() })?;
    }
    builder.build().map_err(|_| WorktreeError::Exclude {
        glob: globs.join(" "),
    })
}

/// True when an ignored entry has to be looked at all the same, because git tracks it or,
/// for a folder, something below it.
pub(super) fn is_tracked(tracked: Option<&Tracked>, path: &Path, is_dir: bool) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    tracked.is_some_and(|tracked| match is_dir {
        true => tracked.has_below(bytes),
        false => tracked.contains(bytes),
    })
}
