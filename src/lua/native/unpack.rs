//! `skynet.unpack`: bytes as values of a Lua stack (`lua-seri.c`), straight out of message memory.

use std::ffi::{c_int, c_void};

use mlua::ffi::{self, lua_State};

use crate::memory::Note;
use crate::seri::wire::{BOOLEAN, LONG_STRING, NIL, NUMBER, POINTER, SHORT_STRING, TABLE};

use super::super::vm::{self, kernel};
use super::pack::COOKIE_MAX;
use super::pointer::{address, check_message};
use super::tables::{self, Tables};
use super::value::{self, Value, kind};

/// The deepest table that can be unpacked. Real Skynet has no limit and overflows its C stack.
const UNPACK_DEPTH_MAX: i32 = 5000;

/// Looks ahead over packed values without unpacking them, and counts the pairs of the tables that
/// begin there: making a table with the right size is cheaper than letting Lua grow it.
struct Scanner<'a> {
    bytes: &'a [u8],
    hints: &'a mut Hints,
}

/// Tables that are counted in one go.
const HINTS_MAX: usize = 32;

/// How many pairs the next tables have, in the order in which they begin.
struct Hints {
    pairs: [u8; HINTS_MAX],
    next: usize,
    known: usize,
}

/// What a scanner passed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nil,
    Value,
}

/// Bytes of a value with this tag, the tag included; 0 for those that need a closer look.
const SIZES: [u8; 256] = {
    let mut sizes = [0; 256];
    let mut tag = 0;
    while tag < 256 {
        let cookie = (tag >> 3) as u8;
        sizes[tag] = match tag as u8 & 7 {
            BOOLEAN => 1,
            NUMBER if cookie == 6 => 9,
            NUMBER | SHORT_STRING => cookie + 1,
            POINTER => 9,
            _ => 0,
        };
        tag += 1;
    }
    sizes
};

impl Scanner<'_> {
    fn advance(&mut self, bytes: usize) -> Option<()> {
        self.bytes = self.bytes.get(bytes..)?;
        Some(())
    }

    /// Passes one value; `None` where the look ahead ends.
    #[inline]
    fn skip(&mut self, depth: u32) -> Option<Seen> {
        let tag = *self.bytes.first()?;
        let size = usize::from(SIZES[usize::from(tag)]);
        if size > 0 {
            self.advance(size)?;
            return Some(Seen::Value);
        }
        self.bytes = &self.bytes[1..];
        let cookie = usize::from(tag >> 3);
        match tag & 7 {
            NIL => return Some(Seen::Nil),
            LONG_STRING => {
                let length = self.bytes.get(..cookie)?.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                self.advance(cookie.checked_add(length)?)?;
            }
            // A long array ends the look ahead.
            TABLE if cookie < COOKIE_MAX - 1 => self.table(cookie, depth)?,
            _ => return None,
        }
        Some(Seen::Value)
    }

    /// Passes the rest of a table with `size` array elements.
    fn table(&mut self, size: usize, depth: u32) -> Option<()> {
        let mine = self.hints.known;
        if mine == HINTS_MAX || depth == tables::DEPTH_MAX {
            return None;
        }
        self.hints.pairs[mine] = 0;
        self.hints.known += 1;
        for _ in 0..size {
            self.skip(depth + 1)?;
        }
        while self.skip(depth + 1)? == Seen::Value && self.skip(depth + 1).is_some() {
            self.hints.pairs[mine] = self.hints.pairs[mine].saturating_add(1);
        }
        Some(())
    }
}

/// Raises what Lua raises about a text of more bytes than it can have.
#[cold]
unsafe fn refuse_length(l: *mut lua_State) -> ! {
    // SAFETY: lua_error does not return.
    unsafe {
        ffi::lua_pushliteral(l, c"memory allocation error: block too big");
        ffi::lua_error(l)
    }
}

struct Reader {
    data: *const u8,
    left: usize,
    /// All of the message, until its note was looked for.
    message: (*const u8, usize),
    /// Array slots that tables may still ask for before their values are read: together no more
    /// than the message has bytes, which is enough for every whole message.
    slots: usize,
    hints: Hints,
}

