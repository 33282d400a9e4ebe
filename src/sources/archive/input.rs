//! Readers between an archive and its members: one that counts what a decoder
//! puts out against the budget, and one that knows how long a member has to be.
//! Formats are left to their own modules.

use crate::limits::ArchiveBudget;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Seek;

/// What archives are read from: a file, or bytes in a [`std::io::Cursor`].
pub trait Input: Read + Seek {}

impl<T: Read + Seek> Input for T {}

/// Takes every byte that passes from the budget, and fails when there is none left.
pub(super) struct Metered<'a, R> {
    pub(super) reader: R,
    pub(super) budget: &'a ArchiveBudget<'a>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let before = self.budget.exceeded();
        before.map_or(Ok(()), Err).map_err(io::Error::other)?;
        let read = self.reader.read(buffer)?;
        self.budget.spend(read as u64).map_err(io::Error::other)?;
        Ok(read)
    }
}

/// Exactly `left` bytes of a reader; that there are fewer is an error.
pub(super) struct Exactly<R> {
    pub(super) reader: R,
    pub(super) left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.reader.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Reads up to `buffer.len()` bytes, fewer only at the end of the stream.
pub(super) fn read_head(
    reader: &mut (impl Read + ?Sized),
    buffer: &mut [u8],
) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(()))
}

/// Reads all that is left of a member, so that the next one can begin.
pub(super) fn drain(reader: &mut dyn Read) -> io::Result<()> {
    io::copy(reader, &mut io::sink()).map(|_| ())
}

/// The little-endian number of `N` bytes at `at`, if they are there.
pub(super) fn le<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    const { assert!(N <= 8) };
    let field = bytes.get(at..at.checked_add(N)?)?;
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(field);
    Some(u64::from_le_bytes(wide))
}
