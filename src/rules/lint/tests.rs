//! One test for each thing the lint refuses, with the words it uses. The base
//! rule is clean, and each test breaks it in one way.

use super::*;
use crate::rules::source::parse;

const BASE: &str = r#"provider: acme
rules:
  - id: acme-token
    title: Acme token
    severity: high
    confidence: medium
    tags: [default]
    keywords: [acme_]
    pattern: '\b(?<secret>acme_[0-9a-z]{8})\b'
    validate: acme
    entropy: 2
    context: [acme]
    not: ['^acme_0']
    why: It acts as you.
    fix: Revoke it.
    references: [https://example.com/]
    examples:
      match: ['t={{token:acme}}', 'acme_{{lower:8}}']
      no_match: ['acme_1']
"#;

fn acme(format: &str, _: &str, rng: &mut sample::Rng) -> Option<Vec<u8>> {
    let body = sample::random(b"0123456789abcdef", 8, rng);
    (format == "acme").then(|| [b"acme_", &body[..]].concat())
}

fn known() -> Known<'static> {
    Known {
        formats: Some(&["acme"]),
        rules: &["built-in"],
        partial: false,
        maker: Some(&acme),
    }
}

/// The faults of one file, without the path.
fn faults_of(text: &str) -> Vec<String> {
    let file = parse("a.yml", text).unwrap();
    let errors = lint(&[file], &known());
    let lines = errors.iter().map(|error| error.to_string());
    lines
        .map(|line| line.strip_prefix("a.yml:").unwrap().to_owned())
        .collect()
}

/// The faults of the base rule with `old` replaced by `new`.
fn faults(old: &str, new: &str) -> Vec<String> {
    assert!(BASE.contains(old), "{old}");
    faults_of(&BASE.replace(old, new))
}

/// The one fault, with the rule named in front of it.
fn fault(old: &str, new: &str) -> String {
    let mut faults = faults(old, new);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.remove(0)
}

#[test]
fn the_base_rule_is_clean() {
    assert_eq!(faults_of(BASE), [""; 0]);
}

#[test]
fn ids() {
    assert_eq!(
        fault("id: acme-token", "id: Acme_token"),
        "3:9: rule `Acme_token`: the id must be kebab case (a-z, 0-9, single hyphens) of at most 64 bytes"
    );
    assert_eq!(
        fault("provider: acme", "provider: Acme Inc"),
        "1:11: the provider must be kebab case (a-z, 0-9, single hyphens) of at most 64 bytes"
    );
    assert_eq!(
        fault("id: acme-token", "id: built-in"),
        "3:9: rule `built-in`: a built-in rule has this id: choose another, or say `replace: true`"
    );
    assert_eq!(
        faults("id: acme-token", "id: built-in\n    replace: true"),
        [""; 0]
    );
    assert_eq!(
        fault("id: acme-token", "id: acme-token\n    replace: true"),
        "3:9: rule `acme-token`: `replace: true`, but no rule has this id"
    );
}

#[test]
fn the_same_id_in_two_files() {
    let files = [parse("a.yml", BASE).unwrap(), parse("b.yml", BASE).unwrap()];
    let errors = lint(&files, &known());
    assert_eq!(errors.len(), 1);
    assert_eq!(
        errors[0].to_string(),
        "b.yml:3:9: rule `acme-token`: this id is taken by the rule at a.yml:3:9"
    );
}

#[test]
fn texts() {
    let at = "3:9: rule `acme-token`: ";
    assert_eq!(
        fault("It acts as you.", "' '"),
        format!("{at}`why` is empty")
    );
    assert_eq!(fault("Revoke it.", "''"), format!("{at}`fix` is empty"));
    assert_eq!(fault("Acme token", "''"), format!("{at}`title` is empty"));
    assert_eq!(
        fault("[https://example.com/]", "[]"),
        format!("{at}`references` is empty: name the provider's page about this credential")
    );
    assert_eq!(
        fault("https://example.com/", "http://example.com/"),
        format!("{at}a reference does not begin with https://")
    );
    assert_eq!(
        fault("[default]", "[CWE_798]"),
        format!("{at}tag `CWE_798` is not kebab case")
    );
    assert_eq!(
        fault("['acme_1']", "[]"),
        format!("{at}`examples.no_match` is empty")
    );
    assert_eq!(
        fault("['t={{token:acme}}', 'acme_{{lower:8}}']", "[]"),
        format!("{at}`examples.match` is empty")
    );
    assert_eq!(
        faults_of("provider: acme\nrules: []\n"),
        ["1:11: the file has no rules"]
    );
}

#[test]
fn limits() {
    let at = "3:9: rule `acme-token`: ";
    assert_eq!(
        fault("entropy: 2", "entropy: 9"),
        format!("{at}`entropy` is in bits per byte, from 0 to 8")
    );
    assert_eq!(
        fault(
            "context: [acme]",
            "context: [acme]\n    context_reach: 99999"
        ),
        format!("{at}`context_reach` must be from 1 to 16384")
    );
    assert_eq!(
        fault("context: [acme]", "context: [Acme]"),
        format!("{at}context word `Acme` is empty or not lower case")
    );
}

