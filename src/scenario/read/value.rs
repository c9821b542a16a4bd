//! Lua values written in TOML: strings, numbers, booleans, arrays and tables as themselves; what
//! TOML lacks as `{ nil = true }`, `{ bytes = "6869" }`, `{ pointer = 1 }` and `{ table = .. }`; and,
//! among arguments, what is drawn: `{ int = [1, 6] }`, `{ float = [0.0, 1.0] }`, `{ choice = [..] }`.

use toml::de::{DeTable, DeValue};

use super::field::Field;
use crate::base::{Table, Value};
use crate::scenario::template::{Draw, Slot};

/// Whether values may be left to the seed.
#[derive(Clone, Copy)]
pub(super) enum Drawing {
    Possible,
    Impossible,
}

/// An array of values.
pub(super) fn values(field: &Field<'_>, drawing: Drawing) -> Vec<Value> {
    let DeValue::Array(_) = field.value() else {
        return field.wrong_type("an array of values").unwrap_or_default();
    };
    let read = |(index, item): (usize, Field<'_>)| value(&item, drawing, &[index]);
    field.items().into_iter().enumerate().filter_map(read).collect()
}

/// A string, a number or a boolean.
pub(super) fn scalar(field: &Field<'_>) -> Option<Value> {
    match field.value() {
        DeValue::String(_) => field.text().map(|text| Value::String(text.into_bytes())),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Some(Value::Integer(number)),
            Err(_) => field.refuse(format!("{number} is not a 64-bit integer")),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Some(Value::Float(number)),
            Err(_) => field.refuse(format!("{} is not a float", number.as_str())),
        },
        DeValue::Boolean(value) => Some(Value::Boolean(*value)),
        _ => field.wrong_type("a string, a number or a boolean"),
    }
}

/// Any value. `path` leads to it: the index of the argument, then indices within tables.
fn value(field: &Field<'_>, drawing: Drawing, path: &[usize]) -> Option<Value> {
    let inner = |item: &Field<'_>, index: usize| value(item, drawing, &[path, &[index]].concat());
    match field.value() {
        DeValue::Datetime(_) => field.wrong_type("a string, a number, a boolean, an array or a table"),
        DeValue::Array(_) => {
            let items = field.items();
            let array = items.iter().enumerate().map(|(index, item)| inner(item, index)).collect::<Option<_>>()?;
            Some(Value::Table(Table { array, pairs: Vec::new() }))
        }
        DeValue::Table(table) => match special(field, table, drawing, path) {
            Some(found) => found,
            None => {
                let pairs = table.iter().enumerate().map(|(index, (key, item))| {
                    let item = Field::new(key.get_ref().to_string(), item, field.context());
                    Some((Value::String(key.get_ref().as_bytes().to_vec()), inner(&item, index)?))
                });
                Some(Value::Table(Table { array: Vec::new(), pairs: pairs.collect::<Option<_>>()? }))
            }
        },
        _ => scalar(field),
    }
}

/// The keys that, alone in a table, make it something else.
pub(crate) const SPECIAL: [&str; 7] = ["int", "float", "choice", "nil", "bytes", "pointer", "table"];

/// What a table with one special key means; `None` if it is an ordinary table.
fn special(field: &Field<'_>, table: &DeTable<'_>, drawing: Drawing, path: &[usize]) -> Option<Option<Value>> {
    let (key, item) = table.iter().next().filter(|_| table.len() == 1)?;
    let key = SPECIAL.into_iter().find(|special| special == key.get_ref())?;
    let item = &Field::new(key.to_owned(), item, field.context());
    Some(match key {
        "nil" => item.boolean().map(|_| Value::Nil),
        "bytes" => item.parsed(from_hex).map(Value::String),
        "pointer" => match item.value() {
            DeValue::String(_) => item.parsed(str::parse).map(Value::Pointer),
            _ => item.integer(0, u64::MAX).map(Value::Pointer),
        },
        "table" => full_table(item),
        _ => drawn(item, drawing, path),
    })
}

/// `{ array = [..], pairs = [[key, value], ..] }`: a table with both parts, or with odd keys.
fn full_table(field: &Field<'_>) -> Option<Value> {
    let mut result = Table::default();
    for (key, item) in field.table("a table")?.iter() {
        let item = Field::new(key.get_ref().to_string(), item, field.context());
        match &**key.get_ref() {
            "array" => result.array = values(&item, Drawing::Impossible),
            "pairs" => {
                for pair in item.items() {
                    let mut pair_values = values(&pair, Drawing::Impossible).into_iter();
                    match (pair_values.next(), pair_values.next(), pair_values.next()) {
                        (Some(key), Some(value), None) => result.pairs.push((key, value)),
                        _ => return pair.refuse("a pair is [key, value]"),
                    }
                }
            }
            _ => return item.refuse("a table has `array` and `pairs`"),
        }
    }
    Some(Value::Table(result))
}

/// `int`, `float` or `choice`: what is possible; the value is the first of it.
fn drawn(field: &Field<'_>, drawing: Drawing, path: &[usize]) -> Option<Value> {
    if let Drawing::Impossible = drawing {
        return field.refuse("nothing can be drawn here; only `args` of [[service]] and [[event]] are drawn");
    }
    let possible = values(field, Drawing::Impossible);
    let (draw, first) = match (field.key(), &*possible) {
        ("int", [Value::Integer(low), Value::Integer(high)]) if low <= high => {
            (Draw::Integer(*low, *high), Value::Integer(*low))
        }
        ("float", [low, high]) => match (float(low), float(high)) {
            (Some(low), Some(high)) if low <= high && (high - low).is_finite() => {
                (Draw::Float(low, high), Value::Float(low))
            }
            _ => return field.refuse("write two numbers, the smaller one first, as in { float = [0.0, 1.0] }"),
        },
        ("choice", [first, ..]) => (Draw::Choice(possible.clone()), first.clone()),
        ("choice", []) => return field.refuse("there is nothing to choose from"),
        ("float", _) => return field.refuse("write two numbers, as in { float = [0.0, 1.0] }"),
        _ => return field.refuse("write two integers, the smaller one first, as in { int = [1, 6] }"),
    };
    let indices: Vec<String> = path.iter().map(usize::to_string).collect();
    field.context().hole(&format!("args/{}", indices.join("/")), Slot::Argument(path.to_vec()), draw);
    Some(first)
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

/// Bytes written as hexadecimal digits.
fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let refused = || format!("`{text}` is not bytes: write two hexadecimal digits for each");
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) || !text.len().is_multiple_of(2) {
        return Err(refused());
    }
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| refused());
    (0..text.len()).step_by(2).map(byte).collect()
}
