//! `lsqlite3`: SQLite for services, with the interface of the Lua module of that name. `docs/stores.md` says
//! what is there and what is not.
//!
//! | file | owns |
//! |---|---|
//! | `mod` | the module's table |
//! | `connection` | methods of databases |
//! | `statement` | methods of prepared statements |
//! | `rows` | going over the rows of a query |
//! | `value` | values between Lua and SQLite |
//! | `databases` | what a service has open, and the userdata that stand for it |
//! | `constants` | numbers by name |
//! | `engine` | the way into SQLite: whose turn it is, chance, time, what SQL may not do |
//! | `disk` | the node's file system as SQLite sees it |
//! | `disk_file` | one file of it |
//!
//! SQLite's own memory is not in the service's arena: it is neither counted nor restored with it. Lua holds numbers
//! only, so that a look at a service changes nothing.

mod connection;
mod constants;
mod databases;
mod disk;
mod disk_file;
mod engine;
mod rows;
mod statement;
mod value;

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};
use rusqlite::ffi as sql;

pub use databases::Databases;

use super::convention::{Functions, check_text, library, push};

/// The version of the Lua module whose interface this is.
const INTERFACE: &[u8] = b"0.9.6";

/// Pushes the module's table.
///
/// # Safety
/// Called by Lua as a C function in a state with a record.
pub unsafe extern "C-unwind" fn open_lsqlite3(l: *mut lua_State) -> c_int {
    const FUNCTIONS: &Functions = &[
        (c"__newindex", refuse_change),
        (c"complete", complete),
        (c"lversion", lversion),
        (c"open", connection::open),
        (c"open_memory", connection::open_memory),
        (c"version", version),
    ];
    // SAFETY: called by Lua.
    unsafe {
        connection::create_metatable(l);
        statement::create_metatable(l);
        library(l, FUNCTIONS);
        for (name, value) in constants::ALL {
            ffi::lua_pushinteger(l, i64::from(*value));
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        // It is its own metatable.
        ffi::lua_pushvalue(l, -1);
        ffi::lua_setmetatable(l, -2);
        1
    }
}

unsafe extern "C-unwind" fn refuse_change(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        push(l, b"attempt to change readonly table");
        ffi::lua_error(l)
    }
}

unsafe extern "C-unwind" fn complete(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the text ends in a zero.
    unsafe {
        let text = check_text(l, 1);
        ffi::lua_pushboolean(l, sql::sqlite3_complete(text.as_ptr()));
        1
    }
}

unsafe extern "C-unwind" fn lversion(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        push(l, INTERFACE);
        1
    }
}

unsafe extern "C-unwind" fn version(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; SQLite's text is there for ever.
    unsafe {
        push(l, CStr::from_ptr(sql::sqlite3_libversion()).to_bytes());
        1
    }
}
