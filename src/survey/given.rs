//! Files of other tools that the user gives: SARIF, CycloneDX and SPDX, JUnit,
//! coverage, and an export of a forge's settings. Each is hashed and counted; what
//! a foreign tool says of itself is no proof, so checks take it as a part at most.

use crate::model::survey::Given;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;

/// The largest file that is taken, in bytes.
pub const FILE_CAP: u64 = 64 << 20;

/// What a file was found to be.
pub struct Taken {
    /// As it stands in the record.
    pub given: Given,
    /// Settings of the forge, by name.
    pub forge: BTreeMap<String, bool>,
}

/// Tells what a file is. `name` is only repeated.
///
/// # Errors
/// Why it is none of the formats, in one clause without content.
pub fn take(name: &str, bytes: &[u8]) -> Result<Taken, String> {
    let mut taken = match std::str::from_utf8(bytes) {
        Ok(text) if text.trim_start().starts_with('<') => xml(text)?,
        Ok(text) if text.trim_start().starts_with('{') => {
            let root = serde_json::from_str(text)
                .map_err(|error| format!("not readable as JSON, line {}", error.line()))?;
            json(&root)?
        }
        Ok(text) if text.starts_with("SPDXVersion:") => {
            plain("spdx", &["sbom"], count(text, "\nPackageName:"))
        }
        Ok(text) if text.starts_with("TN:") || text.starts_with("SF:") => {
            plain("coverage", &["coverage"], count(text, "\nSF:"))
        }
        _ => {
            return Err(
                "neither SARIF, CycloneDX, SPDX, JUnit, coverage nor an export of a forge"
                    .to_owned(),
            );
        }
    };
    name.clone_into(&mut taken.given.file);
    taken.given.sha256 = sha256(bytes);
    Ok(taken)
}

/// The digest of a file that the user gave, in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn count(text: &str, word: &str) -> u64 {
    text.matches(word).count() as u64
}

fn plain(format: &str, does: &[&str], results: u64) -> Taken {
    Taken {
        given: Given {
            does: does.iter().map(|&it| it.to_owned()).collect(),
            format: format.to_owned(),
            results,
            ..Given::default()
        },
        forge: BTreeMap::new(),
    }
}

fn xml(text: &str) -> Result<Taken, String> {
    let has = |word: &str| text.contains(word);
    if has("<testsuite") {
        let failed = count(text, "<failure") + count(text, "<error");
        return Ok(plain("junit", &["test"], failed));
    }
    if has("<coverage") || has("<report name") {
        return Ok(plain("coverage", &["coverage"], count(text, "<class ")));
    }
    if has("cyclonedx") || has("<bom") {
        return Ok(plain("cyclonedx", &["sbom"], count(text, "<component ")));
    }
    Err("XML that is neither JUnit, coverage nor CycloneDX".to_owned())
}

fn json(root: &Value) -> Result<Taken, String> {
    let size = |value: Option<&Value>| {
        value
            .and_then(Value::as_array)
            .map_or(0, |it| it.len() as u64)
    };
    if root.get("bomFormat").is_some() {
        return Ok(plain("cyclonedx", &["sbom"], size(root.get("components"))));
    }
    if root.get("spdxVersion").is_some() {
        return Ok(plain("spdx", &["sbom"], size(root.get("packages"))));
    }
    if let Some(runs) = root.get("runs").and_then(Value::as_array) {
        return Ok(sarif(runs));
    }
    if let Some(settings) = root.get("forge").and_then(Value::as_object) {
        let mut taken = plain("forge", &[], settings.len() as u64);
        for (name, value) in settings {
            if let Some(flag) = value.as_bool() {
                taken.forge.insert(name.clone(), flag);
            }
        }
        return Ok(taken);
    }
    Err("JSON that is neither SARIF, CycloneDX, SPDX nor an export of a forge".to_owned())
}

/// What a SARIF file is about, by the name of its tool.
fn sarif(runs: &[Value]) -> Taken {
    let name = runs
        .iter()
        .find_map(|run| run.pointer("/tool/driver/name")?.as_str());
    let name = name.unwrap_or_default().to_owned();
    let lower = name.to_ascii_lowercase();
    let about = [
        (
            &[
                "gitleaks",
                "trufflehog",
                "secret",
                "ggshield",
                "kingfisher",
                "bowerbird",
            ][..],
            "secret-scan",
        ),
        (
            &["trivy", "grype", "osv", "snyk", "dependency", "audit"],
            "sca",
        ),
        (
            &["checkov", "kics", "tfsec", "terrascan", "kube", "hadolint"],
            "iac-scan",
        ),
        (&["zap", "nuclei"], "dast"),
    ];
    let found = about
        .iter()
        .find(|(names, _)| names.iter().any(|it| lower.contains(it)));
    let does = found.map_or("sast", |(_, does)| does);
    let results = runs
        .iter()
        .filter_map(|run| Some(run.get("results")?.as_array()?.len() as u64));
    let mut taken = plain("sarif", &[does], results.sum());
    taken.given.tool = name.chars().filter(|c| !c.is_control()).take(60).collect();
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_and_hashed() {
        let told = |text: &str| {
            let taken = take("a", text.as_bytes()).unwrap();
            (
                taken.given.format,
                taken.given.does.join(","),
                taken.given.results,
            )
        };
        let sarif = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"gitleaks"}},"results":[{}]}]}"#;
        assert_eq!(told(sarif), ("sarif".into(), "secret-scan".into(), 1));
        assert_eq!(
            told(r#"{"bomFormat":"CycloneDX","components":[]}"#).0,
            "cyclonedx"
        );
        assert_eq!(
            told("<testsuites><testsuite><failure/></testsuite></testsuites>").2,
            1
        );
        let forge = take("f", br#"{"forge":{"requires-mfa":true,"x":1}}"#).unwrap();
        assert_eq!(forge.forge.get("requires-mfa"), Some(&true));
        assert_eq!(forge.given.sha256.len(), 64);
        assert!(
            take("x", b"{}").is_err() && take("x", b"\xff").is_err() && take("x", b"{").is_err()
        );
    }
}
