//! Attribution, compared with brute force over `ls-tree` of every commit, and
//! the cases that other tools get wrong.

use super::fixture::Repo;
use super::fixture::id;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::sources::git::attribution::Attribution;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

pub(super) struct RandomHistory {
    pub(super) repo: Repo,
    pub(super) commits: Vec<ObjectId>,
}

/// Numbers that look random; the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

/// Commits with several roots, merges, skewed clocks, few contents at few paths, and refs to some of them.
pub(super) fn random_history(seed: u64, count: usize) -> RandomHistory {
    let repo = Repo::init(&[]);
    let mut random = Random(seed);
    let mut stream = String::new();
    for n in 1..=count {
        let time = 1_500_000_000 + n * 50_000 + random.below(400_000);
        stream.push_str(&format!("commit refs/tmp/{n}\nmark :{n}\n"));
        stream.push_str(&format!("committer C <c@x> {time} +0000\ndata 1\nm\n"));
        let mut parents = BTreeSet::new();
        if n > 1 && random.below(8) > 0 {
            for _ in 0..[1, 1, 1, 2, 3][random.below(5)] {
                parents.insert(1 + random.below(n - 1).max((n - 1).saturating_sub(6)));
            }
        }
        for (at, parent) in parents.iter().enumerate() {
            let word = if at == 0 { "from" } else { "merge" };
            stream.push_str(&format!("{word} :{parent}\n"));
        }
        stream.push_str("deleteall\n");
        for path in ["a", "b", "d/a", "d/e/b", "d/e/f/c", "z/a"] {
            if random.below(3) > 0 {
                let text = random.below(9);
                stream.push_str(&format!("M 100644 inline {path}\ndata 1\n{text}\n"));
            }
        }
    }
    for n in 0..4 {
        let mark = 1 + random.below(count);
        stream.push_str(&format!("reset refs/heads/b{n}\nfrom :{mark}\n\n"));
        let mark = 1 + random.below(count);
        stream.push_str(&format!(
            "tag t{n}\nfrom :{mark}\ntagger T <t@x> 1 +0000\ndata 1\nt\n"
        ));
    }
    repo.git_with(
        &["fast-import", "--quiet", "--export-marks=../marks"],
        stream.as_bytes(),
    );
    let marks = std::fs::read_to_string(repo.temp.path().join("marks")).unwrap();
    let mut commits = vec![None; count];
    for line in marks.lines() {
        let (mark, hex) = line.split_once(' ').unwrap();
        commits[mark[1..].parse::<usize>().unwrap() - 1] = Some(id(hex));
    }
    let lines = (1..=count).map(|n| format!("delete refs/tmp/{n}\n"));
    repo.git_with(
        &["update-ref", "--stdin"],
        lines.collect::<String>().as_bytes(),
    );
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/b0"]);
    RandomHistory {
        commits: commits.into_iter().map(Option::unwrap).collect(),
        repo,
    }
}

fn attribute(repo: &Repo, wanted: &[ObjectId]) -> BTreeMap<ObjectId, Attribution> {
    let (repository, objects) = (repo.open(), repo.objects());
    let history = objects.collect(&repository, wanted);
    let found = history.attribute(&objects.tips(&repository), &objects);
    found.into_iter().map(|entry| (entry.id, entry)).collect()
}

/// A history as git tells it, commit by commit.
struct Naive {
    times: BTreeMap<ObjectId, i64>,
    ancestors: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    trees: BTreeMap<ObjectId, Vec<(String, ObjectId)>>,
    refs: Vec<(String, ObjectId)>,
    head: ObjectId,
}

