//! Holds the search equal to its naive definition, on text made to be unpleasant. The speed is measured by
//! `benches/prefilter.rs`, never asserted.

use std::collections::BTreeSet;
use std::ops::Range;

use proptest::prelude::*;

use super::Hit;
use super::Instructions;
use super::Literal;
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
    literals: &[Literal<'_>],
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

fn anywhere<'a>(literals: &[&'a [u8]]) -> Vec<Literal<'a>> {
    literals.iter().copied().map(Literal::anywhere).collect()
}

/// Fails unless every implementation finds what the naive search finds, whatever is asked of the literals.
fn agree(literals: &[&[u8]], haystack: &[u8], range: Range<usize>) {
    let capitals: Vec<Vec<u8>> = literals
        .iter()
        .map(|text| [&text[..1].to_ascii_uppercase(), &text[1..]].concat())
        .collect();
    let bounded = |text| Literal {
        bounded: true,
        ..Literal::anywhere(text)
    };
    let exact = |i: usize| Literal {
        text: if i.is_multiple_of(2) {
            literals[i]
        } else {
            &capitals[i]
        },
        exact: true,
        bounded: i.is_multiple_of(3),
    };
    let all: Vec<Literal<'_>> = anywhere(literals);
    let gaps: Vec<Literal<'_>> = literals.iter().map(|&text| bounded(text)).collect();
    let spelt: Vec<Literal<'_>> = (0..literals.len()).map(exact).collect();
    let some = |i: usize| [all[i], gaps[i], spelt[i]][(i + literals[i].len()) % 3];
    let mixed: Vec<Literal<'_>> = (0..literals.len()).map(some).collect();
    for literals in [all, gaps, spelt, mixed] {
        agree_exactly(&literals, haystack, range.clone());
    }
}

fn agree_exactly(literals: &[Literal<'_>], haystack: &[u8], range: Range<usize>) {
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
    for (instructions, hits) in found(&anywhere(&literals), b"x API_Key", 0..9) {
        let pairs: Vec<(u32, u16)> = hits.iter().map(|h| (h.pos, h.literal)).collect();
        assert_eq!(pairs, [(2, 1), (2, 2), (3, 3), (6, 0)], "{instructions:?}");
    }
}

/// Literals like those of real rules: prefixes of tokens, names of providers, everyday words.
const REAL: [&[u8]; 14] = [
    b"ghp_",
    b"xoxb-",
    b"akia",
    b"sk_live_",
    b"algolia",
    b"datadog",
    b"password",
    b"secret", // bowerbird:allow a made-up sample
    b"token",
    b"key",
    b"api",
    b"a3-",
    b"-----begin",
    b"https://",
];

#[test]
fn every_alignment_of_the_range_and_the_end_is_covered() {
    let text = [
        b"ghp_".as_slice(),
        &[b'.'; 70],
        b"KEY",
        &[0; 61],
        b"xoxb-\xe1pi",
        &[b'k'; 50],
        b"AlgoliA",
    ]
    .concat();
    for start in 0..text.len() {
        agree(&REAL, &text, start..text.len());
        agree(&REAL, &text[start..], 0..text.len() - start);
        agree(&REAL, &text[..start], 0..start);
        agree(&REAL, &text, start..text.len().min(start + 5));
    }
}

#[test]
fn occurrences_at_the_seams_of_blocks_are_found() {
    for at in (super::BLOCK - 12..super::BLOCK + 4).chain([2 * super::BLOCK - 1]) {
        let mut text = vec![b' '; 2 * super::BLOCK + 20];
        text[at..at + 8].copy_from_slice(b"Password");
        agree(&REAL, &text, 0..text.len());
        agree(&REAL, &text, at..at + 1);
    }
}

#[test]
fn text_full_of_occurrences_overflows_nothing() {
    let literals: [&[u8]; 3] = [
        b"aaa",
        b"aaaa",
        b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];
    agree(&literals, &[b'A'; 3 * super::BLOCK], 1..3 * super::BLOCK);
}

#[test]
fn only_letters_are_folded() {
    let literals: [&[u8]; 4] = [b"a@[x", b"b`{", b"___", b"c\0\t0"];
    let text = b"A@[X a`{x B`{ b@[ ___ \x7f\x7f\x7f C\0\t0 c )p c\x80\x89\xb0 \xe1@[x";
    agree(&literals, text, 0..text.len());
}

#[test]
fn no_literals_and_no_text_give_no_hits() {
    agree(&[], b"password", 0..8);
    agree(&REAL, b"", 0..0);
    agree(&REAL, b"key", 3..3);
    agree(&REAL, b"ke", 0..2);
}

#[test]
fn hits_are_appended_behind_those_that_are_there() {
    let prefilter = Prefilter::new(&anywhere(&REAL));
    let (mut hits, mut scratch) = (Vec::new(), Scratch::default());
    prefilter.find(b"  token", 0..7, &mut scratch, &mut hits);
    prefilter.find(b"token", 0..5, &mut scratch, &mut hits);
    assert_eq!(
        hits,
        [Hit { pos: 2, literal: 8 }, Hit { pos: 0, literal: 8 }]
    );
}

#[test]
#[should_panic(expected = "within the haystack")]
fn a_range_beyond_the_haystack_is_refused() {
    Prefilter::new(&anywhere(&REAL)).find(b"key", 0..4, &mut Scratch::default(), &mut Vec::new());
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

/// Many literals, long ones too, so that buckets and slots of the tables are shared.
fn many_literals() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let literal = prop::collection::vec(
        prop::sample::select(&b"abcdefghijklmnopqrstuvwxyz0123456789_-."[..]),
        3..41,
    );
    prop::collection::btree_set(literal, 500..1_500)
        .prop_map(|set: BTreeSet<_>| set.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equals_the_naive_search(literals in literals(), text in haystack(), a in 0usize..300, b in 0usize..300) {
        let literals: Vec<&[u8]> = literals.iter().map(Vec::as_slice).collect();
        let (a, b) = (a.min(text.len()), b.min(text.len()));
        let range = a.min(b)..a.max(b);
        agree(&literals, &text, range);
    }

    #[test]
    fn any_bytes_equal_the_naive_search(literals in literals(), text in prop::collection::vec(any::<u8>(), 0..300)) {
        let literals: Vec<&[u8]> = literals.iter().map(Vec::as_slice).collect();
        agree(&literals, &text, 0..text.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn many_literals_are_found_where_they_were_put(
        literals in many_literals(),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), " {0,3}"), 0..60),
    ) {
        let literals: Vec<&[u8]> = literals.iter().map(Vec::as_slice).collect();
        let mut text = Vec::new();
        for (index, upper, gap) in places {
            let literal = *index.get(&literals);
            text.extend(if upper { literal.to_ascii_uppercase() } else { literal.to_vec() });
            text.extend(gap.bytes());
        }
        agree(&literals, &text, 0..text.len());
    }
}
