//! `[[fault]]`: a rule about what goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeValue;

use super::field::Field;
use super::names::Names;
use super::section::Section;
use crate::scenario::fault::{Dose, FaultMatch, FaultRule, Idleness, Restart};
use crate::scenario::fault_kind::{FaultKind, Form};
use crate::scenario::glob::Glob;
use crate::scenario::keys::{FAULT, MATCH};
use crate::scenario::problem::ProblemKind;

/// The rules in the order of the file.
pub(super) fn faults(top: &Section<'_>, names: &Names) -> Vec<FaultRule> {
    let mut lines = BTreeMap::new();
    let tables = top.field("fault").map(|field| field.tables()).unwrap_or_default();
    let mut rules = Vec::new();
    for (index, (table, span)) in tables.into_iter().enumerate() {
        let number = index + 1;
        let section = Section::open(table, span.clone(), format!("[[fault]] {number}"), FAULT, top.context());
        let Some(rule) = fault(&section, names, number) else { continue };
        if let Some(line) = lines.insert(rule.name.clone(), rule.origin.line) {
            let place = section.field("name").map_or(span, |field| field.place());
            let kind = ProblemKind::DuplicateName { name: rule.name.clone(), what: "the rule", line };
            section.report(place, kind);
        }
        rules.push(rule);
    }
    rules
}

fn fault(section: &Section<'_>, names: &Names, number: usize) -> Option<FaultRule> {
    one_domain(section);
    let name = section.field("name").map_or_else(|| Some(format!("fault-{number}")), |field| field.name());
    let doses = FaultKind::ALL.into_iter().filter_map(|kind| Some((kind, dose(&section.field(kind.name())?, kind)?)));
    let restart = match section.text("restart").as_deref() {
        Some("clean") => Restart::Clean,
        None | Some("kept") => Restart::Kept,
        Some(_) => return section.field("restart")?.refuse("write \"kept\" or \"clean\""),
    };
    let matches = section.field("match").and_then(|field| matches(&field)).unwrap_or_default();
    let in_call = [FaultKind::Throw, FaultKind::CrashInCall].into_iter().find_map(|kind| section.field(kind.name()));
    match (in_call, &matches.call) {
        (Some(field), None) => return field.refuse("say of which function: match = { call = \"io.open\" }"),
        (None, Some(_)) => {
            return section.field("match")?.refuse("`call` means something only with `throw` and `crash_in_call`");
        }
        _ => {}
    }
    let reload = match (section.field(FaultKind::Reload.name()), section.field("with")) {
        (Some(_), Some(field)) => Some(names.reload(&field)?),
        (Some(field), None) => return field.refuse("say which, by the name of a [[reload]]: with = \"..\""),
        (None, _) => None,
    };
    let optional = section.field("optional").and_then(|field| field.boolean());
    Some(FaultRule {
        name: name?,
        matches,
        doses: doses.collect(),
        restart,
        reload,
        idleness: if optional == Some(true) { Idleness::Allowed } else { Idleness::Vacuous },
        origin: section.origin(),
    })
}

/// What a rule does must be about one thing: a message and a file do not match the same rule.
fn one_domain(section: &Section<'_>) {
    let effects = FaultKind::ALL.into_iter().filter(|kind| kind.domain().is_some());
    let effects: Vec<FaultKind> = effects.collect();
    let names: Vec<&str> = effects.iter().map(|kind| kind.name()).collect();
    let present = section.present(&names);
    let Some(first) = effects.iter().find(|kind| present.contains(&kind.name())) else {
        section.report_unsaid(&names, "what goes wrong", "one or more");
        return;
    };
    for other in effects.iter().filter(|kind| kind.domain() != first.domain()) {
        section.refuse_beside(&[other.name()], first.name());
    }
    let ends = [FaultKind::Kill, FaultKind::Exit, FaultKind::Crash, FaultKind::CrashInCall];
    if !ends.iter().any(|kind| present.contains(&kind.name())) {
        section.refuse_alone(&["restart_after", "restart"], "`kill`, `exit` or `crash`");
    }
    if !present.contains(&FaultKind::Reload.name()) {
        section.refuse_alone(&["with"], "`reload`");
    }
    if ![FaultKind::Crash, FaultKind::CrashInCall].iter().any(|kind| present.contains(&kind.name())) {
        section.refuse_alone(&["torn"], "`crash`");
    }
}

