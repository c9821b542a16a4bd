//! The `os` library: virtual time, the node's files and environment. No processes; the local time
//! zone is UTC, the locale is C.

use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;

use mlua::ffi::{self, lua_State};

use super::convention::{Functions, check_option, check_text, file_result, library, push, push_span};
use super::date::{Date, Short, specifier_length};
use super::files::with;
use crate::lua::running;

/// Pushes the library's table.
///
/// # Safety
/// Called by Lua as a C function in a state whose files are set.
pub unsafe extern "C-unwind" fn open_os(l: *mut lua_State) -> c_int {
    const FUNCTIONS: &Functions = &[
        (c"clock", clock),
        (c"date", date),
        (c"difftime", difftime),
        (c"execute", execute),
        (c"exit", exit),
        (c"getenv", getenv),
        (c"remove", remove),
        (c"rename", rename),
        (c"setlocale", setlocale),
        (c"time", time),
        (c"tmpname", tmpname),
    ];
    // SAFETY: called by Lua.
    unsafe { library(l, FUNCTIONS) };
    1
}

/// Virtual seconds since the run began, with C's resolution of a microsecond.
unsafe extern "C-unwind" fn clock(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let micros = with(l, |files| files.host().now().as_nanos() / 1000);
        ffi::lua_pushnumber(l, micros as f64 / 1_000_000.0);
        1
    }
}

unsafe extern "C-unwind" fn difftime(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let (later, earlier) = (ffi::luaL_checkinteger(l, 1), ffi::luaL_checkinteger(l, 2));
        ffi::lua_pushnumber(l, (i128::from(later) - i128::from(earlier)) as f64);
        1
    }
}

/// Without a command: there is no shell.
unsafe extern "C-unwind" fn execute(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        if !ffi::luaL_optlstring(l, 1, ptr::null(), ptr::null_mut()).is_null() {
            return ffi::luaL_error(l, c"os.execute is not available in skysim".as_ptr());
        }
        ffi::lua_pushboolean(l, 0);
        1
    }
}

/// Tells the host, and stops this coroutine with an error. The host sees to the rest of the node.
unsafe extern "C-unwind" fn exit(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let code = if ffi::lua_type(l, 1) == ffi::LUA_TBOOLEAN {
            i32::from(ffi::lua_toboolean(l, 1) == 0)
        } else {
            // As C's cast to int.
            ffi::luaL_optinteger(l, 1, 0) as i32
        };
        with(l, |files| files.host().exit(code));
        running::unwind(l)
    }
}

unsafe extern "C-unwind" fn getenv(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. The value is kept by the files while Lua copies it.
    unsafe {
        let name = check_text(l, 1).to_str().unwrap_or_default();
        let value = with(l, |files| files.host().getenv(name).map(|value| files.keep(value.as_bytes())));
        match value {
            Some(value) => push_span(l, value),
            None => ffi::lua_pushnil(l),
        }
        1
    }
}

unsafe extern "C-unwind" fn remove(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the path is on the stack.
    unsafe {
        let path = check_text(l, 1);
        let path_bytes = path.to_bytes();
        let result = with(l, |files| files.change(path_bytes, |vfs, now| vfs.remove(path_bytes, now)));
        file_result(l, result, Some(path))
    }
}

unsafe extern "C-unwind" fn rename(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the paths are on the stack.
    unsafe {
        let (from, to) = (check_text(l, 1).to_bytes(), check_text(l, 2).to_bytes());
        let result = with(l, |files| files.change(to, |vfs, now| vfs.rename(from, to, now)));
        file_result(l, result, None)
    }
}

unsafe extern "C-unwind" fn tmpname(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. The name is kept by the files while Lua copies it.
    unsafe {
        let name = with(l, |files| {
            let name = files.on_vfs(|vfs, now| vfs.temporary_name(now)).ok()?;
            Some(files.keep(&name))
        });
        match name {
            Some(name) => push_span(l, name),
            None => return ffi::luaL_error(l, c"unable to generate a unique filename".as_ptr()),
        }
        1
    }
}

/// There is one locale, "C".
unsafe extern "C-unwind" fn setlocale(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the names end in null.
    unsafe {
        let wanted = ffi::luaL_optlstring(l, 1, ptr::null(), ptr::null_mut());
        let categories = [
            c"all".as_ptr(),
            c"collate".as_ptr(),
            c"ctype".as_ptr(),
            c"monetary".as_ptr(),
            c"numeric".as_ptr(),
            c"time".as_ptr(),
            ptr::null(),
        ];
        check_option(l, 2, Some(c"all"), &categories);
        if wanted.is_null() || [c"", c"C", c"POSIX"].contains(&CStr::from_ptr(wanted)) {
            push(l, b"C");
        } else {
            ffi::lua_pushnil(l);
        }
        1
    }
}

