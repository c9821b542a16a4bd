//! How values without an inside are written: as Lua would read them where it can.

use std::fmt::Write;

use xxhash_rust::xxh3::xxh3_64;

use super::graph::{Item, Kind, StateGraph, Status};

/// Longer strings are shown by their beginning, length and hash: a line stays a line.
const STRING_SHOWN_MAX: usize = 1024;
/// As much of a longer string is shown.
const STRING_BEGINNING: usize = 200;

/// Writes a string in quotes. What is not printable UTF-8 is escaped as Lua escapes it.
pub(super) fn write_string(out: &mut String, bytes: &[u8]) {
    write_string_within(out, bytes, STRING_SHOWN_MAX, STRING_BEGINNING);
}

/// The same with other limits: up to `shown_max` bytes in full, else the first `beginning` ones.
pub(super) fn write_string_within(out: &mut String, bytes: &[u8], shown_max: usize, beginning: usize) {
    out.push('"');
    let shown = if bytes.len() > shown_max { &bytes[..beginning] } else { bytes };
    for chunk in shown.utf8_chunks() {
        chunk.valid().chars().for_each(|letter| write_letter(out, letter));
        for byte in chunk.invalid() {
            push(out, format_args!("\\x{byte:02X}"));
        }
    }
    out.push('"');
    if bytes.len() > shown_max {
        push(out, format_args!(" .. ({} bytes, xxh3 {:016x})", bytes.len(), xxh3_64(bytes)));
    }
}

fn write_letter(out: &mut String, letter: char) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0'..='\x1f' | '\x7f' => push(out, format_args!("\\x{:02X}", letter as u32)),
        // Invisible, line-breaking or order-changing: a reader or a terminal would be misled.
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => {
            push(out, format_args!("\\u{{{:X}}}", letter as u32));
        }
        _ => out.push(letter),
    }
}

/// Appends formatted text; writing to a string cannot fail.
pub(super) fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok());
}

/// Writes a float so that it reads back as the same float.
pub(super) fn write_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("nan");
    } else {
        push(out, format_args!("{value:?}"));
    }
}

/// Writes an item that is neither an object nor a variable.
pub(super) fn write_scalar(out: &mut String, graph: &StateGraph, item: Item) {
    match item {
        Item::Nil | Item::Object(_) | Item::Variable(_) => out.push_str("nil"),
        Item::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
        Item::Integer(value) => push(out, format_args!("{value}")),
        Item::Float(value) => write_float(out, value),
        Item::String(text) => write_string(out, graph.bytes(text)),
        Item::Pointer(_) => out.push_str("lightuserdata"),
        Item::Library(name) => {
            out.push_str("library ");
            out.push_str(&String::from_utf8_lossy(graph.bytes(name)));
        }
    }
}

/// What an object is, in a few words: all of its line but what is inside.
pub(super) fn write_kind(out: &mut String, graph: &StateGraph, kind: Kind) {
    match kind {
        Kind::Table(weak) => match (weak.keys, weak.values) {
            (false, false) => {}
            (true, false) => out.push_str("weak keys"),
            (false, true) => out.push_str("weak values"),
            (true, true) => out.push_str("weak"),
        },
        Kind::Function(place) => {
            push(out, format_args!("function {}:{}", String::from_utf8_lossy(graph.bytes(place.source)), place.line));
        }
        Kind::Frame(place) => {
            push(out, format_args!("at {}:{}", String::from_utf8_lossy(graph.bytes(place.source)), place.line));
        }
        Kind::Builtin => out.push_str("builtin"),
        Kind::Thread(status) => out.push_str(match status {
            Status::New => "coroutine new",
            Status::Suspended => "coroutine suspended",
            Status::Normal => "coroutine normal",
            Status::Dead => "coroutine dead",
        }),
        Kind::Userdata(name) => {
            push(out, format_args!("userdata {}", String::from_utf8_lossy(graph.bytes(name))));
        }
    }
}

/// True for what Lua accepts as a name after a dot.
pub(super) fn is_name(bytes: &[u8]) -> bool {
    const KEYWORDS: [&[u8]; 22] = [
        b"and",
        b"break",
        b"do",
        b"else",
        b"elseif",
        b"end",
        b"false",
        b"for",
        b"function",
        b"goto",
        b"if",
        b"in",
        b"local",
        b"nil",
        b"not",
        b"or",
        b"repeat",
        b"return",
        b"then",
        b"true",
        b"until",
        b"while",
    ];
    let first = bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    first
        && bytes.len() <= 100
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && !KEYWORDS.contains(&bytes)
}
