//! What a service has open: databases and prepared statements by number. Lua's userdata hold the numbers, and
//! one user value that says to a look at the service what they stand for.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_int};
use std::mem;
use std::ptr;

use mlua::ffi::{self, lua_State};
use rusqlite::ffi as sql;

use crate::base::Stream;

use super::super::super::vm;
use super::engine;

/// Names a database or a statement; never used twice in a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub(super) struct Id(i64);

impl Id {
    /// What was never opened.
    pub(super) const NONE: Id = Id(0);
}

/// Whether a statement goes with the last of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It is there until it is finalized.
    Kept,
    /// It was made for one loop.
    Temporary,
}

/// A prepared statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement {
    pub(super) handle: *mut sql::sqlite3_stmt,
    pub(super) database: Id,
    pub(super) life: Life,
    /// The values of the row that it stands on; none if it stands on no row.
    pub(super) values: Option<c_int>,
}

/// What a service has open.
#[derive(Default)]
pub struct Databases {
    last: i64,
    connections: BTreeMap<Id, *mut sql::sqlite3>,
    statements: BTreeMap<Id, Statement>,
    random: Option<Stream>,
}

impl Databases {
    fn next(&mut self) -> Id {
        self.last += 1;
        Id(self.last)
    }

    pub(super) fn add_connection(&mut self, connection: *mut sql::sqlite3) -> Id {
        let id = self.next();
        self.connections.insert(id, connection);
        id
    }

    pub(super) fn add_statement(&mut self, handle: *mut sql::sqlite3_stmt, database: Id, life: Life) -> Id {
        let id = self.next();
        self.statements.insert(id, Statement { handle, database, life, values: None });
        id
    }

    pub(super) fn connection(&self, id: Id) -> Option<*mut sql::sqlite3> {
        self.connections.get(&id).copied()
    }

    pub(super) fn statement(&self, id: Id) -> Option<Statement> {
        self.statements.get(&id).copied()
    }

    /// Says what row a statement stands on.
    pub(super) fn stand(&mut self, id: Id, values: Option<c_int>) {
        if let Some(statement) = self.statements.get_mut(&id) {
            statement.values = values;
        }
    }

    pub(super) fn take_connection(&mut self, id: Id) -> Option<*mut sql::sqlite3> {
        self.connections.remove(&id)
    }

    pub(super) fn take_statement(&mut self, id: Id) -> Option<Statement> {
        self.statements.remove(&id)
    }

    /// Takes one of the statements of a database out, in the order in which they were made.
    pub(super) fn take_one_of(&mut self, database: Id, which: impl Fn(&Statement) -> bool) -> Option<Statement> {
        let mut found = self.statements.iter();
        let id = *found.find(|(_, statement)| statement.database == database && which(statement))?.0;
        self.statements.remove(&id)
    }

    /// The next draw begins a stream.
    pub(in crate::lua) fn forget_draws(&mut self) {
        self.random = None;
    }

    /// What SQLite draws for this service.
    pub(super) fn random(&mut self, begin: impl FnOnce() -> Stream) -> &mut Stream {
        self.random.get_or_insert_with(begin)
    }
}

/// Gives the memory back that SQLite has for a service, and leaves its files as they are: who closes in an
/// orderly way has nothing left here.
impl Drop for Databases {
    fn drop(&mut self) {
        if self.connections.is_empty() && self.statements.is_empty() {
            return;
        }
        engine::enter_without_files(|| {
            // SAFETY: they are this service's own, and open; statements go first.
            unsafe {
                for statement in mem::take(&mut self.statements).into_values() {
                    sql::sqlite3_finalize(statement.handle);
                }
                for connection in mem::take(&mut self.connections).into_values() {
                    sql::sqlite3_close(connection);
                }
            }
        });
    }
}

/// Pushes a new userdata that stands for nothing yet, with a text from the stack as its user value.
///
/// # Safety
/// A native function; the metatable is there, and a string at `text`.
pub(super) unsafe fn push_unopened(l: *mut lua_State, metatable: &CStr, text: c_int) -> *mut Id {
    // SAFETY: as the caller promises. Lua aligns the userdata for any type.
    unsafe {
        let text = ffi::lua_absindex(l, text);
        let userdata = ffi::lua_newuserdatauv(l, mem::size_of::<Id>(), 1).cast::<Id>();
        userdata.write(Id::NONE);
        ffi::lua_pushvalue(l, text);
        ffi::lua_setiuservalue(l, -2, 1);
        ffi::luaL_setmetatable(l, metatable.as_ptr());
        userdata
    }
}

/// The number in the userdata at an index, or an error. Lua code can give its metatable to any userdata, so the
/// size counts too.
///
/// # Safety
/// A native function.
pub(super) unsafe fn check_id(l: *mut lua_State, index: c_int, metatable: &CStr) -> Id {
    // SAFETY: the userdata is as long as a number.
    unsafe {
        let userdata = ffi::luaL_checkudata(l, index, metatable.as_ptr());
        if ffi::lua_rawlen(l, index) as usize != mem::size_of::<Id>() {
            ffi::luaL_argerror(l, index, c"sqlite object expected, got userdata".as_ptr());
        }
        ptr::read_unaligned(userdata.cast())
    }
}

/// What the service of a state has open. Not to be kept across a call that can run Lua.
///
/// # Safety
/// A native function.
pub(super) unsafe fn databases<'a>(l: *mut lua_State) -> &'a mut Databases {
    // SAFETY: the record lives as long as the state.
    unsafe { &mut (*vm::vm(l)).databases }
}
