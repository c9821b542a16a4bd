//! Calendar dates and `strftime`, as glibc does them in the C locale with UTC as the local zone.
//! Pure: no clock, no Lua.

use std::fmt::{self, Write};

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const SECONDS_PER_DAY: i64 = 86_400;

/// The conversion specifiers of C99 (`LUA_STRFTIMEOPTIONS`): those of one character, then those of two.
const ONE: &[u8] = b"aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
const TWO: &[u8] = b"EcECExEXEyEYOdOeOHOIOmOMOSOuOUOVOwOWOy";

/// A moment as a calendar shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    /// Counted as people do: 2024.
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// Of the month, 1 to 31.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// 0 is Sunday.
    pub(super) weekday: i64,
    /// Of the year, 0 to 365.
    pub(super) yearday: i64,
    /// Asked for as UTC by name: `%Z` says so.
    pub(super) universal: bool,
}

impl Date {
    /// The date at a time in Unix seconds; none when the year does not fit C's `struct tm`.
    pub(super) fn from_unix(time: i64) -> Option<Date> {
        let (days, seconds) = (time.div_euclid(SECONDS_PER_DAY), time.rem_euclid(SECONDS_PER_DAY));
        let (year, month, day) = civil_from_days(days);
        i32::try_from(year - 1900).ok()?;
        Some(Date {
            year,
            month,
            day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            weekday: (days + 4).rem_euclid(7),
            yearday: days - days_from_civil(year, 1, 1),
            universal: false,
        })
    }

    /// Unix seconds of fields that may lie outside their ranges, as `mktime` takes them; none when
    /// the year does not fit. Every field must fit an `i32`, give or take what C's `struct tm` subtracts.
    pub(super) fn to_unix(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
        let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
        let days = days_from_civil(year, month, 1) + day - 1;
        let time = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
        Date::from_unix(time).map(|_| time)
    }

    /// The ISO 8601 year and week: weeks begin on Monday, and the first has the year's first Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let week = (self.yearday - (self.weekday + 6) % 7 + 10) / 7;
        if week < 1 {
            let year = self.year - 1;
            return (year, iso_weeks(year));
        }
        if week > iso_weeks(self.year) { (self.year + 1, 1) } else { (self.year, week) }
    }

    /// Writes what a specifier of [`specifier_length`] stands for.
    ///
    /// # Errors
    /// Only those of `out`.
    pub(super) fn format(&self, specifier: &[u8], out: &mut impl Write) -> fmt::Result {
        // The C locale has no other eras or digits: E and O change nothing.
        let Some(conversion) = specifier.last() else { return Ok(()) };
        match conversion {
            b'a' => out.write_str(&WEEKDAYS[self.weekday as usize][..3]),
            b'A' => out.write_str(WEEKDAYS[self.weekday as usize]),
            b'b' | b'h' => out.write_str(&MONTHS[(self.month - 1) as usize][..3]),
            b'B' => out.write_str(MONTHS[(self.month - 1) as usize]),
            b'c' => self.all(b"a b e T Y", b' ', out),
            b'D' | b'x' => self.all(b"m/d/y", b'/', out),
            b'F' => self.all(b"Y-m-d", b'-', out),
            b'r' => self.all(b"I:M:S p", b':', out),
            b'R' => self.all(b"H:M", b':', out),
            b'T' | b'X' => self.all(b"H:M:S", b':', out),
            b'n' => out.write_char('\n'),
            b't' => out.write_char('\t'),
            b'%' => out.write_char('%'),
            b'p' => out.write_str(if self.hour < 12 { "AM" } else { "PM" }),
            b'z' => out.write_str("+0000"),
            b'Z' => out.write_str(if self.universal { "GMT" } else { "UTC" }),
            _ => self.number(*conversion, out),
        }
    }

    /// Writes several specifiers, each one letter of `pattern`, and the rest as it is.
    fn all(&self, pattern: &[u8], separator: u8, out: &mut impl Write) -> fmt::Result {
        for byte in pattern {
            if *byte == separator || *byte == b' ' {
                out.write_char(char::from(*byte))?;
            } else {
                self.format(&[*byte], out)?;
            }
        }
        Ok(())
    }

    fn number(&self, conversion: u8, out: &mut impl Write) -> fmt::Result {
        let (weekday, monday) = (self.weekday, (self.weekday + 6) % 7);
        let two = match conversion {
            b'd' => self.day,
            b'g' => self.iso_week().0.rem_euclid(100),
            b'H' => self.hour,
            b'I' => (self.hour + 11) % 12 + 1,
            b'm' => self.month,
            b'M' => self.minute,
            b'S' => self.second,
            b'U' => (self.yearday - weekday + 7) / 7,
            b'V' => self.iso_week().1,
            b'W' => (self.yearday - monday + 7) / 7,
            b'y' => self.year.rem_euclid(100),
            // As glibc: centuries and years are not padded.
            b'C' => return write!(out, "{}", self.year.div_euclid(100)),
            b'e' => return write!(out, "{:2}", self.day),
            b'G' => return write!(out, "{}", self.iso_week().0),
            b'j' => return write!(out, "{:03}", self.yearday + 1),
            b'u' => return write!(out, "{}", monday + 1),
            b'w' => return write!(out, "{weekday}"),
            b'Y' => return write!(out, "{}", self.year),
            _ => return Ok(()),
        };
        write!(out, "{two:02}")
    }
}

