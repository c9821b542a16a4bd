//! Looks at each message before it is handled: for events that wait for one, and for the trail.

use std::cell::RefCell;
use std::rc::Rc;

use crate::base::{EventNumber, Handle, MessageKind};
use crate::faults::{command, kind_by_name, reaches};
use crate::kernel::{Sight, Watch, Watcher};
use crate::scenario::{Detector, Level, Occasion, Plan, Trigger};

use super::detect::Current;
use super::error::WorldError;
use super::trail::{Delivery, Trail, brief};

/// What the watcher shares with the world.
pub(super) type Shared = Rc<RefCell<Lookout>>;

/// Everything that is looked for.
pub(super) struct Lookout {
    occasions: Vec<Awaited>,
    /// Events of the timeline whose message is about to be handled.
    met: Vec<usize>,
    trail: Option<Trail>,
    /// The message that is held back while those events happen.
    held: Option<Delivery>,
    /// The message that is about to be handled, for those who compare what it changes.
    current: Option<Current>,
    comparing: Comparing,
    /// A receiver whose next message was looked at before and then held back for longer.
    seen: Option<Handle>,
}

/// Whether somebody compares what messages change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparing {
    /// Nobody does.
    Off,
    /// Each message is noted.
    On,
}

/// An event that waits for a message.
struct Awaited {
    index: usize,
    occasion: Occasion,
    kind: Option<MessageKind>,
    count: u64,
}

/// The kernel's half.
struct Looking(Shared);

impl Lookout {
    /// What a plan waits for.
    pub(super) fn new(plan: &Plan, trail: Option<Trail>) -> Result<Lookout, WorldError> {
        let mut occasions = Vec::new();
        for (index, event) in plan.events.iter().enumerate() {
            let Trigger::When(occasion) = &event.trigger else { continue };
            let kind = match &occasion.kind {
                Some(name) => Some(kind_by_name(name).ok_or_else(|| WorldError::MessageKind(name.clone()))?),
                None => None,
            };
            occasions.push(Awaited { index, occasion: occasion.clone(), kind, count: 0 });
        }
        let compares = [Detector::CheckThenAct, Detector::Reentrancy].map(|detector| plan.level(detector));
        let comparing = if compares == [Level::Off; 2] { Comparing::Off } else { Comparing::On };
        Ok(Lookout { occasions, met: Vec::new(), trail, held: None, current: None, comparing, seen: None })
    }

    /// Whether there is anything to look for.
    pub(super) fn is_needed(&self) -> bool {
        !self.occasions.is_empty() || self.trail.is_some() || self.comparing == Comparing::On
    }

    /// Whether somebody compares what messages change.
    pub(super) fn comparing(&self) -> Comparing {
        self.comparing
    }

    /// The message that was just handled, if somebody compares.
    pub(super) fn take_current(&mut self) -> Option<Current> {
        self.current.take()
    }

    /// The kernel's half of a shared lookout.
    pub(super) fn watcher(shared: &Shared) -> Box<dyn Watcher> {
        Box::new(Looking(shared.clone()))
    }

    /// The events whose moment has come.
    pub(super) fn take_met(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.met)
    }

    /// Goes on after a hold: the message is handled now as `event`, or stays in its mailbox.
    pub(super) fn release(&mut self, outcome: Released) {
        let held = self.held.take();
        match (outcome, held, &mut self.trail) {
            (Released::Handled(event), Some(held), Some(trail)) => trail.push(Delivery { event, ..held }),
            (Released::Kept(handle), ..) => self.seen = Some(handle),
            _ => {}
        }
    }

    /// Adds something to the trail, if there is one.
    pub(super) fn note(&mut self, delivery: impl FnOnce() -> Delivery) {
        if let Some(trail) = &mut self.trail {
            trail.push(delivery());
        }
    }

    /// What was kept of the last deliveries.
    pub(super) fn take_trail(&mut self) -> Vec<Delivery> {
        self.trail.as_mut().map(Trail::take).unwrap_or_default()
    }

    /// The events of the timeline whose message never came.
    pub(super) fn unmet(&self) -> impl Iterator<Item = (usize, &Occasion, u64)> {
        let unmet = self.occasions.iter().filter(|awaited| awaited.count < awaited.occasion.nth);
        unmet.map(|awaited| (awaited.index, &awaited.occasion, awaited.count))
    }

    fn look(&mut self, sight: &Sight<'_>) -> Watch {
        let counted = self.seen.take_if(|handle| *handle == sight.to.handle()).is_some();
        if !counted {
            for awaited in &mut self.occasions {
                if awaited.is_about(sight) {
                    awaited.count += 1;
                    if awaited.count == awaited.occasion.nth {
                        self.met.push(awaited.index);
                    }
                }
            }
        }
        if self.comparing == Comparing::On {
            self.current = Some(Current::of(sight));
        }
        let hold = !self.met.is_empty();
        if let Some(trail) = &mut self.trail {
            let delivery = delivery(sight);
            if hold {
                self.held = Some(delivery);
            } else {
                trail.push(delivery);
            }
        }
        if hold { Watch::Hold } else { Watch::Go }
    }
}

/// What became of a message that was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Released {
    /// It is handled now, under this number.
    Handled(EventNumber),
    /// It waits on: its receiver, with this address, was paused.
    Kept(Handle),
    /// Its receiver is gone.
    Lost,
}

impl Awaited {
    fn is_about(&self, sight: &Sight<'_>) -> bool {
        let message = sight.message;
        reaches(&self.occasion.service, sight.to.label())
            && self.kind.is_none_or(|kind| kind == message.kind)
            && self.occasion.message.as_ref().is_none_or(|glob| {
                command(message.kind, message.data.bytes()).is_some_and(|command| glob.matches(command))
            })
    }
}

fn delivery(sight: &Sight<'_>) -> Delivery {
    let message = sight.message;
    let from = if message.source == Handle::NONE { "timer" } else { sight.from };
    Delivery {
        event: sight.event,
        cause: message.cause,
        at: sight.now,
        from: from.to_owned(),
        to: sight.to.label().to_owned(),
        kind: message.kind.name().map_or_else(|| message.kind.0.to_string(), str::to_owned),
        what: brief(message.kind, message.data.bytes()),
    }
}

impl Watcher for Looking {
    fn look(&mut self, sight: Sight<'_>) -> Watch {
        self.0.borrow_mut().look(&sight)
    }
}
