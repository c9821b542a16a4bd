//! The wall clock that a node shows at virtual time 0. Never the host's.

use std::fmt;
use std::str::FromStr;

/// A moment of the calendar, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime {
    /// Whole seconds since 1970-01-01T00:00:00Z; negative before.
    pub seconds: i64,
    /// Nanoseconds after `seconds`, 0 to 999 999 999.
    pub nanos: u32,
}

/// 2024-01-01T00:00:00Z.
impl Default for WallTime {
    fn default() -> Self {
        WallTime { seconds: 1_704_067_200, nanos: 0 }
    }
}

/// Why a text is not a moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a moment in time: write date, time and zone (RFC 3339), as in `2024-01-01T00:00:00Z`")]
pub struct WallTimeError(String);

impl FromStr for WallTime {
    type Err = WallTimeError;

    fn from_str(text: &str) -> Result<WallTime, WallTimeError> {
        let stamp: jiff::Timestamp = text.parse().map_err(|_| WallTimeError(text.to_owned()))?;
        let (seconds, nanos) = (stamp.as_second(), stamp.subsec_nanosecond());
        // jiff counts the fraction away from zero: before 1970 it is negative.
        Ok(match u32::try_from(nanos) {
            Ok(nanos) => WallTime { seconds, nanos },
            Err(_) => WallTime { seconds: seconds - 1, nanos: 1_000_000_000 - nanos.unsigned_abs() },
        })
    }
}

/// RFC 3339 in UTC, in the form that [`WallTime::from_str`] reads.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i32::try_from(self.nanos).unwrap_or(i32::MAX);
        match jiff::Timestamp::new(self.seconds, nanos) {
            Ok(stamp) => stamp.fmt(f),
            Err(_) => write!(f, "{}.{:09}s since 1970", self.seconds, self.nanos),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_zones_and_fractions() {
        assert_eq!("2024-01-01T00:00:00Z".parse(), Ok(WallTime::default()));
        assert_eq!("2024-01-01T02:00:00+02:00".parse(), Ok(WallTime::default()));
        assert_eq!("1969-12-31T23:59:59.25Z".parse(), Ok(WallTime { seconds: -1, nanos: 250_000_000 }));
        for wrong in ["now", "2024-01-01", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00"] {
            assert!(wrong.parse::<WallTime>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn printed_moments_read_back(seconds in -60_000_000_000_i64..200_000_000_000, nanos in 0_u32..1_000_000_000) {
            let moment = WallTime { seconds, nanos };
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }
}
