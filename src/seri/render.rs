//! From bytes to JSON in one pass, without values in between: the hot path of tracing.
//!
//! Nothing is lost: an integer and a float, a string and bytes, the key `1` and the key `"[1]"`
//! stay apart. Objects keep the order of the packing.

use super::DECODE_DEPTH_MAX;
use super::json;
use super::wire::{
    BOOLEAN, LONG_STRING, NIL, NUMBER, NUMBER_REAL, POINTER, Reader, SHORT_STRING, TABLE, cookie_of, kind_of,
};

/// Whether the bytes are a complete packing. On `true` a compact JSON array of its values was appended to `out`; on
/// `false` (the bytes are not a packing, or tables nest over [`DECODE_DEPTH_MAX`] levels) `out` is
/// as before. Allocates nothing but room in `out`.
///
/// - integers: numbers; floats: numbers with a point or exponent, else `{"$float":"nan"}`
/// - strings: strings if UTF-8, else `{"$bytes":"<hex>"}`; light userdata: `{"$pointer":N}`
/// - a table with an array part only (or empty): an array
/// - any other table: an object; keys that are not strings in brackets (`"[1]"`, `"[true]"`,
///   `"[$pointer:N]"`, `"[$bytes:<hex>]"`, a table `"[$packed:<hex>]"`), and string keys that begin
///   with `[` or `$` as `"[\"...\"]"`, so that all differ
pub fn render_json(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut renderer = Renderer { reader: Reader::new(bytes), out };
    let complete = renderer.values().is_some();
    if !complete {
        out.truncate(start);
    }
    complete
}

/// The length in bytes of as many whole leading values as fit into `limit` bytes; `None` if the
/// bytes are not a complete packing.
#[must_use]
pub fn whole_values(bytes: &[u8], limit: usize) -> Option<usize> {
    let mut reader = Reader::new(bytes);
    let mut fitting = 0;
    while reader.remaining() > 0 {
        skip(&mut reader, 0)?;
        let read = bytes.len() - reader.remaining();
        if read <= limit {
            fitting = read;
        }
    }
    Some(fitting)
}

struct Renderer<'a, 'b> {
    reader: Reader<'a>,
    out: &'b mut Vec<u8>,
}

impl Renderer<'_, '_> {
    fn values(&mut self) -> Option<()> {
        self.out.push(b'[');
        if let Some(tag) = self.reader.tag() {
            self.value(tag, 0)?;
        }
        while let Some(tag) = self.reader.tag() {
            self.out.push(b',');
            self.value(tag, 0)?;
        }
        self.out.push(b']');
        Some(())
    }

    #[inline]
    fn value(&mut self, tag: u8, depth: usize) -> Option<()> {
        let cookie = cookie_of(tag);
        match kind_of(tag) {
            NIL => self.out.extend_from_slice(b"null"),
            BOOLEAN => self.out.extend_from_slice(if cookie == 0 { b"false" } else { b"true" }),
            NUMBER if cookie == NUMBER_REAL => self.float()?,
            NUMBER => json::small_integer(self.reader.integer(cookie)?, self.out),
            POINTER => {
                self.out.extend_from_slice(b"{\"$pointer\":");
                json::integer(self.reader.pointer()?, self.out);
                self.out.push(b'}');
            }
            SHORT_STRING => json::string(self.reader.take(usize::from(cookie))?, self.out),
            LONG_STRING => json::string(self.reader.long_string(cookie)?, self.out),
            TABLE => self.table(cookie, depth)?,
            _ => return None,
        }
        Some(())
    }

    fn float(&mut self) -> Option<()> {
        let value = self.reader.real()?;
        if value.is_finite() {
            json::finite(value, self.out);
        } else {
            self.out.extend_from_slice(b"{\"$float\":\"");
            self.out.extend_from_slice(json::not_finite(value).as_bytes());
            self.out.extend_from_slice(b"\"}");
        }
        Some(())
    }

    fn table(&mut self, cookie: u8, depth: usize) -> Option<()> {
        if depth >= DECODE_DEPTH_MAX {
            return None;
        }
        let size = self.reader.array_size(cookie)?;
        // Whether pairs follow decides the first byte, so look past the array part before.
        let mut ahead = self.reader;
        for _ in 0..size {
            skip(&mut ahead, depth + 1)?;
        }
        if kind_of(ahead.peek()?) == NIL { self.array(size, depth) } else { self.object(size, depth) }
    }

    fn array(&mut self, size: u32, depth: usize) -> Option<()> {
        self.out.push(b'[');
        for index in 0..size {
            if index > 0 {
                self.out.push(b',');
            }
            let tag = self.reader.tag()?;
            self.value(tag, depth + 1)?;
        }
        self.reader.tag()?;
        self.out.push(b']');
        Some(())
    }

