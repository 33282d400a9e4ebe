//! Lets a caller watch what verification costs, rule by rule. The engine may not
//! read a clock and an ordinary scan must not pay for being watched: so the
//! watcher is a type parameter, and that of an ordinary scan is `()`.

/// Is told when the verification of one keyword hit by one rule begins and ends.
pub trait Probe {
    /// What is kept from the beginning to the end.
    type Mark;

    /// A verification begins.
    fn begin(&mut self) -> Self::Mark;

    /// It ended: `rule` counts as in [`Engine::rules`](super::Engine::rules), `None` is the scorer of
    /// rules without a provider; `matched` says whether it added a match, a refused one included.
    fn end(&mut self, mark: Self::Mark, rule: Option<usize>, matched: bool);
}

/// Watches nothing, at no cost.
impl Probe for () {
    type Mark = ();

    fn begin(&mut self) {}

    fn end(&mut self, (): (), _rule: Option<usize>, _matched: bool) {}
}
