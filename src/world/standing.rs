//! How things stand at an event: the state of all services, what waits in their mailboxes, and for whom they wait.

use crate::base::{EventNumber, Handle, VirtualTime};
use crate::faults::is_runtime;
use crate::state;

use super::check::state_of;
use super::failure::WaitingCall;
use super::run::{Progress, World};
use super::trail::Delivery;

/// A run that was stopped to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The last event that happened: the one that was asked for, unless the run was over before.
    pub event: EventNumber,
    /// The moment after it.
    pub at: VirtualTime,
    /// The services of the scenario and those that they started, in the order of their birth; none of the runtime's own.
    pub services: Vec<ServiceStanding>,
    /// The calls that wait for an answer, the oldest first.
    pub waiting: Vec<WaitingCall>,
    /// The deliveries that led to the event, the first cause first.
    pub chain: Vec<Delivery>,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceStanding {
    /// Its name in the scenario and in reports.
    pub name: String,
    /// Its address.
    pub handle: Handle,
    /// Messages that it has not handled yet.
    pub mailbox: usize,
    /// The text of its state (`docs/state.md`).
    pub state: String,
}

impl World {
    /// Plays up to an event and tells how things stand then.
    #[must_use]
    pub fn stand_at(mut self, event: EventNumber) -> Standing {
        while self.events() < event && self.step() == Progress::Going {}
        let living = self.kernel.services().filter(|(_, service)| service.is_alive() && !is_runtime(service.label()));
        let living: Vec<_> = living
            .map(|(id, service)| (id, service.label().to_owned(), service.handle(), service.mailbox_length()))
            .collect();
        let mut services = Vec::new();
        for (id, name, handle, mailbox) in living {
            if let Some(graph) = state_of(&mut self.kernel, id) {
                services.push(ServiceStanding { name, handle, mailbox, state: state::render(&graph) });
            }
        }
        let (event, at, waiting) = (self.events(), self.now(), self.waits().calls());
        let report = self.report();
        let chain = report.chain(event).into_iter().cloned().collect();
        Standing { event, at, services, waiting, chain }
    }
}
