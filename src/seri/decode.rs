//! From bytes to values.

use super::DECODE_DEPTH_MAX;
use super::wire::{
    BOOLEAN, LONG_STRING, NIL, NUMBER, NUMBER_REAL, POINTER, Reader, SHORT_STRING, TABLE, cookie_of, kind_of,
};
use crate::base::{Table, Value};

/// Why bytes are not a packing. The texts are Skynet's where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A value is cut off, or its first byte means nothing.
    #[error("Invalid serialize stream {remaining}")]
    Invalid {
        /// Bytes that were left when reading stopped.
        remaining: usize,
    },
    /// A text's length is below zero, which Lua takes for a very large one.
    #[error("memory allocation error: block too big")]
    TooBig {
        /// Bytes that were left when reading stopped.
        remaining: usize,
    },
    /// Tables nested deeper than [`DECODE_DEPTH_MAX`]; Skynet itself would go on.
    #[error("Invalid serialize stream {remaining} (tables are nested over {DECODE_DEPTH_MAX} levels)")]
    TooDeep {
        /// Bytes that were left when reading stopped.
        remaining: usize,
    },
    /// A table key is nan.
    #[error("table index is NaN")]
    NanKey {
        /// Bytes that were left when reading stopped.
        remaining: usize,
    },
}

impl DecodeError {
    /// Bytes that were left when reading stopped: the number in Skynet's own text.
    #[must_use]
    pub const fn remaining(self) -> usize {
        match self {
            DecodeError::Invalid { remaining }
            | DecodeError::TooBig { remaining }
            | DecodeError::TooDeep { remaining }
            | DecodeError::NanKey { remaining } => remaining,
        }
    }
}

/// The values of a packing. A mirror of the bytes: pairs stand as they were written, also a
/// repeated key or a nil value, which a Lua table would merge.
///
/// # Errors
/// When the bytes are not a complete packing.
pub fn decode(bytes: &[u8]) -> Result<Vec<Value>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut values = Vec::new();
    while reader.remaining() > 0 {
        values.push(decode_value(&mut reader, 0)?);
    }
    Ok(values)
}

fn decode_value(reader: &mut Reader<'_>, depth: usize) -> Result<Value, DecodeError> {
    let Some(tag) = reader.tag() else {
        return Err(DecodeError::Invalid { remaining: 0 });
    };
    let cookie = cookie_of(tag);
    let value = match kind_of(tag) {
        NIL => Some(Value::Nil),
        BOOLEAN => Some(Value::Boolean(cookie != 0)),
        NUMBER if cookie == NUMBER_REAL => reader.real().map(Value::Float),
        NUMBER => reader.integer(cookie).map(Value::Integer),
        POINTER => reader.pointer().map(Value::Pointer),
        SHORT_STRING => reader.take(usize::from(cookie)).map(|bytes| Value::String(bytes.to_vec())),
        LONG_STRING if reader.length_is_negative(cookie) => {
            return Err(DecodeError::TooBig { remaining: reader.remaining() });
        }
        LONG_STRING => reader.long_string(cookie).map(|bytes| Value::String(bytes.to_vec())),
        TABLE => return decode_table(reader, cookie, depth).map(Value::Table),
        _ => None,
    };
    value.ok_or_else(|| DecodeError::Invalid { remaining: reader.remaining() })
}

