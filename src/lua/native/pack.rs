//! `skynet.pack` and `skynet.unpack` between a Lua stack and bytes (`lua-seri.c`), straight into and
//! out of message memory. `seri` is the same format without Lua.

use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;

use mlua::ffi::{self, lua_State};

use crate::memory::{Payload, PayloadStore};

use super::super::vm::{self, kernel};
use super::pointer::{address, check_message, portable};

const NIL: u8 = 0;
const BOOLEAN: u8 = 1;
const NUMBER: u8 = 2;
const POINTER: u8 = 3;
const SHORT_STRING: u8 = 4;
const LONG_STRING: u8 = 5;
const TABLE: u8 = 6;
/// Lengths and array sizes from here on do not fit into the type byte.
const COOKIE_MAX: usize = 32;
/// The deepest table that can be packed (`MAX_DEPTH`).
const DEPTH_MAX: i32 = 32;
/// The deepest table that can be unpacked. Real Skynet has no limit and overflows its C stack.
const UNPACK_DEPTH_MAX: i32 = 5000;
/// Room that most messages fit into, with its header a small size class.
const FIRST_CAPACITY: usize = 112;

/// Bytes being put together in message memory. Has no destructor: a Lua error may leave it behind,
/// and then its few bytes stay taken until the run ends.
struct Writer {
    l: *mut lua_State,
    store: *const PayloadStore,
    payload: ManuallyDrop<Payload>,
    data: *mut u8,
    length: usize,
    capacity: usize,
}

/// Why values cannot be packed.
enum Fault {
    /// A table too deep.
    Depth,
    /// A value of this type.
    Type(c_int),
    /// What `__pairs` raised; it is on top of the stack.
    Raised,
    /// No room on the Lua stack.
    Stack,
}

#[cold]
unsafe fn no_room(l: *mut lua_State) -> ! {
    // SAFETY: luaL_error does not return.
    unsafe { ffi::luaL_error(l, c"not enough memory".as_ptr()) };
    unreachable!("bug in skysim: a Lua error returned")
}

#[inline(always)]
fn combine(kind: u8, cookie: u8) -> u8 {
    kind | cookie << 3
}

impl Writer {
    /// Raises if there is no room for messages.
    unsafe fn new(l: *mut lua_State) -> Writer {
        // SAFETY: the store belongs to the kernel that runs this VM; luaL_error does not return.
        unsafe {
            let store = &raw const kernel(l).payloads;
            let Some(payload) = (*store).try_allocate(FIRST_CAPACITY) else { no_room(l) };
            let payload = ManuallyDrop::new(payload);
            Writer { l, store, data: payload.as_ptr(), payload, length: 0, capacity: FIRST_CAPACITY }
        }
    }

    #[inline(always)]
    fn finish(self) -> Payload {
        let mut payload = ManuallyDrop::into_inner(self.payload);
        // SAFETY: that many bytes of it are written.
        unsafe { payload.set_len(self.length) };
        payload
    }

    #[inline(always)]
    fn reserve(&mut self, more: usize) {
        if self.capacity - self.length < more {
            self.grow(more);
        }
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let capacity = (self.capacity * 2).max((self.length + more).next_power_of_two());
        // SAFETY: as in `new` and `finish`; old and new memory are apart.
        unsafe {
            let Some(payload) = (*self.store).try_allocate(capacity) else {
                drop(ManuallyDrop::take(&mut self.payload));
                no_room(self.l)
            };
            let payload = ManuallyDrop::new(payload);
            std::ptr::copy_nonoverlapping(self.data, payload.as_ptr(), self.length);
            self.data = payload.as_ptr();
            drop(ManuallyDrop::into_inner(std::mem::replace(&mut self.payload, payload)));
        }
        self.capacity = capacity;
    }

    #[inline(always)]
    fn put(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        // SAFETY: room was just made.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.data.add(self.length), bytes.len()) };
        self.length += bytes.len();
    }

