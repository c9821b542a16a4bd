//! The seam for schedules that decide about every single thing: what may happen next, and what was touched when
//! it happened. Costs nothing when nobody decides.

use crate::base::{EventNumber, VirtualTime};

use super::context::{Life, Pace, ServiceId};
use super::node::Kernel;
use super::step::{Due, Step};
use super::watch::Watch;

/// Something that may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A service handles its next message.
    Handle(ServiceId),
    /// The mailbox of a dead service is drained.
    Drain(ServiceId),
    /// The next message of those that a service's last handler sent arrives.
    Arrive(ServiceId),
    /// The next timer, alarm or delayed message comes; until then time passes.
    Clock,
}

/// What may happen next, and when that would be.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// Everything that may; never nothing.
    pub turns: &'a [Turn],
    /// The time of the next timer, alarm or delayed message, if there is one.
    pub next: Option<VirtualTime>,
    /// The last event.
    pub event: EventNumber,
}

/// Something that other turns may see or change, too: two turns that touch nothing in common may change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// A message goes into this mailbox.
    Arrived(ServiceId),
    /// It matters what is in this mailbox, or when a message comes there.
    Mailbox(ServiceId),
    /// A message for this service was sent: it is alive.
    Sent(ServiceId),
    /// The service has died, or is held back or let go by the scenario.
    Fate(ServiceId),
    /// The clock was read.
    Time,
    /// A timer for this moment was started.
    Timer(VirtualTime),
    /// A timer comes that was started during this event.
    Fired(EventNumber),
    /// Names, settings, handles or files were read.
    Looked,
    /// They were changed.
    Changed,
}

/// Who decides about turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Steering {
    /// The kernel's own rules, and the schedule piece by piece.
    Off,
    /// The schedule, about each.
    On,
}

impl Kernel {
    /// Whether the schedule steers, and does not yet.
    pub fn awaits_steering(&self) -> bool {
        self.schedule.steers() && self.steering != Steering::On
    }

    /// From now on a schedule that [steers](super::Schedule::steers) decides about every turn.
    pub fn steer(&mut self) {
        if self.awaits_steering() {
            self.steering = Steering::On;
            let sinks: Vec<ServiceId> = self.sinks().collect();
            self.schedule.begin(self.now, &sinks);
            for (index, context) in self.contexts.iter().enumerate() {
                for _ in &context.mailbox {
                    self.schedule.touched(Touch::Arrived(ServiceId(index as u32)));
                }
            }
        }
    }

    /// Those who only take things down, and get their turn at once: the log, and the scenario's driver.
    fn sinks(&self) -> impl Iterator<Item = ServiceId> {
        let logger = self.logger.and_then(|handle| self.find(handle));
        let logger = logger.filter(|id| self.context(*id).module == "logger");
        let simulator = self.services().filter(|(_, context)| context.module == "skysim");
        logger.into_iter().chain(simulator.map(|(id, _)| id))
    }

    /// Tells a schedule that decides about turns what this one touches.
    #[inline]
    pub fn touch(&mut self, touch: Touch) {
        if self.steering == Steering::On {
            self.schedule.touched(touch);
        }
    }

    /// The next thing, as the schedule decides.
    #[cold]
    pub(super) fn step_steered(&mut self, until: VirtualTime) -> Step {
        if self.gate_opens_at().is_some_and(|moment| moment <= self.now) {
            self.ask_again();
        }
        let sink = self.sinks().find(|id| self.may_handle(*id));
        if let Some(sink) = sink {
            return self.handle(sink);
        }
        let next = self.queue.next_time().filter(|next| *next <= until.max(self.now));
        let turns = self.turns(next);
        if turns.is_empty() {
            return self.without_a_turn(until);
        }
        let taken = self.schedule.decide(Moment { turns: &turns, next, event: self.event });
        match turns.get(taken).copied().unwrap_or(turns[0]) {
            Turn::Handle(id) | Turn::Drain(id) => self.handle(id),
            Turn::Arrive(sender) => {
                if let Some(index) = self.on_the_way.iter().position(|(id, _)| *id == sender) {
                    self.continue_sending(index);
                }
                Step::Waited
            }
            Turn::Clock => {
                let Some((time, due)) = self.queue.pop() else { return Step::Waited };
                self.now = self.now.max(time);
                if let Due::Timer { cause, .. } = &due {
                    self.schedule.touched(Touch::Fired(*cause));
                }
                self.happen(due)
            }
        }
    }

    fn may_handle(&self, id: ServiceId) -> bool {
        let context = self.context(id);
        let has_turn = context.pace == Pace::Running && !context.mailbox.is_empty() && context.life == Life::Alive;
        has_turn || context.life == Life::Dead
    }

    fn turns(&self, next: Option<VirtualTime>) -> Vec<Turn> {
        let ids = self.services().map(|(id, _)| id);
        let handling = ids
            .filter(|id| self.may_handle(*id))
            .map(|id| if self.context(id).life == Life::Dead { Turn::Drain(id) } else { Turn::Handle(id) });
        let arriving = self.on_the_way.iter().map(|(id, _)| Turn::Arrive(*id));
        handling.chain(arriving).chain(next.map(|_| Turn::Clock)).collect()
    }

    fn handle(&mut self, id: ServiceId) -> Step {
        if self.gate.is_some() && !self.is_admitted(id) {
            return Step::Waited;
        }
        if self.watcher.is_some() && self.look_at(id) == Watch::Hold {
            self.held = Some(id);
            return Step::Held(id);
        }
        self.run(id);
        Step::Ran(id)
    }

    fn without_a_turn(&mut self, until: VirtualTime) -> Step {
        if self.gate_opens_at().is_some() {
            self.give_up_waiting();
            return Step::Waited;
        }
        if self.queue.next_time().is_none() {
            return Step::Idle;
        }
        self.now = self.now.max(until);
        Step::Reached
    }
}
