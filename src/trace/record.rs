//! What can be recorded. Data borrowed for the length of one call; no bytes, no JSON.
//!
//! Texts that come out of Lua are bytes, since Lua strings need not be UTF-8.

use crate::base::{EventNumber, Handle, MessageKind, Seed, Session, Span};

/// One thing that happened. Its variants are the values of a line's `type`.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// The first line: what the run is a function of. Number and time are not written.
    Start {
        /// skysim's version.
        skysim: &'a str,
        /// Lua's version, `5.5` or `5.4`.
        lua: &'a str,
        /// Which Lua library runs: `built-in`, or `checkout` for a real one.
        library: &'a str,
        /// The scenario's name; no path of the host.
        scenario: &'a str,
        /// What all chance was drawn from; written as a decimal string.
        seed: Seed,
        /// The schedule's name.
        schedule: &'a str,
    },
    /// A service exists from now on.
    Launch {
        /// Its address.
        handle: Handle,
        /// The name that reports use.
        name: &'a [u8],
        /// The kind of service: `snlua`, `logger`, ..
        module: &'a [u8],
        /// The parameter text it was launched with.
        args: &'a [u8],
    },
    /// A message is handed to its service's handler.
    Deliver {
        /// Where from, where to.
        message: Envelope,
        /// The whole data as sent.
        data: &'a [u8],
    },
    /// A message is thrown away unseen.
    Discard {
        /// Where from, where to.
        message: Envelope,
        /// Why.
        reason: DiscardReason,
    },
    /// A line for the log (`skynet.error`).
    Log {
        /// Who logs.
        handle: Handle,
        /// The line.
        text: &'a [u8],
    },
    /// A line for stdout (`print`).
    Print {
        /// Who prints.
        handle: Handle,
        /// The line.
        text: &'a [u8],
    },
    /// A service got a name.
    Name {
        /// Who.
        handle: Handle,
        /// The name, `.local` or global.
        name: &'a [u8],
    },
    /// A service is gone.
    Exit {
        /// Who.
        handle: Handle,
        /// Who asked for it; [`Handle::NONE`] for the scenario.
        by: Handle,
        /// In which way.
        how: ExitHow,
    },
    /// A Lua error that nothing caught.
    Error {
        /// In which service.
        handle: Handle,
        /// Message and traceback.
        text: &'a [u8],
    },
    /// A fault rule acted, mostly on a message.
    Fault {
        /// The rule's name or place in the scenario.
        rule: &'a str,
        /// What it did.
        effect: Effect,
        /// To which message; if it is about none, `to` says in which service.
        message: Envelope,
    },
    /// An event of the timeline begins.
    Action {
        /// Its place in the timeline, from 0.
        index: u32,
        /// What it does, in words.
        what: &'a str,
    },
    /// What came of an event of the timeline.
    Outcome {
        /// Its place in the timeline, from 0.
        index: u32,
        /// The answer.
        outcome: Outcome<'a>,
    },
    /// A check was made.
    Check {
        /// The check's name.
        name: &'a str,
        /// What it found.
        check: Check<'a>,
    },
    /// The last line.
    End {
        /// `passed`, `failed`, ..
        verdict: &'a str,
        /// How many events the run had.
        events: u64,
        /// Why it ended, in words.
        reason: &'a str,
    },
}

/// A message without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The number of the event during which it was sent; 0 if none.
    pub cause: EventNumber,
    /// The sender; [`Handle::NONE`] for timers and the runtime.
    pub from: Handle,
    /// The receiver.
    pub to: Handle,
    /// The request's number.
    pub session: Session,
    /// The message type.
    pub kind: MessageKind,
}

/// Why a message was thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscardReason {
    /// Its receiver died with the message waiting.
    DeadMailbox,
    /// Its receiver has set no handler.
    NoCallback,
    /// Nobody has the address.
    NoReceiver,
}

impl DiscardReason {
    /// As the trace says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DiscardReason::DeadMailbox => "dead mailbox",
            DiscardReason::NoCallback => "no callback",
            DiscardReason::NoReceiver => "no receiver",
        }
    }
}

/// How a service ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitHow {
    /// By itself.
    Exit,
    /// By another, or by the scenario.
    Kill,
    /// With the whole node.
    Abort,
}

impl ExitHow {
    /// As the trace says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ExitHow::Exit => "exit",
            ExitHow::Kill => "kill",
            ExitHow::Abort => "abort",
        }
    }
}

/// What a fault rule did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It never arrives.
    Drop,
    /// It arrives later by this much; written as `delay`, in nanoseconds.
    Delay(Span),
    /// It arrives more than once; the additional arrivals are written as `copies`.
    Duplicate(u32),
    /// Its sender gets an error instead.
    Error,
    /// Anything else, by its key in scenario files; how much is written as `amount`, unless it is 0.
    Other {
        /// The key.
        name: &'static str,
        /// Nanoseconds, or a count.
        amount: u64,
    },
}

/// What came of an event of the timeline.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// The packed values of an answer; empty for an action without one.
    Result(&'a [u8]),
    /// Why there is none.
    Error(&'a [u8]),
}

/// What a check found.
#[derive(Clone, Copy, Debug)]
pub enum Check<'a> {
    /// What must hold does.
    Holds,
    /// It does not: why, in words.
    Fails(&'a str),
}
