//! Writes a tree that looks like a large monorepo, the same for the same size,
//! seed and rules, with secrets planted in it whose places are known. The text is
//! made by templates (`language`, `prose`), what is not source code by `odd`, and
//! the planted secrets are the examples of the rules (`plant`), so that nothing
//! real is ever in such a tree.

mod language;
mod odd;
mod plant;
mod prose;

use super::planted::Plant;
use crate::model::location::Span;
use crate::rules::encode::Examples;
use crate::rules::sample::Rng;
use crate::rules::select::RuleSet;
use language::LANGUAGES;
use plant::Planter;
use prose::Prose;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// One file of so many holds a planted secret.
const PLANT_EVERY: usize = 12;

/// What is written.
pub struct Request<'a> {
    /// Bytes of all files together, reached within one file.
    pub size: u64,
    /// Another seed gives another tree.
    pub seed: u64,
    /// A folder that is empty or not there yet.
    pub dir: &'a Path,
    /// Rules whose secrets are planted.
    pub rules: &'a RuleSet,
    /// Their examples; those of other rules are passed over.
    pub examples: &'a [Examples],
}

/// What was written.
#[derive(Debug, Default)]
pub struct Generated {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The secrets in them, in the order of writing.
    pub planted: Vec<Plant>,
}

/// Why a tree was not written.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// Something is there already.
    #[error("{0}: the folder is not empty; name one that is not there yet")]
    NotEmpty(String),
    /// The system refused.
    #[error("{path}: {error}")]
    Write {
        /// Which file or folder.
        path: String,
        /// What the system said.
        error: io::Error,
    },
}

/// Writes a tree.
///
/// # Errors
/// A [`GenerateError`]; what was written before it stays.
pub fn generate(request: &Request<'_>) -> Result<Generated, GenerateError> {
    if std::fs::read_dir(request.dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(GenerateError::NotEmpty(request.dir.display().to_string()));
    }
    let seed = request.seed.to_le_bytes();
    let mut tree = Tree {
        dir: request.dir,
        rng: Rng::new(&[b"tree", &seed]),
        prose: Prose::new(Rng::new(&[b"prose", &seed])),
        planter: Planter::new(request.rules, request.examples),
        folders: BTreeSet::new(),
        generated: Generated::default(),
    };
    tree.make(PathBuf::new())?;
    while tree.generated.bytes < request.size {
        tree.next_file()?;
    }
    Ok(tree.generated)
}

/// A tree in the making.
struct Tree<'a> {
    dir: &'a Path,
    rng: Rng,
    prose: Prose,
    planter: Planter<'a>,
    folders: BTreeSet<PathBuf>,
    generated: Generated,
}

/// Folders at the top.
const TOPS: &[&str] = &[
    "services", "libs", "apps", "tools", "platform", "deploy", "packages", "infra",
];

impl Tree<'_> {
    fn next_file(&mut self) -> Result<(), GenerateError> {
        let folder = self.folder();
        match self.rng.below(100) {
            0..90 => self.source(&folder),
            90..92 => self.odd(&folder, "min.js", odd::minified),
            92..94 => self.odd(&folder, "lock", odd::lock),
            94..96 => self.odd(&folder, "png", odd::binary),
            96..98 => self.utf16(&folder),
            _ => self.odd(&folder, "tar.gz", odd::archive),
        }
    }

    /// A folder, often one that is there already: wide at the top, and up to ten deep.
    fn folder(&mut self) -> String {
        let mut path = TOPS[self.rng.below(TOPS.len())].to_owned();
        for part in 0..1 + self.rng.below(3) + self.rng.below(3) * self.rng.below(4) {
            let kinds = if part == 0 { 40 } else { 6 };
            let word = prose::word(self.rng.below(kinds) * 7 + part);
            path.push('/');
            path.push_str(word);
        }
        path
    }

    fn name(&mut self, folder: &str, extension: &str) -> String {
        let first = prose::word(self.rng.below(prose::WORDS.len()));
        let number = self.generated.files;
        format!("{folder}/{first}_{number}.{extension}")
    }

    fn source(&mut self, folder: &str) -> Result<(), GenerateError> {
        let language = &LANGUAGES[self.rng.below(LANGUAGES.len())];
        let path = self.name(folder, language.extension);
        // Sizes are spread evenly over the powers of two, as those of real source files nearly are.
        let power = 512 << self.rng.below(8);
        let size = power + self.rng.below(power);
        let plant_at = self.plants().then(|| self.rng.below(size));
        self.prose.begin(language);
        let mut span = None;
        while self.prose.len() < size {
            self.prose.item(language);
            if span.is_none() && plant_at.is_some_and(|at| self.prose.len() >= at) {
                span = self.plant(&path);
            }
        }
        let text = self.prose.take();
        self.write(&path, &text)
    }

    fn plants(&mut self) -> bool {
        self.rng.below(PLANT_EVERY) == 0
    }

    /// Appends the next secret on lines of its own.
    fn plant(&mut self, path: &str) -> Option<Span> {
        let (rule, text) = self.planter.next(path)?;
        let start = self.prose.len() as u64 + 1;
        let span = Span::new(start, start + text.len() as u64);
        self.prose.line(&text);
        self.generated.planted.push(Plant {
            rule: rule.to_owned(),
            path: path.to_owned(),
            span,
        });
        Some(span)
    }

    /// Text as Windows programs write it; every other one with a secret.
    fn utf16(&mut self, folder: &str) -> Result<(), GenerateError> {
        let path = self.name(folder, "txt");
        let size = 1000 + self.rng.below(8000);
        while self.prose.len() < size {
            self.prose.sentence_line();
        }
        if self.rng.below(2) == 0
            && let Some((rule, text)) = self.planter.next(&path)
            && text.is_ascii()
        {
            // Two bytes of mark, then two for each character.
            let start = 2 + 2 * (self.prose.len() as u64 + 1);
            let span = Span::new(start, start + 2 * text.len() as u64);
            self.prose.line(&text);
            self.generated.planted.push(Plant {
                rule: rule.to_owned(),
                path: path.clone(),
                span,
            });
        }
        let text = self.prose.take();
        let mut wide = vec![0xff, 0xfe];
        wide.extend(text.iter().flat_map(|byte| [*byte, 0]));
        self.write(&path, &wide)
    }

    fn odd(
        &mut self,
        folder: &str,
        extension: &str,
        make: fn(&mut Rng, &mut Prose) -> Vec<u8>,
    ) -> Result<(), GenerateError> {
        let path = self.name(folder, extension);
        let bytes = make(&mut self.rng, &mut self.prose);
        self.write(&path, &bytes)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), GenerateError> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !self.folders.contains(Path::new(folder)) {
            self.make(PathBuf::from(folder))?;
        }
        let full = self.dir.join(path);
        std::fs::write(&full, bytes).map_err(|error| refused(&full, error))?;
        self.generated.files += 1;
        self.generated.bytes += bytes.len() as u64;
        Ok(())
    }

    fn make(&mut self, folder: PathBuf) -> Result<(), GenerateError> {
        let full = self.dir.join(&folder);
        std::fs::create_dir_all(&full).map_err(|error| refused(&full, error))?;
        self.folders.insert(folder);
        Ok(())
    }
}

fn refused(path: &Path, error: io::Error) -> GenerateError {
    GenerateError::Write {
        path: path.display().to_string(),
        error,
    }
}

#[cfg(test)]
mod tests;
