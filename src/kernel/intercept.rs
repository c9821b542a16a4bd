//! The seam for faults that act on messages: real Skynet never loses one inside a node, so this
//! happens only where a scenario asks for it.

use crate::base::{Handle, Span, VirtualTime};

use super::message::Message;

/// What shall become of a message that a rule acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It vanishes.
    Drop,
    /// It arrives later.
    Delay(Span),
    /// It arrives, and a copy of it this much later.
    Duplicate(Span),
    /// It vanishes, and its sender gets an error for it.
    Error,
}

/// A rule's decision about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Which rule, as [`Interceptor::rule_name`] counts them.
    pub rule: usize,
    /// What it does.
    pub verdict: Verdict,
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
    /// Asked once for each message, before it is put into the mailbox. `None`: it arrives as usual.
    fn judge(&mut self, sending: Sending<'_>, message: &Message) -> Option<Ruling>;

    /// What reports and traces call a rule.
    fn rule_name(&self, rule: usize) -> &str;
}
