//! The n-th run of an exploration: a pure function of where the exploration began, so that any run of it can be
//! made again, and so that several machines can share one.

use serde::{Deserialize, Serialize};

use crate::base::{Seed, VirtualTime};
use crate::scenario::{Branch, Detector, Plan};
use crate::schedule;

use super::sweep::{Target, with_one_fault};

/// Of so many runs one looks closely: for what costs too much to look for in every run.
/// No multiple of the portfolio's length, so that it is each schedule's turn.
const CLOSE_LOOK_EVERY: u64 = 33;

/// Of so many runs one is made again with reloads that must change nothing: from the first on.
const RELOADS_LOOK_EVERY: u64 = 33;

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
    /// The same one, and the same seed, up to a moment.
    Futures(Beginning),
}

/// What many futures have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// Its schedule.
    pub schedule: String,
    /// Where it ends.
    pub end: VirtualTime,
    /// Who picks what runs next after it.
    pub after: After,
}

/// Which schedules futures use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// That of the beginning goes on.
    Same,
    /// All in turn.
    Portfolio,
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
    /// From when on it is drawn from other seeds, if it is one of several futures.
    #[serde(default)]
    pub branches: Vec<Branch>,
}

impl Trial {
    /// What the run plays, made of the plan that its seed and its schedule give.
    #[must_use]
    pub fn apply(&self, plan: Plan) -> Plan {
        let plan = self.target.as_ref().map(|target| with_one_fault(&plan, target)).unwrap_or(plan);
        if self.branches.is_empty() { plan } else { Plan { branches: self.branches.clone(), ..plan } }
    }

    /// What its chance is drawn from and by whom, in words.
    #[must_use]
    pub fn drawn(&self) -> String {
        let Trial { seed, schedule, .. } = self;
        let mut drawn = format!("seed {seed}, schedule {schedule}");
        let mut before = schedule;
        for Branch { at, seed, schedule } in &self.branches {
            before = schedule.as_ref().unwrap_or(before);
            drawn += &format!("; from {at} on seed {seed}, schedule {before}");
        }
        drawn
    }

    /// Whether somebody looks if reloads change what they promise not to: where seeds differ.
    #[must_use]
    pub fn looks_at_reloads(&self) -> bool {
        self.target.is_none() && self.branches.is_empty() && self.index.is_multiple_of(RELOADS_LOOK_EVERY)
    }

    /// Detectors that look although they do not by default.
    #[must_use]
    pub fn detect(&self) -> &'static [Detector] {
        // Each of all orders is played once: there is no other run that could look.
        let only_once = matches!(self.schedule.parse(), Ok(schedule::Strategy::Chosen(_)));
        // Futures have one beginning, and nobody has looked closely at that.
        let close = self.target.is_none()
            && self.branches.is_empty()
            && (only_once || self.index % CLOSE_LOOK_EVERY == CLOSE_LOOK_EVERY - 1);
        if close { &CLOSE_LOOKS } else { &[] }
    }
}

impl Trials {
    /// The run with this number, from 0.
    #[must_use]
    pub fn nth(&self, index: u64) -> Trial {
        let counted = Seed(self.first.0.wrapping_add(index));
        let mut branches = Vec::new();
        let (seed, schedule, target) = match &self.strategy {
            Strategy::One(name) => (counted, name.clone(), None),
            Strategy::Portfolio => (counted, schedule::for_run(index).to_owned(), None),
            Strategy::Sweep(name, targets) => {
                let target = usize::try_from(index).ok().and_then(|index| targets.get(index));
                (self.first, name.clone(), target.cloned())
            }
            Strategy::Futures(Beginning { schedule, end, after }) => {
                let after = match after {
                    After::Same => None,
                    After::Portfolio => Some(schedule::for_run(index).to_owned()),
                };
                branches.push(Branch { at: *end, seed: counted, schedule: after });
                (self.first, schedule.clone(), None)
            }
        };
        Trial { index, seed, schedule, target, branches }
    }
}
