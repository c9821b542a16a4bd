//! When things happen that the scenario does: appointments with the kernel's clock.

use std::collections::BTreeMap;

use crate::base::VirtualTime;
use crate::kernel::Kernel;
use crate::scenario::{Event, Trigger};

/// Something to do at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Appointment {
    /// An event of the timeline, by its place.
    Event {
        /// Its place.
        index: usize,
        /// The moment that the plan gives; the present may be later.
        at: VirtualTime,
        /// How often it has happened before.
        before: u64,
    },
    /// A service, by its label, is started again.
    Restart {
        /// Its label.
        label: String,
        /// The event that said so, by its place.
        index: usize,
    },
    /// A service that a fault stopped, by its label, goes on or is started again.
    Revive {
        /// Its label.
        label: String,
    },
    /// A pause that a fault made is over.
    Resume {
        /// The service's label.
        label: String,
    },
    /// From now on no fault acts.
    Quiet,
}

/// All appointments, by the number under which the kernel knows them.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    appointments: BTreeMap<u64, Appointment>,
    made: u64,
}

impl Timeline {
    /// Makes the first appointment of every event. What should have happened before now happens at once.
    pub(super) fn begin(&mut self, events: &[Event], kernel: &mut Kernel) {
        for (index, event) in events.iter().enumerate() {
            let at = match &event.trigger {
                Trigger::At(at) => *at,
                Trigger::Every { from, .. } => *from,
                Trigger::When(_) => continue,
            };
            self.make(kernel, at, Appointment::Event { index, at, before: 0 });
        }
    }

    /// Makes an appointment.
    pub(super) fn make(&mut self, kernel: &mut Kernel, at: VirtualTime, appointment: Appointment) {
        self.made += 1;
        self.appointments.insert(self.made, appointment);
        kernel.alarm(at, self.made);
    }

    /// The appointment whose moment has come. An event that happens again gets the next one.
    pub(super) fn keep(&mut self, number: u64, events: &[Event], kernel: &mut Kernel) -> Option<Appointment> {
        let appointment = self.appointments.remove(&number)?;
        if let Appointment::Event { index, at, before } = appointment
            && let Some(Trigger::Every { period, to, times, .. }) = events.get(index).map(|event| &event.trigger)
        {
            let (next, before) = (at + *period, before + 1);
            if times.is_none_or(|times| before < times) && to.is_none_or(|to| next <= to) {
                self.make(kernel, next, Appointment::Event { index, at: next, before });
            }
        }
        Some(appointment)
    }
}
