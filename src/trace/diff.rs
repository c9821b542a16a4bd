//! Where two traces part. Compares all bytes of all lines and the length; says which fields differ.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::BufRead;

use serde_json::Value as Json;

use super::error::TraceError;
use super::reader::{Line, Lines};
use crate::base::EventNumber;

/// How many equal lines before the difference are kept.
pub const CONTEXT_LINES: usize = 5;

/// Characters of a line or value that the rendering shows.
const SHOWN_CHARACTERS: usize = 400;

/// The first line at which two traces are not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The number of the event: the left one's, or the right one's where the left has ended.
    pub number: EventNumber,
    /// The line, counted from 1 and the same in both files.
    pub line: u64,
    /// What the first trace has there.
    pub left: Side,
    /// What the second trace has there.
    pub right: Side,
    /// The last lines before, up to [`CONTEXT_LINES`], without their hashes.
    pub context: Vec<String>,
    /// What differs within the two lines; empty where one trace has ended.
    pub fields: Vec<FieldDifference>,
}

/// One trace at the difference.
#[derive(Clone, Debug, PartialEq)]
pub enum Side {
    /// It has this line.
    Line(Box<Line>),
    /// It has no more lines.
    EndsHere,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDifference {
    /// Where: `t`, `args[1].name`; indices from 0.
    pub path: String,
    /// The first trace's value, if it has the field.
    pub left: Option<Json>,
    /// The second trace's value, if it has the field.
    pub right: Option<Json>,
}

/// The first difference of two traces; `None` if they are the same to the last byte.
///
/// # Errors
/// When one of them cannot be read up to the difference.
pub fn first_difference<A: BufRead, B: BufRead>(
    mut left: Lines<A>,
    mut right: Lines<B>,
) -> Result<Option<Difference>, TraceError> {
    let mut context = VecDeque::with_capacity(CONTEXT_LINES);
    let mut line = 0;
    loop {
        line += 1;
        let (a, b) = match (left.next_checked()?, right.next_checked()?) {
            (None, None) => return Ok(None),
            (Some(a), Some(b)) if a.text == b.text => {
                if context.len() == CONTEXT_LINES {
                    context.pop_front();
                }
                context.push_back(a.text);
                continue;
            }
            (a, b) => (a, b),
        };
        let a = a.map(|checked| left.parse(checked)).transpose()?;
        let b = b.map(|checked| right.parse(checked)).transpose()?;
        let number = a.as_ref().or(b.as_ref()).map(Line::number).unwrap_or_default();
        let fields = match (&a, &b) {
            (Some(a), Some(b)) => line_differences(a, b),
            _ => Vec::new(),
        };
        let side = |line: Option<Line>| line.map_or(Side::EndsHere, |line| Side::Line(Box::new(line)));
        let (left, right) = (side(a), side(b));
        return Ok(Some(Difference { number, line, left, right, context: context.into(), fields }));
    }
}

fn line_differences(left: &Line, right: &Line) -> Vec<FieldDifference> {
    let whole = |line: &Line| {
        let mut object = serde_json::Map::new();
        if let Line::Event(event) = line {
            object.insert("n".into(), event.number.0.into());
            object.insert("t".into(), event.time.as_nanos().into());
        }
        object.insert("type".into(), line.kind().into());
        object.extend(line.fields().clone());
        Json::Object(object)
    };
    let mut found = Vec::new();
    compare(String::new(), Some(&whole(left)), Some(&whole(right)), &mut found);
    found
}

fn compare(path: String, left: Option<&Json>, right: Option<&Json>, found: &mut Vec<FieldDifference>) {
    match (left, right) {
        (Some(Json::Object(a)), Some(Json::Object(b))) => {
            let only_right = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(only_right) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(path, a.get(key), b.get(key), found);
            }
        }
        (Some(Json::Array(a)), Some(Json::Array(b))) => {
            for index in 0..a.len().max(b.len()) {
                compare(format!("{path}[{index}]"), a.get(index), b.get(index), found);
            }
        }
        _ if left == right => {}
        _ => found.push(FieldDifference { path, left: left.cloned(), right: right.cloned() }),
    }
}

