//! Options of every command that scans: what is read, how, and with which rules.
//! Arguments and files become the library's plain options here; nothing below
//! this module reads the environment.

use super::Failure;
use crate::assess;
use crate::bytes::escape;
use crate::examples;
use crate::findings::baseline::Baseline;
use crate::findings::excerpt;
use crate::findings::fingerprint::FingerprintKey;
use crate::findings::fingerprint::KEY_MIN;
use crate::model::report::Run;
use crate::model::rule::Confidence;
use crate::model::rule::RuleDoc;
use crate::model::rule::RuleId;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use crate::rules::builtin;
use crate::rules::encode::Pack;
use crate::rules::lint::Known;
use crate::rules::load;
use crate::rules::load::Loaded;
use crate::rules::select::RuleSet;
use crate::rules::select::Selection;
use crate::rules::source::RuleError;
use crate::samples;
use crate::scan::Options;
use crate::scan::Outcome;
use crate::scan::Part;
use crate::scan::Sources;
use crate::token;
use clap::ValueEnum;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::path::PathBuf;

/// How much is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Tier {
    /// Rules whose findings are secrets.
    Default,
    /// Also rules whose findings someone must review: digests of passwords, public ids, bare names.
    Audit,
}

/// What is read, how, and with which rules.
#[derive(Debug, clap::Args)]
#[group(id = "input")]
pub(super) struct Args {
    /// Files, folders and git repositories; `-` is standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// What of a repository is read.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "SOURCE",
        conflicts_with = "part",
        help_heading = "What is read"
    )]
    sources: Vec<Source>,

    /// Only the history: every object of the repository, a bare one too.
    #[arg(long, conflicts_with_all = ["sources", "part"], help_heading = "What is read")]
    history: bool,

    /// Only what came into HEAD after this revision: new blobs, names and messages.
    #[arg(
        long,
        value_name = "REV",
        group = "part",
        help_heading = "What is read"
    )]
    since: Option<String>,

    /// Only what B reaches and A does not; an end left out is HEAD.
    #[arg(
        long,
        value_name = "A..B",
        group = "part",
        help_heading = "What is read"
    )]
    range: Option<String>,

    /// Only what is staged and not in HEAD, for a pre-commit hook.
    #[arg(long, group = "part", help_heading = "What is read")]
    staged: bool,

    /// Only what a push brings, told on standard input as git tells a pre-receive hook.
    #[arg(long, group = "part", help_heading = "What is read")]
    pre_receive: bool,

    /// The index that git names to hooks; `git commit -a` makes one of its own.
    #[arg(long, env = "GIT_INDEX_FILE", hide = true)]
    index_file: Option<PathBuf>,

    /// Where git keeps the objects of a push while its hooks run.
    #[arg(long, env = "GIT_QUARANTINE_PATH", hide = true)]
    quarantine: Option<PathBuf>,

    /// Read what .gitignore leaves out as well.
    #[arg(long, help_heading = "What is read")]
    no_ignore: bool,

    /// Leave out what this pattern names (the syntax of .gitignore); may be repeated.
    #[arg(long, value_name = "GLOB", help_heading = "What is read")]
    exclude: Vec<String>,

    /// Do not unpack archives.
    #[arg(long, help_heading = "What is read")]
    no_archives: bool,

    /// List larger files as not read instead of reading them, in bytes.
    #[arg(long, value_name = "BYTES", help_heading = "What is read")]
    max_file: Option<u64>,

    /// Search every object of the history whole instead of only what its delta changes.
    #[arg(long, help_heading = "What is read")]
    exhaustive: bool,

    /// Compute the id of every object of the history and list those that do not match.
    #[arg(long, help_heading = "What is read")]
    verify_objects: bool,

    /// A folder that remembers which objects were clean, so that the next run searches only what is new.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "verify_objects",
        help_heading = "What is read"
    )]
    cache: Option<PathBuf>,

    /// Rule files, or folders of them, to add to the built-in rules; may be repeated.
    #[arg(long, value_name = "PATH", help_heading = "Rules")]
    rules: Vec<PathBuf>,

    /// Run only these rules or tags.
    #[arg(long, value_delimiter = ',', value_name = "ID", help_heading = "Rules")]
    enable: Vec<String>,

    /// Which rules run: `audit` adds those that are made for a review by hand and find more than
    /// secrets.
    #[arg(
        long,
        value_enum,
        default_value = "default",
        value_name = "TIER",
        help_heading = "Rules"
    )]
    tier: Tier,

    /// Run every rule: the same as `--tier audit`.
    #[arg(long, conflicts_with = "tier", help_heading = "Rules")]
    all: bool,

    /// Do not run these rules or tags.
    #[arg(long, value_delimiter = ',', value_name = "ID", help_heading = "Rules")]
    disable: Vec<String>,

    /// What is looked for; everything by default.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "KIND",
        help_heading = "Rules"
    )]
    kinds: Vec<Kind>,

    /// What every version in the history is judged for, beside secrets: `misconfig`.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "KIND",
        conflicts_with = "staged",
        help_heading = "What is read"
    )]
    history_kinds: Vec<Kind>,

    /// Report findings of at least this confidence; lower ones are counted.
    #[arg(long, value_enum, default_value = "medium", help_heading = "Rules")]
    min_confidence: Level,

    /// Run rules of at least this severity.
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "Rules")]
    min_severity: Option<Harm>,

    /// A file with a secret key: fingerprints then follow a secret from place to place.
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    key_file: Option<PathBuf>,

    /// Findings that were looked at and let be: a file that --write-baseline wrote. Never read from what is scanned unless named here.
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    baseline: Option<PathBuf>,

    /// Tell names and e-mail addresses of the authors of commits.
    #[arg(long, help_heading = "Findings")]
    with_identities: bool,

    /// What is taken for now when something has expired: seconds since 1970. Default: SOURCE_DATE_EPOCH, else nothing is called expired.
    #[arg(
        long,
        value_name = "SECONDS",
        env = "SOURCE_DATE_EPOCH",
        help_heading = "Findings"
    )]
    now: Option<i64>,

    /// Tell on standard error what is done and how long it takes.
    #[arg(long, short)]
    pub(super) verbose: bool,

    /// Threads; default: one for each processor.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

