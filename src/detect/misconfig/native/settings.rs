//! Conditions on the name of a file or thing: what a path says about its use.

use crate::detect::misconfig::judge::Judge;
use crate::detect::misconfig::judge::Truth;
use crate::detect::misconfig::literal;
use crate::detect::misconfig::world::Spot;

fn truth(is: bool) -> Truth {
    match is {
        true => Truth::Yes(None),
        false => Truth::No,
    }
}

fn name<'a>(judge: &'a Judge<'_>) -> &'a str {
    &judge.world.subjects[judge.subject].name
}

/// The name of a variable or output means a secret.
pub(super) fn secret_variable(judge: &Judge<'_>) -> Truth {
    let name = name(judge).rsplit('.').next().unwrap_or_default();
    truth(literal::is_secret_name(name))
}

/// The file is one that is used, and no sample to copy.
pub(super) fn not_a_sample(judge: &Judge<'_>) -> Truth {
    let name = name(judge).to_ascii_lowercase();
    let samples = [
        "example", "sample", "template", "dist", "test", "default", "defaults", "tpl", "ci",
    ];
    truth(
        !name
            .split(['.', '-', '_'])
            .any(|part| samples.contains(&part)),
    )
}

/// A store of certificates that are trusted, which holds no key: its name says so.
pub(super) fn truststore(judge: &Judge<'_>) -> Truth {
    let name = name(judge).to_ascii_lowercase();
    truth(["trust", "cacerts"].iter().any(|word| name.contains(word)))
}

/// The settings are those of a system in use: their name says so.
pub(super) fn production(judge: &Judge<'_>) -> Truth {
    let name = name(judge).to_ascii_lowercase();
    truth(["prod", "live"].iter().any(|word| name.contains(word)))
}

/// A login in the settings of npm or Yarn.
pub(super) fn npm_token(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let found = doc.entries(judge.from.node).iter().find(|(key, node)| {
        let is_login = ["_authtoken", "_auth", "_password", "npmauthtoken"]
            .iter()
            .any(|end| key.to_ascii_lowercase().ends_with(end));
        is_login && doc.text(*node).is_some_and(literal::is_value)
    });
    match found {
        Some((_, node)) => Truth::Yes(Some(Spot {
            doc: judge.from.doc,
            node: *node,
        })),
        None => Truth::No,
    }
}

/// The server that a task's module asks is the host on which it runs.
pub(super) fn asks_itself(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let mut modules = doc.entries(judge.from.node).iter();
    truth(modules.any(|(_, module)| {
        let url = doc.text_at(*module, &["url"]).unwrap_or_default();
        let host = url.strip_prefix("https://").unwrap_or_default();
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|own| {
            let rest = host.strip_prefix(own);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        })
    }))
}

/// A parameter of a task's module means a secret. The place is the task.
pub(super) fn ansible_secret(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let modules = doc.entries(judge.from.node).iter();
    let is_secret = modules
        .filter(|(key, _)| !matches!(&**key, "vars" | "register" | "tags" | "with_items" | "loop"))
        .flat_map(|(_, node)| doc.entries(*node))
        .any(|(key, node)| {
            literal::is_secret_name(key) && doc.text(*node).is_some_and(|t| !t.is_empty())
        });
    truth(is_secret)
}