/// Where lua-seri.c refuses a message, which its error text tells.
mod line {
    pub const INTEGER_1: u32 = 378;
    pub const INTEGER_2: u32 = 386;
    pub const INTEGER_4: u32 = 394;
    pub const INTEGER_8: u32 = 402;
    /// Of no known size.
    pub const INTEGER: u32 = 407;
    pub const REAL: u32 = 417;
    pub const POINTER: u32 = 427;
    pub const TEXT: u32 = 437;
    /// The size of a table.
    pub const SIZE_MISSING: u32 = 450;
    pub const SIZE: u32 = 455;
    /// The length of a long text.
    pub const LENGTH_2: u32 = 503;
    pub const LENGTH: u32 = 510;
    pub const LENGTH_4: u32 = 514;
    /// No type has this number.
    pub const KIND: u32 = 527;
    /// There is none.
    pub const VALUE: u32 = 538;
}

impl Reader {
    fn new(data: *const u8, length: usize) -> Reader {
        let message = (data, length);
        Reader { data, left: length, message, slots: length, hints: Hints { pairs: [0; HINTS_MAX], next: 0, known: 0 } }
    }

    /// Raises `Invalid serialize stream`, with a line of the C source.
    #[cold]
    unsafe fn refuse(&self, l: *mut lua_State, line: u32) -> ! {
        // SAFETY: luaL_error does not return.
        unsafe {
            ffi::luaL_error(l, c"Invalid serialize stream %d (line:%d)".as_ptr(), self.left as c_int, line as c_int);
        }
        unreachable!("bug in skysim: a Lua error returned")
    }

    #[inline(always)]
    unsafe fn take(&mut self, l: *mut lua_State, count: usize, line: u32) -> *const u8 {
        if self.left < count {
            // SAFETY: raising is allowed here: this reader has no destructor.
            unsafe { self.refuse(l, line) };
        }
        let taken = self.data;
        self.data = self.data.wrapping_add(count);
        self.left -= count;
        taken
    }

