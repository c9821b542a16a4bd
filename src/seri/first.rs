//! The first value of a packing, without decoding the rest.

use super::wire::{LONG_STRING, Reader, SHORT_STRING, cookie_of, kind_of};

/// The first value, if it is a string: the command of a request, by custom of Lua services.
#[inline]
#[must_use]
pub fn first_string(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes);
    let tag = reader.tag()?;
    match kind_of(tag) {
        SHORT_STRING => reader.take(usize::from(cookie_of(tag))),
        LONG_STRING => reader.long_string(cookie_of(tag)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;
    use crate::seri::{decode, encode};
    use proptest::prelude::*;

    #[test]
    fn only_strings_at_the_front() {
        let long = "x".repeat(70_000);
        for text in ["", "say", &long] {
            let packed = encode(&[text.into(), Value::Integer(1)]).unwrap();
            assert_eq!(first_string(&packed), Some(text.as_bytes()));
        }
        assert_eq!(first_string(&encode(&[Value::Integer(1), "say".into()]).unwrap()), None);
        assert_eq!(first_string(b""), None);
    }

    proptest! {
        #[test]
        fn garbage_agrees_with_decoding(bytes: Vec<u8>) {
            let first = first_string(&bytes).map(<[u8]>::to_vec);
            if let Ok(values) = decode(&bytes) {
                let decoded = match values.into_iter().next() {
                    Some(Value::String(text)) => Some(text),
                    _ => None,
                };
                prop_assert_eq!(first, decoded);
            }
        }
    }
}
