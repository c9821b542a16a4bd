//! Time, and one message at a time: what Skynet's timer thread and one worker do.

use crate::base::{EventNumber, Session, VirtualTime};
use crate::trace::{DiscardReason, Record};

use super::context::{Life, Pace, ServiceId};
use super::message::Message;
use super::node::{Kernel, View};
use super::service::Received;
use super::turn::{Steering, Touch};
use super::watch::{Naming, Sight, Watch};

/// What comes at a moment.
pub enum Due {
    /// A timer of a service.
    Timer {
        /// Whose.
        service: ServiceId,
        /// Under which number.
        session: Session,
        /// The event that started it.
        cause: EventNumber,
    },
    /// The timer thread runs again.
    CatchUp,
    /// A message that a fault delayed.
    Delivery(ServiceId, Message),
    /// A moment that the world asked for.
    Alarm(u64),
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A message was handled, or a mailbox drained.
    Ran(ServiceId),
    /// Time moved on.
    Waited,
    /// A moment that the world asked for has come.
    Alarm(u64),
    /// The watcher held this service's next message.
    Held(ServiceId),
    /// The next thing lies beyond the moment to stop at.
    Reached,
    /// Nothing is left to happen.
    Idle,
    /// The node has ended.
    Halted,
}

impl Kernel {
    /// Does the next thing, if it happens before or at `until`.
    #[inline]
    pub fn step(&mut self, until: VirtualTime) -> Step {
        if self.halt.is_some() {
            return Step::Halted;
        }
        if let Some(id) = self.held.take() {
            return self.run_held(id);
        }
        if self.steering == Steering::On {
            return self.step_steered(until);
        }
        if let Some(due) = self.queue.next_time()
            && due <= self.now
            && let Some((_, due)) = self.queue.pop()
        {
            return self.happen(due);
        }
        if self.now > until {
            return Step::Reached;
        }
        if !self.on_the_way.is_empty()
            && let Some(sender) = self.schedule.resume(self.on_the_way.len())
        {
            self.continue_sending(sender);
        }
        if self.gate_opens_at().is_some_and(|moment| moment <= self.now) {
            self.ask_again();
        }
        if let Some(id) = self.schedule.next(&View(&self.contexts)) {
            if self.gate.is_some() && !self.is_admitted(id) {
                return Step::Waited;
            }
            if self.watcher.is_some() && self.look_at(id) == Watch::Hold {
                self.held = Some(id);
                return Step::Held(id);
            }
            self.run(id);
            return Step::Ran(id);
        }
        if !self.on_the_way.is_empty() {
            self.continue_sending(0);
            return Step::Waited;
        }
        let next = self.queue.next_time();
        if let Some(opens) = self.gate_opens_at().filter(|opens| next.is_none_or(|next| next > *opens)) {
            if next.is_none() {
                self.give_up_waiting();
                return Step::Waited;
            }
            if opens <= until {
                self.now = opens;
                return Step::Waited;
            }
        }
        match next {
            Some(next) if next > until => {
                self.now = until;
                Step::Reached
            }
            Some(next) => {
                self.now = next;
                Step::Waited
            }
            None => Step::Idle,
        }
    }

    pub(super) fn happen(&mut self, due: Due) -> Step {
        match due {
            Due::Timer { service, session, cause } => {
                self.timer_is_due(service, session, cause);
                Step::Waited
            }
            Due::CatchUp => {
                self.catch_up();
                Step::Waited
            }
            Due::Delivery(receiver, message) => {
                self.deliver(receiver, message);
                Step::Waited
            }
            Due::Alarm(number) => Step::Alarm(number),
        }
    }

    /// Some of what a handler sent arrives; the rest stays on its way, and its sender waits.
    pub(super) fn continue_sending(&mut self, sender: usize) {
        let (id, mut messages) = self.on_the_way.swap_remove(sender);
        let arriving = self.schedule.arrive(messages.len()).clamp(1, messages.len());
        if let Some((_, first)) = messages.front() {
            self.tell_gate_of_arrival(first.cause);
        }
        for (receiver, message) in messages.drain(..arriving) {
            self.deliver(receiver, message);
        }
        if messages.is_empty() {
            if self.context(id).pace == Pace::Sending {
                self.set_pace(id, Pace::Running);
            }
        } else {
            self.on_the_way.push((id, messages));
        }
    }

