//! Lua values as TOML: the forms that `read::value` reads.

use std::collections::BTreeSet;

use toml_edit::{Array, InlineTable, Value as Toml};

use crate::base::{Table, Value};
use crate::scenario::read::SPECIAL;

/// An array of values.
pub(super) fn values(values: &[Value]) -> Array {
    values.iter().map(value).collect()
}

/// Any value.
pub(super) fn value(value: &Value) -> Toml {
    match value {
        Value::Nil => alone("nil", true),
        Value::Boolean(value) => (*value).into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::String(bytes) => match str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => alone("bytes", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        },
        // Beyond i64 the file has the digits as text.
        Value::Pointer(address) => match i64::try_from(*address) {
            Ok(address) => alone("pointer", address),
            Err(_) => alone("pointer", address.to_string()),
        },
        Value::Table(table) if table.pairs.is_empty() => values(&table.array).into(),
        Value::Table(table) => match plain(table) {
            Some(plain) => plain.into(),
            None => full(table),
        },
    }
}

/// A table that TOML has as well: distinct texts as keys, and not one of the special forms.
fn plain(table: &Table) -> Option<InlineTable> {
    let mut seen = BTreeSet::new();
    let mut result = InlineTable::new();
    for (key, item) in &table.pairs {
        let Value::String(bytes) = key else { return None };
        let key = str::from_utf8(bytes).ok().filter(|key| seen.insert(*key))?;
        result.insert(key, value(item));
    }
    let special = seen.len() == 1 && seen.iter().any(|key| SPECIAL.contains(key));
    (table.array.is_empty() && !special).then_some(result)
}

/// Any other table.
fn full(table: &Table) -> Toml {
    let mut parts = InlineTable::new();
    if !table.array.is_empty() {
        parts.insert("array", values(&table.array).into());
    }
    let pairs = table.pairs.iter().map(|(key, item)| Toml::from_iter([value(key), value(item)]));
    parts.insert("pairs", pairs.collect::<Array>().into());
    alone("table", parts)
}

fn alone(key: &str, value: impl Into<Toml>) -> Toml {
    InlineTable::from_iter([(key, value.into())]).into()
}
