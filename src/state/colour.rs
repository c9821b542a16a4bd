//! Fingerprints of objects by their content and surroundings, for the one case in which nothing
//! else orders them: objects that are reached only as keys of tables. Colour refinement: in each
//! round an object takes in the colours of what it refers to and of what refers to it.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::graph::{Item, Kind, StateGraph};

/// Rounds of refinement: how far apart two objects may be alike and still be told apart.
const ROUNDS: usize = 6;

fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b.rotate_left(29) | 1);
    (product as u64) ^ ((product >> 64) as u64).wrapping_add(b)
}

/// One fingerprint for each object.
pub(super) fn colours(graph: &StateGraph) -> Vec<u64> {
    let mut colours: Vec<u64> = graph.objects.iter().map(|object| kind_colour(graph, object.kind)).collect();
    for _ in 0..ROUNDS {
        let mut next = colours.clone();
        for index in 0..graph.objects.len() {
            let mut sum = item_colour(graph, &colours, graph.objects[index].metatable);
            for entry in graph.entries(index as u32) {
                let (key, value) = (item_colour(graph, &colours, entry.key), item_colour(graph, &colours, entry.value));
                // A sum, because the order of entries means nothing yet.
                sum = sum.wrapping_add(mix(key, value));
                for (item, other, way) in [(entry.key, value, 21), (entry.value, key, 22)] {
                    if let Some(object) = target(graph, item) {
                        let next = &mut next[object as usize];
                        *next = next.wrapping_add(mix(colours[index], mix(other, way)));
                    }
                }
            }
            next[index] = next[index].wrapping_add(mix(colours[index], sum));
        }
        colours = next;
    }
    colours
}

fn kind_colour(graph: &StateGraph, kind: Kind) -> u64 {
    match kind {
        Kind::Table(weak) => 1 + u64::from(weak.keys) * 16 + u64::from(weak.values) * 32,
        Kind::Function(place) => mix(xxh3_64_with_seed(graph.bytes(place.source), 2), u64::from(place.line)),
        Kind::Builtin => 3,
        Kind::Thread(status) => 4 + status as u64 * 16,
        Kind::Frame(place) => mix(xxh3_64_with_seed(graph.bytes(place.source), 5), u64::from(place.line)),
        Kind::Userdata(name) => xxh3_64_with_seed(graph.bytes(name), 6),
    }
}

/// The object that an item leads to.
fn target(graph: &StateGraph, item: Item) -> Option<u32> {
    match item {
        Item::Object(index) => Some(index),
        Item::Variable(variable) => match graph.variables[variable as usize].value {
            Item::Object(index) => Some(index),
            _ => None,
        },
        _ => None,
    }
}

/// The colour of a value; of a variable, that of what it holds.
pub(super) fn item_colour(graph: &StateGraph, colours: &[u64], item: Item) -> u64 {
    match item {
        Item::Nil => 11,
        Item::Boolean(value) => 12 + u64::from(value),
        Item::Integer(value) => mix(14, value as u64),
        Item::Float(value) => mix(15, value.to_bits()),
        Item::String(text) => xxh3_64(graph.bytes(text)),
        Item::Pointer(value) => mix(16, u64::from(value)),
        Item::Library(text) => xxh3_64_with_seed(graph.bytes(text), 17),
        Item::Object(index) => colours[index as usize],
        Item::Variable(index) => match graph.variables[index as usize].value {
            Item::Variable(_) => 18,
            value => item_colour(graph, colours, value),
        },
    }
}
