//! What can be wrong with a run, one variant each, and the words for it.

use std::fmt;

use crate::base::{EventNumber, Handle, Session, Value, VirtualTime};
use crate::scenario::{Detector, Origin};
use crate::seri;

use super::model::Unexplained;

/// Something that must hold and did not. Its text is one paragraph, without a final newline.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// A service of the scenario did not start.
    Launch {
        /// Its name in the scenario.
        service: String,
        /// Why, in words.
        reason: String,
        /// The last log lines before that.
        lines: Vec<String>,
    },
    /// A call of the timeline was not answered as the scenario expects.
    Expectation {
        /// Its place in the timeline, from 0.
        index: usize,
        /// Where the scenario says so.
        origin: Origin,
        /// The call, in words.
        call: String,
        /// What was asked for.
        expected: String,
        /// What came.
        got: Got,
        /// When.
        at: VirtualTime,
        /// During which event.
        event: EventNumber,
    },
    /// An action of the timeline could not be done.
    Action {
        /// Its place in the timeline, from 0.
        index: usize,
        /// Where the scenario says so.
        origin: Origin,
        /// The action, in words.
        what: String,
        /// Why it could not be done.
        reason: String,
        /// When.
        at: VirtualTime,
        /// During which event.
        event: EventNumber,
    },
    /// A reload ended otherwise than it must.
    Reload {
        /// Its name.
        name: String,
        /// The service.
        service: String,
        /// Where the scenario says what must come of it.
        origin: Origin,
        /// What came of it, and what must.
        reason: String,
        /// When.
        at: VirtualTime,
        /// During which event.
        event: EventNumber,
    },
    /// A check found that its property does not hold.
    Check {
        /// The check's name.
        name: String,
        /// What it says.
        reason: String,
        /// The services that it is about: those whose state it has read, or the one in which it was violated.
        services: Vec<String>,
        /// When.
        at: VirtualTime,
        /// After which event.
        event: EventNumber,
    },
    /// A model does not explain what a service has answered.
    Model(Box<Unexplained>),
    /// A Lua error that nothing caught and the scenario does not expect.
    Uncaught {
        /// The service's name.
        service: String,
        /// Message and traceback.
        text: String,
        /// When.
        at: VirtualTime,
        /// During which event.
        event: EventNumber,
    },
    /// Calls still wait for their answer at the end.
    Hang {
        /// All of them, the oldest first.
        calls: Vec<WaitingCall>,
    },
    /// The node ended in a way that would have been the end of the real process.
    Crash {
        /// What it died of.
        text: String,
        /// When.
        at: VirtualTime,
        /// During which event.
        event: EventNumber,
    },
    /// A handler that does not end.
    EndlessLoop {
        /// The service's name.
        service: String,
        /// Where it was.
        text: String,
        /// When.
        at: VirtualTime,
        /// During which event.
        event: EventNumber,
    },
    /// A line that the scenario expects did not come.
    LineMissing {
        /// Among log lines or prints.
        kind: LineKind,
        /// What no line contains.
        text: String,
    },
    /// A line came that the scenario forbids.
    LineForbidden {
        /// A log line or a print.
        kind: LineKind,
        /// What the scenario forbids.
        text: String,
        /// The first such line.
        line: String,
        /// When.
        at: VirtualTime,
    },
    /// The run was stopped at the plan's limit of events.
    EventLimit {
        /// The limit.
        events: u64,
        /// When.
        at: VirtualTime,
    },
    /// A detector found something that nobody had to ask for.
    Detected(Finding),
    /// The scenario expects a failure that did not come.
    NotFailed {
        /// What its text should contain.
        expected: String,
    },
}

/// What a detector found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub detector: Detector,
    /// What it is, in words.
    pub what: String,
    /// The particulars, a line each.
    pub list: Vec<String>,
    /// The services that it is about.
    pub services: Vec<String>,
    /// When it happened, and during which event, if that is known.
    pub moment: Option<(VirtualTime, EventNumber)>,
}

/// What came instead of the expected answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Got {
    /// Other values.
    Values(Vec<Value>),
    /// An error.
    Error(String),
    /// Nothing, to the end of the run.
    Nothing,
}

/// Which lines of a run are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// The log.
    Log,
    /// Standard output of services.
    Print,
}