impl Difference {
    /// The difference in words and lines, for a terminal; the names tell the sides apart.
    #[must_use]
    pub fn render(&self, left_name: &str, right_name: &str) -> String {
        let mut out = format!("the traces part at event {} (line {})\n", self.number, self.line);
        if !self.context.is_empty() {
            out.push_str("\nthe same in both:\n");
            for line in &self.context {
                let _ = writeln!(out, "    {}", shorten(line));
            }
        }
        let width = left_name.chars().count().max(right_name.chars().count());
        out.push_str("\nthen:\n");
        for (name, side) in [(left_name, &self.left), (right_name, &self.right)] {
            let text = match side {
                Side::Line(line) => shorten(line.text()),
                Side::EndsHere => "(ends here)".to_owned(),
            };
            let _ = writeln!(out, "    {name:width$}  {text}");
        }
        if matches!((&self.left, &self.right), (Side::Line(_), Side::Line(_))) {
            self.render_fields(left_name, right_name, width, &mut out);
        }
        out
    }

    fn render_fields(&self, left_name: &str, right_name: &str, width: usize, out: &mut String) {
        out.push_str("\nwhat differs:\n");
        if self.fields.is_empty() {
            out.push_str("    only the way the lines are written\n");
        }
        for field in &self.fields {
            let _ = writeln!(out, "  > {}", field.path);
            for (name, value) in [(left_name, &field.left), (right_name, &field.right)] {
                let _ = writeln!(out, "      {name:width$}  {}", render_value(value.as_ref(), width + 8));
            }
        }
    }
}

/// A field's value; a text of several lines, such as a traceback, below itself.
fn render_value(value: Option<&Json>, indent: usize) -> String {
    match value {
        None => "(absent)".to_owned(),
        Some(Json::String(text)) if text.contains('\n') => text.replace('\n', &format!("\n{:indent$}", "")),
        Some(value) => shorten(&value.to_string()),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}.. ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::specification::{deliver, end, start, trace_of};

    fn lines(trace: &[u8]) -> Lines<&[u8]> {
        Lines::new(trace, "x")
    }

    #[test]
    fn equal_traces() {
        let trace = trace_of(&[start(), deliver(b"\x0a\x05"), end()]);
        assert_eq!(first_difference(lines(&trace), lines(&trace)).unwrap(), None);
    }

    #[test]
    fn a_field_that_differs() {
        let a = trace_of(&[start(), deliver(b"\x0a\x01"), deliver(b"\x0c\x61\x0a\x05"), end()]);
        let b = trace_of(&[start(), deliver(b"\x0a\x01"), deliver(b"\x0c\x61\x0a\x06\x09"), end()]);
        let found = first_difference(lines(&a), lines(&b)).unwrap().unwrap();
        assert_eq!((found.number, found.line, found.context.len()), (EventNumber(2), 3, 2));
        let fields: Vec<_> = found.fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(fields, ["size", "args[1]", "args[2]"]);
        let text = found.render("a.jsonl", "other.jsonl");
        assert!(text.contains("  > args[1]\n      a.jsonl      5\n      other.jsonl  6\n"), "{text}");
        assert!(text.contains("  > args[2]\n      a.jsonl      (absent)\n      other.jsonl  true\n"), "{text}");
    }

    #[test]
    fn different_lengths() {
        let a = trace_of(&[start(), deliver(b""), end()]);
        let b = trace_of(&[start(), deliver(b""), deliver(b""), end()]);
        let found = first_difference(lines(&a), lines(&b)).unwrap().unwrap();
        assert_eq!(found.fields[0].path, "type");
        // A trace without its end, compared at the point where it stops.
        let cut = a.iter().rposition(|byte| *byte == b'{').unwrap();
        let error = first_difference(lines(&a[..cut]), lines(&b)).unwrap_err();
        assert!(matches!(error, TraceError::NoEnd { line: 3, .. }));
    }

    #[test]
    fn different_headers() {
        let a = trace_of(&[start(), end()]);
        let b = trace_of(&[crate::trace::specification::start_with_seed(8), end()]);
        let found = first_difference(lines(&a), lines(&b)).unwrap().unwrap();
        assert_eq!(found.line, 1);
        assert_eq!(found.fields[0].path, "seed");
        assert!(found.render("a", "b").starts_with("the traces part at event 0 (line 1)\n\nthen:\n"));
    }
}
