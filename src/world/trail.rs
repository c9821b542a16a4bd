//! The last deliveries of a run, so that a failure can be told as the chain that led to it.

use std::collections::{BTreeMap, VecDeque};

use crate::base::{EventNumber, Handle, MessageKind, VirtualTime};
use crate::kernel::{Kernel, Sight};
use crate::seri;

/// How many deliveries are kept.
pub const TRAIL_LENGTH: usize = 4096;

/// Bytes of a message that are looked at for its short text.
const SHOWN_BYTES: usize = 200;

/// Characters of the short text.
const SHOWN_CHARS: usize = 80;

/// The type of what is no message: something that the scenario did.
pub(super) const ACTION: &str = "action";

/// A message that was handled, or something that the scenario did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The number of the event.
    pub event: EventNumber,
    /// The event during which the message was sent; 0 if there was none.
    pub cause: EventNumber,
    /// When.
    pub at: VirtualTime,
    /// The sender's name; `timer` for timers, `scenario` for what the scenario did.
    pub from: String,
    /// The receiver's name.
    pub to: String,
    /// The message type, or `action`.
    pub kind: String,
    /// The values or the action, in few words.
    pub what: String,
}

impl Delivery {
    /// The first value, if it is a text: what services dispatch on.
    #[must_use]
    pub fn command(&self) -> Option<&str> {
        if self.kind == ACTION {
            return None;
        }
        self.what.strip_prefix('"')?.split('"').next()
    }
}

/// A message as it is kept: words are found for it when somebody asks. A run keeps every message for a while, and hardly
/// any is ever told.
#[derive(Clone, Copy, Debug)]
struct Kept {
    event: EventNumber,
    cause: EventNumber,
    at: VirtualTime,
    from: Handle,
    to: Handle,
    kind: MessageKind,
    /// Bytes of the message that are kept, and those that it had.
    head: usize,
    length: usize,
}

#[derive(Debug)]
enum Entry {
    Message(Kept),
    Action(Box<Delivery>),
}

impl Entry {
    /// Bytes of its message that are kept.
    fn head(&self) -> usize {
        match self {
            Entry::Message(kept) => kept.head,
            Entry::Action(_) => 0,
        }
    }
}

/// A message that is held back, until it is known under which number it is handled.
#[derive(Debug)]
pub(super) struct Held {
    kept: Kept,
    head: Vec<u8>,
}

impl Held {
    pub(super) fn new(sight: &Sight<'_>) -> Held {
        let (kept, head) = look(sight);
        Held { kept, head: head.to_vec() }
    }
}

fn look<'s>(sight: &Sight<'s>) -> (Kept, &'s [u8]) {
    let message = sight.message;
    let data = message.data.bytes();
    let head = &data[..data.len().min(SHOWN_BYTES)];
    let kept = Kept {
        event: sight.event,
        cause: message.cause,
        at: sight.now,
        from: message.source,
        to: sight.to.handle(),
        kind: message.kind,
        head: head.len(),
        length: data.len(),
    };
    (kept, head)
}

/// The ring of the last deliveries.
#[derive(Debug, Default)]
pub(super) struct Trail {
    entries: VecDeque<Entry>,
    /// The beginnings of the messages, one after another.
    heads: VecDeque<u8>,
    /// How many entries there have ever been.
    pushed: u64,
}

impl Trail {
    /// A message is about to be handled.
    #[inline]
    pub(super) fn push(&mut self, sight: &Sight<'_>) {
        let (kept, head) = look(sight);
        self.add(kept, head);
    }

    /// A message that was held back is handled.
    pub(super) fn push_held(&mut self, held: &Held, event: EventNumber) {
        self.add(Kept { event, ..held.kept }, &held.head);
    }

    /// The scenario does something.
    pub(super) fn push_action(&mut self, action: Delivery) {
        self.make_room();
        self.entries.push_back(Entry::Action(Box::new(action)));
    }

