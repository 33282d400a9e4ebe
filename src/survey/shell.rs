//! Commands of shell text: what is run, not what is only said. Comments, `echo`,
//! here-documents and calls for help run nothing; `|| true` and its like run a
//! command and forget how it ended. It splits text, it does not run or expand it.

/// A command as it stands in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The words from the tool on, joined by single spaces; wrappers before it are gone.
    pub words: String,
    /// What makes its failure be forgotten, in words; empty when nothing does.
    pub softened: String,
    /// The line in the text, from 0.
    pub line: usize,
}

/// Most commands that are taken from one text.
const COMMAND_CAP: usize = 5_000;

/// The commands of a text, in order.
pub fn commands(text: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    let mut until: Option<String> = None;
    let mut forgiving = "";
    while let Some((number, first)) = lines.next() {
        if let Some(end) = &until {
            if first.trim() == end {
                until = None;
            }
            continue;
        }
        let mut line = first.trim().to_owned();
        while line.ends_with('\\')
            || line.ends_with('`') && !line.contains("$(") && line.matches('`').count() == 1
        {
            line.pop();
            let Some((_, more)) = lines.next() else { break };
            line.push(' ');
            line.push_str(more.trim());
        }
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with("set +e") || line.contains("set +o errexit") {
            forgiving = "set +e";
        } else if line.starts_with("set -e") {
            forgiving = "";
        }
        until = here(&line);
        for mut command in split(&line, number) {
            if command.softened.is_empty() {
                forgiving.clone_into(&mut command.softened);
            }
            found.push(command);
            if found.len() >= COMMAND_CAP {
                return found;
            }
        }
    }
    found
}

/// The word that ends a here-document which begins on this line.
fn here(line: &str) -> Option<String> {
    let (_, after) = line.split_once("<<")?;
    let after = after.trim_start_matches(['-', '~', ' ']);
    let word: String = after
        .trim_start_matches(['"', '\'', '\\'])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_word && !after.starts_with('<')).then_some(word)
}

/// Cuts a line at `;`, `&&`, `||`, `|` and `&` outside of quotes.
fn split(line: &str, number: usize) -> Vec<Command> {
    let mut parts: Vec<(String, &str)> = Vec::new();
    let mut part = String::new();
    let mut quote = None;
    let mut chars = line.chars().peekable();
    let mut before = ' ';
    while let Some(next) = chars.next() {
        match quote {
            Some(open) => {
                if next == open {
                    quote = None;
                } else {
                    part.push(next);
                }
            }
            None => match next {
                '"' | '\'' => quote = Some(next),
                '#' if before.is_whitespace() => break,
                ';' => parts.push((std::mem::take(&mut part), ";")),
                '&' if chars.peek() == Some(&'&') => {
                    chars.next();
                    parts.push((std::mem::take(&mut part), "&&"));
                }
                '|' if chars.peek() == Some(&'|') => {
                    chars.next();
                    parts.push((std::mem::take(&mut part), "||"));
                }
                '|' => parts.push((std::mem::take(&mut part), "|")),
                '(' | ')' | '{' | '}' if before.is_whitespace() => {}
                _ => part.push(next),
            },
        }
        before = next;
    }
    parts.push((part, ""));
    let mut found = Vec::new();
    for at in 0..parts.len() {
        let words = unwrapped(&parts[at].0);
        if words.is_empty() || is_quiet(&words) {
            continue;
        }
        let next = parts.get(at + 1).map(|(text, _)| unwrapped(text));
        let next = next.unwrap_or_default();
        let forgets = match parts[at].1 {
            "||" => !next.starts_with("exit 1") && !next.starts_with("false") && is_harmless(&next),
            ";" => at + 2 == parts.len() && (next == "true" || next == "exit 0" || next == ":"),
            _ => false,
        };
        let softened = match forgets {
            true => format!("{} {}", parts[at].1, next),
            false => String::new(),
        };
        found.push(Command {
            words,
            softened,
            line: number,
        });
    }
    found
}

/// What after `||` always succeeds.
fn is_harmless(words: &str) -> bool {
    let first = words.split(' ').next().unwrap_or_default();
    matches!(first, "true" | ":" | "echo" | "printf" | "/bin/true") || words == "exit 0"
}

/// Commands that run nothing, and calls that only ask.
fn is_quiet(words: &str) -> bool {
    let mut each = words.split(' ');
    let first = each.next().unwrap_or_default();
    let asks = |word: &str| matches!(word, "--version" | "--help" | "-h" | "-V");
    let quiet = [
        "echo",
        "printf",
        "cat",
        "grep",
        "which",
        "type",
        "export",
        "cd",
        "mkdir",
        "rm",
        "cp",
        "mv",
        "ls",
        "true",
        ":",
        "exit",
        "if",
        "fi",
        "for",
        "done",
        "else",
        "test",
        "[",
        "[[",
        "chmod",
        "source",
        ".",
        "set",
        "command",
        "apt-get",
        "apt",
        "brew",
        "apk",
        "yum",
        "dnf",
        "choco",
        "snap",
        "curl",
        "wget",
        "git",
        "tar",
        "unzip",
        "sed",
        "awk",
        "head",
        "tail",
        "tee",
        "xargs-none",
        "sleep",
        "pwd",
        "touch",
        "find",
    ];
    let uploads = words.contains("/api/") || words.contains("/metrics/job/");
    (quiet.contains(&first) && !(first == "curl" && uploads) && !words.starts_with("git secrets"))
        || words.split(' ').skip(1).any(asks)
}

