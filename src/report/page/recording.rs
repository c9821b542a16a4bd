//! What a page shows of a run, gathered while the run is played. Looking changes nothing in the run.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::panel::{Panel, panels};
use crate::base::{Span, VirtualTime};
use crate::world::{Delivery, Monitor, World};

/// Messages that are kept: a page with more would be of no use.
const MESSAGES_MAX: usize = 200_000;

/// Lines that are kept.
const LINES_MAX: usize = 50_000;

/// How things stood at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Sample {
    /// When, in nanoseconds.
    pub(super) t: u64,
    /// The services that live, and how many messages wait for each; none if it is as in the sample before.
    pub(super) mail: Option<Vec<(String, usize)>>,
    /// What the monitor shows; none if it is as in the sample before.
    pub(super) panels: Option<Vec<Panel>>,
}

/// A message: event, event of its cause, time, sender, receiver, kind, what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Message(
    pub(super) u64,
    pub(super) u64,
    pub(super) u64,
    pub(super) String,
    pub(super) String,
    pub(super) String,
    pub(super) String,
);

/// A line that a service logged or printed: time, service, text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line(pub u64, pub String, pub String);

/// Where a reader of a recording stands: how many of each it has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// Samples.
    pub samples: usize,
    /// Messages.
    pub messages: usize,
    /// Lines.
    pub lines: usize,
}

/// Everything that a page shows of a run up to now.
#[derive(Debug, Default)]
pub struct Recording {
    pub(super) samples: Vec<Sample>,
    pub(super) messages: Vec<Message>,
    pub(super) lines: Vec<Line>,
    /// Messages and lines that were too many.
    pub(super) missed: u64,
    /// What is wrong with the monitor.
    complaint: Option<String>,
    /// How many messages and actions of the run are taken down.
    told: u64,
    next_sample: VirtualTime,
    mail: Option<Vec<(String, usize)>>,
    panels: Option<Vec<Panel>>,
}

impl Recording {
    /// Takes down what a step of the run has brought. A sample is taken whenever `period` is over.
    pub fn follow(&mut self, world: &mut World, monitor: Option<&mut Monitor>, period: Span) {
        let (fresh, told) = world.deliveries_since(self.told);
        self.told = told;
        for delivery in fresh {
            self.message(delivery);
        }
        if world.now() >= self.next_sample {
            self.next_sample = world.now() + period;
            self.sample(world, monitor);
        }
    }

    /// Takes down how things stand.
    pub fn sample(&mut self, world: &mut World, monitor: Option<&mut Monitor>) {
        let mail = world.mailboxes();
        let answer = monitor.map(|monitor| world.monitored(monitor).and_then(|answer| panels(&answer)));
        let shown = match answer.unwrap_or_else(|| Ok(Vec::new())) {
            Ok(shown) => shown,
            Err(reason) => {
                self.complaint.get_or_insert(reason);
                Vec::new()
            }
        };
        self.add_sample(world.now(), mail, shown);
    }

    pub(super) fn add_sample(&mut self, at: VirtualTime, mail: Vec<(String, usize)>, shown: Vec<Panel>) {
        let mail = changed(&mut self.mail, mail);
        let panels = changed(&mut self.panels, shown);
        self.samples.push(Sample { t: at.as_nanos(), mail, panels });
    }

    /// Takes down a line.
    pub fn line(&mut self, line: Line) {
        if self.lines.len() < LINES_MAX {
            self.lines.push(line);
        } else {
            self.missed += 1;
        }
    }

    fn message(&mut self, delivery: Delivery) {
        let Delivery { event, cause, at, from, to, kind, what } = delivery;
        self.add_message(Message(event.0, cause.0, at.as_nanos(), from, to, kind, what));
    }

    pub(super) fn add_message(&mut self, message: Message) {
        if self.messages.len() < MESSAGES_MAX {
            self.messages.push(message);
        } else {
            self.missed += 1;
        }
    }

    /// What is not known yet, as the page reads it.
    #[must_use]
    pub fn since(&self, known: Known) -> Json {
        json!({
            "samples": self.samples.get(known.samples..).unwrap_or_default(),
            "messages": self.messages.get(known.messages..).unwrap_or_default(),
            "lines": self.lines.get(known.lines..).unwrap_or_default(),
            "missed": self.missed,
            "complaint": self.complaint,
        })
    }
}

/// The value, if it is not what it was.
fn changed<T: Clone + PartialEq>(last: &mut Option<T>, now: T) -> Option<T> {
    if last.as_ref() == Some(&now) {
        return None;
    }
    *last = Some(now.clone());
    Some(now)
}
