//! What a message is known by from run to run.

use crate::base::{Handle, MessageKind};
use crate::faults;
use crate::kernel::{Message, Sight};

/// The sender of timers.
const TIMER: &str = "timer";

/// A sender that never was: services can forge handles.
const UNKNOWN: &str = "unknown";

/// A message type's name, or its number if it has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind(pub(super) String);

impl Kind {
    pub(super) fn of(kind: MessageKind) -> Kind {
        Kind(kind.name().map_or_else(|| kind.0.to_string(), str::to_owned))
    }
}

/// Who sent a message.
pub(super) fn sender<'a>(sight: &Sight<'a>) -> &'a str {
    if sight.message.source == Handle::NONE {
        return TIMER;
    }
    match sight.from() {
        "" => UNKNOWN,
        label => label,
    }
}

/// A message's command. What an answer begins with is no command.
pub(super) fn command_of(message: &Message) -> Option<&str> {
    match message.kind {
        MessageKind::RESPONSE | MessageKind::ERROR => None,
        kind => faults::command(kind, message.data.bytes()),
    }
}
