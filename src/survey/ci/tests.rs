//! Tests of pipelines: what runs, what softens it, what leaves the question open,
//! and every way in which a name of a tool stands in a file without being run.

use crate::model::survey::Step;
use crate::model::survey::Survey;
use crate::model::survey::Trigger;
use crate::survey::files::Files;
use crate::survey::signers::Signers;
use crate::survey::survey;
use std::fs;

fn look(files: &[(&str, &str)]) -> Survey {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let full = folder.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    survey(&Files::folder(folder.path()), &[], &Signers::default())
}

fn workflow(body: &str) -> Survey {
    look(&[(".github/workflows/ci.yml", body)])
}

fn scans(survey: &Survey) -> Vec<&Step> {
    let does = |step: &&Step| step.does.iter().any(|it| it == "secret-scan");
    survey.steps.iter().filter(does).collect()
}

const HEAD: &str = "on: push\njobs:\n  scan:\n    runs-on: ubuntu-latest\n    steps:\n";

#[test]
fn a_step_that_runs_a_scanner_is_told_with_its_line() {
    let survey = workflow(&format!(
        "{HEAD}      - uses: actions/checkout@v4\n        with: {{fetch-depth: 0}}\n      - run: gitleaks detect\n"
    ));
    let steps = scans(&survey);
    assert_eq!(steps.len(), 1);
    assert!(steps[0].blocking && steps[0].full_history);
    assert_eq!(steps[0].on, [Trigger::Push]);
    assert_eq!(steps[0].spot.line, Some(8));
    assert_eq!(survey.ci_files, 1);
}

#[test]
fn a_name_that_is_only_said_is_no_step() {
    let said = [
        "      # gitleaks detect\n      - run: 'true'\n",
        "      - run: echo gitleaks detect\n",
        "      - run: |\n          # gitleaks detect\n          make\n",
        "      - run: gitleaks --version\n",
        "      - name: gitleaks detect\n        run: make\n",
        "      - run: |\n          cat <<EOF\n          gitleaks detect\n          EOF\n",
        "      - if: false\n        run: gitleaks detect\n",
        "      - if: ${{ false }}\n        run: gitleaks detect\n",
    ];
    for body in said {
        assert_eq!(
            scans(&workflow(&format!("{HEAD}{body}"))).len(),
            0,
            "{body}"
        );
    }
    let disabled = HEAD.replace("runs-on", "if: false\n    runs-on");
    assert!(
        scans(&workflow(&format!(
            "{disabled}      - run: gitleaks detect\n"
        )))
        .is_empty()
    );
    let elsewhere = [
        ("README.md", "Run `gitleaks detect`.\n"),
        (
            "examples/.github/workflows/ci.yml",
            "on: push\njobs: {a: {steps: [{run: gitleaks detect}]}}\n",
        ),
        (
            "sub/.github/workflows/ci.yml",
            "on: push\njobs: {a: {steps: [{run: gitleaks detect}]}}\n",
        ),
        ("gitleaks.sh", "gitleaks detect\n"),
    ];
    assert!(scans(&look(&elsewhere)).is_empty());
}

#[test]
fn whatever_softens_a_scanner_is_told() {
    let soft = [
        ("      - run: gitleaks detect || true\n", "|| true"),
        (
            "      - run: gitleaks detect --exit-code 0\n",
            "--exit-code 0",
        ),
        (
            "      - run: gitleaks detect\n        continue-on-error: true\n",
            "continue-on-error",
        ),
        (
            "      - run: |\n          set +e\n          gitleaks detect\n",
            "set +e",
        ),
    ];
    for (body, told) in soft {
        let survey = workflow(&format!("{HEAD}{body}"));
        let steps = scans(&survey);
        assert!(!steps[0].blocking, "{body}");
        assert_eq!(steps[0].softened, told);
    }
    let gitlab = "secrets:\n  script: [gitleaks detect]\n  allow_failure: true\n";
    let survey = look(&[(".gitlab-ci.yml", gitlab)]);
    assert_eq!(scans(&survey)[0].softened, "allow_failure");
}

#[test]
fn a_cut_checkout_before_a_history_scan_lowers_it() {
    let survey = workflow(&format!(
        "{HEAD}      - uses: actions/checkout@v4\n      - run: gitleaks detect\n"
    ));
    let steps = scans(&survey);
    assert!(!steps[0].full_history);
    assert!(steps[0].does.contains(&"lowered".to_owned()));
    let excused = workflow(&format!(
        "{HEAD}      - uses: actions/checkout@v4\n      # the nightly job reads the whole history\n      - run: gitleaks detect\n"
    ));
    assert!(!scans(&excused)[0].does.contains(&"lowered".to_owned()));
}

