//! Reads a place of the history again, to tell its line and column and to show
//! its line with everything secret in it masked. Done for the few places that a
//! report lists, never for all.

use super::repository::Opened;
use crate::bytes::line::LineIndex;
use crate::bytes::line::line_around;
use crate::detect::secrets::Engine;
use crate::detect::secrets::Scratch;
use crate::detect::secrets::delta::Scanned;
use crate::findings::excerpt::excerpt;
use crate::findings::finish::Shown;
use crate::model::location::Location;
use crate::model::location::Region;
use crate::model::origin::Origin;
use std::ops::Range;

/// Bytes of the line shown on each side.
const LINE_REACH: usize = 512;

/// Line, column and masked line of a place; `None` when its object cannot be read.
pub(super) fn show(opened: &[Opened], engine: &Engine, location: &Location) -> Option<Shown> {
    let id = match &location.origin {
        Origin::Blob { blob, .. } => blob,
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
    let scanned = Scanned::whole(engine, &bytes, &mut Scratch::default());
    let secrets: Vec<Range<usize>> = std::iter::once(start..end)
        .chain(scanned.matches().map(|matched| matched.secret.clone()))
        .filter(|secret| secret.start < line.end && line.start < secret.end)
        .map(|secret| secret.start.saturating_sub(line.start)..secret.end - line.start)
        .collect();
    Some(Shown {
        region,
        excerpt: Some(excerpt(&bytes[line], &secrets)),
    })
}
