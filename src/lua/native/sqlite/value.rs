//! Values between Lua and SQLite.

use std::ffi::{CStr, c_char, c_int};

use mlua::ffi::{self, lua_State};
use rusqlite::ffi as sql;

use super::super::super::vm::bytes;
use super::super::convention::push;

/// Pushes a value of the row that a statement stands on.
///
/// # Safety
/// A native function; the statement is open and stands on a row with that column.
pub(super) unsafe fn push_column(l: *mut lua_State, statement: *mut sql::sqlite3_stmt, column: c_int) {
    // SAFETY: as the caller promises. Lua copies a text before it can run anything that ends the statement.
    unsafe {
        match sql::sqlite3_column_type(statement, column) {
            sql::SQLITE_INTEGER => ffi::lua_pushinteger(l, sql::sqlite3_column_int64(statement, column)),
            sql::SQLITE_FLOAT => ffi::lua_pushnumber(l, sql::sqlite3_column_double(statement, column)),
            sql::SQLITE_NULL => ffi::lua_pushnil(l),
            kind => {
                let data = if kind == sql::SQLITE_BLOB {
                    sql::sqlite3_column_blob(statement, column).cast::<u8>()
                } else {
                    sql::sqlite3_column_text(statement, column)
                };
                let length = sql::sqlite3_column_bytes(statement, column) as usize;
                // An empty blob has no address.
                push(l, if data.is_null() { &[] } else { std::slice::from_raw_parts(data, length) });
            }
        }
    }
}

/// Pushes a value of a row as text, as the callback of `exec` sees it; nil for null.
///
/// # Safety
/// As for [`push_column`].
pub(super) unsafe fn push_column_text(l: *mut lua_State, statement: *mut sql::sqlite3_stmt, column: c_int) {
    // SAFETY: as the caller promises.
    unsafe { push_text(l, sql::sqlite3_column_text(statement, column).cast()) };
}

/// Pushes a text of SQLite, or nil if there is none.
///
/// # Safety
/// A native function; the text is null or ends in a zero.
pub(super) unsafe fn push_text(l: *mut lua_State, text: *const c_char) {
    // SAFETY: as the caller promises.
    unsafe {
        if text.is_null() {
            ffi::lua_pushnil(l);
        } else {
            push(l, CStr::from_ptr(text).to_bytes());
        }
    }
}

/// Gives a parameter the value at an index, and SQLite's code for that; an error if SQL has no such value.
///
/// # Safety
/// A native function; the statement is open.
pub(super) unsafe fn bind(
    l: *mut lua_State,
    statement: *mut sql::sqlite3_stmt,
    parameter: c_int,
    index: c_int,
) -> c_int {
    // SAFETY: as the caller promises. SQLite copies texts.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TSTRING => {
                let text = bytes(l, index);
                let (data, length) = (text.as_ptr().cast(), text.len() as u64);
                let encoding = sql::SQLITE_UTF8 as u8;
                sql::sqlite3_bind_text64(statement, parameter, data, length, sql::SQLITE_TRANSIENT(), encoding)
            }
            ffi::LUA_TNUMBER if ffi::lua_isinteger(l, index) != 0 => {
                sql::sqlite3_bind_int64(statement, parameter, ffi::lua_tointeger(l, index))
            }
            ffi::LUA_TNUMBER => sql::sqlite3_bind_double(statement, parameter, ffi::lua_tonumber(l, index)),
            ffi::LUA_TBOOLEAN => sql::sqlite3_bind_int(statement, parameter, ffi::lua_toboolean(l, index)),
            ffi::LUA_TNONE | ffi::LUA_TNIL => sql::sqlite3_bind_null(statement, parameter),
            other => {
                let format = c"index (%d) - invalid data type for bind (%s)";
                ffi::luaL_error(l, format.as_ptr(), parameter, ffi::lua_typename(l, other))
            }
        }
    }
}

/// As [`bind`] for a string that stays as it is.
///
/// # Safety
/// As for [`bind`].
pub(super) unsafe fn bind_blob(statement: *mut sql::sqlite3_stmt, parameter: c_int, blob: &[u8]) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let (data, length) = (blob.as_ptr().cast(), blob.len() as u64);
        sql::sqlite3_bind_blob64(statement, parameter, data, length, sql::SQLITE_TRANSIENT())
    }
}
