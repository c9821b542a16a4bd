//! One service's record in the kernel: `struct skynet_context` and its `message_queue`.

use std::cell::Cell;
use std::collections::VecDeque;

use crate::base::{EventNumber, Handle, Session, VirtualTime};
use crate::memory::Lines;

use super::message::Message;
use super::service::Service;

/// A service's place in the kernel's table. Never used twice in a run, unlike its handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub u32);

/// The length above which a mailbox is reported (`skynet_mq.c`, MQ_OVERLOAD).
const OVERLOAD: usize = 1024;

/// A service that handled a message so few events ago finds its memory still near.
const LATELY_EVENTS: u64 = 64;

/// Services with fewer messages behind them are not asked where they handle the next.
const FEW_MESSAGES: u64 = 8;

/// Where a service stands between birth and death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Its init function has not returned.
    Starting,
    /// It receives messages.
    Alive,
    /// Its handle is gone; its mailbox waits to be drained.
    Dead,
    /// Nothing of it is left but this record.
    Buried,
}

/// Whether the simulator holds its mailbox back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It runs when its turn comes.
    Running,
    /// A scenario paused it: messages pile up.
    Paused,
    /// Its next message waits for others.
    Barred,
    /// Some of what its last handler sent is still on its way: in effect the handler still runs.
    Sending,
}

/// How a service ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// When.
    pub at: VirtualTime,
    /// During which event.
    pub event: EventNumber,
    /// By whom; itself if it left.
    pub by: Handle,
}

/// One service's record.
pub struct Context {
    pub(super) handle: Handle,
    pub(super) life: Life,
    pub(super) death: Option<Death>,
    pub(super) pace: Pace,
    pub(super) mailbox: VecDeque<Message>,
    pub(super) service: Option<Box<dyn Service>>,
    pub(super) session: i32,
    pub(super) messages: u64,
    /// When it handled its last message.
    pub(super) last: EventNumber,
    /// What its next message will need, as far as is known.
    lines: Option<Box<Lines>>,
    pub(super) overload: usize,
    pub(super) overload_threshold: Cell<usize>,
    /// Set by the endless-loop report, read and cleared by `STAT endless`.
    pub(super) endless: bool,
    pub(super) label: String,
    pub(super) module: String,
    pub(super) args: Vec<u8>,
    /// The file that LOGON opened.
    pub(super) message_log: Option<String>,
}

impl Context {
    pub(super) fn new(handle: Handle, module: &str, args: &[u8], label: String) -> Context {
        Context {
            handle,
            life: Life::Starting,
            death: None,
            pace: Pace::Running,
            mailbox: VecDeque::new(),
            service: None,
            session: 0,
            messages: 0,
            last: EventNumber(0),
            lines: None,
            overload: 0,
            overload_threshold: Cell::new(OVERLOAD),
            endless: false,
            label,
            module: module.to_owned(),
            args: args.to_vec(),
            message_log: None,
        }
    }

    /// Its address.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle
    }

    /// Where it stands between birth and death.
    #[must_use]
    pub fn life(&self) -> Life {
        self.life
    }

    /// How it ended, if somebody ended it or it left.
    #[must_use]
    pub fn death(&self) -> Option<Death> {
        self.death
    }

    /// Whether its handle still leads to it.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        matches!(self.life, Life::Starting | Life::Alive)
    }

    /// Messages handled so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Whether the simulator holds its mailbox back.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Messages waiting.
    #[must_use]
    pub fn mailbox_length(&self) -> usize {
        self.mailbox.len()
    }

    /// Whether a message waits that a service sent up to this event. When timers sent theirs nobody knows.
    #[must_use]
    pub fn holds_since(&self, event: EventNumber) -> bool {
        self.mailbox.iter().any(|message| message.source != Handle::NONE && message.cause <= event)
    }

    /// The name that reports and scenarios use.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The first word of the LAUNCH command that made it.
    #[must_use]
    pub fn module(&self) -> &str {
        &self.module
    }

    /// The rest of that command.
    #[must_use]
    pub fn args(&self) -> &[u8] {
        &self.args
    }

    /// The record of a service whose sessions begin after this one.
    pub(super) fn counting_from(mut self, session: i32) -> Context {
        self.session = session;
        self
    }

    /// A fresh session: positive, wrapping to 1 (`skynet_context_newsession`).
    #[inline]
    pub(super) fn new_session(&mut self) -> Session {
        self.session = self.session.wrapping_add(1);
        if self.session <= 0 {
            self.session = 1;
        }
        Session(self.session)
    }

    /// A message has come, and will be handled soon: asks for the memory that it needs, if that has
    /// not been used lately.
    #[inline]
    pub(super) fn ask_for_lines(&self, event: EventNumber) {
        if event.0.wrapping_sub(self.last.0) > LATELY_EVENTS
            && let Some(lines) = &self.lines
        {
            lines.ask();
        }
    }

    /// Notes where its next message will be handled: now and then, for that seldom changes, and not for those
    /// that hardly get any.
    #[inline]
    pub(super) fn learn_lines(&mut self, service: &dyn Service) {
        if self.messages >= FEW_MESSAGES && self.messages.is_power_of_two() {
            self.lines = Some(Box::new(service.lines()));
        }
    }

    /// A worker found nothing in its mailbox: the next overload is reported from the start again.
    pub(super) fn met_empty(&self) {
        if self.mailbox.is_empty() {
            self.overload_threshold.set(OVERLOAD);
        }
    }

    /// Takes the next message and watches the length (`skynet_mq_pop`).
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Message> {
        let message = self.mailbox.pop_front()?;
        let length = self.mailbox.len();
        while length > self.overload_threshold.get() {
            self.overload = length;
            self.overload_threshold.set(self.overload_threshold.get() * 2);
        }
        Some(message)
    }
}