    /// After a handler: what it sent arrives, or some of it stays on its way.
    #[cold]
    fn part_with_outbox(&mut self, id: ServiceId) {
        let arriving = self.schedule.arrive(self.outbox.len()).min(self.outbox.len());
        if arriving > 0 {
            self.tell_gate_of_arrival(self.event);
        }
        for _ in 0..arriving {
            if let Some((receiver, message)) = self.outbox.pop_front() {
                self.deliver(receiver, message);
            }
        }
        if !self.outbox.is_empty() {
            let rest = std::mem::take(&mut self.outbox);
            self.on_the_way.push((id, rest));
            let context = self.context_mut(id);
            if context.pace == Pace::Running {
                context.pace = Pace::Sending;
            }
        }
    }

    /// Goes on with the message that the watcher held.
    #[cold]
    fn run_held(&mut self, id: ServiceId) -> Step {
        if self.context(id).pace == Pace::Running {
            self.run(id);
            return Step::Ran(id);
        }
        // Paused meanwhile: its turn passes.
        self.schedule.handled(id);
        Step::Waited
    }

    /// Every message comes by here, as long as somebody watches.
    #[inline]
    pub(super) fn look_at(&mut self, id: ServiceId) -> Watch {
        let Some(mut watcher) = self.watcher.take() else { return Watch::Go };
        let to = self.context(id);
        let watch = match to.mailbox.front() {
            Some(message) if to.is_alive() => {
                let (event, now) = (EventNumber(self.event.0 + 1), self.now);
                watcher.look(Sight { event, now, to, message, kernel: self, naming: Naming::Living })
            }
            _ => Watch::Go,
        };
        self.watcher = Some(watcher);
        watch
    }

    /// Runs one message of a service, or drains its mailbox if it is dead.
    #[inline]
    pub(super) fn run(&mut self, id: ServiceId) {
        let context = &mut self.contexts[id.0 as usize];
        if context.life == Life::Dead {
            self.begin_event();
            self.touch(Touch::Mailbox(id));
            self.drain(id);
            return;
        }
        let Some(mut message) = context.pop() else { return };
        self.event.0 += 1;
        self.order = self.order.then(id, message.source);
        if context.overload != 0 {
            self.report_overload(id);
        }
        let context = &mut self.contexts[id.0 as usize];
        let Some(mut object) = context.service.take() else { return };
        context.messages += 1;
        context.last = self.event;
        if self.tracer.is_on() {
            self.record_delivery(id, &message);
        }
        if self.gate.is_some() {
            self.pass_gate(id, &message);
        }
        if self.contexts[id.0 as usize].message_log.is_some() {
            self.write_message_log(id, &message);
        }
        self.running = Some(id);
        let received = object.receive(self, &mut message);
        if received == Received::NoCallback {
            self.discard(id, &message, DiscardReason::NoCallback);
        }
        drop(message);
        self.running = None;
        if !self.outbox.is_empty() {
            self.part_with_outbox(id);
        }
        self.now = self.now + self.schedule.cost().unwrap_or(self.cost) + std::mem::take(&mut self.prolonged);
        let context = &mut self.contexts[id.0 as usize];
        self.schedule.handled(id);
        if context.life == Life::Dead {
            self.bury_object(id, object);
        } else {
            context.learn_lines(&*object);
            context.service = Some(object);
        }
    }

    #[cold]
    fn report_overload(&mut self, id: ServiceId) {
        let context = self.context_mut(id);
        let length = std::mem::take(&mut context.overload);
        let handle = context.handle;
        self.log(handle, format!("error: May overload, message queue length = {length}").as_bytes());
    }

    fn record_delivery(&mut self, id: ServiceId, message: &Message) {
        let to = self.contexts[id.0 as usize].handle;
        let record = Record::Deliver { message: message.envelope(to), data: message.data.bytes() };
        match message.origin() {
            Some(origin) => self.tracer.record_where(self.event, self.now, &record, origin.as_bytes()),
            None => self.tracer.record(self.event, self.now, &record),
        }
    }

    /// One line of the file that LOGON opened (`skynet_log_output`).
    #[cold]
    fn write_message_log(&mut self, id: ServiceId, message: &Message) {
        use std::fmt::Write;
        let Some(path) = self.context(id).message_log.clone() else { return };
        let mut line = format!("{} {} {} {} ", message.source, message.kind.0, message.session, self.now.as_ticks());
        for byte in message.data.bytes() {
            let _ = write!(line, "{byte:02x}");
        }
        line.push('\n');
        self.output.append(&path, line.as_bytes());
    }
}
