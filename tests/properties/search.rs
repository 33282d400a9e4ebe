//! Windows and deltas against a whole search. Edits are made as people make
//! them (runs kept, dropped, moved, put in), and what was kept or moved is what
//! git would have stored as copies.

use super::ENGINE;
use super::Seen;
use super::piece;
use super::seen;
use super::set;
use super::text;
use bowerbird::bytes::is_binary;
use bowerbird::detect::secrets::Scratch;
use bowerbird::detect::secrets::delta::Scanned;
use bowerbird::model::chunk::CopySegment;
use bowerbird::sources::window::WindowSize;
use bowerbird::sources::window::windows;
use proptest::prelude::*;

fn whole(bytes: &[u8]) -> Scanned {
    Scanned::whole(&ENGINE, bytes, &mut Scratch::default())
}

/// In order and with repetitions: a state must be equal, not only what is told of it.
fn listed(scanned: &Scanned) -> Vec<Seen> {
    scanned.matches().map(|matched| seen(matched, 0)).collect()
}

fn windowed(bytes: &[u8], size: WindowSize) -> Vec<Seen> {
    let mut found = Vec::new();
    let mut scratch = Scratch::default();
    for window in windows(bytes, size) {
        let mut matches = Vec::new();
        let binary = is_binary(bytes);
        ENGINE.scan(
            window.bytes,
            window.core.clone(),
            binary,
            &mut scratch,
            &mut matches,
        );
        found.extend(
            matches
                .iter()
                .map(|matched| seen(matched, window.offset as usize)),
        );
    }
    found
}

/// One step of an edit; places and lengths are shares of the base.
#[derive(Clone, Debug)]
enum Step {
    /// The next bytes of the base stay.
    Keep(prop::sample::Index),
    /// The next bytes of the base go.
    Drop(prop::sample::Index),
    /// A run from anywhere comes here.
    Take(prop::sample::Index, prop::sample::Index),
    /// New bytes.
    Put(Vec<u8>),
    /// All that is left stays.
    Rest,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => any::<prop::sample::Index>().prop_map(Step::Keep),
        3 => any::<prop::sample::Index>().prop_map(Step::Drop),
        3 => (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(at, len)| Step::Take(at, len)),
        4 => piece().prop_map(Step::Put),
        1 => Just(Step::Put(vec![0])),
        2 => Just(Step::Rest),
    ]
}

/// The child, and the runs it took from the base.
fn edited(base: &[u8], steps: &[Step]) -> (Vec<u8>, Vec<CopySegment>) {
    let (mut child, mut copies, mut at) = (Vec::new(), Vec::<CopySegment>::new(), 0);
    let mut copy = |child: &mut Vec<u8>, from: usize, len: usize| {
        let start = child.len();
        child.extend_from_slice(&base[from..from + len]);
        match copies.last_mut() {
            _ if len == 0 => {}
            Some(last) if last.start + last.len == start && last.base + last.len == from => {
                last.len += len
            }
            _ => copies.push(CopySegment {
                base: from,
                start,
                len,
            }),
        }
    };
    for step in steps {
        let rest = base.len() - at;
        match step {
            Step::Keep(share) => {
                let len = share.index(rest + 1);
                copy(&mut child, at, len);
                at += len;
            }
            Step::Drop(share) => at += share.index(rest.min(300) + 1),
            Step::Take(place, share) => {
                let from = place.index(base.len() + 1);
                copy(&mut child, from, share.index(base.len() - from + 1));
            }
            Step::Put(bytes) => child.extend_from_slice(bytes),
            Step::Rest => {
                copy(&mut child, at, rest);
                at = base.len();
            }
        }
    }
    (child, copies)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn windows_find_what_a_whole_search_finds(bytes in text(), core in 1_usize..3000) {
        let reach = ENGINE.reach();
        let size = WindowSize::new(core, reach.left.max(reach.right) + 1);
        let one = WindowSize::new(bytes.len() + 1, 0);
        prop_assert_eq!(set(windowed(&bytes, size)), set(windowed(&bytes, one)));
    }

    #[test]
    fn deltas_find_what_a_whole_search_finds(
        base in text(),
        edits in prop::collection::vec(prop::collection::vec(step(), 1..10), 1..5),
    ) {
        let mut bytes = base;
        let mut scanned = whole(&bytes);
        for steps in edits {
            let (child, copies) = edited(&bytes, &steps);
            if child.len() > 1 << 16 {
                break;
            }
            let derived = Scanned::derived(&ENGINE, &scanned, &copies, &child, &mut Scratch::default());
            prop_assert_eq!(listed(&derived), listed(&whole(&child)));
            (bytes, scanned) = (child, derived);
        }
    }
}
