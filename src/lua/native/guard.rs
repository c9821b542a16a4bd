//! Native functions that faults may break: each is replaced, when a service starts, by one that asks first. Only
//! those that a plan names are, so that nothing else becomes slower or reads otherwise in a traceback.

use std::ffi::{CStr, c_int};
use std::ptr;

use mlua::ffi::{self, lua_State};

use super::super::running;
use super::super::vm::{self, bytes};
use super::handle::FILE_HANDLE;
use crate::kernel::CallFailure;

/// The libraries whose functions can be named, as in `io.open`.
const LIBRARIES: [&CStr; 7] = [c"io", c"os", c"string", c"table", c"math", c"utf8", c"skynet.core"];

/// What the methods of open files are called, as in `file.write`.
const FILE: &CStr = c"file";

/// Replaces what the plan names.
///
/// # Safety
/// A native function in a protected call; nothing with a destructor is alive. The libraries are open.
pub(in crate::lua) unsafe fn install(l: *mut lua_State) {
    // SAFETY: as the caller promises. Fields that exist may be assigned to while a table is gone over.
    unsafe {
        if vm::node(l).settings.breakable.is_empty() {
            return;
        }
        ffi::luaL_checkstack(l, 10, ptr::null());
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_LOADED_TABLE);
        for library in LIBRARIES {
            ffi::lua_getfield(l, -1, library.as_ptr());
            guard_all(l, library);
            ffi::lua_pop(l, 1);
        }
        ffi::lua_pop(l, 1);
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, FILE_HANDLE.as_ptr());
        ffi::lua_getfield(l, -1, c"__index".as_ptr());
        guard_all(l, FILE);
        ffi::lua_pop(l, 2);
    }
}

/// Guards the functions of the table on top that the plan names.
unsafe fn guard_all(l: *mut lua_State, library: &CStr) {
    // SAFETY: called by `install`.
    unsafe {
        if ffi::lua_type(l, -1) != ffi::LUA_TTABLE {
            return;
        }
        let table = ffi::lua_gettop(l);
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, table) != 0 {
            if ffi::lua_type(l, -2) == ffi::LUA_TSTRING && ffi::lua_iscfunction(l, -1) != 0 {
                // The function, its name, and it is a field again.
                ffi::lua_pushfstring(l, c"%s.%s".as_ptr(), library.as_ptr(), ffi::lua_tostring(l, -2));
                if is_named(l) {
                    ffi::lua_pushcclosure(l, guarded, 2);
                    ffi::lua_pushvalue(l, -2);
                    ffi::lua_insert(l, -2);
                    ffi::lua_rawset(l, table);
                    continue;
                }
                ffi::lua_pop(l, 1);
            }
            ffi::lua_pop(l, 1);
        }
    }
}

/// Whether the plan means the name on top.
unsafe fn is_named(l: *mut lua_State) -> bool {
    // SAFETY: the text is on the stack; nothing raises.
    unsafe {
        let name = std::str::from_utf8(bytes(l, -1)).unwrap_or_default();
        vm::node(l).settings.breakable.iter().any(|glob| glob.matches(name))
    }
}

/// A point that the service names: may something happen here?
///
/// # Safety
/// A native function in a protected call; nothing with a destructor is alive. The name is on the stack at `index`.
pub(super) unsafe fn point(l: *mut lua_State, index: c_int) {
    // SAFETY: as the caller promises.
    unsafe {
        if vm::node(l).settings.breakable.is_empty() {
            return;
        }
        ffi::luaL_checkstack(l, 1, ptr::null());
        ffi::lua_pushfstring(l, c"sim:%s".as_ptr(), ffi::lua_tostring(l, index));
        if is_named(l) {
            ask(l, std::str::from_utf8(bytes(l, -1)).unwrap_or_default());
        }
        ffi::lua_pop(l, 1);
    }
}

/// Asks whether a fault breaks this call, and does what it says. The name lies in Lua.
unsafe fn ask(l: *mut lua_State, name: &str) {
    // SAFETY: nothing with a destructor is alive; the kernel is null only when nobody can be asked.
    unsafe {
        let record = vm::vm(l);
        match (*record).kernel.as_mut().and_then(|kernel| kernel.call_breaks((*record).me, name)) {
            None => {}
            Some(CallFailure::Throw) => {
                ffi::lua_pushlstring(l, name.as_ptr().cast(), name.len());
                ffi::luaL_error(l, c"%s failed (a fault of the scenario)".as_ptr(), ffi::lua_tostring(l, -1));
            }
            Some(CallFailure::Crash) => {
                running::stop(record);
                running::unwind(l);
            }
        }
    }
}

/// Upvalue 1 is the function, upvalue 2 its name.
unsafe extern "C-unwind" fn guarded(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the kernel is null only when nobody can be asked.
    unsafe {
        let name = ffi::lua_tostring(l, ffi::lua_upvalueindex(2));
        ask(l, CStr::from_ptr(name).to_str().unwrap_or_default());
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
        ffi::lua_insert(l, 1);
        let arguments = ffi::lua_gettop(l) - 1;
        ffi::lua_callk(l, arguments, ffi::LUA_MULTRET, 0, Some(finish));
        ffi::lua_gettop(l)
    }
}

unsafe extern "C-unwind" fn finish(l: *mut lua_State, _status: c_int, _context: ffi::lua_KContext) -> c_int {
    // SAFETY: called by Lua; everything on the stack is a result.
    unsafe { ffi::lua_gettop(l) }
}