    #[inline(always)]
    fn byte(&mut self, byte: u8) {
        self.reserve(1);
        // SAFETY: room was just made.
        unsafe { self.data.add(self.length).write(byte) };
        self.length += 1;
    }

    #[inline(always)]
    fn tagged<const N: usize>(&mut self, tag: u8, bytes: [u8; N]) {
        self.reserve(N + 1);
        // SAFETY: room was just made.
        unsafe {
            self.data.add(self.length).write(tag);
            self.data.add(self.length + 1).cast::<[u8; N]>().write_unaligned(bytes);
        }
        self.length += N + 1;
    }

    #[inline]
    fn integer(&mut self, value: i64) {
        match value {
            0 => self.byte(combine(NUMBER, 0)),
            1..=0xff => self.tagged(combine(NUMBER, 1), [value as u8]),
            0x100..=0xffff => self.tagged(combine(NUMBER, 2), (value as u16).to_le_bytes()),
            _ => match i32::try_from(value) {
                Ok(value) => self.tagged(combine(NUMBER, 4), value.to_le_bytes()),
                Err(_) => self.tagged(combine(NUMBER, 6), value.to_le_bytes()),
            },
        }
    }

    #[inline]
    fn string(&mut self, bytes: &[u8]) {
        if bytes.len() < COOKIE_MAX {
            self.byte(combine(SHORT_STRING, bytes.len() as u8));
        } else if bytes.len() < 0x1_0000 {
            self.tagged(combine(LONG_STRING, 2), (bytes.len() as u16).to_le_bytes());
        } else {
            self.tagged(combine(LONG_STRING, 4), (bytes.len() as u32).to_le_bytes());
        }
        self.put(bytes);
    }

    /// One value. Raises nothing but memory errors.
    unsafe fn value(&mut self, l: *mut lua_State, index: c_int, depth: i32) -> Result<(), Fault> {
        if depth > DEPTH_MAX {
            return Err(Fault::Depth);
        }
        // SAFETY: `index` is valid; each arm reads a value of the type that lua_type told.
        unsafe {
            match ffi::lua_type(l, index) {
                ffi::LUA_TNIL => self.byte(NIL),
                ffi::LUA_TBOOLEAN => self.byte(combine(BOOLEAN, u8::from(ffi::lua_toboolean(l, index) != 0))),
                ffi::LUA_TNUMBER => {
                    if ffi::lua_isinteger(l, index) != 0 {
                        self.integer(ffi::lua_tointegerx(l, index, std::ptr::null_mut()));
                    } else {
                        let number = ffi::lua_tonumberx(l, index, std::ptr::null_mut());
                        self.tagged(combine(NUMBER, 8), number.to_le_bytes());
                    }
                }
                ffi::LUA_TSTRING => self.string(vm::bytes(l, index)),
                ffi::LUA_TLIGHTUSERDATA => {
                    let address = ffi::lua_touserdata(l, index) as usize;
                    self.tagged(combine(POINTER, 0), portable(l, address).to_le_bytes());
                }
                ffi::LUA_TTABLE => return self.table(l, ffi::lua_absindex(l, index), depth + 1),
                kind => return Err(Fault::Type(kind)),
            }
        }
        Ok(())
    }

