//! Conditions of activity files: predicates joined by `all`, `any` and `not`.
//! Evaluation looks at every predicate, also where the answer is already clear, so
//! that what a report tells does not depend on the order in a file.

use super::facts::Facts;
use super::predicate::Predicate;
use super::predicate::Seen;
use super::predicate::archives_read::ArchivesRead;
use super::predicate::ci_does::CiDoes;
use super::predicate::ci_exists::CiExists;
use super::predicate::coverage_complete::CoverageComplete;
use super::predicate::coverage_read::CoverageRead;
use super::predicate::files_show::FilesShow;
use super::predicate::findings_any::FindingsAny;
use super::predicate::findings_none::FindingsNone;
use super::predicate::forge_says::ForgeSays;
use super::predicate::history_count::HistoryCount;
use super::predicate::history_share::HistoryShare;
use super::predicate::policy_declares::PolicyDeclares;
use super::predicate::reports_given::ReportsGiven;
use super::predicate::repository_is::RepositoryIs;
use super::predicate::signatures_are::SignaturesAre;
use super::predicate::suppressions_all_have_reason::SuppressionsAllHaveReason;
use super::predicate::suppressions_any::SuppressionsAny;
use super::predicate::things_have::ThingsHave;
use super::predicate::worktree_all_tracked::WorktreeAllTracked;
use super::truth::Truth;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// A condition. Files nest few levels deep; the parser refuses more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Condition {
    /// All of these hold.
    #[serde(rename = "all")]
    All(Vec<Condition>),
    /// At least one of these holds.
    #[serde(rename = "any")]
    Any(Vec<Condition>),
    /// This does not hold.
    #[serde(rename = "not")]
    Not(Box<Condition>),
    /// See the predicate.
    #[serde(rename = "archives.read")]
    ArchivesRead(ArchivesRead),
    /// See the predicate.
    #[serde(rename = "ci.does")]
    CiDoes(CiDoes),
    /// See the predicate.
    #[serde(rename = "ci.exists")]
    CiExists(CiExists),
    /// See the predicate.
    #[serde(rename = "files.show")]
    FilesShow(FilesShow),
    /// See the predicate.
    #[serde(rename = "forge.says")]
    ForgeSays(ForgeSays),
    /// See the predicate.
    #[serde(rename = "history.count")]
    HistoryCount(HistoryCount),
    /// See the predicate.
    #[serde(rename = "history.share")]
    HistoryShare(HistoryShare),
    /// See the predicate.
    #[serde(rename = "policy.declares")]
    PolicyDeclares(PolicyDeclares),
    /// See the predicate.
    #[serde(rename = "reports.given")]
    ReportsGiven(ReportsGiven),
    /// See the predicate.
    #[serde(rename = "things.have")]
    ThingsHave(ThingsHave),
    /// See the predicate.
    #[serde(rename = "coverage.complete")]
    CoverageComplete(CoverageComplete),
    /// See the predicate.
    #[serde(rename = "coverage.read")]
    CoverageRead(CoverageRead),
    /// See the predicate.
    #[serde(rename = "findings.any")]
    FindingsAny(FindingsAny),
    /// See the predicate.
    #[serde(rename = "findings.none")]
    FindingsNone(FindingsNone),
    /// See the predicate.
    #[serde(rename = "repository.is")]
    RepositoryIs(RepositoryIs),
    /// See the predicate.
    #[serde(rename = "signatures.are")]
    SignaturesAre(SignaturesAre),
    /// See the predicate.
    #[serde(rename = "suppressions.all_have_reason")]
    SuppressionsAllHaveReason(SuppressionsAllHaveReason),
    /// See the predicate.
    #[serde(rename = "suppressions.any")]
    SuppressionsAny(SuppressionsAny),
    /// See the predicate.
    #[serde(rename = "worktree.all_tracked")]
    WorktreeAllTracked(WorktreeAllTracked),
}

/// A condition's parts, or the one predicate it is.
enum Shape<'a> {
    All(&'a [Condition]),
    Any(&'a [Condition]),
    Not(&'a Condition),
    One(&'a dyn Predicate),
}

/// Gets what each predicate of a condition saw.
pub type Witness<'a> = dyn FnMut(&dyn Predicate, Seen) + 'a;

impl Condition {
    fn shape(&self) -> Shape<'_> {
        match self {
            Condition::All(parts) => Shape::All(parts),
            Condition::Any(parts) => Shape::Any(parts),
            Condition::Not(part) => Shape::Not(part),
            Condition::ArchivesRead(it) => Shape::One(it),
            Condition::CiDoes(it) => Shape::One(it),
            Condition::CiExists(it) => Shape::One(it),
            Condition::FilesShow(it) => Shape::One(it),
            Condition::ForgeSays(it) => Shape::One(it),
            Condition::HistoryCount(it) => Shape::One(it),
            Condition::HistoryShare(it) => Shape::One(it),
            Condition::PolicyDeclares(it) => Shape::One(it),
            Condition::ReportsGiven(it) => Shape::One(it),
            Condition::ThingsHave(it) => Shape::One(it),
            Condition::CoverageComplete(it) => Shape::One(it),
            Condition::CoverageRead(it) => Shape::One(it),
            Condition::FindingsAny(it) => Shape::One(it),
            Condition::FindingsNone(it) => Shape::One(it),
            Condition::RepositoryIs(it) => Shape::One(it),
            Condition::SignaturesAre(it) => Shape::One(it),
            Condition::SuppressionsAllHaveReason(it) => Shape::One(it),
            Condition::SuppressionsAny(it) => Shape::One(it),
            Condition::WorktreeAllTracked(it) => Shape::One(it),
        }
    }

    /// Whether it holds; `witness` gets what each predicate saw, in the order of the file.
    pub fn evaluate(&self, facts: &Facts, witness: &mut Witness<'_>) -> Truth {
        match self.shape() {
            Shape::All(parts) => Truth::all(each(parts, facts, witness).into_iter()),
            Shape::Any(parts) => Truth::any(each(parts, facts, witness).into_iter()),
            Shape::Not(part) => !part.evaluate(facts, witness),
            Shape::One(predicate) => {
                let seen = predicate.look(facts);
                let truth = seen.truth;
                witness(predicate, seen);
                truth
            }
        }
    }

    /// Every predicate in it, in the order of the file.
    pub fn predicates(&self) -> Vec<&Condition> {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().flat_map(Condition::predicates).collect()
            }
            Condition::Not(part) => part.predicates(),
            one => vec![one],
        }
    }

    /// True when some `all` or `any` in it joins nothing.
    pub fn joins_nothing(&self) -> bool {
        match self.shape() {
            Shape::All(parts) | Shape::Any(parts) => {
                parts.is_empty() || parts.iter().any(Condition::joins_nothing)
            }
            Shape::Not(part) => part.joins_nothing(),
            Shape::One(_) => false,
        }
    }
}

fn each(parts: &[Condition], facts: &Facts, witness: &mut Witness<'_>) -> Vec<Truth> {
    let evaluate = |part: &Condition| part.evaluate(facts, witness);
    parts.iter().map(evaluate).collect()
}
