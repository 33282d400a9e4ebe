//! Reads one regular file: its bytes, then what is packed in it. That it is
//! still the file that was opened when the last byte was read is checked here;
//! how bytes become chunks is left to `sources::blob`.

use super::open;
use super::walk::Walk;
use super::walk::Worker;
use crate::limits::Stoppable;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::model::origin::Origin;
use crate::model::origin::RelPath;
use crate::sources::archive;
use crate::sources::archive::Archives;
use crate::sources::lfs;
use crate::sources::path::label;
use std::fs::File;
use std::fs::Metadata;
use std::io::Cursor;
use std::path::Path;

/// Reads the file at `full`, which reports name `name`.
pub(super) fn read(walk: &Walk<'_>, worker: &mut Worker, name: RelPath, full: &Path) {
    let (mut file, metadata) = match open::open(full) {
        Ok(opened) => opened,
        Err(open::Refused { reason, detail }) => return walk.miss(name, reason, detail, None),
    };
    let length = metadata.len();
    if walk.options.max_file.is_some_and(|max| length > max) {
        let detail = "larger than the file limit";
        return walk.miss(name, Reason::LimitSize, detail, Some(length));
    }
    let origin = Origin::File { path: name };
    let mut stoppable = Stoppable {
        inner: &mut file,
        run: walk.run,
    };
    let read = worker
        .files
        .stream(&origin, &mut stoppable, Some(length), walk.sink);
    match read {
        Err(broken) if walk.run.is_interrupted() => {
            let rest = length.checked_sub(broken.read);
            walk.miss(label(&origin), Reason::Interrupted, "", rest);
        }
        Err(broken) => {
            let open::Refused { reason, detail } = open::refused(&broken.error);
            let rest = length.checked_sub(broken.read);
            walk.miss(label(&origin), reason, detail, rest);
        }
        Ok(read) if has_changed(&file, &metadata, read, worker.files.whole().is_none()) => {
            let detail = "changed while it was read";
            walk.miss(label(&origin), Reason::Changed, detail, None);
        }
        Ok(read) => {
            walk.sink.counted("worktree.files", read);
            look_inside(walk, worker, &origin, &mut file);
        }
    }
}

/// A small file came in one read, so its length tells; a large one is asked again. Files of
/// the kind that procfs makes say they are empty, whatever they hold.
fn has_changed(file: &File, before: &Metadata, read: u64, large: bool) -> bool {
    if read == before.len() && !large {
        return false;
    }
    let Ok(now) = file.metadata() else {
        return true;
    };
    let same_length = read == before.len() || before.len() == 0;
    now.len() != before.len() || now.modified().ok() != before.modified().ok() || !same_length
}

fn look_inside(walk: &Walk<'_>, worker: &mut Worker, origin: &Origin, file: &mut File) {
    let whole = worker.files.whole();
    if let Some(pointer) = whole.and_then(lfs::pointer) {
        walk.sink.pointer(label(origin), &pointer);
    }
    let Some(limits) = &walk.options.archives else {
        let found = whole.map_or_else(|| archive::detect_in(file), archive::detect);
        if found.is_some() {
            walk.sink.excluded(Exclusion::Archive, 1);
        }
        return;
    };
    let archives = Archives {
        limits,
        run: walk.run,
        sink: walk.sink,
    };
    match whole {
        Some(bytes) => {
            if let Some(format) = archive::detect(bytes) {
                archives.scan(origin, format, &mut Cursor::new(bytes), &mut worker.members);
            }
        }
        None => {
            if let Some(format) = archive::detect_in(file) {
                archives.scan(origin, format, file, &mut worker.members);
            }
        }
    }
}
