//! The rules that ship in the binary: the pack `build.rs` wrote, borrowed where
//! it lies and decoded on first use. `--help` and `--version` never come here.

use crate::rules::encode::Pack;
use crate::rules::sast::Library;
use std::sync::LazyLock;

/// The pack as the build wrote it.
static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.pack"));

static PACK: LazyLock<Pack> =
    LazyLock::new(|| Pack::decode(BYTES).expect("the build encoded it with the same code"));

/// The checks as the build wrote them.
static CHECK_BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/checks.pack"));

static CHECKS: LazyLock<Pack> =
    LazyLock::new(|| Pack::decode(CHECK_BYTES).expect("the build encoded it with the same code"));

/// What the code checks of each language share, as the build wrote it.
static FLOW: &str = include_str!(concat!(env!("OUT_DIR"), "/flow.json"));

/// What the code checks of each language share: sources, sanitizers, and what calls pass on.
pub fn libraries() -> Vec<Library> {
    serde_json::from_str(FLOW).expect("the build encoded it with the same types")
}

/// The built-in checks of configuration and code.
pub fn checks() -> &'static Pack {
    &CHECKS
}

/// All built-in packs.
pub fn packs() -> [&'static Pack; 2] {
    [pack(), checks()]
}

/// The built-in rules for secrets.
pub fn pack() -> &'static Pack {
    &PACK
}

/// The ids of the built-in rules, for `lint::Known` when a user's file is linted.
pub fn ids() -> Vec<&'static str> {
    let packs = packs().into_iter();
    packs
        .flat_map(|pack| pack.rules().iter().map(|rule| rule.id.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample;
    use crate::rules::sample::Kind;

    #[test]
    fn the_pack_is_whole_and_its_texts_belong_to_its_rules() {
        let pack = pack();
        assert!(pack.is_intact());
        let ids: Vec<_> = pack.rules().iter().map(|rule| rule.id).collect();
        assert!(!ids.is_empty());
        assert!(ids.iter().eq(pack.docs().iter().map(|doc| &doc.id)));
        assert!(
            ids.iter()
                .eq(pack.examples().iter().map(|examples| &examples.id))
        );
    }

    /// The proof of `rules::reach`, seen on the real patterns and samples.
    #[test]
    fn every_match_of_a_sample_lies_within_the_reach_of_its_keywords() {
        let with_patterns = pack().rules().iter().zip(pack().examples());
        for (rule, examples) in with_patterns.filter(|(rule, _)| !rule.generic) {
            let mut builder = regex::bytes::RegexBuilder::new(rule.pattern);
            let regex = builder.unicode(false).build().unwrap();
            for (index, text) in examples.matches.iter().enumerate() {
                let made = sample::expand(rule.id.0, Kind::Match, index, text, &sample::no_tokens);
                let Ok(made) = made else { continue };
                let Some(found) = regex.find(&made) else {
                    continue;
                };
                let folded = made[found.range()].to_ascii_lowercase();
                let mut held = false;
                for keyword in &rule.keywords {
                    let width = keyword.text.len();
                    for (at, window) in folded.windows(width).enumerate() {
                        if window == keyword.text.as_bytes() {
                            held = true;
                            assert!(at <= keyword.left as usize, "{}", rule.id);
                            assert!(
                                folded.len() - at - width <= keyword.right as usize,
                                "{}",
                                rule.id
                            );
                        }
                    }
                }
                assert!(
                    held,
                    "{} finds its sample {index} without a keyword",
                    rule.id
                );
            }
        }
    }
}
