//! The seam for holding messages back. A message that must wait stays at the head of its mailbox, and
//! its service gets no turn, as if no worker came to it: real Skynet may delay any service.

use crate::base::{EventNumber, Handle, VirtualTime};

use super::context::{Context, Pace, ServiceId};
use super::message::Message;
use super::node::Kernel;
use super::watch::{Naming, Sight};

/// Whether a message may be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Now,
    /// Not yet: asked again when the gate has opened, or at this moment.
    Later(VirtualTime),
}

/// What the handling of a message means for those that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Nothing.
    Nothing,
    /// Some of them may be handled now: all are asked about again.
    Some,
}

/// Decides about every message before it is handled.
pub trait Gate {
    /// Asked when it is the message's turn. No promise that it is handled: it may be asked about again.
    fn admit(&mut self, sight: Sight<'_>) -> Admission;

    /// The message is handled now.
    fn handling(&mut self, sight: Sight<'_>) -> Opening;

    /// Nothing else is left to happen: this message waits no longer.
    fn give_up(&mut self, sight: Sight<'_>);

    /// Something arrives that was sent during this event.
    fn arrived(&mut self, cause: EventNumber);
}

impl Kernel {
    /// Puts a gate before the mailboxes.
    pub fn set_gate(&mut self, gate: Box<dyn Gate>) {
        self.gate = Some(gate);
    }

    /// Whether the next message of a service may be handled. If not, the service is held back.
    #[cold]
    pub(super) fn is_admitted(&mut self, id: ServiceId) -> bool {
        let admission = self.at_gate(id, |gate, sight| gate.admit(sight));
        let Some(Admission::Later(until)) = admission else { return true };
        self.set_pace(id, Pace::Barred);
        self.barred.push((id, until));
        // Its turn passes.
        self.schedule.handled(id);
        false
    }

    /// Tells the gate about a message that its service has taken out of its mailbox.
    #[cold]
    pub(super) fn pass_gate(&mut self, id: ServiceId, message: &Message) {
        let Some(mut gate) = self.gate.take() else { return };
        let opening = gate.handling(self.sight_at_gate(id, message));
        self.gate = Some(gate);
        if opening == Opening::Some {
            self.ask_again();
        }
    }

    /// Something arrives that the gate may want to know about.
    #[cold]
    pub(super) fn tell_gate_of_arrival(&mut self, cause: EventNumber) {
        if let Some(gate) = &mut self.gate {
            gate.arrived(cause);
        }
    }

    /// The moment at which a message must be asked about again.
    pub(super) fn gate_opens_at(&self) -> Option<VirtualTime> {
        self.barred.iter().map(|(_, until)| *until).min()
    }

    /// Every service that is held back may have its turn again.
    #[cold]
    pub(super) fn ask_again(&mut self) {
        for (id, _) in std::mem::take(&mut self.barred) {
            let context = self.context(id);
            if context.is_alive() && context.pace == Pace::Barred {
                self.set_pace(id, Pace::Running);
            }
        }
    }

    /// Nothing else is left to happen: the message that was held back first waits no longer.
    #[cold]
    pub(super) fn give_up_waiting(&mut self) {
        let mut held = self.barred.iter().map(|(id, _)| *id);
        if let Some(first) = held.find(|id| self.context(*id).pace == Pace::Barred) {
            self.at_gate(first, |gate, sight| gate.give_up(sight));
        }
        self.ask_again();
    }

    /// The message as the gate sees it.
    fn sight_at_gate<'a>(&'a self, id: ServiceId, message: &'a Message) -> Sight<'a> {
        let to = self.context(id);
        Sight { event: self.event, now: self.now, to, message, kernel: self, naming: Naming::All }
    }

    /// The name of whoever had a handle last.
    pub(super) fn last_label_of(&self, handle: Handle) -> &str {
        self.contexts.iter().rev().find(|context| context.handle == handle).map_or("", Context::label)
    }

    /// Shows the gate the next message of a service, unless that is dead.
    fn at_gate<R>(&mut self, id: ServiceId, show: impl FnOnce(&mut dyn Gate, Sight<'_>) -> R) -> Option<R> {
        let mut gate = self.gate.take()?;
        let context = self.context(id);
        let message = context.mailbox.front().filter(|_| context.is_alive());
        let result = message.map(|message| show(&mut *gate, self.sight_at_gate(id, message)));
        self.gate = Some(gate);
        result
    }
}
