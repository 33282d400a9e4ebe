//! Every provider's rule in every usual place: the first sample of each rule is written as people
//! write it down, from environment files to calls, elements and prose, and must be found there,
//! by its rule or by another. What a rule knows only in a form of its own is named below.

use bowerbird::detect::generic;
use bowerbird::detect::secrets::Engine;
use bowerbird::detect::secrets::Scratch;
use bowerbird::detect::secrets::delta::Scanned;
use bowerbird::detect::secrets::resolve;
use bowerbird::examples;
use bowerbird::model::rule::Confidence;
use bowerbird::rules::encode::Examples;
use bowerbird::rules::sample::Kind;

/// A file and what stands in it: `@` is the value, `NAME`, `name`, `naMe` and `na-me` the name.
const PLACES: [(&str, &str); 32] = [
    (".env", "NAME=@\n"),
    ("run.sh", "export NAME='@'\n"),
    ("config.yaml", "service:\n  name: @\n"),
    (
        "config.json",
        "{\n  \"naMe\": \"@\",\n  \"host\": \"h\"\n}\n",
    ),
    ("config.toml", "[service]\nname = \"@\"\n"),
    ("config.ini", "[service]\nname = @\n"),
    ("config.xml", "<c><add key=\"naMe\" value=\"@\"/></c>\n"),
    ("config.xml", "<client host=\"h\" naMe=\"@\"/>\n"),
    (
        "App.java",
        "class App {\n  private static final String NAME = \"@\";\n}\n",
    ),
    ("App.java", "map.put(\"name\", \"@\");\n"),
    ("App.kt", "val naMe: String = \"@\"\n"),
    ("App.swift", "let naMe = \"@\"\n"),
    ("app.js", "const naMe = process.env.NAME || '@';\n"),
    ("app.ts", "new Client({ host: 'h', naMe: '@' });\n"),
    ("app.py", "client = Client(host=\"h\", name=\"@\")\n"),
    ("app.py", "os.environ[\"NAME\"] = \"@\"\n"),
    (
        "app.py",
        "parser.add_argument(\"--na-me\", default=\"@\")\n",
    ),
    ("app.go", "os.Setenv(\"NAME\", \"@\")\n"),
    ("App.cs", "private const string naMe = \"@\";\n"),
    ("app.rb", "config.name = '@'\n"),
    ("app.php", "define('NAME', '@');\n"),
    ("app.rs", "const NAME: &str = \"@\";\n"),
    ("run.sh", "tool --na-me @ --verbose\n"),
    ("run.sh", "docker run -e NAME=@ image\n"),
    (
        "run.sh",
        "kubectl create secret generic x --from-literal=na-me=@\n",
    ),
    ("Dockerfile", "FROM x\nENV NAME @\n"),
    (
        "main.tf",
        "variable \"name\" {\n  type    = string\n  default = \"@\"\n}\n",
    ),
    ("values.yaml", "env:\n  - name: NAME\n    value: \"@\"\n"),
    (
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    env:\n      NAME: @\n",
    ),
    ("secret.yaml", "kind: Secret\nstringData:\n  na-me: @\n"),
    ("app.py", "# name = \"@\"\n"),
    ("README.md", "Set `NAME=@` before you start.\n"),
];

/// Rules whose values mean nothing out of their own form: a pair of two values, the words of a
/// command, a line of one file, a value that is encoded by its form.
const OWN_FORM: &[&str] = &[
    "alibaba-access-key-pair",
    "aspnet-machine-key",
    "aws-key-pair",
    "aws-presigned-url",
    "curl-key-passphrase",
    "gitlab-session-cookie",
    "jenkins-crumb",
    "kubernetes-bootstrap-token-secret",
    "okta-ssws-token",
    "postfix-relay-password",
    "postgresql-pgpass",
    "reactapp-secret",
    "sidekiq-contribsys-credential",
    "user-and-password-in-words",
    "wallet-seed-phrase",
];

/// Cells of the matrix that are known to be empty: the rule and the number of the place.
const KNOWN: &[(&str, usize)] = &[
    ("bitbucket-client-secret", 22),
    ("asana-personal-access-token", 26),
    ("facebook-app-access-token", 22),
    ("godaddy-sso-key", 12),
    ("wireguard-preshared-key", 12),
];

/// A sample, taken apart.
struct Sample {
    rule: &'static str,
    words: Vec<String>,
    value: String,
    /// What must stand near for the rule to look.
    before: String,
}