#[test]
fn patterns() {
    let at = "9:14: rule `acme-token`: ";
    assert_eq!(
        fault("[0-9a-z]{8})", "[0-9a-z]{8}"),
        format!("{at}the pattern does not parse: unclosed group")
    );
    assert_eq!(
        fault("[0-9a-z]{8})", "[0-9a-z]+)"),
        format!(
            "{at}the pattern has an unbounded repetition: write {{0,200}} or the like instead of * and +"
        )
    );
    assert_eq!(
        fault(
            "(?<secret>acme_[0-9a-z]{8})",
            "(?<secret>acme_[0-9a-z]{8}){0,1}"
        ),
        format!("{at}the pattern matches the empty text, or nothing at all")
    );
    assert_eq!(
        fault("(?<secret>", "(?<token>"),
        format!("{at}group `token` has no meaning: only `secret` does")
    );
    assert_eq!(
        fault("{8})", "{8}.{0,17000})"),
        format!("{at}a match reaches 17008 bytes from keyword `acme_`, the cap is 16384")
    );
    assert!(
        faults("acme_[0-9a-z]{8}", "acme_(?:x{1,99}){1,300}[0-9a-z]{8}").contains(&format!(
            "{at}the pattern expands to more than 40000 states: lower or un-nest its repetitions"
        ))
    );
    assert_eq!(
        fault(
            "[0-9a-z]{8})",
            "[0-9a-z]{8}(?i:[a-z]{1,9}(?-u:[^a-z]{1,99}){1,99}){1,9})"
        ),
        format!(
            "{at}the pattern compiles to more than 4194304 bytes: lower or un-nest its repetitions"
        )
    );
    let backreference = fault("^acme_0", r"^(a)\1");
    assert_eq!(
        backreference,
        "13:11: rule `acme-token`: a pattern of `not` does not parse: backreferences are not supported"
    );
}

#[test]
fn a_secret_that_may_be_empty() {
    assert_eq!(
        fault(
            "(?<secret>acme_[0-9a-z]{8})",
            "acme_(?<secret>[0-9a-z]{0,8})"
        ),
        "9:14: rule `acme-token`: group `secret` may be empty"
    );
}

#[test]
fn keywords() {
    assert_eq!(
        fault("[acme_]", "[]"),
        "3:9: rule `acme-token`: `keywords` is empty: name what every match holds"
    );
    let at = "8:16: rule `acme-token`: ";
    assert_eq!(
        fault("[acme_]", "[ac]"),
        format!("{at}keyword `ac` is shorter than 3 bytes")
    );
    assert!(
        faults("[acme_]", "[ACME_]")
            .contains(&format!("{at}keyword `ACME_` is not lower-case ASCII"))
    );
    assert_eq!(
        fault("[acme_]", "[acme_, acme_]"),
        "8:23: rule `acme-token`: keyword `acme_` is named twice"
    );
    assert_eq!(
        fault("acme_[0-9a-z]{8}", "acme.[0-9a-z]{8}"),
        format!("{at}no keyword is in every match; this one has none: \"acmebbbbbbbbb\"")
    );
    assert_eq!(
        fault("[acme_]", "[acme_, ecma_]"),
        "8:23: rule `acme-token`: keyword \"ecma_\" is in no match: remove it or mend the pattern"
    );
}

#[test]
fn names_of_others() {
    assert_eq!(
        fault("validate: acme", "validate: acne"),
        "10:15: rule `acme-token`: `validate: acne` is no known token format"
    );
    let with = |companions: &str| {
        fault(
            "    why:",
            &format!("    companions: [{companions}]\n    why:"),
        )
    };
    assert_eq!(
        with("{rule: nobody, within: 9}"),
        "14:25: rule `acme-token`: companion `nobody` does not exist"
    );
    assert_eq!(
        with("{rule: acme-token, within: 9}"),
        "14:25: rule `acme-token`: a rule cannot be its own companion"
    );
    assert_eq!(
        with("{rule: built-in, within: 0}"),
        "14:25: rule `acme-token`: `within` must be from 1 to 16384"
    );
}

#[test]
fn examples() {
    let at = "18:15: rule `acme-token`: ";
    assert_eq!(
        fault("t={{token:acme}}", "t=acme_{{digit:3}}"),
        format!("{at}match example 1 does not match the pattern")
    );
    let spelt = "match example 1 spells its secret out: write a template such as {{alnum:36}}";
    assert_eq!(
        fault("t={{token:acme}}", "t=acme_k3v9x2m7"),
        format!("{at}{spelt}")
    );
    assert_eq!(
        fault("t={{token:acme}}", "{{uuid}} acme_k3v9x2m7"),
        format!("{at}{spelt}")
    );
    assert_eq!(
        fault("t={{token:acme}}", "t={{token:other}}"),
        format!("{at}match example 1: no token format makes `other`")
    );
    assert_eq!(
        fault("'acme_1'", "'acme_{{hex}}'"),
        "19:18: rule `acme-token`: no_match example 1: template `hex` needs one length from 1 to 16384"
    );
}

#[test]
fn without_formats_and_maker_only_what_needs_them_is_left_unchecked() {
    let file = parse("a.yml", &BASE.replace("validate: acme", "validate: later")).unwrap();
    assert_eq!(lint(&[file], &Known::default()), []);
}

#[test]
fn all_faults_are_reported_in_order() {
    let broken = BASE
        .replace("Revoke it.", "''")
        .replace("[0-9a-z]{8})", "[0-9a-z]+)")
        .replace("validate: acme", "validate: acne");
    let places: Vec<_> = faults_of(&broken)
        .iter()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(places, ["3:9:", "9:14:", "10:15:"]);
}
