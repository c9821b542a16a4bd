//! Fault rules: what may go wrong, and with what. Data only; who draws and acts is the business of the
//! layers that run them.

use std::collections::{BTreeMap, BTreeSet};

use super::fault_kind::{Domain, FaultKind};
use super::glob::Glob;
use super::plan::Origin;
use crate::base::VirtualTime;

/// One rule. Of all rules of a domain that something matches, the first that takes it acts on it.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// What reports call it; `fault-1`, `fault-2`, .. if the file gives no name.
    pub name: String,
    /// What it is about.
    pub matches: FaultMatch,
    /// What it does to that, and how much of it. Kinds of one domain only.
    pub doses: BTreeMap<FaultKind, Dose>,
    /// What a service that it kills finds when it starts again.
    pub restart: Restart,
    /// The reload that it makes, by name.
    pub reload: Option<String>,
    /// What it means for a run that the rule never acted in it.
    pub idleness: Idleness,
    /// Where the scenario says so.
    pub origin: Origin,
}

/// What a rule is about. Of everything given, all must be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultMatch {
    /// The sender.
    pub from: Option<Glob>,
    /// The receiver; the service that uses a file or has a timer; the file of a service that starts.
    pub to: Option<Glob>,
    /// The name of the message type, such as `lua` or `response`.
    pub kind: Option<String>,
    /// The command: the first value, if that is a string.
    pub command: Option<Glob>,
    /// The path of a file, as the service gave it.
    pub path: Option<Glob>,
    /// The native function that is called, as in `io.open`.
    pub call: Option<Glob>,
    /// Only this one of those that fit otherwise, from 1.
    pub nth: Option<u64>,
    /// Only from this moment on.
    pub after: Option<VirtualTime>,
    /// Only before this moment.
    pub before: Option<VirtualTime>,
}

/// Whether a rule acts on a match, and how much.
#[derive(Clone, Debug, PartialEq)]
pub enum Dose {
    /// With this probability, above 0 and at most 1; drawn for each match.
    Probability(f64),
    /// On the matches with these numbers, from 1: what was drawn in an earlier run.
    Matches(BTreeSet<u64>),
    /// An amount between these (nanoseconds, or a count), both possible; drawn for each match.
    Amount(u64, u64),
    /// On the matches with these numbers, from 1, so much: what was drawn in an earlier run.
    Amounts(BTreeMap<u64, u64>),
}

impl Dose {
    /// Whether something about it is still to be drawn.
    #[must_use]
    pub fn is_random(&self) -> bool {
        match self {
            Dose::Probability(probability) => *probability < 1.0,
            Dose::Amount(low, high) => low != high,
            Dose::Matches(_) | Dose::Amounts(_) => false,
        }
    }

    /// Whether it can never act.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        match self {
            Dose::Probability(_) => false,
            Dose::Amount(_, high) => *high == 0,
            Dose::Matches(numbers) => numbers.is_empty(),
            Dose::Amounts(amounts) => amounts.is_empty(),
        }
    }

    /// How much it says: one, or one for each match.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Dose::Probability(_) | Dose::Amount(..) => 1,
            Dose::Matches(numbers) => numbers.len(),
            Dose::Amounts(amounts) => amounts.len(),
        }
    }

    /// The same, of these matches only; unchanged if it does not list matches.
    #[must_use]
    pub fn only(&self, kept: &BTreeSet<u64>) -> Dose {
        match self {
            Dose::Matches(numbers) => Dose::Matches(numbers.intersection(kept).copied().collect()),
            Dose::Amounts(amounts) => {
                let amounts = amounts.iter().filter(|(number, _)| kept.contains(number));
                Dose::Amounts(amounts.map(|(number, amount)| (*number, *amount)).collect())
            }
            drawn => drawn.clone(),
        }
    }

    /// The matches that it lists.
    #[must_use]
    pub fn numbers(&self) -> BTreeSet<u64> {
        match self {
            Dose::Matches(numbers) => numbers.clone(),
            Dose::Amounts(amounts) => amounts.keys().copied().collect(),
            Dose::Probability(_) | Dose::Amount(..) => BTreeSet::new(),
        }
    }
}

/// What a service that a rule killed finds when it starts again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// The files that it wrote.
    #[default]
    Kept,
    /// None of the files that it wrote, as on another machine.
    Clean,
}

/// What it means for a run that a rule never acted in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Idleness {
    /// The run proves nothing.
    #[default]
    Vacuous,
    /// Nothing: only a whole exploration must show the rule act.
    Allowed,
}

impl FaultRule {
    /// Whether something about the rule is still to be drawn.
    #[must_use]
    pub fn is_random(&self) -> bool {
        self.doses.values().any(Dose::is_random)
    }

    /// What the rule is about: that of its first effect.
    #[must_use]
    pub fn domain(&self) -> Domain {
        self.doses.keys().find_map(|kind| kind.domain()).unwrap_or(Domain::Messages)
    }

    /// How much it says, to compare plans by size.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + self.doses.values().map(Dose::size).sum::<usize>()
    }
}
