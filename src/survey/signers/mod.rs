//! The keys that the user gave, and what they say of a signature. Only the user
//! chooses keys: nothing of a scanned repository does. Which objects are looked at
//! is the business of `signatures`.

mod openpgp;
mod ssh;

use super::given;
use crate::model::signature::SignatureKind;
use crate::model::signature::SignerFile;
use crate::sources::git::signed::Signed;
use openpgp::PgpSigner;
use ssh::SshSigner;

/// The largest file of keys that is read, in bytes.
pub const FILE_CAP: u64 = 4 << 20;
/// Most keys of all files together.
pub const KEY_CAP: usize = 10_000;

/// Why a file of keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignersError {
    /// It holds no key.
    #[error(
        "no key in it: give an `allowed_signers` file as ssh-keygen(1) describes it, or OpenPGP public keys"
    )]
    Empty,
    /// It holds a private key.
    #[error("a private key: give the public one, and keep this one where nobody reads it")]
    Private,
    /// Damaged OpenPGP keys, or keys of a kind that is not read.
    #[error("an OpenPGP key in it cannot be read: `gpg --armor --export ID` writes one that can")]
    OpenPgp,
    /// A line of an `allowed_signers` file.
    #[error("line {0}: {1}")]
    Line(usize, &'static str),
    /// More than [`KEY_CAP`] keys.
    #[error("more than {KEY_CAP} keys")]
    TooMany,
}

/// Keys.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    /// The files they came from.
    pub files: Vec<SignerFile>,
    ssh: Vec<SshSigner>,
    pgp: Vec<PgpSigner>,
}

impl Signers {
    /// Adds the keys of a file. `name` is only repeated.
    ///
    /// # Errors
    /// The first thing in it that is no key: a key that is passed over in silence would make its
    /// signatures unknown.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), SignersError> {
        if memchr::memmem::find(bytes, b"PRIVATE KEY").is_some() {
            return Err(SignersError::Private);
        }
        let before = self.count();
        let is_pgp = openpgp::is_pgp(bytes);
        match is_pgp {
            true => self.pgp.extend(openpgp::read(bytes)?),
            false => self.ssh.extend(ssh::read(&String::from_utf8_lossy(bytes))?),
        }
        let keys = self.count() - before;
        match self.count() {
            _ if keys == 0 => return Err(SignersError::Empty),
            count if count > KEY_CAP => return Err(SignersError::TooMany),
            _ => {}
        }
        self.files.push(SignerFile {
            file: name.to_owned(),
            sha256: given::sha256(bytes),
            format: if is_pgp { "openpgp" } else { "ssh" }.to_owned(),
            keys: keys as u64,
        });
        self.files.sort();
        Ok(())
    }

    fn count(&self) -> usize {
        self.ssh.len() + self.pgp.len()
    }

    /// What these keys say of a signature that claims to be made at `time`, in seconds since 1970.
    pub fn check(&self, signed: &Signed, time: Option<i64>) -> SignatureKind {
        let begins = |head: &str| signed.armor.starts_with(head.as_bytes());
        if begins("-----BEGIN SSH SIGNATURE-----") {
            return ssh::check(&self.ssh, signed, time);
        }
        if begins("-----BEGIN PGP SIGNATURE-----") {
            return openpgp::check(&self.pgp, signed);
        }
        match begins("-----BEGIN PGP MESSAGE-----") || begins("-----BEGIN SIGNED MESSAGE-----") {
            true => SignatureKind::Unreadable,
            false => SignatureKind::Bad,
        }
    }
}
