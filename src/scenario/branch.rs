//! `branch`: from a moment on a run draws from another seed. So many futures have the same beginning. A future may have
//! futures again.

use serde::{Deserialize, Serialize};

use crate::base::{Seed, Stream, VirtualTime};

/// A moment from which on all that is left to chance is drawn anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// It happens at the first moment between two messages when it is that late.
    pub at: VirtualTime,
    /// What is drawn from after it.
    pub seed: Seed,
    /// The name of the schedule after it; `None`: the plan's own goes on. Not checked here.
    pub schedule: Option<String>,
}

impl Branch {
    /// The same one without a schedule of its own.
    #[must_use]
    pub fn same_schedule(&self) -> Branch {
        Branch { schedule: None, ..*self }
    }

    /// What the streams after it begin from. Never those of the beginning again, even if both seeds are the same number.
    #[must_use]
    pub fn chance(&self) -> Seed {
        Seed(Stream::new(self.seed, "branch").next_u64())
    }
}