pub(super) fn matches(field: &Field<'_>) -> Option<FaultMatch> {
    let section = field.section("`match`", MATCH)?;
    // Not checked against the names of the file: the runtime's own services send messages, too.
    let pattern = |key| section.field(key).and_then(|field| field.name()).map(Glob::new);
    let found = FaultMatch {
        from: pattern("from"),
        to: pattern("to"),
        kind: section.field("type").and_then(|field| field.name()),
        command: pattern("command"),
        path: pattern("path"),
        call: pattern("call"),
        nth: section.field("nth").and_then(|field| field.count()),
        after: section.field("after").and_then(|field| field.moment()),
        before: section.field("before").and_then(|field| field.moment()),
    };
    if let (Some(after), Some(before), Some(field)) = (found.after, found.before, section.field("before"))
        && before <= after
    {
        return field.refuse("nothing is between `after` and `before`: `before` must be later");
    }
    Some(found)
}

/// `None` also for what can never act: it is as if it were not said.
fn dose(field: &Field<'_>, kind: FaultKind) -> Option<Dose> {
    let dose = match (field.value(), kind.form()) {
        (DeValue::Table(_), Form::Chance) => Dose::Matches(match_numbers(&nth(field)?)),
        (DeValue::Table(_), _) => Dose::Amounts(amounts(&nth(field)?, kind)?),
        (DeValue::Boolean(true), Form::Chance) => Dose::Probability(1.0),
        (DeValue::Boolean(false), Form::Chance) => return None,
        (DeValue::Integer(_) | DeValue::Float(_), Form::Chance) => match field.probability()? {
            0.0 => return None,
            probability => Dose::Probability(probability),
        },
        (_, Form::Chance) => return field.wrong_type("a number from 0 to 1, true, or { nth = [3, 17] }"),
        (_, Form::Span) => {
            let (low, high) = field.span_range()?;
            Dose::Amount(low.as_nanos(), high.as_nanos())
        }
        (_, Form::Count) => {
            let (low, high) = count_range(field)?;
            Dose::Amount(low, high)
        }
    };
    if dose == Dose::Amount(0, 0) { None } else { Some(dose) }
}

/// A count, or two that it is between.
fn count_range(field: &Field<'_>) -> Option<(u64, u64)> {
    let count = |field: &Field<'_>| field.integer(0, i64::MAX as u64);
    match (field.value(), &*field.items()) {
        (DeValue::Array(_), [low, high]) => match (count(low)?, count(high)?) {
            (low, high) if low > high => field.refuse(format!("the range ends ({high}) before it begins ({low})")),
            range => Some(range),
        },
        (DeValue::Array(_), _) => field.refuse("a range has two ends, as in [1, 5]"),
        _ => count(field).map(|count| (count, count)),
    }
}

/// The value of `{ nth = .. }`.
fn nth<'a>(field: &Field<'a>) -> Option<Field<'a>> {
    let table = field.table("a table")?;
    match table.get("nth") {
        Some(value) if table.len() == 1 => Some(Field::new("nth".into(), value, field.context())),
        _ => field.refuse("a table here has the one key `nth`: { nth = .. }"),
    }
}

fn match_numbers(field: &Field<'_>) -> BTreeSet<u64> {
    match field.value() {
        DeValue::Array(_) => field.items().iter().filter_map(Field::count).collect(),
        _ => field.wrong_type("an array of the numbers of matches, as in [3, 17]").unwrap_or_default(),
    }
}

/// `{ 3 = "12ms", 17 = "80ms" }`, or `{ 3 = 2 }`
fn amounts(field: &Field<'_>, kind: FaultKind) -> Option<BTreeMap<u64, u64>> {
    let mut result = BTreeMap::new();
    for (key, value) in field.table("a table by the numbers of matches, as in { 3 = \"12ms\" }")?.iter() {
        let value = Field::new(key.get_ref().to_string(), value, field.context());
        let number = match key.get_ref().parse() {
            Ok(number) if number > 0 => number,
            _ => return value.refuse("the number of a match is an integer from 1 up"),
        };
        let amount = match kind.form() {
            Form::Span => value.span()?.as_nanos(),
            Form::Count | Form::Chance => value.integer(0, i64::MAX as u64)?,
        };
        result.insert(number, amount);
    }
    Some(result)
}
