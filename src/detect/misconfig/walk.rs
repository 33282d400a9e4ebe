//! Paths over the tree: from a thing to the values a check looks at. What a path
//! meets that is not known makes the answer unknown and never wrong.

use super::world::Spot;
use super::world::World;
use crate::document::Value;
use crate::rules::misconfig::Step;
use std::cell::Cell;

/// Values looked at in one judgement, at most; what is beyond is told as a budget.
const STEP_CAP: u64 = 30_000_000;
/// Values that one step of a path may lead to, at most: aliases multiply them.
const HIT_CAP: usize = 1 << 20;

/// What a path leads to.
#[derive(Default)]
pub(super) struct Reach {
    /// The values, with references followed, and where each stands.
    pub(super) hits: Vec<Hit>,
    /// Something on the way is not known.
    pub(super) unknown: bool,
}

/// One value.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    /// What it is.
    pub(super) value: Spot,
    /// Where it is written.
    pub(super) place: Spot,
}

/// Counts the values that are looked at.
#[derive(Default)]
pub(super) struct Meter {
    spent: Cell<u64>,
}

impl Meter {
    fn spend(&self, n: usize) -> bool {
        self.spent.set(self.spent.get() + n as u64);
        self.spent.get() <= STEP_CAP
    }

    /// Says that the budget was not enough.
    fn empty(&self) {
        self.spent.set(STEP_CAP);
    }

    /// True when the budget was not enough.
    pub(super) fn is_over(&self) -> bool {
        self.spent.get() > STEP_CAP
    }
}

/// Follows a path from the thing with this number, or from a place inside of it.
pub(super) fn follow(
    world: &World,
    meter: &Meter,
    subject: usize,
    from: Spot,
    steps: &[Step],
) -> Reach {
    let mut start = from;
    let mut steps = steps;
    if let Some((Step::Up(class), rest)) = steps.split_first() {
        match world.around(subject, class) {
            Some(up) => start = world.subjects[up].spot,
            None => return Reach::default(),
        }
        steps = rest;
    }
    let mut reach = Reach {
        hits: vec![hit(world, start)],
        unknown: false,
    };
    for step in steps {
        let mut next = Vec::new();
        for at in &reach.hits {
            if !meter.spend(1) {
                return Reach {
                    hits: Vec::new(),
                    unknown: true,
                };
            }
            reach.unknown |= take(world, meter, at.value, step, &mut next);
        }
        reach.hits = next;
    }
    reach
}

fn hit(world: &World, place: Spot) -> Hit {
    Hit {
        value: world.resolve(place),
        place,
    }
}

/// Takes one step; true when what is there is not known.
fn take(world: &World, meter: &Meter, at: Spot, step: &Step, out: &mut Vec<Hit>) -> bool {
    let doc = world.doc(at.doc);
    let spot = |node| Spot { doc: at.doc, node };
    match (step, world.value(at)) {
        (_, Value::Unknown(_) | Value::Reference(_)) => true,
        (Step::Deep, _) => {
            let mut waiting = vec![at];
            let mut unknown = false;
            while let Some(one) = waiting.pop() {
                if out.len() >= HIT_CAP {
                    meter.empty();
                }
                if !meter.spend(1) {
                    return true;
                }
                let found = hit(world, one);
                unknown |= matches!(world.value(found.value), Value::Unknown(_));
                out.push(found);
                let below = world.doc(found.value.doc).children(found.value.node);
                let below = below.into_iter().rev();
                waiting.extend(below.map(|node| Spot {
                    doc: found.value.doc,
                    node,
                }));
            }
            unknown
        }
        (Step::Items, Value::Sequence(items)) => {
            meter.spend(items.len());
            out.extend(items.iter().map(|node| hit(world, spot(*node))));
            false
        }
        // Where a list may stand, one value may stand as well.
        (Step::Items, Value::Text { .. } | Value::Mapping(_)) => {
            out.push(hit(world, at));
            false
        }
        (Step::Key(_) | Step::AnyKey, Value::Sequence(items)) => {
            meter.spend(items.len());
            let each = items.iter().map(|node| {
                let inner = world.resolve(spot(*node));
                match world.value(inner) {
                    Value::Sequence(_) => false,
                    _ => take(world, meter, inner, step, out),
                }
            });
            each.fold(false, |all, one| all | one)
        }
        (Step::Key(key), Value::Mapping(_)) => {
            out.extend(doc.get(at.node, key).map(|node| hit(world, spot(node))));
            // A merge of maps that is not known may hold any key.
            doc.get(at.node, "*").is_some() && doc.get(at.node, key).is_none()
        }
        (Step::AnyKey, Value::Mapping(entries)) => {
            meter.spend(entries.len());
            out.extend(entries.iter().map(|(_, node)| hit(world, spot(*node))));
            false
        }
        _ => false,
    }
}
