//! The engine on small programs, one for each thing it must understand.

use super::*;

const LIBRARY: &str = r#"
language: python
sources:
  http:
    - read: [request.args, request.form]
    - param: {head: '\.route\('}
sanitizers:
  - {cleans: all, call: [int]}
  - {cleans: [command], call: [shlex.quote]}
guards:
  - {cleans: all, operator: [in]}
  - {cleans: all, call: ['*.isdigit']}
propagators: ['*.format', '*.join']
neutral: [len]
"#;

/// No lines.
const NONE: [usize; 0] = [];

const LOOK: &str = r#"
taint:
  kind: command
  sources: [http]
  sinks:
    - {call: [os.system, subprocess.*], args: ['0', args]}
"#;

fn lines(text: &str) -> Vec<usize> {
    let library: Library = serde_saphyr::from_str(LIBRARY).unwrap();
    let look: Look = serde_saphyr::from_str(LOOK).unwrap();
    let analyzer = Analyzer::new(&[library], &[("python", "x", look)]).unwrap();
    let analysis = analyzer.analyse(Language::Python, "a.py", text.as_bytes());
    let line = |found: &Found| text[..found.span.start].matches('\n').count() + 1;
    analysis
        .found
        .iter()
        .filter(|found| !found.is_weak)
        .map(line)
        .collect()
}

/// Wraps statements into a program with imports on the first line.
fn body(text: &str) -> Vec<usize> {
    lines(&format!(
        "import os, shlex, subprocess; from flask import request\n{text}\n"
    ))
}

#[test]
fn a_flow_is_followed_through_names_and_texts() {
    assert_eq!(body("x = request.args['a']\nos.system('ls ' + x)"), [3]);
    assert_eq!(body("x = request.args.get('a')\nos.system(f'ls {x}')"), [3]);
    assert_eq!(body("os.system('ls %s' % request.form['x'])"), [2]);
    assert_eq!(body("os.system('ls {}'.format(request.form['x']))"), [2]);
    assert_eq!(body("x = request.args\nx = 'a'\nos.system(x)"), NONE);
}

#[test]
fn what_makes_harmless_is_known() {
    assert_eq!(body("os.system('ls %d' % int(request.args['a']))"), NONE);
    assert_eq!(body("os.system(shlex.quote(request.args['a']))"), NONE);
    assert_eq!(
        body("x = request.args['a']\nif x in ('a', 'b'):\n  os.system(x)"),
        NONE
    );
    assert_eq!(
        body("x = request.args['a']\nif x not in A:\n  raise E\nos.system(x)"),
        NONE
    );
    assert_eq!(
        body("x = request.args['a']\nif x not in A:\n  log(x)\nos.system(x)"),
        [5]
    );
    assert_eq!(
        body("x = request.args['a']\nif not x.isdigit():\n  exit()\n  raise X\nos.system(x)"),
        NONE
    );
}

#[test]
fn branches_and_loops_join() {
    assert_eq!(
        body("x = 'a'\nif y:\n  x = request.args\nos.system(x)"),
        [5]
    );
    assert_eq!(
        body("x = 'a'\nif y:\n  x = request.args\n  raise E\nos.system(x)"),
        NONE
    );
    assert_eq!(
        body("x = ''\nfor a in b:\n  os.system(x)\n  x = request.args"),
        [4]
    );
    assert_eq!(body("for a in request.args:\n  os.system(a)"), [3]);
    assert_eq!(
        body("while 1:\n  x = request.args\n  break\nos.system(x)"),
        [5]
    );
}

#[test]
fn calls_inside_of_a_file_are_followed() {
    let run = "def run(a, b):\n  os.system(b)\n";
    assert_eq!(body(&format!("{run}run(1, request.args)")), [3]);
    assert_eq!(body(&format!("{run}run(request.args, 1)")), NONE);
    assert_eq!(
        body("def f(a):\n  return 'x' + a\nos.system(f(request.args))"),
        [4]
    );
    assert_eq!(
        body("def f(a):\n  return int(a)\nos.system(f(request.args))"),
        NONE
    );
    let deep = "def a(x): os.system(x)\ndef b(x): a(x)\ndef c(x): b(x)\nc(request.args)";
    assert_eq!(body(deep), [2]);
    assert_eq!(
        body(
            "class A:\n  def f(self, x):\n    os.system(x)\n  def g(self):\n    self.f(request.args)"
        ),
        [4]
    );
}

