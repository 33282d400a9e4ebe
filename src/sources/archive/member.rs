//! One member of an archive, or the content of a compressed file: enters it,
//! looks whether it is an archive itself, and delivers or unpacks it. Nesting is
//! bounded by the depth limit, so that the recursion here is too.

use super::ar;
use super::compression;
use super::format::Format;
use super::format::HEAD;
use super::format::detect_head;
use super::input::Input;
use super::input::read_head;
use super::tar;
use super::zip;
use crate::limits::ArchiveBudget;
use crate::limits::Exceeded;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::origin::Origin;
use crate::sources::Sink;
use crate::sources::blob::BlobReader;
use crate::sources::path::escape_path;
use crate::sources::path::label;
use std::io;
use std::io::BufReader;
use std::io::Cursor;
use std::io::ErrorKind;
use std::io::Read;

/// The longest member name that is kept, in bytes.
pub(super) const NAME: usize = 4096;

/// The work on one outermost archive.
pub(super) struct Unpacking<'a> {
    sink: &'a dyn Sink,
    pub(super) budget: &'a ArchiveBudget<'a>,
    blobs: &'a mut BlobReader,
}

impl<'a> Unpacking<'a> {
    pub(super) fn new(
        sink: &'a dyn Sink,
        budget: &'a ArchiveBudget<'a>,
        blobs: &'a mut BlobReader,
    ) -> Self {
        Unpacking {
            sink,
            budget,
            blobs,
        }
    }

    /// Unpacks an archive that can be read from any place. `depth` is its own, from 1.
    pub(super) fn archive(
        &mut self,
        origin: &Origin,
        format: Format,
        input: &mut dyn Input,
        length: u64,
        depth: u32,
    ) {
        match format {
            Format::Zip => zip::unpack(self, origin, input, length, depth),
            other => self.stream(origin, other, &mut BufReader::new(input), depth),
        }
    }

    /// Unpacks an archive that is read from start to end.
    fn stream(&mut self, origin: &Origin, format: Format, reader: &mut dyn Read, depth: u32) {
        match format {
            Format::Tar => tar::unpack(self, origin, reader, depth),
            Format::Ar => ar::unpack(self, origin, reader, depth),
            Format::Unsupported(name) => {
                let detail = format!("{name} archives are not read");
                self.miss(origin, Reason::UnsupportedFormat, &detail);
            }
            // Callers hold a zip in memory first.
            Format::Zip => self.miss(origin, Reason::UnsupportedFormat, "a zip in a stream"),
            Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd => {
                compression::unpack(self, origin, format, reader, depth);
            }
        }
    }

    /// Delivers the member `name` of `archive`; `depth` is that of the archive. False when
    /// `content` broke off or a limit was hit, which is reported here.
    pub(super) fn member(
        &mut self,
        archive: &Origin,
        name: &[u8],
        content: &mut dyn Read,
        depth: u32,
    ) -> bool {
        let origin = member_of(archive, name);
        self.content(&origin, &origin, content, depth)
    }

    /// Delivers `content` as `blob` or, if it is an archive itself, its members as those of
    /// `container`. The two differ for a compressed tar: `a.tar.gz!b`, not `a.tar.gz!a.tar!b`.
    pub(super) fn content(
        &mut self,
        blob: &Origin,
        container: &Origin,
        content: &mut dyn Read,
        depth: u32,
    ) -> bool {
        if self.budget.enter().is_err() {
            self.stopped(blob);
            return false;
        }
        let mut head = [0; HEAD];
        let (length, first) = read_head(content, &mut head);
        let head = &head[..length];
        if let Err(error) = first {
            self.blobs.bytes(blob, head, self.sink);
            self.broken(blob, &error);
            return false;
        }
        let content = &mut head.chain(content);
        match detect_head(head) {
            None => self.leaf(blob, content),
            Some(Format::Unsupported(name)) => {
                let detail = format!("{name} archives are not read");
                self.miss(blob, Reason::UnsupportedFormat, &detail);
                self.leaf(blob, content)
            }
            Some(_) if depth >= self.budget.limits().depth => {
                let detail = format!("archives nested deeper than {depth}");
                self.miss(blob, Reason::LimitDepth, &detail);
                self.leaf(blob, content)
            }
            Some(Format::Zip) => self.buffered(blob, content, depth + 1),
            Some(format) => {
                self.stream(container, format, content, depth + 1);
                self.budget.exceeded().is_none()
            }
        }
    }

