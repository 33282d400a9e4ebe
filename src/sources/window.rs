//! Cuts blobs of any size into windows that overlap, so that memory is bounded
//! and no match is lost at a cut. The cores of a blob's windows tile it, and
//! the same bytes are cut at the same places whether they are read from a
//! stream or lie in memory; what is done with a window is left to the caller.

use crate::bytes::is_binary;
use crate::model::chunk::Chunk;
use crate::model::origin::Origin;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::ops::Range;

/// How blobs are cut, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    core: usize,
    overlap: usize,
}

impl WindowSize {
    /// Windows of `core` bytes (at least 1) with `overlap` bytes of context on both
    /// sides; `overlap` is the longest reach of any rule. A blob of up to
    /// `core + overlap` bytes is one window.
    pub fn new(core: usize, overlap: usize) -> Self {
        WindowSize {
            core: core.max(1),
            overlap,
        }
    }

    /// The largest blob that is one window.
    pub fn whole(self) -> usize {
        self.core.saturating_add(self.overlap)
    }
}

impl Default for WindowSize {
    /// 16 MiB with 64 KiB on both sides.
    fn default() -> Self {
        WindowSize::new(16 << 20, 64 << 10)
    }
}

/// One window of a blob; the fields are those of [`Chunk`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window<'a> {
    /// The core and the context on both sides.
    pub bytes: &'a [u8],
    /// The offset of `bytes[0]` in the blob.
    pub offset: u64,
    /// The part of `bytes` this window answers for.
    pub core: Range<usize>,
    /// Line breaks in the blob before `bytes[0]`.
    pub lines_before: u64,
    /// True when the blob is binary, as its first window shows.
    pub binary: bool,
}

impl<'a> Window<'a> {
    /// The window as a chunk of `origin`.
    pub fn chunk(&self, origin: &'a Origin) -> Chunk<'a> {
        Chunk {
            origin,
            bytes: self.bytes,
            offset: self.offset,
            core: self.core.clone(),
            lines_before: self.lines_before,
            binary: self.binary,
            is_link: false,
            decoded: &[],
            map: None,
        }
    }
}

/// The windows of a blob in memory. An empty blob has none.
pub fn windows(blob: &[u8], size: WindowSize) -> impl Iterator<Item = Window<'_>> {
    let mut start = 0;
    let mut core_start = 0;
    let mut lines_before = 0;
    let binary = is_binary(blob);
    std::iter::from_fn(move || {
        if core_start >= blob.len() {
            return None;
        }
        let rest = blob.len() - core_start;
        let last = rest <= size.whole();
        let core_end = if last {
            blob.len()
        } else {
            core_start + size.core
        };
        let end = core_end.saturating_add(size.overlap).min(blob.len());
        let window = Window {
            bytes: &blob[start..end],
            offset: start as u64,
            core: core_start - start..core_end - start,
            lines_before,
            binary,
        };
        let next = context_start(blob, core_end, size.overlap).max(start);
        lines_before += line_breaks(&blob[start..next]);
        start = next;
        core_start = core_end;
        Some(window)
    })
}

/// Where the context before `core_start` begins: `overlap` bytes before it, or up to
/// three more so that no UTF-8 character is cut.
fn context_start(bytes: &[u8], core_start: usize, overlap: usize) -> usize {
    let start = core_start.saturating_sub(overlap);
    let floor = start.saturating_sub(3);
    let is_start = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (floor..=start).rev().find(is_start).unwrap_or(start)
}

