//! `pairs` in an order drawn from the seed: whoever depends on the order of a table finds out. What a real table
//! always gives first and in order, 1, 2, .., keeps its place.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use super::super::vm;
use crate::base::Stream;
use crate::lua::node::PairsOrder;

/// Whether the run wants it.
///
/// # Safety
/// `l` is a live state of a service, or of a template.
pub(super) unsafe fn is_wanted(l: *mut lua_State) -> bool {
    // SAFETY: as the caller promises.
    unsafe { vm::node(l).settings.pairs == PairsOrder::Shuffled }
}

/// Pushes the function that goes over the table at argument 1. Keys that are set meanwhile do not come; those that
/// are cleared do not, either.
///
/// # Safety
/// A native function with a table at 1; nothing with a destructor is alive.
pub(super) unsafe fn push_iterator(l: *mut lua_State) {
    // SAFETY: as the caller promises. The list of keys lies at `list` while it is filled.
    unsafe {
        ffi::luaL_checkstack(l, 6, std::ptr::null());
        ffi::lua_createtable(l, 0, 0);
        let list = ffi::lua_gettop(l);
        let (mut count, mut ordered) = (0, 0);
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, 1) != 0 {
            ffi::lua_pop(l, 1);
            count += 1;
            if ordered == count - 1 && ffi::lua_isinteger(l, -1) != 0 && ffi::lua_tointeger(l, -1) == count {
                ordered = count;
            }
            ffi::lua_pushvalue(l, -1);
            ffi::lua_rawseti(l, list, count);
        }
        for last in (ordered + 2..=count).rev() {
            let other = ordered + 1 + below(l, (last - ordered) as u64) as i64;
            ffi::lua_rawgeti(l, list, last);
            ffi::lua_rawgeti(l, list, other);
            ffi::lua_rawseti(l, list, last);
            ffi::lua_rawseti(l, list, other);
        }
        ffi::lua_pushinteger(l, 0);
        ffi::lua_pushcclosure(l, step, 2);
    }
}

/// A draw of the service's own.
unsafe fn below(l: *mut lua_State, bound: u64) -> u64 {
    // SAFETY: the record lives, and nobody else refers to it meanwhile.
    unsafe {
        let record = vm::vm(l);
        let seed = vm::node(l).chance();
        let name = &(*record).name;
        let streams = &mut (*record).shuffle;
        streams.get_or_insert_with(|| Stream::new(seed, &format!("pairs/{name}"))).below(bound)
    }
}

/// The next key that is still there, and its value. The keys are upvalue 1, the place in them upvalue 2.
unsafe extern "C-unwind" fn step(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; whoever calls it by hand may give it anything for a table.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        ffi::lua_settop(l, 1);
        let mut place = ffi::lua_tointeger(l, ffi::lua_upvalueindex(2));
        loop {
            place += 1;
            if ffi::lua_rawgeti(l, ffi::lua_upvalueindex(1), place) == ffi::LUA_TNIL {
                return 1;
            }
            ffi::lua_pushvalue(l, -1);
            if ffi::lua_rawget(l, 1) != ffi::LUA_TNIL {
                ffi::lua_pushinteger(l, place);
                ffi::lua_replace(l, ffi::lua_upvalueindex(2));
                return 2;
            }
            ffi::lua_settop(l, 1);
        }
    }
}