/// The words from the tool on: without assignments, wrappers and interpreters before it.
pub fn unwrapped(part: &str) -> String {
    let mut words: Vec<&str> = part.split_whitespace().collect();
    loop {
        let Some(&first) = words.first() else {
            return String::new();
        };
        let skip = match first {
            "sudo" | "env" | "time" | "nice" | "exec" | "then" | "do" | "else" | "!" | "if"
            | "while" | "eval" | "command" | "xvfb-run" | "ionice" | "nohup" | "-" | "@" | "+" => 1,
            "npx" | "bunx" | "pipx" | "uvx" => 1,
            "timeout" | "retry" => 2,
            _ if takes_value(first) => 2,
            _ if is_assignment(first) || first.starts_with("-") => 1,
            _ => wrapper(&words),
        };
        if skip == 0 {
            break;
        }
        words.drain(..skip.min(words.len()));
    }
    let mut joined = words.join(" ");
    for (from, to) in [
        ("./gradlew", "gradle"),
        ("./mvnw", "mvn"),
        ("gradlew", "gradle"),
        ("mvnw", "mvn"),
    ] {
        if let Some(rest) = joined.strip_prefix(from) {
            joined = format!(
                "{to}{}",
                rest.trim_start_matches(".bat").trim_start_matches(".cmd")
            );
        }
    }
    let (first, rest) = joined.split_once(' ').unwrap_or((&joined, ""));
    let first = first.trim_start_matches('@');
    let bare = match first.rsplit_once('/') {
        Some((folder, name))
            if folder.ends_with("bin")
                && !first.starts_with("bin/")
                && !first.contains("vendor/") =>
        {
            name
        }
        _ => first,
    };
    format!("{bare} {rest}").trim().to_owned()
}

/// How many words in front are another program that starts the tool.
fn wrapper(words: &[&str]) -> usize {
    match words {
        ["yarn" | "pnpm", "dlx" | "exec", ..] | ["npm", "exec", ..] => 2,
        [
            "poetry" | "uv" | "pdm" | "hatch" | "pipenv" | "rye",
            "run",
            ..,
        ] => 2,
        ["bundle", "exec", ..] | ["mise", "exec", ..] | ["direnv", "exec", ..] => 2,
        ["python" | "python3" | "py" | "python2", "-m", ..] => 2,
        ["dotnet", "tool", "run", ..] => 3,
        ["uv", "tool", "run", ..] => 3,
        ["pipx", "run", ..] => 2,
        ["run", ..] => 1,
        _ => 0,
    }
}

/// An option in front of a tool whose value is the next word.
pub(super) fn takes_value(word: &str) -> bool {
    let options = [
        "--group",
        "--with",
        "--extra",
        "--python",
        "--directory",
        "--project",
        "--filter",
        "--workspace",
        "--prefix",
        "--cwd",
        "-C",
        "--package",
    ];
    options.contains(&word)
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else {
        return false;
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        commands(text).into_iter().map(|it| it.words).collect()
    }

    #[test]
    fn only_what_runs_is_a_command() {
        let text = "# gitleaks detect\necho gitleaks detect\ngitleaks --version\ncat <<EOF\ngitleaks detect\nEOF\nmake test # semgrep\n";
        assert_eq!(words(text), ["make test"]);
        assert_eq!(words("FOO=1 sudo env npx eslint ."), ["eslint ."]);
        assert_eq!(
            words("python3 -m pytest -q && ./gradlew build"),
            ["pytest -q", "gradle build"]
        );
        assert_eq!(words("trivy image \\\n  x:1"), ["trivy image x:1"]);
        assert_eq!(words("uv run --locked --group dev tox run"), ["tox run"]);
    }

    #[test]
    fn what_forgets_a_failure_is_told() {
        let soft = |text: &str| commands(text)[0].softened.clone();
        assert_eq!(soft("gitleaks detect || true"), "|| true");
        assert_eq!(soft("gitleaks detect || echo none"), "|| echo none");
        assert_eq!(soft("gitleaks detect; exit 0"), "; exit 0");
        assert_eq!(
            commands("set +e\ngitleaks detect").last().unwrap().softened,
            "set +e"
        );
        assert_eq!(soft("gitleaks detect || exit 1"), "");
    }
}
