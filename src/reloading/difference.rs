//! What differs between two runs, for whoever looks from outside.

use std::collections::BTreeMap;

use crate::scenario::Glob;
use crate::seri;
use crate::state;
use crate::world::{Ending, Exchange, Got, PATIENCE, Showing};

/// A run and the lines that it logged.
#[derive(Debug)]
pub struct Shown {
    /// The run.
    pub run: Showing,
    /// Its log lines, in their order.
    pub log: Vec<String>,
}

/// One thing that is not the same in both runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What: `reply room.history[1]`, `state room.rooms.lobby`, `log ..`, `failure ..`. Patterns are compared with this.
    pub place: String,
    /// More about it, in words; may be empty.
    pub about: String,
    /// What it was in the first run.
    pub before: String,
    /// What it is in the second.
    pub after: String,
}

/// What may differ.
#[derive(Clone, Debug, Default)]
pub struct Leniency(Vec<Glob>);

impl Leniency {
    /// Places that match one of these patterns may differ.
    #[must_use]
    pub fn new(patterns: &[String]) -> Leniency {
        Leniency(patterns.iter().map(Glob::new).collect())
    }

    /// Whether this must not differ.
    pub(super) fn allows_not(&self, difference: &Difference) -> bool {
        !self.0.iter().any(|pattern| pattern.matches(&difference.place))
    }
}

/// All differences. `own` are the events from this place of the second timeline on: they and what the service logs on
/// their occasion belong to the reload.
#[must_use]
pub fn differences(before: &Shown, after: &Shown, own: usize, leniency: &Leniency) -> Vec<Difference> {
    let mut found = failures(after);
    if has_one_cut_off(after, own) {
        found.retain(|difference| leniency.allows_not(difference));
        return found;
    }
    found.extend(refused(after, own));
    found.extend(all_answers(&before.run.exchanges, &after.run.exchanges, own));
    found.extend(lost_lines(before, after));
    found.extend(states(before, after));
    found.retain(|difference| leniency.allows_not(difference));
    found
}

/// The answers that differ, in the order of the calls.
#[must_use]
pub fn answers(before: &Shown, after: &Shown, leniency: &Leniency) -> Vec<Difference> {
    let mut found = all_answers(&before.run.exchanges, &after.run.exchanges, usize::MAX);
    found.retain(|difference| leniency.allows_not(difference));
    found
}

/// The first run has none.
fn failures(after: &Shown) -> Vec<Difference> {
    let failures = after.run.report.failures.iter();
    failures
        .map(|failure| difference(format!("failure {}", failure.kind()), String::new(), "nothing", failure))
        .collect()
}

fn reloads(after: &Shown, own: usize) -> impl Iterator<Item = &Exchange> {
    after.run.exchanges.iter().filter(move |exchange| exchange.event >= own && exchange.action == "reload")
}

/// The run ended while a reload went on: nothing is as it would be, and that shows nothing.
fn has_one_cut_off(after: &Shown, own: usize) -> bool {
    let report = &after.run.report;
    report.ending == Ending::Until
        && reloads(after, own).any(|reload| reload.got == Got::Nothing && reload.at + PATIENCE > report.end)
}

/// Reloads that ended in an error, or in nothing. That a service says no is its right.
fn refused(after: &Shown, own: usize) -> Vec<Difference> {
    let broken = reloads(after, own).filter(|exchange| !matches!(exchange.got, Got::Values(_)));
    broken.map(|exchange| difference("reload".to_owned(), String::new(), "an answer", &exchange.got)).collect()
}

fn all_answers(before: &[Exchange], after: &[Exchange], own: usize) -> Vec<Difference> {
    // The n-th time an event happened is the same in both runs, whatever else was between.
    let mut second: BTreeMap<(usize, usize), &Exchange> = BTreeMap::new();
    for (key, exchange) in numbered(after.iter().filter(|exchange| exchange.event < own)) {
        second.insert(key, exchange);
    }
    let mut found = Vec::new();
    for (key, exchange) in numbered(before.iter()) {
        if exchange.action != "call" {
            continue;
        }
        let about = said(exchange);
        let name = name(exchange);
        let Some(other) = second.get(&key) else {
            found.push(difference(format!("reply {name}"), about, &exchange.got, "the call was never made"));
            continue;
        };
        match (&exchange.got, &other.got) {
            (Got::Values(old), Got::Values(new)) if old.len() == new.len() => {
                let pairs = old.iter().zip(new).zip(1..).filter(|((old, new), _)| !old.is_same(new));
                found.extend(pairs.map(|((old, new), index)| {
                    let one = std::slice::from_ref;
                    let place = format!("reply {name}[{index}]");
                    difference(place, about.clone(), seri::display(one(old)), seri::display(one(new)))
                }));
            }
            (old, new) if old != new => found.push(difference(format!("reply {name}"), about, old, new)),
            _ => {}
        }
    }
    found
}

/// Each with its event and how often that had happened before.
fn numbered<'a>(exchanges: impl Iterator<Item = &'a Exchange>) -> impl Iterator<Item = ((usize, usize), &'a Exchange)> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    exchanges.map(move |exchange| {
        let count = counts.entry(exchange.event).or_default();
        *count += 1;
        ((exchange.event, *count), exchange)
    })
}

/// `room.say`: the service and the command.
pub(super) fn name(exchange: &Exchange) -> String {
    match exchange.args.first() {
        Some(crate::base::Value::String(command)) => format!("{}.{}", exchange.to, String::from_utf8_lossy(command)),
        _ => exchange.to.clone(),
    }
}

fn said(exchange: &Exchange) -> String {
    format!("call {} ({}) at {}", exchange.to, seri::display(&exchange.args), exchange.at)
}

/// Lines that the second run lacks. It may log more: that it was reloaded.
fn lost_lines(before: &Shown, after: &Shown) -> Vec<Difference> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for line in &after.log {
        *left.entry(line).or_default() += 1;
    }
    let mut found = Vec::new();
    for line in &before.log {
        match left.get_mut(line.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => found.push(difference(format!("log {line}"), String::new(), "logged", "not logged")),
        }
    }
    found
}

fn states(before: &Shown, after: &Shown) -> Vec<Difference> {
    let (old, new) = (&before.run.states, &after.run.states);
    let mut found = Vec::new();
    for (name, graph) in old {
        let Some(other) = new.get(name) else {
            found.push(difference(format!("state {name}"), String::new(), "a service", "not running"));
            continue;
        };
        let nothing = || "nothing".to_owned();
        // A reload that takes time uses sessions up.
        found.extend(state::changes_but_sessions(graph, other).into_iter().map(|change| Difference {
            place: format!("state {name}.{}", change.path),
            about: String::new(),
            before: change.before.unwrap_or_else(nothing),
            after: change.after.unwrap_or_else(nothing),
        }));
    }
    let fresh = new.keys().filter(|name| !old.contains_key(*name));
    found.extend(fresh.map(|name| difference(format!("state {name}"), String::new(), "not running", "a service")));
    found
}

fn difference(place: String, about: String, before: impl ToString, after: impl ToString) -> Difference {
    Difference { place, about, before: before.to_string(), after: after.to_string() }
}
