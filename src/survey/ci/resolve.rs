//! From a step's command into what it calls in the repository: scripts, targets of
//! a Makefile, scripts of `package.json`, environments of tox, hooks of
//! pre-commit. Two hops and no further; what leads out of the repository is told.

use super::Command;
use super::first_word;
use crate::survey::files::Files;
use crate::survey::shell;
use crate::survey::tree;
use serde_json::Value;
use std::collections::BTreeSet;

/// How far calls are followed.
const HOPS: usize = 2;

/// Follows commands into files.
pub(super) struct Resolver<'a> {
    files: &'a Files,
    package: Option<Value>,
    makefile: Option<(String, String)>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(files: &'a Files) -> Self {
        let package = files.text("package.json");
        let package = package.and_then(|text| serde_json::from_str(&text).ok());
        let names = ["GNUmakefile", "makefile", "Makefile"];
        let makefile = names.iter().find_map(|name| {
            let text = files.text(name)?;
            Some(((*name).to_owned(), text))
        });
        Resolver {
            files,
            package,
            makefile,
        }
    }

    /// The commands of a script and of what it calls, each with its file and line, and what leads out.
    pub(super) fn commands(
        &self,
        path: &str,
        script: &str,
    ) -> (Vec<(String, Command, String)>, Vec<String>) {
        let mut found = Vec::new();
        let mut opaque = Vec::new();
        let mut seen = BTreeSet::new();
        let mut queue: Vec<(String, String, usize, String)> =
            vec![(path.to_owned(), script.to_owned(), 0, String::new())];
        while let Some((from, text, hop, softened)) = queue.pop() {
            for mut command in shell::commands(&text) {
                if command.softened.is_empty() {
                    command.softened.clone_from(&softened);
                }
                if hop < HOPS {
                    for (target, body) in self.calls(&command.words, &mut opaque) {
                        if seen.insert((target.clone(), body.clone())) {
                            queue.push((target, body, hop + 1, command.softened.clone()));
                        }
                    }
                }
                let line = text.lines().nth(command.line).unwrap_or_default();
                found.push((from.clone(), command, line.to_owned()));
            }
        }
        (found, opaque)
    }

    /// What a command calls in the repository: the file, and the text that is run.
    fn calls(&self, words: &str, opaque: &mut Vec<String>) -> Vec<(String, String)> {
        let parts: Vec<&str> = words.split(' ').collect();
        let first = first_word(words);
        match (first, parts.get(1).copied()) {
            ("make" | "gmake" | "mingw32-make", _) => self.targets(&parts[1..]),
            ("npm" | "yarn" | "pnpm" | "bun", Some(second)) => {
                let name = match second {
                    "run" | "run-script" => parts.get(2).copied(),
                    other => Some(other),
                };
                self.package_script(name.unwrap_or_default())
            }
            ("tox", _) => self.tox(&parts[1..]),
            ("nox", _) => self.whole("noxfile.py"),
            ("pre-commit", Some("run")) => self.hooks(),
            (
                "bash" | "sh" | "zsh" | "python" | "python3" | "perl" | "ruby" | "node" | "pwsh",
                _,
            ) => {
                let script = parts[1..].iter().find(|word| !word.starts_with('-'));
                script.map(|script| self.whole(script)).unwrap_or_default()
            }
            _ if first.starts_with("./") || first.contains('/') || first.ends_with(".sh") => {
                self.whole(first)
            }
            ("library", _) => {
                opaque.push("a shared library is kept elsewhere".to_owned());
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn whole(&self, path: &str) -> Vec<(String, String)> {
        let path = path.trim_start_matches("./");
        let path = path.rsplit_once("}/").map_or(path, |(_, inside)| inside);
        let path = self.place(path);
        let path = path.as_str();
        let text = self.files.text(path);
        let text = text.map(|text| match path {
            "noxfile.py" => nox(&text),
            _ => text,
        });
        text.map(|text| (path.to_owned(), text))
            .into_iter()
            .collect()
    }

    /// The commands of the environments that are named, else of those that run by default.
    fn tox(&self, words: &[&str]) -> Vec<(String, String)> {
        let file = "tox.ini";
        let Some(text) = self.files.text(file) else {
            return Vec::new();
        };
        let mut after = words.iter().skip_while(|word| **word != "-e");
        let named = after.nth(1).copied();
        let glued = words.iter().find_map(|word| word.strip_prefix("-e"));
        let named = named.or(glued.filter(|name| !name.is_empty()));
        let named = named.filter(|names| !names.contains(['$', '{']));
        let commands = match named {
            Some(names) => tox(&text, |section| {
                names.split(',').any(|name| name == section)
            }),
            None => tox(&text, |section| is_listed(&text, section)),
        };
        vec![(file.to_owned(), commands)]
    }

    /// A path from the root, or the only file below some folder that it may mean there.
    fn place(&self, path: &str) -> String {
        if self.files.has(path) || !path.contains('.') {
            return path.to_owned();
        }
        let end = format!("/{path}");
        let mut found = self.files.paths().iter().filter(|it| it.ends_with(&end));
        match (found.next(), found.next()) {
            (Some(only), None) => only.clone(),
            _ => path.to_owned(),
        }
    }

    /// The recipes of targets and of what they need, one step deep.
    fn targets(&self, words: &[&str]) -> Vec<(String, String)> {
        let Some((name, text)) = &self.makefile else {
            return Vec::new();
        };
        let wanted: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| !word.starts_with('-') && !word.contains('='))
            .collect();
        let wanted = if wanted.is_empty() {
            vec!["all"]
        } else {
            wanted
        };
        let mut bodies = Vec::new();
        let mut needs = Vec::new();
        for target in &wanted {
            let (body, more) = recipe(text, target);
            bodies.push(body);
            needs.extend(more);
        }
        bodies.extend(needs.iter().map(|target| recipe(text, target).0));
        let body = bodies.join("");
        (!body.trim().is_empty())
            .then(|| (name.clone(), body))
            .into_iter()
            .collect()
    }

    fn package_script(&self, name: &str) -> Vec<(String, String)> {
        let scripts = self.package.as_ref().and_then(|it| it.get("scripts"));
        let named = |key: &str| scripts?.get(key)?.as_str().map(str::to_owned);
        let all = [format!("pre{name}"), name.to_owned(), format!("post{name}")];
        let body: Vec<String> = all.iter().filter_map(|key| named(key)).collect();
        match body.is_empty() {
            true => Vec::new(),
            false => vec![("package.json".to_owned(), body.join("\n"))],
        }
    }

    /// The hooks of pre-commit as commands.
    fn hooks(&self) -> Vec<(String, String)> {
        let path = ".pre-commit-config.yaml";
        let Some(text) = self.files.text(path) else {
            return Vec::new();
        };
        let documents = tree::yaml(&text).unwrap_or_default();
        let repos = documents.first().and_then(|it| it.get("repos"));
        let repos = repos.and_then(Value::as_array).cloned().unwrap_or_default();
        let hooks = repos
            .iter()
            .filter_map(|repo| repo.get("hooks")?.as_array());
        let ids: Vec<String> = hooks
            .flatten()
            .filter_map(|hook| Some(hook.get("id")?.as_str()?.to_owned()))
            .collect();
        vec![(path.to_owned(), ids.join("\n"))]
    }
}

/// The recipe of a target, and the targets it needs.
fn recipe(text: &str, target: &str) -> (String, Vec<String>) {
    let mut body = String::new();
    let mut needs = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix('\t') {
            if inside {
                body.push_str(command.trim_start_matches(['@', '-', '+']));
                if command.starts_with('-') {
                    body.push_str(" || true");
                }
                body.push('\n');
            }
            continue;
        }
        if let Some((names, after)) = line
            .split_once(':')
            .filter(|(_, after)| !after.starts_with('='))
        {
            inside = names.split_whitespace().any(|name| name == target);
            if inside {
                let after = after.split('#').next().unwrap_or_default();
                needs.extend(after.split_whitespace().map(str::to_owned));
            }
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            inside = false;
        }
    }
    (body, needs)
}

