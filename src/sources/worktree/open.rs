//! Opens a file of somebody else's tree without being led astray: links are not
//! followed, a FIFO put in its place does not make us wait, and what was opened
//! is asked again whether it is a regular file. Reading it is left to others.

use crate::model::coverage::Reason;
use std::fs::File;
use std::fs::Metadata;
use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::path::Path;

/// `O_NOFOLLOW | O_NONBLOCK` of this system, from its `fcntl.h`; 0 where there is no
/// such thing. Without them the check of the file type still stands.
#[cfg(unix)]
const fn flags() -> i32 {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        let no_follow = if cfg!(any(
            target_arch = "arm",
            target_arch = "aarch64",
            target_arch = "powerpc",
            target_arch = "powerpc64"
        )) {
            0o100_000
        } else if cfg!(any(
            target_arch = "x86",
            target_arch = "x86_64",
            target_arch = "riscv64",
            target_arch = "s390x",
            target_arch = "loongarch64"
        )) {
            0o400_000
        } else {
            return 0;
        };
        no_follow | 0o4_000
    } else if cfg!(any(
        target_os = "macos",
        target_os = "ios",
        target_os = "freebsd",
        target_os = "netbsd",
        target_os = "openbsd"
    )) {
        0x100 | 0x4
    } else {
        0
    }
}

/// Why a file was not opened.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) reason: Reason,
    pub(super) detail: &'static str,
}

/// Opens a file that was listed as regular.
pub(super) fn open(path: &Path) -> Result<(File, Metadata), Refused> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags());
    let file = options.open(path).map_err(|error| refused(&error))?;
    let metadata = file.metadata().map_err(|error| refused(&error))?;
    if !metadata.is_file() {
        return Err(Refused {
            reason: Reason::SpecialFile,
            detail: "no longer a regular file when it was opened",
        });
    }
    Ok((file, metadata))
}

/// Says in fixed words what the operating system said.
pub(super) fn refused(error: &io::Error) -> Refused {
    let (reason, detail) = match error.kind() {
        ErrorKind::NotFound => (Reason::Vanished, "listed and then gone"),
        ErrorKind::PermissionDenied => (Reason::Unreadable, "permission denied"),
        ErrorKind::InvalidFilename => (Reason::Unreadable, "the path is too long for the system"),
        ErrorKind::NotADirectory => (Reason::Changed, "no longer a folder when it was opened"),
        ErrorKind::StaleNetworkFileHandle => (Reason::Unreadable, "stale network file handle"),
        ErrorKind::TimedOut => (Reason::Unreadable, "the file system timed out"),
        // ELOOP has no stable ErrorKind yet; with O_NOFOLLOW it means a link.
        _ if error.raw_os_error() == Some(LOOP) => (Reason::Changed, "a link when it was opened"),
        _ if error.raw_os_error() == Some(INPUT_OUTPUT) => {
            (Reason::Unreadable, "input/output error")
        }
        _ if error.raw_os_error() == Some(TOO_MANY_OPEN) => (
            Reason::Unreadable,
            "too many open files: raise the limit (ulimit -n)",
        ),
        _ => (Reason::Unreadable, "the operating system refused"),
    };
    Refused { reason, detail }
}

/// `ELOOP`.
const LOOP: i32 = if cfg!(any(target_os = "linux", target_os = "android")) {
    40
} else {
    62
};
/// `EIO`, the same everywhere.
const INPUT_OUTPUT: i32 = 5;
/// `EMFILE`, the same everywhere.
const TOO_MANY_OPEN: i32 = 24;
