//! The file of a cache: the objects of one repository that were read, with what
//! they are, how long they are and whether nothing was found in them; the rules that
//! were run; and the bones of the history. It holds no secret and no hash of one.
//! What may be put in, and what follows from its being there, is decided in `cache`.
//!
//! Layout: magic, object format, what made it, digests of the rules, a count, the ids
//! in order, a byte for each, the lengths as LEB128; then how it was looked into archives and
//! what those count; the ids and the rest of the skeleton; last a SHA-256 of all before.

use crate::detect::secrets::delta::Places;
use crate::model::coverage::Coverage;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectKind;
use crate::sources::git::skeleton::Skeleton;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;

/// Names the format; the digits are its version.
const MAGIC: &[u8; 8] = b"bbhist01";
/// What the engine makes of bytes, where that is not in what the build digests: raise it when
/// the history, the encodings or the formats looked into are read in another way.
const SEMANTICS: u32 = 2;
/// Largest cache that is read, in bytes: some 100 million objects.
const LIMIT: u64 = 4 << 30;
/// The kinds, in the order of their codes.
const KINDS: [ObjectKind; 4] = [
    ObjectKind::Blob,
    ObjectKind::Tag,
    ObjectKind::Tree,
    ObjectKind::Commit,
];

/// The digest of a rule.
pub(super) type RuleDigest = [u8; 32];

/// Why a cache cannot be used. It is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is damaged")]
    Damaged,
    #[error("it was written by another version")]
    Version,
    #[error("it cannot be read")]
    Unreadable,
}

/// What is remembered of an object: nothing, or its kind and whether it is clean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State(pub(super) u8);

impl State {
    const CLEAN: u8 = 8;

    /// An object that was read, and `clean` when there is no need to read it again.
    pub(super) fn new(kind: ObjectKind, clean: bool) -> State {
        let code = KINDS.iter().position(|&other| other == kind).unwrap_or(0);
        State(code as u8 + 1 + u8::from(clean) * Self::CLEAN)
    }

    /// What it is; `None` when nothing is remembered.
    pub(super) fn kind(self) -> Option<ObjectKind> {
        let code = (self.0 & 7).checked_sub(1)?;
        KINDS.get(usize::from(code)).copied()
    }

    /// True when it was searched and nothing was found, nor anything inside of it.
    pub(super) fn is_clean(self) -> bool {
        self.0 & Self::CLEAN != 0
    }

    /// The same, to be read again.
    pub(super) fn unclean(self) -> State {
        State(self.0 & !Self::CLEAN)
    }

    fn is_valid(self) -> bool {
        self.kind().is_some() && self.0 <= Self::CLEAN + 4
    }
}

/// Objects by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Raw ids, sorted, none twice.
    pub(super) ids: Vec<u8>,
    pub(super) states: Vec<State>,
    /// Their lengths in bytes.
    pub(super) sizes: Vec<u32>,
}

/// Everything a cache remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) rules: BTreeSet<RuleDigest>,
    pub(super) objects: Table,
    pub(super) inside: Inside,
    pub(super) skeleton: Skeleton,
}

/// What is known of some objects: clean ones with something inside of them, and such as are not clean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inside {
    /// How far archives were unpacked.
    pub(super) limits: String,
    /// Positions in the table, and what reading the insides counts.
    pub(super) counted: Vec<(u32, Coverage)>,
    /// Positions of objects that are not clean, and where in them something was found.
    pub(super) found: Vec<(u32, Places)>,
}

impl Remembered {
    /// Reads a file; an absent one is empty.
    pub(super) fn load(path: &Path, format: ObjectFormat) -> Result<Remembered, Unusable> {
        let bytes = match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Remembered::default());
            }
            Ok(facts) if facts.is_file() && facts.len() <= LIMIT => {
                std::fs::read(path).map_err(|_| Unusable::Unreadable)?
            }
            _ => return Err(Unusable::Unreadable),
        };
        let body = bytes.len().checked_sub(32).ok_or(Unusable::Damaged)?;
        let (body, sum) = bytes.split_at(body);
        if Sha256::digest(body)[..] != *sum {
            return Err(Unusable::Damaged);
        }
        let mut input = Input(body);
        if input.take(8)? != MAGIC || input.take(1)? != [format.id_len() as u8] {
            return Err(Unusable::Version);
        }
        let version = input.number()?;
        if input.take(version as usize)? != maker().as_bytes() {
            return Err(Unusable::Version);
        }
        input.remembered(format)
    }

    /// Writes the file so that it is there wholly or not at all.
    pub(super) fn save(&self, path: &Path, format: ObjectFormat) -> std::io::Result<()> {
        let dir = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir)?;
        let file = tempfile::NamedTempFile::new_in(dir)?;
        self.write_summed(file.as_file(), format)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn write_summed(&self, file: &File, format: ObjectFormat) -> std::io::Result<()> {
        let mut out = Summed {
            out: BufWriter::with_capacity(1 << 18, file),
            sum: Sha256::new(),
        };
        self.write(&mut out, format)?;
        let Summed { mut out, sum } = out;
        out.write_all(&sum.finalize())?;
        out.flush()
    }

    fn write(&self, out: &mut impl Write, format: ObjectFormat) -> std::io::Result<()> {
        let mut head = MAGIC.to_vec();
        head.push(format.id_len() as u8);
        number(&mut head, maker().len() as u64);
        head.extend_from_slice(maker().as_bytes());
        number(&mut head, self.rules.len() as u64);
        self.rules.iter().for_each(|rule| head.extend(rule));
        let objects = &self.objects;
        number(&mut head, objects.states.len() as u64);
        out.write_all(&head)?;
        out.write_all(&objects.ids)?;
        let inside = postcard::to_stdvec(&self.inside)
            .expect("plain sequences and integers always serialise");
        let mut rest: Vec<u8> = objects.states.iter().map(|state| state.0).collect();
        let sizes = objects.sizes.iter();
        sizes.for_each(|&size| number(&mut rest, size.into()));
        number(&mut rest, inside.len() as u64);
        rest.extend(inside);
        let count = self.skeleton.ids.len() / format.id_len();
        number(&mut rest, count as u64);
        out.write_all(&rest)?;
        out.write_all(&self.skeleton.ids)?;
        let bones = postcard::to_stdvec(&self.skeleton)
            .expect("plain sequences and integers always serialise");
        out.write_all(&bones)
    }
}

