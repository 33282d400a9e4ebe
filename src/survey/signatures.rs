//! Signatures of the last commits and tags, checked against the keys that the user
//! gave. The commits are all that HEAD reaches, not only first parents, because
//! what came in by a merge is in force as well. Dates are those of commits, never
//! the clock's.

use super::files::Head;
use super::signers::Signers;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::signature::SignatureCounts;
use crate::model::signature::SignatureKind;
use crate::model::signature::Signatures;
use crate::sources::git::commit;
use crate::sources::git::signed;
use crate::sources::git::signed::Signed;
use crate::sources::git::tag;
use crate::sources::git::tree::Malformed;
use std::collections::BTreeSet;

/// The window, in seconds.
const WINDOW: i64 = 90 * 86_400;
/// Fewer commits than these are joined by older ones.
const FEWEST: u64 = 20;
/// Most commits that are looked at: the newest.
const COMMIT_CAP: u64 = 20_000;
/// How many tags are looked at: the newest.
const TAGS: usize = 20;
/// Most tags whose dates are read.
const TAG_CAP: usize = 20_000;
/// Who commits when somebody presses a button of a forge that signs with a key of its own. Anybody
/// may write that name, so it only tells apart what no given key has signed.
const FORGE_MAILS: [&[u8]; 2] = [b"noreply@github.com", b"noreply@gitlab.com"];

/// Counts; `None` when the history is cut before the window ends.
pub(super) fn look(head: &Head, signers: &Signers) -> Option<Signatures> {
    Some(Signatures {
        signers: signers.files.clone(),
        commits: commits(head, signers)?,
        tags: tags(head, signers),
    })
}

fn commits(head: &Head, signers: &Signers) -> Option<SignatureCounts> {
    let mut counts = SignatureCounts::default();
    let mut seen = BTreeSet::from([head.commit]);
    let mut open = BTreeSet::from([(head.date, head.commit)]);
    let mut bytes = Vec::new();
    while let Some((date, id)) = open.pop_last() {
        let within = head.date.saturating_sub(date) <= WINDOW;
        if (counts.all >= FEWEST && !within) || counts.all >= COMMIT_CAP {
            break;
        }
        read(head, &id, ObjectKind::Commit, &mut bytes)?;
        let parsed = commit::parse(&bytes, head.format).ok()?;
        let committer = parsed.committer;
        let kind = judge(
            signers,
            signed::commit(&bytes, head.format),
            committer.and_then(|it| it.time),
            committer.map(|it| it.mail).unwrap_or_default(),
        );
        counts.count(kind, id);
        for parent in parsed.parents {
            if seen.insert(parent) {
                open.insert((date_of(head, &parent)?, parent));
            }
        }
    }
    Some(counts)
}

/// The newest tags, lightweight ones by the date of their commit.
fn tags(head: &Head, signers: &Signers) -> SignatureCounts {
    let mut counts = SignatureCounts::default();
    let dated = |id: &ObjectId| Some((date_of(head, id)?, *id));
    let mut newest: Vec<(i64, ObjectId)> =
        head.tags.iter().take(TAG_CAP).filter_map(dated).collect();
    newest.sort();
    let mut bytes = Vec::new();
    for (date, id) in newest.iter().rev().take(TAGS) {
        let is_tag = read(head, id, ObjectKind::Tag, &mut bytes).is_some();
        let kind = match is_tag {
            true => judge(signers, signed::tag(&bytes), Some(*date), b""),
            false => SignatureKind::Unsigned,
        };
        counts.count(kind, id);
    }
    counts
}

fn read(head: &Head, id: &ObjectId, kind: ObjectKind, bytes: &mut Vec<u8>) -> Option<()> {
    let found = head.store.read(id, bytes).ok()?;
    (found == kind).then_some(())
}

/// When a commit or tag says it was made; the first second of 1970 when it does not say.
fn date_of(head: &Head, id: &ObjectId) -> Option<i64> {
    let mut bytes = Vec::new();
    let who = match head.store.read(id, &mut bytes).ok()? {
        ObjectKind::Commit => commit::parse(&bytes, head.format).ok()?.committer,
        ObjectKind::Tag => tag::parse(&bytes, head.format).ok()?.tagger,
        ObjectKind::Tree | ObjectKind::Blob => None,
    };
    Some(who.and_then(|who| who.time).unwrap_or(0))
}

fn judge(
    signers: &Signers,
    signed: Result<Option<Signed>, Malformed>,
    time: Option<i64>,
    committer: &[u8],
) -> SignatureKind {
    let Ok(signed) = signed else {
        return SignatureKind::Unreadable;
    };
    let Some(signed) = signed else {
        return SignatureKind::Unsigned;
    };
    match signers.check(&signed, time) {
        SignatureKind::UnknownKey if FORGE_MAILS.contains(&committer) => SignatureKind::Forge,
        kind => kind,
    }
}
