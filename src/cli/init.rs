//! `bowerbird init`: a policy to be filled in, and one stub of a statement for each
//! activity of level 1 that no look at the repository can decide. It never
//! overwrites a file.

use super::Failure;
use super::input;
use super::scan;
use crate::assess;
use crate::assess::Supplied;
use crate::attest;
use crate::error::ExitCode;
use crate::evidence::builtin;
use crate::model::evidence::Verdict;
use crate::survey::policy;
use std::io::Write;
use std::path::Path;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: input::Args,
    /// Stubs for unknown activities up to this level.
    #[arg(long, default_value = "1", value_name = "LEVEL")]
    level: u8,
    /// Show no progress.
    #[arg(long, short)]
    quiet: bool,
}

const POLICY: &str = "# What the owners of this repository declare; see docs/guide/check.md of bowerbird.\nversion: 1\n# team: acme/shop\n# exposure: internal            # internet, internal\n# protection: normal            # high, normal\n# limits: {critical: 7, high: 30, medium: 90}   # days until a finding is fixed\n# image-lifetime: 30            # days\n# patch-days: 14\n# records: .bowerbird/records\nattestations: {max-days: 365}\n";

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut prepared = input::prepare(&args.input)?;
    let Some(root) = prepared.options.paths.first().cloned() else {
        return Err(Failure::usage("name the folder of the repository"));
    };
    let outcome = scan::look(&mut prepared, args.quiet)?;
    let judged = assess::judge(
        &outcome,
        &prepared.rules,
        &prepared.options,
        Supplied::default(),
    );
    let Some(files) = &judged.files else {
        return Err(Failure::usage("name one folder or repository"));
    };
    let today = assess::today(files, &prepared.options);
    let mut stubs = String::from(
        "# Statements of people. Fill in `statement` and `owner`, delete what does not hold, commit.\nversion: 1\nattestations:\n",
    );
    let mut count = 0;
    let unknown = judged
        .assessments
        .iter()
        .filter(|it| it.status == Verdict::Unknown && it.level <= args.level);
    for it in unknown {
        let found = builtin::activities()
            .iter()
            .find(|activity| activity.id == it.activity);
        if let Some(activity) = found {
            count += 1;
            stubs.push_str(&attest::stub(activity, today));
        }
    }
    if count == 0 {
        stubs = "version: 1\nattestations: []\n".to_owned();
    }
    let mut out = std::io::stdout();
    for (name, text) in [(policy::PATH, POLICY), (attest::PATH, &stubs)] {
        match create(&root.join(name), text)? {
            true => writeln!(out, "wrote {name}")?,
            false => writeln!(out, "{name} is there already and was left as it is")?,
        }
    }
    writeln!(
        out,
        "{count} activities up to level {} stay unknown by a look at the repository",
        args.level
    )?;
    Ok(ExitCode::Clean)
}

/// Writes a new file; false when there is one already.
fn create(path: &Path, text: &str) -> Result<bool, Failure> {
    let fail = |error: std::io::Error| Failure {
        code: ExitCode::Internal,
        message: format!("{}: {error}", path.display()),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    match std::fs::File::create_new(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true).map_err(fail),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(fail(error)),
    }
}
