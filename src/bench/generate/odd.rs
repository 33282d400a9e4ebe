//! Files that are no source code and that every large tree has: minified
//! scripts of one line, lock files full of digests, pictures, archives. They are
//! what naive scanners stumble over, in time or in false alarms.

use super::prose::Prose;
use crate::rules::sample::Rng;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// One line of script, 40 to 300 KB.
pub(super) fn minified(rng: &mut Rng, prose: &mut Prose) -> Vec<u8> {
    let size = 40_000 + rng.below(260_000);
    prose.expand("/*! %w v%n.%n.%n | MIT */!function(e,t){\"use strict\";");
    while prose.len() < size {
        prose.expand("var n=t.%w,r=e[%n],o=function(e){return e.%w&&e.%w(n,\"%w-%w\")||void 0},");
        prose.expand("i=r?o(r):{%w:%n,%w:!0,%w:\"%s\"};for(;n--;)i[n]=e(%n)<<2|t.%w;");
    }
    prose.expand("}(this,window);\n");
    prose.take()
}

/// A lock file: package after package with its digests.
pub(super) fn lock(rng: &mut Rng, prose: &mut Prose) -> Vec<u8> {
    let size = 10_000 + rng.below(120_000);
    while prose.len() < size {
        prose.expand("\"%w-%w@^%n.%n.%n\":\n  version \"%n.%n.%n\"\n");
        prose.expand("  resolved \"https://registry.example.org/%w-%w/-/%w-%n.%n.%n.tgz#%x\"\n");
        prose.expand("  integrity sha512-%b==\n  dependencies:\n    %w \"^%n.%n.%n\"\n\n");
    }
    prose.take()
}

/// Something with the head of a picture and no text.
pub(super) fn binary(rng: &mut Rng, _prose: &mut Prose) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    for _ in 0..200 + rng.below(8_000) {
        bytes.extend(rng.next_u64().to_le_bytes());
    }
    bytes
}

/// A compressed tape archive of a few text files.
pub(super) fn archive(rng: &mut Rng, prose: &mut Prose) -> Vec<u8> {
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    for number in 0..1 + rng.below(4) {
        for _ in 0..40 {
            prose.sentence_line();
        }
        let text = prose.take();
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        let path = format!("docs/part_{number}.txt");
        archive
            .append_data(&mut header, path, text.as_slice())
            .expect("a short name and a vector that grows");
    }
    let mut encoder = archive.into_inner().expect("a vector grows");
    encoder.flush().expect("a vector grows");
    encoder.finish().expect("a vector grows")
}
