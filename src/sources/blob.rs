//! From one blob, in memory or as a stream, to chunks: the raw bytes in
//! windows and beside them the UTF-8 view of UTF-16 and UTF-32 text. Where the
//! bytes come from and what becomes of the chunks is left to others.

use super::Sink;
use super::encoding::Encoding;
use super::encoding::Transcoder;
use super::encoding::detect;
use super::encoding::views;
use super::window::SlidingWindow;
use super::window::Window;
use super::window::WindowSize;
use super::window::windows;
use crate::model::chunk::Chunk;
use crate::model::chunk::OffsetMap;
use crate::model::origin::Origin;
use std::io;
use std::io::Read;

/// A stream that broke off. What came before was delivered.
#[derive(Debug)]
pub struct Broken {
    /// Bytes that were read.
    pub read: u64,
    /// Why it broke off.
    pub error: io::Error,
}

/// The buffers of one thread through which blobs are read.
#[derive(Debug)]
pub struct BlobReader {
    raw: SlidingWindow,
    text: SlidingWindow,
}

impl BlobReader {
    /// Buffers that grow with the largest blob, up to one window of `size` each.
    pub fn new(size: WindowSize) -> Self {
        BlobReader {
            raw: SlidingWindow::new(size),
            text: SlidingWindow::new(size),
        }
    }

    /// Delivers a blob that lies in memory.
    pub fn bytes(&self, origin: &Origin, blob: &[u8], sink: &dyn Sink) {
        let size = self.raw.size();
        for window in windows(blob, size) {
            sink.chunk(&window.chunk(origin));
        }
        if let Some(view) = views(blob) {
            for window in windows(&view.text, size) {
                let chunk = window.chunk(origin);
                sink.chunk(&Chunk {
                    decoded: view.encoding.steps(),
                    map: Some(&view.map),
                    ..chunk
                });
            }
        }
    }

    /// Reads a blob to its end and delivers it; gives its length. `expected` is the
    /// length where it is known beforehand; it saves a read and is not relied upon.
    pub fn stream(
        &mut self,
        origin: &Origin,
        reader: &mut dyn Read,
        expected: Option<u64>,
        sink: &dyn Sink,
    ) -> Result<u64, Broken> {
        self.raw.restart();
        let mut view = None;
        let mut first = true;
        loop {
            let filled = self.raw.fill(reader, expected);
            let last = !matches!(filled, Ok(true));
            if let Some(window) = self.raw.window(last) {
                sink.chunk(&window.chunk(origin));
                if std::mem::take(&mut first) {
                    view = View::begin(&window, &mut self.text);
                }
                if let Some(view) = &mut view {
                    view.push(&window.bytes[window.core], &mut self.text, origin, sink);
                }
            }
            if last {
                let read = self.raw.total();
                if let Some(view) = &mut view {
                    view.finish(read, &mut self.text, origin, sink);
                }
                return filled.map(|_| read).map_err(|error| Broken { read, error });
            }
            self.raw.slide();
        }
    }

    /// The blob that [`BlobReader::stream`] read last, if it was one window.
    pub fn whole(&self) -> Option<&[u8]> {
        self.raw.whole()
    }
}

/// The decoded view of a stream: fed with the cores of the raw windows, it cuts
/// windows of its own.
struct View {
    encoding: Encoding,
    transcoder: Transcoder,
    /// Bytes of the byte order mark still to be skipped.
    mark: usize,
    /// Where the text of the current window begins in the source.
    source_start: u64,
    piece: Vec<u8>,
}

impl View {
    fn begin(window: &Window<'_>, text: &mut SlidingWindow) -> Option<View> {
        let (encoding, mark) = detect(window.bytes)?;
        text.restart();
        Some(View {
            encoding,
            transcoder: Transcoder::new(encoding),
            mark,
            source_start: mark as u64,
            piece: Vec::new(),
        })
    }

    fn push(&mut self, core: &[u8], text: &mut SlidingWindow, origin: &Origin, sink: &dyn Sink) {
        const PIECE: usize = 64 << 10;
        let mark = self.mark.min(core.len());
        self.mark -= mark;
        for bytes in core[mark..].chunks(PIECE) {
            self.piece.clear();
            self.transcoder.push(bytes, &mut self.piece);
            text.push(&self.piece);
            while text.is_full() {
                self.source_start = self.deliver(text, u64::MAX, origin, sink);
            }
        }
    }