/// A source of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Source {
    /// The files of the work tree.
    Tree,
    /// What is staged.
    Index,
    /// Every object, reachable or not.
    History,
}

/// A kind of rule on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Credentials.
    Secrets,
    /// Settings of configuration files.
    Misconfig,
    /// Insecure code.
    Sast,
}

impl From<Kind> for RuleKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Secrets => RuleKind::Secret,
            Kind::Misconfig => RuleKind::Misconfig,
            Kind::Sast => RuleKind::Sast,
        }
    }
}

/// A confidence on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Level {
    /// Everything.
    Low,
    /// At least 80 % are real.
    Medium,
    /// At least 95 % are real.
    High,
}

impl From<Level> for Confidence {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Confidence::Low,
            Level::Medium => Confidence::Medium,
            Level::High => Confidence::High,
        }
    }
}

/// A severity on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Harm {
    /// Worth knowing.
    Info,
    /// Little harm by itself.
    Low,
    /// Harm under conditions.
    Medium,
    /// Direct harm.
    High,
    /// Direct and wide harm.
    Critical,
}

impl From<Harm> for Severity {
    fn from(harm: Harm) -> Self {
        match harm {
            Harm::Info => Severity::Info,
            Harm::Low => Severity::Low,
            Harm::Medium => Severity::Medium,
            Harm::High => Severity::High,
            Harm::Critical => Severity::Critical,
        }
    }
}

/// Everything that is decided before the scan begins.
pub(super) struct Prepared {
    /// The rules that run.
    pub rules: RuleSet,
    /// What to scan and how.
    pub options: Options,
    /// Tell what is done.
    pub verbose: bool,
    packs: Vec<&'static Pack>,
    told: BTreeMap<String, String>,
}

impl Args {
    /// What is to be read.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }
}

