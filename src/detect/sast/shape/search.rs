//! Holds shapes against the nodes of a file. Everything is counted against one
//! budget; holes are bound as they are met and given back when a way does not lead
//! on.

use super::Near;
use super::Ready;
use super::Stop;
use super::pattern::Mark;
use super::pattern::Pattern;
use crate::detect::sast::code::Bytes;
use crate::detect::sast::code::Code;
use crate::detect::sast::syntax::NodeId;
use crate::detect::sast::syntax::Syntax;

/// Comparisons of nodes in one file for one check, at most.
const WORK_CAP: u32 = 4_000_000;

/// Kinds of what a declaration may have besides, which loose patterns overlook.
const BESIDES: [&str; 16] = [
    "accessibility_modifier",
    "annotation",
    "attribute_list",
    "class_heritage",
    "decorator",
    "function_modifiers",
    "marker_annotation",
    "modifier",
    "modifiers",
    "super_interfaces",
    "superclass",
    "throws",
    "type",
    "type_annotation",
    "type_parameters",
    "visibility_modifier",
];

/// One place that has the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect::sast) struct Hit {
    pub(in crate::detect::sast) at: Bytes,
    /// Holes and the code in them.
    pub(in crate::detect::sast) holes: Vec<(String, Bytes)>,
}

/// What a file has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::detect::sast) struct Searched {
    pub(in crate::detect::sast) hits: Vec<Hit>,
    /// The budget did not do.
    pub(in crate::detect::sast) is_spent: bool,
}

/// What a hole holds.
type Bound = Vec<(String, Bytes)>;

/// A search of one file.
pub(super) struct Search<'s> {
    syntax: &'s Syntax,
    code: &'s Code<'s>,
    is_loose: bool,
    parents: Vec<NodeId>,
    work: u32,
    bound: Bound,
    focus: Option<Bytes>,
}

impl<'s> Search<'s> {
    pub(super) fn new(syntax: &'s Syntax, code: &'s Code<'s>, is_loose: bool) -> Self {
        Search {
            syntax,
            code,
            is_loose,
            parents: syntax.parents(),
            work: 0,
            bound: Vec::new(),
            focus: None,
        }
    }

    /// All places that have the form, each once.
    pub(super) fn run(mut self, ready: &Ready) -> Searched {
        let mut hits: Vec<Hit> = Vec::new();
        for node in 0..self.syntax.len() as NodeId {
            self.bound.clear();
            self.focus = None;
            let Some(end) = self.holds(ready, node) else {
                continue;
            };
            let at = self.focus.unwrap_or((self.syntax.span(node).0, end));
            if at.0 < at.1 && !hits.iter().rev().take(64).any(|hit| hit.at == at) {
                let holes = self.bound.clone();
                hits.push(Hit { at, holes });
            }
        }
        Searched {
            hits,
            is_spent: self.is_out(),
        }
    }

    fn is_out(&self) -> bool {
        self.work >= WORK_CAP
    }

    /// The end of what a shape takes from a node on; what was bound is given back when it fails.
    fn holds(&mut self, ready: &Ready, node: NodeId) -> Option<u32> {
        let kept = self.bound.len();
        let end = self.tries(ready, node);
        if end.is_none() {
            self.bound.truncate(kept);
        }
        end
    }

