//! The files a survey may read: the tree of HEAD where there is a repository, so
//! that what is not committed proves nothing, else the folder as it lies. Links
//! are never followed and large files never read.

use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::sources::git::commit;
use crate::sources::git::discover::Repository;
use crate::sources::git::refs::Refs;
use crate::sources::git::tree;
use crate::sources::git::tree::EntryKind;
use crate::sources::history::Store;
use crate::sources::history::StoreLimits;
use crate::sources::path::escape_path;
use std::path::Path;
use std::path::PathBuf;

/// Larger files are not read, in bytes.
pub const FILE_CAP: usize = 2 << 20;
/// Most files that are listed.
const LIST_CAP: usize = 1_000_000;
/// Deepest folder that is listed.
const DEPTH_CAP: usize = 128;

/// A repository at its commit of HEAD.
pub struct Head {
    /// Its objects.
    pub store: Store,
    /// The hash of its ids.
    pub format: ObjectFormat,
    /// The commit.
    pub commit: ObjectId,
    /// Its tree.
    pub tree: ObjectId,
    /// The committer date of HEAD, seconds since 1970.
    pub date: i64,
    /// True when the history is cut off or rewritten.
    pub cut: bool,
    /// What tags point at, in the order of their names.
    pub tags: Vec<ObjectId>,
    /// The address of the remote `origin`, without user information.
    pub remote: Option<String>,
}

/// A listing and the way to the contents.
pub struct Files {
    head: Option<Head>,
    root: PathBuf,
    paths: Vec<String>,
    ids: Vec<Option<ObjectId>>,
    complete: bool,
}

impl Files {
    /// Opens a path: a repository with a commit, else a folder; `None` for anything else.
    pub fn open(path: &Path) -> Option<Files> {
        let mut files = Files {
            head: None,
            root: path.to_owned(),
            paths: Vec::new(),
            ids: Vec::new(),
            complete: true,
        };
        match Repository::open(path) {
            Ok(repository) => {
                files.head = Some(head(&repository)?);
                files.list_tree();
            }
            Err(_) if path.is_dir() => files.list_folder(),
            Err(_) => return None,
        }
        Some(files)
    }

    /// Files of made-up content, for tests.
    #[cfg(test)]
    pub(crate) fn folder(path: &Path) -> Files {
        Files::open(path).expect("a folder")
    }

    /// Paths from the root, sorted; what is not UTF-8 is replaced.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// False when not every file could be listed.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The repository, where there is one.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Whether there is a file of this path.
    pub fn has(&self, path: &str) -> bool {
        self.number(path).is_some()
    }

    fn number(&self, path: &str) -> Option<usize> {
        let same = |candidate: &String| candidate.as_str().cmp(path);
        self.paths.binary_search_by(same).ok()
    }

    /// The id of a file's content; `None` without a repository.
    pub fn id(&self, path: &str) -> Option<ObjectId> {
        self.ids.get(self.number(path)?).copied().flatten()
    }

