//! Virtual time: integer nanoseconds since the start of a run, and spans of it.
//! No clock of the host is read here or anywhere below.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One tick of Skynet's timer, 1/100 s (`skynet_timer.c`).
pub const TICK: Span = Span::from_millis(10);

/// A moment of a run: nanoseconds since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VirtualTime(u64);

/// A length of virtual time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl VirtualTime {
    /// The start of every run.
    pub const ZERO: VirtualTime = VirtualTime(0);
    /// Later than everything that can happen.
    pub const MAX: VirtualTime = VirtualTime(u64::MAX);

    /// The moment `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        VirtualTime(nanos)
    }

    /// The start of a tick of Skynet's timer.
    #[must_use]
    pub const fn from_ticks(ticks: u64) -> Self {
        VirtualTime(ticks.saturating_mul(TICK.0))
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole ticks since the start: what `skynet.now()` shows.
    #[must_use]
    pub const fn as_ticks(self) -> u64 {
        self.0 / TICK.0
    }

    /// The span since an earlier moment; zero if `earlier` is not earlier.
    #[must_use]
    pub const fn since(self, earlier: VirtualTime) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A span of nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Span(nanos)
    }

    /// A span of milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Span(millis.saturating_mul(1_000_000))
    }

    /// A span of Skynet ticks.
    #[must_use]
    pub const fn from_ticks(ticks: u64) -> Self {
        Span(ticks.saturating_mul(TICK.0))
    }

    /// The span in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
}

impl std::ops::Add<Span> for VirtualTime {
    type Output = VirtualTime;
    fn add(self, span: Span) -> VirtualTime {
        VirtualTime(self.0.saturating_add(span.0))
    }
}

impl std::ops::Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

/// Seconds with as many decimals as needed, at least three: `1.500s`, `0.010003s`.
impl fmt::Display for VirtualTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        let digits = format!("{nanos:09}");
        let kept = digits.trim_end_matches('0').len().max(3);
        write!(f, "{seconds}.{}s", &digits[..kept])
    }
}

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("tick", TICK.0),
    ("ticks", TICK.0),
];

/// In the largest unit that keeps it whole, in the form that [`Span::from_str`] reads: `250ms`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, nanos) = ["h", "m", "s", "ms", "us"]
            .iter()
            .filter_map(|name| UNITS.iter().find(|(unit, _)| unit == name))
            .find(|(_, nanos)| self.0 != 0 && self.0.is_multiple_of(*nanos))
            .unwrap_or(if self.0 == 0 { &UNITS[3] } else { &UNITS[0] });
        write!(f, "{}{unit}", self.0 / nanos)
    }
}

/// Why a text is not a span.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// A number alone: ticks or milliseconds? The text does not say.
    #[error("`{0}` has no unit: write `{0}ms`, `{0}s` or `{0} ticks` (1 tick = 10 ms)")]
    NoUnit(String),
    /// The unit is none of those known.
    #[error("`{0}` is not a unit of time: use ns, us, ms, s, m, h or ticks (1 tick = 10 ms)")]
    Unit(String),
    /// The text does not begin with a number.
    #[error("`{0}` is not a duration: write a number and a unit, as in `250ms`, `1.5s` or `5 ticks`")]
    Number(String),
    /// More than about 584 years.
    #[error("`{0}` is longer than virtual time can be (about 584 years)")]
    TooLong(String),
}

/// Reads `250ms`, `1.5s`, `5 ticks`. Units: ns, us, ms, s, m, h, tick(s). Fractions are exact to
/// the nanosecond; a bare number is refused.
impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Span, SpanError> {
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(trimmed.len());
        let (number, unit) = (trimmed[..split].replace('_', ""), trimmed[split..].trim());
        let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
        let digits = !(whole.is_empty() || number.contains('.') && fraction.is_empty());
        if !digits || fraction.contains('.') {
            return Err(SpanError::Number(text.to_owned()));
        }
        if unit.is_empty() {
            return Err(SpanError::NoUnit(number));
        }
        let (_, scale) =
            UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(|| SpanError::Unit(unit.to_owned()))?;
        let too_long = || SpanError::TooLong(text.to_owned());
        let whole: u64 = whole.parse().map_err(|_| too_long())?;
        let mut nanos = whole.checked_mul(*scale).ok_or_else(too_long)?;
        let mut place = *scale;
        for digit in fraction.bytes().take(18) {
            place /= 10;
            nanos = nanos.checked_add(u64::from(digit - b'0') * place).ok_or_else(too_long)?;
        }
        Ok(Span(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_need_a_unit() {
        assert_eq!("250ms".parse(), Ok(Span::from_millis(250)));
        assert_eq!("1.5s".parse(), Ok(Span::from_millis(1500)));
        assert_eq!("5 ticks".parse(), Ok(Span::from_millis(50)));
        assert_eq!("30".parse::<Span>(), Err(SpanError::NoUnit("30".into())));
        assert_eq!("3 weeks".parse::<Span>(), Err(SpanError::Unit("weeks".into())));
        assert!(matches!("fast".parse::<Span>(), Err(SpanError::Number(_))));
        assert!(matches!("1.s".parse::<Span>(), Err(SpanError::Number(_))));
        assert!(matches!("99999999999h".parse::<Span>(), Err(SpanError::TooLong(_))));
    }

    #[test]
    fn moments_print_as_seconds() {
        assert_eq!(VirtualTime::from_nanos(1_500_000_000).to_string(), "1.500s");
        assert_eq!(VirtualTime::from_nanos(10_003_000).to_string(), "0.010003s");
    }

    proptest! {
        #[test]
        fn printed_spans_read_back(nanos: u64) {
            let span = Span::from_nanos(nanos);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }

        #[test]
        fn garbage_never_panics(text in ".*") {
            let _ = text.parse::<Span>();
        }
    }
}
