//! An automaton whose states are made when they are first met: reads a text in one
//! direction and says for which of some *ways* through the patterns there is still,
//! or was, a match. It is shared by all threads; taking a step that was taken before
//! needs no lock.
//!
//! A state is a set of pairs, a way and a position it can go on with, and the ways
//! that are through (the subset construction, Rabin and Scott, 1959). When there is
//! no room for another state every way counts as through, so that a text that
//! makes many states costs speed and nothing else.

use crate::rules::positions::ByteSet;
use crate::rules::positions::EDGE;
use crate::rules::positions::has;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// Bytes that are read at most; what is alive then is through.
const FARTHEST: usize = 96;
/// States that are allocated together.
const BLOCK: usize = 16;
/// Blocks of one automaton at most.
const BLOCKS: usize = 64;
/// States of all automata of an engine at most, so that no input fills the memory with them.
const STATES: u32 = 1 << 15;

/// The state in which every way is through, for all that is not known.
const ALL: u32 = 1;
/// The state in which none is: where nearly all hits end.
const NONE: u32 = 2;
/// Set in the number of a state that nothing follows.
const FINAL: u32 = 1 << 31;

/// How many states all automata of an engine have so far.
#[derive(Default)]
pub(super) struct Budget(AtomicU32);

/// What an automaton is made of, in the numbering of its guard.
#[derive(Default)]
pub(super) struct Graph {
    /// What may stand at each position.
    pub(super) sets: Vec<ByteSet>,
    /// The positions that come next in the direction of reading.
    pub(super) next: Vec<Vec<u32>>,
    /// Whether a way is through behind a position.
    pub(super) end: Vec<bool>,
}

/// Pairs of a way and a position that it reads next, and the ways that are through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Set {
    pub(super) next: Vec<(u16, u32)>,
    pub(super) through: Vec<u16>,
}

/// The automaton.
pub(super) struct Walk {
    /// Symbols that no position tells apart share a column.
    column: Box<[u8; EDGE as usize + 1]>,
    columns: usize,
    blocks: Box<[OnceLock<Box<Block>>]>,
    builder: Mutex<Builder>,
}

/// Some states: for each of their columns the next state, zero if it has not been made.
struct Block {
    next: Box<[AtomicU32]>,
    ways: [OnceLock<Through>; BLOCK],
}

/// Which ways are through in a state.
struct Through {
    /// When nothing follows.
    here: Box<[u16]>,
    /// When what follows is not read.
    beyond: Box<[u16]>,
}

/// What states are made of.
struct Builder {
    graph: Graph,
    /// A symbol of each column.
    sample: Vec<u16>,
    sets: Vec<Set>,
    known: HashMap<Set, u32>,
}

impl Walk {
    /// An automaton without states but the two that each has; `ways` is the number of ways.
    pub(super) fn new(graph: Graph, ways: usize) -> Self {
        let (column, sample) = columns(&graph.sets);
        let columns = sample.len();
        let walk = Walk {
            column,
            columns,
            blocks: (0..BLOCKS).map(|_| OnceLock::new()).collect(),
            builder: Mutex::new(Builder {
                graph,
                sample,
                sets: vec![Set::default(); NONE as usize + 1],
                known: HashMap::from([(Set::default(), NONE | FINAL)]),
            }),
        };
        let all: Box<[u16]> = (0..ways as u16).collect();
        walk.put(ALL, all.clone(), all);
        walk.put(NONE, Box::default(), Box::default());
        walk
    }

    /// The number of the state behind some symbols, read from `set` on.
    pub(super) fn state(&self, set: Set, written: &[u8], budget: &Budget) -> u32 {
        let mut builder = self.builder.lock().unwrap_or_else(PoisonError::into_inner);
        let mut set = set;
        for &byte in written {
            set.through.clear();
            set = builder.graph.consume(&set, u16::from(byte));
        }
        set.forget_through();
        self.number(&mut builder, set, budget)
    }

    /// The ways that are through after these symbols, from a state on, and how many symbols were
    /// read; their end counts as one.
    pub(super) fn through(
        &self,
        mut state: u32,
        symbols: impl Iterator<Item = u16>,
        budget: &Budget,
    ) -> (&[u16], usize) {
        let mut read = 0;
        for symbol in symbols {
            if state & FINAL != 0 {
                return (&self.ways(state & !FINAL).here, read);
            }
            if read == FARTHEST {
                return (&self.ways(state).beyond, read);
            }
            state = self.step(state, symbol, budget);
            read += 1;
        }
        let ended = usize::from(state & FINAL == 0);
        (&self.ways(state & !FINAL).here, read + ended)
    }

