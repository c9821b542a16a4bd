//! File handles: the userdata, its methods, and what both `io` and other libraries need of it.

use std::ffi::{CStr, c_int, c_void};
use std::mem;
use std::slice;

use mlua::ffi::{self, lua_State};

use super::convention::{Functions, check_option, file_result, library, register};
use super::files::{STDERR, Slot, Whence, with};
use super::read::{finish_read, read_values};

/// The name of the handles' metatable: that of stock Lua.
pub(super) const FILE_HANDLE: &CStr = c"FILE*";

/// The slot of a handle that is closed.
const CLOSED: Slot = -1;

/// The most arguments of `lines`: they have to fit into a closure's upvalues.
const LINES_ARGUMENTS_MAX: c_int = 250;

/// What a handle's userdata holds. Plain numbers: Lua's memory may be copied and restored.
#[repr(C)]
pub(super) struct Handle {
    /// Where a C library would look for `luaL_Stream`'s two pointers: it sees a closed file.
    foreign: [usize; 2],
    slot: Slot,
    spare: i32,
}

/// Creates the metatable of handles, without what collects them: see [`complete_metatable`].
///
/// # Safety
/// `l` is a live state with five free stack slots, in a protected call.
pub(super) unsafe fn create_metatable(l: *mut lua_State) {
    const METHODS: &Functions = &[
        (c"close", close),
        (c"flush", flush),
        (c"lines", lines),
        (c"read", read),
        (c"seek", seek),
        (c"setvbuf", setvbuf),
        (c"write", write),
    ];
    // SAFETY: as the caller promises.
    unsafe {
        ffi::luaL_newmetatable(l, FILE_HANDLE.as_ptr());
        library(l, METHODS);
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        ffi::lua_pop(l, 1);
    }
}

/// Gives the metatable its finalizer. Handles that have it already (the standard files, which nobody
/// can close) are never finalized, so that a state with no others can go without being closed.
///
/// # Safety
/// As for [`create_metatable`].
pub(super) unsafe fn complete_metatable(l: *mut lua_State) {
    const META: &Functions = &[(c"__gc", collect), (c"__tostring", to_string)];
    // SAFETY: as the caller promises.
    unsafe {
        ffi::luaL_newmetatable(l, FILE_HANDLE.as_ptr());
        register(l, META);
        ffi::lua_getfield(l, -1, c"__gc".as_ptr());
        ffi::lua_setfield(l, -2, c"__close".as_ptr());
        ffi::lua_pop(l, 1);
    }
}

/// Pushes a new handle, closed until its slot is set: if memory runs out, nothing was opened.
///
/// # Safety
/// `l` is a live state with two free stack slots, in a protected call.
pub(super) unsafe fn new_handle(l: *mut lua_State) -> *mut Handle {
    // SAFETY: the userdata has the size asked for, and Lua aligns it for any type.
    unsafe {
        let handle = ffi::lua_newuserdatauv(l, mem::size_of::<Handle>(), 0).cast::<Handle>();
        handle.write(Handle { foreign: [0; 2], slot: CLOSED, spare: 0 });
        ffi::luaL_setmetatable(l, FILE_HANDLE.as_ptr());
        handle
    }
}

impl Handle {
    pub(super) fn open(&mut self, slot: Slot) {
        self.slot = slot;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.slot == CLOSED
    }
}

/// The handle at an index, if there is one. Lua code can give its metatable to any userdata, so
/// the size counts too.
///
/// # Safety
/// `l` is a live state, in a protected call.
pub(super) unsafe fn test_handle(l: *mut lua_State, index: c_int) -> Option<*mut Handle> {
    // SAFETY: the handle is as long as it must be; it lives while it is on the stack.
    unsafe {
        let handle: *mut c_void = ffi::luaL_testudata(l, index, FILE_HANDLE.as_ptr());
        (!handle.is_null() && ffi::lua_rawlen(l, index) as usize == mem::size_of::<Handle>()).then(|| handle.cast())
    }
}

