//! `skynet.pack`: values of a Lua stack as bytes (`lua-seri.c`), straight into message memory. `seri`
//! is the same format without Lua.

use std::ffi::c_int;
use std::mem::ManuallyDrop;

use mlua::ffi::{self, lua_State};

use crate::memory::{Payload, PayloadStore};
use crate::seri::wire::{BOOLEAN, LONG_STRING, NIL, NUMBER, POINTER, SHORT_STRING, TABLE};

use super::super::vm::kernel;
use super::pointer::portable;
use super::tables::Tables;
use super::unpack::agrees;
use super::value::{Value, Walk, kind, value_at};

pub use super::unpack::{unpack, unpack_onto};

/// Lengths and array sizes from here on do not fit into the type byte.
pub(super) const COOKIE_MAX: usize = 32;
/// The deepest table that can be packed (`MAX_DEPTH`).
const DEPTH_MAX: i32 = 32;
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
    tables: Tables,
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
pub(super) fn combine(kind: u8, cookie: u8) -> u8 {
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
            Writer {
                l,
                store,
                data: payload.as_ptr(),
                payload,
                length: 0,
                capacity: FIRST_CAPACITY,
                tables: Tables::NONE,
            }
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
            self.reserve(bytes.len() + 1);
            // SAFETY: room was just made.
            unsafe {
                self.data.add(self.length).write(combine(SHORT_STRING, bytes.len() as u8));
                copy_short(bytes, self.data.add(self.length + 1));
            }
            self.length += bytes.len() + 1;
            return;
        }
        if bytes.len() < 0x1_0000 {
            self.tagged(combine(LONG_STRING, 2), (bytes.len() as u16).to_le_bytes());
        } else {
            self.tagged(combine(LONG_STRING, 4), (bytes.len() as u32).to_le_bytes());
        }
        self.put(bytes);
    }

    /// One value. Raises nothing but memory errors.
    ///
    /// A table is on the stack while it is walked. No Lua code runs between seeing a value and
    /// writing it, so that strings and tables are alive.
    #[inline]
    unsafe fn value(&mut self, l: *mut lua_State, value: &Value, depth: i32) -> Result<(), Fault> {
        if depth > DEPTH_MAX {
            return Err(Fault::Depth);
        }
        match value.kind {
            kind::NIL => self.byte(NIL),
            kind::BOOLEAN => self.byte(combine(BOOLEAN, u8::from(value.boolean()))),
            kind::INTEGER => self.integer(value.integer()),
            kind::FLOAT => self.tagged(combine(NUMBER, 8), value.float().to_le_bytes()),
            // SAFETY: see above.
            kind::STRING => self.string(unsafe { value.bytes() }),
            kind::POINTER => {
                // SAFETY: a native function runs.
                let portable = unsafe { portable(l, value.address()) };
                self.tagged(combine(POINTER, 0), portable.to_le_bytes());
            }
            // SAFETY: see above.
            kind::TABLE => return unsafe { self.table(l, value, depth + 1) },
            _ => return Err(Fault::Type(value.kind_of_other)),
        }
        Ok(())
    }

    unsafe fn table(&mut self, l: *mut lua_State, table: &Value, depth: i32) -> Result<(), Fault> {
        // SAFETY: the table is alive, and from `begin` on it is on the stack.
        unsafe {
            let mut walk = Walk::NONE;
            if !walk.begin(l, table) {
                return Err(Fault::Stack);
            }
            let mine = self.tables.begin(depth);
            if walk.has_metatable() && ffi::lua_getmetatable(l, -1) != 0 {
                ffi::lua_pushliteral(l, c"__pairs");
                ffi::lua_rawget(l, -2);
                ffi::lua_remove(l, -2);
                if ffi::lua_type(l, -1) != ffi::LUA_TNIL {
                    self.pairs_of_metamethod(l, ffi::lua_gettop(l) - 1, depth, mine)?;
                    ffi::lua_pop(l, 1);
                    return Ok(());
                }
                ffi::lua_pop(l, 1);
            }
            let size = walk.length();
            if size >= COOKIE_MAX as u64 - 1 {
                self.tables.give_up();
                self.byte(combine(TABLE, COOKIE_MAX as u8 - 1));
                self.integer(size as i64);
            } else {
                self.byte(combine(TABLE, size as u8));
            }
            let (mut key, mut value) = (Value::NIL, Value::NIL);
            for index in 1..=size {
                walk.item(index, &mut value);
                self.value(l, &value, depth)?;
            }
            while walk.pair(&mut key, &mut value) {
                self.tables.add_pair(mine);
                if key.kind == kind::TABLE {
                    self.pair_with_table(l, &key, depth)?;
                } else {
                    self.value(l, &key, depth)?;
                    self.value(l, &value, depth)?;
                }
            }
            ffi::lua_pop(l, 1);
        }
        self.byte(NIL);
        Ok(())
    }

    /// A pair whose key is a table: packing the key may run Lua code, so both are kept alive.
    #[cold]
    unsafe fn pair_with_table(&mut self, l: *mut lua_State, key: &Value, depth: i32) -> Result<(), Fault> {
        // SAFETY: nothing has run since the key was seen; the walked table is on top of the stack.
        unsafe {
            let table = ffi::lua_gettop(l);
            let mut kept = Walk::NONE;
            if !kept.begin(l, key) {
                return Err(Fault::Stack);
            }
            ffi::lua_pushvalue(l, -1);
            ffi::lua_rawget(l, table);
            self.value(l, key, depth)?;
            let mut value = Value::NIL;
            value_at(l, table + 2, &mut value);
            self.value(l, &value, depth)?;
            ffi::lua_settop(l, table);
        }
        Ok(())
    }

    /// The pairs that `__pairs` (on top of the stack) yields; the array part stays empty.
    unsafe fn pairs_of_metamethod(
        &mut self,
        l: *mut lua_State,
        index: c_int,
        depth: i32,
        mine: usize,
    ) -> Result<(), Fault> {
        self.byte(combine(TABLE, 0));
        let mut value = Value::NIL;
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
                let top = ffi::lua_gettop(l);
                for index in [top - 1, top] {
                    value_at(l, index, &mut value);
                    self.value(l, &value, depth)?;
                }
                self.tables.add_pair(mine);
                ffi::lua_pop(l, 1);
            }
        }
        self.byte(NIL);
        Ok(())
    }
}

