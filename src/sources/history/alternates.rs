//! Alternates (gitrepository-layout, `objects/info/alternates`): other object
//! directories that a repository borrows from. They are followed with a limit
//! and a guard against loops; those that are not there are named.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;

/// As deep as git itself follows them.
const DEPTH: usize = 5;
/// Longest alternates file that is read, in bytes.
const LONGEST: u64 = 64 << 10;
/// Most alternates of one repository.
const MOST: usize = 256;

/// The directory itself and all it borrows from, each once, with what is missing.
pub(super) fn follow(objects: &Path) -> (Vec<PathBuf>, Vec<Unscanned>) {
    let mut dirs = Vec::new();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![(objects.to_owned(), 0)];
    if !objects.is_dir() {
        problems.push(unscanned("objects", Reason::Missing, "no such directory"));
        return (dirs, problems);
    }
    let mut next = 0;
    while let Some((dir, depth)) = open.get(next).cloned() {
        next += 1;
        let real = dir.canonicalize().unwrap_or_else(|_| dir.clone());
        if !seen.insert(real) {
            continue;
        }
        dirs.push(dir.clone());
        for line in lines(&dir, &mut problems) {
            let name = format!(
                "objects/info/alternates: {}",
                String::from_utf8_lossy(&line).escape_default()
            );
            let target = dir.join(to_path(&line));
            if !target.is_dir() {
                problems.push(unscanned(
                    &name,
                    Reason::Missing,
                    "an alternate object store that is not there",
                ));
            } else if depth == DEPTH || open.len() > MOST {
                problems.push(unscanned(&name, Reason::LimitDepth, "too many alternates"));
            } else {
                open.push((target, depth + 1));
            }
        }
    }
    (dirs, problems)
}

fn unscanned(what: &str, reason: Reason, detail: &str) -> Unscanned {
    Unscanned {
        what: what.to_owned(),
        reason,
        bytes: None,
        detail: detail.to_owned(),
    }
}

/// The paths an alternates file names.
fn lines(dir: &Path, problems: &mut Vec<Unscanned>) -> Vec<Vec<u8>> {
    let path = dir.join("info").join("alternates");
    let text = match read(&path) {
        Ok(Some(text)) => text,
        Ok(None) => return Vec::new(),
        Err(()) => {
            problems.push(unscanned(
                "objects/info/alternates",
                Reason::Unreadable,
                "it could not be read",
            ));
            return Vec::new();
        }
    };
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty() && line[0] != b'#')
        .map(unquote)
        .collect()
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, ()> {
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(_) => return Err(()),
    };
    if !about.is_file() || about.len() > LONGEST {
        return Err(());
    }
    let mut text = Vec::new();
    let file = File::open(path).map_err(|_| ())?;
    file.take(LONGEST).read_to_end(&mut text).map_err(|_| ())?;
    Ok(Some(text))
}

/// Undoes git's C-style quoting; a line that is not quoted properly stands for itself.
fn unquote(line: &[u8]) -> Vec<u8> {
    let inner = line
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    inner.and_then(unescape).unwrap_or_else(|| line.to_vec())
}

fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next()? {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            other @ (b'"' | b'\\') => other,
            high @ b'0'..=b'3' => {
                let digit = |byte: u8| (b'0'..=b'7').contains(&byte).then(|| byte - b'0');
                let middle = digit(bytes.next()?)?;
                let low = digit(bytes.next()?)?;
                (high - b'0') << 6 | middle << 3 | low
            }
            _ => return None,
        });
    }
    Some(out)
}

#[cfg(unix)]
fn to_path(raw: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(raw))
}

#[cfg(not(unix))]
fn to_path(raw: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(raw).into_owned())
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn undoes_quotes() {
        assert_eq!(unquote(b"../a b"), b"../a b");
        assert_eq!(unquote(br#""a\tb\303\244""#), "a\tb\u{e4}".as_bytes());
        assert_eq!(unquote(br#""broken"#), br#""broken"#);
    }
}
