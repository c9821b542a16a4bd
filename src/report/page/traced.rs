//! A page of a recorded run: what a trace tells.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::merged;
use super::recording::{Known, Line, Message, Recording};
use crate::base::VirtualTime;
use crate::faults::{DRIVER_LABEL, is_runtime};
use crate::trace::{self, TraceError};
use crate::world::DRIVER_HANDLE;

/// Looks that are taken at the mailboxes of a whole run.
const SAMPLES: u64 = 600;

/// Characters of a message that are shown.
const WHAT_CHARS: usize = 80;

/// What a page tells of a trace.
///
/// # Errors
/// When it is no trace, or is damaged.
pub fn traced(lines: impl Iterator<Item = Result<trace::Line, TraceError>>) -> Result<Json, TraceError> {
    let mut told = Traced::default();
    // The driver is there before the trace begins: no line says that it started.
    told.names.insert(DRIVER_HANDLE.to_string(), DRIVER_LABEL.to_owned());
    for line in lines {
        match line? {
            trace::Line::Header(header) => told.header = header.fields,
            trace::Line::Event(event) => told.event(&event),
        }
    }
    Ok(told.finish())
}

#[derive(Default)]
struct Traced {
    header: Map<String, Json>,
    /// The newest name of each address.
    names: BTreeMap<String, String>,
    /// When each event was, for the moment at which a message was sent.
    times: BTreeMap<u64, u64>,
    /// What changed in the mailboxes, by time: who came, left, or had so many more messages.
    changes: BTreeMap<u64, Vec<Change>>,
    recording: Recording,
    failures: Vec<String>,
    now: u64,
    event: u64,
    end: Option<Json>,
}

enum Change {
    Born(String),
    Gone(String),
    Sent(String),
    Handled(String),
}

impl Traced {
    fn event(&mut self, event: &trace::Event) {
        let (number, at) = (event.number.0, event.time.as_nanos());
        self.times.entry(number).or_insert(at);
        (self.now, self.event) = (at, number);
        let fields = &event.fields;
        let text = |key: &str| fields.get(key).map(shown).unwrap_or_default();
        match event.kind.as_str() {
            "launch" => {
                let name = text("name");
                self.change(at, Change::Born(name.clone()));
                self.names.insert(text("handle"), name);
            }
            "exit" => {
                let name = self.name(&text("handle"));
                self.change(at, Change::Gone(name));
            }
            "deliver" => self.deliver(number, at, fields),
            "action" => {
                let what = text("what");
                let message = Message(number, 0, at, "scenario".into(), "scenario".into(), "action".into(), what);
                self.recording.add_message(message);
            }
            "log" | "print" => {
                let name = self.name(&text("handle"));
                self.recording.line(Line(at, name, text("text")));
            }
            "error" => {
                let name = self.name(&text("handle"));
                self.recording.line(Line(at, name, format!("error: {}", text("text"))));
            }
            "check" if fields.get("ok") == Some(&Json::Bool(false)) => {
                self.failures.push(format!("the check `{}` failed: {}", text("name"), text("reason")));
            }
            "end" => self.end = Some(json!({ "verdict": text("verdict"), "ending": text("reason") })),
            _ => {}
        }
    }

    fn deliver(&mut self, number: u64, at: u64, fields: &Map<String, Json>) {
        let text = |key: &str| fields.get(key).map(shown).unwrap_or_default();
        let cause = fields.get("cause").and_then(Json::as_u64).unwrap_or_default();
        let (from, to, kind) = (text("from"), self.name(&text("to")), text("kind"));
        let from = if from == NOBODY { "timer".to_owned() } else { self.name(&from) };
        // A timer does not wait in a mailbox, but elsewhere.
        if from != "timer"
            && let Some(&sent) = self.times.get(&cause)
        {
            self.change(sent, Change::Sent(to.clone()));
            self.change(at, Change::Handled(to.clone()));
        }
        self.recording.add_message(Message(number, cause, at, from, to, kind, what(fields)));
    }

    fn change(&mut self, at: u64, change: Change) {
        self.changes.entry(at).or_default().push(change);
    }

    fn name(&self, handle: &str) -> String {
        self.names.get(handle).cloned().unwrap_or_else(|| handle.to_owned())
    }

    fn finish(mut self) -> Json {
        let period = (self.now / SAMPLES).max(1);
        let mut mailboxes: Vec<(String, usize)> = Vec::new();
        let mut next = 0;
        for (at, changes) in std::mem::take(&mut self.changes) {
            if at >= next {
                self.recording.add_sample(VirtualTime::from_nanos(at), mailboxes.clone(), Vec::new());
                next = at + period;
            }
            for change in changes {
                apply(&mut mailboxes, change);
            }
        }
        self.recording.add_sample(VirtualTime::from_nanos(self.now), mailboxes, Vec::new());
        let header = &self.header;
        let text = |key: &str| header.get(key).map(shown).unwrap_or_default();
        let head = json!({
            "live": false,
            "title": "",
            "scenario": text("scenario"),
            "seed": text("seed"),
            "schedule": text("schedule"),
            "lua": text("lua"),
            "until": self.now,
            "now": self.now,
            "event": self.event,
        });
        let end = self.end.map(|end| merged([end, json!({ "failures": self.failures, "states": {} })]));
        merged([head, self.recording.since(Known::default()), json!({ "end": end })])
    }
}

const NOBODY: &str = ":00000000";

fn apply(mailboxes: &mut Vec<(String, usize)>, change: Change) {
    let find = |mailboxes: &mut Vec<(String, usize)>, name: &str| mailboxes.iter().position(|(known, _)| known == name);
    match change {
        Change::Born(name) if is_runtime(&name) => {}
        Change::Born(name) => mailboxes.push((name, 0)),
        Change::Gone(name) => {
            if let Some(place) = find(mailboxes, &name) {
                mailboxes.remove(place);
            }
        }
        Change::Sent(name) => {
            if let Some(place) = find(mailboxes, &name) {
                mailboxes[place].1 += 1;
            }
        }
        Change::Handled(name) => {
            if let Some(place) = find(mailboxes, &name) {
                mailboxes[place].1 = mailboxes[place].1.saturating_sub(1);
            }
        }
    }
}

/// A text as it is, all else as JSON.
fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The data of a message in few words.
fn what(fields: &Map<String, Json>) -> String {
    let mut text = match fields.get("args") {
        Some(Json::Array(values)) => values.iter().map(Json::to_string).collect::<Vec<_>>().join(", "),
        _ => fields.get("text").or_else(|| fields.get("data")).map(shown).unwrap_or_default(),
    };
    if let Some((cut, _)) = text.char_indices().nth(WHAT_CHARS) {
        text.truncate(cut);
        text.push_str("...");
    }
    text
}