    unsafe fn table(&mut self, l: *mut lua_State, index: c_int, depth: i32) -> Result<(), Fault> {
        // SAFETY: `index` is a table, absolute.
        unsafe {
            if ffi::lua_checkstack(l, ffi::LUA_MINSTACK) == 0 {
                return Err(Fault::Stack);
            }
            if ffi::lua_getmetatable(l, index) != 0 {
                ffi::lua_pushliteral(l, c"__pairs");
                ffi::lua_rawget(l, -2);
                ffi::lua_remove(l, -2);
                if ffi::lua_type(l, -1) != ffi::LUA_TNIL {
                    return self.pairs_of_metamethod(l, index, depth);
                }
                ffi::lua_pop(l, 1);
            }
            let size = ffi::lua_rawlen(l, index);
            if size >= COOKIE_MAX - 1 {
                self.byte(combine(TABLE, COOKIE_MAX as u8 - 1));
                self.integer(size as i64);
            } else {
                self.byte(combine(TABLE, size as u8));
            }
            for at in 1..=size {
                ffi::lua_rawgeti(l, index, at as i64);
                self.value(l, -1, depth)?;
                ffi::lua_pop(l, 1);
            }
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, index) != 0 {
                if ffi::lua_isinteger(l, -2) != 0 {
                    let key = ffi::lua_tointegerx(l, -2, std::ptr::null_mut());
                    if key > 0 && key as u64 <= size as u64 {
                        ffi::lua_pop(l, 1);
                        continue;
                    }
                }
                self.value(l, -2, depth)?;
                self.value(l, -1, depth)?;
                ffi::lua_pop(l, 1);
            }
        }
        self.byte(NIL);
        Ok(())
    }

    /// The pairs that `__pairs` (on top of the stack) yields; the array part stays empty.
    unsafe fn pairs_of_metamethod(&mut self, l: *mut lua_State, index: c_int, depth: i32) -> Result<(), Fault> {
        self.byte(combine(TABLE, 0));
        // SAFETY: the metamethod runs in protected calls; the stack keeps iterator, state, control.
        unsafe {
            ffi::lua_pushvalue(l, index);
            if ffi::lua_pcall(l, 1, 3, 0) != ffi::LUA_OK {
                return Err(Fault::Raised);
            }
            loop {
                ffi::lua_pushvalue(l, -2);
                ffi::lua_pushvalue(l, -2);
                ffi::lua_copy(l, -5, -3);
                if ffi::lua_pcall(l, 2, 2, 0) != ffi::LUA_OK {
                    return Err(Fault::Raised);
                }
                if ffi::lua_type(l, -2) == ffi::LUA_TNIL {
                    ffi::lua_pop(l, 4);
                    break;
                }
                self.value(l, -2, depth)?;
                self.value(l, -1, depth)?;
                ffi::lua_pop(l, 1);
            }
        }
        self.byte(NIL);
        Ok(())
    }
}

/// Packs the values from index `first` to the top. Raises what real Skynet raises.
///
/// # Safety
/// Runs in a native function of a VM; nothing with a destructor may be alive in the caller.
pub unsafe fn pack_from(l: *mut lua_State, first: c_int) -> Payload {
    // SAFETY: see above; the writer has no destructor, and is given back before anything is raised.
    unsafe {
        let mut writer = Writer::new(l);
        let top = ffi::lua_gettop(l);
        for index in first..=top {
            if let Err(fault) = writer.value(l, index, 0) {
                drop(writer.finish());
                raise_fault(l, fault);
            }
        }
        writer.finish()
    }
}

unsafe fn raise_fault(l: *mut lua_State, fault: Fault) -> ! {
    // SAFETY: luaL_error and lua_error do not return.
    unsafe {
        match fault {
            Fault::Depth => ffi::luaL_error(l, c"serialize can't pack too depth table".as_ptr()),
            Fault::Type(kind) => {
                ffi::luaL_error(l, c"Unsupport type %s to serialize".as_ptr(), ffi::lua_typename(l, kind))
            }
            Fault::Stack => ffi::luaL_error(l, c"out of memory".as_ptr()),
            Fault::Raised => ffi::lua_error(l),
        };
    }
    unreachable!("bug in skysim: a Lua error returned")
}

/// `pack(...)`: a light userdata and its size, owned by whoever sends or trashes it.
pub unsafe extern "C-unwind" fn pack(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; pushing a light userdata and an integer raises nothing.
    unsafe {
        let (data, length) = pack_from(l, 1).into_raw();
        ffi::lua_pushlightuserdata(l, data.cast());
        ffi::lua_pushinteger(l, length as i64);
        2
    }
}

