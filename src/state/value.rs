//! The state as a plain value, for checks that a scenario writes in Lua.

use std::collections::BTreeSet;

use super::graph::{Entry, Item, Kind, Section, StateGraph, Text, Variable};
use super::order::Owner;
use super::render::write_reference;
use super::scalar::{write_kind, write_scalar};
use crate::base::{Table, Value};

/// Deeper tables become text: a nested value this deep could not be handled by recursion.
const DEPTH_MAX: usize = 100;

struct Converter<'a> {
    graph: &'a StateGraph,
    /// Tables around the one being converted: meeting one of them again is a cycle.
    around: BTreeSet<u32>,
    /// Values that may still be made from tables seen before; each is written out at every place.
    repeats: usize,
    seen: Vec<bool>,
}

/// A table of variable name -> value. Functions and the like become text, cycles are cut into
/// text (`-> path`). Variables of the handlers' file and globals go by their name, those of other
/// files too where the name is free, else by `name@file:line`.
#[must_use]
pub fn to_value(graph: &StateGraph) -> Value {
    let mut converter = Converter {
        graph,
        around: BTreeSet::new(),
        repeats: 100_000 + graph.len(),
        seen: vec![false; graph.objects.len()],
    };
    let mut taken: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut pairs = Vec::new();
    for scope in &graph.scopes {
        for (name, variable) in &scope.variables {
            let key = if taken.contains(name) { converter.long_name(name, *variable) } else { name.clone() };
            if taken.insert(key.clone()) {
                pairs.push((Value::String(key), converter.item(graph.variables[*variable as usize].value)));
            }
        }
    }
    for root in graph.roots.iter().filter(|root| root.section == Section::Globals) {
        let name = graph.bytes(root.name).to_vec();
        if taken.insert(name.clone()) {
            pairs.push((Value::String(name), converter.item(root.value)));
        }
    }
    converter.inner_variables(&mut taken, &mut pairs);
    Value::Table(Table { array: Vec::new(), pairs })
}

impl Converter<'_> {
    /// `name@file:line`, the line of the first function that has the variable.
    fn long_name(&self, name: &[u8], variable: u32) -> Vec<u8> {
        let mut key = name.to_vec();
        if let Some((file, line)) = self.place(variable) {
            key.push(b'@');
            key.extend_from_slice(self.graph.bytes(file));
            key.extend_from_slice(format!(":{line}").as_bytes());
        }
        key
    }

    fn place(&self, variable: u32) -> Option<(Text, u32)> {
        let graph = self.graph;
        let has = |entry: &Entry| matches!(entry.value, Item::Variable(other) if other == variable);
        let places = (0..graph.objects.len() as u32).filter_map(|index| match graph.object(index).kind {
            Kind::Function(place) if graph.entries(index).iter().any(has) => Some((place.line, place.source)),
            _ => None,
        });
        places.min().map(|(line, source)| (source, line))
    }

    /// The variables of single closures, in order: `name@file:line`, `name@file:line#2`, ...
    fn inner_variables(&mut self, taken: &mut BTreeSet<Vec<u8>>, pairs: &mut Vec<(Value, Value)>) {
        let graph = self.graph;
        let mut inner: Vec<(u32, u32)> = Vec::new();
        for (variable, owner) in graph.order.variable.iter().enumerate() {
            if let Owner::Value(function, _) = *owner {
                inner.push((graph.order.number[function as usize], variable as u32));
            }
        }
        inner.sort_unstable();
        let mut counts = std::collections::BTreeMap::new();
        for (_, variable) in inner {
            let Owner::Value(function, _) = graph.order.variable[variable as usize] else { continue };
            let Kind::Function(place) = graph.object(function).kind else { continue };
            let Variable { name, value } = graph.variables[variable as usize];
            let mut key = graph.bytes(name).to_vec();
            key.push(b'@');
            key.extend_from_slice(graph.bytes(place.source));
            key.extend_from_slice(format!(":{}", place.line).as_bytes());
            let count = counts.entry(key.clone()).or_insert(0_u32);
            *count += 1;
            if *count > 1 {
                key.extend_from_slice(format!("#{count}").as_bytes());
            }
            if taken.insert(key.clone()) {
                pairs.push((Value::String(key), self.item(value)));
            }
        }
    }

    fn item(&mut self, item: Item) -> Value {
        match item {
            Item::Nil | Item::Variable(_) => Value::Nil,
            Item::Boolean(value) => Value::Boolean(value),
            Item::Integer(value) => Value::Integer(value),
            Item::Float(value) => Value::Float(value),
            Item::String(text) => Value::String(self.graph.bytes(text).to_vec()),
            Item::Pointer(_) | Item::Library(_) => {
                let mut text = String::new();
                write_scalar(&mut text, self.graph, item);
                Value::String(text.replacen("library ", "library: ", 1).into_bytes())
            }
            Item::Object(index) => self.object(index),
        }
    }

    fn object(&mut self, index: u32) -> Value {
        let kind = self.graph.object(index).kind;
        match kind {
            Kind::Table(_) => self.table(index),
            _ => {
                let mut text = String::new();
                write_kind(&mut text, self.graph, kind);
                Value::String(text.replacen(' ', ": ", 1).into_bytes())
            }
        }
    }

    fn table(&mut self, index: u32) -> Value {
        let graph = self.graph;
        let entries = graph.entries(index);
        let repeat = std::mem::replace(&mut self.seen[index as usize], true);
        let too_many = repeat && self.repeats < entries.len() + 1;
        if self.around.len() >= DEPTH_MAX || too_many || !self.around.insert(index) {
            return self.reference(index);
        }
        if repeat {
            self.repeats -= entries.len() + 1;
        }
        let mut table = Table::default();
        for entry in entries {
            let value = self.item(entry.value);
            match entry.key {
                Item::Integer(key) if key == table.array.len() as i64 + 1 => table.array.push(value),
                Item::Object(key) if matches!(graph.object(key).kind, Kind::Table(_)) => {
                    table.pairs.push((self.reference(key), value));
                }
                key => table.pairs.push((self.item(key), value)),
            }
        }
        self.around.remove(&index);
        Value::Table(table)
    }

    fn reference(&self, index: u32) -> Value {
        let mut text = String::new();
        write_reference(&mut text, self.graph, index);
        Value::String(text.into_bytes())
    }
}
