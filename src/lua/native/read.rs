//! The formats of `read` and `lines`.

use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;
use std::ptr;

use mlua::ffi::{self, lua_State};

use super::convention::{file_result, push_span};
use super::files::{Slot, Span, with};
use crate::vfs::Errno;

/// The longest numeral that `read("n")` accepts, as in stock Lua.
const NUMERAL_BYTES_MAX: usize = 200;

/// A count beyond what the file has, from which on memory is asked for all of it first: an absurd
/// one fails as in stock Lua, an ordinary one costs nothing.
const COUNT_TRUSTED_MAX: usize = 1 << 20;

/// Reads by the formats from `first` to the top (a line without any) and pushes what was read.
///
/// # Safety
/// `l` is a live state, in a protected call, running a C function.
pub(super) unsafe fn read_values(l: *mut lua_State, slot: Slot, first: c_int) -> c_int {
    // SAFETY: the stack has room for all results; `read_format` pushes one value each.
    unsafe {
        let formats = ffi::lua_gettop(l) - 1;
        let mut last = first;
        let mut outcome = Ok(true);
        if formats == 0 {
            outcome = line(l, slot, true);
            last += 1;
        } else {
            ffi::luaL_checkstack(l, formats + ffi::LUA_MINSTACK, c"too many arguments".as_ptr());
            while last - first < formats && outcome == Ok(true) {
                outcome = read_format(l, slot, last);
                last += 1;
            }
        }
        match outcome {
            Ok(true) => (),
            Ok(false) => {
                ffi::lua_pop(l, 1);
                ffi::lua_pushnil(l);
            }
            Err(errno) => return file_result(l, Err(errno), None),
        }
        last - first
    }
}

/// Reads by the format at an index. Pushes one value, unless it fails; false if nothing was left.
unsafe fn read_format(l: *mut lua_State, slot: Slot, index: c_int) -> Result<bool, Errno> {
    // SAFETY: called by `read_values`; the format's text lives while it is on the stack.
    unsafe {
        if ffi::lua_type(l, index) == ffi::LUA_TNUMBER {
            return match ffi::luaL_checkinteger(l, index) as usize {
                0 => end_of_file(l, slot),
                count => characters(l, slot, count),
            };
        }
        let text = CStr::from_ptr(ffi::luaL_checklstring(l, index, ptr::null_mut())).to_bytes();
        match text.strip_prefix(b"*").unwrap_or(text).first() {
            Some(b'n') => number(l, slot),
            Some(b'l') => line(l, slot, true),
            Some(b'L') => line(l, slot, false),
            Some(b'a') => {
                push_span(l, with(l, |files| files.take(slot, <[u8]>::len))?);
                Ok(true)
            }
            _ => {
                ffi::luaL_argerror(l, index, c"invalid format".as_ptr());
                Ok(false)
            }
        }
    }
}

/// Pushes an empty string; false at the end of the file.
unsafe fn end_of_file(l: *mut lua_State, slot: Slot) -> Result<bool, Errno> {
    let mut more = false;
    // SAFETY: called by `read_format`.
    unsafe {
        let nothing = with(l, |files| {
            files.take(slot, |ahead| {
                more = !ahead.is_empty();
                0
            })
        })?;
        push_span(l, nothing);
    }
    Ok(more)
}

/// Pushes up to `count` bytes; false if there are none.
unsafe fn characters(l: *mut lua_State, slot: Slot, count: usize) -> Result<bool, Errno> {
    let mut left = 0;
    // SAFETY: called by `read_format`. The buffer is plain memory that Lua owns.
    unsafe {
        with(l, |files| {
            files.take(slot, |ahead| {
                left = ahead.len();
                0
            })
        })?;
        if count > left.max(COUNT_TRUSTED_MAX) {
            let mut buffer = MaybeUninit::<ffi::luaL_Buffer>::uninit();
            ffi::luaL_buffinit(l, buffer.as_mut_ptr());
            let room = ffi::luaL_prepbuffsize(buffer.as_mut_ptr(), count);
            // Read only now: getting the memory may have run finalisers.
            let Span { start, length } = with(l, |files| files.take(slot, |ahead| count.min(ahead.len())))?;
            ptr::copy_nonoverlapping(start, room.cast(), length);
            (*buffer.as_mut_ptr()).n += length;
            ffi::luaL_pushresult(buffer.as_mut_ptr());
            return Ok(length > 0);
        }
        let span = with(l, |files| files.take(slot, |ahead| count.min(ahead.len())))?;
        push_span(l, span);
        Ok(span.length > 0)
    }
}

