//! Priorities that change seldom: Burckhardt, Kothari, Musuvathi and Nagarakatte, "A Randomized Scheduler
//! with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010. Every service gets a random priority
//! when it is created, and the highest that may have a turn gets it. At `depth - 1` steps of
//! the run, drawn beforehand, the service whose turn it would be falls below all others.
//!
//! A bug of depth `d` needs `d` orderings between messages. With `n` services and `k` steps `pct:d`
//! finds it with a probability of at least `1 / (n * k^(d-1))`, if the change points are drawn from
//! exactly these steps. As nobody knows `k` beforehand, the horizon is drawn, too: 2, 4, 8, .. or
//! 2^20 steps, each as likely. One of these is between `k` and `2k`. And in every second run messages
//! are never on their way while others run: a service whose message to itself is delayed would lose its
//! turn, whatever its priority. So at least `1 / (40 * n * (2k)^(d-1))` remains for runs of up to 2^20 steps.

use std::collections::BTreeMap;

use crate::base::{Seed, Stream};
use crate::kernel::{Mailboxes, ServiceId};

use super::workers::{Choice, Sends, is_idle};

/// The horizon is at most two to this power.
const HORIZON_MAX_LOG2: u64 = 20;

/// So many turns of others may pass by the lowest service that waits. Real Skynet may delay a service while
/// others handle thousands of messages; but not for ever, as two services would that are busy with
/// each other.
const PATIENCE: u32 = 5_000;

/// A priority: the higher runs first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Fell at a change point: below all that did not. The paper's numbers 1 to d-1.
    Fallen(u32),
    /// As drawn when the service was created; its number decides between equal draws.
    Drawn(u64, ServiceId),
    /// Has waited too long. Whoever did so last comes first.
    Overdue(u64),
}

/// Priorities with change points.
pub(super) struct Pct {
    depth: u32,
    ranks: Vec<Rank>,
    waiting: BTreeMap<Rank, ServiceId>,
    /// The steps at which somebody falls, each with how deep.
    changes: Vec<(u64, u32)>,
    step: u64,
    sends: Sends,
    /// The lowest that waits, and how many turns others had since it has been that.
    lowest: Option<(ServiceId, u32)>,
    priorities: Stream,
}

impl Pct {
    /// What a seed gives.
    pub(super) fn new(depth: u32, seed: Seed) -> Pct {
        let mut guesses = Stream::new(seed, "schedule/horizon");
        let horizon = 2 << guesses.below(HORIZON_MAX_LOG2);
        let sends = if guesses.below(2) == 0 { Sends::AtOnce } else { Sends::OnTheirWay };
        Pct::within(horizon, sends, depth, seed)
    }

    /// The same if the run's length is known.
    pub(super) fn within(horizon: u64, sends: Sends, depth: u32, seed: Seed) -> Pct {
        let mut points = Stream::new(seed, "schedule/change");
        let changes = (1..depth).map(|fall| (points.below(horizon), fall)).collect();
        Pct {
            depth,
            ranks: Vec::new(),
            waiting: BTreeMap::new(),
            changes,
            step: 0,
            sends,
            lowest: None,
            priorities: Stream::new(seed, "schedule/order"),
        }
    }

    fn move_to(&mut self, service: ServiceId, rank: Rank) {
        let old = std::mem::replace(&mut self.ranks[service.0 as usize], rank);
        if self.waiting.remove(&old).is_some() {
            self.waiting.insert(rank, service);
        }
    }

    /// Counts a turn of `service`, and lets the lowest go first next time if it has waited too long.
    fn take_turn(&mut self, service: ServiceId) {
        self.step += 1;
        let Some((_, lowest)) = self.waiting.first_key_value() else { return };
        let lowest = *lowest;
        let passed = match self.lowest {
            Some((same, passed)) if same == lowest && lowest != service => passed + 1,
            _ => 0,
        };
        self.lowest = Some((lowest, passed));
        if passed >= PATIENCE {
            self.move_to(lowest, Rank::Overdue(self.step));
            self.lowest = None;
        }
    }
}

impl Choice for Pct {
    fn name(&self) -> String {
        format!("pct:{}", self.depth)
    }

    fn sends(&self) -> Sends {
        self.sends
    }

    fn created(&mut self, service: ServiceId) {
        let (number, drawn) = (service.0 as usize, Rank::Drawn(self.priorities.next_u64(), service));
        self.ranks.resize(self.ranks.len().max(number + 1), drawn);
        self.ranks[number] = drawn;
    }

    fn enter(&mut self, service: ServiceId) {
        self.waiting.insert(self.ranks[service.0 as usize], service);
    }

    fn choose(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        loop {
            let (_, service) = self.waiting.last_key_value()?;
            let service = *service;
            if is_idle(service, mailboxes) {
                return Some(service);
            }
            let Some(change) = self.changes.iter().position(|(step, _)| *step == self.step) else {
                self.take_turn(service);
                return Some(service);
            };
            let (_, fall) = self.changes.swap_remove(change);
            self.move_to(service, Rank::Fallen(fall));
        }
    }

    fn leave(&mut self, service: ServiceId) {
        self.gone(service);
    }

    fn gone(&mut self, service: ServiceId) {
        self.waiting.remove(&self.ranks[service.0 as usize]);
    }
}
