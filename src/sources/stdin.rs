//! Standard input as one blob, read in windows. An archive can only be unpacked
//! when it is held, so that one is up to a limit; a larger one is scanned as the
//! bytes it is and named. Whose input it is, is left to the caller.

use super::Sink;
use super::archive;
use super::archive::Archives;
use super::blob::BlobReader;
use super::blob::Broken;
use super::window::WindowSize;
use crate::limits::ArchiveLimits;
use crate::limits::RunBudget;
use crate::limits::Stoppable;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::origin::Origin;
use std::io::Cursor;
use std::io::Read;

/// How standard input is read.
#[derive(Clone, Debug, Default)]
pub struct StdinOptions {
    /// How far an archive is unpacked; `None`: not at all.
    pub archives: Option<ArchiveLimits>,
    /// How it is cut.
    pub window: WindowSize,
}

/// Reads `input` to its end. An archive of more than [`ArchiveLimits::buffer`] bytes is
/// not unpacked.
pub fn scan(options: &StdinOptions, input: &mut dyn Read, run: &RunBudget, sink: &dyn Sink) {
    let mut blobs = BlobReader::new(options.window);
    let limit = options.archives.as_ref().map_or(0, |limits| limits.buffer);
    let mut held = Vec::new();
    let mut input = Stoppable { inner: input, run };
    let first = input.by_ref().take(limit).read_to_end(&mut held);
    let format = archive::detect(&held);
    let read = match first {
        Ok(_) => blobs.stream(
            &Origin::Stdin,
            &mut held.as_slice().chain(input),
            None,
            sink,
        ),
        Err(error) => {
            blobs.bytes(&Origin::Stdin, &held, sink);
            let read = held.len() as u64;
            Err(Broken { read, error })
        }
    };
    match read {
        // A pipe whose other end failed looks like this: not clean.
        Ok(0) => miss(sink, Reason::Missing, "standard input was empty"),
        Ok(bytes) => {
            sink.counted("stdin.blobs", bytes);
            let (Some(format), Some(limits)) = (format, &options.archives) else {
                return;
            };
            if bytes > held.len() as u64 {
                let detail = format!("an archive larger than {limit} bytes: give it as a file");
                return miss(sink, Reason::LimitMemory, &detail);
            }
            let archives = Archives { limits, run, sink };
            archives.scan(&Origin::Stdin, format, &mut Cursor::new(&held), &mut blobs);
        }
        Err(_) if run.is_interrupted() => miss(sink, Reason::Interrupted, ""),
        Err(_) => miss(sink, Reason::Unreadable, "standard input broke off"),
    }
}

fn miss(sink: &dyn Sink, reason: Reason, detail: &str) {
    sink.unscanned(Unscanned {
        what: "-".to_owned(),
        reason,
        bytes: None,
        detail: detail.to_owned(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::collect::Collect;
    use std::io;

    #[test]
    fn an_empty_pipe_is_named() {
        let sink = Collect::default();
        scan(
            &StdinOptions::default(),
            &mut io::empty(),
            &RunBudget::default(),
            &sink,
        );
        assert_eq!(sink.into_seen().missed(), [("-", Reason::Missing)]);
    }

    #[test]
    fn text_and_archives_are_read() {
        let run = RunBudget::default();
        let options = StdinOptions {
            archives: Some(ArchiveLimits {
                buffer: 200,
                ..ArchiveLimits::default()
            }),
            window: WindowSize::new(64, 8),
        };
        let text = "line\n".repeat(200);
        let sink = Collect::default();
        scan(&options, &mut text.as_bytes(), &run, &sink);
        let seen = sink.into_seen();
        assert_eq!(seen.text("-"), text);
        assert_eq!(seen.counted["stdin.blobs"], (1, 1000));
        assert_eq!(seen.missed(), []);

        let ar = |size: usize| {
            let text = "s".repeat(size);
            format!("!<arch>\n{:<48}{size:<10}`\n{text}", "a.txt/")
        };
        let sink = Collect::default();
        scan(&options, &mut ar(100).as_bytes(), &run, &sink);
        assert_eq!(sink.into_seen().text("-!a.txt"), "s".repeat(100));
        let sink = Collect::default();
        scan(&options, &mut ar(1000).as_bytes(), &run, &sink);
        let seen = sink.into_seen();
        assert_eq!(seen.missed(), [("-", Reason::LimitMemory)]);
        assert_eq!(seen.text("-"), ar(1000));
    }
}
