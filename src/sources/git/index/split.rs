//! The `link` extension: an index that only says how it differs from a shared
//! one. Two compressed bitmaps name the entries of the shared index that are
//! gone and those that are replaced; reading the files is left to the parent.

use super::Entry;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;

/// How an index differs from its shared index.
pub(super) struct Link {
    /// The checksum, and so the name, of the shared index; null for none.
    pub(super) base: ObjectId,
    deleted: Vec<u64>,
    replaced: Vec<u64>,
}

pub(super) fn parse(data: &[u8], format: ObjectFormat) -> Option<Link> {
    let (base, rest) = data.split_at_checked(format.id_len())?;
    let base = ObjectId::from_bytes(format, base)?;
    if rest.is_empty() {
        let (deleted, replaced) = (Vec::new(), Vec::new());
        return Some(Link {
            base,
            deleted,
            replaced,
        });
    }
    let (deleted, rest) = ewah(rest)?;
    let (replaced, _) = ewah(rest)?;
    Some(Link {
        base,
        deleted,
        replaced,
    })
}

/// Most words of a bitmap: one for every 64 entries of an index of the largest size.
const WORD_LIMIT: usize = 1 << 20;

/// An EWAH bitmap as git writes it: bits, words, the words, the position of the last marker.
fn ewah(data: &[u8]) -> Option<(Vec<u64>, &[u8])> {
    let (_bits, rest) = data.split_first_chunk::<4>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_be_bytes(*count)).ok()?;
    let (words, rest) = rest.split_at_checked(len.checked_mul(8)?)?;
    let rest = rest.get(4..)?;
    let mut words = words
        .chunks_exact(8)
        .filter_map(|word| Some(u64::from_be_bytes(word.try_into().ok()?)));
    let mut out = Vec::new();
    while let Some(marker) = words.next() {
        let fill = if marker & 1 == 1 { u64::MAX } else { 0 };
        let run = (marker >> 1 & 0xffff_ffff) as usize;
        let literals = (marker >> 33) as usize;
        if run + literals > WORD_LIMIT - out.len().min(WORD_LIMIT) {
            return None;
        }
        out.resize(out.len() + run, fill);
        for _ in 0..literals {
            out.push(words.next()?);
        }
    }
    Some((out, rest))
}

fn has(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64)
        .is_some_and(|word| word >> (at % 64) & 1 == 1)
}

impl Link {
    /// The entries of the shared index with this one's changes: first come the replacements, in
    /// order and without a path, then the additions.
    pub(super) fn join(&self, base: Vec<Entry>, own: Vec<Entry>) -> Vec<Entry> {
        let mut own = own.into_iter().peekable();
        let mut joined = Vec::with_capacity(base.len());
        for (at, mut entry) in base.into_iter().enumerate() {
            if has(&self.replaced, at)
                && let Some(mut new) = own.next_if(|new| new.path.is_empty())
            {
                new.path = std::mem::take(&mut entry.path);
                entry = new;
            }
            if !has(&self.deleted, at) {
                joined.push(entry);
            }
        }
        joined.extend(own);
        joined.sort_by(|a, b| (&a.path, a.stage).cmp(&(&b.path, b.stage)));
        joined
    }
}
