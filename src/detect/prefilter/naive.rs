//! The definition of the search in three lines, as slow as it is plain. The tests hold every fast implementation
//! equal to it; the product never calls it.

use std::ops::Range;

use super::Hit;

/// Every occurrence of every literal that starts in `range`, in order of position and literal.
pub(crate) fn find(literals: &[&[u8]], haystack: &[u8], range: Range<usize>) -> Vec<Hit> {
    let occurs = |at: usize, l: &[u8]| {
        haystack[at..]
            .get(..l.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(l))
    };
    let at = |pos: usize| {
        (0..literals.len())
            .filter(move |&i| occurs(pos, literals[i]))
            .map(move |i| (pos, i))
    };
    range
        .flat_map(at)
        .map(|(pos, i)| Hit {
            pos: pos as u32,
            literal: i as u16,
        })
        .collect()
}
