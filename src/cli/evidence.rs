//! What commands about records share: files in and out, and the gate over
//! verdicts. What a record says and how it is signed is the library's business.

use super::Failure;
use crate::assess;
use crate::error::ExitCode;
use crate::model::evidence::Assessment;
use crate::model::evidence::Basis;
use crate::model::record::Record;
use crate::model::record::is_met;
use crate::record::canonical;
use crate::record::compare;
use crate::record::envelope;
use crate::record::key::Private;
use crate::record::key::Public;
use crate::record::profile;
use crate::record::profile::Required;
use crate::record::statement;
use crate::report::views;
use crate::survey::given;
use crate::survey::given::Taken;
use crate::survey::signers;
use crate::survey::signers::Signers;
use clap::ValueEnum;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// What must be met for exit code 0.
#[derive(Debug, clap::Args)]
pub(super) struct Gate {
    /// What must be met for exit code 0: a profile (`level1` to `level5`, `article-l1-scanning`, `article-2024`) or `activity=ID`; findings alone then no longer give 1. Unknown is not met.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "WHAT",
        help_heading = "Exit code"
    )]
    require: Vec<String>,

    /// Whether statements of people count.
    #[arg(
        long,
        value_enum,
        default_value = "attested",
        value_name = "WHAT",
        help_heading = "Exit code"
    )]
    count: Count,

    /// Activities that may stay unknown, by id.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "ID",
        help_heading = "Exit code"
    )]
    allow_unknown: Vec<String>,

    /// Most days from the commit (or from --now) to the day of verification; an older record cannot decide.
    #[arg(long, value_name = "DAYS", value_parser = days, help_heading = "Exit code")]
    pub(super) max_age: Option<u64>,
}

fn days(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    number
        .parse()
        .map_err(|_| "write a number of days, such as 7d".to_owned())
}

/// What counts as met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Count {
    /// Only what was seen.
    Proved,
    /// What was seen, and what a person answers for.
    Attested,
}

/// A gate that was understood.
pub(super) struct Asked {
    required: Vec<Required>,
    count: Count,
    allowed: Vec<String>,
}

impl Gate {
    /// Refuses what there is not.
    pub(super) fn parse(&self) -> Result<Asked, Failure> {
        let required = self.require.iter().map(|what| required(what));
        Ok(Asked {
            required: required.collect::<Result<_, _>>()?,
            count: self.count,
            allowed: self.allow_unknown.clone(),
        })
    }
}

fn required(what: &str) -> Result<Required, Failure> {
    if let Some(required) = Required::named(what) {
        return Ok(required);
    }
    match what.strip_prefix("activity=") {
        Some(id) if assess::has(id) => Ok(Required::Set(vec![id.to_owned()])),
        Some(id) => Err(Failure::usage(format!(
            "--require activity={id}: the model has no activity of this id; a report names them"
        ))),
        None => Err(Failure::usage(format!(
            "--require {what}: write `activity=ID` or one of {}",
            profile::names().join(", ")
        ))),
    }
}

impl Asked {
    /// True when nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.required.is_empty()
    }

    /// Whether an activity is asked for.
    pub(super) fn asks_for(&self, it: &Assessment) -> bool {
        self.required.iter().any(|required| required.asks_for(it))
    }

    /// Whether an activity is met by what counts.
    pub(super) fn meets(&self, it: &Assessment) -> bool {
        let attested = it.basis.contains(&Basis::Attestation);
        let allowed = self.allowed.contains(&it.activity)
            && it.status == crate::model::evidence::Verdict::Unknown;
        allowed || (is_met(it.status) && (self.count == Count::Attested || !attested))
    }

    /// The exit code, `code` when nothing is asked for; says on standard error what is not met.
    pub(super) fn judge(
        &self,
        record: &Record,
        before: Option<&Record>,
        code: ExitCode,
    ) -> Result<ExitCode, Failure> {
        let mut out = std::io::stderr();
        if let Some(before) = before {
            let lower = compare::compare(before, record).down;
            for (name, was, is) in &lower {
                writeln!(
                    out,
                    "lower than in the given record: {name} ({was:?}, now {is:?})"
                )?;
            }
            if !lower.is_empty() {
                return Ok(ExitCode::Findings);
            }
        }
        if self.is_empty() {
            return Ok(code);
        }
        let asked: Vec<&Assessment> = record
            .activities
            .iter()
            .filter(|it| self.asks_for(it))
            .collect();
        let unmet = asked.iter().filter(|it| !self.meets(it)).count();
        if unmet == 0 {
            return Ok(ExitCode::Clean);
        }
        writeln!(
            out,
            "not met: {unmet} of {} required activities",
            asked.len()
        )?;
        Ok(ExitCode::Findings)
    }
}

/// One view and where it goes.
pub(super) struct Export {
    name: String,
    path: PathBuf,
}