unsafe extern "C-unwind" fn date(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the format is on the stack, and a zero follows it.
    unsafe {
        let mut length = 0;
        let format = ffi::luaL_optlstring(l, 1, c"%c".as_ptr(), &raw mut length);
        let mut format = slice::from_raw_parts(format.cast::<u8>(), length);
        let time = if ffi::lua_isnoneornil(l, 2) != 0 {
            with(l, |files| files.unix_time())
        } else {
            ffi::luaL_checkinteger(l, 2)
        };
        let universal = format.first() == Some(&b'!');
        format = &format[usize::from(universal)..];
        let Some(mut date) = Date::from_unix(time) else {
            return ffi::luaL_error(l, c"date result cannot be represented in this installation".as_ptr());
        };
        date.universal = universal;
        // The comparison is C's: it ends at a zero.
        if format == b"*t" || format.starts_with(b"*t\0") {
            ffi::lua_createtable(l, 0, 9);
            set_fields(l, &date);
        } else {
            push_formatted(l, &date, format);
        }
        1
    }
}

/// Pushes a date in a format. The bytes of `format` are followed by a zero.
unsafe fn push_formatted(l: *mut lua_State, date: &Date, mut format: &[u8]) {
    // SAFETY: called by `date`. The buffer is plain memory that Lua owns.
    unsafe {
        let mut buffer = MaybeUninit::<ffi::luaL_Buffer>::uninit();
        let buffer = buffer.as_mut_ptr();
        ffi::luaL_buffinit(l, buffer);
        while let Some(percent) = format.iter().position(|byte| *byte == b'%') {
            ffi::luaL_addlstring(buffer, format.as_ptr().cast(), percent);
            format = &format[percent + 1..];
            let Some(length) = specifier_length(format) else {
                let message = ffi::lua_pushfstring(
                    l,
                    c"invalid conversion specifier '%%%s'".as_ptr(),
                    format.as_ptr().cast::<std::ffi::c_char>(),
                );
                ffi::luaL_argerror(l, 1, message);
                return;
            };
            let mut text = Short::new();
            let written = date.format(&format[..length], &mut text);
            debug_assert!(written.is_ok(), "the longest conversion has far less than 64 bytes");
            ffi::luaL_addlstring(buffer, text.bytes().as_ptr().cast(), text.bytes().len());
            format = &format[length..];
        }
        ffi::luaL_addlstring(buffer, format.as_ptr().cast(), format.len());
        ffi::luaL_pushresult(buffer);
    }
}

/// Sets a date's fields in the table on top.
unsafe fn set_fields(l: *mut lua_State, date: &Date) {
    // SAFETY: called by C functions with a table on top.
    unsafe {
        let fields = [
            (c"year", date.year),
            (c"month", date.month),
            (c"day", date.day),
            (c"hour", date.hour),
            (c"min", date.minute),
            (c"sec", date.second),
            (c"yday", date.yearday + 1),
            (c"wday", date.weekday + 1),
        ];
        for (name, value) in fields {
            ffi::lua_pushinteger(l, value);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        ffi::lua_pushboolean(l, 0);
        ffi::lua_setfield(l, -2, c"isdst".as_ptr());
    }
}

/// A field of the table on top, as far from `delta` as a C int reaches.
unsafe fn field(l: *mut lua_State, name: &CStr, default: Option<i64>, delta: i64) -> i64 {
    // SAFETY: called by `time` with a table on top.
    unsafe {
        let kind = ffi::lua_getfield(l, -1, name.as_ptr());
        let mut integer = 0;
        let value = ffi::lua_tointegerx(l, -1, &raw mut integer);
        if integer == 0 {
            if kind != ffi::LUA_TNIL {
                ffi::luaL_error(l, c"field '%s' is not an integer".as_ptr(), name.as_ptr());
            }
            if default.is_none() {
                ffi::luaL_error(l, c"field '%s' missing in date table".as_ptr(), name.as_ptr());
            }
        } else if !(i64::from(i32::MIN) + delta..=i64::from(i32::MAX) + delta).contains(&value) {
            ffi::luaL_error(l, c"field '%s' is out-of-bound".as_ptr(), name.as_ptr());
        }
        ffi::lua_pop(l, 1);
        if integer == 0 { default.unwrap_or_default() } else { value }
    }
}

unsafe extern "C-unwind" fn time(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let time = if ffi::lua_isnoneornil(l, 1) != 0 {
            Some(with(l, |files| files.unix_time()))
        } else {
            ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
            ffi::lua_settop(l, 1);
            let year = field(l, c"year", None, 1900);
            let month = field(l, c"month", None, 1);
            let day = field(l, c"day", None, 0);
            let hour = field(l, c"hour", Some(12), 0);
            let minute = field(l, c"min", Some(0), 0);
            let second = field(l, c"sec", Some(0), 0);
            ffi::lua_getfield(l, -1, c"isdst".as_ptr());
            // UTC has no summer time: glibc takes the fields to be an hour ahead.
            let second = second - if ffi::lua_toboolean(l, -1) != 0 { 3600 } else { 0 };
            ffi::lua_pop(l, 1);
            let time = Date::to_unix(year, month, day, hour, minute, second);
            if let Some(date) = time.and_then(Date::from_unix) {
                set_fields(l, &date);
            }
            time
        };
        match time {
            // mktime's answer for "no", even where it is a time.
            None | Some(-1) => ffi::luaL_error(l, c"time result cannot be represented in this installation".as_ptr()),
            Some(time) => {
                ffi::lua_pushinteger(l, time);
                1
            }
        }
    }
}
