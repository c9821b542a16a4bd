//! The captured state as data: objects, the variables that functions share, and the places where
//! the walk began. Owned, without any address in it. Knows nothing of Lua's API.

use std::collections::BTreeMap;

use super::variables::{self, Scope};
use super::{order, path};

/// A piece of the bytes that a [`StateGraph`] keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    pub(super) start: u32,
    pub(super) length: u32,
}

/// A value, or a reference to an object or a variable of the graph.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// `nil`; as a metatable: none.
    Nil,
    /// `true` or `false`
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// A string.
    String(Text),
    /// A light userdata: the low half of its address, which orders keys and is never shown.
    Pointer(u32),
    /// A function or table of a library, by name: its inside is no state of the service.
    Library(Text),
    /// An object, by its index.
    Object(u32),
    /// The variable behind an upvalue, by its index. Only in the entries of functions.
    Variable(u32),
}

/// Where code stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as people write it.
    pub source: Text,
    /// The first line of the function, or the line being executed.
    pub line: u32,
    /// The last line of the function.
    pub last: u32,
}

/// What a coroutine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Created, not yet run.
    New,
    /// Waiting in a yield.
    Suspended,
    /// Running, or waiting for a coroutine that it resumed.
    Normal,
    /// Finished or failed.
    Dead,
}

/// Which references of a table do not keep objects alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weak {
    /// Its keys.
    pub keys: bool,
    /// Its values.
    pub values: bool,
}

/// What an object is; its parts are in [`Object::entries`].
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Entries are its pairs.
    Table(Weak),
    /// A Lua function; entries are its variables, by name.
    Function(Place),
    /// A native function that no library names; the entry is the coroutine that it wraps, if any.
    Builtin,
    /// A coroutine; entries are its frames, the outermost first.
    Thread(Status),
    /// A frame of a coroutine; entries are its named locals in the order of declaration.
    Frame(Place),
    /// A full userdata with the name of its type; entries are its user values.
    Userdata(Text),
}

/// One object of the graph.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    pub(super) first: u32,
    pub(super) end: u32,
    /// Its metatable, or nil.
    pub metatable: Item,
}

/// One pair of a table, or one named part of another object.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The key or name.
    pub key: Item,
    /// What is there.
    pub value: Item,
}

/// A local variable of the service's code that functions have captured: one variable, however
/// many functions share it.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name in the source.
    pub name: Text,
    /// What it holds.
    pub value: Item,
}

/// Which kind of beginning a [`Root`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// A function registered for a message type.
    Handlers,
    /// A module that the service has loaded.
    Modules,
    /// A global variable that the service has set.
    Globals,
    /// A coroutine that waits for something.
    Coroutines,
}

/// A place where the walk began.
#[derive(Clone, Copy, Debug)]
pub struct Root {
    /// What it is.
    pub section: Section,
    /// What it is called.
    pub name: Text,
    /// What is there.
    pub value: Item,
}

/// The private state of one service at one moment, in canonical order.
#[derive(Clone, Debug, Default)]
pub struct StateGraph {
    pub(super) bytes: Vec<u8>,
    pub(super) objects: Vec<Object>,
    pub(super) entries: Vec<Entry>,
    pub(super) variables: Vec<Variable>,
    pub(super) roots: Vec<Root>,
    /// Objects from this index on were reached from pending coroutines only.
    pub(super) held: u32,
    /// The variables that stand at the top, file by file.
    pub(super) scopes: Vec<Scope>,
    pub(super) order: order::Order,
    pub(super) labels: path::Labels,
}

impl StateGraph {
    /// The bytes of a text.
    #[must_use]
    pub fn bytes(&self, text: Text) -> &[u8] {
        &self.bytes[text.start as usize..][..text.length as usize]
    }

    /// An object by its index.
    #[must_use]
    pub fn object(&self, index: u32) -> &Object {
        &self.objects[index as usize]
    }

    /// The parts of an object, in canonical order.
    #[must_use]
    pub fn entries(&self, index: u32) -> &[Entry] {
        let object = self.object(index);
        &self.entries[object.first as usize..object.end as usize]
    }

    /// The objects that are reached not only from coroutines that wait, by index.
    pub fn lasting(&self) -> impl Iterator<Item = u32> {
        0..self.held.min(self.objects.len() as u32)
    }

    /// What a variable holds, by its index.
    #[must_use]
    pub fn variable(&self, index: u32) -> Item {
        self.variables[index as usize].value
    }

    /// How many values the capture has seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() * 2 + self.variables.len() + self.roots.len()
    }

    /// True when the service has no state at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.variables.is_empty()
    }
}

/// Takes down a graph while something walks the real objects.
#[derive(Debug, Default)]
pub struct Builder {
    graph: StateGraph,
    interned: BTreeMap<Vec<u8>, Text>,
    overflow: bool,
}

