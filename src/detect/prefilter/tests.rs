//! Holds the search equal to its naive definition, on text made to be unpleasant. The speed is measured by
//! `benches/prefilter.rs`, never asserted.

use std::collections::BTreeSet;
use std::ops::Range;

use proptest::prelude::*;

use super::Hit;
use super::Instructions;
use super::Prefilter;
use super::Scratch;
use super::naive;

const ALL: [Instructions; 3] = [
    Instructions::Portable,
    Instructions::Avx2,
    Instructions::Avx512,
];

/// What each implementation that this processor can run finds.
fn found(
    literals: &[&[u8]],
    haystack: &[u8],
    range: Range<usize>,
) -> Vec<(Instructions, Vec<Hit>)> {
    let search = |instructions| {
        let mut hits = Vec::new();
        let prefilter = Prefilter::with(literals, instructions)?;
        prefilter.find(haystack, range.clone(), &mut Scratch::default(), &mut hits);
        Some((instructions, hits))
    };
    ALL.into_iter().filter_map(search).collect()
}

/// Fails unless every implementation finds what the naive search finds.
fn agree(literals: &[&[u8]], haystack: &[u8], range: Range<usize>) {
    let expected = naive::find(literals, haystack, range.clone());
    for (instructions, hits) in found(literals, haystack, range.clone()) {
        assert_eq!(
            hits, expected,
            "{instructions:?} in {range:?} of {haystack:?} for {literals:?}"
        );
    }
}

#[test]
fn overlapping_literals_are_all_found_in_order() {
    let literals: [&[u8]; 4] = [b"key", b"api_key", b"api", b"pi_"];
    for (instructions, hits) in found(&literals, b"x API_Key", 0..9) {
        let pairs: Vec<(u32, u16)> = hits.iter().map(|h| (h.pos, h.literal)).collect();
        assert_eq!(pairs, [(2, 1), (2, 2), (3, 3), (6, 0)], "{instructions:?}");
    }
}

/// Literals over a small alphabet, so that they overlap and contain one another.
fn literals() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let literal = prop::collection::vec(prop::sample::select(&b"abk_-@["[..]), 3..8);
    prop::collection::btree_set(literal, 1..40)
        .prop_map(|set: BTreeSet<_>| set.into_iter().collect())
}

/// Text over the same alphabet in both cases, with bytes beside which a careless fold would confuse.
fn haystack() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop::sample::select(&b"abkABK_-@[`{\x00\xe1\xdf\x7f\x0d\r"[..]),
        0..300,
    )
}

proptest! {
    #[test]
    fn equals_the_naive_search(literals in literals(), text in haystack(), a in 0usize..300, b in 0usize..300) {
        let literals: Vec<&[u8]> = literals.iter().map(Vec::as_slice).collect();
        let (a, b) = (a.min(text.len()), b.min(text.len()));
        let range = a.min(b)..a.max(b);
        agree(&literals, &text, range);
    }
}