    #[inline(always)]
    unsafe fn fixed<const N: usize>(&mut self, l: *mut lua_State, line: u32) -> [u8; N] {
        // SAFETY: `take` checked that N bytes are there.
        unsafe { self.take(l, N, line).cast::<[u8; N]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn integer(&mut self, l: *mut lua_State, cookie: u8) -> i64 {
        // SAFETY: see `fixed`.
        unsafe {
            match cookie {
                0 => 0,
                1 => i64::from(self.fixed::<1>(l, line::INTEGER_1)[0]),
                2 => i64::from(u16::from_le_bytes(self.fixed(l, line::INTEGER_2))),
                4 => i64::from(i32::from_le_bytes(self.fixed(l, line::INTEGER_4))),
                6 => i64::from_le_bytes(self.fixed(l, line::INTEGER_8)),
                _ => self.refuse(l, line::INTEGER),
            }
        }
    }

    #[inline(always)]
    unsafe fn string(&mut self, l: *mut lua_State, length: usize) {
        // SAFETY: see `take`.
        unsafe {
            let data = self.take(l, length, line::TEXT);
            value::push_string(l, data, length);
        }
    }

    unsafe fn value(&mut self, l: *mut lua_State, tag: u8, depth: i32) {
        let cookie = tag >> 3;
        // SAFETY: every read is checked; pushes have room (checked by the callers every few values).
        unsafe {
            match tag & 7 {
                NIL => ffi::lua_pushnil(l),
                BOOLEAN => ffi::lua_pushboolean(l, c_int::from(cookie)),
                NUMBER if cookie == 8 => ffi::lua_pushnumber(l, f64::from_le_bytes(self.fixed(l, line::REAL))),
                NUMBER => {
                    let value = self.integer(l, cookie);
                    ffi::lua_pushinteger(l, value);
                }
                POINTER => {
                    let portable = u64::from_le_bytes(self.fixed(l, line::POINTER));
                    ffi::lua_pushlightuserdata(l, address(l, portable) as *mut c_void);
                }
                SHORT_STRING => self.string(l, usize::from(cookie)),
                LONG_STRING => {
                    let length = self.long_length(l, cookie);
                    self.string(l, length);
                }
                TABLE => self.table(l, i64::from(cookie), depth + 1),
                _ => self.refuse(l, line::KIND),
            }
        }
    }

    /// One value inside a table (`unpack_one`). Tables are made at once, the rest when it is set.
    #[inline(always)]
    unsafe fn nested(&mut self, l: *mut lua_State, depth: i32) -> Value {
        // SAFETY: see `value`.
        unsafe {
            let tag = self.fixed::<1>(l, line::VALUE)[0];
            let cookie = tag >> 3;
            match tag & 7 {
                NIL => Value::NIL,
                BOOLEAN => Value::from_boolean(cookie != 0),
                NUMBER if cookie == 8 => Value::from_float(f64::from_le_bytes(self.fixed(l, line::REAL))),
                NUMBER => Value::from_integer(self.integer(l, cookie)),
                POINTER => Value::from_pointer(address(l, u64::from_le_bytes(self.fixed(l, line::POINTER)))),
                SHORT_STRING => {
                    let length = usize::from(cookie);
                    Value::from_bytes(self.take(l, length, line::TEXT), length)
                }
                LONG_STRING => {
                    let length = self.long_length(l, cookie);
                    Value::from_bytes(self.take(l, length, line::TEXT), length)
                }
                TABLE => {
                    self.table(l, i64::from(cookie), depth + 1);
                    Value::HELD
                }
                _ => self.refuse(l, line::KIND),
            }
        }
    }

    unsafe fn long_length(&mut self, l: *mut lua_State, cookie: u8) -> usize {
        // SAFETY: see `value`.
        unsafe {
            match cookie {
                2 => usize::from(u16::from_le_bytes(self.fixed(l, line::LENGTH_2))),
                // Below zero lua-seri.c goes on, and Lua refuses to make such a text.
                4 => match i32::from_le_bytes(self.fixed(l, line::LENGTH_4)) {
                    ..0 => refuse_length(l),
                    length => length as usize,
                },
                _ => self.refuse(l, line::LENGTH),
            }
        }
    }

    /// How many pairs follow `size` array elements; a hint, too low if that cannot be told cheaply.
    #[inline]
    unsafe fn pairs_after(&mut self, l: *mut lua_State, size: i64) -> c_int {
        if self.hints.next == self.hints.known {
            // SAFETY: the kernel has entered the VM.
            unsafe { self.read_note(l) };
        }
        if self.hints.next == self.hints.known {
            self.look_ahead(size);
        }
        let pairs = self.hints.pairs[self.hints.next];
        self.hints.next += 1;
        c_int::from(pairs)
    }

    /// Takes the hints from the note that whoever packed the message has left, once.
    unsafe fn read_note(&mut self, l: *mut lua_State) {
        let (data, length) = std::mem::replace(&mut self.message, (std::ptr::null(), 0));
        if length > 0 {
            // SAFETY: as the caller promises.
            let (pairs, known) = Tables::told(unsafe { kernel(l).payloads.note(data, length) });
            self.hints.pairs[..pairs.len()].copy_from_slice(&pairs);
            self.hints.known = known;
        }
    }

    fn look_ahead(&mut self, size: i64) {
        self.hints.next = 0;
        self.hints.known = 0;
        // SAFETY: that many bytes are left to the reader.
        let bytes = unsafe { std::slice::from_raw_parts(self.data, self.left.min(tables::BYTES_MAX)) };
        let mut scanner = Scanner { bytes, hints: &mut self.hints };
        // It ends where it cannot go on; what was counted until then is good.
        let _passed = scanner.table(usize::try_from(size).unwrap_or(0), 0);
    }

    unsafe fn table(&mut self, l: *mut lua_State, cookie: i64, depth: i32) {
        // SAFETY: see `value`; the table under construction is on the stack.
        unsafe {
            if depth > UNPACK_DEPTH_MAX {
                self.refuse(l, line::VALUE);
            }
            let mut size = cookie;
            if size == COOKIE_MAX as i64 - 1 {
                let tag = self.fixed::<1>(l, line::SIZE_MISSING)[0];
                if tag & 7 != NUMBER || tag >> 3 == 8 {
                    self.refuse(l, line::SIZE);
                }
                size = i64::from(self.integer(l, tag >> 3) as i32);
            }
            ffi::luaL_checkstack(l, ffi::LUA_MINSTACK, std::ptr::null());
            // A size beyond what the bytes can hold is refused later, value by value.
            let pairs = self.pairs_after(l, size);
            let slots = usize::try_from(size).unwrap_or(0).min(self.slots);
            self.slots -= slots;
            ffi::lua_createtable(l, slots as c_int, pairs);
            for at in 1..=size {
                let value = self.nested(l, depth);
                value::set_at(l, at, &value);
            }
            loop {
                let key = self.nested(l, depth);
                if key.kind == kind::NIL {
                    return;
                }
                let value = self.nested(l, depth);
                value::set(l, &key, &value);
            }
        }
    }
}

/// Whether a note says what a look at all of the bytes says.
pub(super) fn agrees(note: Note, bytes: &[u8]) -> bool {
    let mut hints = Hints { pairs: [0; HINTS_MAX], next: 0, known: 0 };
    let mut scanner = Scanner { bytes, hints: &mut hints };
    while !scanner.bytes.is_empty() {
        if scanner.skip(0).is_none() {
            return false;
        }
    }
    let (pairs, known) = Tables::told(note);
    hints.pairs[..hints.known] == pairs[..known]
}

/// Pushes the values of a packed message; returns how many. Raises what real Skynet raises.
///
/// # Safety
/// `length` bytes at `data` stay readable; nothing with a destructor may be alive in the caller.
pub unsafe fn unpack_onto(l: *mut lua_State, data: *const u8, length: usize) -> c_int {
    // SAFETY: see `Reader`. The kernel has entered the VM.
    unsafe {
        let mut reader = Reader::new(data, length);
        let mut count = 0;
        while reader.left > 0 {
            if count % 8 == 7 {
                ffi::luaL_checkstack(l, ffi::LUA_MINSTACK, std::ptr::null());
            }
            let tag = reader.fixed::<1>(l, line::VALUE)[0];
            reader.value(l, tag, 0);
            count += 1;
        }
        count
    }
}

/// `unpack(pointer, size)` or `unpack(string)`.
pub unsafe extern "C-unwind" fn unpack(l: *mut lua_State) -> c_int {
    // SAFETY: a string argument stays on the stack at 1; a pointer is checked to be a live message.
    unsafe {
        if ffi::lua_type(l, 1) <= ffi::LUA_TNIL {
            return 0;
        }
        let (data, length) = if ffi::lua_type(l, 1) == ffi::LUA_TSTRING {
            let bytes = vm::bytes(l, 1);
            (bytes.as_ptr(), bytes.len())
        } else {
            (ffi::lua_touserdata(l, 1) as *const u8, ffi::luaL_checkinteger(l, 2) as i32 as usize)
        };
        if length == 0 {
            return 0;
        }
        if data.is_null() {
            return ffi::luaL_error(l, c"deserialize null pointer".as_ptr());
        }
        if ffi::lua_type(l, 1) != ffi::LUA_TSTRING {
            check_message(l, data, length);
        }
        ffi::lua_settop(l, 1);
        unpack_onto(l, data, length)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack::combine;
    use super::*;

    /// A reader of bytes without a note.
    fn reader_of(bytes: &[u8]) -> Reader {
        Reader { message: (std::ptr::null(), 0), ..Reader::new(bytes.as_ptr(), bytes.len()) }
    }

    fn pairs_of(reader: &mut Reader, size: i64) -> c_int {
        // SAFETY: without a message no state is asked.
        unsafe { reader.pairs_after(std::ptr::null_mut(), size) }
    }

    fn pairs_after(bytes: &[u8]) -> c_int {
        pairs_of(&mut reader_of(bytes), 0)
    }

    #[test]
    fn pairs_are_counted_ahead() {
        assert_eq!(pairs_after(b"\x0ca\x0a\x01\x15\x01\0b\x09\0"), 2);
        assert_eq!(pairs_after(b"\x0ca\x0a"), 0);
        assert_eq!(pairs_after(b"\x0ca\x0a\x01"), 1);
    }

    /// One look at the bytes of all: `{ a = { b = 1, c = 2, d = 3 }, {} = 5 }`, then one more.
    #[test]
    fn tables_inside_are_counted_with_the_one_around() {
        let bytes = b"\x0ca\x06\x0cb\x0a\x01\x0cc\x0a\x02\x0cd\x0a\x03\0\x06\0\x0a\x05\0";
        let mut reader = reader_of(bytes);
        assert_eq!([0; 3].map(|size| pairs_of(&mut reader, size)), [2, 3, 0]);
        assert_eq!((reader.hints.next, reader.hints.known), (3, 3));
    }

    #[test]
    fn a_note_of_something_else_does_not_agree() {
        let bytes = b"\x0ca\x06\x0cb\x0a\x01\0\x06\0";
        assert!(agrees([2, 1, 0, 0, 0, 0, 0], bytes));
        assert!(!agrees([2, 0, 1, 0, 0, 0, 0], bytes));
        assert!(!agrees([1, 1, 0, 0, 0, 0, 0], bytes));
    }

    /// Found by a seed for fuzzing: a length of eight bytes overflowed.
    #[test]
    fn a_length_of_any_size_ends_the_look_ahead() {
        for cookie in 8..32_u8 {
            let mut bytes = vec![combine(LONG_STRING, cookie)];
            bytes.extend([0xff; 40]);
            assert_eq!(pairs_after(&bytes), 0);
        }
    }
}
