//! A message's data as fields of a line.

use serde_json::{Map, Value as Json};
use xxhash_rust::xxh3::xxh3_64;

use crate::base::MessageKind;
use crate::seri::{self, json};

/// Bytes of data that a line shows. What is longer is cut: text and hex here, packed values after
/// the last whole value before.
pub const PAYLOAD_BYTES_MAX: usize = 4096;

/// Appends `"<name>":[..]` for a packing, else `"text":".."` for printable UTF-8, else
/// `"data":"<hex>"`; and after data that was cut `"cut":true,"digest":"<xxh3_64 of all of it>"`.
#[inline(always)]
pub(super) fn write(name: &[u8], kind: MessageKind, data: &[u8], out: &mut Vec<u8>) {
    if data.len() > PAYLOAD_BYTES_MAX {
        return write_cut(name, kind, data, out);
    }
    if kind.is_packed() {
        let start = out.len();
        open(name, out);
        if seri::render_json(data, out) {
            return;
        }
        out.truncate(start);
    }
    write_raw(data, out);
}

/// The packed values of an answer, as the fields of an `outcome` have them.
#[must_use]
pub fn result_fields(packed: &[u8]) -> Map<String, Json> {
    let mut text = b"{".to_vec();
    write(b"result", MessageKind::RESPONSE, packed, &mut text);
    text.push(b'}');
    serde_json::from_slice(&text).unwrap_or_default()
}

#[cold]
fn write_cut(name: &[u8], kind: MessageKind, data: &[u8], out: &mut Vec<u8>) {
    let whole = if kind.is_packed() { seri::whole_values(data, PAYLOAD_BYTES_MAX) } else { None };
    if let Some(whole) = whole {
        open(name, out);
        seri::render_json(&data[..whole], out);
    } else {
        write_raw(data, out);
    }
    out.extend_from_slice(b",\"cut\":true,\"digest\":\"");
    out.extend_from_slice(&json::hex64(xxh3_64(data)));
    out.push(b'"');
}

fn write_raw(data: &[u8], out: &mut Vec<u8>) {
    let mut shown = data.len().min(PAYLOAD_BYTES_MAX);
    if let Some(text) = printable(data) {
        while !text.is_char_boundary(shown) {
            shown -= 1;
        }
        open(b"text", out);
        json::string(&data[..shown], out);
    } else {
        open(b"data", out);
        out.push(b'"');
        json::hex(&data[..shown], out);
        out.push(b'"');
    }
}

#[inline(always)]
fn open(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(name);
    out.extend_from_slice(b"\":");
}

/// The data as text, if it is UTF-8 without control characters other than tabs and line ends.
fn printable(data: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(data).ok()?;
    let control = |byte: u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    (!data.iter().copied().any(control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;
    use crate::seri::encode;

    fn written(kind: MessageKind, data: &[u8]) -> String {
        let mut out = Vec::new();
        write(b"args", kind, data, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn packed_text_and_bytes() {
        let packed = encode(&["ping".into(), Value::Integer(5)]).unwrap();
        assert_eq!(written(MessageKind::LUA, &packed), r#""args":["ping",5]"#);
        assert_eq!(written(MessageKind::LUA, b""), r#""args":[]"#);
        assert_eq!(written(MessageKind::TEXT, b"hi\n"), r#""text":"hi\n""#);
        assert_eq!(written(MessageKind::TEXT, b""), r#""text":"""#);
        assert_eq!(written(MessageKind::TEXT, &[0xff]), r#""data":"ff""#);
        assert_eq!(written(MessageKind(6), &[1, 0]), r#""data":"0100""#);
        assert_eq!(written(MessageKind::RESPONSE, b"OK!"), r#""text":"OK!""#);
    }

    #[test]
    fn long_data_is_cut_and_digested() {
        let digest = |data: &[u8]| format!(",\"cut\":true,\"digest\":\"{:016x}\"", xxh3_64(data));
        let packed = encode(&["say".into(), Value::String(vec![b'x'; 5000])]).unwrap();
        assert_eq!(written(MessageKind::LUA, &packed), format!("\"args\":[\"say\"]{}", digest(&packed)));
        let text = "é".repeat(3000);
        let shown = "é".repeat(2048);
        assert_eq!(
            written(MessageKind::TEXT, text.as_bytes()),
            format!("\"text\":\"{shown}\"{}", digest(text.as_bytes()))
        );
        let bytes = [0xff; 5000];
        assert_eq!(written(MessageKind::LUA, &bytes), format!("\"data\":\"{}\"{}", "ff".repeat(4096), digest(&bytes)));
    }
}
