//! Repositories made by the git on this machine, and a visitor that checks all
//! it is shown. Git is only ever started here, in tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use bowerbird::model::object::ObjectFormat;
use bowerbird::model::object::ObjectId;
use bowerbird::model::object::ObjectKind;
use bowerbird::sources::history::ListedId;
use bowerbird::sources::history::Object;
use bowerbird::sources::history::Store;
use bowerbird::sources::history::StoreCoverage;
use bowerbird::sources::history::StoreLimits;
use bowerbird::sources::history::Visitor;
use sha1::Digest;

/// A bare repository in a directory of its own.
pub(crate) struct Repository {
    _home: tempfile::TempDir,
    pub(crate) dir: PathBuf,
    pub(crate) format: ObjectFormat,
}

impl Repository {
    pub(crate) fn new(format: ObjectFormat) -> Repository {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("r.git");
        let repository = Repository {
            _home: home,
            dir,
            format,
        };
        let name = match format {
            ObjectFormat::Sha1 => "--object-format=sha1",
            ObjectFormat::Sha256 => "--object-format=sha256",
        };
        std::fs::create_dir(&repository.dir).unwrap();
        repository.git(&["init", "-q", "--bare", name]);
        repository
    }

    /// A repository with `commits` commits, all objects loose or in the pack of fast-import.
    pub(crate) fn with_history(format: ObjectFormat, commits: usize) -> Repository {
        let repository = Repository::new(format);
        repository.import("main", commits, 1);
        repository
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.dir.join("objects")
    }

    pub(crate) fn git(&self, args: &[&str]) -> Vec<u8> {
        self.git_with(args, b"")
    }

    pub(crate) fn git_with(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let fast = [&["-c", "core.compression=1"], args].concat();
        crate::git::git(&self.dir, &fast, input)
    }

    /// Adds `commits` commits to `branch`; `seed` makes their content its own.
    pub(crate) fn import(&self, branch: &str, commits: usize, seed: u64) {
        let mut stream = Vec::new();
        for commit in 0..commits {
            let header = format!(
                "commit refs/heads/{branch}\ncommitter A <a@example.org> {} +0000\ndata 7\nchange\n\n",
                1_700_000_000 + commit
            );
            stream.extend(header.as_bytes());
            for file in 0..3 {
                let text = text(seed, commit, file);
                let path = format!("M 100644 inline d{file}/f{file}\ndata {}\n", text.len());
                stream.extend(path.as_bytes());
                stream.extend(&text);
                stream.push(b'\n');
            }
        }
        let tag = format!(
            "tag t{seed}\nfrom refs/heads/{branch}\ntagger A <a@example.org> 1700000000 +0000\ndata 4\ntag\n\n"
        );
        stream.extend(tag.as_bytes());
        self.git_with(&["fast-import", "--quiet", "--force"], &stream);
    }

    pub(crate) fn repack(&self) {
        self.git(&["repack", "-adfq", "--depth=30", "--window=10"]);
    }

    /// Makes every object loose.
    pub(crate) fn unpack(&self) {
        for pack in self.packs() {
            let bytes = std::fs::read(&pack).unwrap();
            for extension in ["pack", "idx", "rev"] {
                let _ = std::fs::remove_file(pack.with_extension(extension));
            }
            self.git_with(&["unpack-objects", "-q"], &bytes);
        }
    }

    /// The same repository somewhere else.
    pub(crate) fn copy(&self) -> Repository {
        let copy = Repository::new(self.format);
        for pack in self.packs() {
            let target = copy.objects().join("pack").join(pack.file_name().unwrap());
            std::fs::copy(&pack, &target).unwrap();
            let index = pack.with_extension("idx");
            std::fs::copy(index, target.with_extension("idx")).unwrap();
        }
        copy
    }

    /// The only pack.
    pub(crate) fn pack(&self) -> PathBuf {
        let packs = self.packs();
        assert_eq!(packs.len(), 1);
        packs[0].clone()
    }

    pub(crate) fn packs(&self) -> Vec<PathBuf> {
        let mut packs: Vec<_> = std::fs::read_dir(self.objects().join("pack"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "pack"))
            .collect();
        packs.sort();
        packs
    }

    /// What git lists: kind and size of each object.
    pub(crate) fn listed(&self) -> Listing {
        let list = self.git(&["cat-file", "--batch-all-objects", "--batch-check"]);
        String::from_utf8(list)
            .unwrap()
            .lines()
            .map(|line| {
                let mut fields = line.split(' ');
                let id = ObjectId::from_hex(fields.next().unwrap().as_bytes()).unwrap();
                let kind = fields.next().unwrap().to_owned();
                (id, (kind, fields.next().unwrap().parse().unwrap()))
            })
            .collect()
    }

    pub(crate) fn open(&self, limits: &StoreLimits) -> Store {
        Store::open(&self.objects(), self.format, limits)
    }

    /// Walks everything and checks it.
    pub(crate) fn walk(&self) -> Seen {
        self.walk_with(&StoreLimits::default())
    }

