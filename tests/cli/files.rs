//! Folders and files without a repository, and standard input: what is found,
//! how it is shown, and that reading nothing is never called clean.

use super::TestEnv;
use super::findings;
use super::line;
use super::places;
use super::reasons;
use super::token;
use std::io::Write as _;

#[test]
fn one_secret_as_text() {
    let env = TestEnv::new();
    env.write("src/config.py", format!("import os\n{}", line(1)));
    let ran = env.run(&["scan", "."]);
    ran.expect(1);
    assert_eq!(ran.stderr, "");
    let mut text = ran.text().replace(env!("CARGO_PKG_VERSION"), "[version]");
    let rules = text.lines().next().unwrap().to_owned();
    text = text.replacen(&rules, "bowerbird [version]  [n] rules", 1);
    let (code, checks) = text.split_once("analysed by ").unwrap();
    let (_, rest) = checks.split_once(' ').unwrap();
    text = format!("{code}analysed by [n] {rest}");
    insta::assert_snapshot!(text, @r#"
    bowerbird [version]  [n] rules
    1 finding: 1 critical

    CRITICAL

      GitHub classic personal access token  github-classic-token
        at      src/config.py:2:10
        line    token = "[redacted]"
        check   its checksum is right (offline check)
        fact    kind: personal access token
        risk    Anyone who reads it acts as the user in every repository the token may reach.
        fix     Delete it in Settings > Developer settings > Personal access tokens and make a new one; deleting the line is not enough, history keeps it.
        see     https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
        id      733b7282efdb

    COVERAGE
      read 1 worktree.files, 61 B
      code in Python: 2 of 2 lines and 1 of 1 file analysed by [n] checks

    Complete: 1 finding, everything was read.
    "#);
}

#[test]
fn a_clean_folder_is_clean_and_an_empty_one_is_not() {
    let env = TestEnv::new();
    let report = env.scan(3);
    assert_eq!(findings(&report), 0);
    let ran = env.run(&["scan", "."]);
    assert!(ran.text().contains("nothing was read"), "{}", ran.text());
    env.write("a.txt", "nothing to see\n");
    let report = env.scan(0);
    assert_eq!(report["complete"], true);
}

#[test]
fn only_ignored_files_are_not_clean() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    env.run(&["scan", "--exclude", "*", "."]).expect(3);
}

#[test]
fn quiet_says_nothing_of_a_clean_folder() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing to see\n");
    let ran = env.run(&["scan", "--quiet", "."]);
    ran.expect(0);
    assert_eq!(ran.text(), "");
    let ran = env.run(&["scan", "--quiet", "--report", "json", "."]);
    assert_eq!(ran.json(0)["complete"], true);
}

#[test]
fn the_exit_code_follows_what_was_asked() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    env.run(&["scan", "."]).expect(1);
    env.run(&["scan", "--exit-zero", "."]).expect(0);
    let both = "github-classic-token,generic-token";
    env.run(&["scan", "--disable", both, "."]).expect(0);
}

#[test]
fn standard_input_is_scanned() {
    let env = TestEnv::new();
    let report = env
        .run_with(&["scan", "--report", "json", "-"], line(1).as_bytes())
        .json(1);
    assert_eq!(places(&report), ["stdin"]);
    env.run_with(&["scan", "-"], b"nothing\n").expect(0);
}

/// A pipe whose other end failed gives nothing: that is not clean.
#[test]
fn an_empty_standard_input_is_incomplete() {
    let env = TestEnv::new();
    let report = env.run_with(&["scan", "-r", "json", "-"], b"").json(3);
    assert_eq!(reasons(&report), ["missing"]);
    env.write("a.txt", "nothing\n");
    env.run_with(&["scan", "-", "a.txt"], b"").expect(3);
}

#[test]
fn archives_that_are_left_packed_are_counted() {
    let env = TestEnv::new();
    env.write("a.zip", zip("config.txt", line(1).as_bytes()));
    let report = env.run(&["scan", "--no-archives", "-r", "json"]).json(0);
    assert_eq!(report["coverage"]["excluded"]["archive"], 1);
    let text = env.run(&["scan", "--no-archives"]).text();
    assert!(text.contains("left out 1: archives not unpacked"), "{text}");
}

#[test]
fn what_was_refused_is_told() {
    let env = TestEnv::new();
    let dummy = format!("ghp_{}", "x".repeat(36));
    let wrong = token(1).replace("ghp_", "ghp_Z");
    env.write(
        "a.txt",
        format!("a = \"{dummy}\"\nb = \"{}\"\n", &wrong[..40]),
    );
    let text = env.run(&["scan"]).text();
    assert!(text.contains("refused 1: placeholders"), "{text}");
    assert!(text.contains("refused 1: their checksum"), "{text}");
    let html = env.run(&["scan", "-r", "html"]).text();
    assert!(html.contains("Looked at and refused"), "{html}");
}

#[test]
fn several_paths_are_told_apart() {
    let env = TestEnv::new();
    env.write("one/a.txt", line(1));
    env.write("two/a.txt", line(2));
    let report = env.run(&["scan", "--report", "json", "one", "two"]).json(1);
    assert_eq!(places(&report), ["file:one/a.txt", "file:two/a.txt"]);
}

