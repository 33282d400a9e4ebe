//! Each format against its own specification: schemas where there are some,
//! the text as people see it.

use super::render;
use super::sample::empty;
use super::sample::faulty;
use super::sample::hostile;
use super::sample::sample;
use crate::model::report::Report;
use crate::model::schema::fresh;
use crate::report::by_name;
use crate::report::json;
use crate::report::jsonl;
use crate::report::sarif::Sarif;
use crate::report::text::Text;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn reports() -> [Report; 4] {
    [sample(), empty(), hostile(), faulty()]
}

#[test]
fn a_fault_has_its_setting_and_its_flow_in_each_format() {
    for name in ["text", "json", "jsonl", "sarif", "html", "junit"] {
        let shown = render(by_name(name).unwrap(), &faulty());
        assert!(
            shown.contains("spec.containers[0].securityContext"),
            "{name}"
        );
        assert!(shown.contains("reaches the query"), "{name}");
    }
    let sarif = parse(&render(by_name("sarif").unwrap(), &faulty()));
    let steps = &sarif["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"];
    assert_eq!(steps.as_array().map(Vec::len), Some(2));
    let sast = parse(&render(by_name("gitlab-sast").unwrap(), &faulty()));
    assert_eq!(sast["vulnerabilities"].as_array().map(Vec::len), Some(1));
    let secrets = parse(&render(by_name("gitlab").unwrap(), &faulty()));
    assert_eq!(secrets["vulnerabilities"].as_array().map(Vec::len), Some(0));
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn accepts(schema: &Value, document: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors = validator.iter_errors(document);
    let errors: Vec<String> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn json_fits_its_published_schema() {
    let schema = fresh("docs/schema/report-1.json", json::schema());
    for report in reports() {
        accepts(&schema, &parse(&render(&json::Json, &report)));
    }
}

#[test]
fn each_line_fits_its_published_schema() {
    let schema = fresh("docs/schema/report-1.jsonl.json", jsonl::schema());
    for report in reports() {
        let text = render(&jsonl::JsonLines, &report);
        let records = text.lines().map(parse);
        let types: Vec<String> = records
            .inspect(|record| accepts(&schema, record))
            .map(|record| record["type"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(types[..3], ["run", "coverage", "refused"]);
        let count = |wanted: &str| types.iter().filter(|it| *it == wanted).count();
        assert_eq!(count("finding"), report.findings.len());
        assert_eq!(count("unscanned"), report.coverage.unscanned.len());
        assert_eq!(count("assessment"), report.assessments.len());
    }
}

#[test]
fn sarif_fits_the_standard() {
    let schema = fs::read_to_string(here("tests/data/sarif-schema-2.1.0.json")).unwrap();
    let mut schema = parse(&schema);
    // The standard's own pattern for a language tag is not a valid expression.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern");
    }
    for report in reports() {
        accepts(&schema, &parse(&render(&Sarif::DEFAULT, &report)));
    }
}

#[test]
fn sarif_says_what_code_scanning_needs() {
    let log = parse(&render(&Sarif::DEFAULT, &sample()));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert!(tags.contains(&Value::from("security")));
        assert!(rule["properties"]["security-severity"].is_string());
        assert!(rule["help"]["markdown"].is_string());
    }
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    }
    let history = &run["results"][2]["locations"][0];
    assert_eq!(history["logicalLocations"][0]["kind"], "commit");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let provenance = &run["versionControlProvenance"][0];
    assert_eq!(
        provenance["repositoryUri"],
        "https://example.org/acme/shop.git"
    );
    assert_eq!(run["taxonomies"][0]["taxa"][1]["id"], "798");
}

#[test]
fn sarif_splits_and_announces_what_it_leaves_out() {
    let small = Sarif {
        results_per_run: 1,
        runs: 2,
    };
    let log = parse(&render(&small, &sample()));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0]["automationDetails"]["id"], "bowerbird/");
    assert_eq!(runs[1]["automationDetails"]["id"], "bowerbird/part-2/");
    let notes = runs[1]["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("2 results are left out"), "{notes}");
}

#[test]
fn colours_and_links_only_when_asked_for() {
    let plain = render(&Text::PLAIN, &sample());
    assert!(!plain.contains('\x1b'));
    let fancy = Text {
        color: true,
        links: Some("file:///repo/"),
    };
    let text = render(&fancy, &sample());
    assert!(
        text.contains("\x1b]8;;file:///repo/deploy/prod.env\x1b\\deploy/prod.env:3:12\x1b]8;;")
    );
    assert!(text.contains("\x1b[1m"));
}

