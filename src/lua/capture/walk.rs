//! The walk: a work list of objects, each held in a Lua table so that it can be pushed again.
//!
//! A raised Lua error (memory) jumps over these functions. So none of them holds anything that must
//! be dropped while it calls Lua: everything lives in the [`Walker`].

use std::ffi::{CStr, c_int};
use std::hash::{BuildHasherDefault, Hasher};

use mlua::ffi::{self, lua_State};

use super::Roots;
use crate::state::{Builder, Entry, Item, Kind, Section, Text, Weak};

/// Longer strings are not interned by Lua, but one that is used in many places is one object.
const SHORT_STRING_MAX: usize = 40;

/// Hashes addresses: the same in every run in which the addresses are the same, and never iterated.
#[derive(Clone, Copy, Default)]
pub(super) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(usize::from(byte) ^ self.0 as usize);
        }
    }

    #[inline]
    fn write_usize(&mut self, address: usize) {
        let product = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
}

/// A map from addresses; they never leave it.
#[expect(clippy::disallowed_types, reason = "hashed without a random seed, and never iterated")]
pub(super) type AddressMap<T> = std::collections::HashMap<usize, T, BuildHasherDefault<AddressHasher>>;

/// Stack slots of the walk.
const GLOBALS: c_int = 4;
const LOADED: c_int = 3;
const PROTOCOLS: c_int = 2;
pub(super) const ANCHOR: c_int = 5;
pub(super) const MODE: c_int = 6;
const NAME: c_int = 7;
const DISPATCH: c_int = 8;

/// Everything that a walk owns.
pub(super) struct Walker<'a> {
    pub(super) roots: &'a Roots<'a>,
    pub(super) builder: Builder,
    /// Objects and library values by address.
    pub(super) known: AddressMap<Item>,
    /// Variables by `lua_upvalueid`; `None`: a variable that is left out.
    pub(super) variables: AddressMap<Option<u32>>,
    /// Long strings, source names and variable names by address.
    pub(super) texts: AddressMap<Text>,
    /// Objects in the order in which they were met; number n is at n + 1 in the anchor table.
    pub(super) queue: Vec<u32>,
    next: usize,
    /// Weak tables, by position in the queue: read at the end.
    pub(super) weak: Vec<usize>,
    /// Parts of the object being visited that must be written after others.
    pub(super) parts: Vec<Entry>,
    /// A name being put together.
    pub(super) scratch: Vec<u8>,
    /// Address of the globals table.
    pub(super) globals: usize,
}

/// The bytes of the string at a stack index.
///
/// # Safety
/// The value is a string, and stays on the stack while the bytes are used.
pub(super) unsafe fn string_at<'s>(l: *mut lua_State, index: c_int) -> &'s [u8] {
    let mut length = 0;
    // SAFETY: for a string this neither converts nor allocates.
    unsafe {
        let bytes = ffi::lua_tolstring(l, index, &raw mut length);
        std::slice::from_raw_parts(bytes.cast(), length)
    }
}

