//! Files held in memory by mapping. Packs and their indexes are large, never
//! changed in place by git, and read at random, so mapping them is what makes
//! the walk fast; this module is the one place that argues why it is sound and
//! leaves every question of format to others.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// A read-only mapping of one regular file.
#[derive(Debug)]
pub(super) struct Map(Option<Mmap>);

impl Map {
    /// Maps `path`, which must be a regular file (or a link to one): a FIFO or a
    /// device could block or never end.
    pub(super) fn open(path: &Path) -> io::Result<Map> {
        let about = std::fs::metadata(path)?;
        if !about.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        if about.len() == 0 {
            return Ok(Map(None));
        }
        let file = File::open(path)?;
        #[expect(
            unsafe_code,
            reason = "mapping a pack is several times faster than reading it and costs no memory of ours"
        )]
        // SAFETY: the map is private and read only, and no reference into it outlives it.
        // Git writes packs and indexes under a temporary name, renames them and never
        // changes them afterwards. Should someone else write into the file meanwhile, the
        // parsers above only see other bytes, each of which they check anyway; should it
        // be cut, the system ends this process, and no report is left behind.
        let map = unsafe { Mmap::map(&file) }?;
        Ok(Map(Some(map)))
    }

    /// The bytes of the file as long as it was when it was mapped.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Tells the system that the whole file is about to be read.
    pub(super) fn will_need(&self) {
        #[cfg(unix)]
        if let Some(map) = &self.0 {
            // Advice only: when the system refuses it, reading is slower and no less right.
            let _ = map.advise(memmap2::Advice::WillNeed);
        }
    }
}
