//! The seam for faults that act on messages: real Skynet never loses one inside a node, so this
//! happens only where a scenario asks for it.

use crate::base::{Handle, Span, VirtualTime};

use super::message::Message;

/// What shall become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It arrives.
    Pass,
    /// It vanishes.
    Drop,
    /// It arrives later.
    Delay(Span),
    /// It arrives twice.
    Duplicate,
    /// It vanishes, and its sender gets an error for it.
    Error,
}

/// What an interceptor is told about a message beyond the message itself.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// When.
    pub now: VirtualTime,
    /// The sender's label, if it is a service.
    pub from: Option<&'a str>,
    /// The receiver's address.
    pub to: Handle,
    /// The receiver's label.
    pub to_label: &'a str,
}

/// Decides over every message that one service sends to another.
pub trait Interceptor {
    /// Asked once for each message, before it is put into the mailbox.
    fn judge(&mut self, sending: Sending<'_>, message: &Message) -> Verdict;
}
