//! Inputs that several targets share: objects, packs and repositories, made by
//! hand so that no git is needed.

use bowerbird::model::object::ObjectFormat;
use bowerbird::model::object::ObjectKind;
use bowerbird::sources::git::discover::Repository;
use bowerbird::sources::history::Object;
use bowerbird::sources::history::Store;
use bowerbird::sources::history::StoreLimits;
use bowerbird::sources::history::Visitor;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha1::Digest;
use sha1::Sha1;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// Ids that objects may name.
pub(super) const ID: &str = "0123456789abcdef0123456789abcdef01234567"; // bowerbird:allow the id of an object

pub(super) const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];

/// A file of the repository itself.
pub(super) fn file(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn entry(kind: u8, between: &[u8], content: &[u8]) -> Vec<u8> {
    let mut size = content.len();
    let mut out = vec![(kind << 4) | (size & 15) as u8];
    size >>= 4;
    while size > 0 {
        *out.last_mut().unwrap() |= 0x80;
        out.push((size & 0x7f) as u8);
        size >>= 7;
    }
    out.extend_from_slice(between);
    out.extend_from_slice(&deflated(content));
    out
}

/// A pack with a blob, a delta by offset, one by id, a tree and a commit, without its checksum.
pub(super) fn pack_body() -> Vec<u8> {
    let base = b"a first line\na second line\na third line\n".repeat(4);
    let mut delta = vec![
        base.len() as u8 | 0x80,
        (base.len() >> 7) as u8,
        30,
        0x90,
        24,
        6,
    ];
    delta.extend_from_slice(b"added\n");
    let blob = entry(3, b"", &base);
    let by_offset = entry(6, &[blob.len() as u8], &delta);
    let by_id = entry(
        7,
        &Sha1::digest(
            format!("blob {}\0", base.len())
                .into_bytes()
                .into_iter()
                .chain(base.clone())
                .collect::<Vec<u8>>(),
        ),
        &delta,
    );
    let mut tree = b"100644 a.txt\0".to_vec();
    tree.extend_from_slice(&[0x11; 20]);
    let commit = format!("tree {ID}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nm\n");
    let mut out = b"PACK\0\0\0\x02\0\0\0\x05".to_vec();
    for part in [
        blob,
        by_offset,
        by_id,
        entry(2, b"", &tree),
        entry(1, b"", commit.as_bytes()),
    ] {
        out.extend_from_slice(&part);
    }
    out
}

pub(super) fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = Sha1::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

/// An empty repository in a folder of its own.
pub(super) fn repository() -> (tempfile::TempDir, Repository) {
    let home = tempfile::tempdir().unwrap();
    for folder in ["objects/pack", "refs/heads", "refs/tags"] {
        fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    fs::write(home.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(home.path().join("config"), "[core]\n\tbare = true\n").unwrap();
    let repository = Repository::open(home.path()).unwrap();
    (home, repository)
}

struct Everything;

impl Visitor for Everything {
    type State = usize;

    fn wants(&self, _kind: ObjectKind) -> bool {
        true
    }

    fn visit(&self, object: Object<'_, usize>) -> usize {
        if let Some(from) = &object.derived {
            for copy in from.copies {
                let theirs = &from.base_bytes[copy.base..copy.base + copy.len];
                assert_eq!(theirs, &object.bytes[copy.start..copy.start + copy.len]);
            }
        }
        object.bytes.len()
    }
}

thread_local! {
    /// Handing work to other threads takes longer than the work.
    static POOL: rayon::ThreadPool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build()
        .unwrap();
}

/// Opens the objects of a repository, looks at each of them and asks for some.
pub(super) fn walk(objects: &Path) {
    POOL.with(|pool| pool.install(|| look(objects)));
}

fn look(objects: &Path) {
    let limits = StoreLimits::default();
    let store = Store::open(objects, ObjectFormat::Sha1, &limits);
    let _ = store.walk(&Everything);
    let mut bytes = Vec::new();
    for id in store.with_prefix("0", 4) {
        let _ = store.read(&id, &mut bytes);
    }
}
