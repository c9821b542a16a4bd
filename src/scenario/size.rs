//! Sizes of memory: `64MiB`. A number without a unit is refused, as with durations.

/// Why a text is not a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a size: write a whole number and one of B, KiB, MiB, GiB, as in `64MiB`")]
pub struct SizeError(String);

/// Units of 2^0, 2^10, 2^20 and 2^30 bytes.
const UNITS: [(&str, u32); 4] = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)];

/// The bytes that a text such as `64MiB` means.
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let refused = || SizeError(text.to_owned());
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).ok_or_else(refused)?;
    let (number, unit) = (&trimmed[..digits], trimmed[digits..].trim());
    let (_, shift) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
    let number: u64 = number.parse().map_err(|_| refused())?;
    number.checked_mul(1 << shift).ok_or_else(refused)
}

/// Bytes in the largest unit that keeps them whole.
#[must_use]
pub fn format_size(bytes: u64) -> String {
    let whole = |shift: u32| bytes != 0 && bytes.is_multiple_of(1 << shift);
    let (unit, shift) = UNITS.iter().find(|(_, shift)| whole(*shift)).unwrap_or(&UNITS[3]);
    format!("{}{unit}", bytes >> shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_need_a_unit() {
        assert_eq!(parse_size("64MiB"), Ok(64 << 20));
        assert_eq!(parse_size("1 KiB"), Ok(1024));
        for wrong in ["64", "64MB", "MiB", "", "-1B", "99999999999GiB", "1.5GiB"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn printed_sizes_read_back(bytes: u64) {
            prop_assert_eq!(parse_size(&format_size(bytes)), Ok(bytes));
        }

        #[test]
        fn garbage_never_panics(text in ".*") {
            let _ = parse_size(&text);
        }
    }
}
