//! The canonical order: keys sorted, and every object owned by the first place that leads to it.
//! Breadth-first from the beginnings, so an object is written where the shortest path leads.
//! What waiting coroutines hold comes last: a local variable never takes an object from the state.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::colour::{colours, item_colour};
use super::graph::{Entry, Item, Kind, Section, StateGraph};

/// What an object or variable belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// Nobody yet.
    #[default]
    Nobody,
    /// A root, by index.
    Root(u32),
    /// A variable at the top, by scope and position.
    Top(u32, u32),
    /// The value of an entry (by index in the graph) of an object.
    Value(u32, u32),
    /// The key of an entry of an object.
    Key(u32, u32),
    /// An object, as its metatable.
    Metatable(u32),
}

/// What the order came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// For each object, its place in the order.
    pub(super) number: Vec<u32>,
    /// For each object, its owner.
    pub(super) owner: Vec<Owner>,
    /// For each variable, its owner: [`Owner::Top`], or the entry of a function.
    pub(super) variable: Vec<Owner>,
}

/// Compares keys that are no objects: by type, then by value.
pub(super) fn compare(graph: &StateGraph, a: Item, b: Item) -> Ordering {
    compare_between((graph, a), (graph, b))
}

/// The same for keys of two graphs.
#[inline]
pub(super) fn compare_between(a: (&StateGraph, Item), b: (&StateGraph, Item)) -> Ordering {
    let (left, right) = (a.0, b.0);
    match (a.1, b.1) {
        (Item::Integer(a), Item::Integer(b)) => a.cmp(&b),
        (Item::String(a), Item::String(b)) | (Item::Library(a), Item::Library(b)) => left.bytes(a).cmp(right.bytes(b)),
        (Item::Float(a), Item::Float(b)) => a.total_cmp(&b),
        (Item::Integer(a), Item::Float(b)) => integer_float(a, b),
        (Item::Float(a), Item::Integer(b)) => integer_float(b, a).reverse(),
        (Item::Boolean(a), Item::Boolean(b)) => a.cmp(&b),
        (Item::Pointer(a), Item::Pointer(b)) => a.cmp(&b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn rank(item: Item) -> u8 {
    match item {
        Item::Nil => 0,
        Item::Boolean(_) => 1,
        Item::Integer(_) | Item::Float(_) => 2,
        Item::String(_) => 3,
        Item::Pointer(_) => 4,
        Item::Library(_) => 5,
        Item::Object(_) => 6,
        Item::Variable(_) => 7,
    }
}

/// Exact: no integer is rounded on the way. Equal numbers of both types: the integer first.
fn integer_float(a: i64, b: f64) -> Ordering {
    if b >= 9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    if b < -9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    let whole = b.floor() as i64;
    a.cmp(&whole).then(Ordering::Less)
}

/// A variable at the top, and its place there.
type Top = (u32, Owner);

struct Arranger<'a> {
    graph: &'a mut StateGraph,
    order: Order,
    next: u32,
    queue: VecDeque<u32>,
    /// Tables with object keys, and where those entries begin.
    deferred: Vec<(u32, u32)>,
    colours: Vec<u64>,
}

/// Sorts all entries and finds all owners.
pub(super) fn arrange(graph: &mut StateGraph) {
    let order = Order {
        number: vec![u32::MAX; graph.objects.len()],
        owner: vec![Owner::Nobody; graph.objects.len()],
        variable: vec![Owner::Nobody; graph.variables.len()],
    };
    let mut arranger =
        Arranger { graph, order, next: 0, queue: VecDeque::new(), deferred: Vec::new(), colours: Vec::new() };
    arranger.begin();
    let order = arranger.order;
    graph.order = order;
}

impl Arranger<'_> {
    fn begin(&mut self) {
        let (held, late) = self.top_variables();
        self.roots(Section::Modules);
        self.tops(&held);
        self.roots(Section::Globals);
        self.roots(Section::Handlers);
        self.drain();
        self.tops(&late);
        self.drain();
        self.roots(Section::Coroutines);
        self.drain();
        self.sort_object_keys();
    }

    /// The variables at the top: those that lasting functions capture, and the others.
    fn top_variables(&mut self) -> (Vec<Top>, Vec<Top>) {
        let mut lasting = vec![false; self.graph.variables.len()];
        for index in 0..self.graph.held.min(self.graph.objects.len() as u32) {
            if matches!(self.graph.object(index).kind, Kind::Function(_)) {
                for entry in self.graph.entries(index) {
                    if let Item::Variable(variable) = entry.value {
                        lasting[variable as usize] = true;
                    }
                }
            }
        }
        let (mut held, mut late) = (Vec::new(), Vec::new());
        for (scope_index, scope) in self.graph.scopes.iter().enumerate() {
            for (position, &(_, variable)) in scope.variables.iter().enumerate() {
                let owner = Owner::Top(scope_index as u32, position as u32);
                self.order.variable[variable as usize] = owner;
                if lasting[variable as usize] { &mut held } else { &mut late }.push((variable, owner));
            }
        }
        (held, late)
    }

    fn roots(&mut self, section: Section) {
        for index in 0..self.graph.roots.len() {
            let root = self.graph.roots[index];
            if root.section == section {
                self.meet(root.value, Owner::Root(index as u32));
            }
        }
    }

    fn tops(&mut self, tops: &[Top]) {
        for &(variable, owner) in tops {
            self.meet(self.graph.variables[variable as usize].value, owner);
        }
    }

    #[inline]
    fn meet(&mut self, item: Item, owner: Owner) {
        if let Item::Object(index) = item
            && self.order.number[index as usize] == u32::MAX
        {
            self.order.number[index as usize] = self.next;
            self.order.owner[index as usize] = owner;
            self.next += 1;
            self.queue.push_back(index);
        }
    }

    /// Works until nothing new turns up. Object keys wait until everything else is known.
    fn drain(&mut self) {
        loop {
            while let Some(index) = self.queue.pop_front() {
                self.visit(index);
            }
            if !self.known_keys() && !self.unknown_keys() {
                return;
            }
        }
    }

    fn visit(&mut self, index: u32) {
        let object = *self.graph.object(index);
        let plain = match object.kind {
            Kind::Table(_) | Kind::Function(_) => self.sort_entries(index),
            _ => object.end,
        };
        for position in object.first..plain {
            let mut value = self.graph.entries[position as usize].value;
            if let Item::Variable(variable) = value {
                if self.order.variable[variable as usize] != Owner::Nobody {
                    continue;
                }
                self.order.variable[variable as usize] = Owner::Value(index, position);
                value = self.graph.variables[variable as usize].value;
            }
            self.meet(value, Owner::Value(index, position));
        }
        if plain < object.end {
            self.deferred.push((index, plain));
        }
        self.meet(object.metatable, Owner::Metatable(index));
    }

    /// Sorts the pairs of a table or the variables of a function, object keys last; returns where these begin.
    fn sort_entries(&mut self, index: u32) -> u32 {
        let object = *self.graph.object(index);
        let mut entries = std::mem::take(&mut self.graph.entries);
        let graph = &*self.graph;
        let slice = &mut entries[object.first as usize..object.end as usize];
        let less = |a: &Entry, b: &Entry| compare(graph, a.key, b.key);
        if !slice.is_sorted_by(|a, b| less(a, b) != Ordering::Greater) {
            slice.sort_by(less);
        }
        let plain = slice.partition_point(|entry| !matches!(entry.key, Item::Object(_)));
        self.graph.entries = entries;
        object.first + plain as u32
    }

    /// Follows the values of entries whose key object has a number. False when there were none.
    fn known_keys(&mut self) -> bool {
        let mut any = false;
        let mut deferred = std::mem::take(&mut self.deferred);
        for (index, from) in &mut deferred {
            let end = self.graph.object(*index).end;
            let range = *from as usize..end as usize;
            let number = &self.order.number;
            let key = |entry: &Entry| match entry.key {
                Item::Object(object) => number[object as usize],
                _ => 0,
            };
            self.graph.entries[range.clone()].sort_by_key(key);
            let known = self.graph.entries[range].partition_point(|entry| key(entry) != u32::MAX) as u32;
            for position in *from..*from + known {
                self.meet(self.graph.entries[position as usize].value, Owner::Value(*index, position));
                any = true;
            }
            *from += known;
        }
        deferred.retain(|&(index, from)| from < self.graph.object(index).end);
        self.deferred = deferred;
        any
    }

    /// Gives numbers to the keys of the first table that has some without: by fingerprint.
    fn unknown_keys(&mut self) -> bool {
        let Some(&(index, from)) = self.deferred.first() else { return false };
        if self.colours.is_empty() {
            self.colours = colours(self.graph);
        }
        let end = self.graph.object(index).end;
        let mut entries = self.graph.entries[from as usize..end as usize].to_vec();
        entries.sort_by_cached_key(|entry| {
            (item_colour(self.graph, &self.colours, entry.key), item_colour(self.graph, &self.colours, entry.value))
        });
        self.graph.entries[from as usize..end as usize].copy_from_slice(&entries);
        for (position, entry) in (from..end).zip(entries) {
            self.meet(entry.key, Owner::Key(index, position));
        }
        true
    }

    /// At the end every object key has a number; entries take that order, and owners follow them.
    fn sort_object_keys(&mut self) {
        for index in 0..self.graph.objects.len() as u32 {
            let object = *self.graph.object(index);
            if self.order.number[index as usize] == u32::MAX || !matches!(object.kind, Kind::Table(_)) {
                continue;
            }
            let range = object.first as usize..object.end as usize;
            let plain = self.graph.entries[range].partition_point(|entry| !matches!(entry.key, Item::Object(_)));
            let from = object.first + plain as u32;
            if from < object.end {
                self.sort_keys_of(index, from, object.end);
            }
        }
    }

    fn sort_keys_of(&mut self, index: u32, from: u32, end: u32) {
        let number = &self.order.number;
        self.graph.entries[from as usize..end as usize].sort_by_key(|entry| match entry.key {
            Item::Object(object) => number[object as usize],
            _ => 0,
        });
        for position in (from..end).rev() {
            let entry = self.graph.entries[position as usize];
            for (item, is_key) in [(entry.key, true), (entry.value, false)] {
                let Item::Object(object) = item else { continue };
                match &mut self.order.owner[object as usize] {
                    Owner::Key(parent, place) if is_key && *parent == index => *place = position,
                    Owner::Value(parent, place) if !is_key && *parent == index && *place >= from => *place = position,
                    _ => {}
                }
            }
        }
    }
}