    fn add(&mut self, kept: Kept, head: &[u8]) {
        self.make_room();
        self.entries.push_back(Entry::Message(kept));
        self.heads.extend(head);
    }

    /// An entry comes: the oldest leaves for it.
    fn make_room(&mut self) {
        self.pushed += 1;
        if self.entries.len() == TRAIL_LENGTH
            && let Some(Entry::Message(oldest)) = self.entries.pop_front()
        {
            self.heads.drain(..oldest.head);
        }
    }

    /// All of it in words, oldest first.
    pub(super) fn told(&self, kernel: &Kernel) -> Vec<Delivery> {
        self.last(self.entries.len(), kernel)
    }

    /// What came behind the first so many entries of the run, in words, oldest first; none that is not kept any more.
    pub(super) fn since(&self, pushed: u64, kernel: &Kernel) -> Vec<Delivery> {
        self.last(usize::try_from(self.pushed.saturating_sub(pushed)).unwrap_or(usize::MAX), kernel)
    }

    /// The last so many entries in words, oldest first.
    pub(super) fn last(&self, count: usize, kernel: &Kernel) -> Vec<Delivery> {
        let entries = self.entries.range(self.entries.len().saturating_sub(count)..);
        let heads: usize = entries.clone().map(Entry::head).sum();
        let mut at = self.heads.len() - heads;
        let told = entries.map(|entry| match entry {
            Entry::Action(action) => (**action).clone(),
            Entry::Message(kept) => {
                let head: Vec<u8> = self.heads.range(at..at + kept.head).copied().collect();
                at += kept.head;
                kept.told(&head, kernel)
            }
        });
        told.collect()
    }

    /// How many entries there have ever been.
    pub(super) fn pushed(&self) -> u64 {
        self.pushed
    }
}

impl Kept {
    fn told(&self, head: &[u8], kernel: &Kernel) -> Delivery {
        Delivery {
            event: self.event,
            cause: self.cause,
            at: self.at,
            from: sender(kernel, self.from),
            to: kernel.label_of(self.to),
            kind: kind_name(self.kind),
            what: brief_of_head(self.kind, head, self.length),
        }
    }
}

/// A sender's name.
pub(super) fn sender(kernel: &Kernel, source: Handle) -> String {
    if source == Handle::NONE { "timer".to_owned() } else { kernel.label_of(source) }
}

/// The deliveries that led to `event`, the first cause first.
pub(super) fn chain<'d>(deliveries: impl Iterator<Item = &'d Delivery>, event: EventNumber) -> Vec<&'d Delivery> {
    let by_event: BTreeMap<EventNumber, &Delivery> = deliveries.map(|delivery| (delivery.event, delivery)).collect();
    let mut chain = Vec::new();
    let mut next = event;
    while let Some(delivery) = by_event.get(&next) {
        chain.push(*delivery);
        if delivery.cause >= next {
            break;
        }
        next = delivery.cause;
    }
    chain.reverse();
    chain
}

/// A message type's name, or its number.
pub(super) fn kind_name(kind: MessageKind) -> String {
    kind.name().map_or_else(|| kind.0.to_string(), str::to_owned)
}

/// A message's data in few words.
pub(super) fn brief(kind: MessageKind, data: &[u8]) -> String {
    brief_of_head(kind, &data[..data.len().min(SHOWN_BYTES)], data.len())
}

/// The same, from the beginning of the data and its whole length.
fn brief_of_head(kind: MessageKind, head: &[u8], length: usize) -> String {
    let mut text = match seri::whole_values(head, SHOWN_BYTES).filter(|_| kind.is_packed()) {
        Some(whole) => {
            let shown = seri::decode(&head[..whole]).map(|values| seri::display(&values)).unwrap_or_default();
            if whole == length { shown } else { format!("{shown}, ...") }
        }
        None => String::from_utf8_lossy(head).escape_debug().to_string(),
    };
    if let Some((cut, _)) = text.char_indices().nth(SHOWN_CHARS) {
        text.truncate(cut);
        text.push_str("...");
    }
    text
}
