//! Answers that a trace has kept, to compare with those of a run.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::difference::{Difference, Leniency, name};
use crate::base::{Seed, VirtualTime};
use crate::scenario::{Action, Plan};
use crate::seri;
use crate::trace::{self, TraceError};
use crate::world::{Exchange, Got, describe};

/// What a trace tells of its run's timeline.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The run's seed, as the trace has it.
    pub seed: Option<Seed>,
    /// Its schedule.
    pub schedule: Option<String>,
    /// What the events did, by their places.
    actions: BTreeMap<usize, String>,
    /// What came of them, by their places, in the order in which it came.
    outcomes: BTreeMap<usize, Vec<(VirtualTime, Json)>>,
}

/// The timeline of the plan is not that of the trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {number} of the timeline is `{plan}`, and the trace has `{trace}` there")]
pub struct OtherTimeline {
    number: usize,
    plan: String,
    trace: String,
}

impl Recorded {
    /// What a trace has kept.
    ///
    /// # Errors
    /// When it is no trace, or is damaged.
    pub fn read(lines: impl Iterator<Item = Result<trace::Line, TraceError>>) -> Result<Recorded, TraceError> {
        let mut recorded = Recorded::default();
        for line in lines {
            match line? {
                trace::Line::Header(header) => {
                    let text = |key: &str| header.fields.get(key).and_then(Json::as_str);
                    recorded.seed = text("seed").and_then(|seed| seed.parse().ok());
                    recorded.schedule = text("schedule").map(str::to_owned);
                }
                trace::Line::Event(event) => recorded.add(event),
            }
        }
        Ok(recorded)
    }

    fn add(&mut self, mut event: trace::Event) {
        let index = event.fields.remove("index").and_then(|index| usize::try_from(index.as_u64()?).ok());
        match (&*event.kind, index) {
            ("action", Some(index)) => {
                let what = event.fields.get("what").and_then(Json::as_str).unwrap_or_default();
                self.actions.entry(index).or_insert_with(|| what.to_owned());
            }
            ("outcome", Some(index)) => {
                event.fields.remove("where");
                self.outcomes.entry(index).or_default().push((event.time, Json::Object(event.fields)));
            }
            _ => {}
        }
    }

    /// Whether the run played the timeline of this plan, as far as it came.
    ///
    /// # Errors
    /// When it played another one.
    pub fn is_of(&self, plan: &Plan) -> Result<(), OtherTimeline> {
        for (index, trace) in &self.actions {
            let event = plan.events.get(*index);
            let plan = event.map_or_else(|| "nothing".to_owned(), |event| describe(&event.action));
            if plan != *trace {
                return Err(OtherTimeline { number: index + 1, plan, trace: trace.clone() });
            }
        }
        Ok(())
    }

    /// The answers of a run that are not as they were, in the order of the events. `places` are the places in the recorded
    /// timeline of the events of the run's own.
    #[must_use]
    pub fn answers(&self, after: &[Exchange], places: &[usize], leniency: &Leniency) -> Vec<Difference> {
        let mut calls: BTreeMap<usize, Vec<&Exchange>> = BTreeMap::new();
        for exchange in after.iter().filter(|exchange| exchange.action == "call") {
            calls.entry(exchange.event).or_default().push(exchange);
        }
        let mut found = Vec::new();
        for (event, mut calls) in calls {
            // Answers may overtake each other: the n-th is compared with the n-th. What has none is last.
            calls.sort_by_key(|exchange| (exchange.answered.is_none(), exchange.answered));
            let Some(old) = places.get(event).map(|place| self.outcomes.get(place)) else { continue };
            let old = old.map_or(&[][..], |outcomes| &**outcomes);
            for (number, exchange) in calls.into_iter().enumerate() {
                found.extend(compare(old.get(number), exchange));
            }
        }
        found.retain(|difference| leniency.allows_not(difference));
        found
    }

    /// How many answers there are to compare with.
    #[must_use]
    pub fn count(&self, plan: &Plan, places: &[usize]) -> usize {
        let calls = plan.events.iter().zip(places).filter(|(event, _)| matches!(event.action, Action::Call { .. }));
        calls.map(|(_, place)| self.outcomes.get(place).map_or(0, Vec::len)).sum()
    }
}

fn compare(old: Option<&(VirtualTime, Json)>, new: &Exchange) -> Vec<Difference> {
    let about = format!("call {} ({}) at {}", new.to, seri::display(&new.args), new.at);
    let place = format!("reply {}", name(new));
    let nothing = || "no answer".to_owned();
    let now = fields(&new.got);
    let difference =
        |place: String, before: String, after: String| Difference { place, about: about.clone(), before, after };
    match (old.map(|(_, fields)| fields), now) {
        (None, None) => Vec::new(),
        (Some(old), Some(now)) if *old == now => Vec::new(),
        (Some(old), Some(now)) => {
            let list = |fields: &Json| fields.get("result").and_then(Json::as_array).cloned();
            match (list(old), list(&now)) {
                (Some(old), Some(now)) if old.len() == now.len() && old != now => {
                    let pairs = old.iter().zip(&now).zip(1..).filter(|((old, now), _)| old != now);
                    let one = |((old, now), index): ((&Json, &Json), usize)| {
                        difference(format!("{place}[{index}]"), old.to_string(), now.to_string())
                    };
                    pairs.map(one).collect()
                }
                _ => vec![difference(place, shown(old), shown(&now))],
            }
        }
        (old, now) => {
            let text = |fields: Option<&Json>| fields.map_or_else(nothing, shown);
            vec![difference(place, text(old), text(now.as_ref()))]
        }
    }
}

/// An answer as a trace has it; `None` for none.
fn fields(got: &Got) -> Option<Json> {
    match got {
        Got::Values(values) => Some(Json::Object(trace::result_fields(&seri::encode(values).ok()?))),
        Got::Error(text) => Some(serde_json::json!({ "error": text })),
        Got::Nothing => None,
    }
}

/// The values, or the error.
fn shown(fields: &Json) -> String {
    match (fields.get("result"), fields.get("error")) {
        (Some(Json::Array(values)), _) if values.is_empty() => "no values".to_owned(),
        (Some(Json::Array(values)), _) => values.iter().map(Json::to_string).collect::<Vec<_>>().join(", "),
        (_, Some(error)) => format!("the error `{}`", error.as_str().unwrap_or_default()),
        _ => fields.to_string(),
    }
}
