//! What is noticed while a run goes on: counted by detector, with the first of each. One that the plan asks for fails
//! the run, once.

use std::collections::BTreeMap;

use crate::base::{Handle, VirtualTime};
use crate::kernel::oddity::Oddity;
use crate::lua::dispatch::Request;
use crate::scenario::{Detector, Level};

use super::super::run::World;
use super::{Fix, Forgotten, Found};

/// Forgotten replies that are kept; who forgets more than that has said enough.
const FORGOTTEN_MAX: usize = 10_000;

/// What a detector has counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Which.
    pub detector: Detector,
    /// How often.
    pub count: u64,
    /// The first, in words.
    pub first: String,
}

/// All that was noticed.
#[derive(Debug, Default)]
pub(in crate::world) struct Oddities {
    observations: BTreeMap<Detector, Observation>,
    /// Handlers that ended without an answer, by the request that they were called for.
    pub(super) forgotten: BTreeMap<Request, Forgotten>,
}

impl Oddities {
    /// Counts one more of what was seen before; false if it was not.
    fn count_again(&mut self, detector: Detector) -> bool {
        let observation = self.observations.get_mut(&detector);
        let again = observation.is_some();
        if let Some(observation) = observation {
            observation.count += 1;
        }
        again
    }

    /// What was counted, in the order of detectors.
    pub(in crate::world) fn observations(&self) -> Vec<Observation> {
        self.observations.values().cloned().collect()
    }
}

/// Who counts it; nobody what is only judged at the end.
fn detector_of(oddity: &Oddity) -> Option<Detector> {
    match oddity {
        Oddity::ForgottenReply { .. } | Oddity::Reloaded { .. } => None,
        Oddity::DoubleReply { .. } => Some(Detector::DoubleReply),
        Oddity::UnknownResponse { .. } => Some(Detector::UnknownResponse),
        Oddity::UnregisteredProtocol { .. } => Some(Detector::UnregisteredProtocol),
        Oddity::MessageToTheDead { .. } => Some(Detector::MessageToTheDead),
        Oddity::WrongWakeup { .. } => Some(Detector::WrongWakeup),
        Oddity::FailedYield { .. } => Some(Detector::FailedYield),
        Oddity::OrphanedTimer => Some(Detector::OrphanedTimer),
    }
}

impl World {
    /// Something odd that a service or the kernel has noticed.
    pub(in crate::world) fn note_oddity(&mut self, at: VirtualTime, handle: Handle, oddity: Oddity) {
        // Names are looked for among all services: once for each detector.
        if let Some(detector) = detector_of(&oddity)
            && (self.plan.level(detector) == Level::Off || self.oddities.count_again(detector))
        {
            return;
        }
        let event = self.kernel.event();
        let service = self.kernel.label_of(handle);
        let label = |handle| self.kernel.label_of(handle);
        let (detector, what) = match oddity {
            Oddity::ForgottenReply { from, session, handler } => {
                if self.oddities.forgotten.len() < FORGOTTEN_MAX {
                    let forgotten = Forgotten { service, handler, at, event };
                    self.oddities.forgotten.insert(Request { from, session }, forgotten);
                }
                return;
            }
            Oddity::DoubleReply { place } => {
                (Detector::DoubleReply, format!("{service} answers a request a second time, at {place}"))
            }
            Oddity::UnknownResponse { from, session } => (
                Detector::UnknownResponse,
                format!("{service} got a response of {} that nobody waits for, session {session}", label(from)),
            ),
            Oddity::UnregisteredProtocol { from, kind } => {
                let kind = kind.name().map_or_else(|| kind.0.to_string(), str::to_owned);
                let what = format!("{service} got a message of type `{kind}`, which it does not handle, from ");
                (Detector::UnregisteredProtocol, what + &label(from))
            }
            Oddity::WrongWakeup { place, victim, over } => {
                let over = over.map(|(at, event)| format!("the task that was meant ended at {at} (#{event})"));
                let mut list = Vec::from_iter(over);
                list.push(match victim {
                    Some(victim) => format!("woken instead is the task that waits at {victim}"),
                    None => "nobody waits with it now: at another moment another task is woken instead".to_owned(),
                });
                let what = format!(
                    "{service} wakes a coroutine that has changed hands, at {place}: the task that was meant is over"
                );
                let found = Found { list, ..Found::new(what, service, Some((at, event))) };
                return self.observe(Detector::WrongWakeup, found);
            }
            Oddity::FailedYield { place } => {
                let what = format!("{service} waits where no coroutine can wait, at {place}");
                let why = "the answer resumes whichever task has the coroutine by then (see `string.gsub`, \
                           `table.sort`, metamethods: no Lua function that C code calls may wait)";
                let found = Found { list: vec![why.to_owned()], ..Found::new(what, service, Some((at, event))) };
                return self.observe(Detector::FailedYield, found);
            }
            Oddity::Reloaded { file } => {
                if let Some(id) = self.kernel.find(handle) {
                    self.note_fix(id, &file, Fix::Reload);
                }
                return;
            }
            Oddity::OrphanedTimer => (Detector::OrphanedTimer, format!("a timer of {service} ran off after its end")),
            Oddity::MessageToTheDead { to, kind } => {
                let kind = kind.name().map_or_else(|| kind.0.to_string(), str::to_owned);
                let what = format!("{service} sent a message of type `{kind}` to {}, which is gone", label(to));
                (Detector::MessageToTheDead, what)
            }
        };
        self.observe(detector, Found::new(what, service, Some((at, event))));
    }

    /// Counts something, and fails the run at the first if the plan asks for that.
    pub(super) fn observe(&mut self, detector: Detector, found: Found) {
        let level = self.plan.level(detector);
        if level == Level::Off {
            return;
        }
        if self.oddities.count_again(detector) {
            return;
        }
        let observation = Observation { detector, count: 1, first: found.what.clone() };
        self.oddities.observations.insert(detector, observation);
        if level == Level::Fails {
            self.failures.push(found.failure(detector));
        }
    }
}
