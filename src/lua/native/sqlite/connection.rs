//! Databases: opening, running SQL, closing.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use mlua::ffi::{self, lua_State};
use rusqlite::ffi as sql;

use super::super::super::vm::bytes;
use super::super::convention::{Functions, check_text, library, push, register};
use super::databases::{Id, Life, check_id, databases, push_unopened};
use super::value::{push_column_text, push_text};
use super::{disk, engine, rows, statement};

/// The name of the metatable: that of the Lua module.
const DATABASE: &CStr = c":sqlite3";

/// What the flags of `open` may ask for. Names are paths and no URIs; nothing is shared.
const FLAGS: c_int = sql::SQLITE_OPEN_READONLY
    | sql::SQLITE_OPEN_READWRITE
    | sql::SQLITE_OPEN_CREATE
    | sql::SQLITE_OPEN_MEMORY
    | sql::SQLITE_OPEN_NOMUTEX
    | sql::SQLITE_OPEN_FULLMUTEX;

/// Creates the metatable of databases.
///
/// # Safety
/// A native function.
pub(super) unsafe fn create_metatable(l: *mut lua_State) {
    const METHODS: &Functions = &[
        (c"busy_timeout", busy_timeout),
        (c"changes", changes),
        (c"close", close),
        (c"close_vm", close_vm),
        (c"db_filename", db_filename),
        (c"errcode", errcode),
        (c"errmsg", errmsg),
        (c"error_code", errcode),
        (c"error_message", errmsg),
        (c"exec", exec),
        (c"execute", exec),
        (c"interrupt", interrupt),
        (c"isopen", isopen),
        (c"last_insert_rowid", last_insert_rowid),
        (c"nrows", rows::database_nrows),
        (c"prepare", prepare),
        (c"rows", rows::database_rows),
        (c"total_changes", total_changes),
        (c"urows", rows::database_urows),
    ];
    const META: &Functions = &[(c"__gc", collect), (c"__tostring", to_string)];
    // SAFETY: as the caller promises.
    unsafe {
        ffi::luaL_newmetatable(l, DATABASE.as_ptr());
        register(l, META);
        library(l, METHODS);
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        ffi::lua_pop(l, 1);
    }
}

/// The open database at argument 1, or an error.
///
/// # Safety
/// A native function.
pub(super) unsafe fn check(l: *mut lua_State) -> (Id, *mut sql::sqlite3) {
    // SAFETY: as the caller promises.
    unsafe {
        let id = check_id(l, 1, DATABASE);
        let Some(connection) = databases(l).connection(id) else {
            ffi::luaL_argerror(l, 1, c"attempt to use closed sqlite database".as_ptr());
            unreachable!("luaL_argerror does not return")
        };
        (id, connection)
    }
}

/// `open(filename [, flags])`: the database, or nil, a code and a message.
pub(super) unsafe extern "C-unwind" fn open(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let default = sql::SQLITE_OPEN_READWRITE | sql::SQLITE_OPEN_CREATE;
        check_text(l, 1);
        let flags = ffi::luaL_optinteger(l, 2, default.into()) as c_int;
        ffi::lua_settop(l, 1);
        open_as(l, flags & FLAGS)
    }
}

/// `open_memory()`
pub(super) unsafe extern "C-unwind" fn open_memory(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        ffi::lua_settop(l, 0);
        push(l, b":memory:");
        open_as(l, sql::SQLITE_OPEN_READWRITE | sql::SQLITE_OPEN_CREATE)
    }
}

/// Opens what is named at 1.
unsafe fn open_as(l: *mut lua_State, flags: c_int) -> c_int {
    // SAFETY: called by native functions; the name is on the stack.
    unsafe {
        let database = push_unopened(l, DATABASE, 1);
        // A name that looks like a URI is one of a file all the same.
        if bytes(l, 1).starts_with(b"file:") {
            ffi::lua_pushfstring(l, c"./%s".as_ptr(), ffi::lua_tostring(l, 1));
        } else {
            ffi::lua_pushvalue(l, 1);
        }
        let name = ffi::lua_tostring(l, -1);
        let known = engine::ready();
        let mut connection = ptr::null_mut();
        let outcome = engine::enter(l, || match known {
            sql::SQLITE_OK => {
                let outcome = sql::sqlite3_open_v2(name, &mut connection, flags, disk::NAME.as_ptr());
                if outcome == sql::SQLITE_OK {
                    engine::tame(connection);
                }
                outcome
            }
            refused => refused,
        });
        if outcome == sql::SQLITE_OK {
            *database = databases(l).add_connection(connection);
            ffi::lua_pop(l, 1);
            return 1;
        }
        // Kept until its message is on the stack.
        *database = databases(l).add_connection(connection);
        ffi::lua_pushnil(l);
        ffi::lua_pushinteger(l, outcome.into());
        push_text(l, sql::sqlite3_errmsg(connection));
        close_database(l, *database);
        3
    }
}