/// The handle at argument 1, or an error.
unsafe fn check_handle(l: *mut lua_State) -> *mut Handle {
    // SAFETY: called by C functions. A false handle fails below and does not come back.
    unsafe {
        if let Some(handle) = test_handle(l, 1) {
            return handle;
        }
        if !ffi::luaL_checkudata(l, 1, FILE_HANDLE.as_ptr()).is_null() {
            ffi::luaL_argerror(l, 1, c"FILE* expected, got userdata".as_ptr());
        }
        unreachable!("luaL_checkudata raises an error for what is no file handle")
    }
}

/// The slot of the open file at argument 1, or an error.
///
/// # Safety
/// `l` is a live state, in a protected call.
pub(super) unsafe fn check_open(l: *mut lua_State) -> Slot {
    // SAFETY: the handle is on the stack.
    unsafe {
        let handle = check_handle(l);
        if (*handle).is_closed() {
            ffi::luaL_error(l, c"attempt to use a closed file".as_ptr());
        }
        (*handle).slot
    }
}

/// The slot of the open default file under a name of the registry, or an error. Uses a stack slot.
///
/// # Safety
/// `l` is a live state, in a protected call.
pub(super) unsafe fn default_slot(l: *mut lua_State, key: &CStr, role: &CStr) -> Slot {
    // SAFETY: the handle is on the stack; Lua code may have put anything else there.
    unsafe {
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, key.as_ptr());
        match test_handle(l, -1) {
            Some(handle) if !(*handle).is_closed() => (*handle).slot,
            _ => {
                ffi::luaL_error(l, c"default %s file is closed".as_ptr(), role.as_ptr());
                CLOSED
            }
        }
    }
}

/// Closes the open handle at argument 1 and pushes what `close` answers.
unsafe fn close_handle(l: *mut lua_State) -> c_int {
    // SAFETY: the handle is on the stack; nothing below keeps a reference to it.
    unsafe {
        let handle = check_handle(l);
        let slot = (*handle).slot;
        if slot <= STDERR {
            ffi::lua_pushnil(l);
            ffi::lua_pushstring(l, c"cannot close standard file".as_ptr());
            return 2;
        }
        (*handle).slot = CLOSED;
        with(l, |files| files.close(slot));
        file_result(l, Ok(()), None)
    }
}

/// `file:close()`
pub(super) unsafe extern "C-unwind" fn close(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        check_open(l);
        close_handle(l)
    }
}

unsafe extern "C-unwind" fn collect(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. Handles of files that never opened are closed ones.
    unsafe {
        let handle = check_handle(l);
        if !(*handle).is_closed() {
            close_handle(l);
        }
        0
    }
}

unsafe extern "C-unwind" fn to_string(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. Its `%p` shows only what is the same in every run.
    unsafe {
        let handle = check_handle(l);
        if (*handle).is_closed() {
            ffi::lua_pushstring(l, c"file (closed)".as_ptr());
        } else {
            ffi::lua_pushfstring(l, c"file (%p)".as_ptr(), handle.cast::<c_void>());
        }
        1
    }
}

unsafe extern "C-unwind" fn flush(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. Writes are not held back; but until here a crash may take them.
    unsafe {
        let slot = check_open(l);
        with(l, |files| files.flush(slot));
        file_result(l, Ok(()), None)
    }
}

unsafe extern "C-unwind" fn setvbuf(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the names end in null.
    unsafe {
        check_open(l);
        let names = [c"no".as_ptr(), c"full".as_ptr(), c"line".as_ptr(), std::ptr::null()];
        check_option(l, 2, None, &names);
        ffi::luaL_optinteger(l, 3, 0);
        file_result(l, Ok(()), None)
    }
}

unsafe extern "C-unwind" fn seek(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the names end in null, and those before it match `places`.
    unsafe {
        let slot = check_open(l);
        let names = [c"set".as_ptr(), c"cur".as_ptr(), c"end".as_ptr(), std::ptr::null()];
        let places = [Whence::Start, Whence::Current, Whence::End];
        let whence = places[check_option(l, 2, Some(c"cur"), &names)];
        let offset = ffi::luaL_optinteger(l, 3, 0);
        match with(l, |files| files.seek(slot, whence, offset)) {
            Ok(position) => {
                ffi::lua_pushinteger(l, position);
                1
            }
            Err(errno) => file_result(l, Err(errno), None),
        }
    }
}

