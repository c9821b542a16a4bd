//! What the scenario asks of services, what came of it, and what they told by themselves.

use crate::base::{EventNumber, Handle, MessageKind, Value, VirtualTime};

use super::failure::Got;
use super::reload::Step;

/// A request of the driver without an answer.
pub(super) struct Request {
    pub(super) purpose: Purpose,
    pub(super) kind: MessageKind,
    pub(super) to: Handle,
    pub(super) to_label: String,
    pub(super) since: VirtualTime,
    /// The request, in words.
    pub(super) what: String,
}

impl Request {
    /// Whether it starts the service with this name.
    pub(super) fn launches(&self, name: &str) -> bool {
        matches!(&self.purpose, Purpose::Launch { label, .. } if label == name)
    }
}

/// What a request is for.
pub(super) enum Purpose {
    /// An event of the timeline calls; its answer goes to this place of the history.
    Call { index: usize, entry: usize },
    /// An event of the timeline injects.
    Inject { index: usize, entry: usize },
    /// A reload goes on when this is answered.
    Reload { attempt: usize, step: Step },
    /// A service starts.
    Launch { label: String, args: Vec<u8>, by: Starter },
}

/// Who wants a service to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starter {
    /// The plan, before the timeline.
    Plan,
    /// An event of the timeline, by its place.
    Event(usize),
    /// A fault that killed it before.
    Fault,
    /// A reload, in which it takes another's place.
    Reload(usize),
}

/// What the scenario did, and what came of it.
pub(super) struct Entry {
    /// The event's place in the plan.
    pub(super) index: usize,
    pub(super) at: VirtualTime,
    pub(super) kind: &'static str,
    pub(super) to: String,
    pub(super) args: Vec<Value>,
    pub(super) got: Got,
    /// During which event that came.
    pub(super) answered: Option<EventNumber>,
}

/// What a service said by `sim.event`.
pub(super) struct Told {
    pub(super) at: VirtualTime,
    pub(super) service: String,
    pub(super) name: String,
    pub(super) data: Value,
}
