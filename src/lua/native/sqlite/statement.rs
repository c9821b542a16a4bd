//! Prepared statements: parameters, steps, and what a row has.
//!
//! Whatever makes a value may collect garbage, and a finalizer may end the very statement: so it is looked up
//! before each use.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};
use rusqlite::ffi as sql;

use super::super::super::vm::bytes;
use super::super::convention::{Functions, library, push, register};
use super::databases::{Id, Statement, check_id, databases};
use super::value::{bind, bind_blob, push_column, push_text};
use super::{engine, rows};

/// The name of the metatable: that of the Lua module.
pub(super) const STATEMENT: &CStr = c":sqlite3:vm";

/// Creates the metatable of statements.
///
/// # Safety
/// A native function.
pub(super) unsafe fn create_metatable(l: *mut lua_State) {
    const METHODS: &Functions = &[
        (c"bind", bind_one),
        (c"bind_blob", bind_one_blob),
        (c"bind_names", bind_names),
        (c"bind_parameter_count", bind_parameter_count),
        (c"bind_parameter_name", bind_parameter_name),
        (c"bind_values", bind_values),
        (c"columns", columns),
        (c"data", get_named_values),
        (c"finalize", finalize),
        (c"get_name", get_name),
        (c"get_named_types", get_named_types),
        (c"get_named_values", get_named_values),
        (c"get_names", get_names),
        (c"get_type", get_type),
        (c"get_types", get_types),
        (c"get_unames", get_unames),
        (c"get_utypes", get_utypes),
        (c"get_uvalues", get_uvalues),
        (c"get_value", get_value),
        (c"get_values", get_values),
        (c"idata", get_values),
        (c"inames", get_names),
        (c"isopen", isopen),
        (c"itypes", get_types),
        (c"last_insert_rowid", last_insert_rowid),
        (c"nrows", rows::statement_nrows),
        (c"reset", reset),
        (c"rows", rows::statement_rows),
        (c"step", step),
        (c"type", get_named_types),
        (c"urows", rows::statement_urows),
    ];
    const META: &Functions = &[(c"__gc", collect), (c"__tostring", to_string)];
    // SAFETY: as the caller promises.
    unsafe {
        ffi::luaL_newmetatable(l, STATEMENT.as_ptr());
        register(l, META);
        library(l, METHODS);
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        ffi::lua_pop(l, 1);
    }
}

/// The open statement at argument 1, or an error.
///
/// # Safety
/// A native function.
pub(super) unsafe fn check(l: *mut lua_State) -> (Id, Statement) {
    // SAFETY: as the caller promises.
    unsafe {
        let id = check_id(l, 1, STATEMENT);
        let Some(statement) = databases(l).statement(id) else {
            ffi::luaL_argerror(l, 1, c"attempt to use closed sqlite virtual machine".as_ptr());
            unreachable!("luaL_argerror does not return")
        };
        (id, statement)
    }
}

/// The open statement at an index, if it is one.
///
/// # Safety
/// A native function; a statement's userdata is at the index.
pub(super) unsafe fn opened_at(l: *mut lua_State, index: c_int) -> Option<Id> {
    // SAFETY: as the caller promises.
    unsafe {
        let id = check_id(l, index, STATEMENT);
        databases(l).statement(id).map(|_| id)
    }
}

/// A statement that was open a moment ago, or an error if a finalizer has closed it meanwhile.
///
/// # Safety
/// A native function.
pub(super) unsafe fn still_open(l: *mut lua_State, id: Id) -> Statement {
    // SAFETY: as the caller promises.
    unsafe {
        let Some(statement) = databases(l).statement(id) else {
            ffi::luaL_error(l, c"the sqlite virtual machine was closed by a finalizer".as_ptr());
            unreachable!("luaL_error does not return")
        };
        statement
    }
}

/// Takes a step, and notes what row the statement stands on. SQLite's code.
///
/// # Safety
/// A native function; the statement is open.
pub(super) unsafe fn take_step(l: *mut lua_State, id: Id, statement: Statement) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let outcome = engine::enter(l, || sql::sqlite3_step(statement.handle));
        let values = (outcome == sql::SQLITE_ROW).then(|| sql::sqlite3_data_count(statement.handle));
        databases(l).stand(id, values);
        outcome
    }
}

unsafe extern "C-unwind" fn step(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let (id, statement) = check(l);
        ffi::lua_pushinteger(l, take_step(l, id, statement).into());
        1
    }
}

unsafe extern "C-unwind" fn reset(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open, and so is its database.
    unsafe {
        let (id, statement) = check(l);
        engine::enter(l, || sql::sqlite3_reset(statement.handle));
        databases(l).stand(id, None);
        let code = sql::sqlite3_errcode(sql::sqlite3_db_handle(statement.handle));
        ffi::lua_pushinteger(l, code.into());
        1
    }
}

unsafe extern "C-unwind" fn finalize(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; what is taken out is open, and used no more.
    unsafe {
        let (id, statement) = check(l);
        databases(l).take_statement(id);
        let code = engine::enter(l, || sql::sqlite3_finalize(statement.handle));
        ffi::lua_pushinteger(l, code.into());
        1
    }
}

