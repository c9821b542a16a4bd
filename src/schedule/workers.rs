//! What all schedules with several workers share, whoever they let run next: another service may run
//! between two sends of one handler (R2 of the reference), and virtual time passes while handlers
//! run, so that timers fall anywhere among messages (R3). The choice itself (R1) is a file each.
//! Within a mailbox order is kept, and so is causality: a message never overtakes one it follows from.

use crate::base::{Seed, Span, Stream};
use crate::kernel::{Mailboxes, Schedule, ServiceId};

/// Longest virtual time of an ordinary handler, as a power of two of nanoseconds: about 0.13 ms.
const COST_MAX_LOG2: u64 = 17;
/// The same for a handler whose worker the system held up: about 33 ms, three ticks.
const HELD_UP_COST_MAX_LOG2: u64 = 25;
/// One handler in this many is held up.
const HELD_UP_ONE_IN: u64 = 64;

/// When what a handler sends arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sends {
    /// As soon as the handler has run.
    AtOnce,
    /// Others may run between two sends.
    OnTheirWay,
}

/// Which of the services that may have a turn gets it.
pub(super) trait Choice {
    /// The name by which a scenario asks for it.
    fn name(&self) -> String;

    /// When sends arrive, in the whole run.
    fn sends(&self) -> Sends {
        Sends::OnTheirWay
    }

    /// A service exists.
    fn created(&mut self, _service: ServiceId) {}

    /// From now on the service may have a turn. It had none before this.
    fn enter(&mut self, service: ServiceId);

    /// One of those that may have a turn; `None` if nobody may. It gets its turn, unless it [`is_idle`].
    fn choose(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId>;

    /// The service that was chosen last was idle: it may have no turn until it enters again.
    fn leave(&mut self, service: ServiceId);

    /// The service is gone, whether it was chosen or not.
    fn gone(&mut self, service: ServiceId);
}

/// Whether there is nothing to do in a service's turn.
pub(super) fn is_idle(service: ServiceId, mailboxes: &dyn Mailboxes) -> bool {
    mailboxes.length(service) == 0 && !mailboxes.is_dead(service)
}

/// Several workers, and somebody's choice whose turn is next.
pub(super) struct Workers<C> {
    choice: C,
    /// Which services may have a turn, as the choice knows.
    entered: Vec<bool>,
    starting: Vec<bool>,
    arrival: Stream,
    cost: Stream,
}

impl<C: Choice> Workers<C> {
    /// What a seed gives.
    pub(super) fn new(choice: C, seed: Seed) -> Workers<C> {
        Workers {
            choice,
            entered: Vec::new(),
            starting: Vec::new(),
            arrival: Stream::new(seed, "schedule/arrival"),
            cost: Stream::new(seed, "schedule/cost"),
        }
    }

    fn enter(&mut self, service: ServiceId) {
        let index = service.0 as usize;
        if !self.entered[index] && !self.starting[index] {
            self.entered[index] = true;
            self.choice.enter(service);
        }
    }
}

impl<C: Choice> Schedule for Workers<C> {
    fn name(&self) -> String {
        self.choice.name()
    }

    fn created(&mut self, service: ServiceId) {
        let length = self.entered.len().max(service.0 as usize + 1);
        self.entered.resize(length, false);
        self.starting.resize(length, false);
        self.starting[service.0 as usize] = true;
        self.choice.created(service);
    }

    fn launched(&mut self, service: ServiceId) {
        self.starting[service.0 as usize] = false;
        self.enter(service);
    }

    fn pushed(&mut self, service: ServiceId) {
        self.enter(service);
    }

    fn retired(&mut self, service: ServiceId) {
        self.starting[service.0 as usize] = false;
        self.enter(service);
    }

    fn next(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        loop {
            let service = self.choice.choose(mailboxes)?;
            if !is_idle(service, mailboxes) {
                return Some(service);
            }
            mailboxes.met_empty(service);
            self.entered[service.0 as usize] = false;
            self.choice.leave(service);
        }
    }

    fn handled(&mut self, _service: ServiceId) {}

    fn drained(&mut self, service: ServiceId) {
        self.entered[service.0 as usize] = false;
        self.choice.gone(service);
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
        self.choice.sends() == Sends::OnTheirWay
    }
}