impl Naive {
    fn new(history: &RandomHistory) -> Naive {
        let repo = &history.repo;
        let mut naive = Naive {
            times: BTreeMap::new(),
            ancestors: BTreeMap::new(),
            trees: BTreeMap::new(),
            refs: Vec::new(),
            head: repo.id("HEAD"),
        };
        let input = history
            .commits
            .iter()
            .map(|id| format!("{id}\n"))
            .collect::<String>();
        let log = repo.git_with(
            &["log", "--no-walk=unsorted", "--stdin", "--format=%H %ct %P"],
            input.as_bytes(),
        );
        // Marks are in order: parents come before their children.
        for line in log.lines() {
            let mut words = line.split_whitespace();
            let commit = id(words.next().unwrap());
            naive
                .times
                .insert(commit, words.next().unwrap().parse().unwrap());
            let mut ancestors = BTreeSet::new();
            for parent in words.map(id) {
                ancestors.insert(parent);
                ancestors.extend(naive.ancestors[&parent].iter().copied());
            }
            naive.ancestors.insert(commit, ancestors);
            let list = repo.git(&["ls-tree", "-r", &commit.to_string()]);
            let entries = list
                .lines()
                .map(|line| (line[53..].to_owned(), id(&line[12..52])));
            naive.trees.insert(commit, entries.collect());
        }
        let refs = repo.git(&["for-each-ref", "--format=%(refname)"]);
        for name in refs.lines() {
            naive
                .refs
                .push((name.to_owned(), repo.id(&format!("{name}^{{commit}}"))));
        }
        naive
    }

    fn reaches(&self, from: &ObjectId, to: &ObjectId) -> bool {
        from == to || self.ancestors[from].contains(to)
    }

    fn check(&self, blob: ObjectId, ours: &Attribution) {
        let holds = |commit: &ObjectId| self.trees[commit].iter().any(|entry| entry.1 == blob);
        let holders = self
            .trees
            .keys()
            .filter(|commit| holds(commit))
            .collect::<Vec<_>>();
        let reachable =
            |commit: &ObjectId| self.refs.iter().any(|(_, tip)| self.reaches(tip, commit));
        let first = holders
            .iter()
            .filter(|commit| !self.ancestors[commit].iter().any(holds))
            .min_by_key(|commit| (!reachable(commit), self.times[**commit], ***commit));
        assert_eq!(ours.introduced.map(|point| point.id), first.map(|id| **id));
        let kept = holders.iter().any(|commit| reachable(commit));
        let last = holders
            .iter()
            .filter(|commit| reachable(commit) == kept)
            .filter(|commit| {
                let mut later = holders.iter().filter(|later| reachable(later) == kept);
                !later.any(|later| self.ancestors[later].contains(commit))
            })
            .max_by_key(|commit| (self.times[**commit], std::cmp::Reverse(***commit)));
        assert_eq!(ours.last_seen.map(|point| point.id), last.map(|id| **id));
        assert_eq!(ours.reachable, kept);
        assert_eq!(ours.in_head, holds(&self.head));
        let refs = self
            .refs
            .iter()
            .filter(|(_, tip)| holders.iter().any(|holder| self.reaches(tip, holder)));
        let refs = refs
            .map(|(name, _)| name.clone().into_bytes())
            .collect::<Vec<_>>();
        let ours_refs = ours.refs.iter().filter(|name| name.starts_with(b"refs/"));
        assert_eq!(ours_refs.cloned().collect::<Vec<_>>(), refs);
        if let Some(first) = first {
            let paths = self.trees[*first].iter().filter(|entry| entry.1 == blob);
            let paths = paths.map(|entry| entry.0.clone().into_bytes());
            assert_eq!(ours.paths, paths.collect::<Vec<_>>());
        }
        let in_head = self.trees[&self.head].iter().find(|entry| entry.1 == blob);
        let in_head = in_head.map(|entry| entry.0.clone().into_bytes());
        assert_eq!(ours.head_path, in_head);
    }
}

#[test]
fn random_histories_agree_with_brute_force() {
    for seed in 0..8 {
        let history = random_history(seed, 30);
        let blobs = history.repo.objects().blobs();
        let ours = attribute(&history.repo, &blobs);
        let naive = Naive::new(&history);
        for blob in blobs {
            naive.check(blob, &ours[&blob]);
        }
    }
}

