//! What differs between two states.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

use super::graph::{Entry, Item, Kind, Section, StateGraph};
use super::order::{Owner, compare_between};
use super::path::write_beginning;
use super::render::write_reference;
use super::scalar::{write_kind, write_scalar};

/// One place whose value differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where, as in the text: `rooms.lobby.last_seq`.
    pub path: String,
    /// What was there, in one line; `None`: nothing.
    pub before: Option<String>,
    /// What is there now.
    pub after: Option<String>,
}

/// The difference of two texts, as a unified diff with three lines around each change; empty when
/// they are equal.
#[must_use]
pub fn difference(before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after).unified_diff().context_radius(3).to_string()
}

/// The places that differ, in the order of the text.
#[must_use]
pub fn changes(before: &StateGraph, after: &StateGraph) -> Vec<Change> {
    compare(before, after, &beginnings(before), &beginnings(after))
}

/// As [`changes`], whatever the numbers of the sessions that coroutines wait for: of those that wait for the same thing, the
/// first is compared with the first.
#[must_use]
pub fn changes_but_sessions(before: &StateGraph, after: &StateGraph) -> Vec<Change> {
    compare(before, after, &without_sessions(before), &without_sessions(after))
}

/// As [`changes`], without the variables that only the code of pending coroutines has: each run of a function has its own,
/// so that one name stands for now this and now that.
#[must_use]
pub fn lasting_changes(before: &StateGraph, after: &StateGraph) -> Vec<Change> {
    let (mut old, mut new) = (beginnings(before), beginnings(after));
    let private: BTreeSet<String> = private_names(before, &old).chain(private_names(after, &new)).collect();
    old.retain(|(name, ..)| !private.contains(name));
    new.retain(|(name, ..)| !private.contains(name));
    compare(before, after, &old, &new)
}

fn compare(before: &StateGraph, after: &StateGraph, old: &[Beginning], new: &[Beginning]) -> Vec<Change> {
    let mut comparer = Comparer { before, after, found: Vec::new(), todo: Vec::new(), done: BTreeSet::new() };
    comparer.merge_beginnings(old, new);
    comparer.found
}

fn private_names(graph: &StateGraph, all: &[Beginning]) -> impl Iterator<Item = String> {
    let is_private = |owner: &Owner| match owner {
        Owner::Top(scope, position) => {
            let scope = &graph.scopes[*scope as usize];
            scope.private.contains(&scope.variables[*position as usize].1)
        }
        _ => false,
    };
    all.iter().filter(move |(.., owner)| is_private(owner)).map(|(name, ..)| name.clone())
}

