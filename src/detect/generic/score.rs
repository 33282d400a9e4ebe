//! The scorer: a sum of integer weights over the features that hold, so that
//! every judgement can be explained by its largest terms. Weights and
//! thresholds are data, fitted by `tests/training/train.py`; nothing here learns.

use super::around;
use super::calls;
use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Syntax;
use super::commands;
use super::features;
use super::features::Active;
use super::name;
use super::name::Name;
use super::place;
use super::refuse;
use super::refuse::Refusal;
use super::shape::Class;
use super::shape::Shape;
use crate::model::rule::Confidence;
use std::sync::LazyLock;

/// What the scorer says of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Log-odds that the value is a secret, times 100.
    pub score: i32,
    /// The same as a probability, in thousandths.
    pub probability_permille: u16,
    /// The features that moved the score most, largest first; unused places hold an empty name.
    pub features: [(&'static str, i32); 5],
}

/// Weights and thresholds, as read from the model file.
struct Model {
    bias: i32,
    high: i32,
    medium: i32,
    low: i32,
    weights: Vec<i32>,
}

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::read(include_str!("../../../patterns/models/generic-secrets.tsv")));

impl Model {
    /// Reads `name TAB weight` lines that stand in the order of the features; features without a line weigh nothing.
    fn read(text: &str) -> Model {
        let mut model = Model {
            bias: 0,
            high: i32::MAX,
            medium: i32::MAX,
            low: i32::MAX,
            weights: vec![0; features::COUNT],
        };
        let mut next = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, number)) = line.split_once('\t') else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            match name {
                "bias" => model.bias = number,
                "high" => model.high = number,
                "medium" => model.medium = number,
                "low" => model.low = number,
                _ => {
                    if let Some(found) = features::NAMES[next..].iter().position(|n| n == name) {
                        next += found;
                        model.weights[next] = number;
                    }
                }
            }
        }
        model
    }
}

/// Judges a candidate, or says why it is refused outright.
///
/// Reads 160 bytes before the name and 24 behind the value, at most.
pub fn judge(bytes: &[u8], candidate: &Candidate) -> Result<Judgement, Refusal> {
    if let Some(refusal) = refuse::refusal(bytes, candidate) {
        return Err(refusal);
    }
    let active = features::active(bytes, candidate);
    let learnt = MODEL.bias + active.ids().map(|id| MODEL.weights[id]).sum::<i32>();
    let name = Name::of(bytes.get(candidate.name.clone()).unwrap_or_default());
    let shape = Shape::of(bytes.get(candidate.value.clone()).unwrap_or_default());
    let score = learnt + grammar(bytes, candidate, &name, &shape);
    let code = candidate.quote == Quote::None
        && bytes[candidate.value.clone()]
            .iter()
            .any(|b| b"(){};".contains(b));
    let score = if is_evident(&name, &shape) && !code {
        score.max(EVIDENT)
    } else {
        score
    };
    let value = bytes.get(candidate.value.clone()).unwrap_or_default();
    let sampled = around::is_commented(bytes, candidate) && place::is_guessable(value);
    let score = if sampled { score - COMMENTED } else { score };
    let score = if around::is_documented(bytes, candidate) {
        score.min(DOCUMENTED)
    } else {
        score
    };
    let score = if name.is_sensitive() || name.last & name::KEY == 0 {
        score
    } else {
        score.min(JUST_MEDIUM)
    };
    Ok(Judgement {
        score,
        probability_permille: probability(score),
        features: largest(&active),
    })
}

/// What the grammar of an HTTP header adds: `Bearer` and `Basic` announce nothing but a
/// credential (RFC 6750, RFC 7617), so a long value with digits needs no name to be one. Headers
/// are too rare in the training set to be learnt.
fn grammar(bytes: &[u8], candidate: &Candidate, name: &Name, shape: &Shape) -> i32 {
    const HEADER: i32 = 260;
    const NOISE: i32 = 100;
    const CONNECTS: i32 = 120;
    let value = bytes.get(candidate.value.clone()).unwrap_or_default();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let announced = candidate.syntax == Syntax::Header && value.len() >= 20 && digits >= 2;
    if announced {
        HEADER
    } else if takes_third(bytes, candidate) {
        CONNECTS
    } else if is_noise(name, shape) {
        NOISE
    } else {
        0
    }
}

/// What a value that anybody could guess loses in a comment, where it is a sample more often than not.
const COMMENTED: i32 = 150;
/// The most that a value gets in a comment that explains code or settings to their users: of low confidence.
const DOCUMENTED: i32 = -41;
/// The most that the key of something unknown (`acme_key`) gets: as often an identifier as a secret.
const JUST_MEDIUM: i32 = 100;
/// The least score of a value that is evidently made by a machine, beside a plain name of a secret:
/// of medium confidence where nothing speaks against it.
const EVIDENT: i32 = 70;