/// Views that were asked for.
pub(super) fn exports(asked: &[String]) -> Result<Vec<Export>, Failure> {
    let export = |asked: &String| {
        let (name, path) = asked
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("{asked}: write FORMAT=PATH")))?;
        if !views::NAMES.contains(&name) {
            let known = views::NAMES.join(", ");
            return Err(Failure::usage(format!(
                "there is no view `{name}`: choose {known}"
            )));
        }
        Ok(Export {
            name: name.to_owned(),
            path: PathBuf::from(path),
        })
    };
    asked.iter().map(export).collect()
}

/// Files to be written.
pub(super) type ToWrite = Vec<(PathBuf, Vec<u8>)>;

/// The files of views; one of several files goes into a folder. The page shows earlier records too.
pub(super) fn export_files(
    record: &Record,
    earlier: &[Record],
    exports: &[Export],
) -> Result<ToWrite, Failure> {
    let mut files = Vec::new();
    for export in exports {
        let made = views::make(&export.name, record, earlier).map_err(Failure::internal)?;
        for (name, bytes) in made {
            let path = if name.is_empty() {
                export.path.clone()
            } else {
                export.path.join(name)
            };
            files.push((path, bytes));
        }
    }
    Ok(files)
}

/// The record, and its signed forms when there is a key.
pub(super) fn record_files(
    path: &Path,
    record: &Record,
    key: Option<&Private>,
) -> Result<ToWrite, Failure> {
    let bytes = canonical::bytes(record).map_err(Failure::internal)?;
    let mut files = vec![(path.to_owned(), bytes)];
    if let Some(key) = key {
        let statements = [
            ("dsse.json", statement::of(record)),
            ("svr.dsse.json", statement::companion(record)),
        ];
        for (end, payload) in statements {
            let payload = payload.map_err(Failure::internal)?;
            let envelope = envelope::sign(&payload, key);
            let bytes = canonical::bytes(&envelope).map_err(Failure::internal)?;
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(end);
            files.push((PathBuf::from(name), bytes));
        }
    }
    Ok(files)
}

/// Writes files whole: beside their place first, then renamed.
pub(super) fn save(files: &[(PathBuf, Vec<u8>)]) -> Result<(), Failure> {
    for (path, bytes) in files {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(folder)?;
            let mut builder = tempfile::Builder::new();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                builder.permissions(std::fs::Permissions::from_mode(0o666));
            }
            let mut file = builder.tempfile_in(folder)?;
            file.write_all(bytes)?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|error| Failure {
            code: ExitCode::Internal,
            message: format!("{}: {error}", path.display()),
        })?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_up_to(path, given::FILE_CAP)
}

fn read_up_to(path: &Path, cap: u64) -> Result<Vec<u8>, Failure> {
    let too_large = std::fs::metadata(path).is_ok_and(|it| it.len() > cap);
    if too_large {
        return Err(Failure::usage(format!(
            "{}: larger than {cap} bytes",
            path.display()
        )));
    }
    std::fs::read(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// A record and the digest of its file.
pub(super) fn record(path: &Path) -> Result<(Record, String), Failure> {
    let bytes = read(path)?;
    let record: Record = canonical::read(&bytes).map_err(|error| {
        Failure::usage(format!(
            "{}: no record of this version ({error})",
            path.display()
        ))
    })?;
    if record.schema != Record::SCHEMA {
        return Err(Failure::usage(format!(
            "{}: no record of this version",
            path.display()
        )));
    }
    Ok((record, canonical::sha256(&bytes)))
}

/// Every record in a folder, by name; other files of JSON, signed ones among them, are left out.
pub(super) fn records(folder: &Path) -> Result<Vec<Record>, Failure> {
    let told = |error| Failure::usage(format!("{}: {error}", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(told)?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_json = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let mut paths: Vec<PathBuf> = paths.filter(is_json).collect();
    paths.sort();
    let found: Vec<Record> = paths
        .iter()
        .filter_map(|path| Some(record(path).ok()?.0))
        .collect();
    match found.is_empty() {
        true => Err(Failure::usage(format!(
            "{}: no record in this folder",
            folder.display()
        ))),
        false => Ok(found),
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Keys of those who may sign.
pub(super) fn signers(paths: &[PathBuf]) -> Result<Signers, Failure> {
    let mut signers = Signers::default();
    for path in paths {
        let bytes = read_up_to(path, signers::FILE_CAP)?;
        let added = signers.add(&name_of(path), &bytes);
        added.map_err(|why| Failure::usage(format!("--signers {}: {why}", path.display())))?;
    }
    Ok(signers)
}

/// A file of another tool.
pub(super) fn given(path: &Path) -> Result<Taken, Failure> {
    given::take(&name_of(path), &read(path)?)
        .map_err(|why| Failure::usage(format!("--evidence {}: {why}", path.display())))
}

/// A private key.
pub(super) fn private(path: &Path) -> Result<Private, Failure> {
    let text = String::from_utf8(read(path)?).unwrap_or_default();
    Private::from_pem(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// A public key.
pub(super) fn public(path: &Path) -> Result<Public, Failure> {
    let text = String::from_utf8(read(path)?).unwrap_or_default();
    Public::from_pem(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// The bytes of a file that was signed.
pub(super) fn signed(path: &Path) -> Result<Vec<u8>, Failure> {
    read(path)
}
