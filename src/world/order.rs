//! The order in which a run handled its messages, and the pins that make another run do the same.
//!
//! What services do depends on the order of messages within each mailbox, and a message cannot be moved
//! there: it is where it arrived. So the order of two neighbours in a mailbox is kept by pinning
//! the messages whose handlers sent them: that of the second waits for that of the first. What no handler
//! sent (timers, the scenario's own messages) cannot wait, but can be waited for. Where two handlers
//! sent to the same mailbox in turns, no pin can say so, as a handler that is held back sends nothing. Nor can one
//! wait for a message that had arrived, and was still waiting itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{EventNumber, Handle};
use crate::kernel::Sight;
use crate::scenario::{MessageName, Origin, Pin};

use super::identity::{Kind, command_of, sender};

/// How many messages back it is looked whether one follows from another.
const CHAIN_MAX: usize = 64;

/// Runs after which [`pins_of`] leaves it at what it has.
const ROUNDS_MAX: usize = 16;

/// Every message that a run handled, in order.
#[derive(Clone, Debug, Default)]
pub struct MessageOrder {
    handled: Vec<Handled>,
}

#[derive(Clone, Debug)]
struct Handled {
    name: MessageName,
    event: EventNumber,
    /// The event during which it was sent.
    cause: EventNumber,
    source: Source,
    /// When it was handled, counted in arrivals and handlings.
    at: u64,
    /// When the first of what its handler sent arrived: as if it had been handled then.
    effect: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Service,
    Timer,
}

/// Keeps the order while a run goes on.
#[derive(Default)]
pub(super) struct Recorder {
    order: MessageOrder,
    tick: u64,
    counts: BTreeMap<(String, String, Kind, Option<String>), u64>,
    last_of: BTreeMap<EventNumber, usize>,
    arrived: BTreeSet<EventNumber>,
}

impl Recorder {
    pub(super) fn handling(&mut self, sight: &Sight<'_>) {
        self.tick += 1;
        let (to, from, kind) = (sight.to.label().to_owned(), sender(sight).to_owned(), Kind::of(sight.message.kind));
        let command = command_of(sight.message).map(str::to_owned);
        // A name without a command stands for every message of its type.
        let mut count = |command: Option<String>| {
            let count = self.counts.entry((to.clone(), from.clone(), kind.clone(), command)).or_default();
            *count += 1;
            *count
        };
        let mut nth = count(None);
        if command.is_some() {
            nth = count(command.clone());
        }
        let name = MessageName { to, from: Some(from), kind: Some(kind.0), command, nth };
        let source = if sight.message.source == Handle::NONE { Source::Timer } else { Source::Service };
        let (event, cause) = (sight.event, sight.message.cause);
        self.last_of.insert(event, self.order.handled.len());
        self.order.handled.push(Handled { name, event, cause, source, at: self.tick, effect: self.tick });
    }

    pub(super) fn arrived(&mut self, cause: EventNumber) {
        if let Some(index) = self.last_of.get(&cause)
            && self.arrived.insert(cause)
        {
            self.tick += 1;
            self.order.handled[*index].effect = self.tick;
        }
    }

    pub(super) fn finish(self) -> MessageOrder {
        self.order
    }
}

impl MessageOrder {
    /// The names of the messages, in the order in which they were handled.
    pub fn names(&self) -> impl Iterator<Item = &MessageName> {
        self.handled.iter().map(|handled| &handled.name)
    }

    /// Everything that pins can say about the order, in the order of the run: most of it is so anyway.
    #[must_use]
    pub fn pins(&self) -> Vec<Pin> {
        let by_event: BTreeMap<EventNumber, usize> =
            self.handled.iter().enumerate().map(|(index, handled)| (handled.event, index)).collect();
        let mut last_in: BTreeMap<&str, usize> = BTreeMap::new();
        let mut pairs = BTreeSet::new();
        for (index, handled) in self.handled.iter().enumerate() {
            let Some(previous) = last_in.insert(&handled.name.to, index) else { continue };
            let Some(hold) = self.sender_of(index, &by_event) else { continue };
            let after = self.sender_of(previous, &by_event).unwrap_or(previous);
            let (held, waited) = (&self.handled[hold], &self.handled[after]);
            // All pins agree with one order, that of the effects: so no two can wait for each other.
            let can_wait = waited.name.to != held.name.to && waited.effect < held.effect;
            if can_wait && !self.follows(hold, after, &by_event) {
                pairs.insert((self.handled[hold].effect, hold, after));
            }
        }
        let pin = |index: usize| self.handled[index].name.clone();
        let pins = pairs.into_iter();
        pins.map(|(_, hold, after)| Pin { hold: pin(hold), after: pin(after), origin: Origin::default() }).collect()
    }

    /// Which of some pins are not so in this run: the first message comes without the second before it.
    #[must_use]
    pub fn broken(&self, pins: &[Pin]) -> Vec<Pin> {
        let at: BTreeMap<&MessageName, u64> = self.handled.iter().map(|handled| (&handled.name, handled.at)).collect();
        let is_broken = |pin: &&Pin| match (at.get(&pin.hold), at.get(&pin.after)) {
            (Some(hold), Some(after)) => hold < after,
            (Some(_), None) => true,
            (None, _) => false,
        };
        pins.iter().filter(is_broken).cloned().collect()
    }

    /// The message whose handler sent this one.
    fn sender_of(&self, index: usize, by_event: &BTreeMap<EventNumber, usize>) -> Option<usize> {
        let handled = &self.handled[index];
        if handled.source == Source::Timer { None } else { by_event.get(&handled.cause).copied() }
    }

    /// Whether one message was sent because of another, as far as a look at the nearest says.
    fn follows(&self, mut index: usize, first: usize, by_event: &BTreeMap<EventNumber, usize>) -> bool {
        for _ in 0..CHAIN_MAX {
            if index == first {
                return true;
            }
            match by_event.get(&self.handled[index].cause) {
                Some(cause) if *cause < index => index = *cause,
                _ => return false,
            }
        }
        false
    }
}

/// The pins that make a run under the base schedule handle its messages in a recorded order, as far as that
/// differs from it. `replay` runs the plan with some pins and returns its order; it is asked first
/// without any. What no pin can say stays different.
pub fn pins_of(order: &MessageOrder, mut replay: impl FnMut(&[Pin]) -> MessageOrder) -> Vec<Pin> {
    let possible = order.pins();
    let mut pins: Vec<Pin> = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let mut broken = replay(&pins).broken(&possible);
        broken.retain(|pin| !pins.contains(pin));
        if broken.is_empty() {
            break;
        }
        pins.extend(broken);
    }
    pins
}