/// True for a value that no person made up, beside a name that says nothing but that it is a
/// secret. In maps, elements and calls such pairs are too rare in the training set to be learnt.
pub(super) fn is_evident(name: &Name, shape: &Shape) -> bool {
    let other = name::FLOW | name::HASH | name::PUBLIC | name::SALT | name::TEST;
    let secret = name::TOKEN | name::SECRET | name::APIKEY | name::PASS | name::CRED;
    if name.groups & other != 0 || name.last & (secret | name::KEY) == 0 || shape.spaces > 0 {
        return false;
    }
    let sure = name.last & secret != 0;
    if name.last & name::PASS != 0 && is_strong(shape) {
        return true;
    }
    let cased = shape.lower > 1 && shape.upper > 1 && shape.digits > 1;
    match shape.class {
        Class::Hex => shape.length >= 32 || sure && shape.length >= 16 && shape.distinct > 8,
        Class::Uuid => name.words > 1 || name.last & name::APIKEY != 0,
        Class::RandomLong | Class::Base64 => {
            cased && shape.digits > 2 && shape.entropy >= 350 || sure && is_mingled(shape)
        }
        Class::RandomShort => sure && cased && shape.length >= 9,
        Class::WordsMixed | Class::Odd => {
            sure && cased && shape.classes() == 4 && (10..=40).contains(&shape.length)
        }
        _ => false,
    }
}

/// True for letters whose case changes as often as chance makes it, with few digits among them; words change it
/// at their starts.
pub(super) fn is_mingled(shape: &Shape) -> bool {
    let words = shape.covered() >= 40 || shape.marks > shape.length / 8;
    shape.length >= 12
        && shape.lower > 2
        && shape.upper > 2
        && shape.transitions * 2 + 2 >= shape.length
        && !words
}

/// True for what rules for passwords ask of one: capitals, small letters, digits and marks, in one word.
fn is_strong(shape: &Shape) -> bool {
    let named = matches!(shape.class, Class::PathOrUrl | Class::Dotted);
    shape.classes() == 4 && (8..=40).contains(&shape.length) && shape.distinct >= 7 && !named
}

/// True for the argument of a call or command that is known for it: see `special::third_argument`,
/// `calls` and `commands`.
fn takes_third(bytes: &[u8], candidate: &Candidate) -> bool {
    let name = bytes.get(candidate.name.clone()).unwrap_or_default();
    let call = bytes
        .get(candidate.name.start..candidate.name.end + 1)
        .unwrap_or_default();
    let piped = candidate.syntax == Syntax::CommandFlag && commands::given(name).is_some();
    let called = candidate.syntax == Syntax::Call
        && (!Name::of(name).is_sensitive() || calls::place(call).is_some());
    piped || called
}

/// True for a long value of nothing but noise beside a plain name of a secret, as the keys that
/// frameworks generate: too rare in the training set as well.
fn is_noise(words: &Name, shape: &Shape) -> bool {
    let other = name::FLOW | name::HASH | name::PUBLIC;
    shape.length >= 32
        && shape.entropy >= 430
        && shape.spaces == 0
        && shape.classes() >= 3
        && words.last & name::SENSITIVE != 0
        && words.groups & other == 0
}

/// The confidence that a score deserves; `None` below the lowest threshold of the model file.
pub fn confidence(score: i32) -> Option<Confidence> {
    match score {
        s if s >= MODEL.high => Some(Confidence::High),
        s if s >= MODEL.medium => Some(Confidence::Medium),
        s if s >= MODEL.low => Some(Confidence::Low),
        _ => None,
    }
}

/// The numbers of the features of a candidate that is not refused, for training.
#[doc(hidden)]
pub fn feature_ids(bytes: &[u8], candidate: &Candidate) -> Result<Vec<usize>, Refusal> {
    match refuse::refusal(bytes, candidate) {
        Some(refusal) => Err(refusal),
        None => Ok(features::active(bytes, candidate).ids().collect()),
    }
}

/// The name of a feature, for training.
#[doc(hidden)]
pub fn feature_names() -> &'static [String] {
    &features::NAMES
}

/// The five terms that moved the score most; equal ones in the order of their numbers.
fn largest(active: &Active) -> [(&'static str, i32); 5] {
    let mut out: [(&'static str, i32); 5] = [("", 0); 5];
    for id in active.ids() {
        let weight = MODEL.weights[id];
        let Some(place) = out.iter().position(|(_, w)| weight.abs() > w.abs()) else {
            continue;
        };
        out[place..].rotate_right(1);
        out[place] = (features::NAMES[id].as_str(), weight);
    }
    out
}

/// The logistic function in thousandths, between points half a unit apart.
fn probability(score: i32) -> u16 {
    const POINTS: [i32; 13] = [
        500, 622, 731, 818, 881, 924, 953, 971, 982, 989, 993, 996, 998,
    ];
    let far = score.unsigned_abs().min(599) as usize;
    let (index, part) = (far / 50, (far % 50) as i32);
    let up = POINTS[index] + (POINTS[index + 1] - POINTS[index]) * part / 50;
    (if score < 0 { 1000 - up } else { up }) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probability_rises_with_the_score() {
        assert_eq!(probability(0), 500);
        assert_eq!(probability(100), 731);
        assert_eq!(probability(-100), 269);
        assert!((-700..700).all(|s| probability(s) <= probability(s + 1)));
    }

    #[test]
    fn every_row_of_the_model_names_a_feature() {
        let text = include_str!("../../../patterns/models/generic-secrets.tsv");
        let rows = text
            .lines()
            .filter(|l| !l.starts_with('#'))
            .filter_map(|l| l.split_once('\t'));
        let known = |name: &str| {
            matches!(name, "bias" | "high" | "medium" | "low")
                || features::NAMES.iter().any(|n| n == name)
        };
        for (name, number) in rows {
            assert!(known(name) && number.parse::<i32>().is_ok(), "{name}");
        }
        assert_eq!(features::NAMES.len(), features::COUNT);
        assert!(MODEL.high > MODEL.medium && MODEL.medium > MODEL.low);
    }
}
