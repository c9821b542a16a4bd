//! Reloads that promise to change nothing: in how many runs somebody looked, and the first in which one did.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use crate::base::Seed;

/// What came of all promises of an exploration, or of a share of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promises {
    /// Runs that were made again with a reload more.
    pub looked: u64,
    /// By the name of the reload.
    pub broken: BTreeMap<String, Broken>,
}

/// A reload that changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// In so many of the runs.
    pub count: u64,
    /// The number of the first.
    pub first: u64,
    /// The seed of the first.
    pub seed: Seed,
    /// What differed in it, and the command that repeats it.
    pub text: String,
}

impl Promises {
    /// Adds that a reload changed something.
    pub fn break_one(&mut self, reload: String, broken: Broken) {
        match self.broken.entry(reload) {
            Entry::Vacant(entry) => {
                entry.insert(broken);
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                let count = known.count + broken.count;
                if broken.first < known.first {
                    *known = broken;
                }
                known.count = count;
            }
        }
    }

    /// Adds what another share came to.
    pub fn join(&mut self, other: Promises) {
        self.looked += other.looked;
        other.broken.into_iter().for_each(|(reload, broken)| self.break_one(reload, broken));
    }
}
