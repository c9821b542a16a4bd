//! The n-th run of an exploration: a pure function of where the exploration began, so that any run of it can be
//! made again, and so that several machines can share one.

use serde::{Deserialize, Serialize};

use crate::base::Seed;
use crate::scenario::{Detector, Plan};
use crate::schedule;

use super::sweep::{Target, with_one_fault};

/// Of so many runs one looks closely: for what costs too much to look for in every run.
/// No multiple of the portfolio's length, so that it is each schedule's turn.
const CLOSE_LOOK_EVERY: u64 = 33;

/// What a close look looks for besides.
const CLOSE_LOOKS: [Detector; 1] = [Detector::CheckThenAct];

/// Which schedules the runs use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// A mix: the first run as real Skynet with one worker thread orders things, then all in turn.
    Portfolio,
    /// All the same one.
    One(String),
    /// The same one, and the same seed; each with one fault.
    Sweep(String, Vec<Target>),
}

/// All runs of an exploration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trials {
    /// The seed of the first run.
    pub first: Seed,
    /// Who picks what runs next.
    pub strategy: Strategy,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Which one, from 0.
    pub index: u64,
    /// What its chance is drawn from.
    pub seed: Seed,
    /// The name of its schedule.
    pub schedule: String,
    /// The only fault, in a sweep.
    pub target: Option<Target>,
}

impl Trial {
    /// What the run plays, made of the plan that its seed and its schedule give.
    #[must_use]
    pub fn apply(&self, plan: Plan) -> Plan {
        self.target.as_ref().map(|target| with_one_fault(&plan, target)).unwrap_or(plan)
    }

    /// Detectors that look although they do not by default.
    #[must_use]
    pub fn detect(&self) -> &'static [Detector] {
        // Each of all orders is played once: there is no other run that could look.
        let only_once = matches!(self.schedule.parse(), Ok(schedule::Strategy::Chosen(_)));
        let close = self.target.is_none() && (only_once || self.index % CLOSE_LOOK_EVERY == CLOSE_LOOK_EVERY - 1);
        if close { &CLOSE_LOOKS } else { &[] }
    }
}

impl Trials {
    /// The run with this number, from 0.
    #[must_use]
    pub fn nth(&self, index: u64) -> Trial {
        let counted = Seed(self.first.0.wrapping_add(index));
        let (seed, schedule, target) = match &self.strategy {
            Strategy::One(name) => (counted, name.clone(), None),
            Strategy::Portfolio => (counted, schedule::for_run(index).to_owned(), None),
            Strategy::Sweep(name, targets) => {
                let target = usize::try_from(index).ok().and_then(|index| targets.get(index));
                (self.first, name.clone(), target.cloned())
            }
        };
        Trial { index, seed, schedule, target }
    }
}
