//! No secret on any way out: reports of every format, messages, what `--verbose`
//! tells; and no report withheld because of a word that somebody uses for one.

use super::Ran;
use super::TestEnv;
use super::line;
use super::token;
use std::fs;

const FORMATS: [&str; 8] = [
    "text", "json", "jsonl", "sarif", "html", "junit", "gitlab", "github",
];

/// Scans with every report there is and gives all that was written anywhere.
fn everything(env: &TestEnv, more: &[&str]) -> (Ran, String) {
    let asked: Vec<String> = FORMATS
        .iter()
        .map(|format| format!("--report={format}={}", env.beside(format).display()))
        .collect();
    let mut args = vec!["scan", "--verbose", "--min-confidence", "low"];
    args.extend(asked.iter().map(String::as_str));
    args.extend(more);
    let ran = env.run(&args);
    let mut all = ran.text() + &ran.stderr;
    for format in FORMATS {
        all += &fs::read_to_string(env.beside(format)).unwrap_or_default();
    }
    (ran, all)
}

#[test]
fn a_secret_in_names_messages_and_reasons_is_masked_in_all_of_them() {
    let env = TestEnv::repository();
    let (one, two, three) = (token(1), token(2), token(3));
    env.write(&format!("{one}/a.txt"), line(1));
    env.write(
        "b.txt",
        format!("t = \"{two}\" # bowerbird:allow it was {three}\n"),
    );
    env.commit(&format!("use {three}"));
    env.git(&["branch", &format!("try-{two}")]);
    let (ran, all) = everything(&env, &[]);
    ran.expect(1);
    for secret in [&one, &two, &three] {
        assert!(!all.contains(secret.as_str()));
    }
    assert!(all.contains("[redacted]/a.txt"), "{all}");
    assert!(all.contains("names of files, refs"), "{all}");
}

#[test]
fn what_stands_beside_a_secret_is_not_shown() {
    let env = TestEnv::new();
    let unknown = [
        "swordfish",
        "Tr0ub4dor",
        "correct horse battery",
        "7f3a9c1e",
    ];
    let text = format!(
        "{} {} t = \"{}\" {} {}\n",
        unknown[0],
        unknown[1],
        token(1),
        unknown[2],
        unknown[3]
    );
    env.write("a.txt", text);
    let (ran, all) = everything(&env, &[]);
    ran.expect(1);
    for word in unknown {
        assert!(!all.contains(word), "{word}");
    }
}

/// `scram-sha-256` is a value that the scorer may take for a password, and a word of folders and
/// refs. Such a name is masked; nothing is withheld.
#[test]
fn a_word_that_is_somebody_s_secret_withholds_no_report() {
    let env = TestEnv::repository();
    let words = ["scram-sha-256", "private_key_1", "github-classic-token"];
    for (at, word) in words.iter().enumerate() {
        env.write(&format!("conf/{word}/{at}.txt"), line(at as u64));
        env.write(
            &format!("{at}.env"),
            format!("DB_PASSWORD=\"{word}\"\npassword: {word}\nAPI_TOKEN = '{word}'\n"),
        );
    }
    env.commit("words");
    for word in words {
        env.git(&["branch", word]);
    }
    let (ran, all) = everything(&env, &[]);
    ran.expect(1);
    assert_eq!(all.matches("withheld").count(), 0, "{}", ran.stderr);
    for format in FORMATS {
        assert!(env.beside(format).is_file(), "{format}");
    }
}

#[test]
fn errors_about_wrong_input_hold_nothing_of_it() {
    let env = TestEnv::new();
    let secret = token(5);
    env.write("a.txt", "nothing\n");
    for (name, text) in [
        ("key.yml", format!("provider: x\n{secret}: 1\nrules: []\n")),
        (
            "value.yml",
            format!("provider: x\nrules: [{{id: {secret}, severity: {secret}}}]\n"),
        ),
        ("broken.yml", format!("provider: [x\n\"{secret}\n")),
    ] {
        env.write(name, text);
        let ran = env.run(&["scan", "--rules", name, "a.txt"]);
        ran.expect(2);
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
        assert!(!ran.stderr.contains(&secret), "{name}: {}", ran.stderr);
    }
}
