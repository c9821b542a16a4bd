//! `[[event]]`: one trigger, one action.

use super::entries;
use super::field::Field;
use super::names::Names;
use super::reload::content;
use super::section::Section;
use super::value::{Drawing, values};
use crate::base::{Span, Value, VirtualTime};
use crate::scenario::event::{Action, Answer, DEFAULT_KIND, Event, Occasion, Trigger};
use crate::scenario::glob::Glob;
use crate::scenario::keys::{ACTIONS, CALL, EVENT, INJECT, SEND, TRIGGERS, WHEN, WRITE};
use crate::scenario::template::{Draw, Slot, Target};

/// The timeline in the order of the file.
pub(super) fn events(top: &Section<'_>, names: &Names) -> Vec<Event> {
    entries(top, "event", EVENT, Target::Event, |section| {
        let trigger = trigger(section, names);
        let action = action(section, names);
        if let Some(field) = section.field("probability") {
            let probability = field.probability()?;
            section.context().hole("probability", Slot::Presence, Draw::Presence(probability));
        }
        Some(Event { trigger: trigger?, action: action?, origin: section.origin() })
    })
}

fn trigger(section: &Section<'_>, names: &Names) -> Option<Trigger> {
    let key = section.exactly_one(&TRIGGERS, "when it happens")?;
    let field = section.field(key)?;
    if key != "every" {
        section.refuse_alone(&["from", "to", "times"], "`every`");
    }
    match key {
        "at" => field.drawn_span(Slot::Time).map(|(low, _)| Trigger::At(moment(low))),
        "every" => every(section, &field),
        _ => occasion(&field, names).map(Trigger::When),
    }
}

fn moment(span: Span) -> VirtualTime {
    VirtualTime::ZERO + span
}

fn every(section: &Section<'_>, field: &Field<'_>) -> Option<Trigger> {
    let (period, longest) = field.drawn_span(Slot::Time)?;
    if period == Span::ZERO {
        return field.refuse("an event cannot happen every 0s: write a longer span");
    }
    let from = match section.field("from") {
        Some(from) => from.drawn_span(Slot::From)?.0,
        None => {
            // The same stream as the period's: both are drawn as the same length.
            if period != longest {
                section.context().hole("every", Slot::From, Draw::Span(period, longest));
            }
            period
        }
    };
    let to = match section.field("to") {
        Some(field) => {
            let (low, high) = field.drawn_span(Slot::To)?;
            if high < from {
                return field.refuse(format!("it ends ({high}) before it begins ({from})"));
            }
            Some(moment(low))
        }
        None => None,
    };
    let times = match section.field("times") {
        Some(field) => Some(field.count()?),
        None => None,
    };
    Some(Trigger::Every { period, from: moment(from), to, times })
}

fn occasion(field: &Field<'_>, names: &Names) -> Option<Occasion> {
    let section = field.section("`when`", WHEN)?;
    let service = section.required("service").and_then(|field| names.pattern(&field));
    let message = section.field("message").and_then(|field| field.name()).map(Glob::new);
    let nth = section.field("nth").map_or(Some(1), |field| field.count());
    let kind = section.field("kind").and_then(|field| field.name());
    Some(Occasion { service: service?, message, nth: nth?, kind })
}

fn action(section: &Section<'_>, names: &Names) -> Option<Action> {
    let key = section.exactly_one(&ACTIONS, "what happens")?;
    let field = section.field(key)?;
    if !matches!(key, "kill" | "exit") {
        section.refuse_alone(&["restart_after"], "`kill` or `exit`");
    }
    match key {
        "call" => call(&field, names),
        "send" => send(&field, names),
        "kill" | "exit" => {
            let service = names.pattern(&field)?;
            let restart_after = match section.field("restart_after") {
                Some(field) => Some(field.drawn_span(Slot::RestartAfter)?.0),
                None => None,
            };
            Some(match key {
                "kill" => Action::Kill { service, restart_after },
                _ => Action::Exit { service, restart_after },
            })
        }
        "restart" => names.pattern(&field).map(Action::Restart),
        "pause" => names.pattern(&field).map(Action::Pause),
        "resume" => names.pattern(&field).map(Action::Resume),
        "write" => write(&field),
        "inject" => inject(&field, names),
        "reload" => names.reload(&field).map(Action::Reload),
        _ => field.text().map(Action::Log),
    }
}

fn call(field: &Field<'_>, names: &Names) -> Option<Action> {
    let section = field.section("`call`", CALL)?;
    let to = section.required("to").and_then(|field| names.one(&field));
    let args = arguments(&section);
    let kind = kind(&section);
    if section.field("expect").is_some() {
        section.refuse_beside(&["expect_error"], "expect");
    }
    let expect = match (section.field("expect"), section.field("expect_error")) {
        (Some(field), _) => Answer::Values(values(&field, Drawing::Impossible)),
        (None, Some(field)) => Answer::Error(field.text()?),
        (None, None) => Answer::Any,
    };
    Some(Action::Call { to: to?, args, kind: kind?, expect })
}

fn send(field: &Field<'_>, names: &Names) -> Option<Action> {
    let section = field.section("`send`", SEND)?;
    let to = section.required("to").and_then(|field| names.pattern(&field));
    let args = arguments(&section);
    let kind = kind(&section);
    Some(Action::Send { to: to?, args, kind: kind? })
}

fn write(field: &Field<'_>) -> Option<Action> {
    let section = field.section("`write`", WRITE)?;
    let path = section.required("path").and_then(|field| field.name());
    let content = content(&section)?;
    Some(Action::Write { path: path?, content })
}

fn inject(field: &Field<'_>, names: &Names) -> Option<Action> {
    let section = field.section("`inject`", INJECT)?;
    let to = section.required("to").and_then(|field| names.pattern(&field));
    let file = section.required("file").and_then(|field| field.name());
    let args = arguments(&section);
    Some(Action::Inject { to: to?, file: file?, args })
}

fn arguments(section: &Section<'_>) -> Vec<Value> {
    section.field("args").map(|field| values(&field, Drawing::Possible)).unwrap_or_default()
}

fn kind(section: &Section<'_>) -> Option<String> {
    section.field("type").map_or_else(|| Some(DEFAULT_KIND.to_owned()), |field| field.name())
}
