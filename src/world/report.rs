//! What is to say about a run that is over. Data only; how it is printed is the caller's business.

use std::collections::BTreeMap;
use std::io;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::{EventNumber, VirtualTime};
use crate::faults::RuleCount;
use crate::kernel::{Halt, Order};
use crate::scenario::{FaultRule, Plan};
use crate::trace::Digest;

use super::changed::Changed;
use super::detect::Observation;
use super::failure::{Failure, Got, WaitingCall};
use super::model::ModelCount;
use super::order::MessageOrder;
use super::pins::StalePin;
use super::trail::{self, Delivery};

/// A run, judged.
#[derive(Debug)]
pub struct RunReport {
    /// Passed or not.
    pub verdict: Verdict,
    /// Everything that must hold and did not, in the order in which it was found. Not empty for a run
    /// that passed because its scenario expects this failure.
    pub failures: Vec<Failure>,
    /// What ended the run.
    pub ending: Ending,
    /// The last event.
    pub events: EventNumber,
    /// What came of the timeline's events, in the order in which they happened: the place of each in the plan, and its
    /// answer. Events that have none, such as a write, are among them.
    pub outcomes: Vec<(usize, Got)>,
    /// Virtual time at the end.
    pub end: VirtualTime,
    /// Calls without an answer at the end, also where the scenario allows them.
    pub waiting: Vec<WaitingCall>,
    /// What `sim.sometimes` and `sim.reachable` named in this run, and whether it ever held.
    pub sometimes: BTreeMap<String, bool>,
    /// What detectors have counted, those that fail the run and those that do not.
    pub observations: Vec<Observation>,
    /// What each fault rule did, in the order of the plan.
    pub faults: Vec<RuleCount>,
    /// The plan's fault rules with everything that this run drew fixed.
    pub pinned: Vec<FaultRule>,
    /// The plan's pins that decided nothing.
    pub stale_pins: Vec<StalePin>,
    /// The order of the messages, if it was recorded.
    pub order: Option<MessageOrder>,
    /// Why the run proves nothing, in words; empty for all verdicts but [`Verdict::Vacuous`].
    pub vacuous: Vec<String>,
    /// The final state of the services that the plan compares, by name.
    pub snapshots: IndexMap<String, String>,
    /// The last deliveries and actions, oldest first, if they were kept.
    pub trail: Vec<Delivery>,
    /// What the last messages before the first failure changed, if somebody has looked (see [`RunReport::looks`]).
    pub changed: Vec<Changed>,
    /// What became of the plan's models, if the run came so far.
    pub models: Vec<ModelCount>,
    /// How often checks were made.
    pub checks: u64,
    /// The hash of the trace; zero if none was recorded.
    pub digest: Digest,
    /// The order in which messages were handled, as a number.
    pub order_hash: Order,
    /// Why the trace is not whole.
    pub trace_error: Option<io::Error>,
}

/// Whether everything held that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It did.
    Passed,
    /// It did not.
    Failed,
    /// It did, but something that should have been tried never happened.
    Vacuous,
    /// The caller or the watchdog stopped the run before it was over.
    Interrupted,
}

impl Verdict {
    /// As the trace and reports say it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::Vacuous => "vacuous",
            Verdict::Interrupted => "interrupted",
        }
    }
}

/// What ended a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing is left to happen.
    Idle,
    /// The plan's `until`.
    Until,
    /// A service ended the node (`skynet.abort`).
    Abort,
    /// A service called `os.exit`, with this code.
    Exit(i32),
    /// What would have killed the real process.
    Crash(String),
    /// The plan's limit of events.
    EventLimit,
    /// The first violation of a property, or a service that did not start.
    Failure,
    /// The watchdog: a message may never end. The run must be repeated with this event metered.
    Suspected {
        /// The message's event.
        event: u64,
    },
    /// The caller.
    Stopped,
}

impl Ending {
    /// How a run ends whose node has.
    pub(super) fn of_node(halt: Option<&Halt>) -> Ending {
        match halt {
            Some(Halt::Exit(code)) => Ending::Exit(*code),
            Some(Halt::Crash(text)) => Ending::Crash(text.clone()),
            Some(Halt::Suspected { event }) => Ending::Suspected { event: *event },
            // Its incident has become a failure already.
            Some(Halt::EndlessLoop { .. }) => Ending::Failure,
            Some(Halt::Abort) | None => Ending::Abort,
        }
    }

    /// In words.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Ending::Idle => "nothing is left to happen".to_owned(),
            Ending::Until => "the time is over".to_owned(),
            Ending::Abort => "a service aborted the node".to_owned(),
            Ending::Exit(code) => format!("a service called os.exit({code})"),
            Ending::Crash(text) => text.clone(),
            Ending::EventLimit => "the limit of events is reached".to_owned(),
            Ending::Failure => "something failed".to_owned(),
            Ending::Suspected { event } => format!("event {event} takes suspiciously long"),
            Ending::Stopped => "it was interrupted".to_owned(),
        }
    }
}

impl RunReport {
    /// The deliveries that led to `event`, the first cause first; from those that were kept.
    #[must_use]
    pub fn chain(&self, event: EventNumber) -> Vec<&Delivery> {
        trail::chain(self.trail.iter(), event)
    }

    /// The plan that was run, with the draws of its fault rules fixed: it means the same without
    /// its seed's fault streams.
    #[must_use]
    pub fn pin(&self, plan: &Plan) -> Plan {
        Plan { faults: self.pinned.clone(), ..plan.clone() }
    }
}