/// Turns arguments into options and rules.
pub(super) fn prepare(args: &Args) -> Result<Prepared, Failure> {
    let mut packs = builtin::packs().to_vec();
    packs.extend(user_packs(&args.rules)?);
    let selection = Selection {
        enable: args.enable.clone(),
        disable: args.disable.clone(),
        without_audit: args.tier == Tier::Default && !args.all,
        kinds: args
            .kinds
            .iter()
            .map(|kind| RuleKind::from(*kind))
            .collect(),
        floor: args.min_severity.map(Severity::from),
    };
    let rules =
        RuleSet::new(&packs, &selection).map_err(|error| Failure::usage(error.to_string()))?;
    let mut options = options(args)?;
    options.history_settings = history_settings(args, &options, &rules)?;
    let mut told = told(args);
    if let Some(path) = &args.baseline {
        let (baseline, digest) = read_baseline(path)?;
        options.baseline = baseline;
        told.insert("baseline".to_owned(), digest);
    }
    Ok(Prepared {
        rules,
        options,
        verbose: args.verbose,
        packs,
        told,
    })
}

/// The rules of the user's files: one pack of secrets, one of checks, as far as there are any.
pub(super) fn user_packs(paths: &[PathBuf]) -> Result<Vec<&'static Pack>, Failure> {
    let fault = |errors: load::RuleErrors| Failure::usage(excerpt::quoted(&errors.to_string()));
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let (checks, secrets) = load::sort(paths).map_err(fault)?;
    let mut packs = Vec::new();
    if !secrets.is_empty() {
        packs.push(user_pack(&secrets)?);
    }
    if !checks.is_empty() {
        let made = load::checks(&checks, &builtin::ids(), &assess::is_activity).map_err(fault)?;
        packs.push(check_pack(made)?);
    }
    Ok(packs)
}

/// The checks of the user's files, proven: an unsound one is told with its file and line.
fn check_pack(loaded: Loaded) -> Result<&'static Pack, Failure> {
    let Loaded { checks, mut places } = loaded;
    let pack: &'static Pack = Box::leak(Box::new(load::check_pack(checks)));
    let proven = samples::prove(pack);
    proven.map_err(|error| match places.remove(&error.check) {
        Some((path, place)) => {
            let error = RuleError {
                path,
                place,
                rule: Some(error.check),
                message: error.message,
            };
            Failure::usage(excerpt::quoted(&error.to_string()))
        }
        None => Failure::usage(error.to_string()),
    })?;
    Ok(pack)
}

/// The rules for secrets of the user's files.
fn user_pack(paths: &[PathBuf]) -> Result<&'static Pack, Failure> {
    let formats: Vec<&str> = token::FORMATS.iter().map(|format| format.name()).collect();
    let known = Known {
        formats: Some(&formats),
        rules: &builtin::ids(),
        maker: Some(&examples::maker),
        ..Known::default()
    };
    let pack = load::load_user(paths, &known)
        .map_err(|errors| Failure::usage(excerpt::quoted(&errors.to_string())))?;
    Ok(Box::leak(Box::new(pack)))
}

fn options(args: &Args) -> Result<Options, Failure> {
    let stdin = args.paths.iter().any(|path| path.as_os_str() == "-");
    let paths = args
        .paths
        .iter()
        .filter(|path| path.as_os_str() != "-")
        .cloned()
        .collect();
    let mut options = Options::new(paths);
    options.stdin = stdin;
    if args.history || !args.sources.is_empty() {
        let named = |source| args.sources.contains(&source);
        options.sources = Sources {
            tree: named(Source::Tree),
            index: named(Source::Index),
            history: args.history || named(Source::History),
        };
        options.history_required = options.sources.history || options.sources.index;
    }
    options.part = part(args);
    if options.part.is_some() && stdin {
        return Err(Failure::usage(
            "a part of a history is read alone: leave out `-`",
        ));
    }
    options.no_ignore = args.no_ignore;
    options.excludes = args.exclude.clone();
    options.max_file = args.max_file;
    options.cache = args.cache.clone();
    options.exhaustive = args.exhaustive;
    options.store.verify = args.verify_objects;
    options.min_confidence = args.min_confidence.into();
    options.identities = args.with_identities;
    options.now = args.now;
    options.key = args.key_file.as_ref().map(key).transpose()?;
    options.jobs = args.jobs.unwrap_or_else(processors);
    if args.no_archives {
        options.archives = None;
    }
    Ok(options)
}