unsafe extern "C-unwind" fn read(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let slot = check_open(l);
        read_values(l, slot, 2)
    }
}

unsafe extern "C-unwind" fn write(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. The file goes to the top, where it is the result.
    unsafe {
        let slot = check_open(l);
        ffi::lua_pushvalue(l, 1);
        write_values(l, slot, 2)
    }
}

/// Writes the values from `first` up to the one below the top, and gives the top back.
///
/// # Safety
/// `l` is a live state with four free stack slots, in a protected call.
pub(super) unsafe fn write_values(l: *mut lua_State, slot: Slot, first: c_int) -> c_int {
    let (mut written, mut failed) = (0_usize, None);
    // SAFETY: as the caller promises; a text lives while it is on the stack.
    unsafe {
        for argument in first..ffi::lua_gettop(l) {
            let number = ffi::lua_type(l, argument) == ffi::LUA_TNUMBER;
            let mut length = 0;
            let text = if number {
                // A copy: the argument itself is to stay a number.
                ffi::lua_pushvalue(l, argument);
                ffi::lua_tolstring(l, -1, &raw mut length)
            } else {
                ffi::luaL_checklstring(l, argument, &raw mut length)
            };
            let mut bytes = slice::from_raw_parts(text.cast::<u8>(), length);
            if cfg!(feature = "lua54") && number && ffi::lua_isinteger(l, argument) == 0 {
                // Lua 5.4 prints floats with "%.14g" here, which does not add the ".0".
                bytes = bytes.strip_suffix(b".0").unwrap_or(bytes);
            }
            match with(l, |files| files.write(slot, bytes)) {
                Ok(()) => written += bytes.len(),
                Err(errno) => failed = Some(errno),
            }
            if number {
                ffi::lua_pop(l, 1);
            }
            if let Some(errno) = failed
                && cfg!(feature = "lua55")
            {
                file_result(l, Err(errno), None);
                ffi::lua_pushinteger(l, written as i64);
                return 4;
            }
        }
        failed.map_or(1, |errno| file_result(l, Err(errno), None))
    }
}

unsafe extern "C-unwind" fn lines(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        check_open(l);
        push_line_reader(l, false);
        1
    }
}

/// Pushes the function that reads on at each call: a closure over the file at argument 1 and the
/// formats above it. It closes the file at the end if asked to.
///
/// # Safety
/// `l` is a live state, in a protected call.
pub(super) unsafe fn push_line_reader(l: *mut lua_State, close_at_end: bool) {
    // SAFETY: as the caller promises; three more slots are within what a C function has.
    unsafe {
        let formats = ffi::lua_gettop(l) - 1;
        if formats > LINES_ARGUMENTS_MAX {
            ffi::luaL_argerror(l, LINES_ARGUMENTS_MAX + 2, c"too many arguments".as_ptr());
        }
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushinteger(l, formats.into());
        ffi::lua_pushboolean(l, close_at_end.into());
        ffi::lua_rotate(l, 2, 3);
        ffi::lua_pushcclosure(l, read_line, 3 + formats);
    }
}

/// One step of an iteration over lines.
unsafe extern "C-unwind" fn read_line(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. `debug.setupvalue` may have changed what upvalues hold, so they are checked.
    unsafe {
        let formats = ffi::lua_tointeger(l, ffi::lua_upvalueindex(2)).clamp(0, LINES_ARGUMENTS_MAX.into()) as c_int;
        let slot = match test_handle(l, ffi::lua_upvalueindex(1)) {
            Some(handle) if !(*handle).is_closed() => (*handle).slot,
            _ => return ffi::luaL_error(l, c"file is already closed".as_ptr()),
        };
        ffi::lua_settop(l, 1);
        ffi::luaL_checkstack(l, formats, c"too many arguments".as_ptr());
        for format in 1..=formats {
            ffi::lua_pushvalue(l, ffi::lua_upvalueindex(3 + format));
        }
        let results = read_values(l, slot, 2);
        if ffi::lua_toboolean(l, -results) != 0 {
            return results;
        }
        finish_read(l, results);
        if ffi::lua_toboolean(l, ffi::lua_upvalueindex(3)) != 0 {
            ffi::lua_settop(l, 0);
            ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
            close_handle(l);
        }
        0
    }
}
