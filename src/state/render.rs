//! The canonical text. Written with an explicit stack: no state is too deep.

use super::graph::{Item, Kind, Root, Section, StateGraph};
use super::order::Owner;
use super::scalar::{is_name, write_kind, write_scalar, write_string};

/// What follows an item.
#[derive(Clone, Copy)]
enum Tail {
    /// The end of a line at the top.
    Line,
    /// The next entry of the object around it.
    Comma,
    /// The value of the entry (object, position) whose key this was.
    Key(u32, u32),
}

/// An object whose entries are being written.
struct Open {
    object: u32,
    position: u32,
    tail: Tail,
}

struct Writer<'a> {
    graph: &'a StateGraph,
    out: String,
    open: Vec<Open>,
}

/// The canonical text of a state; see `docs/state.md`.
#[must_use]
pub fn render(graph: &StateGraph) -> String {
    let mut writer = Writer { graph, out: String::new(), open: Vec::new() };
    writer.section(Section::Handlers, "handlers");
    writer.scopes();
    writer.section(Section::Modules, "modules");
    writer.section(Section::Globals, "globals");
    writer.section(Section::Coroutines, "coroutines");
    writer.out
}

/// What stands in the place of an object that is written elsewhere.
pub(super) fn write_reference(out: &mut String, graph: &StateGraph, index: u32) {
    let kind = graph.object(index).kind;
    if matches!(kind, Kind::Function(_) | Kind::Builtin) {
        write_kind(out, graph, kind);
        if !graph.is_block(index) {
            return;
        }
        out.push(' ');
    }
    out.push_str("-> ");
    out.push_str(&graph.path(index));
}

impl<'a> Writer<'a> {
    fn heading(&mut self, title: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(title);
        self.out.push('\n');
    }

    fn section(&mut self, section: Section, title: &str) {
        let roots: Vec<(usize, &Root)> =
            self.graph.roots.iter().enumerate().filter(|(_, root)| root.section == section).collect();
        if !roots.is_empty() {
            self.heading(title);
        }
        for (index, root) in roots {
            self.top(self.graph.bytes(root.name), root.value, Owner::Root(index as u32));
        }
    }

    fn scopes(&mut self) {
        let graph = self.graph;
        for (scope_index, scope) in graph.scopes.iter().enumerate() {
            self.heading(&format!("variables of {}", String::from_utf8_lossy(&scope.file)));
            for (position, (name, variable)) in scope.variables.iter().enumerate() {
                let value = graph.variables[*variable as usize].value;
                self.top(name, value, Owner::Top(scope_index as u32, position as u32));
            }
        }
    }

    /// One line or block at the top, and what is too deep inside it.
    fn top(&mut self, name: &[u8], value: Item, owner: Owner) {
        self.out.push_str("  ");
        if matches!(owner, Owner::Top(..)) || is_name(name) {
            self.out.push_str(&String::from_utf8_lossy(name));
        } else {
            write_string(&mut self.out, name);
        }
        self.out.push_str(" = ");
        self.value(value, owner, Tail::Line);
        self.run();
        let graph = self.graph;
        for &index in graph.labels.below(owner) {
            self.out.push_str("  ");
            self.out.push_str(graph.labels.name(index).unwrap_or_default());
            self.out.push_str(" = ");
            self.block(index, Tail::Line);
            self.run();
        }
    }

    fn indent(&mut self) {
        for _ in 0..=self.open.len() {
            self.out.push_str("  ");
        }
    }

    /// Writes an item that stands at a place; opens it when this place owns it.
    fn value(&mut self, item: Item, place: Owner, tail: Tail) {
        match item {
            Item::Object(index) if self.graph.order.owner[index as usize] == place => {
                if self.graph.labels.name(index).is_some() {
                    write_reference(&mut self.out, self.graph, index);
                } else if self.graph.is_block(index) {
                    return self.block(index, tail);
                } else {
                    self.closed(index);
                }
            }
            Item::Object(index) => write_reference(&mut self.out, self.graph, index),
            scalar => write_scalar(&mut self.out, self.graph, scalar),
        }
        self.tail(tail);
    }

    /// An object without an inside.
    fn closed(&mut self, index: u32) {
        let kind = self.graph.object(index).kind;
        write_kind(&mut self.out, self.graph, kind);
        if let Kind::Table(weak) = kind {
            self.out.push_str(if weak.keys || weak.values { " {}" } else { "{}" });
        }
    }

    fn block(&mut self, index: u32, tail: Tail) {
        let object = self.graph.object(index);
        let before = self.out.len();
        write_kind(&mut self.out, self.graph, object.kind);
        self.out.push_str(if self.out.len() > before { " {\n" } else { "{\n" });
        self.open.push(Open { object: index, position: object.first, tail });
    }

    fn tail(&mut self, tail: Tail) {
        match tail {
            Tail::Line => self.out.push('\n'),
            Tail::Comma => self.out.push_str(",\n"),
            Tail::Key(object, position) => {
                self.out.push_str("] = ");
                let value = self.graph.entries[position as usize].value;
                self.value(value, Owner::Value(object, position), Tail::Comma);
            }
        }
    }

    /// Writes until nothing is open.
    fn run(&mut self) {
        while let Some(open) = self.open.last_mut() {
            let (index, position) = (open.object, open.position);
            let object = self.graph.object(index);
            open.position += 1;
            if position < object.end {
                self.entry(index, position);
            } else if position == object.end && !matches!(object.metatable, Item::Nil) {
                self.indent();
                self.out.push_str("<metatable> = ");
                self.value(object.metatable, Owner::Metatable(index), Tail::Comma);
            } else if let Some(done) = self.open.pop() {
                self.indent();
                self.out.push('}');
                self.tail(done.tail);
            }
        }
    }

    fn entry(&mut self, index: u32, position: u32) {
        let entry = self.graph.entries[position as usize];
        let place = Owner::Value(index, position);
        if let Item::Variable(variable) = entry.value {
            return self.variable(entry.key, variable, place);
        }
        self.indent();
        match entry.key {
            Item::Object(key) => return self.object_key(key, index, position),
            Item::String(text) => self.string_key(index, self.graph.bytes(text)),
            key => {
                self.out.push('[');
                write_scalar(&mut self.out, self.graph, key);
                self.out.push(']');
            }
        }
        self.out.push_str(" = ");
        self.value(entry.value, place, Tail::Comma);
    }

    fn object_key(&mut self, key: u32, index: u32, position: u32) {
        self.out.push('[');
        self.value(Item::Object(key), Owner::Key(index, position), Tail::Key(index, position));
    }

    fn string_key(&mut self, index: u32, key: &[u8]) {
        if matches!(self.graph.object(index).kind, Kind::Frame(_)) || is_name(key) {
            self.out.push_str(&String::from_utf8_lossy(key));
        } else {
            self.out.push('[');
            write_string(&mut self.out, key);
            self.out.push(']');
        }
    }

    /// A variable of one closure; those at the top are written there.
    fn variable(&mut self, name: Item, variable: u32, place: Owner) {
        let home = self.graph.order.variable[variable as usize];
        if matches!(home, Owner::Top(..)) {
            return;
        }
        self.indent();
        if let Item::String(name) = name {
            self.out.push_str(&String::from_utf8_lossy(self.graph.bytes(name)));
        }
        self.out.push_str(" = ");
        if home == place {
            self.value(self.graph.variables[variable as usize].value, place, Tail::Comma);
        } else {
            self.out.push_str("-> ");
            self.out.push_str(&self.graph.variable_path(variable));
            self.out.push_str(",\n");
        }
    }
}
