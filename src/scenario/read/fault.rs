//! `[[fault]]`: a rule over messages.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeValue;

use super::field::Field;
use super::section::Section;
use crate::base::Span;
use crate::scenario::fault::{Chance, Delay, FaultMatch, FaultRule};
use crate::scenario::glob::Glob;
use crate::scenario::keys::{EFFECTS, FAULT, MATCH};
use crate::scenario::problem::ProblemKind;

/// The rules in the order of the file.
pub(super) fn faults(top: &Section<'_>) -> Vec<FaultRule> {
    let mut lines = BTreeMap::new();
    let tables = top.field("fault").map(|field| field.tables()).unwrap_or_default();
    let mut rules = Vec::new();
    for (index, (table, span)) in tables.into_iter().enumerate() {
        let number = index + 1;
        let section = Section::open(table, span.clone(), format!("[[fault]] {number}"), FAULT, top.context());
        let Some(rule) = fault(&section, number) else { continue };
        if let Some(line) = lines.insert(rule.name.clone(), rule.origin.line) {
            let place = section.field("name").map_or(span, |field| field.place());
            let kind = ProblemKind::DuplicateName { name: rule.name.clone(), what: "the rule", line };
            section.report(place, kind);
        }
        rules.push(rule);
    }
    rules
}

fn fault(section: &Section<'_>, number: usize) -> Option<FaultRule> {
    if section.present(&EFFECTS).is_empty() {
        section.report_unsaid(&EFFECTS, "what happens to messages", "one or more");
    }
    let name = section.field("name").map_or_else(|| Some(format!("fault-{number}")), |field| field.name());
    Some(FaultRule {
        name: name?,
        matches: section.field("match").and_then(|field| matches(&field)).unwrap_or_default(),
        drop: chance(section, "drop"),
        duplicate: chance(section, "duplicate"),
        error: chance(section, "error"),
        delay: section.field("delay").and_then(|field| delay(&field)).unwrap_or_default(),
        origin: section.origin(),
    })
}

fn matches(field: &Field<'_>) -> Option<FaultMatch> {
    let section = field.section("`match`", MATCH)?;
    // Not checked against the names of the file: the runtime's own services send messages, too.
    let pattern = |key| section.field(key).and_then(|field| field.name()).map(Glob::new);
    let found = FaultMatch {
        from: pattern("from"),
        to: pattern("to"),
        kind: section.field("type").and_then(|field| field.name()),
        command: pattern("command"),
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

fn chance(section: &Section<'_>, key: &'static str) -> Chance {
    let Some(field) = section.field(key) else { return Chance::Never };
    match field.value() {
        DeValue::Boolean(false) => Chance::Never,
        DeValue::Boolean(true) => Chance::Probability(1.0),
        DeValue::Table(_) => nth(&field).map(|list| Chance::Matches(match_numbers(&list))).unwrap_or_default(),
        DeValue::Integer(_) | DeValue::Float(_) => match field.probability() {
            Some(probability) if probability > 0.0 => Chance::Probability(probability),
            _ => Chance::Never,
        },
        _ => field.wrong_type("a number from 0 to 1, true, or { nth = [3, 17] }").unwrap_or_default(),
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

fn delay(field: &Field<'_>) -> Option<Delay> {
    match field.value() {
        DeValue::Table(_) => {
            let list = nth(field)?;
            Some(Delay::Matches(delays(&list)?))
        }
        DeValue::Array(_) => field.span_range().map(|(low, high)| Delay::Range(low, high)),
        _ => Some(match field.span()? {
            Span::ZERO => Delay::None,
            span => Delay::Exact(span),
        }),
    }
}

/// `{ 3 = "12ms", 17 = "80ms" }`
fn delays(field: &Field<'_>) -> Option<BTreeMap<u64, Span>> {
    let mut result = BTreeMap::new();
    for (key, value) in field.table("a table of delays, as in { 3 = \"12ms\" }")?.iter() {
        let value = Field::new(key.get_ref().to_string(), value, field.context());
        let number = match key.get_ref().parse() {
            Ok(number) if number > 0 => number,
            _ => return value.refuse("the number of a match is an integer from 1 up"),
        };
        result.insert(number, value.span()?);
    }
    Some(result)
}