    /// A member that is no archive, or is not unpacked.
    fn leaf(&mut self, origin: &Origin, content: &mut dyn Read) -> bool {
        match self.blobs.stream(origin, content, None, self.sink) {
            Ok(bytes) => {
                self.sink.counted("archive.members", bytes);
                true
            }
            Err(broken) => {
                self.broken(origin, &broken.error);
                false
            }
        }
    }

    /// A zip in an archive: its directory is at the end, so it is held in memory.
    fn buffered(&mut self, origin: &Origin, content: &mut dyn Read, depth: u32) -> bool {
        let limit = self.budget.limits().buffer;
        let mut zip = Vec::new();
        let read = content.take(limit.saturating_add(1)).read_to_end(&mut zip);
        if zip.len() as u64 > limit {
            let detail = format!("a nested zip larger than {limit} bytes");
            self.miss(origin, Reason::LimitMemory, &detail);
            return self.leaf(origin, &mut zip.as_slice().chain(content));
        }
        self.blobs.bytes(origin, &zip, self.sink);
        if let Err(error) = &read {
            self.broken(origin, error);
        } else {
            self.sink.counted("archive.members", zip.len() as u64);
        }
        if self.budget.exceeded().is_none() {
            let length = zip.len() as u64;
            zip::unpack(
                self,
                origin,
                &mut Cursor::new(zip.as_slice()),
                length,
                depth,
            );
        }
        read.is_ok() && self.budget.exceeded().is_none()
    }

    /// Reports that `origin` broke off: the limit, if one was hit, else the error.
    pub(super) fn broken(&self, origin: &Origin, error: &io::Error) {
        if self.budget.exceeded().is_some() {
            return self.stopped(origin);
        }
        let (reason, detail) = explain(error);
        self.miss(origin, reason, detail);
    }

    /// Reports the limit that ends this archive.
    fn stopped(&self, origin: &Origin) {
        if let Some(limit) = self.budget.exceeded() {
            let reason = match limit {
                Exceeded::Output(_) | Exceeded::Run(_) => Reason::LimitSize,
                Exceeded::Entries(_) => Reason::LimitCount,
                Exceeded::Ratio(_) => Reason::LimitRatio,
                Exceeded::Interrupted => Reason::Interrupted,
            };
            self.miss(
                origin,
                reason,
                &format!("{limit}; the rest of it was not read"),
            );
        }
    }

    pub(super) fn miss(&self, origin: &Origin, reason: Reason, detail: &str) {
        self.sink.unscanned(Unscanned {
            what: label(origin),
            reason,
            bytes: None,
            detail: detail.to_owned(),
        });
    }
}

/// The origin of a member; names are cut to [`NAME`] bytes.
pub(super) fn member_of(archive: &Origin, name: &[u8]) -> Origin {
    Origin::Member {
        archive: Box::new(archive.clone()),
        path: escape_path(&name[..name.len().min(NAME)]),
    }
}

/// Why a stream broke off, in fixed words: a decoder's own could quote content.
pub(super) fn explain(error: &io::Error) -> (Reason, &'static str) {
    match error.kind() {
        _ if error.raw_os_error().is_some() => (Reason::Unreadable, "the operating system refused"),
        ErrorKind::UnexpectedEof => (Reason::Corrupt, "cut off"),
        ErrorKind::OutOfMemory => (
            Reason::LimitMemory,
            "its dictionary is larger than the limit",
        ),
        ErrorKind::Unsupported => (
            Reason::UnsupportedFormat,
            "packed in a way that is not read",
        ),
        _ => (Reason::Corrupt, "its bytes contradict its format"),
    }
}