#[test]
fn the_text_as_people_see_it() {
    insta::assert_snapshot!(render(&Text::PLAIN, &sample()), @r#"
    bowerbird 0.1.0  812 rules, HEAD dddddddddddd
    3 findings in what was read: 1 critical, 1 high, 1 medium

    CRITICAL

      Forge access token  forge-token
        at      deploy/prod.env:3:12
                deploy/test.env:3:12
                docs/setup.md:118:12
                and 14 more
        line    token = "[redacted]"
        what    A forge token whose checksum is right stands in 17 places
        check   its checksum is right (offline check)
        life    since 2026-03-02 (aaaaaaaaaaaa), still in HEAD, 1,266 days, in 2 refs
        risk    Whoever reads it acts in your name.
        fix     Revoke it in the forge's settings, then rotate; history keeps deleted lines.
        see     https://example.org/rotate
        id      0123456789ab

    HIGH

      Cloud secret key  cloud-key
        at      cccccccccccc:old/config.yml:7:12
        line    token = "[redacted]"
        what    A token in source code
        check   well formed (offline check)
        fact    account: 123456789012
        life    not in HEAD, no ref reaches it
        inside  base64
        risk    Whoever reads it acts in your name.
        fix     Deactivate the key, then delete it.
        see     https://example.org/rotate
        id      0123456789ab

    MEDIUM

      Password in a configuration file  generic-password
        at      dist/app.zip!etc/app.conf:2:12
        line    token = "[redacted]"
        what    A token in source code
        risk    Whoever reads it acts in your name.
        fix     Change it and read it from a secret store.
        see     https://example.org/rotate
        id      0123456789ab

    SUPPRESSED  1 finding
      forge-token  tests/data/a.txt:1:12
        by      bowerbird:allow: made up for a test

    COVERAGE
      read 1 history.blobs, 5.1 MiB
      read 40 history.commits
      read 1,204 worktree.files, 1.7 MiB
      left out 1: git directories (read as objects)
      left out 12: the same bytes under another name
      repository shallow: no
      not read 4: limit-size (larger than the limit)
        assets/a.bin, 700.0 MiB: the limit is 512 MiB
        assets/b.bin, 700.0 MiB: the limit is 512 MiB
        assets/c.bin, 700.0 MiB: the limit is 512 MiB
        and 1 more
      not read 1: submodule (a submodule that is not checked out)
        vendor/lib

    ACTIVITIES, LEVEL 1  1 implemented, 1 unknown

      Build and Deployment
      implemented     Defined build process
                      a workflow builds each push
      unknown         Build and testing of artifacts in virtual environments
                      nothing here decides it
                      next: attest it

    Incomplete: 3 findings (1 suppressed) in what was read; 5 things were not read.
    "#);
}

#[test]
fn the_junit_as_build_servers_see_it() {
    insta::assert_snapshot!(render(by_name("junit").unwrap(), &sample()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="bowerbird">
      <testsuite name="bowerbird" tests="5" failures="3" errors="1" skipped="1">
        <testcase classname="bowerbird" name="everything was read">
          <error type="incomplete" message="Incomplete: 3 findings (1 suppressed) in what was read; 5 things were not read.">
    assets/a.bin: limit-size
    assets/b.bin: limit-size
    assets/c.bin: limit-size
    assets/d.bin: limit-size
    vendor/lib: submodule
          </error>
        </testcase>
        <testcase classname="forge-token" name="deploy/prod.env:3:12">
          <failure type="critical" message="A forge token whose checksum is right stands in 17 places">
    Forge access token
    deploy/prod.env:3:12
    deploy/test.env:3:12
    docs/setup.md:118:12
    src/api.rs:12:12
          </failure>
        </testcase>
        <testcase classname="forge-token" name="tests/data/a.txt:1:12">
          <skipped message="A token in source code"/>
        </testcase>
        <testcase classname="cloud-key" name="cccccccccccc:old/config.yml:7:12">
          <failure type="high" message="A token in source code">
    Cloud secret key
    cccccccccccc:old/config.yml:7:12
          </failure>
        </testcase>
        <testcase classname="generic-password" name="dist/app.zip!etc/app.conf:2:12">
          <failure type="medium" message="A token in source code">
    Password in a configuration file
    dist/app.zip!etc/app.conf:2:12
          </failure>
        </testcase>
      </testsuite>
      <testsuite name="activities" tests="2" failures="0" errors="0" skipped="1">
        <testcase classname="Build and Deployment" name="Defined build process"/>
        <testcase classname="Build and Deployment" name="Build and testing of artifacts in virtual environments">
          <skipped message="unknown: nothing here decides it"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn the_annotations() {
    insta::assert_snapshot!(render(by_name("github").unwrap(), &sample()), @r#"
    ::error file=deploy/prod.env,line=3,endLine=3,title=Forge access token::A forge token whose checksum is right stands in 17 places
    ::error title=Cloud secret key::A token in source code (cccccccccccc:old/config.yml:7:12)
    ::warning title=Password in a configuration file::A token in source code (dist/app.zip!etc/app.conf:2:12)
    ::warning title=bowerbird::Incomplete: 3 findings (1 suppressed) in what was read; 5 things were not read.
    "#);
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let page = render(by_name("html").unwrap(), &hostile());
    for word in [
        "<script", "<img", "<link", " src=", "url(", "@import", "<iframe",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}