fn decode_table(reader: &mut Reader<'_>, cookie: u8, depth: usize) -> Result<Table, DecodeError> {
    if depth >= DECODE_DEPTH_MAX {
        return Err(DecodeError::TooDeep { remaining: reader.remaining() });
    }
    let size = reader.array_size(cookie).ok_or_else(|| DecodeError::Invalid { remaining: reader.remaining() })?;
    let mut table = Table::default();
    for _ in 0..size {
        table.array.push(decode_value(reader, depth + 1)?);
    }
    loop {
        match decode_value(reader, depth + 1)? {
            Value::Nil => return Ok(table),
            Value::Float(key) if key.is_nan() => {
                return Err(DecodeError::NanKey { remaining: reader.remaining() });
            }
            key => {
                let value = decode_value(reader, depth + 1)?;
                table.pairs.push((key, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seri::{ENCODE_DEPTH_MAX, EncodeError, encode};
    use proptest::prelude::*;

    fn packs(value: Value, bytes: &[u8]) {
        assert_eq!(encode(std::slice::from_ref(&value)).unwrap(), bytes, "{value:?}");
        assert_eq!(decode(bytes).unwrap(), [value]);
    }

    fn array(values: Vec<Value>) -> Value {
        Value::Table(Table { array: values, pairs: Vec::new() })
    }

    /// `levels` tables around one `true`, or around nothing.
    fn nested(levels: usize, innermost: Option<Value>) -> Value {
        (1..levels).fold(array(innermost.into_iter().collect()), |inner, _| array(vec![inner]))
    }

    #[test]
    fn the_examples_of_the_reference() {
        packs(Value::Nil, &[0]);
        packs(Value::Boolean(false), &[0x01]);
        packs(Value::Boolean(true), &[0x09]);
        packs(Value::Integer(0), &[0x02]);
        packs(Value::Integer(1), &[0x0a, 1]);
        packs(Value::Integer(255), &[0x0a, 255]);
        packs(Value::Integer(256), &[0x12, 0, 1]);
        packs(Value::Integer(65536), &[0x22, 0, 0, 1, 0]);
        packs(Value::Integer(-1), &[0x22, 255, 255, 255, 255]);
        packs(Value::Integer(i64::from(i32::MIN)), &[0x22, 0, 0, 0, 0x80]);
        packs(Value::Integer(1 << 31), &[0x32, 0, 0, 0, 0x80, 0, 0, 0, 0]);
        packs(Value::Float(1.5), &[0x42, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]);
        packs(Value::Float(0.0), &[0x42, 0, 0, 0, 0, 0, 0, 0, 0]);
        packs(Value::Pointer(258), &[0x03, 2, 1, 0, 0, 0, 0, 0, 0]);
        packs(Value::from(""), &[0x04]);
        packs(Value::from("a"), &[0x0c, 0x61]);
        packs(array(vec![]), &[0x06, 0]);
        packs(array(vec![Value::Integer(1), Value::Integer(2)]), &[0x16, 0x0a, 1, 0x0a, 2, 0]);
        let zeros = [&[0xfe, 0x0a, 0x1f][..], &[2; 31], &[0]].concat();
        packs(array(vec![Value::Integer(0); 31]), &zeros);
        let long = [&[0x15, 0x20, 0][..], &[b'x'; 32]].concat();
        packs(Value::String(vec![b'x'; 32]), &long);
        let longer = [&[0x25, 0, 0, 1, 0][..], &[b'x'; 65536]].concat();
        packs(Value::String(vec![b'x'; 65536]), &longer);
        assert_eq!(encode(&[]), Ok(vec![]));
        assert_eq!(decode(&[]), Ok(vec![]));
    }

    #[test]
    fn depth_limits() {
        let full = nested(ENCODE_DEPTH_MAX, Some(Value::Boolean(true)));
        assert!(encode(std::slice::from_ref(&full)).is_ok());
        assert!(encode(&[nested(ENCODE_DEPTH_MAX + 1, None)]).is_ok());
        assert_eq!(encode(&[nested(ENCODE_DEPTH_MAX + 1, Some(Value::Nil))]), Err(EncodeError::TooDeep));
        let mut deep = vec![0x0e; DECODE_DEPTH_MAX];
        deep.push(9);
        deep.extend(vec![0; DECODE_DEPTH_MAX]);
        assert!(decode(&deep).is_ok());
        deep.insert(0, 0x0e);
        deep.push(0);
        assert!(matches!(decode(&deep), Err(DecodeError::TooDeep { .. })));
        assert!(matches!(decode(&[0x0e; 1_000_000]), Err(DecodeError::TooDeep { .. })));
    }

    #[test]
    fn errors_count_what_remains() {
        assert_eq!(decode(&[0x0a]).unwrap_err().to_string(), "Invalid serialize stream 0");
        assert_eq!(decode(&[0x22, 1, 2]).unwrap_err().to_string(), "Invalid serialize stream 2");
        assert_eq!(decode(&[0x07, 1, 2, 3]).unwrap_err().to_string(), "Invalid serialize stream 3");
        assert_eq!(decode(&[0x15, 9, 0, 1]).unwrap_err().to_string(), "Invalid serialize stream 1");
        assert_eq!(
            decode(&[0x06, 0x42, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 9, 0]),
            Err(DecodeError::NanKey { remaining: 2 })
        );
    }

    /// What the real binary says, less its line numbers.
    #[test]
    fn the_texts_of_real_skynet() {
        let seen: [(&[u8], &str); 10] = [
            (b"\x0a", "Invalid serialize stream 0"),
            (b"\x22\x01\x02", "Invalid serialize stream 2"),
            (b"\x07\x01\x02\x03", "Invalid serialize stream 3"),
            (b"\x15\x09\x00\x01", "Invalid serialize stream 1"),
            (b"\x25\xff\xff\xff\xff", "memory allocation error: block too big"),
            (b"\x25\xff\xff\xff\x7f", "Invalid serialize stream 0"),
            (b"\x0e\x09", "Invalid serialize stream 0"),
            (b"\x6a\x01\x02", "Invalid serialize stream 2"),
            (b"\x1d\x01\x02\x03", "Invalid serialize stream 3"),
            (b"\xfe\x42\x01", "Invalid serialize stream 1"),
        ];
        for (bytes, text) in seen {
            assert_eq!(decode(bytes).unwrap_err().to_string(), text, "{bytes:?}");
        }
        assert_eq!(decode(b"\xfe\x22\xff\xff\xff\xff\0\x09").unwrap().len(), 2);
    }

    #[test]
    fn the_bytes_of_real_skynet() {
        let integers = [65535, i64::MIN, 2147483647, -2147483648, -2147483649].map(Value::Integer);
        let packed =
            b"\x12\xff\xff\x32\0\0\0\0\0\0\0\x80\x22\xff\xff\xff\x7f\x22\0\0\0\x80\x32\xff\xff\xff\x7f\xff\xff\xff\xff";
        assert_eq!(encode(&integers).unwrap(), packed);
        let floats = [-0.0, f64::INFINITY, f64::NEG_INFINITY, 3.0].map(Value::Float);
        let packed = b"\x42\0\0\0\0\0\0\0\x80\x42\0\0\0\0\0\0\xf0\x7f\x42\0\0\0\0\0\0\xf0\xff\x42\0\0\0\0\0\0\x08\x40";
        assert_eq!(encode(&floats).unwrap(), packed);
    }

    #[test]
    fn a_claimed_size_allocates_nothing() {
        assert_eq!(decode(&[0xfe, 0x22, 0xff, 0xff, 0xff, 0x7f]), Err(DecodeError::Invalid { remaining: 0 }));
        // A negative size is no size, as in C.
        assert_eq!(decode(&[0xfe, 0x22, 0xff, 0xff, 0xff, 0xff, 0]), Ok(vec![array(vec![])]));
    }

    #[test]
    fn keys_no_table_can_have() {
        for key in [Value::Nil, Value::Float(f64::NAN)] {
            let table = Table { array: vec![], pairs: vec![(key, Value::Boolean(true))] };
            assert_eq!(encode(&[Value::Table(table)]), Err(EncodeError::Key));
        }
    }

    proptest! {
        #[test]
        fn round_trip(values in crate::seri::samples::values()) {
            prop_assert_eq!(decode(&encode(&values).unwrap()).unwrap(), values);
        }

        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }

        #[test]
        fn damage_never_panics(values in crate::seri::samples::values(), cut: usize, at: usize, byte: u8) {
            let mut bytes = encode(&values).unwrap();
            if !bytes.is_empty() {
                let at = at % bytes.len();
                bytes[at] = byte;
                bytes.truncate(1 + cut % bytes.len());
                let _ = decode(&bytes);
            }
        }
    }
}
