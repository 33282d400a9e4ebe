//! Reads `patterns/secrets`, `patterns/misconfig` and `patterns/activities`, refuses what is wrong with
//! file, line and column, and writes the packs the binary embeds. The work is in
//! `src/rules` and `src/evidence`, whose files are shared here by path, so that the
//! build and `bowerbird rules lint` cannot differ.

use std::path::PathBuf;
use std::process::ExitCode;

#[path = "src/bytes/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the library, which uses all of it"
)]
mod bytes;

#[path = "src/model/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the library, which uses all of it"
)]
mod model;

#[path = "src/token/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the library, which uses all of it"
)]
mod token;

/// What runs the examples of secrets. Those of checks run in the tests, so that their parsers
/// need not be built twice.
#[path = "src/detect"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared with the library, which uses all of it"
)]
mod detect {
    pub mod generic;
    pub mod prefilter;
    pub mod secrets;
    pub mod views;
}

#[path = "src/examples.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the library, which uses all of it"
)]
mod examples;

/// All of `src/rules` but the embedded pack, which this script makes, and the choice from it.
#[path = "src/rules"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the library, which uses all of it"
)]
mod rules {
    pub mod around;
    pub mod check;
    pub mod encode;
    pub mod import;
    pub mod lint;
    pub mod load;
    pub mod misconfig;
    pub mod positions;
    pub mod reach;
    pub mod sample;
    pub mod sast;
    pub mod shape;
    pub mod source;
}

/// All of `src/evidence` but the embedded checks, which this script makes.
#[path = "src/evidence"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the library, which uses all of it"
)]
mod evidence {
    pub mod activity;
    pub mod assess;
    pub mod condition;
    pub mod facts;
    pub mod lint;
    pub mod model;
    pub mod predicate;
    pub mod source;
    pub mod truth;
}

fn main() -> ExitCode {
    for path in [
        "build.rs",
        "patterns/activities",
        "src/evidence",
        "patterns/misconfig",
        "patterns/sast",
        "patterns/flow",
        "patterns/secrets",
        "src/rules",
        "src/model",
        "src/bytes",
        "src/token",
        "src/detect",
        "src/examples.rs",
        "patterns/words",
        "patterns/models",
    ] {
        println!("cargo:rerun-if-changed={path}");
    }
    let written = write_pack().and_then(|()| write_checks());
    match written
        .and_then(|()| write_activities())
        .and_then(|()| name_engine())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            report(&message);
            ExitCode::FAILURE
        }
    }
}

/// Shows the faults. Cargo passes a failed script's standard error on to the user.
#[expect(
    clippy::print_stderr,
    reason = "a build script has no other way to speak"
)]
fn report(message: &str) {
    eprintln!("{message}");
}

/// Lints the rule files, runs their examples and writes their pack to the build's output folder.
fn write_pack() -> Result<(), String> {
    let paths = [PathBuf::from("patterns/secrets")];
    let formats: Vec<&str> = token::FORMATS.iter().map(|format| format.name()).collect();
    let known = rules::lint::Known {
        formats: Some(&formats),

        maker: Some(&examples::maker),
        ..rules::lint::Known::default()
    };
    let files = rules::load::lint_paths(&paths, &known).map_err(|errors| errors.to_string())?;
    let bytes = rules::encode::encode(files).map_err(|(id, refusal)| format!("{id}: {refusal}"))?;
    let bytes: &'static [u8] = bytes.leak();
    run_examples(bytes)?;
    write("rules.pack", bytes)
}

/// Lints the checks and writes their pack to the build's output folder.
fn write_checks() -> Result<(), String> {
    let table = evidence::model::read(evidence::model::TABLE)
        .map_err(|line| format!("the model's table: line {line} is not of its form"))?;
    let activity = |id: &str| table.contains_key(id);
    let paths = [
        PathBuf::from("patterns/misconfig"),
        PathBuf::from("patterns/sast"),
    ];
    let loaded =
        rules::load::checks(&paths, &[], &activity).map_err(|errors| errors.to_string())?;
    write("checks.pack", &rules::encode::encode_checks(loaded.checks))?;
    let flow = [PathBuf::from("patterns/flow")];
    let libraries = rules::load::libraries(&flow).map_err(|errors| errors.to_string())?;
    let text = serde_json::to_string(&libraries).map_err(|error| error.to_string())?;
    write("flow.json", text.as_bytes())
}

/// Writes a file to the build's output folder.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo names the output folder in the environment only"
)]
fn write(name: &str, bytes: &[u8]) -> Result<(), String> {
    let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this by cargo")?;
    let path = PathBuf::from(out).join(name);
    std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// Names what decides what a search finds, so that nothing remembers what another engine found.
fn name_engine() -> Result<(), String> {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for folder in [
        "src/bytes",
        "src/detect",
        "src/model",
        "src/token",
        "patterns/words",
        "patterns/models",
    ] {
        for path in files_below(PathBuf::from(folder))? {
            let bytes =
                std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            hash.update(format!("{} {}\n", path.display(), bytes.len()));
            hash.update(bytes);
        }
    }
    let digits: String = hash.finalize()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    println!("cargo:rustc-env=BOWERBIRD_ENGINE={digits}");
    Ok(())
}

/// The files of a folder and those below it, sorted; none when it is not there.
fn files_below(folder: PathBuf) -> Result<Vec<PathBuf>, String> {
    let (mut files, mut todo) = (Vec::new(), vec![folder]);
    while let Some(folder) = todo.pop().filter(|folder| folder.exists()) {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                todo.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Lints the activity files, runs their examples and writes their pack to the build's output folder.
fn write_activities() -> Result<(), String> {
    let paths = [PathBuf::from("patterns/activities")];
    let table = evidence::model::read(evidence::model::TABLE)
        .map_err(|line| format!("the model's table: line {line} is not of its form"))?;
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in rules::load::find(&paths).map_err(|errors| errors.to_string())? {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
        match evidence::source::parse(&shown, &text) {
            Ok(file) => files.push(file),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(evidence::lint::lint(&files, &table));
    if !errors.is_empty() {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return Err(lines.join("\n"));
    }
    let activities = evidence::activity::join(&files, &table);
    let bytes = evidence::activity::encode(&activities).map_err(|error| error.to_string())?;
    write("activities.pack", &bytes)
}

/// Refuses a pack with an example that does not do what it promises.
fn run_examples(bytes: &'static [u8]) -> Result<(), String> {
    let pack = rules::encode::Pack::decode(bytes).map_err(|error| error.to_string())?;
    let pack: &'static rules::encode::Pack = Box::leak(Box::new(pack));
    let engine = detect::secrets::Engine::new(pack.rules().iter().collect(), None);
    let failures: Vec<String> = pack
        .examples()
        .iter()
        .flat_map(|rule| examples::run(&engine, rule))
        .map(|failure| failure.to_string())
        .collect();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("\n"))
    }
}