/// `packstring(...)`: the same as a string.
pub unsafe extern "C-unwind" fn packstring(l: *mut lua_State) -> c_int {
    // SAFETY: the payload becomes plain pointers before the string is made, which may raise.
    unsafe {
        let (data, length) = pack_from(l, 1).into_raw();
        ffi::lua_pushlstring(l, data.cast(), length);
        drop(kernel(l).payloads.reclaim(data, length));
        1
    }
}

/// Looks ahead over packed values without unpacking them.
struct Scanner<'a>(&'a [u8]);

/// Bytes that are looked at to count a table's pairs.
const SCAN_BYTES_MAX: usize = 1024;
/// Tables with more elements than this are not scanned.
const COUNT_PAIRS_UP_TO: i64 = 64;

impl Scanner<'_> {
    /// How many pairs follow `size` array elements; a hint, 0 if that cannot be told cheaply.
    fn pairs_after(reader: &Reader, size: i64) -> c_int {
        // SAFETY: that many bytes are left to the reader.
        let bytes = unsafe { std::slice::from_raw_parts(reader.data, reader.left.min(SCAN_BYTES_MAX)) };
        let mut scanner = Scanner(bytes);
        for _ in 0..size {
            if scanner.skip(0).is_none() {
                return 0;
            }
        }
        let mut pairs = 0;
        while scanner.skip(0) == Some(Seen::Value) && scanner.skip(0).is_some() {
            pairs += 1;
        }
        pairs
    }

    fn advance(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.get(bytes..)?;
        Some(())
    }

    /// Passes one value; `None` where the bytes end or are not what they should be.
    fn skip(&mut self, depth: u32) -> Option<Seen> {
        let (tag, rest) = self.0.split_first()?;
        self.0 = rest;
        let cookie = usize::from(tag >> 3);
        match tag & 7 {
            NIL => return Some(Seen::Nil),
            BOOLEAN => {}
            NUMBER => self.advance(if cookie == 6 { 8 } else { cookie })?,
            POINTER => self.advance(8)?,
            SHORT_STRING => self.advance(cookie)?,
            LONG_STRING => {
                let length = self.0.get(..cookie)?.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                self.advance(cookie.checked_add(length)?)?;
            }
            // A long array ends the look ahead.
            TABLE if cookie < COOKIE_MAX - 1 && depth < 8 => {
                for _ in 0..cookie {
                    self.skip(depth + 1)?;
                }
                while self.skip(depth + 1)? == Seen::Value {
                    self.skip(depth + 1)?;
                }
            }
            _ => return None,
        }
        Some(Seen::Value)
    }
}

/// What a scanner passed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nil,
    Value,
}

struct Reader {
    data: *const u8,
    left: usize,
    /// Array slots that tables may still ask for before their values are read: together no more
    /// than the message has bytes, which is enough for every whole message.
    slots: usize,
}

