//! What a service was asked and what it answered, taken down as messages are handled. Bytes only: most runs are never
//! asked about most of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::base::{EventNumber, Handle, MessageKind, Session, VirtualTime};
use crate::faults;
use crate::kernel::{Message, Sight};

/// Something that happened to a service.
#[derive(Debug)]
pub(super) enum Entry {
    /// It was asked to do something.
    Asked(Asked),
    /// Another instance of it took its place: the number of the first message that this handles.
    Restarted(EventNumber),
}

/// A request or a message that a service handles.
#[derive(Debug)]
pub(super) struct Asked {
    /// What it was asked to do.
    pub(super) command: String,
    /// The message, packed.
    pub(super) data: Vec<u8>,
    /// Who asked.
    pub(super) from: String,
    /// When it began to handle it.
    pub(super) at: VirtualTime,
    /// And as which event.
    pub(super) begun: EventNumber,
    /// What came of it.
    pub(super) answer: Answer,
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// Nothing, or nothing that anybody got.
    None,
    /// An error.
    Error,
    /// Values, packed.
    Values {
        /// They.
        data: Vec<u8>,
        /// The event during which they were sent.
        sent: EventNumber,
        /// When and as which event the asker handled them; `None`: it has not yet.
        received: Option<(EventNumber, VirtualTime)>,
    },
}

/// The history of one service.
#[derive(Debug)]
pub(in crate::world) struct History {
    service: String,
    /// What the model knows; other requests are none of its business.
    commands: BTreeSet<String>,
    /// The instance that handled the last message.
    instance: Option<Handle>,
    entries: Vec<Entry>,
    /// Requests without an answer, by asker and session; a fault may make two of one.
    open: BTreeMap<(Handle, Session), VecDeque<usize>>,
}

impl History {
    pub(super) fn new(service: &str, commands: Vec<String>) -> History {
        History {
            service: service.to_owned(),
            commands: commands.into_iter().collect(),
            instance: None,
            entries: Vec::new(),
            open: BTreeMap::new(),
        }
    }

    /// Everything so far, in the order in which it began.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A message is about to be handled by somebody.
    pub(super) fn see(&mut self, sight: &Sight<'_>) {
        let message = sight.message;
        if is_answer(message) {
            self.answered(sight.to.handle(), message, Some((sight.event, sight.now)));
        } else if sight.to.label() == self.service {
            self.asked(sight);
        }
    }

    /// A message that nobody has handled when the run is over.
    pub(super) fn see_undelivered(&mut self, to: Handle, message: &Message) {
        if is_answer(message) {
            self.answered(to, message, None);
        }
    }

    fn asked(&mut self, sight: &Sight<'_>) {
        let (message, handle) = (sight.message, sight.to.handle());
        if self.instance.replace(handle).is_some_and(|instance| instance != handle) {
            self.entries.push(Entry::Restarted(sight.event));
        }
        if message.kind != MessageKind::LUA {
            return;
        }
        let data = message.data.bytes();
        let Some(command) = faults::command(message.kind, data).filter(|command| self.commands.contains(*command))
        else {
            return;
        };
        if message.session != Session::NONE {
            self.open.entry((message.source, message.session)).or_default().push_back(self.entries.len());
        }
        self.entries.push(Entry::Asked(Asked {
            command: command.to_owned(),
            data: data.to_vec(),
            from: sight.from().to_owned(),
            at: sight.now,
            begun: sight.event,
            answer: Answer::None,
        }));
    }

    fn answered(&mut self, to: Handle, message: &Message, received: Option<(EventNumber, VirtualTime)>) {
        let key = (to, message.session);
        let Some(open) = self.open.get_mut(&key) else { return };
        let index = open.pop_front();
        if open.is_empty() {
            self.open.remove(&key);
        }
        if let Some(Entry::Asked(asked)) = index.and_then(|index| self.entries.get_mut(index)) {
            asked.answer = match message.kind {
                MessageKind::ERROR => Answer::Error,
                _ => Answer::Values { data: message.data.bytes().to_vec(), sent: message.cause, received },
            };
        }
    }
}

/// Timers come as responses, too, from nobody.
fn is_answer(message: &Message) -> bool {
    matches!(message.kind, MessageKind::RESPONSE | MessageKind::ERROR)
        && message.source != Handle::NONE
        && message.session != Session::NONE
}
