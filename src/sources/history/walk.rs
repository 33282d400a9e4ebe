//! The walk over all packs: every delta family from its root down, each stream
//! inflated once, each base held only as long as something builds on it.
//! Workers take families from one list; when it is empty, those still busy hand
//! over branches of theirs. Planning is the forest's, meaning the visitor's.

use std::ops::Deref;
use std::ops::Range;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use rayon::Scope;

use crate::model::chunk::CopySegment;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

use super::coverage::StoreCoverage;
use super::delta;
use super::delta::Lengths;
use super::entry::Entry;
use super::fault::Fault;
use super::forest::ForeignBase;
use super::forest::Forest;
use super::identify::identify;
use super::inflate::Buffer;
use super::inflate::Inflater;
use super::pack::Pack;
use super::store::StoreLimits;
use super::visit::Derived;
use super::visit::Object;
use super::visit::Place;
use super::visit::Visitor;
use super::visit::show;

/// Families a worker takes at a time.
const BATCH: usize = 16;
/// Bases smaller than this are not counted against the budget.
const COUNTED: usize = 64 << 10;
/// Buffers a worker keeps for reuse.
const POOL: usize = 64;

/// One entry that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lost {
    pub(super) pack: u32,
    pub(super) entry: u32,
    pub(super) fault: Fault,
}

/// What the walk over the packs came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Counts of what was visited.
    pub(super) totals: StoreCoverage,
    /// What was lost, in order of pack and offset.
    pub(super) lost: Vec<Lost>,
}

/// Reads a base that is no entry of the index of the pack of that number.
pub(super) type ReadForeign<'a> =
    &'a (dyn Fn(usize, ForeignBase, &mut Vec<u8>) -> Result<(), Fault> + Sync);

/// Everything the workers share.
pub(super) struct Walk<'a, V: Visitor> {
    packs: &'a [Pack],
    forests: &'a [Forest],
    visitor: &'a V,
    limits: &'a StoreLimits,
    read_foreign: ReadForeign<'a>,
    /// The number of the first object of each pack.
    numbers: &'a [u32],
    /// The first family number of each pack, then their total.
    starts: Vec<usize>,
    next: AtomicUsize,
    /// Workers that found no more families.
    idle: AtomicUsize,
    /// Bytes of large bases being held.
    live: AtomicUsize,
    resting: Mutex<Vec<Worker<V::State>>>,
}

/// A base with what the visitor keeps beside it.
struct Node<S> {
    bytes: Buffer,
    kind: ObjectKind,
    state: Option<S>,
    /// Its bytes are not what its id says, so that what builds on it must be checked too.
    doubtful: bool,
}

/// A base held by one worker, or by several after a branch was handed over.
enum Held<S> {
    Own(Node<S>),
    Shared(Arc<Node<S>>),
}

impl<S> Deref for Held<S> {
    type Target = Node<S>;
    fn deref(&self) -> &Node<S> {
        match self {
            Held::Own(node) => node,
            Held::Shared(node) => node,
        }
    }
}

/// A base and those of its children that are still to be decoded.
struct Frame<S> {
    base: Held<S>,
    children: Range<u32>,
}

/// One thread's tools.
struct Worker<S> {
    inflater: Inflater,
    delta: Buffer,
    copies: Vec<CopySegment>,
    pool: Vec<Buffer>,
    stack: Vec<Frame<S>>,
    totals: StoreCoverage,
    lost: Vec<Lost>,
}

impl<'a, V: Visitor> Walk<'a, V> {
    /// Prepares a walk of `forests`, which belong to `packs` (and the numbers of their first
    /// objects) one to one.
    pub(super) fn new(
        packs: (&'a [Pack], &'a [u32]),
        forests: &'a [Forest],
        visitor: &'a V,
        limits: &'a StoreLimits,
        read_foreign: ReadForeign<'a>,
    ) -> Self {
        let (packs, numbers) = packs;
        let mut total = 0;
        let mut starts = vec![0];
        for forest in forests {
            total += forest.roots.len() + forest.foreign.len();
            starts.push(total);
        }
        Walk {
            packs,
            numbers,
            forests,
            visitor,
            limits,
            read_foreign,
            starts,
            next: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
            live: AtomicUsize::new(0),
            resting: Mutex::new(Vec::new()),
        }
    }

