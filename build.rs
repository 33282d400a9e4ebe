//! Reads `patterns/secrets`, refuses what is wrong with file, line and column,
//! and writes the one pack the binary embeds. The work is in `src/rules`, whose
//! files are shared here by path, so that the build and `bowerbird rules lint`
//! cannot differ.

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

#[path = "src/detect/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared with the library, which uses all of it"
)]
mod detect;

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
    pub mod encode;
    pub mod lint;
    pub mod load;
    pub mod reach;
    pub mod sample;
    pub mod source;
}

fn main() -> ExitCode {
    for path in [
        "build.rs",
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
    match write_pack() {
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
#[expect(
    clippy::disallowed_methods,
    reason = "cargo names the output folder in the environment only"
)]
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
    let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this by cargo")?;
    let path = PathBuf::from(out).join("rules.pack");
    std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))
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