/// A call without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingCall {
    /// Who waits: a service's name, `driver` for the scenario itself.
    pub who: String,
    /// The waiting service's address.
    pub handle: Handle,
    /// For whom it waits, by name.
    pub for_whom: String,
    /// The call's number.
    pub session: Session,
    /// Since when.
    pub since: VirtualTime,
    /// What is known of the call: its place in the code or the scenario.
    pub what: String,
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Got::Values(values) if values.is_empty() => f.write_str("no values"),
            Got::Values(values) => f.write_str(&seri::display(values)),
            Got::Error(text) => write!(f, "the error `{text}`"),
            Got::Nothing => f.write_str("no answer"),
        }
    }
}

impl fmt::Display for LineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LineKind::Log => "log line",
            LineKind::Print => "printed line",
        })
    }
}

impl fmt::Display for WaitingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waits for {} since {}", self.who, self.for_whom, self.since)?;
        if self.what.is_empty() { Ok(()) } else { write!(f, " ({})", self.what) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Launch { service, reason, lines } => {
                write!(f, "the service `{service}` did not start: {reason}")?;
                lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Failure::Expectation { call, expected, got, .. } => {
                write!(f, "{call} was answered with {got}, expected {expected}")
            }
            Failure::Action { what, reason, .. } => write!(f, "{what} failed: {reason}"),
            Failure::Reload { name, service, reason, .. } => write!(f, "the reload `{name}` of {service} {reason}"),
            Failure::Check { name, reason, .. } => write!(f, "the check `{name}` failed: {reason}"),
            Failure::Model(unexplained) => {
                f.write_str(&unexplained.what)?;
                unexplained.list.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Failure::Uncaught { service, text, .. } => write!(f, "uncaught error in {service}: {text}"),
            Failure::Hang { calls } => {
                f.write_str("calls wait for ever:")?;
                calls.iter().try_for_each(|call| write!(f, "\n  {call}"))
            }
            Failure::Crash { text, .. } => write!(f, "the node crashed: {text}"),
            Failure::EndlessLoop { service, text, .. } => write!(f, "endless loop in {service}: {text}"),
            Failure::LineMissing { kind, text } => write!(f, "no {kind} contains `{text}`"),
            Failure::LineForbidden { kind, text, line, .. } => {
                write!(f, "a {kind} contains `{text}`: {line}")
            }
            Failure::EventLimit { events, .. } => write!(f, "the run did not end within {events} events"),
            Failure::Detected(Finding { what, list, .. }) => {
                f.write_str(what)?;
                list.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Failure::NotFailed { expected } if expected.is_empty() => {
                f.write_str("the run passed, and the scenario expects it to fail")
            }
            Failure::NotFailed { expected } => {
                write!(f, "the scenario expects the run to fail with a text containing `{expected}`, and it did not")
            }
        }
    }
}

impl Failure {
    /// The moment it belongs to, if it has one.
    #[must_use]
    pub fn moment(&self) -> Option<(VirtualTime, Option<EventNumber>)> {
        match self {
            Failure::Expectation { at, event, .. }
            | Failure::Action { at, event, .. }
            | Failure::Reload { at, event, .. }
            | Failure::Check { at, event, .. }
            | Failure::Uncaught { at, event, .. }
            | Failure::Crash { at, event, .. }
            | Failure::EndlessLoop { at, event, .. } => Some((*at, Some(*event))),
            Failure::Model(unexplained) => Some((unexplained.at, Some(unexplained.event))),
            Failure::Detected(finding) => finding.moment.map(|(at, event)| (at, Some(event))),
            Failure::LineForbidden { at, .. } | Failure::EventLimit { at, .. } => Some((*at, None)),
            Failure::Launch { .. } | Failure::Hang { .. } | Failure::LineMissing { .. } | Failure::NotFailed { .. } => {
                None
            }
        }
    }

    /// A word for the kind of failure, for grouping.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Failure::Launch { .. } => "launch",
            Failure::Expectation { .. } => "expectation",
            Failure::Action { .. } => "action",
            Failure::Reload { .. } => "reload",
            Failure::Check { .. } => "check",
            Failure::Model(_) => "model",
            Failure::Uncaught { .. } => "error",
            Failure::Hang { .. } => "hang",
            Failure::Crash { .. } => "crash",
            Failure::EndlessLoop { .. } => "endless loop",
            Failure::LineMissing { .. } | Failure::LineForbidden { .. } => "lines",
            Failure::EventLimit { .. } => "event limit",
            Failure::Detected(finding) => finding.detector.name(),
            Failure::NotFailed { .. } => "outcome",
        }
    }
}
