//! How things stand at an event: the state of all services, what waits in their mailboxes, and for whom they wait.

use crate::base::{EventNumber, Handle, VirtualTime};
use crate::faults::is_runtime;
use crate::kernel::ServiceId;
use crate::state::{self, StateGraph};

use super::check::state_of;
use super::failure::{Failure, WaitingCall};
use super::report::Ending;
use super::run::{Phase, Progress, World};
use super::trail::{self, Delivery, brief, kind_name, sender};

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

/// A message that is sent and not handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Its receiver.
    pub to: String,
    /// Its sender.
    pub from: String,
    /// The message type.
    pub kind: String,
    /// The values, in few words.
    pub what: String,
    /// The event during which it was sent.
    pub cause: EventNumber,
}

impl World {
    /// Plays up to an event and tells how things stand then.
    #[must_use]
    pub fn stand_at(mut self, event: EventNumber) -> Standing {
        let standing = self.go_to(event);
        drop(self.report());
        standing
    }

    /// Plays up to an event and tells how things stood before it, and how after it.
    #[must_use]
    pub fn stand_around(mut self, event: EventNumber) -> [Standing; 2] {
        let before = EventNumber(event.0.saturating_sub(1));
        let standings = [before, event].map(|event| self.go_to(event));
        drop(self.report());
        standings
    }

    fn go_to(&mut self, event: EventNumber) -> Standing {
        while self.events() < event && self.step() == Progress::Going {}
        self.standing()
    }

    /// How things stand now. Looking changes nothing.
    pub fn standing(&mut self) -> Standing {
        let mut services = Vec::new();
        for (id, name, handle, mailbox) in self.living() {
            if let Some(graph) = state_of(&mut self.kernel, id) {
                services.push(ServiceStanding { name, handle, mailbox, state: state::render(&graph) });
            }
        }
        let (event, at) = (self.events(), self.now());
        Standing { event, at, services, waiting: self.waiting(), chain: self.chain() }
    }

    /// The calls that wait for an answer, the oldest first.
    #[must_use]
    pub fn waiting(&mut self) -> Vec<WaitingCall> {
        self.waits().calls()
    }

    /// The deliveries that led to the last event, the first cause first; none if no trail is kept.
    #[must_use]
    pub fn chain(&self) -> Vec<Delivery> {
        let told = self.lookout.borrow().trail().map(|trail| trail.told(&self.kernel)).unwrap_or_default();
        trail::chain(told.iter(), self.events()).into_iter().cloned().collect()
    }

    /// The last message that was handled or action that was taken; `None` if no trail is kept.
    #[must_use]
    pub fn last_delivery(&self) -> Option<Delivery> {
        self.lookout.borrow().trail()?.last(1, &self.kernel).pop()
    }

    /// The messages and actions behind the first `told` ones of the run, oldest first, and how many there have been by
    /// now. None if no trail is kept; of more than [`TRAIL_LENGTH`](super::TRAIL_LENGTH) the last.
    #[must_use]
    pub fn deliveries_since(&self, told: u64) -> (Vec<Delivery>, u64) {
        let lookout = self.lookout.borrow();
        let Some(trail) = lookout.trail() else { return (Vec::new(), 0) };
        (trail.since(told, &self.kernel), trail.pushed())
    }

    /// The state of a service that lives; `None` if there is none of that name, or it has no state to look at.
    pub fn state_of(&mut self, service: &str) -> Option<StateGraph> {
        let id = self.kernel.find_label(service)?;
        self.kernel.context(id).is_alive().then(|| state_of(&mut self.kernel, id))?
    }

    /// The names of the services that live, in the order of their birth; none of the runtime's own.
    #[must_use]
    pub fn service_names(&self) -> Vec<String> {
        self.living().into_iter().map(|(_, name, ..)| name).collect()
    }

    /// The services that live, each with how many messages wait in its mailbox, in the order of their birth.
    #[must_use]
    pub fn mailboxes(&self) -> Vec<(String, usize)> {
        self.living().into_iter().map(|(_, name, _, mailbox)| (name, mailbox)).collect()
    }

    /// Messages that are sent and not handled, in mailboxes, on their way or delayed; a mailbox's own in its order.
    #[must_use]
    pub fn undelivered(&self) -> Vec<Undelivered> {
        let told = self.kernel.undelivered().map(|(id, message)| Undelivered {
            to: self.kernel.context(id).label().to_owned(),
            from: sender(&self.kernel, message.source),
            kind: kind_name(message.kind),
            what: brief(message.kind, message.data.bytes()),
            cause: message.cause,
        });
        told.collect()
    }

    /// What has failed so far.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// What ended the run, if it is over.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        match &self.phase {
            Phase::Over(ending) => Some(ending),
            _ => None,
        }
    }

    pub(super) fn living(&self) -> Vec<(ServiceId, String, Handle, usize)> {
        let living = self.kernel.services().filter(|(_, service)| service.is_alive() && !is_runtime(service.label()));
        living
            .map(|(id, service)| (id, service.label().to_owned(), service.handle(), service.mailbox_length()))
            .collect()
    }
}
