//! What the refs of a repository keep: each ref with the commit, tree or blob
//! behind it and the annotated tags on the way there. Which commits that
//! reaches is left to `history`.

use super::ObjectError;
use super::ObjectReader;
use super::file::shown;
use super::refs::RefClass;
use super::refs::Refs;
use super::refs::class;
use super::tag;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use std::collections::BTreeSet;

/// A ref, followed to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// What kind of ref.
    pub class: RefClass,
    /// Its full name.
    pub name: Vec<u8>,
    /// The annotated tags on the way, outermost first.
    pub tags: Vec<ObjectId>,
    /// What it points at in the end.
    pub target: ObjectId,
    /// What that is; `None` when it could not be read.
    pub kind: Option<ObjectKind>,
}

impl Tip {
    /// True when git keeps what this ref reaches: all but what commands leave beside HEAD.
    pub fn keeps(&self) -> bool {
        self.class != RefClass::Pseudo
    }
}

/// All refs, followed to the end.
#[derive(Clone, Debug, Default)]
pub struct Tips {
    /// Sorted by class and name.
    pub list: Vec<Tip>,
    /// The commit of HEAD; `None` when it is unborn or broken.
    pub head: Option<ObjectId>,
    /// Ids that stand in reflogs, sorted.
    pub logged: Vec<ObjectId>,
    /// Refs whose objects could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// Most annotated tags between a ref and what it points at.
const TAG_DEPTH: usize = 10_000;

impl Tips {
    /// Follows all refs. `is_commit` spares reading an object that is known to be a commit.
    pub fn new(
        refs: &Refs,
        reader: &dyn ObjectReader,
        is_commit: impl Fn(&ObjectId) -> bool,
    ) -> Tips {
        let mut tips = Tips::default();
        for entry in &refs.list {
            let id = match &entry.target {
                super::refs::Target::Object(id) => Some(*id),
                super::refs::Target::Symbolic(name) => refs.resolve(name).unwrap_or(None),
            };
            let Some(id) = id.filter(|id| !id.is_null()) else {
                continue;
            };
            let mut tip = Tip {
                class: class(&entry.name),
                name: entry.name.clone(),
                tags: Vec::new(),
                target: id,
                kind: Some(ObjectKind::Commit),
            };
            if !is_commit(&id)
                && let Err(error) = follow(&mut tip, reader)
            {
                tip.kind = None;
                let mut missed = error.unscanned();
                missed.what = shown(&entry.name);
                missed.detail = error.to_string();
                tips.unscanned.push(missed);
            }
            if tip.name == b"HEAD" && tip.kind == Some(ObjectKind::Commit) {
                tips.head = Some(tip.target);
            }
            tips.list.push(tip);
        }
        tips.list
            .sort_by(|a, b| (a.class, &a.name).cmp(&(b.class, &b.name)));
        let moves = refs.reflogs.iter().flat_map(|log| &log.moves);
        let logged = moves.flat_map(|entry| [entry.old, entry.new]);
        tips.logged = logged
            .filter(|id| !id.is_null())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        tips
    }
}

fn follow(tip: &mut Tip, reader: &dyn ObjectReader) -> Result<(), ObjectError> {
    let mut bytes = Vec::new();
    loop {
        let kind = reader.read(&tip.target, &mut bytes)?;
        tip.kind = Some(kind);
        if kind != ObjectKind::Tag {
            return Ok(());
        }
        let broken = |reason, detail: &str| ObjectError::Unreadable {
            id: tip.target,
            reason,
            detail: detail.to_owned(),
        };
        if tip.tags.len() == TAG_DEPTH {
            return Err(broken(Reason::LimitDepth, "nested tags"));
        }
        let target = tag::parse(&bytes, tip.target.format())
            .map_err(|error| broken(Reason::ParseError, &error.to_string()))?
            .target;
        tip.tags.push(tip.target);
        tip.target = target;
    }
}
