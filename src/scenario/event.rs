//! The timeline: what the scenario itself does to the node, and when.

use super::glob::Glob;
use super::plan::Origin;
use crate::base::{Span, Value, VirtualTime};

/// The message type of a call, send or inject that names none.
pub const DEFAULT_KIND: &str = "lua";

/// One entry of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it happens.
    pub trigger: Trigger,
    /// What happens.
    pub action: Action,
    /// Where the scenario says so.
    pub origin: Origin,
}

/// When an event happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Once, at this moment.
    At(VirtualTime),
    /// Again and again.
    Every {
        /// The span between two times; never zero.
        period: Span,
        /// The first time.
        from: VirtualTime,
        /// The moment after which it does not happen any more; `None`: no such moment.
        to: Option<VirtualTime>,
        /// How often it happens at most, at least 1; `None`: without end.
        times: Option<u64>,
    },
    /// Once, when a service is about to handle a certain message.
    When(Occasion),
}

/// The message that an event waits for. Of everything given, all must be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// The service that receives it.
    pub service: Glob,
    /// Its command: the first value, if that is a string. `None`: any message.
    pub message: Option<Glob>,
    /// Which of the matching messages, from 1.
    pub nth: u64,
    /// The name of its type, such as `lua` or `response`. `None`: any type.
    pub kind: Option<String>,
}

/// What an event does. A [`Glob`] stands for every live service with such a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A request, whose answer is awaited.
    Call {
        /// The service: a name of the scenario, or a local name (`.x`).
        to: String,
        /// The values sent.
        args: Vec<Value>,
        /// The name of the message type.
        kind: String,
        /// What the answer must be.
        expect: Answer,
    },
    /// A message that wants no answer.
    Send {
        /// The services.
        to: Glob,
        /// The values sent.
        args: Vec<Value>,
        /// The name of the message type.
        kind: String,
    },
    /// Kills services from outside, at once, in the middle of whatever they do.
    Kill {
        /// The services.
        service: Glob,
        /// How much later they are started again; `None`: never.
        restart_after: Option<Span>,
    },
    /// Makes services leave by themselves, as `skynet.exit` does.
    Exit {
        /// The services.
        service: Glob,
        /// How much later they are started again; `None`: never.
        restart_after: Option<Span>,
    },
    /// Kills services if they live and starts them anew, with file and arguments as at first.
    Restart(Glob),
    /// Stops the handling of messages; they gather in the mailbox.
    Pause(Glob),
    /// Ends a pause.
    Resume(Glob),
    /// Replaces or makes a file of the node.
    Write {
        /// The file as the node sees it.
        path: String,
        /// What it contains from now on.
        content: Content,
    },
    /// Runs Lua inside services, as the debug console's `inject` does.
    Inject {
        /// The services.
        to: Glob,
        /// The Lua file.
        file: String,
        /// What it is called with.
        args: Vec<Value>,
    },
    /// A service is given new code, by the reload with this name.
    Reload(String),
    /// A line in the log and the trace.
    Log(String),
}

/// What the answer to a call must be.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Answer {
    /// Nothing is asked of it; it may be an error.
    #[default]
    Any,
    /// Exactly these values.
    Values(Vec<Value>),
    /// An error whose text contains this one.
    Error(String),
}

/// What a file is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The content of this file of the scenario's folder.
    File(String),
    /// This text.
    Text(String),
}
