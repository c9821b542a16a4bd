//! From values to bytes.

use super::ENCODE_DEPTH_MAX;
use super::wire::{
    BOOLEAN, COOKIE_MAX, LONG_STRING, NIL, NUMBER, NUMBER_BYTE, NUMBER_DWORD, NUMBER_QWORD, NUMBER_REAL, NUMBER_WORD,
    NUMBER_ZERO, POINTER, SHORT_STRING, TABLE, tag,
};
use crate::base::{Table, Value};

/// Why values cannot be packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Contents below 32 levels of tables; the text is Skynet's.
    #[error("serialize can't pack too depth table")]
    TooDeep,
    /// A string or an array part of 2^31 or more, which C cannot count.
    #[error("serialize can't pack a string or array of {0} elements (the limit is 2147483647)")]
    TooLong(usize),
    /// A pair whose key is nil or nan: no Lua table holds one.
    #[error("a table key can't be nil or nan")]
    Key,
}

/// The packing of `values`, byte for byte what Skynet's `pack` gives for tables whose `next` order
/// is that of [`Table::pairs`].
///
/// # Errors
/// When a table is too deep, something is too long, or a key is nil or nan.
pub fn encode(values: &[Value]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    for value in values {
        encode_value(value, 0, &mut out)?;
    }
    Ok(out)
}

fn encode_value(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if depth > ENCODE_DEPTH_MAX {
        return Err(EncodeError::TooDeep);
    }
    match value {
        Value::Nil => out.push(tag(NIL, 0)),
        Value::Boolean(value) => out.push(tag(BOOLEAN, u8::from(*value))),
        Value::Integer(value) => encode_integer(*value, out),
        Value::Float(value) => {
            out.push(tag(NUMBER, NUMBER_REAL));
            out.extend_from_slice(&value.to_le_bytes());
        }
        Value::String(bytes) => encode_string(bytes, out)?,
        Value::Pointer(value) => {
            out.push(tag(POINTER, 0));
            out.extend_from_slice(&value.to_le_bytes());
        }
        Value::Table(table) => encode_table(table, depth + 1, out)?,
    }
    Ok(())
}

fn encode_integer(value: i64, out: &mut Vec<u8>) {
    if value == 0 {
        out.push(tag(NUMBER, NUMBER_ZERO));
    } else if let Ok(value) = u8::try_from(value) {
        out.extend_from_slice(&[tag(NUMBER, NUMBER_BYTE), value]);
    } else if let Ok(value) = u16::try_from(value) {
        out.push(tag(NUMBER, NUMBER_WORD));
        out.extend_from_slice(&value.to_le_bytes());
    } else if let Ok(value) = i32::try_from(value) {
        out.push(tag(NUMBER, NUMBER_DWORD));
        out.extend_from_slice(&value.to_le_bytes());
    } else {
        out.push(tag(NUMBER, NUMBER_QWORD));
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn encode_string(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let length = int_length(bytes.len())?;
    if let Some(cookie) = u8::try_from(length).ok().filter(|cookie| *cookie <= COOKIE_MAX) {
        out.push(tag(SHORT_STRING, cookie));
    } else if let Ok(length) = u16::try_from(length) {
        out.push(tag(LONG_STRING, 2));
        out.extend_from_slice(&length.to_le_bytes());
    } else {
        out.push(tag(LONG_STRING, 4));
        out.extend_from_slice(&length.to_le_bytes());
    }
    out.extend_from_slice(bytes);
    Ok(())
}

fn encode_table(table: &Table, depth: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let size = int_length(table.array.len())?;
    if let Some(cookie) = u8::try_from(size).ok().filter(|cookie| *cookie < COOKIE_MAX) {
        out.push(tag(TABLE, cookie));
    } else {
        out.push(tag(TABLE, COOKIE_MAX));
        encode_integer(i64::from(size), out);
    }
    for value in &table.array {
        encode_value(value, depth, out)?;
    }
    for (key, value) in &table.pairs {
        if matches!(key, Value::Nil) || matches!(key, Value::Float(float) if float.is_nan()) {
            return Err(EncodeError::Key);
        }
        encode_value(key, depth, out)?;
        encode_value(value, depth, out)?;
    }
    out.push(tag(NIL, 0));
    Ok(())
}

/// A length as the C `int` that Skynet keeps it in.
fn int_length(length: usize) -> Result<u32, EncodeError> {
    i32::try_from(length).map(i32::unsigned_abs).map_err(|_| EncodeError::TooLong(length))
}
