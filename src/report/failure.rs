//! A failure, taken apart into what reports show separately: the reason in words, what was expected
//! and what came, lines that belong to it, the Lua traceback.

use crate::base::{EventNumber, VirtualTime};
use crate::world::{Failure, Finding, WaitingCall};

/// The line with which Lua begins a traceback.
const TRACEBACK: &str = "stack traceback:";

/// The parts of a failure.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// Why, in words; may have several lines.
    pub(super) reason: String,
    /// What was expected and what came.
    pub(super) expected: Option<(String, String)>,
    /// What is listed below the reason.
    pub(super) list: Vec<String>,
    /// The Lua traceback, without its first line.
    pub(super) traceback: Vec<String>,
    /// The line of the scenario file that it is about.
    pub(super) line: Option<u32>,
    /// When.
    pub(super) at: Option<VirtualTime>,
    /// During which event.
    pub(super) event: Option<EventNumber>,
}

impl Account {
    pub(super) fn of(failure: &Failure) -> Account {
        let moment = failure.moment();
        let mut account = Account {
            at: moment.map(|moment| moment.0),
            event: moment.and_then(|moment| moment.1),
            ..Account::default()
        };
        match failure {
            Failure::Expectation { call, expected, got, origin, .. } => {
                account.reason = format!("{call} was not answered as the scenario expects");
                account.expected = Some((expected.clone(), got.to_string()));
                account.line = Some(origin.line);
            }
            Failure::Action { origin, .. } | Failure::Reload { origin, .. } => {
                account.tell(&failure.to_string());
                account.line = Some(origin.line);
            }
            Failure::Launch { service, reason, lines } => {
                account.tell(&format!("the service `{service}` did not start: {reason}"));
                account.list = lines.clone();
            }
            Failure::Hang { calls } => {
                account.reason = match calls.len() {
                    1 => "a call waits for ever:".to_owned(),
                    several => format!("{several} calls wait for ever:"),
                };
                account.list = calls.iter().map(waiting).collect();
            }
            Failure::Model(unexplained) => {
                account.reason = unexplained.what.clone();
                account.list = unexplained.list.clone();
            }
            Failure::Detected(Finding { what, list, .. }) => {
                account.reason = what.clone();
                account.list = list.clone();
            }
            _ => account.tell(&failure.to_string()),
        }
        account.line = account.line.filter(|line| *line != 0);
        account
    }

    /// Takes a text apart: what Lua's traceback follows, and the traceback.
    fn tell(&mut self, text: &str) {
        let (reason, traceback) = text.split_once(TRACEBACK).unwrap_or((text, ""));
        self.reason = reason.trim_end().to_owned();
        self.traceback = traceback.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    }
}

/// A call without an answer, in a line.
pub(super) fn waiting(call: &WaitingCall) -> String {
    let what = if call.what.is_empty() { String::new() } else { format!(", {}", call.what) };
    format!("{} ({}) waits for {} since {}{what}", call.who, call.handle, call.for_whom, call.since)
}
