//! Names for objects: the path from a beginning to the place that owns them, `rooms.lobby.members[3]`.
//! Very deep objects get a label on every [`LEVELS`]th level, and paths begin anew there.

use std::collections::BTreeMap;

use super::graph::{Item, Kind, Section, StateGraph};
use super::order::Owner;
use super::scalar::{is_name, push, write_scalar, write_string_within};

/// After so many levels an object is written by itself under a label.
const LEVELS: u32 = 24;
/// Longer strings are cut when they are keys in a path.
const KEY_SHOWN_MAX: usize = 60;

/// The objects that are written by themselves because they lie too deep.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    /// Labelled objects and their labels.
    names: BTreeMap<u32, String>,
    /// The labelled objects below a beginning.
    below: BTreeMap<Owner, Vec<u32>>,
}

impl Labels {
    /// Finds the objects that need a label.
    pub(super) fn new(graph: &StateGraph) -> Labels {
        let mut by_number: Vec<u32> = vec![u32::MAX; graph.objects.len()];
        for (index, &number) in graph.order.number.iter().enumerate() {
            if number != u32::MAX {
                by_number[number as usize] = index as u32;
            }
        }
        let mut labels = Labels::default();
        let mut levels = vec![(0_u32, Owner::Nobody); graph.objects.len()];
        for index in by_number.into_iter().filter(|&index| index != u32::MAX) {
            let owner = graph.order.owner[index as usize];
            let (level, top) = match parent_of(owner) {
                Some(parent) => (levels[parent as usize].0 + 1, levels[parent as usize].1),
                None => (0, owner),
            };
            levels[index as usize] = (level, top);
            if level > 0 && level % LEVELS == 0 && graph.is_block(index) {
                labels.add(graph, index, top);
            }
        }
        labels
    }

    fn add(&mut self, graph: &StateGraph, index: u32, top: Owner) {
        let siblings = self.below.entry(top).or_default();
        siblings.push(index);
        let mut name = String::from("&");
        write_beginning(&mut name, graph, top);
        push(&mut name, format_args!("#{}", siblings.len()));
        self.names.insert(index, name);
    }

    /// The label of an object, if it has one.
    pub(super) fn name(&self, index: u32) -> Option<&str> {
        self.names.get(&index).map(String::as_str)
    }

    /// The labelled objects below a beginning, in order.
    pub(super) fn below(&self, top: Owner) -> &[u32] {
        self.below.get(&top).map_or(&[], Vec::as_slice)
    }
}

fn parent_of(owner: Owner) -> Option<u32> {
    match owner {
        Owner::Value(parent, _) | Owner::Key(parent, _) | Owner::Metatable(parent) => Some(parent),
        Owner::Nobody | Owner::Root(_) | Owner::Top(..) => None,
    }
}

impl StateGraph {
    /// True when the object has an inside to show: it takes several lines.
    pub(super) fn is_block(&self, index: u32) -> bool {
        match self.object(index).kind {
            Kind::Function(_) => self.entries(index).iter().any(|entry| match entry.value {
                Item::Variable(variable) => !matches!(self.order.variable[variable as usize], Owner::Top(..)),
                _ => true,
            }),
            _ => !self.entries(index).is_empty() || !matches!(self.object(index).metatable, Item::Nil),
        }
    }

    /// The path of the place that owns an object.
    pub(super) fn path(&self, index: u32) -> String {
        let mut owners = Vec::new();
        let mut current = index;
        let mut path = String::new();
        loop {
            if let Some(label) = self.labels.name(current) {
                path.push_str(label);
                break;
            }
            let owner = self.order.owner[current as usize];
            match parent_of(owner) {
                Some(parent) => {
                    owners.push(owner);
                    current = parent;
                }
                None => {
                    write_beginning(&mut path, self, owner);
                    break;
                }
            }
        }
        for owner in owners.into_iter().rev() {
            self.write_step(&mut path, owner);
        }
        path
    }

    /// The path of an inner variable: where the first function that has it is owned.
    pub(super) fn variable_path(&self, variable: u32) -> String {
        match self.order.variable[variable as usize] {
            owner @ Owner::Value(function, _) => {
                let mut path = self.path(function);
                self.write_step(&mut path, owner);
                path
            }
            owner => {
                let mut path = String::new();
                write_beginning(&mut path, self, owner);
                path
            }
        }
    }

    /// One step of a path.
    pub(super) fn write_step(&self, path: &mut String, owner: Owner) {
        match owner {
            Owner::Value(parent, position) => self.write_key_step(path, parent, position),
            Owner::Key(parent, position) => push(path, format_args!("[key {}]", self.key_number(parent, position))),
            Owner::Metatable(_) => path.push_str(".<metatable>"),
            Owner::Nobody | Owner::Root(_) | Owner::Top(..) => write_beginning(path, self, owner),
        }
    }

    fn write_key_step(&self, path: &mut String, parent: u32, position: u32) {
        let named = matches!(self.object(parent).kind, Kind::Function(_) | Kind::Frame(_));
        match self.entries[position as usize].key {
            Item::String(text) if named || is_name(self.bytes(text)) => {
                path.push('.');
                path.push_str(&String::from_utf8_lossy(self.bytes(text)));
            }
            Item::String(text) => {
                path.push('[');
                write_string_within(path, self.bytes(text), KEY_SHOWN_MAX, KEY_SHOWN_MAX / 2);
                path.push(']');
            }
            Item::Object(_) => push(path, format_args!("[key {}]=", self.key_number(parent, position))),
            key => {
                path.push('[');
                write_scalar(path, self, key);
                path.push(']');
            }
        }
    }

    /// Counts object keys from 1.
    fn key_number(&self, parent: u32, position: u32) -> u32 {
        let plain = self.entries(parent).partition_point(|entry| !matches!(entry.key, Item::Object(_))) as u32;
        position - self.object(parent).first - plain + 1
    }
}

/// Writes the name of a beginning.
pub(super) fn write_beginning(path: &mut String, graph: &StateGraph, owner: Owner) {
    match owner {
        Owner::Root(index) => {
            let root = graph.roots[index as usize];
            path.push_str(match root.section {
                Section::Handlers => "handlers",
                Section::Modules => "modules",
                Section::Globals => "_G",
                Section::Coroutines => "coroutines",
            });
            write_name(path, graph.bytes(root.name));
        }
        Owner::Top(scope, position) => {
            let scope = &graph.scopes[scope as usize];
            path.push_str(&String::from_utf8_lossy(&scope.variables[position as usize].0));
            if !scope.main {
                path.push('@');
                path.push_str(&String::from_utf8_lossy(&scope.file));
            }
        }
        Owner::Nobody | Owner::Value(..) | Owner::Key(..) | Owner::Metatable(_) => path.push_str("<lost>"),
    }
}

fn write_name(path: &mut String, name: &[u8]) {
    if is_name(name) {
        path.push('.');
        path.push_str(&String::from_utf8_lossy(name));
    } else {
        path.push('[');
        write_string_within(path, name, KEY_SHOWN_MAX, KEY_SHOWN_MAX / 2);
        path.push(']');
    }
}