#[test]
fn wide_batches_agree_with_narrow_ones() {
    let history = random_history(99, 40);
    let mut wanted = history.repo.objects().blobs();
    let alone = attribute(&history.repo, &wanted);
    for n in 0..1000_u32 {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&n.wrapping_mul(0x9e37_79b9).to_be_bytes());
        wanted
            .push(ObjectId::from_bytes(crate::model::object::ObjectFormat::Sha1, &bytes).unwrap());
    }
    let among_others = attribute(&history.repo, &wanted);
    for (id, attribution) in &alone {
        assert_eq!(&among_others[id], attribution);
    }
    let nowhere = among_others
        .values()
        .filter(|found| found.introduced.is_none());
    assert_eq!(nowhere.count(), 1000);
}

#[test]
fn what_a_merge_itself_brings_is_introduced_by_the_merge() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1")]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.commit(&[("b", "2")]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("c", "3")]);
    repo.git(&["merge", "-q", "--no-commit", "side"]);
    let merge = repo.commit(&[("a", "evil merge")]);
    let blob = repo.id("HEAD:a");
    let found = &attribute(&repo, &[blob])[&blob];
    assert_eq!(found.introduced.unwrap().id, merge);
    assert_eq!(*found.refs, [b"refs/heads/main".to_vec()]);
}

#[test]
fn deleted_renamed_and_added_again() {
    let repo = Repo::init(&[]);
    let first = repo.commit(&[("old", "secret")]);
    let blob = repo.id("HEAD:old");
    repo.git(&["mv", "old", "new"]);
    repo.commit(&[]);
    repo.git(&["rm", "-q", "new"]);
    repo.commit(&[]);
    let again = repo.commit(&[("again/x", "secret")]);
    repo.git(&["rm", "-q", "again/x"]);
    repo.commit(&[("other", "x")]);
    let found = &attribute(&repo, &[blob])[&blob];
    assert_eq!(found.introduced.unwrap().id, first);
    assert_eq!(found.last_seen.unwrap().id, again);
    assert_eq!(found.paths, [b"old".to_vec()]);
    assert!(!found.in_head && found.reachable);
    let days =
        (found.last_seen.unwrap().time.unwrap() - found.introduced.unwrap().time.unwrap()) / 86_400;
    assert_eq!(found.days, Some(days as u64));
}

#[test]
fn stash_notes_tags_of_blobs_and_amended_commits() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1")]);
    repo.write("a", "stashed");
    repo.git(&["stash", "-q"]);
    let stashed = repo.id("stash:a");
    repo.git(&["notes", "add", "-m", "noted"]);
    let note = repo.git(&["notes", "list", "HEAD"]);
    let note = id(note.split(' ').next().unwrap());
    let tagged = id(repo
        .git_with(&["hash-object", "-w", "--stdin"], b"tagged")
        .trim_end());
    repo.git(&["tag", "-a", "-m", "message", "blob", &tagged.to_string()]);
    let tag = repo.id("blob");
    repo.commit(&[("b", "amended away")]);
    let amended = repo.id("HEAD:b");
    let lost = repo.id("HEAD");
    repo.git(&["rm", "-q", "b"]);
    repo.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "x"]);
    let found = attribute(&repo, &[stashed, note, tagged, tag, amended, lost]);
    assert_eq!(*found[&stashed].refs, [b"refs/stash".to_vec()]);
    assert_eq!(*found[&note].refs, [b"refs/notes/commits".to_vec()]);
    for id in [tagged, tag] {
        assert_eq!(*found[&id].refs, [b"refs/tags/blob".to_vec()]);
        assert_eq!(found[&id].introduced, None);
        assert!(found[&id].reachable);
    }
    for id in [amended, lost] {
        assert_eq!(found[&id].introduced.unwrap().id, lost);
        assert!(!found[&id].reachable && found[&id].logged);
        assert_eq!(found[&id].refs_total, 0);
    }
}

