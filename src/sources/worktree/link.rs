//! Symbolic links, which are never followed: their target string is scanned,
//! and the string alone tells whether what it names is scanned elsewhere. The
//! folder `worktree` says why the disk is not asked.

use super::open;
use super::walk::Walk;
use crate::model::chunk::Chunk;
use crate::model::coverage::Exclusion;
use crate::model::origin::Origin;
use crate::model::origin::RelPath;
use std::path::Component;
use std::path::Path;

/// Scans the target string of a link; says how it counts, unless the link could not be read.
pub(super) fn read(walk: &Walk<'_>, path: &Path, name: RelPath, full: &Path) -> Option<Exclusion> {
    let target = match std::fs::read_link(full) {
        Ok(target) => target,
        Err(error) => {
            let open::Refused { reason, detail } = open::refused(&error);
            walk.miss(name, reason, detail, None);
            return None;
        }
    };
    let bytes = target.as_os_str().as_encoded_bytes();
    let origin = Origin::File { path: name };
    walk.sink.chunk(&Chunk {
        is_link: true,
        ..Chunk::whole(&origin, bytes)
    });
    walk.sink.counted("worktree.links", bytes.len() as u64);
    Some(match stays_inside(path, &target) {
        true => Exclusion::LinkInside,
        false => Exclusion::LinkOutside,
    })
}

/// True when `target`, seen from the folder of `link`, never leaves the root.
fn stays_inside(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count().saturating_sub(1);
    for component in target.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_string_tells_where_a_link_leads() {
        let inside = |link: &str, target: &str| stays_inside(Path::new(link), Path::new(target));
        assert!(inside("a", "b"));
        assert!(inside("a/b/c", "../../x"));
        assert!(inside("a", "./b/../c"));
        assert!(!inside("a", "../x"));
        assert!(!inside("a/b", "../../root/a"));
        assert!(!inside("a", "b/../../c"));
        assert!(!inside("a", "/etc/passwd"));
    }
}