fn line_breaks(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// A buffer that slides over a stream. It is meant to be reused: it grows to the
/// size of one window with its context and stays there.
#[derive(Debug)]
pub struct SlidingWindow {
    size: WindowSize,
    buffer: Vec<u8>,
    filled: usize,
    core_start: usize,
    offset: u64,
    lines_before: u64,
    /// What the first window said, once it was left behind.
    binary: bool,
}

impl SlidingWindow {
    /// An empty buffer.
    pub fn new(size: WindowSize) -> Self {
        SlidingWindow {
            size,
            buffer: Vec::new(),
            filled: 0,
            core_start: 0,
            offset: 0,
            lines_before: 0,
            binary: false,
        }
    }

    /// How it cuts.
    pub fn size(&self) -> WindowSize {
        self.size
    }

    /// Begins another blob.
    pub fn restart(&mut self) {
        self.filled = 0;
        self.core_start = 0;
        self.offset = 0;
        self.lines_before = 0;
    }

    /// Bytes of the blob that were read so far.
    pub fn total(&self) -> u64 {
        self.offset + self.filled as u64
    }

    /// The offset in the blob of the first byte of the current window.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// True when more than this window was read, so that it is not the last.
    pub fn is_full(&self) -> bool {
        self.filled >= self.target()
    }

    /// One byte more than a last window may hold.
    fn target(&self) -> usize {
        self.core_start
            .saturating_add(self.size.whole())
            .saturating_add(1)
    }

    /// Reads until the window is full (true) or the stream at its end (false).
    ///
    /// `expected` is the length of the blob where it is known: when exactly so much
    /// came and less than was asked for, the end is believed without asking again.
    pub fn fill(
        &mut self,
        reader: &mut (impl Read + ?Sized),
        expected: Option<u64>,
    ) -> io::Result<bool> {
        let target = self.target();
        while self.filled < target {
            self.grow(target, expected);
            let asked = self.buffer.len().min(target);
            match reader.read(&mut self.buffer[self.filled..asked]) {
                Ok(0) => return Ok(false),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if self.filled < asked && Some(self.total()) == expected {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn grow(&mut self, target: usize, expected: Option<u64>) {
        const STEP: usize = 64 << 10;
        if self.filled < self.buffer.len() {
            return;
        }
        let rest = expected.unwrap_or(0).saturating_sub(self.total());
        let rest = usize::try_from(rest).unwrap_or(usize::MAX);
        let wanted = self
            .filled
            .saturating_add(rest.saturating_add(1).max(STEP).max(self.filled));
        self.buffer.resize(wanted.min(target), 0);
    }

    /// Appends decoded text: for producers that push.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.truncate(self.filled);
        self.buffer.extend_from_slice(bytes);
        self.filled = self.buffer.len();
    }

    /// The current window; `last` when the blob ends with what was read. `None` when
    /// there is nothing in it.
    pub fn window(&self, last: bool) -> Option<Window<'_>> {
        if self.filled == self.core_start {
            return None;
        }
        let core_end = if last {
            self.filled
        } else {
            self.core_start + self.size.core
        };
        let end = core_end.saturating_add(self.size.overlap).min(self.filled);
        Some(Window {
            bytes: &self.buffer[..end],
            offset: self.offset,
            core: self.core_start..core_end,
            lines_before: self.lines_before,
            binary: match self.offset {
                0 => is_binary(&self.buffer[..end]),
                _ => self.binary,
            },
        })
    }

    /// Goes on to the next window; call it when the current one is full.
    pub fn slide(&mut self) {
        if self.offset == 0 {
            self.binary = is_binary(&self.buffer[..self.filled]);
        }
        let core_end = self.core_start + self.size.core;
        let dropped = context_start(&self.buffer[..self.filled], core_end, self.size.overlap);
        self.lines_before += line_breaks(&self.buffer[..dropped]);
        self.offset += dropped as u64;
        self.buffer.copy_within(dropped..self.filled, 0);
        self.filled -= dropped;
        self.core_start = core_end - dropped;
    }

    /// The whole blob, if it is one window and was read to its end.
    pub fn whole(&self) -> Option<&[u8]> {
        (self.offset == 0 && self.core_start == 0).then(|| &self.buffer[..self.filled])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives out a stream in reads of odd sizes.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(buffer.len()).min(self.0.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            self.1 = self.1 % 7 + 1;
            Ok(n)
        }
    }

    type Owned = (Vec<u8>, u64, Range<usize>, u64);

    fn owned(window: Window<'_>) -> Owned {
        let Window {
            bytes,
            offset,
            core,
            lines_before,
            ..
        } = window;
        (bytes.to_vec(), offset, core, lines_before)
    }

    fn streamed(blob: &[u8], size: WindowSize, expected: Option<u64>) -> Vec<Owned> {
        let mut sliding = SlidingWindow::new(size);
        sliding.push(b"left over from another blob");
        sliding.restart();
        let mut reader = Trickle(blob, 3);
        let mut all = Vec::new();
        loop {
            let more = sliding.fill(&mut reader, expected).unwrap();
            all.extend(sliding.window(!more).map(owned));
            if !more {
                assert_eq!(sliding.total(), blob.len() as u64);
                return all;
            }
            sliding.slide();
        }
    }

    proptest! {
        #[test]
        fn cores_tile_and_context_is_enough(
            blob in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300),
            core in 1_usize..40,
            overlap in 0_usize..50,
            known in any::<bool>(),
        ) {
            let size = WindowSize::new(core, overlap);
            let in_memory: Vec<Owned> = windows(&blob, size).map(owned).collect();
            let mut next = 0;
            for (bytes, offset, core, lines) in &in_memory {
                let offset = *offset as usize;
                prop_assert_eq!(bytes.as_slice(), &blob[offset..offset + bytes.len()]);
                prop_assert_eq!(offset + core.start, next);
                next = offset + core.end;
                prop_assert!(core.start >= overlap.min(next - core.len()));
                prop_assert!(bytes.len() - core.end >= overlap.min(blob.len() - next));
                prop_assert!(core.start <= overlap + 3 && core.len() <= size.whole());
                let before = blob[..offset].iter().filter(|b| **b == b'\n').count();
                prop_assert_eq!(*lines, before as u64);
            }
            prop_assert_eq!(next, blob.len());
            let expected = known.then_some(blob.len() as u64);
            prop_assert_eq!(streamed(&blob, size, expected), in_memory);
        }
    }

    #[test]
    fn the_head_of_the_blob_says_whether_it_is_binary() {
        let size = WindowSize::new(10_000, 10);
        for (at, binary) in [(5, true), (15_000, false)] {
            let mut blob = vec![b'a'; 30_000];
            blob[at] = 0;
            assert!(windows(&blob, size).all(|window| window.binary == binary));
            let mut sliding = SlidingWindow::new(size);
            let mut reader = blob.as_slice();
            while sliding.fill(&mut reader, None).unwrap() {
                assert_eq!(sliding.window(false).unwrap().binary, binary);
                sliding.slide();
            }
            assert_eq!(sliding.window(true).unwrap().binary, binary);
        }
    }

    #[test]
    fn text_is_cut_between_characters() {
        let blob = "日本語のテキスト".repeat(20);
        for window in windows(blob.as_bytes(), WindowSize::new(10, 4)) {
            assert!(std::str::from_utf8(&window.bytes[..3]).is_ok());
        }
    }
}
