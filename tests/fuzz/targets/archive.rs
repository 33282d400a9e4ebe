//! Every archive format, nested in one another.

use bowerbird::limits::ArchiveLimits;
use bowerbird::limits::RunBudget;
use bowerbird::model::chunk::Chunk;
use bowerbird::model::coverage::Exclusion;
use bowerbird::model::coverage::Unscanned;
use bowerbird::model::origin::Origin;
use bowerbird::sources::Sink;
use bowerbird::sources::archive;
use bowerbird::sources::archive::Archives;
use bowerbird::sources::blob::BlobReader;
use bowerbird::sources::window::WindowSize;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Cursor;
use std::io::Write as _;

struct Nowhere;

impl Sink for Nowhere {
    fn chunk(&self, chunk: &Chunk<'_>) {
        assert!(chunk.core.end <= chunk.bytes.len());
    }
    fn unscanned(&self, _missed: Unscanned) {}
    fn excluded(&self, _why: Exclusion, _n: u64) {}
    fn counted(&self, _unit: &'static str, _bytes: u64) {}
}

pub(super) fn run(data: &[u8]) {
    let Some(format) = archive::detect(data) else {
        return;
    };
    let limits = ArchiveLimits {
        output: 4 << 20,
        entries: 1000,
        ..ArchiveLimits::default()
    };
    let run = RunBudget::new(8 << 20);
    let archives = Archives {
        limits: &limits,
        run: &run,
        sink: &Nowhere,
    };
    let origin = Origin::File {
        path: "a".to_owned(),
    };
    let mut blobs = BlobReader::new(WindowSize::new(1 << 12, 64));
    archives.scan(&origin, format, &mut Cursor::new(data), &mut blobs);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let text = b"a line of text\n".repeat(20);
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&text).unwrap();
    let gz = gz.finish().unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(&text).unwrap();
    let zstd = zstd::encode_all(text.as_slice(), 1).unwrap();
    let ar = format!(
        "!<arch>\n{:<48}{:<10}`\n{}",
        "a.txt/", 15, "a line of text\n\n"
    );
    vec![
        zip(&[("a.txt", &text), ("in/b.gz", &gz)]),
        tar(&text, &gz),
        bz.finish().unwrap(),
        zstd,
        ar.into_bytes(),
        gz,
    ]
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default();
        out.start_file(*name, options).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn tar(text: &[u8], gz: &[u8]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (name, bytes) in [("a.txt", text), (&"long/".repeat(40), gz)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        out.append_data(&mut header, format!("{name}x"), bytes)
            .unwrap();
    }
    out.into_inner().unwrap()
}
