//! `skynet.codecache`: `clear`, `mode`, `loadfile` (`lauxlib.c` of Skynet's Lua, `cache_lib`).

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use super::super::code::CacheMode;
use super::super::state::register;
use super::super::vm;
use super::load;

/// Leaves the module's table on the stack.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn open(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, 3);
        register(l, &[(c"clear", clear), (c"mode", mode), (c"loadfile", load::loadfile)]);
    }
}

unsafe extern "C-unwind" fn clear(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        vm::node(l).code.borrow_mut().clear();
        0
    }
}

/// `mode()` tells, `mode("OFF" | "EXIST" | "ON")` sets.
unsafe extern "C-unwind" fn mode(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let record = vm::vm(l);
        if ffi::lua_type(l, 1) > ffi::LUA_TNIL {
            let names = [c"OFF".as_ptr(), c"EXIST".as_ptr(), c"ON".as_ptr(), std::ptr::null()];
            let modes = [CacheMode::Off, CacheMode::Exist, CacheMode::On];
            let chosen = ffi::luaL_checkoption(l, 1, std::ptr::null(), names.as_ptr());
            (*record).cache_mode = modes[chosen as usize];
            return 0;
        }
        let name = match (*record).cache_mode {
            CacheMode::On => c"ON",
            CacheMode::Exist => c"EXIST",
            CacheMode::Off => c"OFF",
        };
        ffi::lua_pushstring(l, name.as_ptr());
        1
    }
}
