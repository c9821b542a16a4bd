//! Going over the rows of a query: `for row in db:nrows(sql) do`.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};
use rusqlite::ffi as sql;

use super::super::super::state::push_closed;
use super::super::convention::check_text;
use super::connection::{self, prepare_first};
use super::databases::{Life, databases};
use super::engine;
use super::statement::{self, Form, push_values, take_step};
use super::value::push_text;

/// The next row in some form; without one, the end of the loop or an error.
unsafe fn next(l: *mut lua_State, form: Form) -> c_int {
    // SAFETY: called by native functions. What is taken out is open, and used no more.
    unsafe {
        let (id, statement) = statement::check(l);
        let mut outcome = take_step(l, id, statement);
        if outcome == sql::SQLITE_ROW {
            let count = sql::sqlite3_data_count(statement.handle);
            return push_values(l, id, count, form);
        }
        let connection = sql::sqlite3_db_handle(statement.handle);
        if statement.life == Life::Temporary {
            databases(l).take_statement(id);
            outcome = engine::enter(l, || sql::sqlite3_finalize(statement.handle));
        } else if outcome == sql::SQLITE_DONE {
            outcome = engine::enter(l, || sql::sqlite3_reset(statement.handle));
        }
        if outcome != sql::SQLITE_OK {
            push_text(l, sql::sqlite3_errmsg(connection));
            ffi::lua_error(l);
        }
        0
    }
}

unsafe extern "C-unwind" fn next_list(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { next(l, Form::List) }
}

unsafe extern "C-unwind" fn next_named(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { next(l, Form::Named) }
}

unsafe extern "C-unwind" fn next_spread(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { next(l, Form::Spread) }
}

/// What goes over the rows of a text of SQL, and its statement.
unsafe fn over_database(l: *mut lua_State, next: ffi::lua_CFunction) -> c_int {
    // SAFETY: called by native functions.
    unsafe {
        let database = connection::check(l);
        check_text(l, 2);
        ffi::lua_settop(l, 2);
        let (outcome, _) = prepare_first(l, database, Life::Temporary);
        if outcome != sql::SQLITE_OK {
            push_text(l, sql::sqlite3_errmsg(database.1));
            ffi::lua_error(l);
        }
        push_closed(l, next);
        ffi::lua_insert(l, -2);
        2
    }
}

/// What goes over the rows of a statement, and the statement.
unsafe fn over_statement(l: *mut lua_State, next: ffi::lua_CFunction) -> c_int {
    // SAFETY: called by native functions.
    unsafe {
        statement::check(l);
        push_closed(l, next);
        ffi::lua_pushvalue(l, 1);
        2
    }
}

/// `db:rows(sql)`
pub(super) unsafe extern "C-unwind" fn database_rows(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { over_database(l, next_list) }
}

/// `db:nrows(sql)`
pub(super) unsafe extern "C-unwind" fn database_nrows(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { over_database(l, next_named) }
}

/// `db:urows(sql)`
pub(super) unsafe extern "C-unwind" fn database_urows(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { over_database(l, next_spread) }
}

/// `stmt:rows()`
pub(super) unsafe extern "C-unwind" fn statement_rows(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { over_statement(l, next_list) }
}

/// `stmt:nrows()`
pub(super) unsafe extern "C-unwind" fn statement_nrows(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { over_statement(l, next_named) }
}

/// `stmt:urows()`
pub(super) unsafe extern "C-unwind" fn statement_urows(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { over_statement(l, next_spread) }
}
