//! The tags of the format and a reader that never leaves its slice. Knows the layout of single
//! values; tables are put together by its users.

/// `nil`.
pub const NIL: u8 = 0;
/// Boolean; the cookie is the value.
pub const BOOLEAN: u8 = 1;
/// Integer or float; the cookie is one of the `NUMBER_*` widths.
pub const NUMBER: u8 = 2;
/// Light userdata: 8 bytes.
pub const POINTER: u8 = 3;
/// String; the cookie is the length in bytes.
pub const SHORT_STRING: u8 = 4;
/// String; the cookie is the width of the length that follows, 2 or 4 bytes.
pub const LONG_STRING: u8 = 5;
/// Table; the cookie is the array size, or [`COOKIE_MAX`] and an integer follows.
pub const TABLE: u8 = 6;

/// The integer 0.
pub(super) const NUMBER_ZERO: u8 = 0;
/// An unsigned byte.
pub(super) const NUMBER_BYTE: u8 = 1;
/// An unsigned 16-bit integer.
pub(super) const NUMBER_WORD: u8 = 2;
/// A signed 32-bit integer.
pub(super) const NUMBER_DWORD: u8 = 4;
/// A signed 64-bit integer.
pub(super) const NUMBER_QWORD: u8 = 6;
/// A 64-bit float.
pub(super) const NUMBER_REAL: u8 = 8;

/// The largest cookie: five bits.
pub(super) const COOKIE_MAX: u8 = 31;

/// A value's first byte.
pub(super) const fn tag(kind: u8, cookie: u8) -> u8 {
    kind | cookie << 3
}

/// The type in a first byte.
pub(super) const fn kind_of(tag: u8) -> u8 {
    tag & 7
}

/// The cookie in a first byte.
pub(super) const fn cookie_of(tag: u8) -> u8 {
    tag >> 3
}

/// What is left of a packing. A read that fails consumes nothing, so that
/// [`remaining`](Reader::remaining) is the number that the real error text shows.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    /// Bytes not read yet.
    pub(super) fn remaining(&self) -> usize {
        self.0.len()
    }

    /// The bytes not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next byte, left where it is.
    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next `count` bytes.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    /// The next value's first byte.
    #[inline]
    pub(super) fn tag(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The integer whose width is `cookie`; `None` also for the float's.
    #[inline]
    pub(super) fn integer(&mut self, cookie: u8) -> Option<i64> {
        Some(match cookie {
            NUMBER_ZERO => 0,
            NUMBER_BYTE => i64::from(self.tag()?),
            NUMBER_WORD => i64::from(u16::from_le_bytes(self.array()?)),
            NUMBER_DWORD => i64::from(i32::from_le_bytes(self.array()?)),
            NUMBER_QWORD => i64::from_le_bytes(self.array()?),
            _ => return None,
        })
    }

    /// A float.
    pub(super) fn real(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// A pointer.
    pub(super) fn pointer(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Whether the length of a long string that begins here is below zero. As in C it is an `int`.
    pub(super) fn length_is_negative(&self, cookie: u8) -> bool {
        cookie == 4 && self.0.get(3).is_some_and(|high| *high >= 0x80)
    }

    /// The bytes of a long string whose length is `cookie` bytes wide.
    pub(super) fn long_string(&mut self, cookie: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = match cookie {
            2 => usize::from(u16::from_le_bytes(ahead.array()?)),
            4 => usize::try_from(u32::from_le_bytes(ahead.array()?)).ok()?,
            _ => return None,
        };
        // The real reader has taken the length when it finds the bytes missing.
        *self = ahead;
        self.take(length)
    }

    /// How many array values a table's cookie announces. As in C the number is cut to an `int`,
    /// and a negative one means none. It is a claim: nothing may be allocated on its word.
    #[inline]
    pub(super) fn array_size(&mut self, cookie: u8) -> Option<u32> {
        if cookie != COOKIE_MAX {
            return Some(u32::from(cookie));
        }
        let tag = self.tag()?;
        if kind_of(tag) != NUMBER {
            return None;
        }
        let size = self.integer(cookie_of(tag))?;
        #[expect(clippy::cast_possible_truncation, reason = "C assigns it to an int")]
        let size = size as i32;
        Some(u32::try_from(size).unwrap_or(0))
    }
}