#[test]
fn triggers_that_never_reach_the_default_branch_do_not_count_as_a_push() {
    let on = |on: &str| {
        let survey = workflow(
            &HEAD
                .replace("on: push", on)
                .replace("steps:\n", "steps: [{run: gitleaks detect}]\n"),
        );
        scans(&survey)
            .iter()
            .flat_map(|step| step.on.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(on("on: workflow_dispatch"), [Trigger::Manual]);
    assert_eq!(on("on: {push: {tags: ['v*']}}"), [Trigger::Release]);
    assert_eq!(on("on: {push: {branches: [feature-x]}}"), []);
    assert_eq!(
        on("on: {push: {branches: [main]}, schedule: [{cron: '0 0 * * *'}]}"),
        [Trigger::Push, Trigger::Schedule]
    );
    assert_eq!(
        on("on: [push, pull_request]"),
        [Trigger::Push, Trigger::Request]
    );
}

#[test]
fn calls_are_followed_into_the_repository_and_no_further() {
    let body = format!(
        "{HEAD}      - run: make secrets\n      - run: npm run scan\n      - run: ./ci/scan.sh\n      - uses: ./.github/actions/scan\n"
    );
    let survey = look(&[
        (".github/workflows/ci.yml", &body),
        (
            "Makefile",
            "secrets: deps\n\tgitleaks detect\ndeps:\n\techo x\nother:\n\ttrufflehog git .\n",
        ),
        (
            "package.json",
            "{\"scripts\": {\"scan\": \"detect-secrets scan\", \"no\": \"talisman\"}}",
        ),
        ("ci/scan.sh", "#!/bin/sh\nggshield secret scan repo .\n"),
        (
            ".github/actions/scan/action.yml",
            "runs:\n  using: composite\n  steps:\n    - run: kingfisher scan .\n      shell: bash\n",
        ),
    ]);
    let mut tools: Vec<&str> = scans(&survey)
        .iter()
        .map(|step| step.tool.as_str())
        .collect();
    tools.sort_unstable();
    assert_eq!(
        tools,
        ["detect-secrets", "ggshield", "gitleaks", "kingfisher"]
    );
    let outside =
        workflow("on: push\njobs:\n  a:\n    uses: acme/ci/.github/workflows/all.yml@main\n");
    assert_eq!(
        outside.unread.iter().filter(|it| it.topic == "ci").count(),
        1
    );
}

#[test]
fn hostile_or_broken_pipelines_are_listed_and_leave_the_question_open() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..14 {
        let ten = vec![format!("*a{}", n - 1); 9].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{ten}]\n"));
    }
    for text in ["on: push\njobs:\n\tx: 1\n", "jobs: [", &bomb, "on: push\n"] {
        let survey = workflow(text);
        assert_eq!(survey.unread.len(), 1, "{}", &text[..12]);
        assert_eq!(survey.unread[0].topic, "ci");
    }
    let crlf = format!("\u{feff}{HEAD}      - run: gitleaks detect\n").replace('\n', "\r\n");
    assert_eq!(scans(&workflow(&crlf)).len(), 1);
    let anchored = "x: &scan {run: gitleaks detect}\non: push\njobs: {a: {steps: [*scan]}}\n";
    assert_eq!(scans(&workflow(anchored)).len(), 1);
    let twice = format!("{HEAD}      - run: make\n        run: gitleaks detect\n");
    assert_eq!(
        scans(&workflow(&twice)).len(),
        1,
        "the last key wins, as on the forge"
    );
}

#[test]
#[cfg(unix)]
fn a_linked_workflow_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        outside.path(),
        format!("{HEAD}      - run: gitleaks detect\n"),
    )
    .unwrap();
    fs::create_dir_all(folder.path().join(".github/workflows")).unwrap();
    std::os::unix::fs::symlink(
        outside.path(),
        folder.path().join(".github/workflows/ci.yml"),
    )
    .unwrap();
    let survey = survey(&Files::folder(folder.path()), &[], &Signers::default());
    assert_eq!((survey.ci_files, survey.steps.len()), (0, 0));
}

