//! Runs that reached a line or a branch of the services' code before all others, and runs that branch off them: where
//! something rare has happened, the next rare thing is nearer than from a fresh beginning (the idea of coverage-guided
//! fuzzing, as in AFL).
//!
//! Which run has which parent depends on the seed and on what batches of runs before it reached, and not on how many
//! threads there are.

use std::collections::BTreeSet;

use crate::base::{Stream, VirtualTime};
use crate::scenario::Branch;
use crate::schedule;

use super::trial::{Strategy, Trial, Trials};

/// So many runs are made before one looks at what they have reached.
pub const BATCH_RUNS: u64 = 64;

/// A run that branched so often is no parent: with each branch there is less left to branch from.
const BRANCHES_MAX: usize = 16;

/// One of so many parents is among the newest, of which every second child is.
const NEWEST_SHARE: usize = 4;

/// Runs that reached something new, in the order of their numbers.
#[derive(Debug, Default)]
pub struct Parents {
    known: Vec<Parent>,
}

#[derive(Debug)]
struct Parent {
    trial: Trial,
    end: VirtualTime,
}

impl Parents {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing was reached by any run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Adds those runs of a batch that were the first to reach something, each with the moment when it was over.
    pub fn add(&mut self, mut batch: Vec<(Trial, VirtualTime)>, first_to_reach: &BTreeSet<u64>) {
        batch.retain(|(trial, _)| trial.branches.len() < BRANCHES_MAX && first_to_reach.contains(&trial.index));
        batch.sort_by_key(|(trial, _)| trial.index);
        self.known.extend(batch.into_iter().map(|(trial, end)| Parent { trial, end }));
    }

    /// The run with this number: every second one goes on from a moment in the life of a parent, with chance of its own.
    #[must_use]
    pub fn nth(&self, index: u64, trials: &Trials) -> Trial {
        let fresh = trials.nth(index);
        if index.is_multiple_of(2) || self.known.is_empty() {
            return fresh;
        }
        let mut stream = Stream::new(fresh.seed, "explore/parent");
        // What was reached last was the hardest to reach.
        let among = match stream.below(2) {
            0 => self.known.len().div_ceil(NEWEST_SHARE),
            _ => self.known.len(),
        };
        let back = usize::try_from(stream.below(among as u64)).expect("below a length");
        let Parent { trial, end } = &self.known[self.known.len() - 1 - back];
        let at = VirtualTime::from_nanos(stream.below(end.as_nanos()));
        let mut branches: Vec<Branch> = trial.branches.iter().filter(|branch| branch.at < at).cloned().collect();
        let schedule = match trials.strategy {
            Strategy::Portfolio => Some(schedule::for_run(index / 2).to_owned()),
            _ => None,
        };
        branches.push(Branch { at, seed: fresh.seed, schedule });
        Trial { index, branches, ..trial.clone() }
    }
}
