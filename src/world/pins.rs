//! A plan's pins: holds messages back until others have been handled.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::base::{EventNumber, MessageKind, Span, VirtualTime};
use crate::faults::kind_by_name;
use crate::kernel::{Admission, Gate, Opening, Sight};
use crate::scenario::{MessageName, Pin};

use super::error::WorldError;
use super::identity::{command_of, sender};
use super::order::{MessageOrder, Recorder};

/// How long a message is held back at most: as long as a busy machine may delay a service, and short
/// enough that a pin whose other message never comes does not stop a run.
const PATIENCE: Span = Span::from_millis(1_000);

/// A pin that did not decide anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StalePin {
    /// Its number in the plan, from 1.
    pub number: usize,
    /// The pin.
    pub pin: Pin,
    /// Why.
    pub why: Staleness,
}

/// Why a pin did not decide anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staleness {
    /// The message that should have waited never came to be handled.
    NeverCame,
    /// It was handled first: the other message did not come in time.
    LetGo,
}

impl Staleness {
    /// As reports say it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Staleness::NeverCame => "never came",
            Staleness::LetGo => "was let go",
        }
    }
}

/// What a pin has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// Neither message has been handled; the first has perhaps been held back since then.
    Waiting { since: Option<VirtualTime> },
    /// The second message has been handled.
    Open,
    /// The second, then the first.
    Kept,
    /// The first message was handled, or may be handled, without the second.
    LetGo,
}

/// All messages that a name may mean, and how many there were.
struct Counter {
    name: MessageName,
    kind: Option<MessageKind>,
    count: u64,
    /// Which messages pins hold back, and the pins.
    holds: BTreeMap<u64, Vec<usize>>,
    /// Which messages pins wait for, and the pins.
    awaited: BTreeMap<u64, Vec<usize>>,
}

/// The pins of a run, and the record of its order.
pub(super) struct Keeper {
    pins: Vec<Pin>,
    stands: Vec<Stand>,
    /// By receiver.
    counters: BTreeMap<String, Vec<Counter>>,
    recorder: Option<Recorder>,
}

/// What the gate shares with the world.
pub(super) type Shared = Rc<RefCell<Keeper>>;

struct Keeping(Shared);

impl Keeper {
    /// What a plan pins.
    pub(super) fn new(pins: &[Pin], recorder: Option<Recorder>) -> Result<Keeper, WorldError> {
        let stands = vec![Stand::Waiting { since: None }; pins.len()];
        let mut keeper = Keeper { pins: pins.to_vec(), stands, counters: BTreeMap::new(), recorder };
        for (index, pin) in pins.iter().enumerate() {
            keeper.counter(&pin.hold)?.holds.entry(pin.hold.nth).or_default().push(index);
            keeper.counter(&pin.after)?.awaited.entry(pin.after.nth).or_default().push(index);
        }
        Ok(keeper)
    }

    fn counter(&mut self, name: &MessageName) -> Result<&mut Counter, WorldError> {
        let kind = match &name.kind {
            Some(kind) => Some(kind_by_name(kind).ok_or_else(|| WorldError::MessageKind(kind.clone()))?),
            None => None,
        };
        let any = MessageName { nth: 1, ..name.clone() };
        let counters = self.counters.entry(name.to.clone()).or_default();
        let index = counters.iter().position(|counter| counter.name == any).unwrap_or(counters.len());
        if index == counters.len() {
            counters.push(Counter { name: any, kind, count: 0, holds: BTreeMap::new(), awaited: BTreeMap::new() });
        }
        Ok(&mut counters[index])
    }

    /// Whether there is anything to keep.
    pub(super) fn is_needed(&self) -> bool {
        !self.pins.is_empty() || self.recorder.is_some()
    }

    /// The kernel's half of a shared keeper.
    pub(super) fn gate(shared: &Shared) -> Box<dyn Gate> {
        Box::new(Keeping(shared.clone()))
    }

    /// The pins that decided nothing.
    pub(super) fn stale(&self) -> Vec<StalePin> {
        let stands = self.pins.iter().zip(&self.stands).enumerate();
        let stale = stands.filter_map(|(index, (pin, stand))| {
            let why = match stand {
                Stand::Waiting { .. } | Stand::Open => Staleness::NeverCame,
                Stand::LetGo => Staleness::LetGo,
                Stand::Kept => return None,
            };
            Some(StalePin { number: index + 1, pin: pin.clone(), why })
        });
        stale.collect()
    }

    /// The order of the run, if it was recorded.
    pub(super) fn take_order(&mut self) -> Option<MessageOrder> {
        self.recorder.take().map(Recorder::finish)
    }

    /// The pins that hold this message back.
    fn holding(&self, sight: &Sight<'_>) -> Vec<usize> {
        let counters = self.counters.get(sight.to.label()).into_iter().flatten();
        let fitting = counters.filter(|counter| counter.fits(sight));
        let holds = fitting.filter_map(|counter| counter.holds.get(&(counter.count + 1))).flatten().copied();
        holds.filter(|pin| matches!(self.stands[*pin], Stand::Waiting { .. })).collect()
    }

    fn admit(&mut self, sight: &Sight<'_>) -> Admission {
        let mut latest = None;
        for index in self.holding(sight) {
            let Stand::Waiting { since } = self.stands[index] else { continue };
            let since = since.unwrap_or(sight.now);
            let until = since + PATIENCE;
            if until <= sight.now {
                self.stands[index] = Stand::LetGo;
            } else {
                self.stands[index] = Stand::Waiting { since: Some(since) };
                latest = latest.max(Some(until));
            }
        }
        latest.map_or(Admission::Now, Admission::Later)
    }

    fn handling(&mut self, sight: &Sight<'_>) -> Opening {
        if let Some(recorder) = &mut self.recorder {
            recorder.handling(sight);
        }
        let mut opening = Opening::Nothing;
        for counter in self.counters.get_mut(sight.to.label()).into_iter().flatten() {
            if !counter.fits(sight) {
                continue;
            }
            counter.count += 1;
            for pin in counter.holds.get(&counter.count).into_iter().flatten() {
                let kept = self.stands[*pin] == Stand::Open;
                self.stands[*pin] = if kept { Stand::Kept } else { Stand::LetGo };
            }
            for pin in counter.awaited.get(&counter.count).into_iter().flatten() {
                if let Stand::Waiting { .. } = self.stands[*pin] {
                    self.stands[*pin] = Stand::Open;
                    opening = Opening::Some;
                }
            }
        }
        opening
    }
}

impl Counter {
    fn fits(&self, sight: &Sight<'_>) -> bool {
        let name = &self.name;
        self.kind.is_none_or(|kind| kind == sight.message.kind)
            && name.from.as_ref().is_none_or(|from| from == sender(sight))
            && name.command.as_ref().is_none_or(|command| command_of(sight.message) == Some(command))
    }
}

impl Gate for Keeping {
    fn admit(&mut self, sight: Sight<'_>) -> Admission {
        self.0.borrow_mut().admit(&sight)
    }

    fn handling(&mut self, sight: Sight<'_>) -> Opening {
        self.0.borrow_mut().handling(&sight)
    }

    fn give_up(&mut self, sight: Sight<'_>) {
        let mut keeper = self.0.borrow_mut();
        for index in keeper.holding(&sight) {
            keeper.stands[index] = Stand::LetGo;
        }
    }

    fn arrived(&mut self, cause: EventNumber) {
        if let Some(recorder) = &mut self.0.borrow_mut().recorder {
            recorder.arrived(cause);
        }
    }
}