/// The beginnings, coroutines by what they wait for and their place among those that wait for the same.
fn without_sessions(graph: &StateGraph) -> Vec<Beginning> {
    let mut all = beginnings(graph);
    let mut waiting: Vec<(u64, String, usize)> = Vec::new();
    for (place, (_, _, owner)) in all.iter().enumerate() {
        let Owner::Root(index) = owner else { continue };
        let root = &graph.roots[*index as usize];
        let name = String::from_utf8_lossy(graph.bytes(root.name));
        if root.section == Section::Coroutines
            && let Some((session, what)) = name.strip_prefix("session ").and_then(|name| name.split_once(' '))
            && let Ok(session) = session.parse()
        {
            waiting.push((session, what.to_owned(), place));
        }
    }
    waiting.sort_unstable();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for (_, what, place) in waiting {
        let nth = seen.entry(what.clone()).or_default();
        *nth += 1;
        all[place].0 = format!("coroutines {what} {nth:06}");
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// What stands at the top: its name, and where it is. In the order of the names.
type Beginning = (String, Item, Owner);

/// An item and the place where it stands.
type Placed = (Item, Owner);

struct Comparer<'a> {
    before: &'a StateGraph,
    after: &'a StateGraph,
    found: Vec<Change>,
    /// Pairs of objects of which the insides are still to be compared.
    todo: Vec<(u32, u32)>,
    done: BTreeSet<(u32, u32)>,
}

fn beginnings(graph: &StateGraph) -> Vec<Beginning> {
    let mut all = Vec::new();
    let mut add = |value: Item, owner: Owner| {
        let mut name = String::new();
        write_beginning(&mut name, graph, owner);
        all.push((name, value, owner));
    };
    for (scope_index, scope) in graph.scopes.iter().enumerate() {
        for (position, &(_, variable)) in scope.variables.iter().enumerate() {
            let owner = Owner::Top(scope_index as u32, position as u32);
            add(graph.variables[variable as usize].value, owner);
        }
    }
    for (index, root) in graph.roots.iter().enumerate() {
        add(root.value, Owner::Root(index as u32));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// One line for an item at a place.
fn line(graph: &StateGraph, (item, place): Placed) -> String {
    let mut text = String::new();
    match item {
        Item::Object(index) if graph.order.owner[index as usize] == place => {
            write_kind(&mut text, graph, graph.object(index).kind);
            if matches!(graph.object(index).kind, Kind::Table(_)) {
                text.push_str(if graph.is_block(index) { "{...}" } else { "{}" });
            }
        }
        Item::Object(index) => write_reference(&mut text, graph, index),
        Item::Variable(variable) => text = format!("-> {}", graph.variable_path(variable)),
        scalar => write_scalar(&mut text, graph, scalar),
    }
    text
}

impl Comparer<'_> {
    fn merge_beginnings(&mut self, old: &[Beginning], new: &[Beginning]) {
        let (mut i, mut j) = (0, 0);
        while i < old.len() || j < new.len() {
            let order = match (old.get(i), new.get(j)) {
                (Some(a), Some(b)) => a.0.cmp(&b.0),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            let a = old.get(i).filter(|_| order.is_le()).map(|(_, item, owner)| (*item, *owner));
            let b = new.get(j).filter(|_| order.is_ge()).map(|(_, item, owner)| (*item, *owner));
            i += usize::from(a.is_some());
            j += usize::from(b.is_some());
            self.compare(a, b);
            self.run();
        }
    }

    /// Compares what stands at one place in both states.
    fn compare(&mut self, before: Option<Placed>, after: Option<Placed>) {
        let (before, after) = (before.map(|at| open(self.before, at)), after.map(|at| open(self.after, at)));
        let old = before.map(|placed| line(self.before, placed));
        let new = after.map(|placed| line(self.after, placed));
        let inside = self.insides(before, after);
        if old == new
            || (inside.is_some() && old.as_deref().is_some_and(is_braces) && new.as_deref().is_some_and(is_braces))
        {
            self.todo.extend(inside);
            return;
        }
        let path = match (before, after) {
            (_, Some((_, place))) => place_path(self.after, place),
            (Some((_, place)), None) => place_path(self.before, place),
            (None, None) => return,
        };
        self.found.push(Change { path, before: old, after: new });
        self.todo.extend(inside);
    }

    /// Both are objects of one sort, and written at this very place.
    fn insides(&self, before: Option<Placed>, after: Option<Placed>) -> Option<(u32, u32)> {
        let (Some((Item::Object(old), old_place)), Some((Item::Object(new), new_place))) = (before, after) else {
            return None;
        };
        let (a, b) = (self.before.object(old).kind, self.after.object(new).kind);
        let same = std::mem::discriminant(&a) == std::mem::discriminant(&b);
        let home =
            self.before.order.owner[old as usize] == old_place && self.after.order.owner[new as usize] == new_place;
        (same && home).then_some((old, new))
    }

    fn run(&mut self) {
        while let Some((old, new)) = self.todo.pop() {
            if !self.done.insert((old, new)) {
                continue;
            }
            let depth = self.todo.len();
            self.merge(old, new);
            let metatables = (self.before.object(old).metatable, self.after.object(new).metatable);
            self.compare(
                Some((metatables.0, Owner::Metatable(old))).filter(|(item, _)| !matches!(item, Item::Nil)),
                Some((metatables.1, Owner::Metatable(new))).filter(|(item, _)| !matches!(item, Item::Nil)),
            );
            // The first of them next: the order of the text.
            self.todo[depth..].reverse();
        }
    }

    fn merge(&mut self, old: u32, new: u32) {
        let (first_old, first_new) = (self.before.object(old).first, self.after.object(new).first);
        let in_order = matches!(self.before.object(old).kind, Kind::Frame(_));
        let (before, after) = (self.before, self.after);
        let (a, b) = (before.entries(old), after.entries(new));
        let (mut i, mut j) = (0, 0);
        while i < a.len() || j < b.len() {
            let order = match (a.get(i), b.get(j)) {
                (Some(_), Some(_)) if in_order => Ordering::Equal,
                (Some(x), Some(y)) => self.keys(x, y),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            let left = a.get(i).filter(|_| order.is_le()).map(|e| (e.value, Owner::Value(old, first_old + i as u32)));
            let right = b.get(j).filter(|_| order.is_ge()).map(|e| (e.value, Owner::Value(new, first_new + j as u32)));
            i += usize::from(left.is_some());
            j += usize::from(right.is_some());
            self.compare(left, right);
        }
    }

    fn keys(&self, a: &Entry, b: &Entry) -> Ordering {
        match (a.key, b.key) {
            (Item::Object(_), Item::Object(_)) => Ordering::Equal,
            _ => compare_between((self.before, a.key), (self.after, b.key)),
        }
    }
}

/// A variable of a closure stands for its value at the place that owns it.
fn open(graph: &StateGraph, (item, place): Placed) -> Placed {
    match item {
        Item::Variable(variable) if graph.order.variable[variable as usize] == place => {
            (graph.variables[variable as usize].value, place)
        }
        _ => (item, place),
    }
}

fn is_braces(line: &str) -> bool {
    line == "{}" || line == "{...}"
}

fn place_path(graph: &StateGraph, place: Owner) -> String {
    let mut path = match place {
        Owner::Value(parent, _) | Owner::Key(parent, _) | Owner::Metatable(parent) => graph.path(parent),
        Owner::Nobody | Owner::Root(_) | Owner::Top(..) => String::new(),
    };
    graph.write_step(&mut path, place);
    path
}