unsafe extern "C-unwind" fn collect(l: *mut lua_State) -> c_int {
    // SAFETY: as for `finalize`.
    unsafe {
        let id = check_id(l, 1, STATEMENT);
        if let Some(statement) = databases(l).take_statement(id) {
            engine::enter(l, || sql::sqlite3_finalize(statement.handle));
        }
        0
    }
}

unsafe extern "C-unwind" fn isopen(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let id = check_id(l, 1, STATEMENT);
        ffi::lua_pushboolean(l, databases(l).statement(id).is_some().into());
        1
    }
}

unsafe extern "C-unwind" fn to_string(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. Its `%p` shows only what is the same in every run.
    unsafe {
        let id = check_id(l, 1, STATEMENT);
        if databases(l).statement(id).is_some() {
            ffi::lua_pushfstring(l, c"sqlite virtual machine (%p)".as_ptr(), ffi::lua_touserdata(l, 1));
        } else {
            push(l, b"sqlite virtual machine (closed)");
        }
        1
    }
}

unsafe extern "C-unwind" fn last_insert_rowid(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open.
    unsafe {
        let (_, statement) = check(l);
        ffi::lua_pushinteger(l, sql::sqlite3_last_insert_rowid(sql::sqlite3_db_handle(statement.handle)));
        1
    }
}

unsafe extern "C-unwind" fn columns(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open.
    unsafe {
        let (_, statement) = check(l);
        ffi::lua_pushinteger(l, sql::sqlite3_column_count(statement.handle).into());
        1
    }
}

unsafe extern "C-unwind" fn bind_parameter_count(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open.
    unsafe {
        let (_, statement) = check(l);
        ffi::lua_pushinteger(l, sql::sqlite3_bind_parameter_count(statement.handle).into());
        1
    }
}

/// The number of a parameter at argument 2, or an error if there is none.
unsafe fn check_parameter(l: *mut lua_State, statement: Statement) -> c_int {
    // SAFETY: called by native functions; the statement is open.
    unsafe {
        let parameter = ffi::luaL_checkinteger(l, 2);
        let count = sql::sqlite3_bind_parameter_count(statement.handle);
        if !(1..=i64::from(count)).contains(&parameter) {
            ffi::luaL_error(l, c"bind index out of range [1..%d]".as_ptr(), count);
        }
        parameter as c_int
    }
}

unsafe extern "C-unwind" fn bind_parameter_name(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open.
    unsafe {
        let (_, statement) = check(l);
        let parameter = check_parameter(l, statement);
        push_text(l, sql::sqlite3_bind_parameter_name(statement.handle, parameter));
        1
    }
}

/// `bind(n [, value])`: the code.
unsafe extern "C-unwind" fn bind_one(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open.
    unsafe {
        let (_, statement) = check(l);
        let parameter = check_parameter(l, statement);
        ffi::lua_pushinteger(l, bind(l, statement.handle, parameter, 3).into());
        1
    }
}

/// `bind_blob(n, text)`: the code.
unsafe extern "C-unwind" fn bind_one_blob(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the text is on the stack.
    unsafe {
        let (_, statement) = check(l);
        let parameter = ffi::luaL_checkinteger(l, 2) as c_int;
        ffi::luaL_checkstring(l, 3);
        ffi::lua_pushinteger(l, bind_blob(statement.handle, parameter, bytes(l, 3)).into());
        1
    }
}

/// `bind_values(..)`: one for each parameter.
unsafe extern "C-unwind" fn bind_values(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open.
    unsafe {
        let (_, statement) = check(l);
        let given = ffi::lua_gettop(l) - 1;
        let count = sql::sqlite3_bind_parameter_count(statement.handle);
        if given != count {
            let format = c"incorrect number of parameters to bind (%d given, %d to bind)";
            ffi::luaL_error(l, format.as_ptr(), given, count);
        }
        let mut outcome = sql::SQLITE_OK;
        for parameter in 1..=count {
            outcome = bind(l, statement.handle, parameter, parameter + 1);
            if outcome != sql::SQLITE_OK {
                break;
            }
        }
        ffi::lua_pushinteger(l, outcome.into());
        1
    }
}

/// `bind_names(table)`: `:name` and `$name` by name, others by number.
unsafe extern "C-unwind" fn bind_names(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. A metamethod may close the statement.
    unsafe {
        let (id, statement) = check(l);
        ffi::luaL_checktype(l, 2, ffi::LUA_TTABLE);
        let mut outcome = sql::SQLITE_OK;
        for parameter in 1..=sql::sqlite3_bind_parameter_count(statement.handle) {
            let name = sql::sqlite3_bind_parameter_name(still_open(l, id).handle, parameter);
            if !name.is_null() && matches!(*name as u8, b':' | b'$') {
                push_text(l, name.add(1));
            } else {
                ffi::lua_pushinteger(l, parameter.into());
            }
            ffi::lua_gettable(l, 2);
            outcome = bind(l, still_open(l, id).handle, parameter, ffi::lua_gettop(l));
            ffi::lua_pop(l, 1);
            if outcome != sql::SQLITE_OK {
                break;
            }
        }
        ffi::lua_pushinteger(l, outcome.into());
        1
    }
}