    /// Walks everything on the current rayon pool.
    pub(super) fn run(self) -> Outcome {
        let this = &self;
        rayon::scope(|scope| {
            for _ in 0..rayon::current_num_threads() {
                scope.spawn(move |scope| this.work(scope));
            }
        });
        let mut outcome = Outcome::default();
        for (pack, forest) in self.forests.iter().enumerate() {
            let faults = forest.faults.iter();
            outcome
                .lost
                .extend(faults.filter(|(entry, _)| forest.is_visited(**entry)).map(
                    |(&entry, &fault)| Lost {
                        pack: pack as u32,
                        entry,
                        fault,
                    },
                ));
        }
        let workers = self
            .resting
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        for worker in workers {
            outcome.totals.add(&worker.totals);
            outcome.lost.extend(worker.lost);
        }
        outcome.lost.sort_unstable();
        outcome
    }

    /// Takes families until there are none.
    fn work<'s>(&'s self, scope: &Scope<'s>) {
        let mut worker = self.wake();
        let total = self.starts.last().copied().unwrap_or(0);
        let mut pack = 0;
        loop {
            let first = self.next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= total {
                break;
            }
            for number in first..(first + BATCH).min(total) {
                while number >= self.starts[pack + 1] {
                    pack += 1;
                }
                worker.family(self, scope, pack, number - self.starts[pack]);
            }
        }
        self.rest(worker);
    }

    /// Goes on with a branch that another worker handed over.
    fn go_on<'s>(&'s self, scope: &Scope<'s>, pack: usize, frame: Frame<V::State>) {
        let mut worker = self.wake();
        worker.stack.push(frame);
        worker.descend(self, scope, pack);
        self.rest(worker);
    }

    fn wake(&self) -> Worker<V::State> {
        self.resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_else(Worker::new)
    }

    fn rest(&self, worker: Worker<V::State>) {
        self.resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(worker);
        self.idle.fetch_add(1, Ordering::Relaxed);
    }

    /// The record of a lost entry, if the visitor should have seen it.
    fn lost(&self, pack: usize, entry: u32, fault: Fault) -> Option<Lost> {
        self.forests[pack].is_visited(entry).then_some(Lost {
            pack: pack as u32,
            entry,
            fault,
        })
    }

    /// Claims an idle worker.
    fn claim(&self) -> bool {
        self.live.load(Ordering::Relaxed) < self.limits.live
            && self
                .idle
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |idle| {
                    idle.checked_sub(1)
                })
                .is_ok()
    }
}

impl<S: Send + Sync> Worker<S> {
    fn new() -> Self {
        Worker {
            inflater: Inflater::new(),
            delta: Buffer::default(),
            copies: Vec::new(),
            pool: Vec::new(),
            stack: Vec::new(),
            totals: StoreCoverage::default(),
            lost: Vec::new(),
        }
    }

