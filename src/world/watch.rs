//! Looks at each message before it is handled: for events that wait for one, and for the trail.

use std::cell::RefCell;
use std::rc::Rc;

use crate::base::{EventNumber, Handle, MessageKind};
use crate::faults::{FaultRules, command, kind_by_name, reaches};
use crate::kernel::{Kernel, Sight, Watch, Watcher};
use crate::scenario::{Detector, Domain, Level, Occasion, Plan, Trigger};

use super::detect::Current;
use super::error::WorldError;
use super::model;
use super::strike::Struck;
use super::trail::{Delivery, Held, Trail};
use super::versions::Versions;

/// What the watcher shares with the world.
pub(super) type Shared = Rc<RefCell<Lookout>>;

/// Everything that is looked for.
pub(super) struct Lookout {
    occasions: Vec<Awaited>,
    /// Events of the timeline whose message is about to be handled.
    met: Vec<usize>,
    trail: Option<Trail>,
    /// The message that is held back while those events happen.
    held: Option<Held>,
    /// The message that is about to be handled, for those who compare what it changes.
    current: Option<Current>,
    comparing: Comparing,
    /// A receiver whose next message was looked at before and then held back for longer.
    seen: Option<Handle>,
    /// The rules that strike services, if there are any.
    strikers: Option<FaultRules>,
    striking: Striking,
    /// What services are asked and answer, if there are models of them.
    histories: Option<model::Shared>,
    struck: Option<Struck>,
    /// What services show in their answers, if somebody wants to know.
    versions: Option<Rc<RefCell<Versions>>>,
}

/// Whether rules may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Striking {
    /// Not before the timeline begins: the plan's services start in peace.
    NotYet,
    /// They may.
    Now,
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
    pub(super) fn new(
        plan: &Plan,
        trail: Option<Trail>,
        rules: &FaultRules,
        histories: Option<model::Shared>,
        versions: &Rc<RefCell<Versions>>,
    ) -> Result<Lookout, WorldError> {
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
        let strikers = rules.are_about(Domain::Turns).then(|| rules.clone());
        Ok(Lookout {
            occasions,
            met: Vec::new(),
            trail,
            held: None,
            current: None,
            comparing,
            seen: None,
            strikers,
            striking: Striking::NotYet,
            histories,
            struck: None,
            versions: versions.borrow().are_in_replies().then(|| Rc::clone(versions)),
        })
    }

    /// Whether there is anything to look for.
    pub(super) fn is_needed(&self) -> bool {
        let watches = self.strikers.is_some() || self.trail.is_some() || self.histories.is_some();
        watches || !self.occasions.is_empty() || self.comparing == Comparing::On || self.versions.is_some()
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

    /// From now on rules may strike services.
    pub(super) fn expect_strikes(&mut self) {
        self.striking = Striking::Now;
    }

    /// What a rule wants to do to the service whose message was held.
    pub(super) fn take_struck(&mut self) -> Option<Struck> {
        self.struck.take()
    }

    /// Goes on after a hold: the message is handled now as `event`, or stays in its mailbox.
    pub(super) fn release(&mut self, outcome: Released) {
        let held = self.held.take();
        match (outcome, held, &mut self.trail) {
            (Released::Handled(event), Some(held), Some(trail)) => trail.push_held(&held, event),
            (Released::Kept(handle), ..) => self.seen = Some(handle),
            _ => {}
        }
    }

    /// Adds an action of the scenario to the trail, if there is one.
    pub(super) fn note(&mut self, delivery: impl FnOnce() -> Delivery) {
        if let Some(trail) = &mut self.trail {
            trail.push_action(delivery());
        }
    }

    /// The last deliveries, if they are kept.
    pub(super) fn trail(&self) -> Option<&Trail> {
        self.trail.as_ref()
    }

    /// What was kept of the last deliveries, when the run is over.
    pub(super) fn take_trail(&mut self, kernel: &Kernel) -> Vec<Delivery> {
        self.trail.take().map(|trail| trail.told(kernel)).unwrap_or_default()
    }

    /// The events of the timeline whose message never came.
    pub(super) fn unmet(&self) -> impl Iterator<Item = (usize, &Occasion, u64)> {
        let unmet = self.occasions.iter().filter(|awaited| awaited.count < awaited.occasion.nth);
        unmet.map(|awaited| (awaited.index, &awaited.occasion, awaited.count))
    }

    fn look(&mut self, sight: &Sight<'_>) -> Watch {
        let counted = self.seen.take_if(|handle| *handle == sight.to.handle()).is_some();
        if let Some(histories) = self.histories.as_ref().filter(|_| !counted) {
            model::see(histories, sight);
        }
        if !counted {
            if let Some(versions) = &self.versions {
                versions.borrow_mut().look(sight);
            }
            for awaited in &mut self.occasions {
                if awaited.is_about(sight) {
                    awaited.count += 1;
                    if awaited.count == awaited.occasion.nth {
                        self.met.push(awaited.index);
                    }
                }
            }
            if let Some(rules) = &self.strikers
                && self.striking == Striking::Now
            {
                let from = Some(sight.from()).filter(|from| !from.is_empty());
                let strike = rules.strike(sight.now, from, sight.to.label(), sight.message);
                let message = sight.message.envelope(sight.to.handle());
                self.struck = strike.map(|strike| Struck { strike, message });
            }
        }
        if self.comparing == Comparing::On {
            self.current = Some(Current::of(sight));
        }
        let hold = !self.met.is_empty() || self.struck.is_some();
        if let Some(trail) = &mut self.trail {
            if hold {
                self.held = Some(Held::new(sight));
            } else {
                trail.push(sight);
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

impl Watcher for Looking {
    fn look(&mut self, sight: Sight<'_>) -> Watch {
        self.0.borrow_mut().look(&sight)
    }
}
