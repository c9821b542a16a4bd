//! The functions of `debug` that would reach into the simulator: what native functions keep in
//! their upvalues, the registry, and the hooks that end endless loops.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use super::super::dispatch::expose_classes;
use super::super::vm::{bytes, kernel, vm};
use super::stock;

/// Puts our versions in place. Those that look at upvalues and set hooks stand before the stock ones.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn patch(l: *mut lua_State) {
    const OURS: [(&CStr, ffi::lua_CFunction); 6] = [
        (c"getupvalue", look_at_upvalue),
        (c"getlocal", look_at_value),
        (c"upvaluejoin", join_upvalues),
        (c"setupvalue", set_upvalue),
        (c"upvalueid", upvalue_id),
        (c"sethook", sethook),
    ];
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_getglobal(l, c"debug".as_ptr());
        for (name, function) in OURS {
            stock::stand_before(l, name, function, 0);
        }
        super::super::state::register(l, &[(c"setlocal", setlocal)]);
        // `debug.debug` would read the host's terminal.
        ffi::lua_pushnil(l);
        ffi::lua_setfield(l, -2, c"debug".as_ptr());
        push_public_registry(l);
        ffi::lua_pushcclosure(l, getregistry, 1);
        ffi::lua_setfield(l, -2, c"getregistry".as_ptr());
        ffi::lua_settop(l, 0);
    }
}

/// `setupvalue`: as [`look_at_upvalue`], with a value.
unsafe extern "C-unwind" fn set_upvalue(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checkany(l, 3);
        look_at_upvalue(l)
    }
}

/// `upvalueid`: nil where there is none.
unsafe extern "C-unwind" fn upvalue_id(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if look_at_upvalue(l) == 0 {
            ffi::lua_pushnil(l);
        }
        1
    }
}

/// `getupvalue`: a native function has no upvalues, as far as Lua can see.
/// Ours rely on the types of theirs.
unsafe extern "C-unwind" fn look_at_upvalue(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if ffi::lua_iscfunction(l, 1) == 0 {
            return look_at_value(l);
        }
        ffi::luaL_checkinteger(l, 2);
        0
    }
}

/// `getlocal`, and upvalues of Lua functions: whoever gets the table of message classes may change it.
unsafe extern "C-unwind" fn look_at_value(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the registry's table is compared and popped.
    unsafe {
        let results = stock::run(l);
        if results > 0 && ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
            ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"skysim_proto".as_ptr());
            let classes = ffi::lua_rawequal(l, -1, -2) != 0;
            ffi::lua_pop(l, 1);
            if classes {
                expose_classes(vm(l));
            }
        }
        results
    }
}

/// `upvaluejoin`: may put that table into a function that changes it.
unsafe extern "C-unwind" fn join_upvalues(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        expose_classes(vm(l));
        stock::run(l)
    }
}

/// `setlocal([thread,] level, local, value)`: as the stock one, but the values of native functions
/// are out of reach: they rely on the types that they have checked.
unsafe extern "C-unwind" fn setlocal(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; lua_getstack fills the frame, lua_getinfo its `what`.
    unsafe {
        let thread = ffi::lua_isthread(l, 1) != 0;
        let (of, first) = if thread { (ffi::lua_tothread(l, 1), 1) } else { (l, 0) };
        let level = ffi::luaL_checkinteger(l, first + 1) as c_int;
        let local = ffi::luaL_checkinteger(l, first + 2) as c_int;
        let mut frame: ffi::lua_Debug = std::mem::zeroed();
        if ffi::lua_getstack(of, level, &raw mut frame) == 0 {
            return ffi::luaL_argerror(l, first + 1, c"level out of range".as_ptr());
        }
        ffi::luaL_checkany(l, first + 3);
        ffi::lua_settop(l, first + 3);
        ffi::lua_getinfo(of, c"S".as_ptr(), &raw mut frame);
        if CStr::from_ptr(frame.what) == c"C" || ffi::lua_checkstack(of, 1) == 0 {
            ffi::lua_pushnil(l);
            return 1;
        }
        ffi::lua_xmove(l, of, 1);
        let name = ffi::lua_setlocal(of, &raw const frame, local);
        if name.is_null() {
            ffi::lua_pop(of, 1);
        }
        ffi::lua_pushstring(l, name);
        1
    }
}

/// `sethook`: as the stock one, unless a hook of the simulator ends what runs.
unsafe extern "C-unwind" fn sethook(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe { if (*vm(l)).trap || kernel(l).halted().is_some() { 0 } else { stock::run(l) } }
}

/// A table to be seen as the registry: whatever is written stays in it, but for `memlimit`, which
/// `skynet.memlimit` leaves there; what it lacks is read from the registry, if the key is a text
/// that is not ours.
unsafe fn push_public_registry(l: *mut lua_State) {
    // SAFETY: as for `patch`.
    unsafe {
        ffi::lua_createtable(l, 0, 0);
        ffi::lua_createtable(l, 0, 2);
        super::super::state::register(l, &[(c"__index", read_registry), (c"__newindex", write_registry)]);
        ffi::lua_pushboolean(l, 0);
        ffi::lua_setfield(l, -2, c"__metatable".as_ptr());
        ffi::lua_setmetatable(l, -2);
    }
}

unsafe extern "C-unwind" fn getregistry(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
        1
    }
}

unsafe extern "C-unwind" fn read_registry(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the key stays at 2.
    unsafe {
        if ffi::lua_type(l, 2) != ffi::LUA_TSTRING {
            return 0;
        }
        let key = bytes(l, 2);
        if key.starts_with(b"skysim_") || key.starts_with(b"callback_thread") {
            return 0;
        }
        ffi::lua_pushvalue(l, 2);
        ffi::lua_rawget(l, ffi::LUA_REGISTRYINDEX);
        1
    }
}

unsafe extern "C-unwind" fn write_registry(l: *mut lua_State) -> c_int {
    // SAFETY: a native function with table, key and value as arguments.
    unsafe {
        ffi::lua_settop(l, 3);
        let table = if ffi::lua_type(l, 2) == ffi::LUA_TSTRING && bytes(l, 2) == b"memlimit" {
            ffi::LUA_REGISTRYINDEX
        } else {
            ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
            1
        };
        ffi::lua_rawset(l, table);
        0
    }
}
