//! Any order that real Skynet with several workers may produce: any ready service may be next
//! (R1 of the reference), another service may run between two sends of one handler (R2), and
//! virtual time passes while handlers run, so that timers fall anywhere among messages (R3).
//! Within a mailbox order is kept, and so is causality: a message never overtakes one it follows from.

use crate::base::{Seed, Span, Stream};
use crate::kernel::{Mailboxes, Schedule, ServiceId};

/// Longest virtual time of an ordinary handler, as a power of two of nanoseconds: about 0.13 ms.
const COST_MAX_LOG2: u64 = 17;
/// The same for a handler whose worker the system held up: about 33 ms, three ticks.
const HELD_UP_COST_MAX_LOG2: u64 = 25;
/// One handler in this many is held up.
const HELD_UP_ONE_IN: u64 = 64;

/// A seeded walk through the possible orders.
pub struct Random {
    /// Mailboxes that may hold messages; each at most once.
    ready: Vec<ServiceId>,
    listed: Vec<bool>,
    starting: Vec<bool>,
    order: Stream,
    arrival: Stream,
    cost: Stream,
}

impl Random {
    /// The walk that a seed gives.
    #[must_use]
    pub fn new(seed: Seed) -> Random {
        Random {
            ready: Vec::new(),
            listed: Vec::new(),
            starting: Vec::new(),
            order: Stream::new(seed, "schedule/order"),
            arrival: Stream::new(seed, "schedule/arrival"),
            cost: Stream::new(seed, "schedule/cost"),
        }
    }

    fn list(&mut self, service: ServiceId) {
        let index = service.0 as usize;
        if !self.listed[index] && !self.starting[index] {
            self.listed[index] = true;
            self.ready.push(service);
        }
    }
}

impl Schedule for Random {
    fn name(&self) -> String {
        "random".to_owned()
    }

    fn created(&mut self, service: ServiceId) {
        let length = self.listed.len().max(service.0 as usize + 1);
        self.listed.resize(length, false);
        self.starting.resize(length, false);
        self.starting[service.0 as usize] = true;
    }

    fn launched(&mut self, service: ServiceId) {
        self.starting[service.0 as usize] = false;
        self.list(service);
    }

    fn pushed(&mut self, service: ServiceId) {
        self.list(service);
    }

    fn retired(&mut self, service: ServiceId) {
        self.starting[service.0 as usize] = false;
        self.list(service);
    }

    fn next(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        while !self.ready.is_empty() {
            let index = self.order.below(self.ready.len() as u64) as usize;
            let service = self.ready[index];
            if mailboxes.length(service) > 0 || mailboxes.is_dead(service) {
                return Some(service);
            }
            mailboxes.met_empty(service);
            self.listed[service.0 as usize] = false;
            self.ready.swap_remove(index);
        }
        None
    }

    fn handled(&mut self, _service: ServiceId) {}

    fn drained(&mut self, service: ServiceId) {
        self.listed[service.0 as usize] = false;
        self.ready.retain(|ready| *ready != service);
    }

    /// Mostly microseconds, sometimes ticks: the length's logarithm is drawn evenly.
    fn cost(&mut self) -> Option<Span> {
        let log2_max = if self.cost.below(HELD_UP_ONE_IN) == 0 { HELD_UP_COST_MAX_LOG2 } else { COST_MAX_LOG2 };
        let ceiling = 1 << self.cost.below(log2_max + 1);
        Some(Span::from_nanos(self.cost.below(ceiling)))
    }

    fn arrive(&mut self, waiting: usize) -> usize {
        // Half of the time all of it: long delays come from several draws in a row.
        if self.arrival.below(2) == 0 { waiting } else { self.arrival.below(waiting as u64 + 1) as usize }
    }

    fn resume(&mut self, senders: usize) -> Option<usize> {
        (self.arrival.below(2) == 0).then(|| self.arrival.below(senders as u64) as usize)
    }

    fn holds_back(&self) -> bool {
        true
    }
}
