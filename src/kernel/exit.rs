//! Death of a service: `handle_exit`, `skynet_handle_retire`, and the mailbox left behind.

use crate::base::{Handle, MessageKind, Session};
use crate::trace::{DiscardReason, ExitHow, Record};

use super::context::{Death, Life, ServiceId};
use super::message::Message;
use super::node::{Halt, Kernel};
use super::turn::Touch;

impl Kernel {
    /// KILL (`victim` given) or EXIT of the killer itself: logs, tells the exit monitor, retires.
    pub fn kill(&mut self, killer: ServiceId, victim: Option<Handle>) {
        self.arrive_all();
        self.touch(Touch::Changed);
        let me = self.context(killer).handle;
        let handle = victim.unwrap_or(me);
        match victim {
            None => self.log(me, b"KILL self"),
            Some(handle) => self.log(me, format!("KILL :{:x}", handle.0).as_bytes()),
        }
        if let Some(monitor) = self.exit_monitor.and_then(|monitor| self.find(monitor)) {
            self.push(monitor, Message::bare(handle, Session::NONE, MessageKind::CLIENT, self.event));
        }
        self.arrive_all();
        let how = if victim.is_none() { ExitHow::Exit } else { ExitHow::Kill };
        self.tracer_record(&Record::Exit { handle, by: me, how });
        let death = Death { at: self.now, event: self.event, by: me };
        if let Some(id) = self.handles.find(handle) {
            self.context_mut(id).death = Some(death);
        }
        self.retire(handle);
    }

    /// Takes a service's handle and names away at once; ends it now, or when its handler returns.
    /// What it has sent was pushed before it died, so that it arrives before its mailbox is drained.
    pub(super) fn retire(&mut self, handle: Handle) {
        if let Some(id) = self.handles.find(handle) {
            self.touch(Touch::Fate(id));
            self.arrive_from(id);
        }
        let Some(id) = self.handles.retire(handle) else { return };
        self.names.retire(handle);
        let context = self.context_mut(id);
        context.life = Life::Dead;
        if let Some(object) = context.service.take() {
            self.bury_object(id, object);
        }
    }

    /// Runs a dead service's last code and leaves its mailbox to be drained.
    pub(super) fn bury_object(&mut self, id: ServiceId, mut object: Box<dyn super::Service>) {
        if !self.is_over() {
            object.stop(self);
        }
        drop(object);
        self.schedule.retired(id);
    }

    /// ABORT: every service is retired, in slot order; what still waits is lost.
    pub fn abort(&mut self, by: ServiceId) {
        self.arrive_all();
        let by = self.context(by).handle;
        self.tracer_record(&Record::Exit { handle: Handle::NONE, by, how: ExitHow::Abort });
        self.halt(Halt::Abort);
        loop {
            let handles = self.handles.in_slot_order();
            if handles.is_empty() {
                return;
            }
            for handle in handles {
                self.retire(handle);
            }
        }
    }

    /// Empties a dead mailbox: every message is answered with an error (`skynet_mq_release`).
    pub(super) fn drain(&mut self, id: ServiceId) {
        while let Some(message) = self.context_mut(id).mailbox.pop_front() {
            self.discard(id, &message, DiscardReason::DeadMailbox);
            self.note_dead_letter(message.source, self.context(id).handle, message.kind);
            self.answer_with_error(id, &message);
        }
        let context = self.context_mut(id);
        context.life = Life::Buried;
        context.mailbox = std::collections::VecDeque::new();
        self.schedule.drained(id);
    }
}
