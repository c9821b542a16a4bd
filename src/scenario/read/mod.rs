//! TOML text to an outline: a plan, and the holes in it. One file for each kind of table; what they
//! share is in `context` (problems, holes), `section` (a table), `field` (a value) and `names`.

mod branch;
mod context;
mod event;
mod expect;
mod fault;
mod field;
mod model;
mod names;
mod node;
mod pin;
mod reload;
mod section;
mod service;
mod swarm;
mod value;

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use self::context::Context;
use self::field::Field;
use self::names::Names;
use self::section::Section;
use super::error::{Invalid, Problem, ScenarioError};
use super::keys::{REPEAT_MAX, TOP};
use super::plan::{Dialect, Permission, Plan};
use super::problem::ProblemKind;
use super::swarm::Swarm;
use super::template::{Hole, Target};
use crate::base::Seed;

pub(crate) use self::section::similar;
pub(super) use self::value::SPECIAL;

/// Syntax errors shown of one file: the later ones mostly follow from the first.
const SYNTAX_ERRORS_MAX: usize = 3;

/// Reads a file's text. The plan has the low end of everything that is drawn.
pub(super) fn outline(file_name: &str, text: &str) -> Result<(Plan, Vec<Hole>, Option<Swarm>), ScenarioError> {
    let invalid = |problems| ScenarioError::Invalid(Box::new(Invalid::new(file_name, text, problems)));
    let context = Context::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors.iter().take(SYNTAX_ERRORS_MAX) {
            let place = error.span().unwrap_or(0..0);
            context.report(place, ProblemKind::Syntax(error.message().trim_end().replace('\n', "; ")));
        }
        return Err(invalid(problems(context)));
    }
    let (plan, swarm) = read_top(file_name, table.get_ref(), table.span(), &context);
    match context.finish() {
        Ok(holes) => Ok((plan, holes, swarm)),
        Err(problems) => Err(invalid(problems)),
    }
}

fn problems(context: Context<'_>) -> Vec<Problem> {
    context.finish().err().unwrap_or_default()
}

/// An empty plan if the format is not known: other complaints would only mislead.
fn read_top(file_name: &str, table: &DeTable<'_>, span: Range<usize>, context: &Context<'_>) -> (Plan, Option<Swarm>) {
    let mut plan = Plan::empty(file_name);
    if !is_schema_known(table, context) {
        return (plan, None);
    }
    let top = Section::open(table, span, "the file".into(), TOP, context);
    plan.title = top.text("title").unwrap_or_default();
    plan.seed = top.field("seed").and_then(|field| seed(&field)).unwrap_or_default();
    plan.until = top.field("until").and_then(|field| field.moment());
    plan.schedule = top.field("schedule").and_then(|field| field.name()).unwrap_or(plan.schedule);
    plan.cost = top.field("cost").and_then(|field| field.span()).unwrap_or(plan.cost);
    plan.branches = branch::branches(&top);
    plan.folder = folder(file_name, top.text("folder").as_deref());
    plan.limits = expect::limits(&top);
    plan.allow = expect::allow(&top);
    plan.detect = expect::detectors(&top, "detect");
    if top.field("buggify").and_then(|field| field.boolean()) == Some(false) {
        plan.buggify = Permission::Refused;
    }
    plan.dialect = top.field("dialect").and_then(|field| dialect(&field)).unwrap_or_default();
    plan.node = node::node(&top);
    plan.services = service::services(&top);
    let mut names = Names::of(&plan);
    plan.reloads = reload::reloads(&top, &names);
    names.add_reloads(&plan.reloads);
    plan.events = event::events(&top, &names);
    plan.faults = fault::faults(&top, &names);
    plan.budget = swarm::budget(&top);
    plan.pins = pin::pins(&top);
    plan.checks = expect::checks(&top);
    plan.models = model::models(&top, &names);
    plan.expect = expect::expect(&top, &names);
    let swarm = swarm::swarm(&top, &names);
    (plan, swarm)
}

fn is_schema_known(table: &DeTable<'_>, context: &Context<'_>) -> bool {
    let Some(value) = table.get("schema") else {
        context.report(0..0, ProblemKind::SchemaMissing);
        return false;
    };
    let written = match value.get_ref() {
        DeValue::Integer(number) if number.as_str() == "1" => return true,
        DeValue::Integer(number) => number.to_string(),
        DeValue::String(text) => text.to_string(),
        other => other.type_str().to_owned(),
    };
    context.report(value.span(), ProblemKind::SchemaUnknown(written));
    false
}

/// An integer, or one of the texts that mean a seed.
fn seed(field: &Field<'_>) -> Option<Seed> {
    match field.value() {
        DeValue::Integer(_) => field.integer(0, u64::MAX).map(Seed),
        DeValue::String(_) => field.parsed(str::parse),
        _ => field.wrong_type("an integer, or a string with decimal, 0x-hex or 40 hex digits"),
    }
}

fn dialect(field: &Field<'_>) -> Option<Dialect> {
    match field.text()?.as_str() {
        "skynet" => Some(Dialect::Skynet),
        "tutorial" => Some(Dialect::Tutorial),
        _ => field.refuse("write \"skynet\" or \"tutorial\""),
    }
}

/// What relative paths are relative to.
fn folder(file_name: &str, written: Option<&str>) -> PathBuf {
    let own = Path::new(file_name).parent().unwrap_or(Path::new(""));
    written.map_or_else(|| own.to_owned(), |written| own.join(written))
}

/// The tables of `[[kind]]`, each as often as its `repeat` says; `read` gets the section and the
/// index of the entry. After a copy with problems no further copy is read: it would repeat them.
fn entries<T>(
    top: &Section<'_>,
    kind: &'static str,
    keys: &'static [super::keys::Key],
    target: fn(usize) -> Target,
    mut read: impl FnMut(&Section<'_>) -> Option<T>,
) -> Vec<T> {
    let mut result = Vec::new();
    let tables = top.field(kind).map(|field| field.tables()).unwrap_or_default();
    for (number, (table, span)) in tables.into_iter().enumerate() {
        let section = Section::open(table, span, format!("[[{kind}]] {}", number + 1), keys, top.context());
        let repeat = section.field("repeat").map(|field| field.integer(1, REPEAT_MAX).unwrap_or(1));
        let before = top.context().problem_count();
        for copy in 1..=repeat.unwrap_or(1) {
            top.context().enter(target(result.len()), number, repeat.map(|_| copy));
            result.extend(read(&section));
            top.context().leave();
            if top.context().problem_count() > before {
                break;
            }
        }
    }
    result
}