    /// Walks one family: a root with all its descendants, or the deltas on a foreign base.
    fn family<'s, V: Visitor<State = S>>(
        &mut self,
        walk: &'s Walk<'_, V>,
        scope: &Scope<'s>,
        pack: usize,
        number: usize,
    ) where
        S: 's,
    {
        let forest = &walk.forests[pack];
        let started = match forest.roots.get(number) {
            Some(&root) => self.root(walk, pack, root),
            None => self.foreign(walk, pack, number - forest.roots.len()),
        };
        if started {
            self.descend(walk, scope, pack);
        }
    }

    /// Decodes a root; true when it has children to go on with.
    fn root<V: Visitor<State = S>>(&mut self, walk: &Walk<'_, V>, pack: usize, root: u32) -> bool {
        let source = &walk.packs[pack];
        let forest = &walk.forests[pack];
        let bytes = source.bytes();
        let mut out = self.pool.pop().unwrap_or_default();
        let decoded = Entry::parse(bytes, forest.offset(root), source.id_len())
            .ok_or(Fault::Header)
            .and_then(|entry| {
                let input = &bytes[entry.data..];
                self.inflater
                    .inflate(input, entry.size, walk.limits.object, &mut out)
            });
        let Some(kind) = forest.kind(root) else {
            return false; // lost, and listed by the forest
        };
        self.finish(walk, pack, root, kind, out, decoded)
    }

    /// Reads a foreign base and starts with the deltas on it.
    fn foreign<V: Visitor<State = S>>(
        &mut self,
        walk: &Walk<'_, V>,
        pack: usize,
        number: usize,
    ) -> bool {
        let forest = &walk.forests[pack];
        let family = &forest.foreign[number];
        let mut bytes = Vec::new();
        let read = (walk.read_foreign)(pack, family.base, &mut bytes);
        let first = forest.children[family.children.start as usize];
        match (read, forest.kind(first)) {
            (Ok(()), Some(kind)) => {
                let node = Node {
                    bytes: Buffer::from(bytes),
                    kind,
                    state: None,
                    doubtful: false,
                };
                self.hold(walk, node, family.children.clone());
                true
            }
            (read, _) => {
                let fault = read.err().unwrap_or(Fault::BaseLost).inherited();
                self.lose_all(walk, pack, family.children.clone(), fault);
                false
            }
        }
    }

    /// Decodes everything above the frames on the stack, depth first.
    fn descend<'s, V: Visitor<State = S>>(
        &mut self,
        walk: &'s Walk<'_, V>,
        scope: &Scope<'s>,
        pack: usize,
    ) where
        S: 's,
    {
        let forest = &walk.forests[pack];
        while let Some(frame) = self.stack.last_mut() {
            let Some(next) = frame.children.next() else {
                self.drop_frame(walk);
                continue;
            };
            let entry = forest.children[next as usize];
            let kind = frame.base.kind;
            let mut out = self.pool.pop().unwrap_or_default();
            let decoded = self.derive(walk, pack, entry, &mut out);
            self.finish(walk, pack, entry, kind, out, decoded);
            if walk.idle.load(Ordering::Relaxed) > 0 {
                self.hand_over(walk, scope, pack);
            }
        }
    }

    /// Applies the delta of `entry` to the base on top of the stack.
    fn derive<V: Visitor<State = S>>(
        &mut self,
        walk: &Walk<'_, V>,
        pack: usize,
        entry: u32,
        out: &mut Buffer,
    ) -> Result<(), Fault> {
        let source = &walk.packs[pack];
        let bytes = source.bytes();
        let offset = walk.forests[pack].offset(entry);
        let header = Entry::parse(bytes, offset, source.id_len()).ok_or(Fault::Header)?;
        let limit = walk.limits.object;
        self.inflater
            .inflate(&bytes[header.data..], header.size, limit, &mut self.delta)?;
        let base = self.stack.last().ok_or(Fault::BaseLost)?.base.bytes.bytes();
        derive(base, self.delta.bytes(), limit, out, &mut self.copies)
    }

    /// Hands a decoded entry to the visitor and puts it on the stack if it has children;
    /// true when it has. A base that just gave its last child is let go.
    fn finish<V: Visitor<State = S>>(
        &mut self,
        walk: &Walk<'_, V>,
        pack: usize,
        entry: u32,
        kind: ObjectKind,
        out: Buffer,
        decoded: Result<(), Fault>,
    ) -> bool {
        let forest = &walk.forests[pack];
        let children = forest.children_of(entry);
        let node = match decoded {
            Ok(()) => self.show(walk, pack, entry, kind, out),
            Err(fault) => {
                self.recycle(out);
                self.lose(walk, pack, entry, fault);
                None
            }
        };
        if self.stack.last().is_some_and(|top| top.children.is_empty()) {
            self.drop_frame(walk);
        }
        match node {
            Some(node) if !children.is_empty() => {
                self.hold(walk, node, children);
                true
            }
            Some(node) => {
                self.recycle(node.bytes);
                false
            }
            None => false,
        }
    }

    /// Checks the id if that is asked for and lets the visitor see the object.
    fn show<V: Visitor<State = S>>(
        &mut self,
        walk: &Walk<'_, V>,
        pack: usize,
        entry: u32,
        mut kind: ObjectKind,
        bytes: Buffer,
    ) -> Option<Node<S>> {
        let forest = &walk.forests[pack];
        let source = &walk.packs[pack];
        let id = source.listed(forest.position(entry));
        let base = self.stack.last().map(|frame| &*frame.base);
        let mut doubtful = base.is_some_and(|base| base.doubtful);
        let suspect = doubtful || forest.is_suspect(entry);
        if suspect || (walk.limits.verify && forest.is_visited(entry)) {
            let true_kind = true_kind(&id.get(), kind, bytes.bytes(), suspect);
            doubtful = true_kind.is_none();
            kind = true_kind.unwrap_or(kind);
        }
        let mut node = Node {
            bytes,
            kind,
            state: None,
            doubtful,
        };
        if doubtful {
            self.lost.extend(walk.lost(pack, entry, Fault::Mismatch));
        }
        if !forest.is_visited(entry) || !walk.visitor.wants(kind) {
            return Some(node);
        }
        let derived = base.and_then(|base| {
            Some(Derived {
                base: base.state.as_ref()?,
                base_bytes: base.bytes.bytes(),
                copies: &self.copies,
            })
        });
        let object = Object {
            id,
            number: walk.numbers[pack] + forest.position(entry) as u32,
            kind,
            bytes: node.bytes.bytes(),
            derived,
            has_children: !forest.children_of(entry).is_empty(),
            place: Place::Pack(&source.name, forest.offset(entry)),
        };
        let len = object.bytes.len();
        match show(walk.visitor, object) {
            Ok(state) => {
                node.state = Some(state);
                self.totals.visited(kind, len);
            }
            Err(fault) => self.lost.extend(walk.lost(pack, entry, fault)),
        }
        Some(node)
    }

    /// Gives the branch nearest to the root to an idle worker.
    fn hand_over<'s, V: Visitor<State = S>>(
        &mut self,
        walk: &'s Walk<'_, V>,
        scope: &Scope<'s>,
        pack: usize,
    ) where
        S: 's,
    {
        let top = self.stack.len().wrapping_sub(1);
        let branch = self
            .stack
            .iter()
            .position(|frame| !frame.children.is_empty())
            .filter(|&at| at != top || self.stack[at].children.len() > 1);
        let Some(at) = branch.filter(|_| walk.claim()) else {
            return;
        };
        let mut frame = self.stack.remove(at);
        let shared = match frame.base {
            Held::Own(node) => Arc::new(node),
            Held::Shared(node) => node,
        };
        let cut = frame.children.start + frame.children.len() as u32 / 2;
        let given = cut..frame.children.end;
        frame.children.end = cut;
        frame.base = Held::Shared(Arc::clone(&shared));
        self.stack.insert(at, frame);
        let frame = Frame {
            base: Held::Shared(shared),
            children: given,
        };
        scope.spawn(move |scope| walk.go_on(scope, pack, frame));
    }

    /// Puts a base on the stack.
    fn hold<V: Visitor<State = S>>(
        &mut self,
        walk: &Walk<'_, V>,
        node: Node<S>,
        children: Range<u32>,
    ) {
        let len = node.bytes.bytes().len();
        if len >= COUNTED {
            walk.live.fetch_add(len, Ordering::Relaxed);
        }
        self.stack.push(Frame {
            base: Held::Own(node),
            children,
        });
    }

    fn drop_frame<V: Visitor<State = S>>(&mut self, walk: &Walk<'_, V>) {
        let node = match self.stack.pop().map(|frame| frame.base) {
            Some(Held::Own(node)) => node,
            Some(Held::Shared(shared)) => match Arc::into_inner(shared) {
                Some(node) => node,
                None => return,
            },
            None => return,
        };
        let len = node.bytes.bytes().len();
        if len >= COUNTED {
            walk.live.fetch_sub(len, Ordering::Relaxed);
        }
        self.recycle(node.bytes);
    }

    fn recycle(&mut self, mut buffer: Buffer) {
        buffer.trim();
        if self.pool.len() < POOL {
            self.pool.push(buffer);
        }
    }

    /// Lists an entry and everything that builds on it.
    fn lose<V: Visitor<State = S>>(
        &mut self,
        walk: &Walk<'_, V>,
        pack: usize,
        entry: u32,
        fault: Fault,
    ) {
        self.lost.extend(walk.lost(pack, entry, fault));
        let children = walk.forests[pack].children_of(entry);
        self.lose_all(walk, pack, children, fault.inherited());
    }

    fn lose_all<V: Visitor<State = S>>(
        &mut self,
        walk: &Walk<'_, V>,
        pack: usize,
        children: Range<u32>,
        fault: Fault,
    ) {
        let forest = &walk.forests[pack];
        let mut open = vec![children];
        while let Some(mut range) = open.pop() {
            if let Some(next) = range.next() {
                let entry = forest.children[next as usize];
                self.lost.extend(walk.lost(pack, entry, fault));
                open.push(range);
                open.push(forest.children_of(entry));
            }
        }
    }
}

