//! The `io` library (and `print`) over the node's file system. Behaves as liolib, without
//! processes; standard input is empty, standard output goes to the host.

use std::ffi::{CStr, c_int};
use std::ptr;
use std::slice;

use mlua::ffi::{self, lua_State};

use super::convention::{Functions, check_text, error_text, file_result, library};
use super::files::{Mode, STDERR, STDIN, STDOUT, Slot, with};
use super::handle;
use super::handle::{
    check_open, complete_metatable, create_metatable, default_slot, new_handle, test_handle, write_values,
};
use super::read::read_values;

const INPUT: &CStr = c"_IO_input";
const OUTPUT: &CStr = c"_IO_output";

/// Pushes the library's table.
///
/// # Safety
/// Called by Lua as a C function in a state whose files are set.
pub unsafe extern "C-unwind" fn open_io(l: *mut lua_State) -> c_int {
    const FUNCTIONS: &Functions = &[
        (c"close", close),
        (c"flush", flush),
        (c"input", input),
        (c"lines", lines),
        (c"open", open),
        (c"output", output),
        (c"popen", popen),
        (c"read", read),
        (c"tmpfile", tmpfile),
        (c"type", kind),
        (c"write", write),
    ];
    // SAFETY: called by Lua.
    unsafe {
        library(l, FUNCTIONS);
        create_metatable(l);
        create_standard(l, STDIN, Some(INPUT), c"stdin");
        create_standard(l, STDOUT, Some(OUTPUT), c"stdout");
        create_standard(l, STDERR, None, c"stderr");
        complete_metatable(l);
        1
    }
}

/// Enters a standard file into the library's table on top, and as a default file.
unsafe fn create_standard(l: *mut lua_State, slot: Slot, default: Option<&CStr>, name: &CStr) {
    // SAFETY: called by `open_io`.
    unsafe {
        (*new_handle(l)).open(slot);
        if let Some(key) = default {
            ffi::lua_pushvalue(l, -1);
            ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, key.as_ptr());
        }
        ffi::lua_setfield(l, -2, name.as_ptr());
    }
}

/// `print`, to the host's standard output.
///
/// # Safety
/// Called by Lua as a C function in a state whose files are set.
pub unsafe extern "C-unwind" fn print(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; a text lives while it is on the stack.
    unsafe {
        let count = ffi::lua_gettop(l);
        for index in 1..=count {
            let mut length = 0;
            let text = ffi::luaL_tolstring(l, index, &raw mut length);
            let text = slice::from_raw_parts(text.cast::<u8>(), length);
            with(l, |files| {
                if index > 1 {
                    files.host().write_stdout(b"\t");
                }
                files.host().write_stdout(text);
            });
            ffi::lua_pop(l, 1);
        }
        with(l, |files| files.host().write_stdout(b"\n"));
        0
    }
}

unsafe extern "C-unwind" fn kind(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        ffi::luaL_checkany(l, 1);
        match test_handle(l, 1) {
            None => ffi::lua_pushnil(l),
            Some(handle) => {
                let text = if (*handle).is_closed() { c"closed file" } else { c"file" };
                ffi::lua_pushstring(l, text.as_ptr());
            }
        }
        1
    }
}

unsafe extern "C-unwind" fn open(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; both texts stay on the stack.
    unsafe {
        let path = check_text(l, 1);
        let mode = CStr::from_ptr(ffi::luaL_optlstring(l, 2, c"r".as_ptr(), ptr::null_mut()));
        let handle = new_handle(l);
        let Some(mode) = Mode::parse(mode.to_bytes()) else {
            return ffi::luaL_argerror(l, 2, c"invalid mode".as_ptr());
        };
        match with(l, |files| files.open(path.to_bytes(), mode)) {
            Ok(slot) => {
                (*handle).open(slot);
                1
            }
            Err(errno) => file_result(l, Err(errno), Some(path)),
        }
    }
}