/// Finalizes the statements of a database and closes it.
unsafe fn close_database(l: *mut lua_State, id: Id) -> c_int {
    // SAFETY: called by native functions; what is taken out is open, and used no more.
    unsafe {
        while let Some(statement) = databases(l).take_one_of(id, |_| true) {
            engine::enter(l, || sql::sqlite3_finalize(statement.handle));
        }
        match databases(l).take_connection(id) {
            Some(connection) => engine::enter(l, || sql::sqlite3_close(connection)),
            None => sql::SQLITE_OK,
        }
    }
}

unsafe extern "C-unwind" fn close(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let (id, _) = check(l);
        ffi::lua_pushinteger(l, close_database(l, id).into());
        1
    }
}

unsafe extern "C-unwind" fn collect(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let id = check_id(l, 1, DATABASE);
        close_database(l, id);
        0
    }
}

/// `close_vm([temporary_only])`
unsafe extern "C-unwind" fn close_vm(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; what is taken out is open, and used no more.
    unsafe {
        let (id, _) = check(l);
        let temporary_only = ffi::lua_toboolean(l, 2) != 0;
        while let Some(statement) =
            databases(l).take_one_of(id, |statement| !temporary_only || statement.life == Life::Temporary)
        {
            engine::enter(l, || sql::sqlite3_finalize(statement.handle));
        }
        0
    }
}

unsafe extern "C-unwind" fn to_string(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. Its `%p` shows only what is the same in every run.
    unsafe {
        let id = check_id(l, 1, DATABASE);
        if databases(l).connection(id).is_some() {
            ffi::lua_pushfstring(l, c"sqlite database (%p)".as_ptr(), ffi::lua_touserdata(l, 1));
        } else {
            push(l, b"sqlite database (closed)");
        }
        1
    }
}

unsafe extern "C-unwind" fn isopen(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let id = check_id(l, 1, DATABASE);
        ffi::lua_pushboolean(l, databases(l).connection(id).is_some().into());
        1
    }
}

unsafe extern "C-unwind" fn last_insert_rowid(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the database is open.
    unsafe {
        let (_, connection) = check(l);
        ffi::lua_pushinteger(l, sql::sqlite3_last_insert_rowid(connection));
        1
    }
}

unsafe extern "C-unwind" fn changes(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the database is open.
    unsafe {
        let (_, connection) = check(l);
        ffi::lua_pushinteger(l, sql::sqlite3_changes(connection).into());
        1
    }
}

unsafe extern "C-unwind" fn total_changes(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the database is open.
    unsafe {
        let (_, connection) = check(l);
        ffi::lua_pushinteger(l, sql::sqlite3_total_changes(connection).into());
        1
    }
}

unsafe extern "C-unwind" fn errcode(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the database is open.
    unsafe {
        let (_, connection) = check(l);
        ffi::lua_pushinteger(l, sql::sqlite3_errcode(connection).into());
        1
    }
}

unsafe extern "C-unwind" fn errmsg(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the database is open, and its message there until Lua has copied it.
    unsafe {
        let (_, connection) = check(l);
        push_text(l, sql::sqlite3_errmsg(connection));
        1
    }
}

unsafe extern "C-unwind" fn interrupt(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the database is open.
    unsafe {
        let (_, connection) = check(l);
        sql::sqlite3_interrupt(connection);
        0
    }
}

/// `db_filename(name)`: the file as the service named it; nil if no database is attached under that name.
unsafe extern "C-unwind" fn db_filename(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the database is open.
    unsafe {
        let (_, connection) = check(l);
        let name = check_text(l, 2);
        push_text(l, sql::sqlite3_db_filename(connection, name.as_ptr()));
        1
    }
}

/// `busy_timeout(milliseconds)`
unsafe extern "C-unwind" fn busy_timeout(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the database is open.
    unsafe {
        let (_, connection) = check(l);
        sql::sqlite3_busy_timeout(connection, ffi::luaL_checkinteger(l, 2) as c_int);
        0
    }
}

/// Prepares the first statement of a text at 2, and leaves its userdata on top. The code, and what is left of
/// the text.
///
/// # Safety
/// A native function; a string is at 2.
pub(super) unsafe fn prepare_first(
    l: *mut lua_State,
    (id, connection): (Id, *mut sql::sqlite3),
    life: Life,
) -> (c_int, *const c_char) {
    // SAFETY: as the caller promises; the text stays on the stack.
    unsafe {
        let userdata = push_unopened(l, statement::STATEMENT, 2);
        let text = bytes(l, 2);
        let (mut handle, mut tail) = (ptr::null_mut(), ptr::null());
        let outcome = engine::enter(l, || {
            let length = c_int::try_from(text.len()).unwrap_or(c_int::MAX);
            sql::sqlite3_prepare_v2(connection, text.as_ptr().cast(), length, &mut handle, &mut tail)
        });
        if outcome == sql::SQLITE_OK && !handle.is_null() {
            *userdata = databases(l).add_statement(handle, id, life);
        }
        (outcome, tail)
    }
}