/// How many values the row has, or an error if the statement stands on none.
unsafe fn check_row(l: *mut lua_State, statement: Statement) -> c_int {
    // SAFETY: called by native functions.
    unsafe {
        let Some(values) = statement.values else { return ffi::luaL_error(l, c"misuse of function".as_ptr()) };
        values
    }
}

/// The number of a column at argument 2, or an error. There are none but on a row.
unsafe fn check_column(l: *mut lua_State, statement: Statement) -> c_int {
    // SAFETY: called by native functions.
    unsafe {
        let column = ffi::luaL_checkinteger(l, 2);
        let count = statement.values.unwrap_or(0);
        if !(0..i64::from(count)).contains(&column) {
            ffi::luaL_error(l, c"index out of range [0..%d]".as_ptr(), count - 1);
        }
        column as c_int
    }
}

unsafe extern "C-unwind" fn get_value(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open and stands on a row with that column.
    unsafe {
        let (_, statement) = check(l);
        ffi::luaL_checkinteger(l, 2);
        check_row(l, statement);
        let column = check_column(l, statement);
        push_column(l, statement.handle, column);
        1
    }
}

unsafe extern "C-unwind" fn get_name(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open.
    unsafe {
        let (_, statement) = check(l);
        let column = check_column(l, statement);
        push_text(l, sql::sqlite3_column_name(statement.handle, column));
        1
    }
}

unsafe extern "C-unwind" fn get_type(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the statement is open.
    unsafe {
        let (_, statement) = check(l);
        let column = check_column(l, statement);
        push_text(l, sql::sqlite3_column_decltype(statement.handle, column));
        1
    }
}

/// What of a column is wanted.
#[derive(Clone, Copy)]
enum Part {
    Value,
    Name,
    Type,
}

/// In which form all columns are given.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// A list.
    List,
    /// A table by the columns' names.
    Named,
    /// As many results.
    Spread,
}

unsafe fn push_part(l: *mut lua_State, statement: Statement, column: c_int, part: Part) {
    // SAFETY: called by `push_parts`.
    unsafe {
        match part {
            Part::Value => push_column(l, statement.handle, column),
            Part::Name => push_text(l, sql::sqlite3_column_name(statement.handle, column)),
            Part::Type => push_text(l, sql::sqlite3_column_decltype(statement.handle, column)),
        }
    }
}

/// Pushes something of all columns; how many results that makes.
unsafe fn push_parts(l: *mut lua_State, id: Id, count: c_int, part: Part, form: Form) -> c_int {
    // SAFETY: called by native functions.
    unsafe {
        ffi::luaL_checkstack(l, count.saturating_add(4), std::ptr::null());
        match form {
            Form::List => ffi::lua_createtable(l, count, 0),
            Form::Named => ffi::lua_createtable(l, 0, count),
            Form::Spread => {}
        }
        for column in 0..count {
            if let Form::Named = form {
                push_part(l, still_open(l, id), column, Part::Name);
            }
            push_part(l, still_open(l, id), column, part);
            match form {
                Form::List => ffi::lua_rawseti(l, -2, i64::from(column) + 1),
                Form::Named => ffi::lua_rawset(l, -3),
                Form::Spread => {}
            }
        }
        if let Form::Spread = form { count } else { 1 }
    }
}

/// Pushes the values of the row that a statement stands on; how many results that makes.
///
/// # Safety
/// A native function; the statement stands on a row with so many values.
pub(super) unsafe fn push_values(l: *mut lua_State, id: Id, count: c_int, form: Form) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { push_parts(l, id, count, Part::Value, form) }
}

/// Pushes the values of the row of the statement at 1.
unsafe fn values(l: *mut lua_State, form: Form) -> c_int {
    // SAFETY: called by native functions.
    unsafe {
        let (id, statement) = check(l);
        push_values(l, id, check_row(l, statement), form)
    }
}

/// Pushes names or types, which are there without a row.
unsafe fn heads(l: *mut lua_State, part: Part, form: Form) -> c_int {
    // SAFETY: called by native functions; the statement is open.
    unsafe {
        let (id, statement) = check(l);
        push_parts(l, id, sql::sqlite3_column_count(statement.handle), part, form)
    }
}

unsafe extern "C-unwind" fn get_values(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { values(l, Form::List) }
}

unsafe extern "C-unwind" fn get_uvalues(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { values(l, Form::Spread) }
}

unsafe extern "C-unwind" fn get_named_values(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { values(l, Form::Named) }
}

unsafe extern "C-unwind" fn get_names(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { heads(l, Part::Name, Form::List) }
}

unsafe extern "C-unwind" fn get_unames(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { heads(l, Part::Name, Form::Spread) }
}

unsafe extern "C-unwind" fn get_types(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { heads(l, Part::Type, Form::List) }
}

unsafe extern "C-unwind" fn get_utypes(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { heads(l, Part::Type, Form::Spread) }
}

unsafe extern "C-unwind" fn get_named_types(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { heads(l, Part::Type, Form::Named) }
}
