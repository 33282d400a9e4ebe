//! The compressed single files: gzip, bzip2, xz and zstd. Decoding is left to
//! the libraries; here is what the formats allow beyond one stream (several in a
//! row, zeros behind the last) and the name of what is inside.

use super::format::Format;
use super::input::Metered;
use super::member::Unpacking;
use super::member::member_of;
use crate::model::origin::Origin;
use flate2::bufread::GzDecoder;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::ErrorKind;
use std::io::Read;

/// Unpacks a compressed stream.
pub(super) fn unpack(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    format: Format,
    reader: &mut dyn Read,
    depth: u32,
) {
    let inner = member_of(origin, stem(origin).as_bytes());
    let dictionary = unpacking.budget.limits().dictionary;
    match decoder(format, BufReader::new(reader), dictionary) {
        Ok(decoder) => {
            let budget = unpacking.budget;
            let mut metered = Metered {
                reader: decoder,
                budget,
            };
            unpacking.content(&inner, origin, &mut metered, depth);
        }
        Err(error) => unpacking.broken(origin, &error),
    }
}

/// A decoder for one of the four compressions.
pub(super) fn decoder<'r>(
    format: Format,
    reader: impl BufRead + 'r,
    dictionary: u64,
) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match format {
        Format::Gzip => Box::new(Gzip::new(reader)),
        Format::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(reader)),
        Format::Xz => {
            let kib = u32::try_from(dictionary >> 10).unwrap_or(u32::MAX);
            Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, kib))
        }
        Format::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(reader)?;
            decoder.window_log_max(dictionary.max(1 << 10).ilog2())?;
            Box::new(decoder)
        }
        _ => return Err(ErrorKind::Unsupported.into()),
    })
}

/// gzip files are one or more members (RFC 1952, 2.2); zeros behind the last are padding.
struct Gzip<R> {
    /// `None` after the end.
    decoder: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gzip<R> {
    fn new(reader: R) -> Self {
        Gzip {
            decoder: Some(GzDecoder::new(reader)),
        }
    }

    /// The next member, if there is one.
    fn next(mut reader: R) -> io::Result<Option<GzDecoder<R>>> {
        loop {
            let buffer = reader.fill_buf()?;
            match buffer.iter().position(|byte| *byte != 0) {
                _ if buffer.is_empty() => return Ok(None),
                Some(0) => return Ok(Some(GzDecoder::new(reader))),
                zeros => {
                    let zeros = zeros.unwrap_or(buffer.len());
                    reader.consume(zeros);
                }
            }
        }
    }
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(decoder) = &mut self.decoder {
            let read = decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            let ended = self.decoder.take().map(GzDecoder::into_inner);
            self.decoder = ended.map_or(Ok(None), Gzip::next)?;
        }
        Ok(0)
    }
}

/// What the content of a compressed file is called: its name without the last extension.
fn stem(origin: &Origin) -> &str {
    let name = origin
        .path()
        .map_or("", |path| path.rsplit('/').next().unwrap_or(path));
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => "content",
    }
}