    fn finish(&mut self, end: u64, text: &mut SlidingWindow, origin: &Origin, sink: &dyn Sink) {
        self.piece.clear();
        self.transcoder.finish(&mut self.piece);
        text.push(&self.piece);
        while text.is_full() {
            self.source_start = self.deliver(text, end, origin, sink);
        }
        if let Some(window) = text.window(true) {
            self.chunk(&window, end, origin, sink);
        }
    }

    /// Delivers a window that is not the last and goes on to the next; gives where that
    /// one begins in the source.
    fn deliver(&self, text: &mut SlidingWindow, end: u64, origin: &Origin, sink: &dyn Sink) -> u64 {
        let Some(window) = text.window(false) else {
            return self.source_start;
        };
        let map = self.chunk(&window, end, origin, sink);
        text.slide();
        map.to_source(text.offset())
    }

    fn chunk(&self, window: &Window<'_>, end: u64, origin: &Origin, sink: &dyn Sink) -> OffsetMap {
        let source = self.source_start..end;
        let map = OffsetMap::new(window.bytes, window.offset, source, self.encoding.unit());
        sink.chunk(&Chunk {
            decoded: self.encoding.steps(),
            map: Some(&map),
            ..window.chunk(origin)
        });
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::collect::Collect;
    use proptest::prelude::*;
    use std::sync::Mutex;

    /// Checks each decoded chunk against the bytes it was decoded from.
    struct Mapped<'a>(&'a [u8], Mutex<usize>, Collect);

    impl Sink for Mapped<'_> {
        fn chunk(&self, chunk: &Chunk<'_>) {
            if let Some(map) = chunk.map {
                let text = std::str::from_utf8(chunk.bytes);
                let text = text.map_or_else(|e| &chunk.bytes[..e.valid_up_to()], str::as_bytes);
                for (at, character) in std::str::from_utf8(text).unwrap().char_indices() {
                    let start = map.to_source(chunk.offset + at as u64) as usize;
                    let unit = u16::from_le_bytes([self.0[start], self.0[start + 1]]);
                    assert_eq!(character.encode_utf16(&mut [0; 2])[0], unit);
                }
                *self.1.lock().unwrap() += 1;
            }
            self.2.chunk(chunk);
        }
        fn unscanned(&self, _: crate::model::coverage::Unscanned) {}
        fn excluded(&self, _: crate::model::coverage::Exclusion, _: u64) {}
        fn counted(&self, _: &'static str, _: u64) {}
    }

    proptest! {
        #[test]
        fn utf_16_streams_in_windows(text in "[a-z\n]{20,200}[a-zäöü日本\u{1f600}\n]{0,200}", core in 8_usize..99, overlap in 0_usize..20) {
            let blob: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
            let sink = Mapped(&blob, Mutex::new(0), Collect::default());
            let mut reader = BlobReader::new(WindowSize::new(core, overlap));
            let length = reader.stream(&Origin::Stdin, &mut blob.as_slice(), None, &sink).unwrap();
            prop_assert_eq!(length, blob.len() as u64);
            let seen = sink.2.into_seen();
            prop_assert_eq!(&seen.blobs["-"], &blob);
            prop_assert_eq!(seen.text("-@utf-16le"), &text);

            let sink = Mapped(&blob, Mutex::new(0), Collect::default());
            reader.bytes(&Origin::Stdin, &blob, &sink);
            let seen = sink.2.into_seen();
            prop_assert_eq!(seen.text("-@utf-16le"), &text);
        }
    }

    #[test]
    fn what_came_before_an_error_is_delivered() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("no"))
            }
        }
        let sink = Collect::default();
        let mut reader = BlobReader::new(WindowSize::default());
        let mut source = b"before".as_slice().chain(Fails);
        let broken = reader.stream(&Origin::Stdin, &mut source, None, &sink);
        assert_eq!(broken.unwrap_err().read, 6);
        assert_eq!(sink.into_seen().text("-"), "before");
    }
}