/// How long the conversion specifier is that `text` begins with (1 or 2), if it is one.
pub(super) fn specifier_length(text: &[u8]) -> Option<usize> {
    match text {
        [one, ..] if ONE.contains(one) => Some(1),
        [first, second, ..] if TWO.chunks(2).any(|pair| pair == [*first, *second]) => Some(2),
        _ => None,
    }
}

/// How many ISO weeks a year has: 53 when it begins or ends on a Thursday.
fn iso_weeks(year: i64) -> i64 {
    let thursday = |days: i64| (days + 4).rem_euclid(7) == 4;
    let first = days_from_civil(year, 1, 1);
    let last = days_from_civil(year + 1, 1, 1) - 1;
    if thursday(first) || thursday(last) { 53 } else { 52 }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, extended to all years. The year is
/// taken to begin in March, so that the leap day is its last; an era is 400 years.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A short text on the stack: alive across calls of Lua, it must not need dropping.
pub(super) struct Short {
    bytes: [u8; 64],
    length: usize,
}

impl Short {
    pub(super) const fn new() -> Short {
        Short { bytes: [0; 64], length: 0 }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn dates_convert_back(time in -67_768_040_609_740_800..67_768_036_191_676_799_i64) {
            let date = Date::from_unix(time).unwrap();
            prop_assert_eq!(Date::to_unix(date.year, date.month, date.day, date.hour, date.minute, date.second), Some(time));
        }

        #[test]
        fn any_time_and_specifier_is_safe(time: i64, fields: [i32; 6]) {
            let [year, month, day, hour, minute, second] = fields.map(i64::from);
            let _ = Date::to_unix(year + 1900, month + 1, day, hour, minute, second);
            if let Some(date) = Date::from_unix(time) {
                for specifier in ONE {
                    date.format(&[*specifier], &mut Short::new()).unwrap();
                }
            }
        }
    }

    #[test]
    fn years_end_where_struct_tm_does() {
        assert!(Date::from_unix(67_768_036_191_676_799).is_some());
        assert!(Date::from_unix(67_768_036_191_676_800).is_none());
        assert!(Date::from_unix(-67_768_040_609_740_800).is_some());
        assert!(Date::from_unix(-67_768_040_609_740_801).is_none());
        assert!(Date::from_unix(i64::MAX).is_none());
        assert!(Date::from_unix(i64::MIN).is_none());
    }
}