#[test]
fn the_same_path_twice_is_read_once() {
    let env = TestEnv::new();
    env.write("one/a.txt", line(1));
    let report = env.run(&["scan", "--report", "json", "one", "one"]).json(1);
    assert_eq!(places(&report), ["file:one/a.txt"]);
}

#[test]
fn a_comment_suppresses_and_is_told() {
    let env = TestEnv::new();
    env.write(
        "a.py",
        format!("t = \"{}\"  # bowerbird:allow a test\n", token(1)),
    );
    let report = env.scan(0);
    assert_eq!(report["findings"][0]["status"], "suppressed");
    let text = env.run(&["scan", "."]).text();
    assert!(text.contains("SUPPRESSED"), "{text}");
    env.write("b.py", line(2));
    env.run(&["scan", "."]).expect(1);
}

#[test]
fn utf_16_is_read() {
    let env = TestEnv::new();
    for (name, mark) in [("marked.txt", "\u{feff}"), ("plain.txt", "")] {
        let text = format!("{mark}a line before\n{}", line(1));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        env.write(name, bytes);
    }
    let report = env.scan(1);
    assert_eq!(places(&report), ["file:marked.txt", "file:plain.txt"]);
    assert_eq!(
        report["findings"][0]["locations"][0]["region"]["start_line"],
        2
    );
}

fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    out.start_file(name, options).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap().into_inner()
}

#[test]
fn an_archive_in_an_archive_is_read() {
    let env = TestEnv::new();
    let inner = zip("config.txt", line(1).as_bytes());
    env.write("outer.zip", zip("lib/inner.zip", &inner));
    let report = env.scan(1);
    assert_eq!(findings(&report), 1);
    let text = env.run(&["scan", "."]).text();
    assert!(
        text.contains("inner.zip") && text.contains("config.txt"),
        "{text}"
    );
}

#[test]
fn a_damaged_archive_is_named() {
    let env = TestEnv::new();
    let whole = zip("config.txt", line(1).as_bytes());
    env.write("cut.zip", &whole[..whole.len() / 2]);
    env.write("a.txt", line(2));
    let report = env.scan(3);
    assert_eq!(
        places(&report)
            .iter()
            .filter(|p| *p == "file:a.txt")
            .count(),
        1
    );
    assert!(!reasons(&report).is_empty());
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_counted_and_not_followed() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    std::fs::write(env.beside("outside.txt"), line(1)).unwrap();
    std::os::unix::fs::symlink("../outside.txt", env.dir.join("link")).unwrap();
    std::os::unix::fs::symlink("loop", env.dir.join("loop")).unwrap();
    let report = env.scan(0);
    assert_eq!(findings(&report), 0);
    assert_eq!(report["coverage"]["excluded"]["link-outside"], 1);
    assert_eq!(report["coverage"]["excluded"]["link-inside"], 1);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_utf_8_or_steer_a_terminal_are_shown_safely() {
    use std::os::unix::ffi::OsStrExt as _;
    let env = TestEnv::new();
    for name in [
        &b"a\xff.txt"[..],
        b"\x1b]0;x\x07.txt",
        b"-o.txt",
        b"a\nb.txt",
    ] {
        let path = env.dir.join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(path, line(1)).unwrap();
    }
    let report = env.scan(1);
    assert_eq!(places(&report).len(), 4);
    let ran = env.run(&["scan", "."]);
    let shown = |byte: &u8| *byte == b'\n' || *byte >= b' ';
    assert!(ran.stdout.iter().all(shown), "{:?}", ran.text());
}

#[test]
fn settings_too_large_to_be_judged_are_listed() {
    let env = TestEnv::new();
    let mut text = "resource \"aws_s3_bucket\" \"a\" {}\n".to_owned();
    text += &"# padding\n".repeat(1_800_000);
    env.write("main.tf", text);
    let report = env.scan(3);
    let missed = &report["coverage"]["unscanned"][0];
    assert_eq!(missed["what"], "main.tf");
    assert_eq!(missed["reason"], "limit-size");
}

#[test]
fn files_that_address_other_tools_are_not_obeyed() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    for name in [
        ".ignore",
        ".rgignore",
        ".bowerbirdignore",
        ".gitleaksignore",
    ] {
        env.write(name, "*\n");
    }
    assert_eq!(findings(&env.scan(1)), 1);
}

#[test]
fn a_row_of_headers_without_their_ends_costs_no_square() {
    let env = TestEnv::new();
    let hostile = [
        "-----BEGIN PRIVATE KEY-----\n".repeat(20_000),
        "password=\"".repeat(20_000),
    ];
    env.write("a.txt", hostile.concat() + &line(1));
    assert_eq!(findings(&env.scan(1)), 1);
}

#[test]
fn a_repository_without_anything_in_it_is_not_clean() {
    let env = TestEnv::repository();
    assert_eq!(env.scan(3)["complete"], false);
}