    fn object(&mut self, size: u32, depth: usize) -> Option<()> {
        self.out.push(b'{');
        for index in 1..=size {
            self.out.extend_from_slice(b"\"[");
            json::integer(index, self.out);
            self.out.extend_from_slice(b"]\":");
            let tag = self.reader.tag()?;
            self.value(tag, depth + 1)?;
            self.out.push(b',');
        }
        loop {
            let tag = self.reader.tag()?;
            if kind_of(tag) == NIL {
                break;
            }
            self.key(tag, depth + 1)?;
            self.out.push(b':');
            let tag = self.reader.tag()?;
            self.value(tag, depth + 1)?;
            self.out.push(b',');
        }
        // The comma after the last pair makes room for the end.
        self.out.pop();
        self.out.push(b'}');
        Some(())
    }

    fn key(&mut self, tag: u8, depth: usize) -> Option<()> {
        let cookie = cookie_of(tag);
        match kind_of(tag) {
            SHORT_STRING => {
                let bytes = self.reader.take(usize::from(cookie))?;
                self.string_key(bytes);
                return Some(());
            }
            LONG_STRING => {
                let bytes = self.reader.long_string(cookie)?;
                self.string_key(bytes);
                return Some(());
            }
            _ => self.out.extend_from_slice(b"\"["),
        }
        match kind_of(tag) {
            BOOLEAN => self.out.extend_from_slice(if cookie == 0 { b"false" } else { b"true" }),
            NUMBER if cookie == NUMBER_REAL => {
                let value = self.reader.real().filter(|value| !value.is_nan())?;
                if value.is_finite() {
                    json::finite(value, self.out);
                } else {
                    self.out.extend_from_slice(json::not_finite(value).as_bytes());
                }
            }
            NUMBER => json::integer(self.reader.integer(cookie)?, self.out),
            POINTER => {
                self.out.extend_from_slice(b"$pointer:");
                json::integer(self.reader.pointer()?, self.out);
            }
            TABLE => self.packed_key(cookie, depth)?,
            _ => return None,
        }
        self.out.extend_from_slice(b"]\"");
        Some(())
    }

    fn string_key(&mut self, bytes: &[u8]) {
        let bracketed = matches!(bytes.first(), Some(b'[' | b'$'));
        if json::is_plain(bytes) && !bracketed {
            json::string(bytes, self.out);
        } else if std::str::from_utf8(bytes).is_err() {
            self.out.extend_from_slice(b"\"[$bytes:");
            json::hex(bytes, self.out);
            self.out.extend_from_slice(b"]\"");
        } else if bracketed {
            self.out.extend_from_slice(b"\"[\\\"");
            json::escaped(bytes, self.out);
            self.out.extend_from_slice(b"\\\"]\"");
        } else {
            json::string(bytes, self.out);
        }
    }

    /// A table is no name, so its packing stands for it.
    fn packed_key(&mut self, cookie: u8, depth: usize) -> Option<()> {
        let before = self.reader.rest();
        skip_table(&mut self.reader, cookie, depth)?;
        let length = before.len() - self.reader.remaining();
        self.out.extend_from_slice(b"$packed:");
        json::hex(&[super::wire::tag(TABLE, cookie)], self.out);
        json::hex(&before[..length], self.out);
        Some(())
    }
}

/// Steps over one value and gives its first byte.
#[inline]
fn skip(reader: &mut Reader<'_>, depth: usize) -> Option<u8> {
    let tag = reader.tag()?;
    let cookie = cookie_of(tag);
    match kind_of(tag) {
        NIL | BOOLEAN => {}
        NUMBER if cookie == NUMBER_REAL => drop(reader.real()?),
        NUMBER => drop(reader.integer(cookie)?),
        POINTER => drop(reader.pointer()?),
        SHORT_STRING => drop(reader.take(usize::from(cookie))?),
        LONG_STRING => drop(reader.long_string(cookie)?),
        TABLE => skip_table(reader, cookie, depth)?,
        _ => return None,
    }
    Some(tag)
}

