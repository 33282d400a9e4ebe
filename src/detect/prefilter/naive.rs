//! The definition of the search in a few lines, as slow as it is plain. The tests hold every fast implementation
//! equal to it; the product never calls it.

use std::ops::Range;

use super::Hit;
use super::Literal;

/// Every occurrence of every literal that starts in `range`, in order of position and literal.
pub(crate) fn find(literals: &[Literal<'_>], haystack: &[u8], range: Range<usize>) -> Vec<Hit> {
    let in_word = |at: usize| {
        at > 0 && (haystack[at - 1] == b'_' || haystack[at - 1].is_ascii_alphanumeric())
    };
    let occurs = |at: usize, l: Literal<'_>| {
        let text = haystack[at..].get(..l.text.len());
        let same = text.is_some_and(|text| text.eq_ignore_ascii_case(l.text));
        same && !(l.exact && text != Some(l.text)) && !(l.bounded && in_word(at))
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
