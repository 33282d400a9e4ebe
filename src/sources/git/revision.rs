//! Resolves what a user writes for a commit: full and abbreviated ids, names of
//! refs in git's lookup order, `~n`, `^n`, `^{type}`, `@` and `ref@{n}`. The
//! rest of gitrevisions(7), which searches messages and trees or needs the
//! configuration, is refused by name. Ranges are in `range`.

use super::ObjectError;
use super::ObjectReader;
use super::commit;
use super::file::shown;
use super::refs::Refs;
use super::refs::Target;
use super::tag;
use crate::model::coverage::Reason;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

/// Why a revision names nothing we can scan. The user's to mend, all but the last.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// There is no such ref or object.
    #[error("'{0}' is neither a ref nor an object of this repository")]
    Unknown(String),
    /// Several objects begin with these digits.
    #[error("'{0}' is ambiguous: write more digits of the object id")]
    Ambiguous(String),
    /// It leads to an object of another kind, or to a parent that is not there.
    #[error("'{0}' does not lead to a commit")]
    NotACommit(String),
    /// Written in a way we do not read.
    #[error("'{0}' is not understood: use an id or ref name with ~N, ^N, ^{{commit}} or @{{N}}")]
    Syntax(String),
    /// An object on the way cannot be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

/// Resolves revisions of one repository.
pub struct Resolver<'a> {
    /// Its refs.
    pub refs: &'a Refs,
    /// Its objects.
    pub reader: &'a dyn ObjectReader,
    /// Its object format.
    pub format: ObjectFormat,
}

/// Least digits of an abbreviated id, as in git.
const ABBREVIATION: usize = 4;
/// Most steps of one `~n`: more than the longest history.
const STEPS: u32 = 100_000_000;
/// Most tags that point at each other.
const TAG_DEPTH: usize = 10_000;

