//! Coroutines: what they do, and the named locals of the service's own functions in them.

use std::ffi::c_int;

use mlua::ffi::{self, lua_Debug, lua_State};

use super::function::{blank, source_of};
use super::walk::Walker;
use crate::state::{Entry, Item, Kind, Place, Status};

/// Of a deeper recursion only the outermost and the innermost frames are shown, so many of each.
const FRAMES_SHOWN: c_int = 100;

/// What a coroutine is doing; `l` is the one that looks.
pub(super) unsafe fn status(l: *mut lua_State, co: *mut lua_State) -> Status {
    // SAFETY: reads only; the record is filled when the level exists.
    unsafe {
        if co == l {
            return Status::Normal;
        }
        match ffi::lua_status(co) {
            ffi::LUA_YIELD => Status::Suspended,
            ffi::LUA_OK => {
                let mut ar = blank();
                if ffi::lua_getstack(co, 0, &raw mut ar) != 0 {
                    Status::Normal
                } else if ffi::lua_gettop(co) > 0 && ffi::lua_type(co, 1) == ffi::LUA_TFUNCTION {
                    Status::New
                } else {
                    Status::Dead
                }
            }
            _ => Status::Dead,
        }
    }
}

/// How many frames a coroutine has.
unsafe fn depth(co: *mut lua_State) -> c_int {
    let mut ar = blank();
    let (mut low, mut high) = (0, 1);
    // SAFETY: asks for levels that may not exist, which is allowed.
    unsafe {
        while ffi::lua_getstack(co, high, &raw mut ar) != 0 {
            low = high;
            high *= 2;
        }
        while low < high {
            let middle = i32::midpoint(low, high);
            if ffi::lua_getstack(co, middle, &raw mut ar) != 0 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
    }
    high
}

impl Walker<'_> {
    pub(super) unsafe fn visit_thread(&mut self, l: *mut lua_State, object: u32, status: Status) {
        self.parts.clear();
        // SAFETY: the coroutine is on the top of `l`; its stack is left as it was.
        unsafe {
            let co = ffi::lua_tothread(l, -1);
            if status != Status::Dead && ffi::lua_checkstack(co, 8) != 0 {
                match status {
                    Status::New => self.new_thread(l, co),
                    _ => self.frames(l, co),
                }
            }
        }
        let first = self.builder.here();
        for part in &self.parts {
            self.builder.entry(part.key, part.value);
        }
        self.builder.close(object, Kind::Thread(status), first, Item::Nil);
    }

    /// A coroutine that has not begun: its function and arguments.
    unsafe fn new_thread(&mut self, l: *mut lua_State, co: *mut lua_State) {
        // SAFETY: copies values from the coroutine's stack, one at a time.
        unsafe {
            for index in 1..=ffi::lua_gettop(co) {
                ffi::lua_pushvalue(co, index);
                ffi::lua_xmove(co, l, 1);
                let value = self.item(l, -1);
                if index == 1 && matches!(value, Item::Library(_)) {
                    self.inside_library_function(l);
                } else {
                    self.part(value);
                }
                ffi::lua_settop(l, -2);
            }
        }
    }

    fn part(&mut self, value: Item) {
        let key = Item::Integer(self.parts.len() as i64 + 1);
        self.parts.push(Entry { key, value });
    }

    /// A library's function that will call one of the service's: the function on the top.
    unsafe fn inside_library_function(&mut self, l: *mut lua_State) {
        // SAFETY: a function is on the top; values are pushed and popped.
        unsafe {
            let function = ffi::lua_gettop(l);
            let mut number = 1;
            let mut own = false;
            loop {
                let name = ffi::lua_getupvalue(l, function, number);
                if name.is_null() {
                    break;
                }
                let is_args = std::ffi::CStr::from_ptr(name) == c"args";
                if self.is_own_function(l) || (own && is_args) {
                    own = true;
                    let value = self.item(l, -1);
                    self.part(value);
                }
                ffi::lua_settop(l, function);
                number += 1;
            }
        }
    }

    unsafe fn frames(&mut self, l: *mut lua_State, co: *mut lua_State) {
        // SAFETY: levels below the depth exist.
        unsafe {
            let depth = depth(co);
            let mut level = depth;
            while level > 0 {
                level -= 1;
                if level > FRAMES_SHOWN && depth - level > FRAMES_SHOWN {
                    continue;
                }
                self.frame(l, co, level);
            }
            if self.parts.is_empty() {
                for level in 0..depth.min(FRAMES_SHOWN) {
                    self.parked(l, co, level);
                }
            }
        }
    }

    /// One frame of the service's own code; those of libraries and native ones are left out.
    unsafe fn frame(&mut self, l: *mut lua_State, co: *mut lua_State, level: c_int) {
        // SAFETY: the level exists; what lua_getinfo and lua_getlocal push is moved and popped.
        unsafe {
            let mut ar = blank();
            ffi::lua_getstack(co, level, &raw mut ar);
            ffi::lua_getinfo(co, c"Slf".as_ptr(), &raw mut ar);
            ffi::lua_xmove(co, l, 1);
            let own = self.is_own_function(l);
            if own {
                // The function leads to its variables.
                self.item(l, -1);
            }
            ffi::lua_settop(l, -2);
            if !own {
                return;
            }
            let source = self.source(&ar);
            let place = Place { source, line: ar.currentline.max(0) as u32, last: ar.currentline.max(0) as u32 };
            let frame = self.builder.announce(Kind::Frame(place));
            let first = self.builder.here();
            self.locals(l, co, &ar, first);
            self.builder.close(frame, Kind::Frame(place), first, Item::Nil);
            self.part(Item::Object(frame));
        }
    }

    unsafe fn locals(&mut self, l: *mut lua_State, co: *mut lua_State, ar: &lua_Debug, first: u32) {
        for step in [1, -1] {
            let mut number = step;
            // SAFETY: asks for locals until there is none; each pushes one value, which is moved to
            // `l` and popped there.
            unsafe {
                loop {
                    let name = ffi::lua_getlocal(co, ar, number);
                    if name.is_null() {
                        break;
                    }
                    ffi::lua_xmove(co, l, 1);
                    if step < 0 || *name.cast::<u8>() != b'(' {
                        self.local(l, name, -number, first);
                    }
                    ffi::lua_settop(l, -2);
                    number += step;
                }
            }
        }
    }

    /// The local on the top; `argument` is its number when it is one of `...`.
    unsafe fn local(&mut self, l: *mut lua_State, name: *const std::ffi::c_char, argument: c_int, first: u32) {
        // SAFETY: a value is on the top, and Lua keeps the name while the function lives.
        unsafe {
            let value = self.item(l, -1);
            if matches!(value, Item::Library(_)) {
                return;
            }
            self.scratch.clear();
            if argument > 0 {
                self.scratch.extend_from_slice(format!("...{argument}").as_bytes());
            } else {
                self.scratch.extend_from_slice(std::ffi::CStr::from_ptr(name).to_bytes());
            }
            let mut text = self.builder.intern(&self.scratch);
            if argument <= 0 {
                let mut twin = 1;
                let is = |entry: &Entry, text| matches!(entry.key, Item::String(key) if key == text);
                while self.builder.entries_since(first).iter().any(|entry| is(entry, text)) {
                    twin += 1;
                    let name = format!("{}#{twin}", String::from_utf8_lossy(&self.scratch));
                    text = self.builder.intern(name.as_bytes());
                }
            }
            self.builder.entry(Item::String(text), value);
        }
    }

    /// A coroutine that waits inside a library for its first step: the service's functions that
    /// the library holds for it, in locals and variables.
    unsafe fn parked(&mut self, l: *mut lua_State, co: *mut lua_State, level: c_int) {
        // SAFETY: as for `frame`.
        unsafe {
            let mut ar = blank();
            ffi::lua_getstack(co, level, &raw mut ar);
            ffi::lua_getinfo(co, c"Sf".as_ptr(), &raw mut ar);
            ffi::lua_xmove(co, l, 1);
            if ffi::lua_iscfunction(l, -1) == 0 && self.roots.baseline.library_file(source_of(&ar)).is_some() {
                self.inside_library_function(l);
                let mut number = 1;
                while !ffi::lua_getlocal(co, &raw const ar, number).is_null() {
                    ffi::lua_xmove(co, l, 1);
                    if self.is_own_function(l) {
                        let value = self.item(l, -1);
                        self.part(value);
                    }
                    ffi::lua_settop(l, -2);
                    number += 1;
                }
            }
            ffi::lua_settop(l, -2);
        }
    }
}
