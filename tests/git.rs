//! The git of this machine, as every test that needs a repository starts it:
//! without the machine's configuration, always the same author, no maintenance
//! behind one's back. Only tests start git; the product never does.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

/// A program in a folder with an environment that git takes nothing from.
#[expect(
    clippy::disallowed_methods,
    reason = "tests make repositories with git and run the program"
)]
pub(crate) fn program(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(name);
    command
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// `git ARGS` in a folder, not yet started.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut git = program("git", dir);
    git.args(["-c", "gc.auto=0", "-c", "protocol.file.allow=always"])
        .args(args);
    git
}

/// Runs a command with this standard input, whatever comes of it.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may end without reading it.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    output
}

/// Runs git, which must succeed, and gives what it wrote.
pub(crate) fn git(dir: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    done(args, run(command(dir, args), input))
}

/// What a run wrote that must have succeeded.
pub(crate) fn done(args: &[&str], output: Output) -> Vec<u8> {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {errors}");
    output.stdout
}
