//! The bugs found so far. What is kept of each does not depend on the order in which workers come to them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::{EventNumber, VirtualTime};
use crate::kernel::Order;
use crate::scenario::Detector;
use crate::trace::Digest;
use crate::world::{Decision, Failure, ModelCount, RunReport, Verdict};

use super::fingerprint::Fingerprint;
use super::trial::Trial;

/// What one run came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// What should sometimes be true, and whether it was.
    pub sometimes: BTreeMap<String, bool>,
    /// What became of models.
    pub models: Vec<ModelCount>,
    /// What was noticed that fails no run: the names of the detectors.
    #[serde(default)]
    pub noted: Vec<String>,
    /// The order in which messages were handled.
    pub order: Order,
    /// The hash of its trace; zero if nobody asked for it. Other processes are not told.
    #[serde(skip)]
    pub digest: Digest,
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
            sometimes: report.sometimes.clone(),
            models: report.models.clone(),
            noted: noted(report),
            order: report.order_hash,
            digest: report.digest,
        }
    }
}

/// The detectors that noticed something and did not make the run fail for it.
fn noted(report: &RunReport) -> Vec<String> {
    let failed = |detector: Detector| {
        report.failures.iter().any(|failure| matches!(failure, Failure::Detected(found) if found.detector == detector))
    };
    let noticed = report.observations.iter().map(|noticed| noticed.detector);
    noticed.filter(|detector| !failed(*detector)).map(|detector| detector.name().to_owned()).collect()
}

/// One bug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What became of a model in all runs that asked it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSum {
    /// Operations that it was asked about.
    pub operations: u64,
    /// Runs in which it was not decided within its steps.
    pub open: u64,
}

impl ModelSum {
    fn add(&mut self, other: ModelSum) {
        self.operations += other.operations;
        self.open += other.open;
    }
}

/// All bugs of an exploration, and what else is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What should sometimes be true, and whether it was in any run.
    pub sometimes: BTreeMap<String, bool>,
    /// What became of models, by name.
    #[serde(default)]
    pub models: BTreeMap<String, ModelSum>,
    /// In how many runs detectors noticed something that fails no run, by their names.
    #[serde(default)]
    pub noted: BTreeMap<String, u64>,
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
        for (name, held) in outcome.sometimes {
            *self.sometimes.entry(name).or_default() |= held;
        }
        for name in outcome.noted {
            *self.noted.entry(name).or_default() += 1;
        }
        for count in outcome.models {
            let open = u64::from(count.decision == Decision::Open);
            self.models.entry(count.name).or_default().add(ModelSum { operations: count.operations, open });
        }
        let Some((fingerprint, text)) = outcome.failure else {
            self.passed += u64::from(outcome.verdict != Verdict::Interrupted);
            return News::Nothing;
        };
        self.note(Finding {
            fingerprint,
            count: 1,
            first: outcome.trial.index,
            quickest: outcome.trial,
            events: outcome.events,
            text,
        })
    }

    /// Adds all runs of another share of the same exploration. The sum is the same as if all had been made here.
    pub fn join(&mut self, other: Findings) {
        self.runs += other.runs;
        self.passed += other.passed;
        self.events += other.events;
        self.orders.extend(other.orders);
        for (rule, effects) in other.effects {
            *self.effects.entry(rule).or_default() += effects;
        }
        for (name, held) in other.sometimes {
            *self.sometimes.entry(name).or_default() |= held;
        }
        for (name, runs) in other.noted {
            *self.noted.entry(name).or_default() += runs;
        }
        for (name, sum) in other.models {
            self.models.entry(name).or_default().add(sum);
        }
        for finding in other.found.into_values() {
            self.note(finding);
        }
    }

    fn note(&mut self, finding: Finding) -> News {
        let Some(known) = self.found.get_mut(&finding.fingerprint) else {
            self.found.insert(finding.fingerprint.clone(), finding);
            return News::NewBug;
        };
        let (count, first) = (known.count + finding.count, known.first.min(finding.first));
        if (finding.events, finding.quickest.index) < (known.events, known.quickest.index) {
            *known = finding;
        }
        (known.count, known.first) = (count, first);
        News::Nothing
    }

    /// What was never tried in any run, in words: fault rules that never acted, what should sometimes be true and never
    /// was, models that saw nothing, or could not be decided.
    #[must_use]
    pub fn never_tried(&self) -> Vec<String> {
        let inert = self.effects.iter().filter(|(_, effects)| **effects == 0);
        let never = self.sometimes.iter().filter(|(_, held)| !**held);
        let models = self.models.iter().filter_map(|(name, sum)| match sum {
            ModelSum { operations: 0, .. } => Some(format!("the model `{name}` saw no operation in any run")),
            ModelSum { open: 0, .. } => None,
            ModelSum { open, .. } => {
                Some(format!("the model `{name}` was not decided within its steps (`steps`, `key`) in {open} runs"))
            }
        });
        inert
            .map(|(rule, _)| format!("the fault `{rule}` never acted in any run"))
            .chain(never.map(|(name, _)| format!("`{name}` should sometimes be true, and was in no run")))
            .chain(models)
            .collect()
    }
}
