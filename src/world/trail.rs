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

/// Bytes of a message that are kept with it.
const NEAR_BYTES: usize = 24;

/// A message as it is kept: words are found for it when somebody asks. A run keeps every message for a while, and hardly
/// any is ever told: so a slot is one line of the cache, which is written and not read.
#[derive(Clone, Copy, Debug)]
struct Kept {
    event: EventNumber,
    cause: EventNumber,
    at: VirtualTime,
    from: Handle,
    to: Handle,
    /// Bytes that it had.
    length: u32,
    kind: MessageKind,
    head: Head,
    near: [u8; NEAR_BYTES],
}

/// Where the beginning of a message is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    /// With it: all of its bytes.
    Near,
    /// Among the long ones, up to [`SHOWN_BYTES`].
    Long,
    /// It is no message, but an action, and among those.
    Action,
}

const _: () = assert!(size_of::<Kept>() == 64, "a slot of the trail is one line of the cache");

/// A message that is held back, until it is known under which number it is handled.
#[derive(Debug)]
pub(super) struct Held {
    kept: Kept,
    head: Vec<u8>,
}

impl Held {
    pub(super) fn new(sight: &Sight<'_>) -> Held {
        let mut kept = Kept::EMPTY;
        kept.fill(sight);
        Held { kept, head: head(sight).to_vec() }
    }
}

#[inline(always)]
fn head<'s>(sight: &Sight<'s>) -> &'s [u8] {
    let data = sight.message.data.bytes();
    &data[..data.len().min(SHOWN_BYTES)]
}

impl Kept {
    const EMPTY: Kept = Kept {
        event: EventNumber(0),
        cause: EventNumber(0),
        at: VirtualTime::ZERO,
        from: Handle::NONE,
        to: Handle::NONE,
        length: 0,
        kind: MessageKind::TEXT,
        head: Head::Near,
        near: [0; NEAR_BYTES],
    };

    /// Field by field: put together elsewhere and copied, it would take twice as long.
    #[inline(always)]
    fn fill(&mut self, sight: &Sight<'_>) {
        let message = sight.message;
        let data = message.data.bytes();
        self.event = sight.event;
        self.cause = message.cause;
        self.at = sight.now;
        self.from = message.source;
        self.to = sight.to.handle();
        self.length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        self.kind = message.kind;
        if data.len() > NEAR_BYTES {
            self.head = Head::Long;
            return;
        }
        self.head = Head::Near;
        match (data.first_chunk::<8>(), data.last_chunk::<8>()) {
            // The two overlap, and so does what is between them.
            (Some(first), Some(last)) => {
                self.near[..8].copy_from_slice(first);
                if let Some(middle) = data.get(8..16) {
                    self.near[8..16].copy_from_slice(middle);
                }
                self.near[data.len() - 8..data.len()].copy_from_slice(last);
            }
            _ => self.near.iter_mut().zip(data).for_each(|(near, byte)| *near = *byte),
        }
    }
}

/// The ring of the last deliveries.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// Number n is at n modulo [`TRAIL_LENGTH`].
    slots: Vec<Kept>,
    /// How many there have ever been.
    pushed: u64,
    /// The beginnings of long messages, by number.
    long: VecDeque<(u64, Box<[u8]>)>,
    /// By number.
    actions: VecDeque<(u64, Delivery)>,
}

impl Trail {
    /// A message is about to be handled.
    #[inline]
    pub(super) fn push(&mut self, sight: &Sight<'_>) {
        self.next().fill(sight);
        if sight.message.data.len() > NEAR_BYTES {
            self.keep_long(head(sight));
        }
        self.pushed += 1;
    }

    /// A message that was held back is handled.
    pub(super) fn push_held(&mut self, held: &Held, event: EventNumber) {
        *self.next() = Kept { event, ..held.kept };
        if held.kept.head == Head::Long {
            self.keep_long(&held.head);
        }
        self.pushed += 1;
    }

    /// The scenario does something.
    pub(super) fn push_action(&mut self, action: Delivery) {
        forget_old(&mut self.actions, self.pushed);
        let (event, cause, at) = (action.event, action.cause, action.at);
        let kept = Kept { event, cause, at, head: Head::Action, ..Kept::EMPTY };
        self.actions.push_back((self.pushed, action));
        *self.next() = kept;
        self.pushed += 1;
    }

    fn keep_long(&mut self, head: &[u8]) {
        forget_old(&mut self.long, self.pushed);
        self.long.push_back((self.pushed, head.into()));
    }

    /// The slot of the next number.
    #[inline(always)]
    fn next(&mut self) -> &mut Kept {
        let place = self.pushed as usize % TRAIL_LENGTH;
        if place == self.slots.len() {
            self.slots.push(Kept::EMPTY);
        }
        &mut self.slots[place]
    }

    /// All of it in words, oldest first.
    pub(super) fn told(&self, kernel: &Kernel) -> Vec<Delivery> {
        self.last(self.slots.len(), kernel)
    }

    /// What came behind the first so many entries of the run, in words, oldest first; none that is not kept any more.
    pub(super) fn since(&self, pushed: u64, kernel: &Kernel) -> Vec<Delivery> {
        self.last(usize::try_from(self.pushed.saturating_sub(pushed)).unwrap_or(usize::MAX), kernel)
    }

    /// The last so many entries in words, oldest first.
    pub(super) fn last(&self, count: usize, kernel: &Kernel) -> Vec<Delivery> {
        let first = self.pushed - count.min(self.slots.len()) as u64;
        let told = (first..self.pushed).map(|number| {
            let kept = &self.slots[number as usize % TRAIL_LENGTH];
            match kept.head {
                Head::Near => kept.told(&kept.near[..kept.length as usize], kernel),
                Head::Long => kept.told(&numbered(&self.long, number)[..], kernel),
                Head::Action => numbered(&self.actions, number).clone(),
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
            what: brief_of_head(self.kind, head, self.length as usize),
        }
    }
}

/// Leaves out what is not in the ring any more when number `next` is.
fn forget_old<T>(kept: &mut VecDeque<(u64, T)>, next: u64) {
    while kept.front().is_some_and(|(number, _)| number + TRAIL_LENGTH as u64 <= next) {
        kept.pop_front();
    }
}

fn numbered<T>(kept: &VecDeque<(u64, T)>, number: u64) -> &T {
    let index = kept.binary_search_by_key(&number, |(number, _)| *number);
    &kept[index.expect("bug in skysim: an entry of the trail is in the ring and not kept")].1
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
