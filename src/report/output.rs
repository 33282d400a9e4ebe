//! Where reports go: several at once, each checked for secrets, then written
//! whole or not at all. A file is written beside its destination, synced and
//! renamed, so that a crash or a full disk leaves the old report in place. What
//! a secret is, the caller knows: it passes the check in.

use super::Format;
use crate::bytes::escape;
use crate::model::report::Report;
use std::fmt;
use std::fs;
use std::io;
use std::io::ErrorKind;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use thiserror::Error;

/// Where one report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, replaced when it exists; devices and pipes are written to as they are.
    File(PathBuf),
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::Stdout => f.write_str("standard output"),
            Destination::File(path) => {
                f.write_str(&escape::terminal(path.as_os_str().as_encoded_bytes()))
            }
        }
    }
}

/// One report to write.
#[derive(Clone)]
pub struct Target<'a> {
    /// How.
    pub format: &'a dyn Format,
    /// Where to.
    pub to: Destination,
}

/// Why a report was not written. The exit code for each of them is 4.
#[derive(Debug, Error)]
#[error("cannot write the {format} report to {to}: {fault}")]
pub struct WriteError {
    /// The name of the format.
    pub format: &'static str,
    /// The destination.
    pub to: Destination,
    /// What went wrong, and whose it is to mend.
    pub fault: Fault,
}

/// What went wrong with one report.
#[derive(Debug, Error)]
pub enum Fault {
    /// The user named a folder that is not there.
    #[error("its folder does not exist; create it or choose another path")]
    MissingFolder,
    /// The user named a folder instead of a file.
    #[error("it is a folder; name a file in it")]
    IsFolder,
    /// The operating system does not let us.
    #[error("permission denied; choose a path that this user may write")]
    Denied,
    /// The disk, or the user's share of it, is full.
    #[error("the disk is full; free some space and run again")]
    DiskFull,
    /// A defect of ours: the report would have held a secret, and was withheld.
    #[error(
        "it would have held a secret and was withheld; this is a defect of bowerbird, please report it without the report"
    )]
    Leak,
    /// Anything else the operating system says.
    #[error("{0}")]
    Other(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Fault::MissingFolder,
            ErrorKind::IsADirectory => Fault::IsFolder,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Fault::Denied,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::WriteZero => {
                Fault::DiskFull
            }
            _ => Fault::Other(error),
        }
    }
}

/// Writes one report to all targets, and to each even when another fails.
///
/// Every report is rendered in memory and shown to `leaks`; one that holds a secret
/// is withheld. A reader that closed standard output has seen enough: no error.
///
/// # Errors
/// One for each report that is not where it should be, in the order of the targets.
pub fn write_all(
    report: &Report,
    targets: &[Target<'_>],
    stdout: &mut dyn Write,
    leaks: &dyn Fn(&dyn Format, &[u8]) -> bool,
) -> Result<(), Vec<WriteError>> {
    let mut errors = Vec::new();
    for target in targets {
        if let Err(fault) = write_one(report, target, stdout, leaks) {
            errors.push(WriteError {
                format: target.format.name(),
                to: target.to.clone(),
                fault,
            });
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// Says early, before a long scan, that a report could not be written there.
///
/// # Errors
/// When the folder is missing or the path is a folder itself.
pub fn check(target: &Target<'_>) -> Result<(), WriteError> {
    let Destination::File(path) = &target.to else {
        return Ok(());
    };
    let fault = if path.is_dir() {
        Fault::IsFolder
    } else if folder_of(path).is_dir() {
        return Ok(());
    } else {
        Fault::MissingFolder
    };
    Err(WriteError {
        format: target.format.name(),
        to: target.to.clone(),
        fault,
    })
}

fn write_one(
    report: &Report,
    target: &Target<'_>,
    stdout: &mut dyn Write,
    leaks: &dyn Fn(&dyn Format, &[u8]) -> bool,
) -> Result<(), Fault> {
    let mut rendered = Vec::new();
    target.format.write(report, &mut rendered)?;
    if leaks(target.format, &rendered) {
        return Err(Fault::Leak);
    }
    match &target.to {
        Destination::Stdout => to_stream(&rendered, stdout),
        Destination::File(path) => to_file(&rendered, path),
    }
}

fn to_stream(rendered: &[u8], stream: &mut dyn Write) -> Result<(), Fault> {
    match stream.write_all(rendered).and_then(|()| stream.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Fault::from),
    }
}

/// Writes a file whole or not at all, as reports are written.
///
/// # Errors
/// What went wrong; what was there before is then still there.
pub fn write_file(bytes: &[u8], path: &Path) -> Result<(), Fault> {
    to_file(bytes, path)
}

fn to_file(rendered: &[u8], path: &Path) -> Result<(), Fault> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(Fault::IsFolder),
        Ok(found) if !found.is_file() => {
            // A device or a pipe cannot be renamed over.
            to_stream(rendered, &mut fs::File::options().write(true).open(path)?)
        }
        // Through a link, so that the link stays one.
        Ok(_) => replace(rendered, &fs::canonicalize(path)?),
        Err(_) => replace(rendered, path),
    }
}

fn replace(rendered: &[u8], path: &Path) -> Result<(), Fault> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bowerbird-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the user's umask decides, not tempfile's 0600.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(rendered)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder);
    Ok(())
}

/// Makes the rename last. Not all file systems can, and the report is there either way.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
