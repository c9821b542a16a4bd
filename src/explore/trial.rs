//! The n-th run of an exploration: a pure function of where the exploration began, so that any run of it can be
//! made again, and so that several machines can share one.

use crate::base::Seed;
use crate::scenario::Detector;
use crate::schedule;

/// Of so many runs one looks closely: for what costs too much to look for in every run.
/// No multiple of the portfolio's length, so that it is each schedule's turn.
const CLOSE_LOOK_EVERY: u64 = 9;

/// What a close look looks for besides.
const CLOSE_LOOKS: [Detector; 1] = [Detector::CheckThenAct];

/// Which schedules the runs use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// A mix: the first run as real Skynet with one worker thread orders things, then all in turn.
    Portfolio,
    /// All the same one.
    One(String),
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Which one, from 0.
    pub index: u64,
    /// What its chance is drawn from.
    pub seed: Seed,
    /// The name of its schedule.
    pub schedule: String,
    /// Detectors that look although they do not by default.
    pub detect: &'static [Detector],
}

impl Trials {
    /// The run with this number, from 0.
    #[must_use]
    pub fn nth(&self, index: u64) -> Trial {
        let seed = Seed(self.first.0.wrapping_add(index));
        let schedule = match &self.strategy {
            Strategy::One(name) => name.clone(),
            Strategy::Portfolio => schedule::for_run(index).to_owned(),
        };
        let close = index % CLOSE_LOOK_EVERY == CLOSE_LOOK_EVERY - 1;
        let detect: &[Detector] = if close { &CLOSE_LOOKS } else { &[] };
        Trial { index, seed, schedule, detect }
    }
}