#[test]
fn every_forge_has_a_reader() {
    let cases = [
        (".gitlab-ci.yml", "a:\n  script:\n    - gitleaks detect\n"),
        (
            "Jenkinsfile",
            "pipeline { stages { stage('a') { steps { sh 'gitleaks detect' } } } }\n",
        ),
        (
            "azure-pipelines.yml",
            "steps:\n  - script: gitleaks detect\n",
        ),
        (
            ".circleci/config.yml",
            "jobs: {a: {docker: [{image: x}], steps: [{run: gitleaks detect}]}}\n",
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines: {default: [{step: {script: [gitleaks detect]}}]}\n",
        ),
        (
            ".drone.yml",
            "steps: [{name: a, image: x, commands: [gitleaks detect]}]\n",
        ),
        (
            ".woodpecker.yml",
            "steps: {a: {image: x, commands: [gitleaks detect]}}\n",
        ),
        (
            ".buildkite/pipeline.yml",
            "steps: [{command: gitleaks detect}]\n",
        ),
        (
            ".tekton/task.yaml",
            "spec: {steps: [{image: x, script: gitleaks detect}]}\n",
        ),
        (
            "cloudbuild.yaml",
            "steps: [{name: zricethezav/gitleaks, args: [detect]}]\n",
        ),
        (".travis.yml", "script: gitleaks detect\n"),
        (
            ".forgejo/workflows/a.yml",
            "on: push\njobs: {a: {steps: [{run: gitleaks detect}]}}\n",
        ),
    ];
    for (path, text) in cases {
        let survey = look(&[(path, text)]);
        assert!(!scans(&survey).is_empty(), "{path}: {survey:?}");
    }
    let library = look(&[("Jenkinsfile", "@Library('x') _\nbuildAll()\n")]);
    assert_eq!(library.unread[0].topic, "ci");
}

#[test]
fn gitlab_templates_rules_and_includes() {
    let template = look(&[(
        ".gitlab-ci.yml",
        "include:\n  - template: Jobs/Secret-Detection.gitlab-ci.yml\n",
    )]);
    assert_eq!(scans(&template).len(), 1);
    let remote = look(&[(
        ".gitlab-ci.yml",
        "include:\n  - remote: https://example.org/x.yml\na: {script: [make]}\n",
    )]);
    assert_eq!(remote.unread[0].topic, "ci");
    let local = look(&[
        (".gitlab-ci.yml", "include: /ci/a.yml\n"),
        (
            "ci/a.yml",
            ".base: {script: [gitleaks detect]}\na: {extends: .base, rules: [{if: '$CI_PIPELINE_SOURCE == \"schedule\"'}]}\n",
        ),
    ]);
    assert_eq!(scans(&local)[0].on, [Trigger::Schedule]);
    let manual = look(&[(
        ".gitlab-ci.yml",
        "a: {script: [gitleaks detect], when: manual}\n",
    )]);
    assert_eq!(scans(&manual)[0].on, [Trigger::Manual]);
}

fn does<'a>(survey: &'a Survey, word: &str) -> Vec<&'a Step> {
    let steps = survey.steps.iter();
    steps
        .filter(|step| step.does.iter().any(|it| it == word))
        .collect()
}

#[test]
fn what_is_switched_off_does_not_run() {
    let off = [
        (
            "azure-pipelines.yml",
            "steps:\n- script: gitleaks detect\n  enabled: false\n",
        ),
        (
            "azure-pipelines.yml",
            "jobs:\n- job: a\n  condition: false\n  steps:\n  - script: gitleaks detect\n",
        ),
        (
            "azure-pipelines.yml",
            "steps:\n# - task: CredScan@3\n- script: make\n",
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- task: CredScan@3\n  enabled: false\n",
        ),
        (
            ".buildkite/pipeline.yml",
            "steps:\n- command: gitleaks detect\n  skip: later\n",
        ),
        (
            ".buildkite/pipeline.yml",
            "steps:\n- command: gitleaks detect\n  if: false\n",
        ),
        (
            ".circleci/config.yml",
            "jobs:\n  scan:\n    docker: [{image: a}]\n    steps: [{run: gitleaks detect}]\nworkflows:\n  main:\n    jobs: [build]\n",
        ),
        (
            ".circleci/config.yml",
            "jobs:\n  scan:\n    docker: [{image: a}]\n    steps: [{run: gitleaks detect}]\nworkflows:\n  main:\n    when: false\n    jobs: [scan]\n",
        ),
        (
            "Jenkinsfile",
            "pipeline { stages { /* sh 'gitleaks detect' */\n stage('b') { steps { sh 'make' } } } }",
        ),
        (
            "Jenkinsfile",
            "pipeline { stages { stage('s') { when { expression { false } } steps { sh 'gitleaks detect' } }\n stage('b') { steps { sh 'make' } } } }",
        ),
        (
            ".gitlab-ci.yml",
            "scan:\n  script: [gitleaks detect]\n  when: never\n",
        ),
        (
            ".gitlab-ci.yml",
            "scan:\n  script: [gitleaks detect]\n  rules: [{when: never}]\n",
        ),
        (
            "vendor/x/azure-pipelines.yml",
            "steps:\n- script: gitleaks detect\n",
        ),
        (
            "examples/azure-pipelines.yml",
            "steps:\n- script: gitleaks detect\n",
        ),
    ];
    for (path, text) in off {
        assert_eq!(scans(&look(&[(path, text)])).len(), 0, "{path}: {text}");
    }
}

