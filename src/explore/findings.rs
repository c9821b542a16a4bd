//! The bugs found so far. What is kept of each does not depend on the order in which workers come to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{EventNumber, VirtualTime};
use crate::kernel::Order;
use crate::world::{RunReport, Verdict};

use super::fingerprint::Fingerprint;
use super::trial::Trial;

/// What one run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run.
    pub trial: Trial,
    /// Whether everything held.
    pub verdict: Verdict,
    /// The first failure's identity and text, if it failed.
    pub failure: Option<(Fingerprint, String)>,
    /// How many events it had.
    pub events: EventNumber,
    /// How long it took, in virtual time.
    pub end: VirtualTime,
    /// How often each fault rule acted, by name.
    pub effects: Vec<(String, u64)>,
    /// The order in which messages were handled.
    pub order: Order,
}

impl Outcome {
    /// Of a run that is over.
    #[must_use]
    pub fn of(trial: Trial, report: &RunReport) -> Outcome {
        let failure = match report.verdict {
            Verdict::Failed => report.failures.first().map(|failure| (Fingerprint::of(failure), failure.to_string())),
            _ => None,
        };
        Outcome {
            trial,
            verdict: report.verdict,
            failure,
            events: report.events,
            end: report.end,
            effects: report.faults.iter().map(|count| (count.name.clone(), count.effects)).collect(),
            order: report.order_hash,
        }
    }
}

/// One bug.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// How many runs had it.
    pub count: u64,
    /// The number of the first run that had it.
    pub first: u64,
    /// The run of it that has the fewest events; of several the first.
    pub quickest: Trial,
    /// How many.
    pub events: EventNumber,
    /// What that run said.
    pub text: String,
}

/// All bugs of an exploration, and what else is counted.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// By identity.
    pub found: BTreeMap<Fingerprint, Finding>,
    /// Runs that are over.
    pub runs: u64,
    /// Of these, runs in which everything held.
    pub passed: u64,
    /// All their events.
    pub events: u64,
    /// How often each fault rule acted.
    pub effects: BTreeMap<String, u64>,
    /// The different orders in which messages were handled.
    pub orders: BTreeSet<Order>,
}

/// Whether a run showed something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A bug that no run before had.
    NewBug,
    /// Nothing, or a known bug.
    Nothing,
}

impl Findings {
    /// Adds a run.
    pub fn add(&mut self, outcome: Outcome) -> News {
        self.runs += 1;
        self.events += outcome.events.0;
        self.orders.insert(outcome.order);
        for (rule, effects) in outcome.effects {
            *self.effects.entry(rule).or_default() += effects;
        }
        let Some((fingerprint, text)) = outcome.failure else {
            self.passed += u64::from(outcome.verdict != Verdict::Interrupted);
            return News::Nothing;
        };
        if let Some(known) = self.found.get_mut(&fingerprint) {
            known.count += 1;
            known.first = known.first.min(outcome.trial.index);
            if (outcome.events, outcome.trial.index) < (known.events, known.quickest.index) {
                (known.events, known.quickest, known.text) = (outcome.events, outcome.trial, text);
            }
            return News::Nothing;
        }
        let finding = Finding {
            fingerprint: fingerprint.clone(),
            count: 1,
            first: outcome.trial.index,
            quickest: outcome.trial,
            events: outcome.events,
            text,
        };
        self.found.insert(fingerprint, finding);
        News::NewBug
    }

    /// The fault rules that never acted.
    pub fn inert(&self) -> impl Iterator<Item = &str> {
        self.effects.iter().filter(|(_, effects)| **effects == 0).map(|(rule, _)| rule.as_str())
    }
}
