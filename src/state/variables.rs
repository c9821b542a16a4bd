//! Which variables stand at the top of a state, under their file, and which belong to one closure
//! among many. Lua does not tell where a variable was declared, so this is inferred from what the
//! functions capture.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Item, Kind, Place, Section, StateGraph, Text};

/// The variables of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// The file, as people write it.
    pub(super) file: Vec<u8>,
    /// True for the file of the service's handlers.
    pub(super) main: bool,
    /// Display name and variable, by name.
    pub(super) variables: Vec<(Vec<u8>, u32)>,
    /// Those of them that only the code of pending coroutines has.
    pub(super) private: BTreeSet<u32>,
}

/// What is known about a variable from the functions that capture it.
#[derive(Clone, Copy)]
struct Fact {
    file: Text,
    /// First line of the first function that captures it.
    line: u32,
    /// Captured by something else than a pending coroutine's code.
    held: bool,
    /// A function around its captors is known and does not have it: it is local to that function.
    inner: bool,
}

/// A function in the source, whatever number of closures was made of it.
#[derive(Default)]
struct Proto {
    held: bool,
    /// Names of its variables; true: declared inside a known function around this one.
    names: BTreeMap<Text, bool>,
}

/// A function in the source: file, first line, last line (falling, so that outer ones come first).
type ProtoKey = (Text, u32, std::cmp::Reverse<u32>);

fn key_of(place: Place) -> ProtoKey {
    (place.source, place.line, std::cmp::Reverse(place.last))
}

/// Finds the scopes.
pub(super) fn arrange(graph: &mut StateGraph) {
    let mut protos = read_protos(graph);
    mark_inner(&mut protos);
    let main = main_file(graph);
    let facts = read_facts(graph, &protos, main);
    graph.scopes = scopes(graph, &facts, main);
}

fn functions(graph: &StateGraph) -> impl Iterator<Item = (u32, Place)> {
    graph.objects.iter().enumerate().filter_map(|(index, object)| match object.kind {
        Kind::Function(place) => Some((index as u32, place)),
        _ => None,
    })
}

fn variables_of(graph: &StateGraph, function: u32) -> impl Iterator<Item = (Text, u32)> {
    graph.entries(function).iter().filter_map(|entry| match (entry.key, entry.value) {
        (Item::String(name), Item::Variable(variable)) => Some((name, variable)),
        _ => None,
    })
}

fn read_protos(graph: &StateGraph) -> BTreeMap<ProtoKey, Proto> {
    let mut protos: BTreeMap<ProtoKey, Proto> = BTreeMap::new();
    for (index, place) in functions(graph) {
        let proto = protos.entry(key_of(place)).or_default();
        proto.held |= index < graph.held;
        for (name, _) in variables_of(graph, index) {
            proto.names.insert(name, false);
        }
    }
    protos
}

fn mark_inner(protos: &mut BTreeMap<ProtoKey, Proto>) {
    let mut around: Vec<(ProtoKey, BTreeMap<Text, bool>)> = Vec::new();
    for (&key, proto) in protos.iter_mut() {
        let (file, line, last) = key;
        while around.last().is_some_and(|(outer, _)| outer.0 != file || outer.2.0 < last.0 || line > outer.2.0) {
            around.pop();
        }
        if let Some((_, names)) = around.last() {
            for (name, inner) in &mut proto.names {
                *inner = names.get(name).copied().unwrap_or(true);
            }
        }
        // The main chunk (line 0) encloses everything and captures nothing.
        if proto.held && line > 0 {
            around.push((key, proto.names.clone()));
        }
    }
}

/// The file of the handler for `lua` messages, or else of the first handler.
fn main_file(graph: &StateGraph) -> Option<Text> {
    let mut found = None;
    for root in graph.roots.iter().filter(|root| root.section == Section::Handlers) {
        let Item::Object(index) = root.value else { continue };
        if let Kind::Function(place) = graph.object(index).kind
            && (found.is_none() || graph.bytes(root.name) == b"lua")
        {
            found = Some(place.source);
        }
    }
    found
}

fn read_facts(graph: &StateGraph, protos: &BTreeMap<ProtoKey, Proto>, main: Option<Text>) -> Vec<Option<Fact>> {
    let mut facts: Vec<Option<Fact>> = vec![None; graph.variables.len()];
    for (index, place) in functions(graph) {
        for (name, variable) in variables_of(graph, index) {
            let inner = protos.get(&key_of(place)).and_then(|proto| proto.names.get(&name)).copied().unwrap_or(false);
            let new = Fact { file: place.source, line: place.line, held: index < graph.held, inner };
            let fact = &mut facts[variable as usize];
            *fact = Some(fact.map_or(new, |old| join(graph, old, new, main)));
        }
    }
    facts
}

/// Two functions share a variable: it belongs to the main file, else to the smaller file name.
fn join(graph: &StateGraph, old: Fact, new: Fact, main: Option<Text>) -> Fact {
    let rank = |fact: &Fact| (Some(fact.file) != main, graph.bytes(fact.file).to_vec());
    let (mut first, second) = match (old.file == new.file, old.line <= new.line) {
        (true, true) => (old, new),
        (true, false) => (new, old),
        (false, _) if rank(&old) <= rank(&new) => (old, new),
        (false, _) => (new, old),
    };
    first.held |= second.held;
    if first.file == second.file {
        first.inner |= second.inner;
    }
    first
}

/// Not in the main file, file, name.
type Named<'a> = (bool, &'a [u8], &'a [u8]);

/// One of the variables of a name: captured by pending coroutines only, line, variable.
type Twin = (bool, u32, u32);

fn scopes(graph: &StateGraph, facts: &[Option<Fact>], main: Option<Text>) -> Vec<Scope> {
    let mut groups: BTreeMap<Named<'_>, Vec<Twin>> = BTreeMap::new();
    for (index, fact) in facts.iter().enumerate() {
        let Some(fact) = fact.filter(|fact| !fact.inner) else { continue };
        let name = graph.bytes(graph.variables[index].name);
        let key = (Some(fact.file) != main, graph.bytes(fact.file), name);
        groups.entry(key).or_default().push((!fact.held, fact.line, index as u32));
    }
    let mut scopes: Vec<Scope> = Vec::new();
    for ((foreign, file, name), mut twins) in groups {
        twins.sort_unstable();
        if scopes.last().is_none_or(|scope| scope.file != file || scope.main == foreign) {
            scopes.push(Scope { file: file.to_vec(), main: !foreign, variables: Vec::new(), private: BTreeSet::new() });
        }
        let Some(scope) = scopes.last_mut() else { continue };
        name_apart(scope, name, &twins);
    }
    scopes
}

/// Variables of one name in one file: the first line keeps the name, others add their line. Several
/// at the same line are the closures of one function, each with its own: none of them is at the top.
fn name_apart(scope: &mut Scope, name: &[u8], twins: &[Twin]) {
    let mut lines: BTreeMap<u32, usize> = BTreeMap::new();
    for &(_, line, _) in twins {
        *lines.entry(line).or_default() += 1;
    }
    let single: Vec<_> = twins.iter().filter(|(_, line, _)| lines.get(line) == Some(&1)).collect();
    let mut seen = BTreeSet::new();
    for (position, &&(private, line, variable)) in single.iter().enumerate() {
        let mut display = name.to_vec();
        if position > 0 {
            display.extend_from_slice(format!("@{line}").as_bytes());
        }
        if seen.insert(display.clone()) {
            scope.variables.push((display, variable));
            if private {
                scope.private.insert(variable);
            }
        }
    }
}