/// Whether tox runs an environment when none is named.
fn is_listed(text: &str, section: &str) -> bool {
    let list = text
        .lines()
        .skip_while(|line| !line.starts_with("envlist") && !line.starts_with("env_list"));
    let first = list.clone().take(1);
    let more = list
        .skip(1)
        .take_while(|line| line.starts_with([' ', '\t']));
    let is_name = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let mut names = first
        .chain(more)
        .flat_map(|line| line.split(|c: char| !is_name(c)));
    names.any(|name| name == section)
}

/// The commands of the sections of tox.ini that are wanted, and of the one that others inherit from.
fn tox(text: &str, wanted: impl Fn(&str) -> bool) -> String {
    let mut commands = String::new();
    let mut inside = false;
    let mut wants = false;
    for line in text.lines() {
        if let Some(section) = line.strip_prefix('[') {
            let name = section.split(']').next().unwrap_or_default();
            let name = name.strip_prefix("testenv");
            wants = name.is_some_and(|it| it.is_empty() || wanted(it.trim_start_matches(':')));
        }
        let starts = line.starts_with("commands") && wants;
        if starts || (inside && line.starts_with([' ', '\t'])) {
            inside = true;
            let command = line
                .split_once('=')
                .filter(|_| starts)
                .map_or(line, |(_, it)| it);
            let command = command.trim();
            let command = match command.split_once(':') {
                Some((factor, rest)) if !factor.contains([' ', '/', '=']) => rest.trim(),
                _ => command,
            };
            match command.strip_prefix("- ") {
                Some(soft) => commands.push_str(&format!("{soft} || true\n")),
                None => commands.push_str(&format!("{command}\n")),
            }
        } else {
            inside = false;
        }
    }
    commands
}

/// The commands of `session.run("a", "b")` in a noxfile.
fn nox(text: &str) -> String {
    let mut commands = String::new();
    for part in text.split("session.run(").skip(1) {
        let inside = part.split(')').next().unwrap_or_default();
        let words = inside.split(',').map(str::trim);
        let words: Vec<&str> = words
            .filter(|word| word.starts_with(['"', '\'']))
            .map(|word| word.trim_matches(['"', '\'']))
            .collect();
        commands.push_str(&words.join(" "));
        commands.push('\n');
    }
    commands
}