/// Copies up to 31 bytes without calling anybody.
///
/// # Safety
/// Room for as many at `to`, apart from them.
#[inline(always)]
unsafe fn copy_short(bytes: &[u8], to: *mut u8) {
    /// The first and the last `N` bytes, which may overlap.
    #[inline(always)]
    unsafe fn both_ends<const N: usize>(bytes: &[u8], to: *mut u8) {
        let (from, last) = (bytes.as_ptr(), bytes.len() - N);
        // SAFETY: there are at least N bytes; see `copy_short`.
        unsafe {
            let ends = (from.cast::<[u8; N]>().read(), from.add(last).cast::<[u8; N]>().read());
            to.cast::<[u8; N]>().write(ends.0);
            to.add(last).cast::<[u8; N]>().write(ends.1);
        }
    }
    // SAFETY: as the caller promises.
    unsafe {
        match bytes.len() {
            0 => {}
            1 => to.write(bytes[0]),
            2..4 => both_ends::<2>(bytes, to),
            4..8 => both_ends::<4>(bytes, to),
            8..16 => both_ends::<8>(bytes, to),
            _ => both_ends::<16>(bytes, to),
        }
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
        let mut value = Value::NIL;
        for index in first..=top {
            value_at(l, index, &mut value);
            if let Err(fault) = writer.value(l, &value, 0) {
                drop(writer.finish());
                raise_fault(l, fault);
            }
        }
        let note = writer.tables.note(writer.length);
        let mut payload = writer.finish();
        if let Some(note) = note {
            debug_assert!(agrees(note, payload.bytes()), "bug in skysim: pairs of tables were counted wrong");
            payload.set_note(note);
        }
        payload
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
