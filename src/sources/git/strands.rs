//! Commits in a row that hold the same. Few commits change anything that is
//! wanted, so nearly all of a history lies in strands: no branch, no merge and no
//! change in between. What attribution asks is decided by the ends of strands.

use super::history::History;
use super::holders::Holders;
use super::ids::NONE;
use std::collections::HashSet;

/// Commits in a row.
pub(super) struct Strand {
    /// The oldest one.
    pub(super) first: u32,
    /// The newest one.
    pub(super) last: u32,
    /// The class of the trees of all of them, or [`NONE`].
    pub(super) class: u32,
}

/// All commits, in strands that are numbered so that parents come first.
pub(super) struct Strands {
    /// From the number of a commit to that of its strand; [`NONE`] for one that is not there.
    numbers: Vec<u32>,
    pub(super) list: Vec<Strand>,
    starts: Vec<u32>,
    parents: Vec<u32>,
}

impl Strands {
    /// `alone` are commits that hold more than their trees; `reachable` tells of each commit whether
    /// a ref reaches it.
    pub(super) fn new(
        history: &History<'_>,
        holders: &Holders,
        reachable: &[bool],
        alone: &HashSet<u32>,
    ) -> Self {
        let commits = &history.commits;
        let order = commits.parents.neighbours_first();
        let mut children = vec![0_u32; commits.ids.len()];
        for &commit in &order {
            for &parent in commits.parents.of(commit) {
                children[parent as usize] += 1;
            }
        }
        let mut strands = Strands {
            numbers: vec![NONE; commits.ids.len()],
            list: Vec::new(),
            starts: vec![0],
            parents: Vec::new(),
        };
        for &commit in &order {
            if !commits.parents.has(commit) {
                continue;
            }
            let class = holders.class(commits.roots[commit as usize]);
            let joins = |parent: u32| {
                let strand = strands.numbers[parent as usize];
                strand != NONE
                    && children[parent as usize] == 1
                    && strands.list[strand as usize].class == class
                    && reachable[parent as usize] == reachable[commit as usize]
                    && !alone.contains(&commit)
                    && !alone.contains(&parent)
            };
            let number = match commits.parents.of(commit) {
                &[parent] if joins(parent) => {
                    let number = strands.numbers[parent as usize];
                    strands.list[number as usize].last = commit;
                    number
                }
                _ => {
                    strands.list.push(Strand {
                        first: commit,
                        last: commit,
                        class,
                    });
                    strands.list.len() as u32 - 1
                }
            };
            strands.numbers[commit as usize] = number;
        }
        strands.tie(history);
        strands
    }

    /// Writes down the parents of all strands.
    fn tie(&mut self, history: &History<'_>) {
        for strand in &self.list {
            let parents = history.commits.parents.of(strand.first).iter();
            let parents = parents.map(|&parent| self.numbers[parent as usize]);
            self.parents
                .extend(parents.filter(|&parent| parent != NONE));
            self.starts.push(self.parents.len() as u32);
        }
    }

    /// The strand of a commit that is there.
    pub(super) fn of(&self, commit: u32) -> usize {
        self.numbers[commit as usize] as usize
    }

    /// The strands that a strand goes on from.
    pub(super) fn parents(&self, strand: usize) -> &[u32] {
        &self.parents[self.starts[strand] as usize..self.starts[strand + 1] as usize]
    }
}
