//! Errors that Lua raises in `skynet.lua` about values of its own variables: the texts have the names that
//! these have there.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

/// Raises what calling the value at `index` raises if it cannot be called. `name` is what it is called in
/// `skynet.lua`, as in `upvalue 'f'`.
///
/// # Safety
/// Nothing with a destructor may be alive in the caller.
#[inline]
pub(super) unsafe fn check_callable(l: *mut lua_State, index: c_int, name: &CStr) {
    // SAFETY: as the caller promises.
    unsafe {
        if ffi::lua_type(l, index) != ffi::LUA_TFUNCTION && !has_call(l, index) {
            not_callable(l, index, name);
        }
    }
}

unsafe fn has_call(l: *mut lua_State, index: c_int) -> bool {
    // SAFETY: as for `check_callable`.
    unsafe {
        ffi::luaL_checkstack(l, 4, std::ptr::null());
        let found = ffi::luaL_getmetafield(l, index, c"__call".as_ptr()) != ffi::LUA_TNIL;
        ffi::lua_pop(l, c_int::from(found));
        found
    }
}

#[cold]
unsafe fn not_callable(l: *mut lua_State, index: c_int, name: &CStr) {
    // SAFETY: as for `check_callable`; the name of a type stays on the stack until it is copied.
    unsafe {
        let index = ffi::lua_absindex(l, index);
        let kind = match ffi::luaL_getmetafield(l, index, c"__name".as_ptr()) {
            ffi::LUA_TSTRING => ffi::lua_tostring(l, -1),
            _ => ffi::lua_typename(l, ffi::lua_type(l, index)),
        };
        ffi::luaL_error(l, c"attempt to call a %s value (%s)".as_ptr(), kind, name.as_ptr());
    }
}

/// Puts a function that raises in the place of the value at `index`, if that cannot be called: for what
/// is called later, without any of our functions in between.
///
/// # Safety
/// As for [`check_callable`].
pub(super) unsafe fn make_callable(l: *mut lua_State, index: c_int, name: &'static CStr) {
    // SAFETY: as the caller promises; an index from the bottom of the stack stays what it is.
    unsafe {
        let index = ffi::lua_absindex(l, index);
        if ffi::lua_type(l, index) != ffi::LUA_TFUNCTION && !has_call(l, index) {
            ffi::lua_pushvalue(l, index);
            ffi::lua_pushstring(l, name.as_ptr());
            ffi::lua_pushcclosure(l, raise, 2);
            ffi::lua_replace(l, index);
        }
    }
}

/// Upvalues: the value, and its name.
unsafe extern "C-unwind" fn raise(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the name is a string that its upvalue keeps.
    unsafe {
        ffi::lua_settop(l, 0);
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
        let name = ffi::lua_tostring(l, ffi::lua_upvalueindex(2));
        check_callable(l, 1, CStr::from_ptr(name));
        0
    }
}

/// The size at `index` that belongs to a pointer: in `skynet.lua` the fifth argument of `function`.
///
/// # Safety
/// As for [`check_callable`].
pub(super) unsafe fn check_size(l: *mut lua_State, index: c_int, function: &CStr) -> usize {
    // SAFETY: as the caller promises.
    unsafe {
        let mut is_integer = 0;
        let size = ffi::lua_tointegerx(l, index, &raw mut is_integer);
        if is_integer == 0 {
            let function = function.as_ptr();
            if ffi::lua_isnumber(l, index) != 0 {
                let text = c"bad argument #5 to '%s' (number has no integer representation)";
                ffi::luaL_error(l, text.as_ptr(), function);
            }
            let kind = if ffi::lua_gettop(l) < index { c"no value".as_ptr() } else { ffi::luaL_typename(l, index) };
            ffi::luaL_error(l, c"bad argument #5 to '%s' (number expected, got %s)".as_ptr(), function, kind);
        }
        size as i32 as usize
    }
}