/// Pushes the next line, with or without its end; false if there is none.
unsafe fn line(l: *mut lua_State, slot: Slot, chop: bool) -> Result<bool, Errno> {
    let mut ended = false;
    let measure = |ahead: &[u8]| {
        let end = ahead.iter().position(|byte| *byte == b'\n');
        ended = end.is_some();
        end.map_or(ahead.len(), |end| end + 1)
    };
    // SAFETY: called by `read_values` and `read_format`.
    unsafe {
        let mut span = with(l, |files| files.take(slot, measure))?;
        let any = span.length > 0;
        span.length -= usize::from(ended && chop);
        push_span(l, span);
        Ok(any)
    }
}

/// Reads a prefix that looks like a numeral, and pushes the number; false (and nil) if it is none.
unsafe fn number(l: *mut lua_State, slot: Slot) -> Result<bool, Errno> {
    let mut numeral = [0_u8; NUMERAL_BYTES_MAX + 1];
    // SAFETY: called by `read_format`. The text ends in a zero: one byte more than a numeral has.
    unsafe {
        with(l, |files| files.take(slot, |ahead| Numeral::scan(ahead, &mut numeral)))?;
        if ffi::lua_stringtonumber(l, numeral.as_ptr().cast()) != 0 {
            return Ok(true);
        }
        ffi::lua_pushnil(l);
        Ok(false)
    }
}

/// A numeral being read, step by step as liolib's `read_number`.
struct Numeral<'a> {
    ahead: &'a [u8],
    at: usize,
    text: &'a mut [u8; NUMERAL_BYTES_MAX + 1],
    length: usize,
}

impl Numeral<'_> {
    /// Puts the longest prefix that may be a numeral into `text`, and tells how much it read.
    fn scan(ahead: &[u8], text: &mut [u8; NUMERAL_BYTES_MAX + 1]) -> usize {
        let space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
        let at = ahead.iter().take_while(|byte| space(byte)).count();
        let mut numeral = Numeral { ahead, at, text, length: 0 };
        let (mut digits, mut hexadecimal) = (0, false);
        numeral.accept(b"-+");
        if numeral.accept(b"0") {
            if numeral.accept(b"xX") {
                hexadecimal = true;
            } else {
                digits = 1;
            }
        }
        digits += numeral.digits(hexadecimal);
        if numeral.accept(b".") {
            digits += numeral.digits(hexadecimal);
        }
        if digits > 0 && numeral.accept(if hexadecimal { b"pP" } else { b"eE" }) {
            numeral.accept(b"-+");
            numeral.digits(false);
        }
        numeral.at
    }

    /// Takes the next byte if it is one of `set` and there is room. Too long a text becomes empty.
    fn accept(&mut self, set: &[u8]) -> bool {
        let Some(byte) = self.ahead.get(self.at).filter(|byte| set.contains(byte)) else { return false };
        if self.length >= NUMERAL_BYTES_MAX {
            self.text[0] = 0;
            return false;
        }
        self.text[self.length] = *byte;
        self.length += 1;
        self.at += 1;
        true
    }

    fn digits(&mut self, hexadecimal: bool) -> usize {
        let set: &[u8] = if hexadecimal { b"0123456789abcdefABCDEF" } else { b"0123456789" };
        let mut count = 0;
        while self.accept(set) {
            count += 1;
        }
        count
    }
}

/// After a failed read of an iteration: an error that came with it is raised.
///
/// # Safety
/// `l` is a live state whose top `results` values are those of [`read_values`], in a protected call.
pub(super) unsafe fn finish_read(l: *mut lua_State, results: c_int) {
    // SAFETY: as the caller promises; the message is on the stack.
    unsafe {
        if results > 1 {
            let message = ffi::lua_tolstring(l, -results + 1, ptr::null_mut());
            ffi::luaL_error(l, c"%s".as_ptr(), message);
        }
    }
}