    pub(crate) fn walk_with(&self, limits: &StoreLimits) -> Seen {
        Collector::default().walk(&self.open(limits))
    }

    /// Walks everything and takes ids for what they are said to be.
    pub(crate) fn walk_believing(&self) -> Seen {
        let believes = Collector {
            believes_ids: true,
            ..Collector::default()
        };
        believes.walk(&self.open(&StoreLimits::default()))
    }

    /// Walks everything, which must be exactly what git lists.
    pub(crate) fn check(&self) -> Seen {
        let seen = self.walk();
        assert_eq!(seen.coverage.unscanned, []);
        assert_eq!(seen.objects, self.listed());
        let store = self.open(&StoreLimits::default());
        let mut bytes = Vec::new();
        for (id, (kind, size)) in &seen.objects {
            assert!(store.contains(id));
            assert_eq!(store.read(id, &mut bytes).unwrap().name(), kind);
            assert_eq!(bytes.len(), *size);
            assert_eq!(name_of(self.format, kind, &bytes), *id);
        }
        seen
    }
}

pub(crate) type Listing = BTreeMap<ObjectId, (String, usize)>;

/// What a walk showed.
pub(crate) struct Seen {
    pub(crate) objects: Listing,
    pub(crate) derived: usize,
    pub(crate) coverage: StoreCoverage,
}

impl Seen {
    /// The reported losses, one a line.
    pub(crate) fn losses(&self) -> String {
        let mut text = String::new();
        for lost in &self.coverage.unscanned {
            writeln!(text, "{:?} {} {}", lost.reason, lost.what, lost.detail).unwrap();
        }
        text
    }
}

/// Checks ids, bases and copied runs of all it is shown.
#[derive(Default)]
pub(crate) struct Collector {
    pub(crate) only: Option<ObjectKind>,
    pub(crate) skip: Vec<ObjectId>,
    pub(crate) believes_ids: bool,
    pub(crate) objects: Mutex<(Listing, usize)>,
}

impl Collector {
    pub(crate) fn walk(self, store: &Store) -> Seen {
        let coverage = store.walk(&self);
        let (objects, derived) = self.objects.into_inner().unwrap();
        let visited: u64 = [
            ObjectKind::Commit,
            ObjectKind::Tree,
            ObjectKind::Blob,
            ObjectKind::Tag,
        ]
        .into_iter()
        .map(|kind| coverage.of(kind).visited)
        .sum();
        assert_eq!(visited, objects.len() as u64);
        Seen {
            objects,
            derived,
            coverage,
        }
    }
}

impl Visitor for Collector {
    type State = (ObjectId, Vec<u8>);

    fn wants(&self, kind: ObjectKind) -> bool {
        self.only.is_none_or(|only| only == kind)
    }

    fn skip(&self, id: ListedId<'_>, _number: u32) -> bool {
        self.skip.contains(&id.get())
    }

    fn visit(&self, object: Object<'_, Self::State>) -> Self::State {
        let name = object.kind.name();
        let id = object.id.get();
        if !self.believes_ids {
            assert_eq!(name_of(id.format(), name, object.bytes), id);
        }
        let mut end = 0;
        if let Some(derived) = &object.derived {
            assert_eq!(derived.base.1, derived.base_bytes);
            for copy in derived.copies {
                assert!(copy.len > 0 && copy.start >= end, "in order");
                end = copy.start + copy.len;
                assert_eq!(
                    object.bytes[copy.start..end],
                    derived.base_bytes[copy.base..copy.base + copy.len]
                );
            }
        }
        let mut seen = self.objects.lock().unwrap();
        seen.1 += usize::from(object.derived.is_some());
        let before = seen.0.insert(id, (name.to_owned(), object.bytes.len()));
        assert_eq!(before, None, "visited twice: {id}");
        (id, object.bytes.to_vec())
    }
}

/// The id git gives to these bytes.
pub(crate) fn name_of(format: ObjectFormat, kind: &str, bytes: &[u8]) -> ObjectId {
    let whole = [format!("{kind} {}\0", bytes.len()).as_bytes(), bytes].concat();
    let raw = match format {
        ObjectFormat::Sha1 => sha1::Sha1::digest(whole).to_vec(),
        ObjectFormat::Sha256 => sha2::Sha256::digest(whole).to_vec(),
    };
    ObjectId::from_bytes(format, &raw).unwrap()
}

/// A few kilobytes that differ in places from one commit to the next.
fn text(seed: u64, commit: usize, file: usize) -> Vec<u8> {
    let mut out = String::new();
    for line in 0..120 {
        let stable = seed * 1_000_003 + (file * 1000 + line) as u64;
        let age = (commit + line * 7) / 11;
        writeln!(
            out,
            "line {line} of {file}: {:x} {age}",
            stable * 0x9e37_79b9
        )
        .unwrap();
    }
    out.into_bytes()
}

/// Overwrites bytes of a file, which git leaves read only.
pub(crate) fn patch(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}
