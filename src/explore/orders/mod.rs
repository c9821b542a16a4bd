//! All orders of a small system, one after the other, each of them once: a walk through the tree of choices that a guided
//! schedule meets. A run is made again from its beginning for each order; what it did says which orders are left to try.
//! Turns that commute make no new order.
//!
//! | file | owns |
//! |---|---|
//! | `relation` | what came before what in a run |
//! | `reduced` | a walk through all orders that tries a turn only where that makes a difference |
//! | `bounded` | a walk through the orders with few preemptions that remembers where it has been |

mod bounded;
mod reduced;
mod relation;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::schedule::guided::{Guide, Picks, Step};
use bounded::Bounded;
use reduced::Reduced;

/// Whether turns that commute are taken for the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commuting {
    /// They are.
    Same,
    /// They are not: something looks at more than services do, at every moment or at the order itself.
    Different,
}

/// What a walk has covered so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Different orders that were played to their end.
    pub orders: u64,
    /// Runs that turned out to be one of them again, and were left there.
    pub again: u64,
    /// Turns that might have been taken and were not: every order that begins so is the same as one that was played.
    pub same: u64,
    /// Turns that were not taken because of the bound on preemptions.
    pub beyond: u64,
    /// Turns that are known to be still to try. They may lead to more.
    pub open: u64,
}

impl Covered {
    /// Whether nothing is left to try.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.open == 0
    }
}

/// The services did something else when they were played again up to the same turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("turn {turn} of a run was another one when the run was made again")]
pub struct Strayed {
    /// The first turn that differs, from 0.
    pub turn: usize,
}

/// A walk through all orders.
pub struct Walk {
    kind: Kind,
}

enum Kind {
    Reduced(Reduced),
    Bounded(Bounded),
}

impl Walk {
    /// A walk that has not begun.
    #[must_use]
    pub fn new(preemptions: Option<u32>, commuting: Commuting) -> Walk {
        let kind = match (preemptions, commuting) {
            (None, Commuting::Same) => Kind::Reduced(Reduced::default()),
            _ => Kind::Bounded(Bounded::new(preemptions.unwrap_or(u32::MAX), commuting)),
        };
        Walk { kind }
    }

    /// What the next run shall do; `None` if there is no order left.
    pub fn ask(&mut self) -> Option<Guide> {
        match &mut self.kind {
            Kind::Reduced(walk) => walk.next(),
            Kind::Bounded(walk) => walk.next(),
        }
    }

    /// The run that [`Walk::ask`] asked for is over.
    ///
    /// # Errors
    /// When it did not do what it was asked for.
    pub fn learn(&mut self, guide: &Guide) -> Result<(), Strayed> {
        let steps = guide.steps.borrow();
        match &mut self.kind {
            Kind::Reduced(walk) => walk.learn(&steps, *guide.seen_before.borrow()),
            Kind::Bounded(walk) => walk.learn(&steps),
        }
    }

    /// What has been covered so far.
    #[must_use]
    pub fn covered(&self) -> Covered {
        match &self.kind {
            Kind::Reduced(walk) => walk.covered(),
            Kind::Bounded(walk) => walk.covered(),
        }
    }
}

/// What a run did, as a name.
#[must_use]
pub fn picks<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Picks {
    let left = steps.into_iter().filter(|step| step.taken() > 0);
    Picks(left.map(|step| (step.moment, u32::try_from(step.taken()).unwrap_or(u32::MAX))).collect())
}
