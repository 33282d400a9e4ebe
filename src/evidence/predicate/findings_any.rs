//! `findings.any`: there is a finding of this sort. That none was seen is only
//! an answer when everything was read by all rules; else it is unknown.

use super::Effect;
use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::evidence::facts::FindingFact;
use crate::evidence::facts::Reading;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use crate::model::finding::Status;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// Which findings are meant; what is left out does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingsAny {
    /// Only of this kind.
    #[serde(default)]
    pub kind: Option<RuleKind>,
    /// Only of at least this severity.
    #[serde(default)]
    pub min_severity: Option<Severity>,
    /// Only open or only suppressed ones.
    #[serde(default)]
    pub status: Option<Status>,
    /// Only in the work tree or in the commit of HEAD.
    #[serde(default)]
    pub at_head: bool,
    /// Only those that stand somewhere else than in tests.
    #[serde(default)]
    pub outside_tests: bool,
    /// Only of rules that speak about this activity.
    #[serde(default)]
    pub activity: Option<String>,
}

impl FindingsAny {
    fn takes(&self, finding: &FindingFact) -> bool {
        self.kind.is_none_or(|kind| finding.kind == kind)
            && self
                .min_severity
                .is_none_or(|least| finding.severity >= least)
            && self.status.is_none_or(|status| finding.status == status)
            && (!self.at_head || finding.at_head)
            && !(self.outside_tests && finding.in_tests)
            && (self.activity.as_ref()).is_none_or(|id| finding.activities.contains(id))
    }

    /// Why it cannot be said that there is none; `None` when it can.
    fn blind(&self, facts: &Facts) -> Option<&'static str> {
        let ran = match self.kind {
            Some(kind) => facts.kinds.contains(&kind),
            None => !facts.kinds.is_empty(),
        };
        let tree = match (self.kind, facts.worktree) {
            (Some(RuleKind::Misconfig), Reading::None) => facts.head,
            _ => facts.worktree,
        };
        let history = self.at_head || facts.history != Reading::Incomplete;
        if !ran {
            Some("no rule of this kind ran")
        } else if facts.rules_narrowed {
            Some("rules were switched off or findings left out by options")
        } else if tree != Reading::Complete || !history {
            Some("not everything was read")
        } else {
            None
        }
    }

    /// `open secret findings at HEAD of at least high severity`.
    fn words(&self) -> String {
        let mut words = Vec::new();
        match self.status {
            Some(Status::Open) => words.push("open"),
            Some(Status::Suppressed) => words.push("suppressed"),
            None => {}
        }
        match self.kind {
            Some(RuleKind::Secret) => words.push("secret"),
            Some(RuleKind::Misconfig) => words.push("misconfiguration"),
            Some(RuleKind::Sast) => words.push("code"),
            None => {}
        }
        words.push("findings");
        if self.activity.is_some() {
            words.push("about this activity");
        }
        if self.at_head {
            words.push("at HEAD");
        }
        if self.outside_tests {
            words.push("outside of tests");
        }
        match self.min_severity {
            Some(Severity::Critical) => words.push("of critical severity"),
            Some(Severity::High) => words.push("of high or critical severity"),
            Some(Severity::Medium) => words.push("of at least medium severity"),
            Some(Severity::Low) => words.push("of at least low severity"),
            Some(Severity::Info) | None => {}
        }
        words.join(" ")
    }
}

impl Predicate for FindingsAny {
    fn name(&self) -> &'static str {
        "findings.any"
    }

    fn basis(&self) -> Basis {
        Basis::Scan
    }

    fn look(&self, facts: &Facts) -> Seen {
        let count = facts.findings.iter().filter(|it| self.takes(it)).count();
        let words = self.words();
        if count > 0 {
            return Seen::new(Truth::True, Effect::Refutes, format!("{words}: {count}"));
        }
        match self.blind(facts) {
            Some(why) => Seen::blind(format!("{words}: none seen, but {why}")),
            None => Seen::new(Truth::False, Effect::Supports, format!("{words}: none")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: FindingsAny = FindingsAny {
        kind: Some(RuleKind::Secret),
        min_severity: None,
        status: Some(Status::Open),
        at_head: false,
        outside_tests: false,
        activity: None,
    };

    fn facts() -> Facts {
        Facts {
            worktree: Reading::Complete,
            history: Reading::Complete,
            kinds: vec![RuleKind::Secret],
            ..Facts::default()
        }
    }

    #[test]
    fn that_there_is_none_needs_all_rules_over_everything() {
        assert_eq!(OPEN.look(&facts()).truth, Truth::False);
        let mut cut = facts();
        cut.history = Reading::Incomplete;
        assert_eq!(OPEN.look(&cut).truth, Truth::Unknown);
        let mut narrowed = facts();
        narrowed.rules_narrowed = true;
        assert_eq!(OPEN.look(&narrowed).truth, Truth::Unknown);
        let code = FindingsAny {
            kind: Some(RuleKind::Sast),
            ..OPEN
        };
        assert_eq!(code.look(&facts()).truth, Truth::Unknown);
    }

    #[test]
    fn settings_of_head_stand_for_those_of_a_work_tree_that_is_not_there() {
        let settings = FindingsAny {
            kind: Some(RuleKind::Misconfig),
            at_head: true,
            ..OPEN
        };
        let mut bare = facts();
        bare.kinds = vec![RuleKind::Misconfig, RuleKind::Sast];
        bare.worktree = Reading::None;
        assert_eq!(settings.look(&bare).truth, Truth::Unknown);
        bare.head = Reading::Complete;
        assert_eq!(settings.look(&bare).truth, Truth::False);
        bare.worktree = Reading::Incomplete;
        assert_eq!(settings.look(&bare).truth, Truth::Unknown);
        let code = FindingsAny {
            kind: Some(RuleKind::Sast),
            ..settings
        };
        bare.worktree = Reading::None;
        assert_eq!(
            code.look(&bare).truth,
            Truth::Unknown,
            "code is not judged there"
        );
    }

    #[test]
    fn one_that_was_seen_is_an_answer_however_little_was_read() {
        let mut little = facts();
        little.worktree = Reading::Incomplete;
        little.findings.push(FindingFact {
            activities: Vec::new(),
            kind: RuleKind::Secret,
            severity: Severity::Low,
            confidence: crate::model::rule::Confidence::High,
            status: Status::Open,
            at_head: false,
            in_tests: false,
            suppressions: 0,
            without_reason: 0,
        });
        assert_eq!(OPEN.look(&little).truth, Truth::True);
        assert_eq!(OPEN.look(&little).claim, "open secret findings: 1");
        let high = FindingsAny {
            min_severity: Some(Severity::High),
            ..OPEN
        };
        assert_eq!(high.look(&little).truth, Truth::Unknown);
    }
}
