//! What lies in a mailbox.

use crate::base::{EventNumber, Handle, MessageKind, Session};
use crate::memory::Payload;
use crate::trace::Envelope;

use super::send::Address;

/// One message: `struct skynet_message`, and the event that caused it.
#[derive(Debug)]
pub struct Message {
    /// Who sent it; [`Handle::NONE`] for timers and the runtime.
    pub source: Handle,
    /// The request's number; 0 when no answer is wanted.
    pub session: Session,
    /// Its type.
    pub kind: MessageKind,
    /// The event during which it was sent.
    pub cause: EventNumber,
    /// Its bytes.
    pub data: Payload,
    /// What few messages carry.
    pub extra: Option<Box<Extra>>,
}

/// What few messages carry.
#[derive(Debug, Default)]
pub struct Extra {
    /// Where in the sender's code it was sent, when the run was asked for detail.
    pub origin: Option<Origin>,
    /// A message on its way through the harbor service (`struct remote_message`).
    pub remote: Option<Remote>,
}

/// A position in the sender's code, as its language shows it.
#[derive(Clone, Debug)]
pub struct Origin(pub Box<str>);

/// A message for a global name or a foreign harbor, wrapped for the harbor service.
#[derive(Debug)]
pub struct Remote {
    /// Where it shall go.
    pub to: Address,
    /// Its own type; the wrapping message is of type SYSTEM.
    pub kind: MessageKind,
    /// Its bytes.
    pub data: Payload,
}

impl Message {
    /// A message without bytes.
    #[must_use]
    #[inline(always)]
    pub fn bare(source: Handle, session: Session, kind: MessageKind, cause: EventNumber) -> Message {
        Message { source, session, kind, cause, data: Payload::EMPTY, extra: None }
    }

    /// The message without its bytes, as the trace shows it.
    #[must_use]
    #[inline(always)]
    pub fn envelope(&self, to: Handle) -> Envelope {
        Envelope { cause: self.cause, from: self.source, to, session: self.session, kind: self.kind }
    }

    /// Where it was sent, if the run recorded that.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        Some(&*self.extra.as_ref()?.origin.as_ref()?.0)
    }
}
