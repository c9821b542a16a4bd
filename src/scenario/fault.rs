//! Fault rules: what may happen to messages on their way. Data only; who draws and acts is the
//! business of the layer that runs them.

use std::collections::{BTreeMap, BTreeSet};

use super::glob::Glob;
use super::plan::Origin;
use crate::base::{Span, VirtualTime};

/// One rule. Of all rules that a message matches, the first acts on it.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// What reports call it; `fault-1`, `fault-2`, .. if the file gives no name.
    pub name: String,
    /// The messages that it is about.
    pub matches: FaultMatch,
    /// Whether the message is lost.
    pub drop: Chance,
    /// Whether it arrives twice.
    pub duplicate: Chance,
    /// Whether the sender gets an error instead of an answer.
    pub error: Chance,
    /// How much later it arrives.
    pub delay: Delay,
    /// Where the scenario says so.
    pub origin: Origin,
}

/// Which messages a rule is about. Of everything given, all must be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultMatch {
    /// The sender.
    pub from: Option<Glob>,
    /// The receiver.
    pub to: Option<Glob>,
    /// The name of the message type, such as `lua` or `response`.
    pub kind: Option<String>,
    /// The command: the first value, if that is a string.
    pub command: Option<Glob>,
    /// Only this one of the messages that fit otherwise, from 1.
    pub nth: Option<u64>,
    /// Only messages sent at this moment or later.
    pub after: Option<VirtualTime>,
    /// Only messages sent before this moment.
    pub before: Option<VirtualTime>,
}

/// Whether a fault acts on a matching message.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Chance {
    /// It does not.
    #[default]
    Never,
    /// With this probability, above 0 and at most 1; drawn for each matching message.
    Probability(f64),
    /// On the matches with these numbers, from 1: what was drawn in an earlier run.
    Matches(BTreeSet<u64>),
}

/// How much a matching message is held back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Delay {
    /// Not at all.
    #[default]
    None,
    /// By this much.
    Exact(Span),
    /// By a length drawn for each matching message, both ends possible.
    Range(Span, Span),
    /// The matches with these numbers, from 1, by these lengths: what was drawn in an earlier run.
    Matches(BTreeMap<u64, Span>),
}

impl FaultRule {
    /// Whether something about the rule is still to be drawn.
    #[must_use]
    pub fn is_random(&self) -> bool {
        let chances = [&self.drop, &self.duplicate, &self.error];
        let drawn = |chance: &&Chance| matches!(chance, Chance::Probability(p) if *p < 1.0);
        chances.iter().any(drawn) || matches!(self.delay, Delay::Range(low, high) if low != high)
    }
}
