//! The last deliveries of a run, so that a failure can be told as the chain that led to it.

use std::collections::{BTreeMap, VecDeque};

use crate::base::{EventNumber, MessageKind, VirtualTime};
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

/// The ring of the last deliveries.
#[derive(Debug, Default)]
pub(super) struct Trail(VecDeque<Delivery>);

impl Trail {
    pub(super) fn push(&mut self, delivery: Delivery) {
        if self.0.len() == TRAIL_LENGTH {
            self.0.pop_front();
        }
        self.0.push_back(delivery);
    }

    pub(super) fn take(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.0).into()
    }

    pub(super) fn last(&self) -> Option<&Delivery> {
        self.0.back()
    }

    pub(super) fn chain(&self, event: EventNumber) -> Vec<Delivery> {
        chain(self.0.iter(), event).into_iter().cloned().collect()
    }
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
    let mut text = match seri::whole_values(data, SHOWN_BYTES).filter(|_| kind.is_packed()) {
        Some(whole) => {
            let shown = seri::decode(&data[..whole]).map(|values| seri::display(&values)).unwrap_or_default();
            if whole == data.len() { shown } else { format!("{shown}, ...") }
        }
        None => String::from_utf8_lossy(&data[..data.len().min(SHOWN_BYTES)]).escape_debug().to_string(),
    };
    if let Some((cut, _)) = text.char_indices().nth(SHOWN_CHARS) {
        text.truncate(cut);
        text.push_str("...");
    }
    text
}