impl<'a> Walker<'a> {
    pub(super) fn new(roots: &'a Roots<'a>) -> Walker<'a> {
        Walker {
            roots,
            builder: Builder::default(),
            known: AddressMap::default(),
            variables: AddressMap::default(),
            texts: AddressMap::default(),
            queue: Vec::new(),
            next: 0,
            weak: Vec::new(),
            parts: Vec::new(),
            scratch: Vec::new(),
            globals: 0,
        }
    }

    /// The whole walk. Stack: the walker, protocols, loaded, globals.
    pub(super) unsafe fn walk(&mut self, l: *mut lua_State) {
        // SAFETY: runs in a protected call with four arguments; see the top of this file.
        unsafe {
            if ffi::lua_checkstack(l, 64) == 0 {
                ffi::luaL_error(l, c"stack overflow".as_ptr());
            }
            ffi::lua_createtable(l, 64, 0);
            for key in [c"__mode", c"__name", c"dispatch"] {
                ffi::lua_pushstring(l, key.as_ptr());
            }
            self.globals = ffi::lua_topointer(l, GLOBALS) as usize;
            self.name_libraries(l, LOADED, GLOBALS);
            self.handlers(l);
            self.modules(l, LOADED);
            self.set_globals(l, GLOBALS);
            self.drain(l);
            self.builder.coroutines_follow();
            for index in 0..self.roots.coroutines.len() {
                let co = self.roots.coroutines[index].thread;
                push_thread(l, co);
                let value = self.item(l, -1);
                let name = self.builder.intern(self.roots.coroutines[index].label.as_bytes());
                self.builder.root(Section::Coroutines, name, value);
                ffi::lua_settop(l, -2);
            }
            self.drain(l);
            self.resolve_weak(l);
        }
    }

    unsafe fn handlers(&mut self, l: *mut lua_State) {
        // SAFETY: raw reads of tables whose type was checked.
        unsafe {
            if ffi::lua_type(l, PROTOCOLS) != ffi::LUA_TTABLE {
                return;
            }
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, PROTOCOLS) != 0 {
                if ffi::lua_type(l, -2) == ffi::LUA_TSTRING && ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
                    ffi::lua_pushvalue(l, DISPATCH);
                    ffi::lua_rawget(l, -2);
                    if ffi::lua_type(l, -1) == ffi::LUA_TFUNCTION {
                        let name = self.builder.intern(string_at(l, -3));
                        self.handler(l, name);
                    }
                    ffi::lua_settop(l, -2);
                }
                ffi::lua_settop(l, -2);
            }
        }
    }

    /// Reads the value at an index; an object that is new is put on the work list.
    #[inline]
    pub(super) unsafe fn item(&mut self, l: *mut lua_State, index: c_int) -> Item {
        // SAFETY: reads by type, without conversion.
        unsafe {
            match ffi::lua_type(l, index) {
                ffi::LUA_TNIL | ffi::LUA_TNONE => Item::Nil,
                ffi::LUA_TBOOLEAN => Item::Boolean(ffi::lua_toboolean(l, index) != 0),
                ffi::LUA_TNUMBER if ffi::lua_isinteger(l, index) != 0 => {
                    Item::Integer(ffi::lua_tointegerx(l, index, std::ptr::null_mut()))
                }
                ffi::LUA_TNUMBER => Item::Float(ffi::lua_tonumberx(l, index, std::ptr::null_mut())),
                ffi::LUA_TSTRING => self.string(l, index),
                ffi::LUA_TLIGHTUSERDATA => Item::Pointer(ffi::lua_touserdata(l, index) as usize as u32),
                kind => self.object(l, index, kind),
            }
        }
    }

    #[inline]
    unsafe fn string(&mut self, l: *mut lua_State, index: c_int) -> Item {
        // SAFETY: the value is a string and is copied at once.
        let bytes = unsafe { string_at(l, index) };
        if bytes.len() <= SHORT_STRING_MAX {
            return Item::String(self.builder.text(bytes));
        }
        let address = bytes.as_ptr() as usize;
        if let Some(&text) = self.texts.get(&address) {
            return Item::String(text);
        }
        let text = self.builder.text(bytes);
        self.texts.insert(address, text);
        Item::String(text)
    }

    unsafe fn object(&mut self, l: *mut lua_State, index: c_int, kind: c_int) -> Item {
        // SAFETY: the value is an object; what is pushed is popped again.
        unsafe {
            let address = ffi::lua_topointer(l, index) as usize;
            if let Some(&item) = self.known.get(&address) {
                return item;
            }
            let kind = match kind {
                ffi::LUA_TTABLE => Kind::Table(Weak::default()),
                ffi::LUA_TFUNCTION => match self.function_kind(l, index) {
                    Ok(kind) => kind,
                    Err(library) => {
                        self.known.insert(address, library);
                        return library;
                    }
                },
                ffi::LUA_TTHREAD => Kind::Thread(super::thread::status(l, ffi::lua_tothread(l, index))),
                _ => Kind::Userdata(Text::default()),
            };
            ffi::lua_pushvalue(l, index);
            ffi::lua_rawseti(l, ANCHOR, self.queue.len() as ffi::lua_Integer + 1);
            let object = self.builder.announce(kind);
            self.queue.push(object);
            self.known.insert(address, Item::Object(object));
            Item::Object(object)
        }
    }

    /// Visits everything on the work list.
    pub(super) unsafe fn drain(&mut self, l: *mut lua_State) {
        while self.next < self.queue.len() {
            let position = self.next;
            self.next += 1;
            // SAFETY: every position of the queue has its object in the anchor table.
            unsafe {
                ffi::lua_rawgeti(l, ANCHOR, position as ffi::lua_Integer + 1);
                let top = ffi::lua_gettop(l);
                let object = self.queue[position];
                match self.builder.kind(object) {
                    Kind::Table(_) => self.visit_table(l, position, top),
                    Kind::Function(_) => self.visit_function(l, object, top),
                    Kind::Builtin => self.visit_builtin(l, object, top),
                    Kind::Thread(status) => self.visit_thread(l, object, status),
                    Kind::Userdata(_) => self.visit_userdata(l, object, top),
                    Kind::Frame(_) => {}
                }
                ffi::lua_settop(l, top - 1);
            }
        }
    }

    unsafe fn visit_table(&mut self, l: *mut lua_State, position: usize, table: c_int) {
        let object = self.queue[position];
        // SAFETY: a table is at `table`; lua_next with its own keys, and nothing changes the table.
        unsafe {
            let mut metatable = Item::Nil;
            if ffi::lua_getmetatable(l, table) != 0 {
                let weak = self.weakness(l);
                metatable = self.metatable(l, false);
                ffi::lua_settop(l, table);
                if weak.keys || weak.values {
                    let here = self.builder.here();
                    self.builder.close(object, Kind::Table(weak), here, metatable);
                    self.weak.push(position);
                    return;
                }
            }
            let first = self.builder.here();
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, table) != 0 {
                let key = self.item(l, -2);
                let value = self.item(l, -1);
                self.builder.entry(key, value);
                ffi::lua_settop(l, -2);
            }
            self.builder.close(object, Kind::Table(Weak::default()), first, metatable);
        }
    }

    unsafe fn visit_userdata(&mut self, l: *mut lua_State, object: u32, top: c_int) {
        // SAFETY: a full userdata is at `top`; what is pushed is popped.
        unsafe {
            let mut metatable = Item::Nil;
            let mut name = self.builder.intern(b"?");
            if ffi::lua_getmetatable(l, top) != 0 {
                ffi::lua_pushvalue(l, NAME);
                ffi::lua_rawget(l, -2);
                if ffi::lua_type(l, -1) == ffi::LUA_TSTRING {
                    name = self.builder.intern(string_at(l, -1));
                }
                ffi::lua_settop(l, -2);
                metatable = self.metatable(l, true);
                ffi::lua_settop(l, top);
            }
            let first = self.builder.here();
            let mut number = 1;
            while ffi::lua_getiuservalue(l, top, number) != ffi::LUA_TNONE {
                let value = self.item(l, -1);
                if !matches!(value, Item::Nil) {
                    self.builder.entry(Item::Integer(i64::from(number)), value);
                }
                ffi::lua_settop(l, top);
                number += 1;
            }
            self.builder.close(object, Kind::Userdata(name), first, metatable);
        }
    }

    /// Keeps a name that Lua owns, by its address.
    pub(super) unsafe fn name(&mut self, name: *const std::ffi::c_char) -> Text {
        if let Some(&text) = self.texts.get(&(name as usize)) {
            return text;
        }
        // SAFETY: Lua's names end with a zero and live as long as their function.
        let text = self.builder.intern(unsafe { CStr::from_ptr(name) }.to_bytes());
        self.texts.insert(name as usize, text);
        text
    }
}

/// Pushes a coroutine onto the stack of `l`.
pub(super) unsafe fn push_thread(l: *mut lua_State, co: *mut lua_State) {
    // SAFETY: both are threads of one state; the coroutine's stack has room for one value, or has
    // it made.
    unsafe {
        if ffi::lua_checkstack(co, 1) == 0 {
            ffi::luaL_error(l, c"not enough memory".as_ptr());
        }
        ffi::lua_pushthread(co);
        ffi::lua_xmove(co, l, 1);
    }
}
