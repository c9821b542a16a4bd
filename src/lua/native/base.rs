//! Functions of the base library that would otherwise reach the host or show a C function's address.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use super::super::state::push_closed;
use super::super::vm::{self, bytes, kernel};
use super::{shuffle, stock};

/// Puts our versions in place. Stock functions are closures already.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn patch(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_pushglobaltable(l);
        replace(l, c"print", print);
        // pairs hands out the global `next` (upvalue 1), not a bare C function as the stock one.
        ffi::lua_getfield(l, -1, c"next".as_ptr());
        ffi::lua_pushcclosure(l, pairs, 1);
        ffi::lua_setfield(l, -2, c"pairs".as_ptr());
        push_closed(l, ipairs_step);
        ffi::lua_pushcclosure(l, ipairs, 1);
        ffi::lua_setfield(l, -2, c"ipairs".as_ptr());
        patch_utf8_codes(l);
        ffi::lua_settop(l, 0);
        super::debug::patch(l);
    }
}

unsafe fn replace(l: *mut lua_State, name: &CStr, function: ffi::lua_CFunction) {
    // SAFETY: a table is on top of the stack.
    unsafe {
        push_closed(l, function);
        ffi::lua_setfield(l, -2, name.as_ptr());
    }
}

unsafe extern "C-unwind" fn print(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the line grows in the record once nothing raises any more, since
    // the tostring of an argument may itself print.
    unsafe {
        to_texts(l, 1);
        let record = vm::vm(l);
        let mut line = std::mem::take(&mut (*record).scratch);
        join_texts(l, &mut line, 1, b'\t');
        line.push(b'\n');
        kernel(l).print((*record).me, &line);
        (*record).scratch = line;
        0
    }
}

/// Replaces the arguments from `first` on by their texts.
///
/// # Safety
/// A native function, nothing with a destructor alive: `__tostring` may raise.
pub(super) unsafe fn to_texts(l: *mut lua_State, first: c_int) {
    // SAFETY: as the caller promises.
    unsafe {
        for index in first..=ffi::lua_gettop(l) {
            if ffi::lua_type(l, index) != ffi::LUA_TSTRING {
                ffi::luaL_tolstring(l, index, std::ptr::null_mut());
                ffi::lua_replace(l, index);
            }
        }
    }
}

/// The texts from `first` on as one, with `separator` between them.
///
/// # Safety
/// They are texts; nothing raises.
pub(super) unsafe fn join_texts(l: *mut lua_State, line: &mut Vec<u8>, first: c_int, separator: u8) {
    line.clear();
    // SAFETY: as the caller promises; the texts stay on the stack.
    unsafe {
        for index in first..=ffi::lua_gettop(l) {
            if index > first {
                line.push(separator);
            }
            line.extend_from_slice(bytes(l, index));
        }
    }
}

/// How many values `pairs` returns: 5.5 adds a to-be-closed one.
const PAIRS_RESULTS: c_int = if cfg!(feature = "lua54") { 3 } else { 4 };

unsafe extern "C-unwind" fn pairs_continue(_l: *mut lua_State, _status: c_int, _context: ffi::lua_KContext) -> c_int {
    PAIRS_RESULTS
}

unsafe extern "C-unwind" fn pairs(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checkany(l, 1);
        if ffi::luaL_getmetafield(l, 1, c"__pairs".as_ptr()) == ffi::LUA_TNIL {
            if ffi::lua_type(l, 1) == ffi::LUA_TTABLE && shuffle::is_wanted(l) {
                shuffle::push_iterator(l);
            } else {
                ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
            }
            ffi::lua_pushvalue(l, 1);
            ffi::lua_settop(l, ffi::lua_gettop(l) + PAIRS_RESULTS - 2);
        } else {
            ffi::lua_pushvalue(l, 1);
            ffi::lua_callk(l, 1, PAIRS_RESULTS, 0, Some(pairs_continue));
        }
        PAIRS_RESULTS
    }
}

unsafe extern "C-unwind" fn ipairs(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checkany(l, 1);
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushinteger(l, 0);
        3
    }
}

unsafe extern "C-unwind" fn ipairs_step(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let index = ffi::luaL_checkinteger(l, 2).wrapping_add(1);
        ffi::lua_pushinteger(l, index);
        if ffi::lua_geti(l, 1, index) == ffi::LUA_TNIL { 1 } else { 2 }
    }
}

/// `utf8.codes` of the stock library returns a bare C function: ours has it as a closure, one for
/// the strict form and one for the lax.
unsafe fn patch_utf8_codes(l: *mut lua_State) {
    // SAFETY: the globals are on top of the stack; the stock function is called once for each form.
    unsafe {
        ffi::lua_getfield(l, -1, c"utf8".as_ptr());
        ffi::lua_getfield(l, -1, c"codes".as_ptr());
        for lax in [0, 1] {
            ffi::lua_pushvalue(l, -1 - lax);
            ffi::lua_pushliteral(l, c"");
            ffi::lua_pushboolean(l, lax);
            ffi::lua_call(l, 2, 1);
            if let Some(step) = ffi::lua_tocfunction(l, -1) {
                ffi::lua_pop(l, 1);
                push_closed(l, step);
            }
        }
        ffi::lua_remove(l, -3);
        stock::stand_before(l, c"codes", utf8_codes, 2);
        ffi::lua_pop(l, 1);
    }
}

/// More upvalues: the strict step, the lax step.
unsafe extern "C-unwind" fn utf8_codes(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let lax = ffi::lua_toboolean(l, 2);
        let results = stock::run(l);
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(stock::UPVALUES + 1 + lax));
        ffi::lua_replace(l, -1 - results);
        results
    }
}
