//! Bugs that nobody has to write a check for. Each detector is a file: it gets the evidence of a run that is over, or
//! what services and the kernel found odd while it went on, and says what is certain. What a finding means is the
//! plan's business (`scenario/detector.rs`).
//!
//! | file | owns |
//! |---|---|
//! | `evidence` | what detectors get to see |
//! | `deadlock` | calls that wait for each other in a circle |
//! | `forgotten_reply` | handlers that ended without an answer |
//! | `leaks` | what waits when nothing is left to happen |
//! | `lost_wakeup` | handlers that nobody wakes any more |
//! | `memory_growth` | variables that hold more and more |
//! | `oddities` | what is noticed while the run goes on |
//! | `reentrancy` | state that changed while a handler waited |
//! | `source` | what the text of the code says about a variable |
//! | `starvation` | mailboxes that are never empty |
//! | `unanswerable` | calls whose callee is gone, or whose handler is |
//! | `upvalue_split` | variables that are two since a hot fix |

mod deadlock;
mod evidence;
mod forgotten_reply;
mod leaks;
mod lost_wakeup;
mod memory_growth;
mod oddities;
mod reentrancy;
mod source;
mod starvation;
mod unanswerable;
mod upvalue_split;

use crate::base::{EventNumber, VirtualTime};
use crate::scenario::{Detector, Level};

use super::failure::{Failure, Finding, WaitingCall};
use super::report::Ending;
use super::run::World;
use super::waits::Waits;

use evidence::{Evidence, Forgotten};
pub(super) use memory_growth::Growth;
pub use oddities::Observation;
pub(super) use oddities::Oddities;
pub(super) use reentrancy::{Current, Reentrancy};
pub(super) use starvation::Busy;
pub(super) use upvalue_split::{Fix, Fixes};

/// What a detector says.
struct Found {
    what: String,
    list: Vec<String>,
    services: Vec<String>,
    moment: Option<(VirtualTime, EventNumber)>,
    /// The waits that it explains, by their place.
    explains: Vec<usize>,
}

impl Found {
    /// Something about one service.
    fn new(what: String, service: String, moment: Option<(VirtualTime, EventNumber)>) -> Found {
        Found { what, list: Vec::new(), services: vec![service], moment, explains: Vec::new() }
    }

    fn failure(self, detector: Detector) -> Failure {
        let Found { what, list, services, moment, .. } = self;
        Failure::Detected(Finding { detector, what, list, services, moment })
    }
}

/// Looks at a run that is over.
type Find = fn(&Evidence<'_>) -> Vec<Found>;

/// Those that do. The first that explains a wait has explained it.
const AT_END: [(Detector, Find); 4] = [
    (Detector::Deadlock, deadlock::find),
    (Detector::ForgottenReply, forgotten_reply::find),
    (Detector::Unanswerable, unanswerable::find),
    (Detector::LostWakeup, lost_wakeup::find),
];

impl World {
    /// Lets all detectors look at a run that is over; returns the calls that none of them has explained.
    pub(super) fn detect(&mut self, ending: &Ending, waits: &Waits) -> Vec<WaitingCall> {
        let wanted = AT_END.map(|(detector, find)| (detector, self.plan.level(detector), find));
        let mut evidence = self.evidence(ending, waits);
        let mut failures = Vec::new();
        for (detector, _, find) in wanted.into_iter().filter(|(_, level, _)| *level != Level::Off) {
            for found in find(&evidence) {
                evidence.explain(&found.explains);
                failures.push(found.failure(detector));
            }
        }
        let unexplained = evidence.unexplained_calls();
        self.failures.extend(failures);
        self.look_for_splits();
        if *ending == Ending::Idle {
            self.note_leaks(waits);
        }
        unexplained
    }
}
