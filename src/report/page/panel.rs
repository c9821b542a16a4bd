//! What a monitor shows: charts and tables, read from the values that its Lua file returned.

use serde::Serialize;

use crate::base::{Table, Value};
use crate::seri;

/// One part of the page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Panel {
    /// Numbers that become lines over time.
    Chart {
        /// What stands above it.
        title: String,
        /// Each line's name and its value now.
        lines: Vec<(String, f64)>,
    },
    /// A table as it is now.
    Table {
        /// What stands above it.
        title: String,
        /// The heads of the columns.
        columns: Vec<String>,
        /// The rows.
        rows: Vec<Vec<Cell>>,
    },
}

/// What stands in a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// A text; empty for `nil`.
    Text(String),
    /// A number.
    Number(f64),
    /// A bar of progress, from 0 to 1.
    Bar {
        /// How far it is.
        part: f64,
    },
}

/// The panels that a monitor's answer stands for.
///
/// # Errors
/// What is wrong with it, in words.
pub fn panels(answer: &Value) -> Result<Vec<Panel>, String> {
    let list = match answer {
        Value::Nil => return Ok(Vec::new()),
        other => list(other).ok_or("it is to return a list of panels")?,
    };
    let told = |(index, panel)| panel_of(panel).map_err(|problem| format!("panel {}: {problem}", index + 1));
    list.iter().enumerate().map(told).collect()
}

fn panel_of(value: &Value) -> Result<Panel, String> {
    let title = value.get("title").and_then(Value::as_str).ok_or("it needs a `title`")?.to_owned();
    if let Some(lines) = value.get("lines") {
        let lines = list(lines).ok_or("`lines` is to be a list")?;
        let lines = lines.iter().map(line).collect::<Option<_>>();
        return Ok(Panel::Chart { title, lines: lines.ok_or("each of `lines` is to be { name, number }")? });
    }
    let columns = value.get("columns").and_then(list).ok_or("it needs `lines`, or `columns` and `rows`")?;
    let columns = columns.iter().map(text).collect();
    let rows = value.get("rows").and_then(list).ok_or("`rows` is to be a list")?;
    let rows = rows.iter().map(|row| Some(cells(row)?.iter().map(cell).collect()));
    Ok(Panel::Table { title, columns, rows: rows.collect::<Option<_>>().ok_or("each of `rows` is to be a list")? })
}

fn line(value: &Value) -> Option<(String, f64)> {
    Some((value.get("1")?.as_str()?.to_owned(), number(value.get("2")?)?))
}

fn cell(value: &Value) -> Cell {
    if let Some(part) = value.get("part").and_then(number) {
        return Cell::Bar { part: part.clamp(0.0, 1.0) };
    }
    number(value).map_or_else(|| Cell::Text(text(value)), Cell::Number)
}

/// Numbers that JSON can hold.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Nil => String::new(),
        Value::String(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => seri::display(std::slice::from_ref(other)),
    }
}

fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Table(Table { array, pairs }) if pairs.is_empty() => Some(array),
        _ => None,
    }
}

/// A row may have holes: a worker without a task.
fn cells(row: &Value) -> Option<Vec<Value>> {
    let Value::Table(Table { array, pairs }) = row else { return None };
    let mut cells = array.clone();
    let mut later: Vec<(usize, &Value)> = pairs
        .iter()
        .map(|(key, value)| Some((usize::try_from(key.as_integer()?).ok().filter(|place| *place <= CELLS_MAX)?, value)))
        .collect::<Option<_>>()?;
    later.sort_by_key(|(place, _)| *place);
    for (place, value) in later {
        cells.resize(place.max(1) - 1, Value::Nil);
        cells.push(value.clone());
    }
    Some(cells)
}

/// Cells that a row may have.
const CELLS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn list_of(items: Vec<Value>) -> Value {
        Value::Table(Table { array: items, pairs: Vec::new() })
    }

    fn of(fields: &[(&str, Value)]) -> Value {
        Value::table(fields.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
    }

    #[test]
    fn charts_and_tables() {
        let lines = list_of(vec![list_of(vec!["ready".into(), 3.into()])]);
        let bar = of(&[("part", 1.5.into())]);
        let gap = Value::table(vec![(1.into(), "w".into()), (3.into(), bar)]);
        let table = of(&[("title", "W".into()), ("columns", list_of(vec!["a".into()])), ("rows", list_of(vec![gap]))]);
        let found = panels(&list_of(vec![of(&[("title", "Q".into()), ("lines", lines)]), table]));
        let rows = vec![vec![Cell::Text("w".into()), Cell::Text(String::new()), Cell::Bar { part: 1.0 }]];
        let expected = [
            Panel::Chart { title: "Q".into(), lines: vec![("ready".into(), 3.0)] },
            Panel::Table { title: "W".into(), columns: vec!["a".into()], rows },
        ];
        assert_eq!(found, Ok(expected.to_vec()));
        assert_eq!(panels(&Value::Nil), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_panel_is_told() {
        assert_eq!(panels(&1.into()), Err("it is to return a list of panels".into()));
        let nameless = list_of(vec![of(&[("lines", list_of(Vec::new()))])]);
        assert_eq!(panels(&nameless), Err("panel 1: it needs a `title`".into()));
        let empty = list_of(vec![of(&[("title", "x".into())])]);
        assert_eq!(panels(&empty), Err("panel 1: it needs `lines`, or `columns` and `rows`".into()));
    }
}