impl Resolver<'_> {
    /// The commit a revision leads to, through annotated tags.
    pub fn commit(&self, text: &[u8]) -> Result<ObjectId, RevisionError> {
        let id = self.resolve(text)?;
        self.peel(id, ObjectKind::Commit, text)
    }

    /// The object a revision names, not peeled.
    pub fn resolve(&self, text: &[u8]) -> Result<ObjectId, RevisionError> {
        let end = text
            .iter()
            .enumerate()
            .position(|(at, byte)| match byte {
                b'^' | b'~' => true,
                b'@' => text.get(at + 1) == Some(&b'{'),
                _ => false,
            })
            .unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        let mut id = if let Some(after) = rest.strip_prefix(b"@{") {
            let (inside, after) = braces(after).ok_or_else(|| syntax(text))?;
            rest = after;
            self.logged(name, number(inside).ok_or_else(|| syntax(text))?, text)?
        } else {
            self.name(name, text)?
        };
        while !rest.is_empty() {
            (id, rest) = self.suffix(id, rest, text)?;
        }
        Ok(id)
    }

    /// A ref by its short name, in the order of gitrevisions(7).
    pub fn find_ref(&self, name: &[u8]) -> Option<Vec<u8>> {
        let name = if name == b"@" { b"HEAD" } else { name };
        [
            (&b""[..], &b""[..]),
            (b"refs/", b""),
            (b"refs/tags/", b""),
            (b"refs/heads/", b""),
            (b"refs/remotes/", b""),
            (b"refs/remotes/", b"/HEAD"),
        ]
        .iter()
        .map(|(before, after)| [before, name, after].concat())
        .find(|full| matches!(self.refs.resolve(full), Ok(Some(_))))
    }

    fn name(&self, name: &[u8], text: &[u8]) -> Result<ObjectId, RevisionError> {
        if name.is_empty() {
            return Err(syntax(text));
        }
        if let Some(id) = ObjectId::from_hex(name).filter(|id| id.format() == self.format) {
            return match self.reader.read(&id, &mut Vec::new()) {
                Err(ObjectError::Missing(_)) => Err(RevisionError::Unknown(shown(text))),
                _ => Ok(id),
            };
        }
        if let Some(full) = self.find_ref(name)
            && let Ok(Some(id)) = self.refs.resolve(&full)
        {
            return Ok(id);
        }
        self.abbreviated(name, text)
    }

    /// Of several objects the only commit or tag, since a commit is wanted in the end.
    fn abbreviated(&self, name: &[u8], text: &[u8]) -> Result<ObjectId, RevisionError> {
        let digits = name.to_ascii_lowercase();
        let hex = std::str::from_utf8(&digits)
            .ok()
            .filter(|hex| hex.len() >= ABBREVIATION && hex.len() < self.format.id_len() * 2)
            .filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .ok_or_else(|| RevisionError::Unknown(shown(text)))?;
        let found = self.reader.with_prefix(hex, 1000);
        if let [id] = found[..] {
            return Ok(id);
        }
        let mut bytes = Vec::new();
        let mut commits = found.iter().filter(|id| {
            matches!(
                self.reader.read(id, &mut bytes),
                Ok(ObjectKind::Commit | ObjectKind::Tag)
            )
        });
        match (commits.next(), commits.next()) {
            (Some(id), None) => Ok(*id),
            (None, _) if found.is_empty() => Err(RevisionError::Unknown(shown(text))),
            _ => Err(RevisionError::Ambiguous(shown(text))),
        }
    }

    /// `ref@{n}`: what the ref was n moves ago; `@{n}` speaks of the current branch.
    fn logged(&self, name: &[u8], back: u32, text: &[u8]) -> Result<ObjectId, RevisionError> {
        let unknown = || RevisionError::Unknown(shown(text));
        let full = match (name, self.refs.get(b"HEAD").map(|head| &head.target)) {
            (b"", Some(Target::Symbolic(branch))) => branch.clone(),
            (b"", _) => b"HEAD".to_vec(),
            _ => self.find_ref(name).ok_or_else(unknown)?,
        };
        if back == 0 {
            return self.refs.resolve(&full).ok().flatten().ok_or_else(unknown);
        }
        let log = self.refs.reflogs.iter().find(|log| log.name == full);
        let moves = &log.ok_or_else(unknown)?.moves;
        let back = back as usize;
        let id = match moves.len().checked_sub(back + 1) {
            Some(at) => moves[at].new,
            None if back == moves.len() => moves[0].old,
            None => return Err(unknown()),
        };
        Some(id).filter(|id| !id.is_null()).ok_or_else(unknown)
    }

    fn suffix<'t>(
        &self,
        id: ObjectId,
        rest: &'t [u8],
        text: &[u8],
    ) -> Result<(ObjectId, &'t [u8]), RevisionError> {
        if let Some(after) = rest.strip_prefix(b"^{") {
            let (inside, after) = braces(after).ok_or_else(|| syntax(text))?;
            let kind = match inside {
                b"" => return Ok((self.untag(id)?.0, after)),
                b"object" => return Ok((id, after)),
                b"commit" => ObjectKind::Commit,
                b"tree" => ObjectKind::Tree,
                b"blob" => ObjectKind::Blob,
                b"tag" => ObjectKind::Tag,
                _ => return Err(syntax(text)),
            };
            return Ok((self.peel(id, kind, text)?, after));
        }
        let digits = rest[1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (count, after) = rest[1..].split_at(digits);
        let count = match count {
            b"" => 1,
            count => number(count).ok_or_else(|| syntax(text))?,
        };
        let mut id = self.peel(id, ObjectKind::Commit, text)?;
        match rest[0] {
            b'~' if count <= STEPS => {
                for _ in 0..count {
                    id = self.parent(id, 1, text)?;
                }
            }
            b'^' if count > 0 => id = self.parent(id, count, text)?,
            b'^' => {}
            _ => return Err(syntax(text)),
        }
        Ok((id, after))
    }

    fn parent(&self, id: ObjectId, nth: u32, text: &[u8]) -> Result<ObjectId, RevisionError> {
        let mut bytes = Vec::new();
        self.reader.read(&id, &mut bytes)?;
        let parents = commit::parse(&bytes, self.format)
            .map_err(|error| malformed(id, &error))?
            .parents;
        parents
            .get(nth as usize - 1)
            .copied()
            .ok_or_else(|| RevisionError::NotACommit(shown(text)))
    }

    /// Follows annotated tags to what is none.
    fn untag(&self, mut id: ObjectId) -> Result<(ObjectId, ObjectKind), ObjectError> {
        let mut bytes = Vec::new();
        for _ in 0..TAG_DEPTH {
            let kind = self.reader.read(&id, &mut bytes)?;
            if kind != ObjectKind::Tag {
                return Ok((id, kind));
            }
            id = tag::parse(&bytes, self.format)
                .map_err(|error| malformed(id, &error))?
                .target;
        }
        Err(ObjectError::Unreadable {
            id,
            reason: Reason::LimitDepth,
            detail: "nested tags".to_owned(),
        })
    }

    fn peel(
        &self,
        id: ObjectId,
        wanted: ObjectKind,
        text: &[u8],
    ) -> Result<ObjectId, RevisionError> {
        let mut bytes = Vec::new();
        if self.reader.read(&id, &mut bytes)? == wanted {
            return Ok(id);
        }
        let (id, kind) = self.untag(id)?;
        if kind == ObjectKind::Commit && wanted == ObjectKind::Tree {
            self.reader.read(&id, &mut bytes)?;
            let parsed = commit::parse(&bytes, self.format);
            return Ok(parsed.map_err(|error| malformed(id, &error))?.tree);
        }
        if kind == wanted {
            Ok(id)
        } else {
            Err(RevisionError::NotACommit(shown(text)))
        }
    }
}

fn syntax(text: &[u8]) -> RevisionError {
    RevisionError::Syntax(shown(text))
}

fn malformed(id: ObjectId, error: &super::tree::Malformed) -> ObjectError {
    ObjectError::Unreadable {
        id,
        reason: Reason::ParseError,
        detail: error.to_string(),
    }
}

fn braces(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'}', text)?;
    Some((&text[..end], &text[end + 1..]))
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}
