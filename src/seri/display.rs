//! Values as a person writes them in Lua, for reports. Nothing reads it back.

use std::fmt::Write as _;

use super::json;
use crate::base::{Table, Value};

const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// The values in Lua's notation, parted by commas: `"join", 1, {a = 2}`.
#[must_use]
pub fn display(values: &[Value]) -> String {
    let mut out = String::new();
    for (index, value) in values.iter().enumerate() {
        separate(index, &mut out);
        display_value(value, &mut out);
    }
    out
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push_str(", ");
    }
}

fn display_value(value: &Value, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Nil => out.write_str("nil"),
        Value::Boolean(value) => write!(out, "{value}"),
        Value::Integer(value) => write!(out, "{value}"),
        Value::Float(value) if value.is_finite() => out.write_str(ryu::Buffer::new().format_finite(*value)),
        Value::Float(value) => out.write_str(json::not_finite(*value)),
        Value::Pointer(value) => write!(out, "userdata: {value:#x}"),
        Value::String(bytes) => {
            display_string(bytes, out);
            Ok(())
        }
        Value::Table(table) => {
            display_table(table, out);
            Ok(())
        }
    };
}

fn display_string(bytes: &[u8], out: &mut String) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                control if control.is_ascii_control() => display_byte(character as u8, out),
                other => out.push(other),
            }
        }
        for byte in chunk.invalid() {
            display_byte(*byte, out);
        }
    }
    out.push('"');
}

fn display_byte(byte: u8, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\x{byte:02x}");
}

fn display_table(table: &Table, out: &mut String) {
    out.push('{');
    for (index, value) in table.array.iter().enumerate() {
        separate(index, out);
        display_value(value, out);
    }
    for (index, (key, value)) in table.pairs.iter().enumerate() {
        separate(table.array.len() + index, out);
        match name(key) {
            Some(name) => out.push_str(name),
            None => {
                out.push('[');
                display_value(key, out);
                out.push(']');
            }
        }
        out.push_str(" = ");
        display_value(value, out);
    }
    out.push('}');
}

/// The key as a Lua name, if it is one.
fn name(key: &Value) -> Option<&str> {
    let Value::String(bytes) = key else { return None };
    let name = std::str::from_utf8(bytes).ok()?;
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let first = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    (letters && first && !KEYWORDS.contains(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_written_in_lua() {
        let pairs = vec![
            ("a".into(), Value::Integer(2)),
            ("end".into(), Value::Nil),
            (Value::Float(1.0), Value::Float(f64::INFINITY)),
        ];
        let table = Value::Table(Table { array: vec![Value::Boolean(true)], pairs });
        assert_eq!(
            display(&["join".into(), Value::Integer(1), table]),
            r#""join", 1, {true, a = 2, ["end"] = nil, [1.0] = inf}"#
        );
        assert_eq!(display(&[Value::String(b"a\"\n\x01\xff\xc3\xa9".to_vec())]), r#""a\"\n\x01\xffé""#);
        assert_eq!(display(&[Value::Pointer(16), Value::Table(Table::default())]), "userdata: 0x10, {}");
        assert_eq!(display(&[]), "");
    }
}
