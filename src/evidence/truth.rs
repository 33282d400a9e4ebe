//! Three-valued truth after Kleene: what is not known stays unknown unless the
//! rest decides without it. Who asks the questions is in `condition`.

use std::ops::Not;

/// The truth of a condition; ordered so that `all` is the least and `any` the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It was looked at and does not hold.
    False,
    /// This run cannot tell.
    Unknown,
    /// It was looked at and holds.
    True,
}

impl Truth {
    /// Kleene's conjunction; true for none.
    pub fn all(parts: impl Iterator<Item = Truth>) -> Truth {
        parts.min().unwrap_or(Truth::True)
    }

    /// Kleene's disjunction; false for none.
    pub fn any(parts: impl Iterator<Item = Truth>) -> Truth {
        parts.max().unwrap_or(Truth::False)
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Truth::True } else { Truth::False }
    }
}

impl Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth;
    use super::Truth::False;
    use super::Truth::True;
    use super::Truth::Unknown;

    const EACH: [Truth; 3] = [False, Unknown, True];

    #[test]
    fn one_part_decides_or_nothing_does() {
        let all = |a, b| Truth::all([a, b].into_iter());
        let any = |a, b| Truth::any([a, b].into_iter());
        for other in EACH {
            assert_eq!(all(False, other), False);
            assert_eq!(any(True, other), True);
            assert_eq!(all(True, other), other);
            assert_eq!(any(False, other), other);
        }
        assert_eq!(
            (all(Unknown, True), any(Unknown, False)),
            (Unknown, Unknown)
        );
        assert_eq!(!Unknown, Unknown);
    }

    #[test]
    fn de_morgan_holds() {
        for a in EACH {
            for b in EACH {
                let not_all = !Truth::all([a, b].into_iter());
                assert_eq!(not_all, Truth::any([!a, !b].into_iter()));
                assert_eq!(!!a, a);
            }
        }
    }

    /// What Kleene's logic is for: a decided answer stays when the unknown becomes known.
    #[test]
    fn learning_more_never_turns_a_decided_answer() {
        for known in EACH {
            for learnt in [False, True] {
                let before = Truth::all([known, Unknown].into_iter());
                let after = Truth::all([known, learnt].into_iter());
                assert!(before == Unknown || before == after);
                let before = Truth::any([known, Unknown].into_iter());
                let after = Truth::any([known, learnt].into_iter());
                assert!(before == Unknown || before == after);
            }
        }
    }

    #[test]
    fn of_nothing_all_holds_and_any_does_not() {
        assert_eq!(Truth::all([].into_iter()), True);
        assert_eq!(Truth::any([].into_iter()), False);
    }
}