/// Pushes the opened file, or raises an error.
unsafe fn open_checked(l: *mut lua_State, path: &CStr, mode: &[u8]) {
    // SAFETY: called by C functions; the path is on the stack.
    unsafe {
        let handle = new_handle(l);
        let mode = Mode::parse(mode).expect("modes in this file are right");
        match with(l, |files| files.open(path.to_bytes(), mode)) {
            Ok(slot) => (*handle).open(slot),
            Err(errno) => {
                let text = error_text(l, errno);
                ffi::luaL_error(l, c"cannot open file '%s' (%s)".as_ptr(), path.as_ptr(), text);
            }
        }
    }
}

unsafe extern "C-unwind" fn close(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        if ffi::lua_type(l, 1) == ffi::LUA_TNONE {
            ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, OUTPUT.as_ptr());
        }
        handle::close(l)
    }
}

/// Stock Lua on a system without processes.
unsafe extern "C-unwind" fn popen(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        check_text(l, 1);
        let mode = CStr::from_ptr(ffi::luaL_optlstring(l, 2, c"r".as_ptr(), ptr::null_mut()));
        if mode != c"r" && mode != c"w" {
            return ffi::luaL_argerror(l, 2, c"invalid mode".as_ptr());
        }
        ffi::luaL_error(l, c"'popen' not supported".as_ptr())
    }
}

unsafe extern "C-unwind" fn tmpfile(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let handle = new_handle(l);
        match with(l, |files| files.open_unnamed()) {
            Ok(slot) => {
                (*handle).open(slot);
                1
            }
            Err(errno) => file_result(l, Err(errno), None),
        }
    }
}

unsafe extern "C-unwind" fn input(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { default_file(l, INPUT, b"r") }
}

unsafe extern "C-unwind" fn output(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { default_file(l, OUTPUT, b"w") }
}

/// Sets a default file, if argument 1 says which, and pushes it.
unsafe fn default_file(l: *mut lua_State, key: &CStr, mode: &[u8]) -> c_int {
    // SAFETY: called by C functions; the path is on the stack.
    unsafe {
        if ffi::lua_isnoneornil(l, 1) == 0 {
            let path = ffi::lua_tolstring(l, 1, ptr::null_mut());
            if path.is_null() {
                check_open(l);
                ffi::lua_pushvalue(l, 1);
            } else {
                open_checked(l, CStr::from_ptr(path), mode);
            }
            ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, key.as_ptr());
        }
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, key.as_ptr());
        1
    }
}

unsafe extern "C-unwind" fn lines(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; argument 1 becomes the file.
    unsafe {
        if ffi::lua_type(l, 1) == ffi::LUA_TNONE {
            ffi::lua_pushnil(l);
        }
        if ffi::lua_type(l, 1) == ffi::LUA_TNIL {
            ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, INPUT.as_ptr());
            ffi::lua_replace(l, 1);
            check_open(l);
            handle::push_line_reader(l, false);
            return 1;
        }
        open_checked(l, check_text(l, 1), b"r");
        ffi::lua_replace(l, 1);
        handle::push_line_reader(l, true);
        // State, control, and the file as what the loop closes at its end.
        ffi::lua_pushnil(l);
        ffi::lua_pushnil(l);
        ffi::lua_pushvalue(l, 1);
        4
    }
}

unsafe extern "C-unwind" fn read(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. The default file stays above the formats.
    unsafe {
        let slot = default_slot(l, INPUT, c"input");
        read_values(l, slot, 1)
    }
}

unsafe extern "C-unwind" fn write(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. The default file is on top, where it is the result.
    unsafe {
        let slot = default_slot(l, OUTPUT, c"output");
        write_values(l, slot, 1)
    }
}

unsafe extern "C-unwind" fn flush(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. Writes are not held back; but until here a crash may take them.
    unsafe {
        let slot = default_slot(l, OUTPUT, c"output");
        with(l, |files| files.flush(slot));
        file_result(l, Ok(()), None)
    }
}