/// `prepare(sql)`: the statement and the rest of the text, or nil and a code.
unsafe extern "C-unwind" fn prepare(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the rest is part of the text at 2.
    unsafe {
        let database = check(l);
        check_text(l, 2);
        ffi::lua_settop(l, 2);
        let (outcome, tail) = prepare_first(l, database, Life::Kept);
        if outcome != sql::SQLITE_OK {
            ffi::lua_pushnil(l);
            ffi::lua_pushinteger(l, outcome.into());
            return 2;
        }
        push_text(l, tail);
        2
    }
}

/// `exec(sql [, callback [, data]])`: the code.
unsafe extern "C-unwind" fn exec(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the text is on the stack.
    unsafe {
        let (id, connection) = check(l);
        let text = check_text(l, 2).as_ptr();
        if ffi::lua_isnoneornil(l, 3) == 0 {
            ffi::luaL_checktype(l, 3, ffi::LUA_TFUNCTION);
            ffi::lua_settop(l, 4);
            // At 5 the values of a row, which are the same table for all rows, as in the Lua module; at 6 the names.
            ffi::lua_createtable(l, 0, 0);
            ffi::lua_pushnil(l);
            return exec_with_callback(l, id);
        }
        let outcome = engine::enter(l, || sql::sqlite3_exec(connection, text, None, ptr::null_mut(), ptr::null_mut()));
        ffi::lua_pushinteger(l, outcome.into());
        1
    }
}

/// Runs the statements at 2 one by one, and calls the function at 3 with what is at 4 for each row. It may do
/// anything, so that all is looked up anew after it.
unsafe fn exec_with_callback(l: *mut lua_State, id: Id) -> c_int {
    // SAFETY: called by `exec`. Statements are looked up before each use.
    unsafe {
        let outcome = loop {
            let Some(connection) = databases(l).connection(id) else { break sql::SQLITE_MISUSE };
            ffi::lua_settop(l, 6);
            let (outcome, tail) = prepare_first(l, (id, connection), Life::Temporary);
            if outcome != sql::SQLITE_OK {
                break outcome;
            }
            // At 7 the statement, at 8 what is left of the text.
            push_text(l, tail);
            let at_end = bytes(l, 8).is_empty();
            let outcome = match statement::opened_at(l, 7) {
                Some(statement) => each_row(l, statement),
                // White space and comments.
                None => sql::SQLITE_OK,
            };
            if outcome != sql::SQLITE_OK || at_end {
                break outcome;
            }
            ffi::lua_replace(l, 2);
        };
        ffi::lua_pushinteger(l, outcome.into());
        1
    }
}

/// Runs one statement to its end.
unsafe fn each_row(l: *mut lua_State, id: Id) -> c_int {
    // SAFETY: as for `exec_with_callback`.
    unsafe {
        let outcome = loop {
            let Some(statement) = databases(l).statement(id) else { return sql::SQLITE_MISUSE };
            match engine::enter(l, || sql::sqlite3_step(statement.handle)) {
                sql::SQLITE_ROW if call_with_row(l, id) => {}
                sql::SQLITE_ROW => break sql::SQLITE_ABORT,
                _ => break sql::SQLITE_OK,
            }
        };
        let Some(statement) = databases(l).take_statement(id) else { return sql::SQLITE_MISUSE };
        match engine::enter(l, || sql::sqlite3_finalize(statement.handle)) {
            sql::SQLITE_OK => outcome,
            failed => failed,
        }
    }
}

/// Calls the function at 3 with what is at 4, the number of columns, their values as text, and their names; whether
/// it wants another row.
unsafe fn call_with_row(l: *mut lua_State, id: Id) -> bool {
    // SAFETY: as for `exec_with_callback`; the statement stands on a row.
    unsafe {
        let top = ffi::lua_gettop(l);
        ffi::luaL_checkstack(l, 8, ptr::null());
        let count = sql::sqlite3_data_count(statement::still_open(l, id).handle);
        ffi::lua_pushvalue(l, 3);
        ffi::lua_pushvalue(l, 4);
        ffi::lua_pushinteger(l, count.into());
        for column in 0..count {
            push_column_text(l, statement::still_open(l, id).handle, column);
            ffi::lua_rawseti(l, 5, i64::from(column) + 1);
        }
        ffi::lua_pushvalue(l, 5);
        if ffi::lua_type(l, 6) == ffi::LUA_TNIL {
            ffi::lua_createtable(l, 0, 0);
            for column in 0..count {
                push_text(l, sql::sqlite3_column_name(statement::still_open(l, id).handle, column));
                ffi::lua_rawseti(l, -2, i64::from(column) + 1);
            }
            ffi::lua_replace(l, 6);
        }
        ffi::lua_pushvalue(l, 6);
        let called = ffi::lua_pcall(l, 4, 1, 0) == ffi::LUA_OK;
        // No number is no wish to go on.
        let goes_on = called && ffi::lua_isnumber(l, -1) != 0 && ffi::lua_tointeger(l, -1) == 0;
        ffi::lua_settop(l, top);
        goes_on
    }
}