/// What made a file: the tool, its rules' and engine's sources, and what else they depend on.
fn maker() -> String {
    let (version, build) = (env!("CARGO_PKG_VERSION"), env!("BOWERBIRD_ENGINE"));
    format!("{version} {build} {SEMANTICS}")
}

/// A writer that sums what it writes.
struct Summed<W> {
    out: W,
    sum: Sha256,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write_all(bytes)?;
        self.sum.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Appends a number as LEB128.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What is left of a file.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Unusable> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Unusable::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, Unusable> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Unusable::Damaged)
    }

    /// A count of things of at least `least` bytes each that are all still to come.
    fn count(&mut self, least: usize) -> Result<usize, Unusable> {
        let count = usize::try_from(self.number()?).map_err(|_| Unusable::Damaged)?;
        let bytes = count.checked_mul(least).ok_or(Unusable::Damaged)?;
        (bytes <= self.0.len())
            .then_some(count)
            .ok_or(Unusable::Damaged)
    }

    fn remembered(&mut self, format: ObjectFormat) -> Result<Remembered, Unusable> {
        let mut rules = BTreeSet::new();
        for _ in 0..self.count(32)? {
            let rule = self.take(32)?.try_into().map_err(|_| Unusable::Damaged)?;
            rules.insert(rule);
        }
        let objects = self.table(format)?;
        let len = self.count(1)?;
        let inside: Inside =
            postcard::from_bytes(self.take(len)?).map_err(|_| Unusable::Damaged)?;
        let counted = inside.counted.iter().map(|(position, _)| *position);
        let found = inside.found.iter().map(|(position, _)| *position);
        let mut positions = counted.chain(found);
        if !positions.all(|position| (position as usize) < objects.states.len()) {
            return Err(Unusable::Damaged);
        }
        let count = self.count(format.id_len())?;
        let ids = self.take(count * format.id_len())?.to_vec();
        let bones: Skeleton = postcard::from_bytes(self.0).map_err(|_| Unusable::Damaged)?;
        let skeleton = bones.with_ids(ids);
        skeleton.check(format).map_err(|_| Unusable::Damaged)?;
        Ok(Remembered {
            rules,
            objects,
            inside,
            skeleton,
        })
    }

    fn table(&mut self, format: ObjectFormat) -> Result<Table, Unusable> {
        let len = format.id_len();
        let count = self.count(len + 2)?;
        let ids = self.take(count * len)?.to_vec();
        let states = self.take(count)?.iter().map(|&state| State(state));
        let mut table = Table {
            ids,
            states: states.collect(),
            sizes: Vec::with_capacity(count),
        };
        for _ in 0..count {
            let size = u32::try_from(self.number()?).map_err(|_| Unusable::Damaged)?;
            table.sizes.push(size);
        }
        let sorted = table.ids.chunks_exact(len).is_sorted_by(|a, b| a < b);
        let valid = table.states.iter().all(|state| state.is_valid());
        (sorted && valid).then_some(table).ok_or(Unusable::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Remembered {
        let state = |kind, clean| State::new(kind, clean);
        Remembered {
            rules: [[7; 32]].into(),
            objects: Table {
                ids: [[1; 20], [2; 20], [3; 20]].concat(),
                states: vec![
                    state(ObjectKind::Blob, true),
                    state(ObjectKind::Commit, false),
                    state(ObjectKind::Tree, true),
                ],
                sizes: vec![0, 300, u32::MAX],
            },
            inside: Inside {
                limits: "none".to_owned(),
                counted: vec![(0, Coverage::default())],
                found: vec![(1, Places::default())],
            },
            skeleton: Skeleton::default(),
        }
    }

    #[test]
    fn states_tell_what_was_put_in() {
        for kind in KINDS {
            for clean in [false, true] {
                let state = State::new(kind, clean);
                assert_eq!((state.kind(), state.is_clean()), (Some(kind), clean));
                assert!(state.is_valid());
            }
        }
        assert_eq!(State::default().kind(), None);
    }

    #[test]
    fn what_is_written_is_read_and_any_damage_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache");
        let format = ObjectFormat::Sha1;
        let none = Remembered::load(&path, format);
        assert_eq!(none, Ok(Remembered::default()));
        sample().save(&path, format).unwrap();
        assert_eq!(Remembered::load(&path, format), Ok(sample()));
        let other = Remembered::load(&path, ObjectFormat::Sha256);
        assert_eq!(other, Err(Unusable::Version));
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 1;
            std::fs::write(&path, &broken).unwrap();
            assert_eq!(Remembered::load(&path, format), Err(Unusable::Damaged));
            std::fs::write(&path, &bytes[..at]).unwrap();
            assert_eq!(Remembered::load(&path, format), Err(Unusable::Damaged));
        }
    }
}
