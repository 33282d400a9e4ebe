//! Zlib streams of known inflated length, and the buffers they go into. The
//! walk inflates every stream once and whole with libdeflate; only where the
//! length of the compressed stream itself is in question does a streaming
//! decoder step in.

use flate2::Decompress;
use flate2::FlushDecompress;
use flate2::Status;
use libdeflater::Decompressor;

use super::fault::Fault;

/// Deflate cannot expand more than this (zlib's technical notes): a longer declared
/// length is a lie, told before anything is allocated.
const MOST_EXPANSION: u64 = 1032;

/// Buffers larger than this are given back to the system rather than kept for reuse.
const KEEP: usize = 4 << 20;

/// A reusable buffer: its storage only grows and stays initialised, so that handing it
/// out again costs nothing.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    storage: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// The bytes in use.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.storage[..self.len]
    }

    /// Makes the buffer `len` bytes long, with stale content.
    pub(super) fn sized(&mut self, len: usize) -> Result<&mut [u8], Fault> {
        if self.storage.len() < len {
            let more = len - self.storage.len();
            self.storage
                .try_reserve_exact(more)
                .map_err(|_| Fault::NoMemory)?;
            self.storage.resize(len, 0);
        }
        self.len = len;
        Ok(&mut self.storage[..len])
    }

    /// Drops storage that is too large to keep idle.
    pub(super) fn trim(&mut self) {
        if self.storage.len() > KEEP {
            *self = Buffer::default();
        }
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(storage: Vec<u8>) -> Buffer {
        let len = storage.len();
        Buffer { storage, len }
    }
}

/// An inflater for one worker.
pub(super) struct Inflater(Decompressor);

impl Inflater {
    pub(super) fn new() -> Inflater {
        Inflater(Decompressor::new())
    }

    /// Inflates the stream at the start of `input` (which may go on behind it) into `out`,
    /// which becomes exactly `size` bytes long. `limit` is the largest size allowed.
    pub(super) fn inflate(
        &mut self,
        input: &[u8],
        size: u64,
        limit: u64,
        out: &mut Buffer,
    ) -> Result<(), Fault> {
        if size > limit {
            return Err(Fault::TooLarge(size));
        }
        if size / MOST_EXPANSION > input.len() as u64 {
            return Err(Fault::Stream);
        }
        let size = usize::try_from(size).map_err(|_| Fault::TooLarge(size))?;
        match self.0.zlib_decompress(input, out.sized(size)?) {
            Ok(len) if len == size => Ok(()),
            _ => Err(Fault::Stream),
        }
    }
}

/// Length of the zlib stream at the start of `input`, which must inflate to `size` bytes;
/// nothing of the output is kept.
pub(super) fn stream_length(
    decoder: &mut Decompress,
    input: &[u8],
    size: u64,
) -> Result<usize, Fault> {
    decoder.reset(true);
    let mut window = [0u8; 16 << 10];
    loop {
        let used = usize::try_from(decoder.total_in()).map_err(|_| Fault::Stream)?;
        let before = decoder.total_out();
        let status = decoder
            .decompress(&input[used..], &mut window, FlushDecompress::None)
            .map_err(|_| Fault::Stream)?;
        if decoder.total_out() > size {
            return Err(Fault::Stream);
        }
        let now = usize::try_from(decoder.total_in()).map_err(|_| Fault::Stream)?;
        match status {
            Status::StreamEnd if decoder.total_out() == size => return Ok(now),
            Status::StreamEnd => return Err(Fault::Stream),
            _ if now == used && decoder.total_out() == before => return Err(Fault::Stream),
            _ => {}
        }
    }
}

/// The first bytes a zlib stream inflates to, as far as they go into `out`; their number.
pub(super) fn prefix(input: &[u8], out: &mut [u8]) -> Result<usize, Fault> {
    let mut decoder = Decompress::new(true);
    loop {
        let used = usize::try_from(decoder.total_in()).map_err(|_| Fault::Stream)?;
        let filled = usize::try_from(decoder.total_out()).map_err(|_| Fault::Stream)?;
        let status = decoder
            .decompress(&input[used..], &mut out[filled..], FlushDecompress::None)
            .map_err(|_| Fault::Stream)?;
        let full = decoder.total_out() as usize;
        let stuck = full == filled && decoder.total_in() as usize == used;
        if status == Status::StreamEnd || full == out.len() || stuck {
            return Ok(full);
        }
    }
}