    /// The content of a file as text: UTF-8, without a byte order mark; `None` when it is too
    /// large, binary or not readable.
    pub fn text(&self, path: &str) -> Option<String> {
        let number = self.number(path)?;
        let bytes = match (&self.head, self.ids[number]) {
            (Some(head), Some(id)) => head.blob(&id)?,
            _ => {
                let full = self.root.join(path);
                let size = full.symlink_metadata().ok()?;
                let fits = size.is_file() && size.len() <= FILE_CAP as u64;
                fits.then(|| std::fs::read(full).ok()).flatten()?
            }
        };
        if bytes.len() > FILE_CAP || bytes.contains(&0) {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Some(text.replace("\r\n", "\n"))
    }

    fn list_tree(&mut self) {
        let Some(head) = &self.head else { return };
        let mut found: Vec<(String, ObjectId)> = Vec::new();
        let mut folders = vec![(Vec::new(), head.tree, 0)];
        let mut bytes = Vec::new();
        while let Some((prefix, id, depth)) = folders.pop() {
            let is_tree = matches!(head.store.read(&id, &mut bytes), Ok(ObjectKind::Tree));
            if !is_tree || depth > DEPTH_CAP || found.len() > LIST_CAP {
                self.complete = false;
                continue;
            }
            for entry in tree::entries(&bytes, head.format) {
                let Ok(entry) = entry else {
                    self.complete = false;
                    break;
                };
                let path = [&prefix[..], entry.name].concat();
                match entry.kind() {
                    EntryKind::Blob => {
                        // What is no text is named as findings name it, so that no two are one.
                        let shown = String::from_utf8(path);
                        let shown = shown.unwrap_or_else(|odd| escape_path(odd.as_bytes()));
                        found.push((shown, entry.object()));
                    }
                    EntryKind::Tree => {
                        folders.push(([&path[..], b"/"].concat(), entry.object(), depth + 1));
                    }
                    EntryKind::Link | EntryKind::Submodule => {}
                }
            }
        }
        found.sort();
        found.dedup_by(|a, b| a.0 == b.0);
        (self.paths, self.ids) = found.into_iter().map(|(path, id)| (path, Some(id))).unzip();
    }

    /// Files of the work tree that are neither ignored nor in the commit; `None` without a work tree.
    pub fn untracked(&self) -> Option<u64> {
        if self.head.is_none() || !self.root.join(".git").exists() {
            return None;
        }
        let mut tree = Files {
            head: None,
            root: self.root.clone(),
            paths: Vec::new(),
            ids: Vec::new(),
            complete: true,
        };
        tree.list_folder();
        Some(tree.paths.iter().filter(|path| !self.has(path)).count() as u64)
    }

    fn list_folder(&mut self) {
        let mut walk = ignore::WalkBuilder::new(&self.root);
        walk.hidden(false).follow_links(false).require_git(false);
        walk.parents(false)
            .git_global(false)
            .max_depth(Some(DEPTH_CAP));
        for entry in walk.build() {
            let Ok(entry) = entry else {
                self.complete = false;
                continue;
            };
            if entry.file_type().is_some_and(|kind| kind.is_file()) && self.paths.len() < LIST_CAP {
                let inside = entry.path().strip_prefix(&self.root);
                let inside = inside.map(|path| path.to_string_lossy().into_owned());
                self.paths.extend(
                    inside
                        .ok()
                        .filter(|it| !it.starts_with(".git/") && it != ".git"),
                );
            }
        }
        self.paths.sort();
        self.ids = vec![None; self.paths.len()];
    }
}

impl Head {
    /// The bytes of a blob.
    pub fn blob(&self, id: &ObjectId) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let kind = self.store.read(id, &mut bytes).ok()?;
        (kind == ObjectKind::Blob).then_some(bytes)
    }

    /// The object of a path below a tree.
    pub fn entry(&self, tree_id: &ObjectId, path: &str, bytes: &mut Vec<u8>) -> Option<ObjectId> {
        let mut id = *tree_id;
        for part in path.split('/') {
            if self.store.read(&id, bytes).ok()? != ObjectKind::Tree {
                return None;
            }
            let mut entries = tree::entries(bytes, self.format).flatten();
            id = entries
                .find(|entry| entry.name == part.as_bytes())?
                .object();
        }
        Some(id)
    }
}

/// True for an address of another machine: a path of this one is nobody else's business.
fn is_elsewhere(url: &str) -> bool {
    let is_path = url.starts_with(['/', '.', '~', '\\']) || url.starts_with("file:");
    url.contains(':') && !is_path && url.as_bytes().get(1) != Some(&b':')
}

fn head(repository: &Repository) -> Option<Head> {
    let refs = Refs::read(repository);
    let id = refs.resolve(b"HEAD").ok()??;
    let store = Store::open(
        &repository.objects(),
        repository.format,
        &StoreLimits::default(),
    );
    let mut bytes = Vec::new();
    if store.read(&id, &mut bytes).ok()? != ObjectKind::Commit {
        return None;
    }
    let parsed = commit::parse(&bytes, repository.format).ok()?;
    let is_tag = |name: &[u8]| name.starts_with(b"refs/tags/");
    let tags = refs.list.iter().filter(|it| is_tag(&it.name));
    let tags = tags.filter_map(|it| refs.resolve(&it.name).ok()?);
    let remote = repository.config.remotes.get(&b"origin"[..]);
    let remote = remote.map(|remote| String::from_utf8_lossy(&remote.url).into_owned());
    Some(Head {
        format: repository.format,
        commit: id,
        tree: parsed.tree,
        date: parsed.committer.and_then(|it| it.time).unwrap_or(0),
        cut: !repository.shallow.is_empty() || repository.grafts > 0,
        tags: tags.collect(),
        remote: remote.filter(|url| is_elsewhere(url)),
        store,
    })
}