    fn tries(&mut self, ready: &Ready, node: NodeId) -> Option<u32> {
        let (start, mut end) = self.syntax.span(node);
        if ready
            .kind
            .is_some_and(|kind| kind != self.syntax.kind(node))
        {
            return None;
        }
        if let Some(pattern) = &ready.pattern {
            end = self.pattern(pattern, node)?;
        }
        if let Some(regex) = &ready.regex {
            let is_meant =
                self.syntax.is_named(node) || self.syntax.children(node).next().is_none();
            if !is_meant || !regex.is_match(self.code.slice((start, end))) {
                return None;
            }
        }
        let (positive, rest): (Vec<_>, Vec<_>) = ready
            .all
            .iter()
            .partition(|one| one.pattern.is_some() || !one.any.is_empty());
        for one in &positive {
            end = self.holds(one, node)?;
        }
        if !ready.any.is_empty() {
            end = ready.any.iter().find_map(|one| self.holds(one, node))?;
        }
        if let Some(outer) = &ready.within {
            self.within(outer, node, end).then_some(())?;
        }
        // What binds comes before what excludes.
        let (binding, excluding): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|one| one.not.is_none() && one.holes.is_empty());
        for one in binding {
            end = end.max(self.holds(one, node)?);
        }
        self.near(ready, node)?;
        for one in excluding {
            self.holds(one, node)?;
        }
        if let Some(not) = &ready.not {
            let kept = self.bound.len();
            let holds = self.holds(not, node).is_some();
            self.bound.truncate(kept);
            (!holds).then_some(())?;
        }
        for (name, shape) in &ready.holes {
            self.hole(name, shape)?;
        }
        if let Some(name) = &ready.focus {
            self.focus = Some(self.bound_to(name)?);
        }
        Some(end)
    }

    fn near(&mut self, ready: &Ready, node: NodeId) -> Option<()> {
        let sides = [(&ready.follows, false), (&ready.precedes, true)];
        if let Some(near) = &ready.inside {
            self.inside(near, node).then_some(())?;
        }
        if let Some(near) = &ready.has {
            self.has(near, node).then_some(())?;
        }
        for (near, is_after) in sides {
            if let Some(near) = near {
                self.beside(near, node, is_after).then_some(())?;
            }
        }
        Some(())
    }

    fn bound_to(&self, name: &str) -> Option<Bytes> {
        self.bound
            .iter()
            .find(|(bound, _)| bound == name)
            .map(|(_, at)| *at)
    }

    /// What is in a hole has a shape of its own.
    fn hole(&mut self, name: &str, shape: &Ready) -> Option<()> {
        let at = self.bound_to(name)?;
        let first = (0..self.syntax.len() as NodeId).find(|id| self.syntax.span(*id) == at);
        let Some(mut node) = first else {
            // Inside of a text there are no nodes: only its own words can be asked for.
            let regex = shape.regex.as_ref()?;
            return regex.is_match(self.code.slice(at)).then_some(());
        };
        // The outermost node of this place, then those that are all of it.
        loop {
            if self.holds(shape, node).is_some() {
                return Some(());
            }
            let mut inner = self.syntax.children(node);
            let same = inner.find(|id| self.syntax.span(*id) == at);
            drop(inner);
            match same {
                Some(inner) if shape.not.is_none() => node = inner,
                _ => return None,
            }
        }
    }

    fn parent(&self, node: NodeId) -> Option<NodeId> {
        let parent = self.parents[node as usize];
        (parent != node).then_some(parent)
    }

    fn stops(&mut self, stop: &Stop, node: NodeId) -> bool {
        match stop {
            Stop::Neighbor => true,
            Stop::End => false,
            Stop::At(shape) => {
                let kept = self.bound.len();
                let holds = self.holds(shape, node).is_some();
                self.bound.truncate(kept);
                holds
            }
        }
    }

    fn inside(&mut self, near: &Near, node: NodeId) -> bool {
        let mut inner = node;
        while let Some(outer) = self.parent(inner) {
            let is_field = near
                .field
                .is_none_or(|field| self.syntax.field(inner) == field);
            if is_field && self.holds(&near.ready, outer).is_some() {
                return true;
            }
            if self.is_out() || self.stops(&near.stop, outer) {
                return false;
            }
            inner = outer;
        }
        false
    }

    fn has(&mut self, near: &Near, node: NodeId) -> bool {
        let mut waiting: Vec<NodeId> = self.syntax.children(node).collect();
        waiting.reverse();
        while let Some(inner) = waiting.pop() {
            let is_field = near
                .field
                .is_none_or(|field| self.syntax.field(inner) == field);
            if is_field && self.holds(&near.ready, inner).is_some() {
                return true;
            }
            self.work += 1;
            if self.is_out() {
                return false;
            }
            if !self.stops(&near.stop, inner) {
                let mut more: Vec<NodeId> = self.syntax.children(inner).collect();
                more.reverse();
                waiting.append(&mut more);
            }
        }
        false
    }

    fn beside(&mut self, near: &Near, node: NodeId, is_after: bool) -> bool {
        let Some(parent) = self.parent(node) else {
            return false;
        };
        let all: Vec<NodeId> = self.syntax.named(parent).collect();
        let mut others: Vec<NodeId> = match is_after {
            true => all.into_iter().filter(|other| *other > node).collect(),
            false => all.into_iter().filter(|other| *other < node).collect(),
        };
        if !is_after {
            others.reverse();
        }
        for other in others {
            if self.holds(&near.ready, other).is_some() {
                return true;
            }
            if self.is_out() || self.stops(&near.stop, other) {
                return false;
            }
        }
        false
    }

    /// The node is or stands in what has the shape, or in a row of statements that has it.
    fn within(&mut self, outer: &Ready, node: NodeId, end: u32) -> bool {
        let mut at = node;
        loop {
            let mut starts = vec![at];
            if let Some(parent) = self.parent(at).filter(|_| outer.has_row()) {
                starts = self
                    .syntax
                    .named(parent)
                    .filter(|other| *other <= at)
                    .collect();
                starts.reverse();
            }
            for start in starts {
                let kept = self.bound.len();
                match self.holds(outer, start) {
                    Some(reached) if reached >= end => return true,
                    _ => self.bound.truncate(kept),
                }
            }
            match self.parent(at) {
                Some(parent) if !self.is_out() => at = parent,
                _ => return false,
            }
        }
    }

    /// The end of a pattern that begins at a node.
    fn pattern(&mut self, pattern: &Pattern, node: NodeId) -> Option<u32> {
        if let [root] = pattern.roots[..] {
            return self
                .same(pattern, root, node)
                .then(|| self.syntax.span(node).1);
        }
        // Statements in a row: those of the parent from this one on.
        let parent = self.parent(node)?;
        if !self.syntax.is_named(node) {
            return None;
        }
        let row: Vec<NodeId> = self
            .syntax
            .named(parent)
            .filter(|other| *other >= node)
            .collect();
        let taken = self.row(pattern, &pattern.roots, &row, true)?;
        let last = row[..taken].last()?;
        Some(self.syntax.span(*last).1)
    }

    /// One node of a pattern against one of the file.
    fn same(&mut self, pattern: &Pattern, wanted: NodeId, node: NodeId) -> bool {
        self.work += 1;
        if self.is_out() {
            return false;
        }
        let at = self.syntax.span(node);
        match &pattern.marks[wanted as usize] {
            Mark::One(name) | Mark::Many(name) => {
                return self.syntax.is_named(node) && self.bind(name.as_deref(), at);
            }
            Mark::AnyText => return self.unquoted(at).is_some(),
            Mark::Plain => {}
        }
        let text = pattern.slice(wanted);
        let is_leaf = pattern.syntax.children(wanted).next().is_none();
        if self.is_loose {
            if self.is_name(text, at) {
                return true;
            }
            if let (Some(wanted), Some(have)) = (unquote(text), self.unquoted(at)) {
                return match hole_of(wanted) {
                    Some(name) => self.bind(name, (at.0 + 1, at.1 - 1)),
                    None => wanted == have,
                };
            }
        }
        if is_leaf {
            let is_kind = pattern.syntax.kind(wanted) == self.syntax.kind(node);
            return (is_kind || self.is_loose && self.syntax.is_named(node))
                && text == self.code.slice(at);
        }
        let (have, want) = (self.syntax.kind(node), pattern.syntax.kind(wanted));
        if have != want && !(self.is_loose && self.is_declared(pattern, wanted, node)) {
            return false;
        }
        let wanted: Vec<NodeId> = pattern.syntax.children(wanted).collect();
        let have: Vec<NodeId> = self.syntax.children(node).collect();
        self.row(pattern, &wanted, &have, false).is_some()
    }

    /// `x = 1` where the pattern assigns and the code declares.
    fn is_declared(&self, pattern: &Pattern, wanted: NodeId, node: NodeId) -> bool {
        let name = |id: NodeId| self.syntax.kind_text(id);
        let is_assigned = matches!(
            pattern.syntax.kind_text(wanted),
            "assignment_expression" | "assignment"
        );
        is_assigned && matches!(name(node), "variable_declarator" | "init_declarator")
    }

    /// A dotted name is the same when imports make the same of it.
    fn is_name(&self, wanted: &str, at: Bytes) -> bool {
        let have = self.code.slice(at);
        if !is_path(wanted) || !is_path(have) {
            return false;
        }
        let (first, rest) = have.split_once('.').unwrap_or((have, ""));
        let full = self.code.imports.get(first);
        full.is_some_and(|full| {
            wanted
                .strip_prefix(full.as_str())
                .is_some_and(|tail| match rest.is_empty() {
                    true => tail.is_empty(),
                    false => tail.strip_prefix('.') == Some(rest),
                })
        })
    }

    fn unquoted(&self, at: Bytes) -> Option<&'s str> {
        unquote(self.code.slice(at))
    }

    /// Binds a hole; one that is bound must hold the same code.
    fn bind(&mut self, name: Option<&str>, at: Bytes) -> bool {
        let Some(name) = name else { return true };
        if let Some(known) = self.bound_to(name) {
            return self.code.slice(known) == self.code.slice(at);
        }
        self.bound.push((name.to_owned(), at));
        true
    }

    /// Nodes of a pattern against those of the file, in order; how many of the file's are taken.
    /// With `is_open` more may follow.
    fn row(
        &mut self,
        pattern: &Pattern,
        wanted: &[NodeId],
        have: &[NodeId],
        is_open: bool,
    ) -> Option<usize> {
        let wanted = kept(&pattern.syntax, &pattern.text, wanted);
        let places: Vec<usize> = (0..have.len())
            .filter(|at| !is_separator(self.code.slice(self.syntax.span(have[*at]))))
            .collect();
        let nodes: Vec<NodeId> = places.iter().map(|at| have[*at]).collect();
        let (wanted, nodes) = match self.is_loose {
            true => self.keywords(pattern, &wanted, nodes)?,
            false => (wanted, nodes),
        };
        let taken = self.sequence(pattern, &wanted, &nodes, is_open)?;
        Some(match is_open {
            true => places.get(taken.wrapping_sub(1)).map_or(0, |at| at + 1),
            false => have.len(),
        })
    }

    /// Takes named arguments out of both, wherever they stand: each that is wanted must be there.
    fn keywords(
        &mut self,
        pattern: &Pattern,
        wanted: &[NodeId],
        mut have: Vec<NodeId>,
    ) -> Option<(Vec<NodeId>, Vec<NodeId>)> {
        let is_keyword = |text: &str| text == "keyword_argument";
        let mut rest = Vec::new();
        let mut is_any = false;
        for want in wanted {
            if !is_keyword(pattern.syntax.kind_text(*want)) {
                rest.push(*want);
                continue;
            }
            is_any = true;
            let found = (0..have.len()).find(|at| {
                is_keyword(self.syntax.kind_text(have[*at])) && self.same(pattern, *want, have[*at])
            })?;
            have.remove(found);
        }
        // Further ones are for `...`, wherever that stands.
        let takes_more = rest
            .iter()
            .any(|id| matches!(pattern.marks[*id as usize], Mark::Many(_)));
        if is_any && takes_more {
            have.retain(|id| !is_keyword(self.syntax.kind_text(*id)));
        }
        Some((rest, have))
    }

    fn sequence(
        &mut self,
        pattern: &Pattern,
        wanted: &[NodeId],
        have: &[NodeId],
        is_open: bool,
    ) -> Option<usize> {
        self.work += 1;
        if self.is_out() {
            return None;
        }
        let Some((first, rest)) = wanted.split_first() else {
            let is_done = is_open || have.iter().all(|id| self.is_overlooked(*id));
            return is_done.then_some(0);
        };
        if let Mark::Many(name) = &pattern.marks[*first as usize] {
            return self.many(pattern, name.as_deref(), rest, have, is_open);
        }
        let is_token = !pattern.syntax.is_named(*first);
        for (at, node) in have.iter().enumerate() {
            let kept = self.bound.len();
            if self.same(pattern, *first, *node)
                && let Some(taken) = self.sequence(pattern, rest, &have[at + 1..], is_open)
            {
                return Some(at + 1 + taken);
            }
            self.bound.truncate(kept);
            if !self.is_overlooked(*node)
                || is_token && self.syntax.is_named(*node) && !self.is_loose
            {
                return None;
            }
        }
        None
    }

    /// Any number of nodes, few first; all when nothing is wanted after them.
    fn many(
        &mut self,
        pattern: &Pattern,
        name: Option<&str>,
        rest: &[NodeId],
        have: &[NodeId],
        is_open: bool,
    ) -> Option<usize> {
        let least = if rest.is_empty() { have.len() } else { 0 };
        for count in least..=have.len() {
            let kept = self.bound.len();
            let span = match (have.first(), count.checked_sub(1)) {
                (Some(first), Some(last)) => {
                    (self.syntax.span(*first).0, self.syntax.span(have[last]).1)
                }
                _ => (0, 0),
            };
            if self.bind(name, span)
                && let Some(taken) = self.sequence(pattern, rest, &have[count..], is_open)
            {
                return Some(count + taken);
            }
            self.bound.truncate(kept);
        }
        None
    }

    /// What a pattern need not name: punctuation and comments; when it is loose, modifiers and types.
    fn is_overlooked(&self, node: NodeId) -> bool {
        !self.syntax.is_named(node)
            || self.is_loose && BESIDES.contains(&self.syntax.kind_text(node))
    }
}

