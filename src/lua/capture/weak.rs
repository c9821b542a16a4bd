//! Weak tables. What only they hold is garbage, collected already or not; a state that showed it
//! would depend on when the collector runs.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use super::walk::{ANCHOR, MODE, Walker, string_at};
use crate::state::{Kind, Weak};

impl Walker<'_> {
    /// What the metatable on the top says in `__mode`.
    pub(super) unsafe fn weakness(&mut self, l: *mut lua_State) -> Weak {
        // SAFETY: a table is on the top; one value is pushed and popped.
        unsafe {
            ffi::lua_pushvalue(l, MODE);
            ffi::lua_rawget(l, -2);
            let mut weak = Weak::default();
            if ffi::lua_type(l, -1) == ffi::LUA_TSTRING {
                let mode = string_at(l, -1);
                weak = Weak { keys: mode.contains(&b'k'), values: mode.contains(&b'v') };
            }
            ffi::lua_settop(l, -2);
            weak
        }
    }

    /// Reads the weak tables: entries whose weak part nothing else holds are garbage, collected or
    /// not, and left out. A value held by a weak key counts from the moment the key is found.
    pub(super) unsafe fn resolve_weak(&mut self, l: *mut lua_State) {
        loop {
            let found = self.queue.len();
            let mut index = 0;
            while index < self.weak.len() {
                // SAFETY: the position has its table in the anchor table.
                unsafe { self.weak_table(l, self.weak[index], false) };
                index += 1;
            }
            // SAFETY: as for `drain`.
            unsafe { self.drain(l) };
            if self.queue.len() == found {
                break;
            }
        }
        for index in 0..self.weak.len() {
            // SAFETY: as above.
            unsafe { self.weak_table(l, self.weak[index], true) };
        }
    }

    unsafe fn weak_table(&mut self, l: *mut lua_State, position: usize, write: bool) {
        let object = self.queue[position];
        let Kind::Table(weak) = self.builder.kind(object) else { return };
        let first = self.builder.here();
        // SAFETY: the anchor table holds the table; as for `visit_table`.
        unsafe {
            ffi::lua_rawgeti(l, ANCHOR, position as ffi::lua_Integer + 1);
            let table = ffi::lua_gettop(l);
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, table) != 0 {
                let holds = (!weak.keys || self.is_held(l, -2)) && (!weak.values || self.is_held(l, -1));
                if holds {
                    let (key, value) = (self.item(l, -2), self.item(l, -1));
                    if write {
                        self.builder.entry(key, value);
                    }
                }
                ffi::lua_settop(l, -2);
            }
            ffi::lua_settop(l, table - 1);
        }
        if write {
            self.builder.fill(object, first);
        }
    }

    /// True for plain values and for objects that the walk has met.
    unsafe fn is_held(&self, l: *mut lua_State, index: c_int) -> bool {
        // SAFETY: reads the type and the address only.
        unsafe {
            match ffi::lua_type(l, index) {
                ffi::LUA_TTABLE | ffi::LUA_TFUNCTION | ffi::LUA_TTHREAD | ffi::LUA_TUSERDATA => {
                    self.known.contains_key(&(ffi::lua_topointer(l, index) as usize))
                }
                _ => true,
            }
        }
    }
}