#[test]
fn a_detached_head_is_named_when_nothing_else_reaches() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1")]);
    repo.git(&["checkout", "-q", "--detach"]);
    repo.commit(&[("a", "2")]);
    let (old, new) = (repo.id("HEAD~1:a"), repo.id("HEAD:a"));
    let found = attribute(&repo, &[old, new]);
    assert_eq!(*found[&new].refs, [b"HEAD".to_vec()]);
    assert_eq!(*found[&old].refs, [b"refs/heads/main".to_vec()]);
    assert!(found[&new].in_head && !found[&old].in_head);
}

#[test]
fn grafts_and_replacements_change_nothing() {
    let repo = Repo::init(&[]);
    let first = repo.commit(&[("a", "secret")]);
    let blob = repo.id("HEAD:a");
    let second = repo.commit(&[("a", "clean")]);
    repo.git(&["replace", "--graft", &second.to_string()]);
    let found = &attribute(&repo, &[blob])[&blob];
    assert_eq!(found.introduced.unwrap().id, first);
    assert!(found.refs.contains(&b"refs/heads/main".to_vec()));
}

#[test]
fn at_a_cut_the_first_commit_may_be_too_late() {
    let repo = Repo::init(&[]);
    let first = repo.commit(&[("a", "1")]);
    let second = repo.commit(&[("b", "2")]);
    let blob = repo.id("HEAD:a");
    let repository = repo.open();
    let mut objects = repo.objects();
    objects.0.remove(&first);
    let history = objects.collect(&repository, &[blob]);
    let found = &history.attribute(&objects.tips(&repository), &objects)[0];
    assert_eq!(found.introduced.unwrap().id, second);
    assert!(found.introduced_at_cut);
}

/// Trees of which each names the next ten times: 10^12 paths to one blob.
#[test]
fn a_bomb_of_trees_costs_nothing() {
    let repo = Repo::init(&[]);
    let blob = repo.git_with(&["hash-object", "-w", "--stdin"], b"secret");
    let mut line = format!("100644 blob {}", blob.trim_end());
    for _ in 0..12 {
        let list = (0..10)
            .map(|n| format!("{line}\tn{n}\n"))
            .collect::<String>();
        let tree = repo.git_with(&["mktree"], list.as_bytes());
        line = format!("040000 tree {}", tree.trim_end());
    }
    let tree = line[12..].to_owned();
    let commit = repo.git(&["commit-tree", "-m", "x", &tree]);
    repo.git(&["update-ref", "refs/heads/main", &commit]);
    let blob = id(blob.trim_end());
    let found = &attribute(&repo, &[blob])[&blob];
    assert_eq!(found.introduced.unwrap().id, id(&commit));
    assert!(found.more_paths);
    assert_eq!(
        found.paths[0],
        "n0/".repeat(12).trim_end_matches('/').as_bytes()
    );
}

/// 20,000 trees inside each other, by hand since git itself would run out of stack.
#[test]
fn deep_trees_need_no_deep_stack() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1")]);
    let blob = repo.id("HEAD:a");
    let repository = repo.open();
    let mut objects = repo.objects();
    let name = |n: u32| {
        let mut bytes = [9; 20];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        ObjectId::from_bytes(repository.format, &bytes).unwrap()
    };
    let mut inner = ("100644", blob);
    for n in 0..20_000 {
        let bytes = [inner.0.as_bytes(), b" x\0", inner.1.as_bytes()].concat();
        objects.0.insert(name(n), (ObjectKind::Tree, bytes));
        inner = ("40000", name(n));
    }
    let text = format!("tree {}\ncommitter C <c@x> 5 +0000\n\nx", inner.1);
    let top = name(1_000_000);
    objects
        .0
        .insert(top, (ObjectKind::Commit, text.into_bytes()));
    let history = objects.collect(&repository, &[blob]);
    let found = &history.attribute(&Default::default(), &objects)[0];
    assert_eq!(found.introduced.unwrap().id, top);
    assert_eq!(
        found.introduced.unwrap().date().as_deref(),
        Some("1970-01-01T00:00:05Z")
    );
    assert_eq!(found.paths[0].len(), 2 * 20_000 - 1);
}