    fn ways(&self, state: u32) -> &Through {
        let (block, place) = (state as usize / BLOCK, state as usize % BLOCK);
        self.blocks[block]
            .get()
            .and_then(|block| block.ways[place].get())
            .expect("a state is made before its number is told")
    }

    fn step(&self, state: u32, symbol: u16, budget: &Budget) -> u32 {
        let column = usize::from(self.column[usize::from(symbol)]);
        let (block, place) = (state as usize / BLOCK, state as usize % BLOCK);
        let block = self.blocks[block]
            .get()
            .expect("a state is made before its number is told");
        let slot = &block.next[place * self.columns + column];
        match slot.load(Ordering::Acquire) {
            0 => self.explore(state, column, slot, budget),
            next => next,
        }
    }

    #[cold]
    fn explore(&self, state: u32, column: usize, slot: &AtomicU32, budget: &Budget) -> u32 {
        let mut builder = self.builder.lock().unwrap_or_else(PoisonError::into_inner);
        let symbol = builder.sample[column];
        let mut set = builder.graph.consume(&builder.sets[state as usize], symbol);
        set.forget_through();
        let next = self.number(&mut builder, set, budget);
        slot.store(next, Ordering::Release);
        next
    }

    /// The number of a set, that of a new state if there is room for one.
    fn number(&self, builder: &mut Builder, set: Set, budget: &Budget) -> u32 {
        if let Some(&state) = builder.known.get(&set) {
            return state;
        }
        let state = builder.sets.len();
        if state >= BLOCKS * BLOCK || budget.0.fetch_add(1, Ordering::Relaxed) >= STATES {
            return ALL | FINAL;
        }
        let alive = set.next.iter().map(|&(way, _)| way);
        let mut beyond: Vec<u16> = set.through.iter().copied().chain(alive).collect();
        beyond.sort_unstable();
        beyond.dedup();
        self.put(state as u32, set.through.clone().into(), beyond.into());
        let mut told = state as u32;
        if set.next.is_empty() {
            told |= FINAL;
        }
        builder.sets.push(set.clone());
        builder.known.insert(set, told);
        told
    }

    fn put(&self, state: u32, here: Box<[u16]>, beyond: Box<[u16]>) {
        let (block, place) = (state as usize / BLOCK, state as usize % BLOCK);
        let next = || (0..BLOCK * self.columns).map(|_| AtomicU32::new(0));
        let block = self.blocks[block].get_or_init(|| {
            Box::new(Block {
                next: next().collect(),
                ways: Default::default(),
            })
        });
        block.ways[place].get_or_init(|| Through { here, beyond });
    }
}

impl Graph {
    /// The set after one more symbol.
    fn consume(&self, from: &Set, symbol: u16) -> Set {
        let mut set = Set {
            next: Vec::new(),
            through: from.through.clone(),
        };
        for &(way, position) in &from.next {
            let at = position as usize;
            if has(&self.sets[at], symbol) {
                set.next.extend(self.next[at].iter().map(|&to| (way, to)));
                if self.end[at] {
                    set.through.push(way);
                }
            }
        }
        set.next.sort_unstable();
        set.next.dedup();
        set.through.sort_unstable();
        set.through.dedup();
        set
    }
}

impl Set {
    /// Of a way that is through nothing more need be known.
    fn forget_through(&mut self) {
        let through = &self.through;
        if !through.is_empty() {
            self.next.retain(|(way, _)| !through.contains(way));
        }
    }
}

/// Puts symbols that no set tells apart in one column; a symbol of each column.
fn columns(sets: &[ByteSet]) -> (Box<[u8; EDGE as usize + 1]>, Vec<u16>) {
    let mut sets: Vec<&ByteSet> = sets.iter().collect();
    sets.sort_unstable();
    sets.dedup();
    let mut sample: Vec<u16> = Vec::new();
    let mut column = Box::new([0; EDGE as usize + 1]);
    for symbol in 0..=EDGE {
        let same = |other: u16| sets.iter().all(|set| has(set, symbol) == has(set, other));
        let known = sample.iter().position(|&other| same(other));
        let number = known.unwrap_or_else(|| {
            sample.push(symbol);
            sample.len() - 1
        });
        column[usize::from(symbol)] = number as u8;
    }
    (column, sample)
}
