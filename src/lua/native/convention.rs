//! How native functions meet Lua: registration, texts, and the "nil, message, errno" answer.
//!
//! The rule of all functions here and in the libraries: a Lua error jumps over Rust frames, so
//! nothing that has a destructor is alive where Lua may raise one.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use mlua::ffi::{self, lua_State};

use super::super::state::push_closed;
use super::files::Span;
use crate::vfs::Errno;

/// A library's functions by name.
pub type Functions = [(&'static CStr, ffi::lua_CFunction)];

/// Enters functions into the table on top of the stack. Each is a closure with one dummy upvalue,
/// so that it lives in the service's memory: a plain C function's address would differ from run to run.
///
/// # Safety
/// `l` is a live state with a table on top and three free stack slots, in a protected call.
pub unsafe fn register(l: *mut lua_State, functions: &Functions) {
    for (name, function) in functions {
        // SAFETY: as the caller promises; names are C strings.
        unsafe {
            push_closed(l, *function);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
    }
}

/// A new table with functions in it, on top of the stack.
///
/// # Safety
/// As for [`register`], without the table.
pub(super) unsafe fn library(l: *mut lua_State, functions: &Functions) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, functions.len() as c_int);
        register(l, functions);
    }
}

/// Pushes bytes as a Lua string.
///
/// # Safety
/// `l` is a live state with a free stack slot, in a protected call.
pub(super) unsafe fn push(l: *mut lua_State, bytes: &[u8]) {
    // SAFETY: Lua copies the bytes.
    unsafe { ffi::lua_pushlstring(l, bytes.as_ptr().cast(), bytes.len()) };
}

/// Pushes bytes of the file system as a Lua string.
///
/// # Safety
/// As for [`push`]; the file system did not change since the span was made.
pub(super) unsafe fn push_span(l: *mut lua_State, span: Span) {
    // SAFETY: the bytes are there, and Lua copies them before it runs anything.
    unsafe { ffi::lua_pushlstring(l, span.start.cast(), span.length) };
}

/// A string argument as C sees it: up to its first zero. It lives as long as the argument.
///
/// # Safety
/// `l` is a live state, in a protected call; the argument stays on the stack while the text is used.
pub(super) unsafe fn check_text<'a>(l: *mut lua_State, argument: c_int) -> &'a CStr {
    // SAFETY: Lua strings end in a zero.
    unsafe { CStr::from_ptr(ffi::luaL_checklstring(l, argument, ptr::null_mut())) }
}

/// As `luaL_fileresult`: true, or nil with a message (that begins with `name` if there is one) and the errno.
///
/// # Safety
/// `l` is a live state with four free stack slots, in a protected call.
pub(super) unsafe fn file_result(l: *mut lua_State, result: Result<(), Errno>, name: Option<&CStr>) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let Err(errno) = result else {
            ffi::lua_pushboolean(l, 1);
            return 1;
        };
        ffi::lua_pushnil(l);
        push_error(l, errno, name);
        ffi::lua_pushinteger(l, errno.code().into());
        3
    }
}

/// Pushes an error's text, after a name and a colon if there is one.
unsafe fn push_error(l: *mut lua_State, errno: Errno, name: Option<&CStr>) {
    // SAFETY: two free slots, as `file_result` requires.
    unsafe {
        if let Some(name) = name {
            ffi::lua_pushstring(l, name.as_ptr());
            push(l, b": ");
            push(l, errno.text().as_bytes());
            ffi::lua_concat(l, 3);
        } else {
            push(l, errno.text().as_bytes());
        }
    }
}

/// Pushes an error's text and gives it as a C string for `luaL_error`.
///
/// # Safety
/// `l` is a live state with a free stack slot, in a protected call. The text lives while it is on the stack.
pub(super) unsafe fn error_text(l: *mut lua_State, errno: Errno) -> *const c_char {
    // SAFETY: the value on top is the string just pushed.
    unsafe {
        push(l, errno.text().as_bytes());
        ffi::lua_tolstring(l, -1, ptr::null_mut())
    }
}

/// Index of an option among a list, as `luaL_checkoption`.
///
/// # Safety
/// `l` is a live state, in a protected call; `names` ends in a null pointer.
pub(super) unsafe fn check_option(
    l: *mut lua_State,
    argument: c_int,
    default: Option<&CStr>,
    names: &[*const c_char],
) -> usize {
    debug_assert!(names.last().is_some_and(|name| name.is_null()));
    // SAFETY: as the caller promises. The result is an index, never negative.
    unsafe { ffi::luaL_checkoption(l, argument, default.map_or(ptr::null(), CStr::as_ptr), names.as_ptr()) as usize }
}
