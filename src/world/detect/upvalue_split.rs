//! `upvalue_split`: after a hot fix, a function of the fix has a variable of its own where the code that it goes with has one
//! of the same name, and the two differ by now: old and new code no longer work on the same state. A fix is what the
//! scenario injects, and a file that is loaded again while functions of its first load are still in use. Only what
//! differs is a split: a copy that nobody writes does no harm.

use std::collections::BTreeMap;

use crate::base::VirtualTime;
use crate::kernel::ServiceId;
use crate::scenario::{Detector, Level};
use crate::state::{Item, Kind, Place, StateGraph};

use super::super::check::state_of;
use super::super::run::World;
use super::Found;
use super::source;

/// Tables in tables that are compared.
const DEPTH_MAX: u32 = 24;

/// How code came into a service that ran already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Fix {
    /// From outside.
    Injected,
    /// The service has loaded a file anew.
    Reload,
}

/// What came into which services, as their functions name it: how, and when last.
#[derive(Debug, Default)]
pub(in crate::world) struct Fixes(BTreeMap<(ServiceId, String), (Fix, VirtualTime)>);

/// A function with one of its variables.
#[derive(Clone, Copy)]
struct Holder<'a> {
    place: Place,
    name: &'a [u8],
    variable: u32,
}

impl World {
    /// A service has been given code from outside.
    pub(in crate::world) fn note_fix(&mut self, service: ServiceId, file: &str, fix: Fix) {
        if self.plan.level(Detector::UpvalueSplit) != Level::Off {
            let file = file.strip_prefix("./").unwrap_or(file).to_owned();
            self.fixes.0.insert((service, file), (fix, self.kernel.now()));
        }
    }

    /// Looks at every service that was fixed and still lives.
    pub(super) fn look_for_splits(&mut self) {
        let fixes = std::mem::take(&mut self.fixes.0);
        for ((id, file), (fix, at)) in fixes {
            let context = self.kernel.context(id);
            let (alive, service) = (context.is_alive(), context.label().to_owned());
            let state = if alive { state_of(&mut self.kernel, id) } else { None };
            let Some(state) = state else { continue };
            let names = match fix {
                Fix::Injected => split(&state, &file),
                Fix::Reload => self.split_by_reload(&state, &file),
            };
            if let Some(mut found) = found(names, &file, &service) {
                found.list.push(format!("it was put there at {at}"));
                self.observe(Detector::UpvalueSplit, found);
            }
        }
    }
}

/// Names of variables that are two by now, each with where.
type Splits = BTreeMap<String, String>;

fn found(splits: Splits, file: &str, service: &str) -> Option<Found> {
    if splits.is_empty() {
        return None;
    }
    let names: Vec<String> = splits.keys().map(|name| format!("`{name}`")).collect();
    let what =
        format!("since {file} was put into {service}, old and new code each have their own {}", names.join(", "));
    Some(Found { list: splits.into_values().collect(), ..Found::new(what, service.to_owned(), None) })
}

/// Variables of a fix that older code has, too.
fn split(state: &StateGraph, file: &str) -> Splits {
    let holders = holders(state);
    let is_new = |holder: &&Holder<'_>| state.bytes(holder.place.source) == file.as_bytes();
    let mut splits = Splits::new();
    for new in holders.iter().filter(is_new) {
        let old = holders.iter().find(|old| old.is_another(new, state) && !is_new(old));
        old.map(|old| splits.insert(new.name(), told(state, new, old)));
    }
    splits
}

impl World {
    /// Variables of a file itself, of which there is one for each time that it was loaded.
    fn split_by_reload(&self, state: &StateGraph, file: &str) -> Splits {
        let Some(lua) = &self.lua else { return Splits::new() };
        let Ok(text) = lua.files.borrow_mut().read(file.as_bytes()) else { return Splits::new() };
        let text = String::from_utf8_lossy(text.as_ref()).into_owned();
        let mut holders = holders(state);
        holders.retain(|holder| state.bytes(holder.place.source) == file.as_bytes());
        let mut splits = Splits::new();
        for (index, one) in holders.iter().enumerate() {
            let two = holders[index + 1..].iter().find(|two| two.is_another(one, state));
            if let Some(two) = two.filter(|_| source::declares(&text, &one.name())) {
                splits.insert(one.name(), told(state, one, two));
            }
        }
        splits
    }
}

impl Holder<'_> {
    fn name(&self) -> String {
        String::from_utf8_lossy(self.name).into_owned()
    }

    /// Whether it has a variable of the same name as another one, with something else in it.
    fn is_another(&self, other: &Holder<'_>, state: &StateGraph) -> bool {
        self.name == other.name
            && self.variable != other.variable
            && differ(state, state.variable(self.variable), state.variable(other.variable), DEPTH_MAX)
    }
}

fn told(state: &StateGraph, one: &Holder<'_>, two: &Holder<'_>) -> String {
    let place = |holder: &Holder<'_>| {
        format!("{}:{}", String::from_utf8_lossy(state.bytes(holder.place.source)), holder.place.line)
    };
    format!("`{0}` of the function {1} is not the `{0}` of the function {2}", one.name(), place(one), place(two))
}

/// The functions that the service still has, each with its variables.
fn holders(state: &StateGraph) -> Vec<Holder<'_>> {
    let mut holders = Vec::new();
    for index in state.lasting() {
        let Kind::Function(place) = state.object(index).kind else { continue };
        for entry in state.entries(index) {
            if let (Item::String(name), Item::Variable(variable)) = (entry.key, entry.value) {
                holders.push(Holder { place, name: state.bytes(name), variable });
            }
        }
    }
    holders
}

/// Whether two values of one graph differ. What is no plain data, such as a function, is taken for equal.
fn differ(state: &StateGraph, a: Item, b: Item, depth: u32) -> bool {
    match (a, b) {
        (Item::Object(a), Item::Object(b)) => a != b && depth > 0 && tables_differ(state, a, b, depth - 1),
        (Item::String(a), Item::String(b)) => state.bytes(a) != state.bytes(b),
        (Item::Float(a), Item::Float(b)) => a.to_bits() != b.to_bits(),
        (Item::Integer(a), Item::Integer(b)) => a != b,
        (Item::Boolean(a), Item::Boolean(b)) => a != b,
        (Item::Nil, Item::Nil) => false,
        (Item::Library(_) | Item::Pointer(_) | Item::Variable(_), _)
        | (_, Item::Library(_) | Item::Pointer(_) | Item::Variable(_)) => false,
        _ => true,
    }
}

fn tables_differ(state: &StateGraph, a: u32, b: u32, depth: u32) -> bool {
    let (Kind::Table(_), Kind::Table(_)) = (state.object(a).kind, state.object(b).kind) else { return false };
    let (a, b) = (state.entries(a), state.entries(b));
    a.len() != b.len()
        || a.iter().zip(b).any(|(a, b)| differ(state, a.key, b.key, depth) || differ(state, a.value, b.value, depth))
}