impl Ready {
    /// True when statements in a row are looked for.
    fn has_row(&self) -> bool {
        self.pattern
            .as_ref()
            .is_some_and(|pattern| pattern.roots.len() > 1)
            || self.all.iter().chain(&self.any).any(Ready::has_row)
    }
}

fn is_separator(text: &str) -> bool {
    matches!(text, "," | ";")
}

/// The nodes that are no separators.
fn kept(syntax: &Syntax, text: &str, nodes: &[NodeId]) -> Vec<NodeId> {
    let slice = |id: NodeId| {
        let (start, end) = syntax.span(id);
        text.get(start as usize..end as usize).unwrap_or_default()
    };
    nodes
        .iter()
        .copied()
        .filter(|id| !is_separator(slice(*id)))
        .collect()
}

/// The hole that is all of a text: none, one without a name, or its name.
fn hole_of(text: &str) -> Option<Option<&str>> {
    let name = text.strip_prefix("zqo_")?;
    let inside = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let is_hole = name.bytes().all(inside);
    is_hole.then_some((!name.is_empty() && !name.starts_with('_')).then_some(name))
}

/// The inside of a plain text.
fn unquote(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(['b', 'r', 'u', 'B', 'R', 'U', '@']);
    let quote = text
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = text.get(1..)?.strip_suffix(quote)?;
    (!inner.contains(quote)).then_some(inner)
}

fn is_path(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    !text.is_empty() && text.len() < 256 && text.bytes().all(inside)
}
