//! Reads a place of the history again, to tell its line and column and to show
//! its line masked. Done for the few places that a report lists, never for all.

use super::repository::Opened;
use crate::bytes::line::LineIndex;
use crate::bytes::line::line_around;
use crate::findings::excerpt::excerpt;
use crate::findings::finish::Shown;
use crate::model::location::Location;
use crate::model::location::Region;
use crate::model::location::Span;
use crate::model::object::ObjectId;
use crate::model::origin::Origin;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of the line shown on each side.
const LINE_REACH: usize = 512;

/// Spans of all secrets of an object, so that none of them is shown beside another.
pub(super) type Masks = BTreeMap<ObjectId, Vec<Span>>;

/// Line, column and masked line of a place; `None` when its object cannot be read.
pub(super) fn show(opened: &[Opened], masks: &Masks, location: &Location) -> Option<Shown> {
    let id = match &location.origin {
        Origin::Blob { blob, .. } | Origin::Index { blob, .. } => blob,
        Origin::Object { object, .. } => object,
        _ => return None,
    };
    let mut bytes = Vec::new();
    opened
        .iter()
        .find(|one| one.store.read(id, &mut bytes).is_ok())?;
    if crate::bytes::is_binary(&bytes) {
        return Some(Shown {
            region: None,
            excerpt: None,
        });
    }
    let at = |offset: u64| {
        usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len())
    };
    let (start, end) = (at(location.span.start), at(location.span.end));
    let region = Region::locate(&mut LineIndex::new(&bytes), start, end);
    let line = line_around(&bytes, start, LINE_REACH);
    let secrets: Vec<Range<usize>> = masks
        .get(id)
        .into_iter()
        .flatten()
        .map(|span| at(span.start)..at(span.end))
        .filter(|span| span.start < line.end && line.start < span.end)
        .map(|span| span.start.saturating_sub(line.start)..span.end - line.start)
        .collect();
    Some(Shown {
        region,
        excerpt: Some(excerpt(&bytes[line], &secrets)),
    })
}
