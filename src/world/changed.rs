//! The state that changed: what the last message before a failure did to the services concerned. A run
//! does not look at that, since looking costs. The same run is made again, up to there, and looked at.

use std::cmp::Reverse;

use crate::base::EventNumber;
use crate::faults::is_runtime;
use crate::lua::observe;
use crate::scenario::Permission;
use crate::state::{self, Change, StateGraph};

use super::check::state_of;
use super::failure::{Failure, Finding, Got};
use super::report::RunReport;
use super::run::{Progress, World};
use super::trail::ACTION;

/// Services that are looked at: those that handled a message last.
const LOOKS_MAX: usize = 3;

/// A service that has used more memory is not looked at: a look copies all of it.
const LOOKED_AT_BYTES_MAX: usize = 64 << 20;

/// What is to be looked at: a service around an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The service's name.
    pub service: String,
    /// The message that it handles.
    pub event: EventNumber,
}

/// What a message changed in the state of the service that handled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The service and the message.
    pub look: Look,
    /// The places that differ, in the order of the state's text; none if it is the same.
    pub changes: Vec<Change>,
}

impl RunReport {
    /// Where to look to see what led to the first failure, in the order of events: the last message of each
    /// service that it is about. Nowhere if it is about none, or left none in a state to be looked at.
    #[must_use]
    pub fn looks(&self) -> Vec<Look> {
        let (services, until) = match self.failures.first() {
            Some(Failure::Uncaught { service, event, .. }) => (vec![service], *event),
            Some(Failure::Check { services, event, .. }) => (services.iter().collect(), *event),
            Some(Failure::Model(unexplained)) => (vec![&unexplained.service], unexplained.event),
            Some(Failure::Detected(Finding { services, moment: Some((_, event)), .. })) => {
                (services.iter().collect(), *event)
            }
            Some(Failure::Expectation { event, got, .. }) if *got != Got::Nothing => {
                match self.trail.iter().find(|delivery| delivery.event == *event) {
                    Some(answer) => (vec![&answer.from], answer.cause),
                    None => return Vec::new(),
                }
            }
            _ => return Vec::new(),
        };
        let services = services.into_iter().filter(|service| !is_runtime(service));
        let mut looks: Vec<Look> = services
            .filter_map(|service| {
                let mut handled = self.trail.iter().rev().filter(|delivery| delivery.kind != ACTION);
                let last = handled.find(|delivery| delivery.to == *service && delivery.event <= until)?;
                Some(Look { service: service.clone(), event: last.event })
            })
            .collect();
        looks.sort_by_key(|look| Reverse(look.event));
        looks.truncate(LOOKS_MAX);
        looks.reverse();
        looks
    }
}

impl World {
    /// Plays the run of a report up to the last of its looks, and says what each saw.
    #[must_use]
    pub fn look_at(mut self, looks: Vec<Look>) -> Vec<Changed> {
        // A native module, or bytecode made by hand, may do something to the host each time.
        let repeatable = self.plan.allow.native.is_empty() && self.plan.allow.bytecode == Permission::Refused;
        let mut seen = Vec::new();
        for look in looks.into_iter().filter(|_| repeatable) {
            let mut before = None;
            while self.events() < look.event {
                if self.events().0 + 1 == look.event.0 {
                    before = self.state(&look.service);
                }
                if self.step() == Progress::Over {
                    break;
                }
            }
            if let (Some(before), Some(after)) = (before, self.state(&look.service)) {
                seen.push(Changed { look, changes: state::changes(&before, &after) });
            }
        }
        drop(self.report());
        seen
    }

    fn state(&mut self, service: &str) -> Option<StateGraph> {
        let id = self.kernel.find_label(service)?;
        let bytes = observe::bytes_of(&mut self.kernel, id)?;
        if bytes <= LOOKED_AT_BYTES_MAX { state_of(&mut self.kernel, id) } else { None }
    }
}
