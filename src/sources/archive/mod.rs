//! What is packed in archives: zip (jar, docx, wheels, …), tar, ar (deb) and
//! the compressions gzip, bzip2, xz and zstd, nested in one another. Formats are
//! told by content, members stream through the same windows as files and are
//! never written to disk. The raw bytes of an archive are scanned by the caller,
//! like those of any file; here comes what only unpacking shows.
//!
//! Every limit that is hit, every member that is encrypted, broken or packed in a
//! way this build does not read, is reported under `archive!member`, and what came
//! before it is delivered.

mod ar;
mod compression;
mod format;
mod input;
mod member;
mod tar;
mod zip;
mod zip_directory;

#[cfg(test)]
mod tests;

pub use format::Format;
pub use format::detect;
pub use format::detect_in;
pub use input::Input;

use super::Sink;
use super::blob::BlobReader;
use super::path::label;
use crate::limits::ArchiveBudget;
use crate::limits::ArchiveLimits;
use crate::limits::RunBudget;
use crate::model::coverage::Unscanned;
use crate::model::origin::Origin;
use member::Unpacking;
use std::io::SeekFrom;

/// Unpacks archives: holds what all archives of a run share.
#[derive(Clone, Copy)]
pub struct Archives<'a> {
    /// How far each archive is unpacked.
    pub limits: &'a ArchiveLimits,
    /// How far all of them are.
    pub run: &'a RunBudget,
    /// Receives the members.
    pub sink: &'a dyn Sink,
}

impl Archives<'_> {
    /// Unpacks the archive `input`, which [`detect`] or [`detect_in`] found to be a
    /// `format`. For bytes in memory wrap them in a [`std::io::Cursor`]. `blobs` are the
    /// buffers of this thread; they must not be what `input` borrows from.
    pub fn scan(
        &self,
        origin: &Origin,
        format: Format,
        input: &mut dyn Input,
        blobs: &mut BlobReader,
    ) {
        let length = input.seek(SeekFrom::End(0));
        let length = length.and_then(|length| input.rewind().map(|()| length));
        let length = match length {
            Ok(length) => length,
            Err(error) => {
                let (reason, detail) = member::explain(&error);
                return self.sink.unscanned(Unscanned {
                    what: label(origin),
                    reason,
                    bytes: None,
                    detail: detail.to_owned(),
                });
            }
        };
        let budget = ArchiveBudget::new(self.limits, self.run, length);
        let mut unpacking = Unpacking::new(self.sink, &budget, blobs);
        unpacking.archive(origin, format, input, length, 1);
    }
}
