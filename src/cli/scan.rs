//! Temporary. Temporary.
use super::Failure;
use crate::error::ExitCode;
use std::path::PathBuf;
/// x
#[derive(Debug, clap::Args)]
pub struct Args {
    path: PathBuf,
    #[arg(long)]
    exhaustive: bool,
}
pub(super) fn run(args: Args) -> Result<ExitCode, Failure> {
    let engine = crate::detect::secrets::Engine::new(
        crate::rules::builtin::pack().rules().iter().collect(),
        None,
    );
    let (c, cov, searched, cand) = crate::scan::history(&engine, &args.path, args.exhaustive);
    let (g, r) = c.into_gathered();
    use std::io::Write;
    let mut o = std::io::stdout().lock();
    writeln!(
        o,
        "{:?}\nblobs {:?} trees {:?} commits {:?}\nsearched {searched} candidates {cand} compiled {}",
        cov.unscanned_total,
        cov.blobs,
        cov.trees,
        cov.commits,
        engine.compiled_rules()
    )?;
    for x in &g {
        writeln!(
            o,
            "{} {:?} {} places, first {:?}",
            x.known.rule.id,
            x.known.validity,
            x.seen.len(),
            x.seen
                .first()
                .map(|s| (&s.location.origin, s.location.span))
        )?;
    }
    writeln!(o, "{r:?}")?;
    Ok(ExitCode::Clean)
}
