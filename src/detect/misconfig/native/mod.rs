//! Conditions that data cannot say, each a function of the thing that is judged.
//! There is one file a platform; a name here is what a check writes after `native:`.

mod dockerfile;
mod github;
mod policy;
mod secret;
mod settings;

use super::judge::Judge;
use super::judge::Truth;

/// A condition.
type Native = fn(&Judge<'_>) -> Truth;

/// All conditions by name.
const ALL: &[(&str, Native)] = &[
    ("dockerfile-ends-as-root", dockerfile::ends_as_root),
    ("dockerfile-is-service", dockerfile::is_service),
    ("unpinned-install", dockerfile::unpinned),
    ("secret-entry", secret::entry),
    ("secret-encoded", secret::encoded),
    ("github-injection", github::injection),
    ("github-environment", github::environment),
    ("github-pwn", github::pwn),
    ("github-by-pull-request", github::by_pull_request),
    ("github-releases", github::releases),
    ("github-condition", github::condition),
    ("github-uploads", github::uploads),
    ("secret-variable", settings::secret_variable),
    ("not-a-sample", settings::not_a_sample),
    ("is-truststore", settings::truststore),
    ("is-production", settings::production),
    ("npmrc-token", settings::npm_token),
    ("ansible-secret", settings::ansible_secret),
    ("asks-itself", settings::asks_itself),
    ("policy-admin", policy::admin),
    ("policy-any-principal", policy::any_principal),
    ("policy-pass-role", policy::pass_role),
    ("policy-github", policy::github),
    ("policy-no-https", policy::no_https),
    ("google-agent", policy::google_agent),
    ("secret-token", secret::token),
    ("secret-script", secret::script),
];

/// Whether there is a condition of this name, for the tests of checks.
pub fn has(name: &str) -> bool {
    ALL.iter().any(|(known, _)| *known == name)
}

/// Judges by name; a name that is not here is no condition.
pub(super) fn run(name: &str, judge: &Judge<'_>) -> Truth {
    match ALL.iter().find(|(known, _)| *known == name) {
        Some((_, native)) => native(judge),
        None => Truth::Unknown,
    }
}