#[test]
fn parameters_of_routes_are_sources() {
    assert_eq!(body("@app.route('/<x>')\ndef f(x):\n  os.system(x)"), [4]);
    assert_eq!(body("def f(x):\n  os.system(x)"), NONE);
}

#[test]
fn containers_carry_what_is_put_in() {
    assert_eq!(
        body("a = {'k': request.args, 'l': 1}\nos.system(a['k'])"),
        [3]
    );
    assert_eq!(
        body("a = {'k': request.args, 'l': 'x'}\nos.system(a['l'])"),
        NONE
    );
    assert_eq!(
        body("a = []\na.append(request.args)\nos.system(' '.join(a))"),
        [4]
    );
    assert_eq!(body("a = []\na.append(request.args)\nos.system(a[0])"), [4]);
}

#[test]
fn hostile_files_end() {
    let deep = format!(
        "x = {}request.args{}\nos.system(x)",
        "(".repeat(3000),
        ")".repeat(3000)
    );
    let library: Library = serde_saphyr::from_str(LIBRARY).unwrap();
    let look: Look = serde_saphyr::from_str(LOOK).unwrap();
    let analyzer = Analyzer::new(&[library], &[("python", "x", look)]).unwrap();
    let analysis = analyzer.analyse(Language::Python, "a.py", deep.as_bytes());
    assert!(analysis.faults.contains(&Fault::Depth));
    let long = "x = x + request.args\n".repeat(20_000) + "os.system(x)";
    analyzer.analyse(Language::Python, "a.py", long.as_bytes());
}

#[test]
fn a_branch_that_cannot_be_taken_is_not_run() {
    let given = "x = request.args['a']\n  y = 'b'\n";
    let function = |rest: &str| body(&format!("def f():\n  {given}{rest}  os.system(y)\n"));
    assert_eq!(function("  if 7 * 18 > 200:\n    y = x\n"), NONE);
    assert_eq!(function("  if 7 * 18 < 200:\n    y = x\n"), [7]);
    assert_eq!(function("  n = 3\n  if n == 4:\n    y = x\n"), NONE);
    assert_eq!(
        function("  n = 3\n  for i in x:\n    n = n + 1\n  if n == 4:\n    y = x\n"),
        [10]
    );
}

#[test]
fn lists_and_maps_are_known_by_place() {
    let list = "a = []\na.append('b')\na.append(request.args)\n";
    assert_eq!(body(&format!("{list}os.system(a[0])")), NONE);
    assert_eq!(body(&format!("{list}os.system(a[1])")), [5]);
    let map = "a = {}\na['k'] = request.args\na['k'] = 'c'\nos.system(a.get('k'))";
    assert_eq!(body(map), NONE);
}

#[test]
fn what_a_method_keeps_reaches_the_others() {
    let class = "class A:\n  def set(self):\n    self.x = request.args\n  def run(self):\n    os.system(self.x)\n";
    assert_eq!(body(class), [6]);
}

#[test]
fn a_call_that_does_not_come_back_ends_the_flow() {
    assert_eq!(
        body("def f():\n  x = request.args\n  sys.exit(1)\n  os.system(x)"),
        NONE
    );
    let own = "def stop():\n  raise E\ndef f():\n  x = request.args\n  stop()\n  os.system(x)";
    assert_eq!(body(own), NONE);
}

#[test]
fn either_side_of_an_or_must_make_harmless() {
    let both = "x = request.args['a']\nif x == 'a' or x == 'b':\n  os.system(x)";
    assert_eq!(body(both), NONE);
    let one = "x = request.args['a']\nif x == 'a' or y:\n  os.system(x)";
    assert_eq!(body(one), [4]);
}