fn skip_table(reader: &mut Reader<'_>, cookie: u8, depth: usize) -> Option<()> {
    if depth >= DECODE_DEPTH_MAX {
        return None;
    }
    for _ in 0..reader.array_size(cookie)? {
        skip(reader, depth + 1)?;
    }
    loop {
        let mut key = *reader;
        let tag = skip(reader, depth + 1)?;
        if kind_of(tag) == NIL {
            return Some(());
        }
        if kind_of(tag) == NUMBER && cookie_of(tag) == NUMBER_REAL {
            key.tag()?;
            key.real().filter(|value| !value.is_nan())?;
        }
        skip(reader, depth + 1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Table, Value};
    use crate::seri::{decode, encode};
    use proptest::prelude::*;

    fn rendered(values: &[Value]) -> String {
        let mut out = b"before ".to_vec();
        assert!(render_json(&encode(values).unwrap(), &mut out));
        String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned()
    }

    fn table(array: &[Value], pairs: &[(Value, Value)]) -> Value {
        Value::Table(Table { array: array.to_vec(), pairs: pairs.to_vec() })
    }

    #[test]
    fn scalars() {
        assert_eq!(rendered(&[]), "[]");
        assert_eq!(rendered(&[Value::from("ping"), Value::Integer(5)]), r#"["ping",5]"#);
        assert_eq!(rendered(&[Value::Float(3.0), Value::Float(-0.0), Value::Float(1e21)]), "[3.0,-0.0,1e21]");
        assert_eq!(rendered(&[Value::Float(f64::NAN)]), r#"[{"$float":"nan"}]"#);
        assert_eq!(rendered(&[Value::Float(f64::NEG_INFINITY)]), r#"[{"$float":"-inf"}]"#);
        assert_eq!(rendered(&[Value::Nil, Value::Boolean(true), Value::Pointer(7)]), r#"[null,true,{"$pointer":7}]"#);
        assert_eq!(rendered(&[Value::String(vec![0xff])]), r#"[{"$bytes":"ff"}]"#);
    }

    #[test]
    fn tables() {
        let one = || Value::Integer(1);
        assert_eq!(rendered(&[table(&[], &[]), table(&[one(), Value::Nil], &[])]), "[[],[1,null]]");
        assert_eq!(rendered(&[table(&[], &[("a".into(), one())])]), r#"[{"a":1}]"#);
        assert_eq!(rendered(&[table(&[one()], &[("a".into(), table(&[], &[]))])]), r#"[{"[1]":1,"a":[]}]"#);
        let keys = [Value::Integer(5), Value::Float(1.5), Value::Boolean(true), "[5]".into(), "$float".into()];
        let pairs = keys.map(|key| (key, one()));
        assert_eq!(
            rendered(&[table(&[], &pairs)]),
            r#"[{"[5]":1,"[1.5]":1,"[true]":1,"[\"[5]\"]":1,"[\"$float\"]":1}]"#
        );
        let pairs = [(Value::String(vec![0xfe]), one()), (Value::Pointer(3), one()), (table(&[one()], &[]), one())];
        assert_eq!(rendered(&[table(&[], &pairs)]), r#"[{"[$bytes:fe]":1,"[$pointer:3]":1,"[$packed:0e0a0100]":1}]"#);
    }

    #[test]
    fn what_is_no_packing_leaves_no_mark() {
        for bytes in [&[0x0a][..], &[0x09, 0x07], &[0x0e, 9], &[0x06, 9], &[0x06, 9, 9], &[0x0e; 500]] {
            let mut out = b"kept".to_vec();
            assert!(!render_json(bytes, &mut out), "{bytes:?}");
            assert_eq!(out, b"kept");
        }
    }

    #[test]
    fn leading_values_that_fit() {
        let bytes = encode(&["ab".into(), "cd".into(), "ef".into()]).unwrap();
        assert_eq!(whole_values(&bytes, 0), Some(0));
        assert_eq!(whole_values(&bytes, 7), Some(6));
        assert_eq!(whole_values(&bytes, 100), Some(9));
        assert_eq!(whole_values(&bytes[..8], 7), None);
    }

    /// All three readers agree on what a packing is, and what is rendered is JSON.
    fn agrees(bytes: &[u8]) {
        let mut out = Vec::new();
        let complete = render_json(bytes, &mut out);
        assert_eq!(complete, decode(bytes).is_ok());
        assert_eq!(complete, whole_values(bytes, usize::MAX) == Some(bytes.len()));
        if complete {
            let parsed: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(parsed.as_array().unwrap().len(), decode(bytes).unwrap().len());
        } else {
            assert!(out.is_empty());
        }
    }

    proptest! {
        #[test]
        fn of_values(values in crate::seri::samples::values()) {
            agrees(&encode(&values).unwrap());
        }

        #[test]
        fn of_garbage(bytes: Vec<u8>) {
            agrees(&bytes);
        }

        #[test]
        fn of_damage(values in crate::seri::samples::values(), cut: usize, at: usize, byte: u8) {
            let mut bytes = encode(&values).unwrap();
            if !bytes.is_empty() {
                let at = at % bytes.len();
                bytes[at] = byte;
                agrees(&bytes);
                bytes.truncate(cut % bytes.len());
                agrees(&bytes);
            }
        }
    }
}