#[test]
fn what_other_servers_run_is_told() {
    let on = [
        ("azure-pipelines.yml", "steps:\n- script: gitleaks detect\n"),
        ("azure-pipelines.yml", "steps:\n- task: CredScan@3\n"),
        (
            "azure-pipelines.yml",
            "steps:\n- task: Bash@3\n  inputs: {targetType: inline, script: gitleaks detect}\n",
        ),
        (
            ".buildkite/pipeline.yml",
            "steps:\n- command: gitleaks detect\n",
        ),
        (
            ".circleci/config.yml",
            "jobs:\n  scan:\n    docker: [{image: a}]\n    steps: [{run: gitleaks detect}]\nworkflows:\n  main:\n    jobs: [scan]\n",
        ),
        (
            "Jenkinsfile",
            "pipeline { stages { stage('s') { steps { sh 'gitleaks detect' } } } }",
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n  - step:\n      script:\n      - pipe: atlassian/git-secrets-scan:0.6.1\n",
        ),
        (
            ".gitlab-ci.yml",
            "default:\n  before_script: [gitleaks detect]\nbuild:\n  script: [make]\n",
        ),
    ];
    for (path, text) in on {
        assert_eq!(scans(&look(&[(path, text)])).len(), 1, "{path}: {text}");
    }
    let soft = look(&[(
        "azure-pipelines.yml",
        "steps:\n- task: CredScan@3\n  continueOnError: true\n",
    )]);
    assert!(!scans(&soft)[0].blocking);
}

#[test]
fn a_called_workflow_runs_when_its_caller_does() {
    let called = "on: workflow_call\njobs:\n  scan:\n    runs-on: ubuntu-latest\n    steps:\n      - run: gitleaks detect\n";
    let alone = look(&[(".github/workflows/scan.yml", called)]);
    assert_eq!(scans(&alone)[0].on, [Trigger::Manual]);
    let caller =
        "on: {push: {branches: [main]}}\njobs:\n  s:\n    uses: ./.github/workflows/scan.yml\n";
    let both = look(&[
        (".github/workflows/scan.yml", called),
        (".github/workflows/ci.yml", caller),
    ]);
    assert!(scans(&both)[0].on.contains(&Trigger::Push));
}

#[test]
fn a_job_of_an_included_file_stands_in_that_file() {
    let survey = look(&[
        (".gitlab-ci.yml", "include: [{local: /ci/scan.yml}]\n"),
        ("ci/scan.yml", "scan:\n  script:\n    - gitleaks detect\n"),
    ]);
    assert_eq!(scans(&survey)[0].spot.path, "ci/scan.yml");
    assert_eq!(scans(&survey)[0].spot.line, Some(3));
}

#[test]
fn what_a_trial_deploys_is_no_deployment() {
    let job = |name: &str| {
        format!(
            "on: push\njobs:\n  {name}:\n    runs-on: ubuntu-latest\n    steps:\n      - run: kubectl apply -f x\n"
        )
    };
    assert_eq!(does(&workflow(&job("e2e-test")), "deploy").len(), 0);
    assert_eq!(does(&workflow(&job("production")), "deploy").len(), 1);
}

#[test]
fn signs_are_not_read_from_comments_manuals_and_what_others_depend_on() {
    let csp = |path: &str, text: &str| {
        let survey = look(&[(path, text)]);
        survey
            .signs
            .iter()
            .filter(|it| it.name == "header-csp")
            .count()
    };
    assert_eq!(
        csp("server.js", "app.use(helmet.contentSecurityPolicy());\n"),
        1
    );
    assert_eq!(
        csp(
            "server.js",
            "/*\napp.use(helmet.contentSecurityPolicy());\n*/\n"
        ),
        0
    );
    assert_eq!(
        csp("docs/reference/crd.yaml", "contentSecurityPolicy: x\n"),
        0
    );
    let module = |line: &str| format!("module x\n\nrequire (\n\t{line}\n)\n");
    let sign = |line: &str| look(&[("go.mod", &module(line))]).signs;
    let name = "github.com/getsentry/sentry-go v1.0.0";
    assert!(sign(name).iter().any(|it| it.name == "log-exporter"));
    let indirect = format!("{name} // indirect");
    assert!(!sign(&indirect).iter().any(|it| it.name == "log-exporter"));
}
