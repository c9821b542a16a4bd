//! JSON tokens appended to a byte buffer: the alphabet of [`render_json`](super::render_json) and
//! of trace lines. No formatting machinery, so that tracing stays cheap.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a number in decimal.
#[inline]
pub(crate) fn integer<I: itoa::Integer>(value: I, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// [`integer`] for numbers that are mostly small: eight digits at once, without a loop.
#[inline]
pub(crate) fn small_integer(value: i64, out: &mut Vec<u8>) {
    match u64::try_from(value) {
        Ok(value) if value < EIGHT_DIGITS => {
            let (digits, length) = decimal(value);
            let start = out.len();
            // A copy of fixed length is one store; what is too much goes again.
            out.extend_from_slice(&digits);
            out.truncate(start + length);
        }
        _ => integer(value, out),
    }
}

/// The first number that [`decimal`] and [`eight_digits`] cannot show.
pub(crate) const EIGHT_DIGITS: u64 = 100_000_000;

/// The decimal digits of a number below [`EIGHT_DIGITS`], and how many bytes of these count.
#[inline]
pub(crate) fn decimal(value: u64) -> ([u8; 8], usize) {
    let digits = spread(value);
    // The first digit lies in the lowest byte. The last one is shown even if it is 0.
    let zeros = (digits | 1 << 56).trailing_zeros() & !7;
    (((digits + ASCII_ZEROS) >> zeros).to_le_bytes(), 8 - (zeros / 8) as usize)
}

/// The same with leading zeros.
#[inline]
pub(crate) fn eight_digits(value: u64) -> [u8; 8] {
    (spread(value) + ASCII_ZEROS).to_le_bytes()
}

const ASCII_ZEROS: u64 = 0x3030_3030_3030_3030;

/// One decimal digit for each byte, the first in the lowest: the number is cut in halves, these in quarters, these
/// in eighths, the halves of a step side by side in one word. Dividing by 100 and 10 is multiplying and shifting,
/// exact for numbers below 10000 and 100.
#[inline]
fn spread(value: u64) -> u64 {
    debug_assert!(value < EIGHT_DIGITS);
    let halves = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let quarters = hundreds | ((halves - hundreds * 100) << 16);
    let tens = ((quarters * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((quarters - tens * 10) << 8)
}

/// Appends a float's shortest exact form, always with a point or an exponent (`3.0`, `1e21`).
/// Only for finite values: JSON has no others.
pub(crate) fn finite(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
}

/// The name of a float that is not finite: `nan`, `inf` or `-inf`.
pub(crate) fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "nan"
    } else if value > 0.0 {
        "inf"
    } else {
        "-inf"
    }
}

/// Appends two hex digits for each byte.
pub(crate) fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// The 8 hex digits of `value`.
#[inline]
pub(crate) fn hex32(value: u32) -> [u8; 8] {
    // Spread the eight nibbles over the bytes of one word, then turn all of them into digits.
    let mut word = u64::from(value);
    word = (word | word << 16) & 0x0000_ffff_0000_ffff;
    word = (word | word << 8) & 0x00ff_00ff_00ff_00ff;
    word = (word | word << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let over_nine = ((word + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
    (word + 0x3030_3030_3030_3030 + over_nine * 0x27).to_be_bytes()
}

/// The 16 hex digits of `value`.
#[inline]
pub(crate) fn hex64(value: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    #[expect(clippy::cast_possible_truncation, reason = "the halves are taken apart")]
    let (high, low) = ((value >> 32) as u32, value as u32);
    digits[..8].copy_from_slice(&hex32(high));
    digits[8..].copy_from_slice(&hex32(low));
    digits
}

/// Appends a string: a JSON string if the bytes are UTF-8, else `{"$bytes":"<hex>"}`.
#[inline]
pub(crate) fn string(bytes: &[u8], out: &mut Vec<u8>) {
    if is_plain(bytes) {
        out.reserve(bytes.len() + 2);
        out.push(b'"');
        out.extend_from_slice(bytes);
        out.push(b'"');
    } else if std::str::from_utf8(bytes).is_ok() {
        out.push(b'"');
        escaped(bytes, out);
        out.push(b'"');
    } else {
        out.extend_from_slice(b"{\"$bytes\":\"");
        hex(bytes, out);
        out.extend_from_slice(b"\"}");
    }
}

/// Appends UTF-8 with JSON's escapes, without the quotes.
pub(crate) fn escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut copied = 0;
    for (index, byte) in text.iter().enumerate() {
        let short = match byte {
            b'"' | b'\\' => *byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => 0,
            _ => continue,
        };
        out.extend_from_slice(&text[copied..index]);
        if short == 0 {
            out.extend_from_slice(b"\\u00");
            hex(&[*byte], out);
        } else {
            out.extend_from_slice(&[b'\\', short]);
        }
        copied = index + 1;
    }
    out.extend_from_slice(&text[copied..]);
}

/// Whether the bytes are ASCII that JSON shows as it is.
#[inline]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    // Within a chunk nothing branches, so that long texts are checked many bytes at a time.
    bytes.chunks(32).all(|chunk| chunk.iter().fold(true, |plain, byte| plain & plain_byte(*byte)))
}

const fn plain_byte(byte: u8) -> bool {
    byte >= 0x20 && byte < 0x80 && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_words() {
        assert_eq!(&hex32(0x0a9f_b05c), b"0a9fb05c");
        assert_eq!(&hex32(u32::MAX), b"ffffffff");
        assert_eq!(&hex64(0x0123_4567_89ab_cdef), b"0123456789abcdef");
    }

    #[test]
    fn digits_of_numbers() {
        let powers = (0..9).map(|digits| 10_u64.pow(digits));
        let edges = powers.flat_map(|power| [power - 1, power, power + 1]);
        for value in (0..EIGHT_DIGITS).step_by(9_973).chain(0..20_000).chain(edges) {
            if value < EIGHT_DIGITS {
                let (digits, length) = decimal(value);
                assert_eq!(&digits[..length], value.to_string().as_bytes());
                assert_eq!(&eight_digits(value), format!("{value:08}").as_bytes());
            }
            for value in [value as i64, -(value as i64), (value as i64) << 31] {
                let mut out = b"<".to_vec();
                small_integer(value, &mut out);
                assert_eq!(out, format!("<{value}").as_bytes());
            }
        }
    }

    #[test]
    fn strings() {
        let text = |bytes: &[u8]| {
            let mut out = Vec::new();
            string(bytes, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(b"ping"), r#""ping""#);
        assert_eq!(text(b"a\"b\\c\n\x01"), r#""a\"b\\c\n\u0001""#);
        assert_eq!(text("é\u{7f}".as_bytes()), "\"é\u{7f}\"");
        assert_eq!(text(&[0xff, 0]), r#"{"$bytes":"ff00"}"#);
    }
}
