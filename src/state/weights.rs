//! How much a service holds, by the variable that holds it.

use std::collections::BTreeMap;

use super::graph::{Section, StateGraph};
use super::to_value;
use crate::base::{Table, Value};

/// Tables with more entries are collections, of which only the whole counts.
const FIELDS_MAX: usize = 64;

/// So many names a path has at most.
const NAMES_MAX: usize = 4;

/// What coroutines that wait are called.
const COROUTINES: &str = "waiting coroutines";

/// The number of values in each variable, and in the tables that it has as fields: `state`, `state.sessions`.
#[must_use]
pub fn weights(graph: &StateGraph) -> BTreeMap<String, u64> {
    let mut weights = BTreeMap::new();
    let waiting = graph.roots.iter().filter(|root| root.section == Section::Coroutines).count();
    weights.insert(COROUTINES.to_owned(), waiting as u64);
    if let Value::Table(variables) = to_value(graph) {
        fields(&variables, "", 1, &mut weights);
    }
    weights
}

/// Adds the fields of a table, by their paths; returns how many values are in it.
fn fields(table: &Table, path: &str, names: usize, weights: &mut BTreeMap<String, u64>) -> u64 {
    let mut all = table.array.iter().map(|value| 1 + weight(value)).sum();
    for (key, value) in &table.pairs {
        let name = key.as_str().filter(|_| table.pairs.len() <= FIELDS_MAX || names == 1);
        let inner = match (name, value) {
            (Some(name), Value::Table(inner)) if names <= NAMES_MAX => {
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                let inner = fields(inner, &path, names + 1, weights);
                weights.insert(path, inner);
                inner
            }
            _ => weight(value),
        };
        all += 1 + inner + weight(key);
    }
    all
}

fn weight(value: &Value) -> u64 {
    let Value::Table(table) = value else { return 0 };
    let array = table.array.iter().map(|value| 1 + weight(value)).sum::<u64>();
    let pairs = table.pairs.iter().map(|(key, value)| 1 + weight(key) + weight(value)).sum::<u64>();
    array + pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_by_the_variable_that_holds_them() {
        let list = |length: i64| Value::table((1..=length).map(|key| (key.into(), true.into())).collect());
        let by_id = Value::table((100..300).map(|id| (format!("id{id}").into(), list(2))).collect());
        let state = Value::table(vec![("sessions".into(), by_id), ("log".into(), list(3)), ("on".into(), true.into())]);
        let variables = Table { array: Vec::new(), pairs: vec![("state".into(), state), ("n".into(), 5.into())] };
        let mut weights = BTreeMap::new();
        fields(&variables, "", 1, &mut weights);
        let expected = [("state", 606), ("state.log", 3), ("state.sessions", 600)];
        assert_eq!(weights, expected.map(|(path, values)| (path.to_owned(), values)).into());
    }
}
