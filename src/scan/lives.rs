//! From what the git source attributes to what findings tell: names and dates
//! are read here, and identities only when they were asked for.

use crate::bytes::path::escape_path;
use crate::findings::life::Life;
use crate::findings::life::Lives;
use crate::findings::life::Moment;
use crate::model::finding::CommitRef;
use crate::sources::git::ObjectReader;
use crate::sources::git::attribution::Attribution;
use crate::sources::git::attribution::CommitPoint;
use crate::sources::git::commit;
use std::collections::HashMap;
use std::sync::Arc;

/// The lives of the attributed objects. Author name and e-mail only with `identities`.
pub(super) fn lives_of(
    attributions: &[Attribution],
    reader: &dyn ObjectReader,
    identities: bool,
) -> Lives {
    let mut lists = HashMap::new();
    let life = |attribution: &Attribution| {
        let shown = || attribution.refs.iter().map(|name| escape_path(name));
        let refs = lists
            .entry(Arc::clone(&attribution.refs))
            .or_insert_with(|| shown().collect());
        life(attribution, Arc::clone(refs), reader, identities)
    };
    let ids = attributions.iter().map(|attribution| attribution.id);
    ids.zip(attributions.iter().map(life)).collect()
}

fn life(
    attribution: &Attribution,
    refs: Arc<[String]>,
    reader: &dyn ObjectReader,
    identities: bool,
) -> Life {
    let moment = |point: &Option<CommitPoint>| {
        point
            .as_ref()
            .map(|point| moment(point, reader, identities))
    };
    Life {
        introduced: moment(&attribution.introduced),
        last_seen: moment(&attribution.last_seen),
        paths: attribution
            .paths
            .iter()
            .map(|path| escape_path(path))
            .collect(),
        head_path: attribution.head_path.as_ref().map(|path| escape_path(path)),
        index_path: None,
        in_head: attribution.in_head,
        reachable: attribution.reachable,
        refs,
        refs_total: attribution.refs_total,
    }
}

pub(super) fn moment(point: &CommitPoint, reader: &dyn ObjectReader, identities: bool) -> Moment {
    let mut told = CommitRef {
        id: point.id,
        date: point.date().unwrap_or_default(),
        author: None,
        email: None,
    };
    let mut bytes = Vec::new();
    if identities
        && reader.read(&point.id, &mut bytes).is_ok()
        && let Ok(parsed) = commit::parse(&bytes, point.id.format())
        && let Some(author) = parsed.author
    {
        told.author = Some(String::from_utf8_lossy(author.name).into_owned());
        told.email = Some(String::from_utf8_lossy(author.mail).into_owned());
    }
    Moment {
        time: point.time,
        commit: told,
    }
}