impl Builder {
    /// Keeps a copy of some bytes.
    #[inline]
    pub fn text(&mut self, bytes: &[u8]) -> Text {
        let start = self.graph.bytes.len();
        if start + bytes.len() > u32::MAX as usize {
            self.overflow = true;
            return Text::default();
        }
        self.graph.bytes.extend_from_slice(bytes);
        Text { start: start as u32, length: bytes.len() as u32 }
    }

    /// Keeps a copy of some bytes, once: equal bytes give the same text.
    pub fn intern(&mut self, bytes: &[u8]) -> Text {
        if let Some(&text) = self.interned.get(bytes) {
            return text;
        }
        let text = self.text(bytes);
        self.interned.insert(bytes.to_vec(), text);
        text
    }

    /// The bytes of a text.
    #[must_use]
    pub fn bytes(&self, text: Text) -> &[u8] {
        self.graph.bytes(text)
    }

    /// Announces an object whose inside comes later. Returns its index.
    #[inline]
    pub fn announce(&mut self, kind: Kind) -> u32 {
        let index = self.graph.objects.len() as u32;
        self.graph.objects.push(Object { kind, first: 0, end: 0, metatable: Item::Nil });
        index
    }

    /// What an announced object is.
    #[inline]
    #[must_use]
    pub fn kind(&self, index: u32) -> Kind {
        self.graph.objects[index as usize].kind
    }

    /// The entries written since `first`.
    #[must_use]
    pub fn entries_since(&self, first: u32) -> &[Entry] {
        &self.graph.entries[first as usize..]
    }

    /// Where the next entry goes, for [`Builder::close`].
    #[inline]
    #[must_use]
    pub fn here(&self) -> u32 {
        self.graph.entries.len() as u32
    }

    /// Writes down one part of the object that is open.
    #[inline]
    pub fn entry(&mut self, key: Item, value: Item) {
        if self.graph.entries.len() >= u32::MAX as usize {
            self.overflow = true;
            return;
        }
        self.graph.entries.push(Entry { key, value });
    }

    /// Says what an announced object is; its parts are the entries written since `first`.
    #[inline]
    pub fn close(&mut self, index: u32, kind: Kind, first: u32, metatable: Item) {
        let end = self.here();
        self.graph.objects[index as usize] = Object { kind, first, end, metatable };
    }

    /// Gives an object that is closed already the entries written since `first`.
    pub fn fill(&mut self, index: u32, first: u32) {
        let object = self.graph.objects[index as usize];
        self.close(index, object.kind, first, object.metatable);
    }

    /// The name of a variable.
    #[must_use]
    pub fn variable_name(&self, variable: u32) -> Text {
        self.graph.variables[variable as usize].name
    }

    /// Adds a variable and returns its index.
    pub fn variable(&mut self, name: Text, value: Item) -> u32 {
        self.graph.variables.push(Variable { name, value });
        self.graph.variables.len() as u32 - 1
    }

    /// A variable that has two names (`debug.upvaluejoin`) goes by the smaller one.
    #[inline]
    pub fn rename(&mut self, variable: u32, name: Text) {
        let old = self.graph.variables[variable as usize].name;
        if name != old && self.graph.bytes(name) < self.graph.bytes(old) {
            self.graph.variables[variable as usize].name = name;
        }
    }

    /// Adds a beginning.
    pub fn root(&mut self, section: Section, name: Text, value: Item) {
        self.graph.roots.push(Root { section, name, value });
    }

    /// From here on, objects are reached from pending coroutines only.
    pub fn coroutines_follow(&mut self) {
        self.graph.held = self.graph.objects.len() as u32;
    }

    /// True when there was more than 4 GiB of text or 4 billion pairs, and something is missing.
    #[must_use]
    pub fn overflowed(&self) -> bool {
        self.overflow
    }

    /// Puts everything into canonical order.
    #[must_use]
    pub fn finish(self) -> StateGraph {
        let mut graph = self.graph;
        name_twins(&mut graph);
        variables::arrange(&mut graph);
        order::arrange(&mut graph);
        graph.labels = path::Labels::new(&graph);
        graph
    }
}

/// Sorts the roots; equal names in one section get a number, in the order in which they came.
fn name_twins(graph: &mut StateGraph) {
    let mut roots = std::mem::take(&mut graph.roots);
    roots.sort_by(|a, b| a.section.cmp(&b.section).then_with(|| graph.bytes(a.name).cmp(graph.bytes(b.name))));
    let mut twins = 1;
    for index in 1..roots.len() {
        let (last, this) = (roots[index - 1], roots[index]);
        let first = roots[index - twins];
        if last.section == this.section && graph.bytes(first.name) == graph.bytes(this.name) {
            twins += 1;
            let mut name = graph.bytes(first.name).to_vec();
            name.extend_from_slice(format!(" #{twins}").as_bytes());
            let start = graph.bytes.len() as u32;
            graph.bytes.extend_from_slice(&name);
            roots[index].name = Text { start, length: name.len() as u32 };
        } else {
            twins = 1;
        }
    }
    graph.roots = roots;
}