impl Reader {
    /// Raises `Invalid serialize stream`; `line` stands for the line in the C source.
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
                1 => i64::from(self.fixed::<1>(l, line!())[0]),
                2 => i64::from(u16::from_le_bytes(self.fixed(l, line!()))),
                4 => i64::from(i32::from_le_bytes(self.fixed(l, line!()))),
                6 => i64::from_le_bytes(self.fixed(l, line!())),
                _ => self.refuse(l, line!()),
            }
        }
    }

    #[inline(always)]
    unsafe fn string(&mut self, l: *mut lua_State, length: usize) {
        // SAFETY: see `take`.
        unsafe {
            let data = self.take(l, length, line!());
            ffi::lua_pushlstring(l, data.cast(), length);
        }
    }

    unsafe fn value(&mut self, l: *mut lua_State, tag: u8, depth: i32) {
        let cookie = tag >> 3;
        // SAFETY: every read is checked; pushes have room (checked by the callers every few values).
        unsafe {
            match tag & 7 {
                NIL => ffi::lua_pushnil(l),
                BOOLEAN => ffi::lua_pushboolean(l, c_int::from(cookie)),
                NUMBER if cookie == 8 => ffi::lua_pushnumber(l, f64::from_le_bytes(self.fixed(l, line!()))),
                NUMBER => {
                    let value = self.integer(l, cookie);
                    ffi::lua_pushinteger(l, value);
                }
                POINTER => {
                    let portable = u64::from_le_bytes(self.fixed(l, line!()));
                    ffi::lua_pushlightuserdata(l, address(l, portable) as *mut c_void);
                }
                SHORT_STRING => self.string(l, usize::from(cookie)),
                LONG_STRING => {
                    let length = match cookie {
                        2 => usize::from(u16::from_le_bytes(self.fixed(l, line!()))),
                        4 => u32::from_le_bytes(self.fixed(l, line!())) as usize,
                        _ => self.refuse(l, line!()),
                    };
                    self.string(l, length);
                }
                TABLE => self.table(l, i64::from(cookie), depth + 1),
                _ => self.refuse(l, line!()),
            }
        }
    }

    /// One value inside a table (`unpack_one`).
    unsafe fn nested(&mut self, l: *mut lua_State, depth: i32) {
        // SAFETY: see `value`.
        unsafe {
            let tag = self.fixed::<1>(l, line!())[0];
            self.value(l, tag, depth);
        }
    }

    unsafe fn table(&mut self, l: *mut lua_State, cookie: i64, depth: i32) {
        // SAFETY: see `value`; the table under construction is on the stack.
        unsafe {
            if depth > UNPACK_DEPTH_MAX {
                self.refuse(l, line!());
            }
            let mut size = cookie;
            if size == COOKIE_MAX as i64 - 1 {
                let tag = self.fixed::<1>(l, line!())[0];
                if tag & 7 != NUMBER || tag >> 3 == 8 {
                    self.refuse(l, line!());
                }
                size = i64::from(self.integer(l, tag >> 3) as i32);
            }
            ffi::luaL_checkstack(l, ffi::LUA_MINSTACK, std::ptr::null());
            // A size beyond what the bytes can hold is refused later, value by value. Counting the
            // pairs beforehand is cheaper than letting Lua grow the table step by step.
            let pairs = if size <= COUNT_PAIRS_UP_TO { Scanner::pairs_after(self, size) } else { 0 };
            let slots = usize::try_from(size).unwrap_or(0).min(self.slots);
            self.slots -= slots;
            ffi::lua_createtable(l, slots as c_int, pairs);
            for at in 1..=size {
                self.nested(l, depth);
                ffi::lua_rawseti(l, -2, at);
            }
            loop {
                self.nested(l, depth);
                if ffi::lua_type(l, -1) == ffi::LUA_TNIL {
                    ffi::lua_pop(l, 1);
                    return;
                }
                self.nested(l, depth);
                ffi::lua_rawset(l, -3);
            }
        }
    }
}

/// Pushes the values of a packed message; returns how many. Raises what real Skynet raises.
///
/// # Safety
/// `length` bytes at `data` stay readable; nothing with a destructor may be alive in the caller.
pub unsafe fn unpack_onto(l: *mut lua_State, data: *const u8, length: usize) -> c_int {
    let mut reader = Reader { data, left: length, slots: length };
    let mut count = 0;
    // SAFETY: see `Reader`.
    unsafe {
        while reader.left > 0 {
            if count % 8 == 7 {
                ffi::luaL_checkstack(l, ffi::LUA_MINSTACK, std::ptr::null());
            }
            let tag = reader.fixed::<1>(l, line!())[0];
            reader.value(l, tag, 0);
            count += 1;
        }
    }
    count
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
    use super::*;

    fn pairs_after(bytes: &[u8]) -> c_int {
        Scanner::pairs_after(&Reader { data: bytes.as_ptr(), left: bytes.len(), slots: 0 }, 0)
    }

    #[test]
    fn pairs_are_counted_ahead() {
        assert_eq!(pairs_after(b"\x0ca\x0a\x01\x15\x01\0b\x09\0"), 2);
        assert_eq!(pairs_after(b"\x0ca\x0a"), 0);
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