/// Whether every version of settings is judged.
fn history_settings(args: &Args, options: &Options, rules: &RuleSet) -> Result<bool, Failure> {
    let asked = |kind| args.history_kinds.contains(&kind);
    let fault = |why: &str| Err(Failure::usage(format!("--history-kinds {why}")));
    if asked(Kind::Sast) {
        return fault("sast: code of the history is not analysed, only that of the work tree");
    }
    if !asked(Kind::Misconfig) {
        return Ok(false);
    }
    let mut kinds = rules.rules().iter().map(|rule| rule.kind);
    if !kinds.any(|kind| kind == RuleKind::Misconfig) {
        return fault("misconfig: no check of settings runs; see --kinds and --enable");
    }
    if options.part.is_none() && !options.sources.history {
        return fault("misconfig: `--sources` leaves the history out");
    }
    Ok(true)
}

/// The part of the history that was asked for.
fn part(args: &Args) -> Option<Part> {
    if let Some(revision) = &args.since {
        return Some(Part::Since(revision.clone()));
    }
    if let Some(range) = &args.range {
        return Some(Part::Between(range.clone()));
    }
    if args.staged {
        let index = args.index_file.clone();
        return Some(Part::Staged { index });
    }
    let quarantine = args.quarantine.clone();
    args.pre_receive.then_some(Part::Received { quarantine })
}

fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn key(path: &PathBuf) -> Result<FingerprintKey, Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::usage(format!("--key-file {shown}: {error}")))?;
    FingerprintKey::new(&bytes).ok_or_else(|| {
        Failure::usage(format!(
            "--key-file {shown}: a key has at least {KEY_MIN} bytes; `openssl rand -hex 32` makes a good one"
        ))
    })
}

/// A baseline, and what it is known by in the report.
fn read_baseline(path: &Path) -> Result<(Baseline, String), Failure> {
    let shown = escape::terminal(path.as_os_str().as_encoded_bytes());
    let fault = |error: String| Failure::usage(format!("--baseline {shown}: {error}"));
    let bytes = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let baseline = Baseline::parse(&bytes).map_err(|error| fault(error.to_string()))?;
    Ok((baseline, format!("sha256:{}", hex(&Sha256::digest(&bytes)))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The options that bear on the result, for the report; those at their default are left out.
fn told(args: &Args) -> BTreeMap<String, String> {
    let list = |values: &[String]| (!values.is_empty()).then(|| values.join(","));
    let flag = |set: bool| set.then(|| "true".to_owned());
    let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let kinds: Vec<String> = args.kinds.iter().map(|kind| word(kind)).collect();
    let history_kinds = args.history_kinds.iter().map(|kind| word(kind));
    let history_kinds: Vec<String> = history_kinds.collect();
    let sources: Vec<String> = args.sources.iter().map(|source| word(source)).collect();
    [
        ("sources", list(&sources)),
        ("history", flag(args.history)),
        ("since", args.since.clone()),
        ("range", args.range.clone()),
        ("staged", flag(args.staged)),
        ("pre-receive", flag(args.pre_receive)),
        ("no-ignore", flag(args.no_ignore)),
        ("exclude", list(&args.exclude)),
        ("no-archives", flag(args.no_archives)),
        ("max-file", args.max_file.map(|bytes| bytes.to_string())),
        ("kinds", list(&kinds)),
        ("history-kinds", list(&history_kinds)),
        ("enable", list(&args.enable)),
        ("disable", list(&args.disable)),
        ("min-confidence", Some(word(&args.min_confidence))),
        (
            "min-severity",
            args.min_severity.as_ref().map(|harm| word(harm)),
        ),
        ("keyed", flag(args.key_file.is_some())),
        ("with-identities", flag(args.with_identities)),
        ("now", args.now.map(|now| now.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

impl Prepared {
    /// The texts of a rule.
    pub(super) fn doc(&self, id: &str) -> Option<&'static RuleDoc> {
        self.packs
            .iter()
            .rev()
            .find_map(|pack| pack.docs().iter().find(|doc| doc.id.0 == id))
    }

    /// The heading of a rule.
    pub(super) fn title(&self, id: RuleId) -> &'static str {
        self.doc(id.0).map_or(id.0, |doc| doc.title)
    }

    /// How this run was made.
    pub(super) fn run(&self, outcome: &Outcome) -> Run {
        let digest = self.rules.sha256();
        Run {
            tool: "bowerbird".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules_sha256: hex(&digest),
            rules: self.rules.rules().len() as u64,
            options: self.told.clone(),
            subject: outcome.subject.clone(),
        }
    }
}