/// The words of a name: `acmeApi_key` to `acme`, `api`, `key`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    let mut before = ' ';
    for c in name.chars() {
        let starts = !before.is_ascii_alphanumeric()
            || before.is_ascii_lowercase() && c.is_ascii_uppercase();
        if c.is_ascii_alphanumeric() {
            if starts || words.is_empty() {
                words.push(String::new());
            }
            let word = words.last_mut().unwrap();
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words
}

/// True for what may stand between a name and its value.
fn joins(text: &str) -> bool {
    text.chars().all(|c| " \"'`]=:>,(".contains(c))
}

/// The first sample of a rule with a value that can stand anywhere.
fn taken(engine: &Engine, rule: &Examples) -> Option<Sample> {
    let id = rule.id.0;
    let (kind, number, text) = examples::listed(rule).next()?;
    let text = examples::expand(id, kind, number, text).ok()?;
    let scanned = Scanned::whole(engine, &text, &mut Scratch::default());
    let found = scanned.matches().find(|m| {
        let of = engine.rules()[m.info.rule];
        let plain = !of.part_only && !of.generic && m.info.decoded.is_empty();
        of.id.0 == id && plain && m.info.refused.is_none()
    })?;
    let definition = engine.rules()[found.info.rule];
    let part = |range: std::ops::Range<usize>| String::from_utf8(text[range].to_vec()).ok();
    let head = part(found.span.start..found.secret.start)?;
    let tail = part(found.secret.end..found.span.end)?;
    let at = head.trim_end_matches(|c| joins(&String::from(c))).len();
    let name: String = head[..at]
        .chars()
        .rev()
        .take_while(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c))
        .collect();
    let name: String = name.chars().rev().collect();
    let before = head[..at - name.len()].trim_matches(['"', '\'', '`', ' ', '[', '{', '(', '\n']);
    let own_words = words(id.split('-').next().unwrap());
    let near = if definition.context.is_empty() {
        String::new()
    } else {
        part(0..found.span.start)?
    };
    let joined = head.is_empty() || head.ends_with(|c| joins(&String::from(c)));
    let apart = joined && !tail.starts_with(|c: char| c.is_ascii_alphanumeric());
    // A value that stands alone, one behind its name, or one that only its form makes a secret.
    let (name, value) = match (
        apart && head.trim().is_empty(),
        apart
            && name.len() > 2
            && before.is_empty()
            && joins(&tail.replace([';', '}', '<', '\n', ')'], "")),
    ) {
        (_, true) => (words(&name), part(found.secret.clone())?),
        (true, _) => (own_words, part(found.secret.clone())?),
        _ => (own_words, part(found.span.clone())?.trim().to_owned()),
    };
    let odd =
        value.contains(['"', '\'', '\\', '\n', '`']) || value.len() > 200 || !value.is_ascii();
    (kind == Kind::Match && !odd).then_some(Sample {
        rule: id,
        words: name,
        value,
        before: near,
    })
}

/// A place with a sample in it.
fn written(place: &str, sample: &Sample) -> String {
    let capital = |word: &String| word[..1].to_ascii_uppercase() + &word[1..];
    let snake = sample.words.join("_");
    let rest: String = sample.words[1..].iter().map(capital).collect();
    let near = sample.before.replace(['\n', '\r'], " ");
    let text = place
        .replace("NAME", &snake.to_ascii_uppercase())
        .replace("naMe", &(sample.words[0].clone() + &rest))
        .replace("na-me", &sample.words.join("-"))
        .replace(" name:", " \u{1}:")
        .replace("\"name\"", "\"\u{1}\"")
        .replace("name", &snake)
        .replace(
            '\u{1}',
            if place.contains("NAME") {
                "name"
            } else {
                &snake
            },
        )
        .replace('@', &sample.value);
    match near.trim() {
        "" => text,
        near => format!("# {}\n{text}", &near[..near.len().min(150)]),
    }
}

/// What is not found, and how many were looked for.
pub(crate) fn misses<'a>(
    engine: &Engine,
    rules: impl Iterator<Item = &'a Examples>,
) -> (usize, Vec<String>) {
    let (mut looked, mut missed) = (0, Vec::new());
    let samples = rules.filter_map(|rule| taken(engine, rule));
    for sample in samples.filter(|sample| !OWN_FORM.contains(&sample.rule)) {
        for (number, (path, place)) in PLACES.iter().enumerate() {
            let text = written(place, &sample);
            let scanned = Scanned::whole(engine, text.as_bytes(), &mut Scratch::default());
            let mut matches: Vec<_> = scanned.matches().cloned().collect();
            let found = resolve(engine, &mut matches).iter().any(|resolved| {
                let info = &resolved.matched.info;
                let points = info.score.as_ref().map(|score| score.points);
                let told =
                    generic::confidence_at(path, info.secret.expose(), points, info.confidence);
                let own = engine.rules()[info.rule].id.0 == sample.rule;
                info.refused.is_none() && (own || told >= Some(Confidence::Medium))
            });
            looked += 1;
            if !found && !KNOWN.contains(&(sample.rule, number)) {
                missed.push(format!("{} in place {number}", sample.rule));
            }
        }
    }
    (looked, missed)
}

#[test]
fn every_rule_finds_its_secret_in_every_usual_place() {
    let pack = bowerbird::rules::builtin::pack();
    let engine = Engine::new(pack.rules().iter().collect(), None);
    let (looked, missed) = misses(&engine, pack.examples().iter());
    assert!(looked > 24_000, "{looked}");
    assert!(
        missed.is_empty(),
        "{} of {looked}:\n{}",
        missed.len(),
        missed.join("\n")
    );
}