/// Applies a whole delta, header and all, to `base`.
pub(super) fn derive(
    base: &[u8],
    delta: &[u8],
    limit: u64,
    out: &mut Buffer,
    copies: &mut Vec<CopySegment>,
) -> Result<(), Fault> {
    let lengths = Lengths::parse(delta).ok_or(Fault::Delta)?;
    if lengths.base != base.len() as u64 {
        return Err(Fault::Delta);
    }
    if lengths.result > limit {
        return Err(Fault::TooLarge(lengths.result));
    }
    let len = usize::try_from(lengths.result).map_err(|_| Fault::TooLarge(lengths.result))?;
    delta::apply(base, &delta[lengths.ops..], out.sized(len)?, copies).ok_or(Fault::Delta)
}

/// The kind under which `bytes` hash to `id`, if any. Only where the header is `suspect`
/// are other kinds than the declared one tried: three bits of it say which it is.
fn true_kind(
    id: &ObjectId,
    declared: ObjectKind,
    bytes: &[u8],
    suspect: bool,
) -> Option<ObjectKind> {
    let all = [
        ObjectKind::Blob,
        ObjectKind::Tree,
        ObjectKind::Commit,
        ObjectKind::Tag,
    ];
    let others = all.into_iter().filter(|kind| suspect && *kind != declared);
    std::iter::once(declared)
        .chain(others)
        .find(|kind| identify(id.format(), *kind, bytes) == *id)
}
