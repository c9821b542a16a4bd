//! `skynet.profile`: measures processor time of coroutines in real Skynet. Here handlers take no
//! processor time, so every measurement is 0; misuse raises the same errors.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

/// Leaves the module's table on the stack.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn open(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, 4);
        // Coroutines being measured: weak keys, so that none is kept alive.
        ffi::lua_createtable(l, 0, 0);
        ffi::lua_createtable(l, 0, 1);
        ffi::lua_pushliteral(l, c"k");
        ffi::lua_setfield(l, -2, c"__mode".as_ptr());
        ffi::lua_setmetatable(l, -2);
        ffi::lua_pushvalue(l, -1);
        ffi::lua_pushcclosure(l, start, 1);
        ffi::lua_setfield(l, -3, c"start".as_ptr());
        ffi::lua_pushcclosure(l, stop, 1);
        ffi::lua_setfield(l, -2, c"stop".as_ptr());
        ffi::lua_getglobal(l, c"coroutine".as_ptr());
        for name in [c"resume", c"wrap"] {
            ffi::lua_getfield(l, -1, name.as_ptr());
            ffi::lua_setfield(l, -3, name.as_ptr());
        }
        ffi::lua_pop(l, 1);
    }
}

/// Leaves the coroutine to measure at 1, and whether it is being measured at 2.
unsafe fn look_up(l: *mut lua_State) -> bool {
    // SAFETY: a native function with the table of coroutines as upvalue 1.
    unsafe {
        if ffi::lua_gettop(l) == 0 {
            ffi::lua_pushthread(l);
        } else {
            ffi::lua_settop(l, 1);
            ffi::luaL_checktype(l, 1, ffi::LUA_TTHREAD);
        }
        ffi::lua_pushvalue(l, 1);
        ffi::lua_rawget(l, ffi::lua_upvalueindex(1));
        ffi::lua_toboolean(l, 2) != 0
    }
}

unsafe fn set_measured(l: *mut lua_State, measured: Option<()>) {
    // SAFETY: as for `look_up`.
    unsafe {
        ffi::lua_pushvalue(l, 1);
        match measured {
            Some(()) => ffi::lua_pushboolean(l, 1),
            None => ffi::lua_pushnil(l),
        }
        ffi::lua_rawset(l, ffi::lua_upvalueindex(1));
    }
}

unsafe extern "C-unwind" fn start(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if look_up(l) {
            let thread = ffi::lua_topointer(l, 1);
            return ffi::luaL_error(l, c"Thread %p start profile more than once".as_ptr(), thread);
        }
        set_measured(l, Some(()));
        0
    }
}

unsafe extern "C-unwind" fn stop(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if !look_up(l) {
            return ffi::luaL_error(l, c"Call profile.start() before profile.stop()".as_ptr());
        }
        set_measured(l, None);
        ffi::lua_pushnumber(l, 0.0);
        1
    }
}
