//! The seam for faults: messages, timers, launches and files. Real Skynet never loses a message inside a
//! node, so this happens only where a scenario asks for it.

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
    /// It overtakes so many of the messages that wait before it.
    Overtake(usize),
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
    /// How many messages wait before it.
    pub waiting: usize,
}

/// What a service does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAction {
    /// It opens it.
    Open,
    /// It reads.
    Read,
    /// It writes.
    Write,
    /// It renames or removes it, or makes or removes it as a folder.
    Change,
}

/// What becomes of that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileVerdict {
    /// How it fails.
    pub failure: Option<FileFailure>,
    /// How long it takes.
    pub slow: Span,
}

/// What becomes of a call of a native function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// It raises an error.
    Throw,
    /// The service goes no further; it is gone when its handler would have ended.
    Crash,
}

/// How something with a file fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFailure {
    /// The device reports an error.
    Error,
    /// There is no space left.
    Full,
    /// There is space for so many bytes.
    Short(u64),
}

/// Somebody who does something outside of messages.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// When.
    pub now: VirtualTime,
    /// Its label; of a service that is to start, its file.
    pub label: &'a str,
}

/// Decides over every message that one service sends to another.
pub trait Interceptor {
    /// Asked once for each message, before it is put into the mailbox. `None`: it arrives as usual.
    fn judge(&mut self, sending: Sending<'_>, message: &Message) -> Option<Ruling>;

    /// A timer of a service is due: for how long no timer comes now, and which rule says so.
    fn judge_timer(&mut self, _actor: Actor<'_>) -> Option<(usize, Span)> {
        None
    }

    /// A service is to start: the rule that says that it does not.
    fn judge_launch(&mut self, _actor: Actor<'_>) -> Option<usize> {
        None
    }

    /// A service does something with a file.
    fn judge_file(&mut self, _actor: Actor<'_>, _path: &str, _action: FileAction) -> Option<(usize, FileVerdict)> {
        None
    }

    /// A service calls a native function that may break: the rule that says that it does, and how.
    fn judge_call(&mut self, _actor: Actor<'_>, _name: &str) -> Option<(usize, CallFailure)> {
        None
    }

    /// What reports and traces call a rule.
    fn rule_name(&self, rule: usize) -> &str;
}
