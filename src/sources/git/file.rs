//! Files of a git directory, read as data: regular files only, links not
//! followed, at most so many bytes. Whose bytes they are and what they mean is
//! left to the other modules.

use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::origin::RelPath;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

/// Why a file of the git directory was not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is none of this name.
    #[error("it does not exist")]
    Missing,
    /// It is a symbolic link.
    #[error("it is a symbolic link")]
    Link,
    /// It is a folder, FIFO, socket or device.
    #[error("it is not a regular file")]
    Special,
    /// It is larger than the limit, in bytes.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// The operating system refused.
    #[error("the operating system refused: {0}")]
    Io(io::ErrorKind),
}

impl FileError {
    /// The entry of a report for a file that should have been read.
    pub fn unscanned(&self, what: RelPath) -> Unscanned {
        let (reason, detail) = match self {
            FileError::Missing => (Reason::Missing, String::new()),
            FileError::Link => (Reason::LinkNotFollowed, String::new()),
            FileError::Special => (Reason::SpecialFile, String::new()),
            FileError::TooLarge(limit) => (Reason::LimitSize, format!("limit {limit} bytes")),
            FileError::Io(kind) => (Reason::Unreadable, kind.to_string()),
        };
        Unscanned {
            what,
            reason,
            bytes: None,
            detail,
        }
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Missing,
            kind => FileError::Io(kind),
        }
    }
}

/// Reads a regular file of at most `limit` bytes; a link, FIFO or device is an error.
pub fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let kind = fs::symlink_metadata(path)?;
    if kind.is_symlink() {
        return Err(FileError::Link);
    }
    if !kind.is_file() {
        return Err(FileError::Special);
    }
    if kind.len() > limit {
        return Err(FileError::TooLarge(limit));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge(limit));
    }
    Ok(bytes)
}

/// True when the path is a folder and not a link to one.
pub fn is_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|kind| kind.is_dir())
}

/// True when something, whatever it is, has this path.
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// What stands in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Link,
    /// Anything else.
    Special,
}

/// The entries of a folder with their kinds, sorted by name; none when there is no such folder.
pub fn list(dir: &Path) -> Result<Vec<(Vec<u8>, EntryKind)>, FileError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut out = Vec::new();
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        let kind = if kind.is_symlink() {
            EntryKind::Link
        } else if kind.is_dir() {
            EntryKind::Dir
        } else if kind.is_file() {
            EntryKind::File
        } else {
            EntryKind::Special
        };
        out.push((entry.file_name().as_encoded_bytes().to_vec(), kind));
    }
    out.sort();
    Ok(out)
}

/// A path of bytes as the operating system wants it; `None` where it cannot hold them.
pub fn os_path(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Some(PathBuf::from(OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(bytes)
            .ok()
            .map(|text| PathBuf::from(OsStr::new(text)))
    }
}

/// Bytes of a path as a report writes them: what is not printable UTF-8, and `%`, is percent-encoded.
pub fn shown(path: &[u8]) -> RelPath {
    let mut out = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '%' || c.is_control() {
                percent(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                out.push(c);
            }
        }
        percent(&mut out, chunk.invalid());
    }
    out
}

fn percent(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        write!(out, "%{byte:02X}").expect("a String takes everything");
    }
}

/// The text without white space and line ends at its end.
pub fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., last] = text
        && last.is_ascii_whitespace()
    {
        text = rest;
    }
    text
}
