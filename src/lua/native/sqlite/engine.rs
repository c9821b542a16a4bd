//! The way into SQLite, and what SQLite shares in a process: one generator of chance, one way to tell local
//! time, one list of file systems. Whoever enters has SQLite alone, and leaves it as it was found; so
//! runs in other threads do not meet.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::{Mutex, MutexGuard, OnceLock};

use mlua::ffi::lua_State;
use rusqlite::ffi as sql;

use crate::base::Stream;

use super::super::super::vm::{self, Vm};
use super::disk;

/// SQLite's steps between two looks at how many there were.
const PERIOD: c_int = 1000;

/// Instructions of Lua that a step of SQLite counts as.
const STEP: u64 = 10;

/// What cannot be set: what all connections of the process share, what would start threads, and how memory
/// that is not the node's is used.
const FIXED_PRAGMAS: [&[u8]; 7] = [
    b"data_store_directory",
    b"hard_heap_limit",
    b"mmap_size",
    b"shrink_memory",
    b"soft_heap_limit",
    b"temp_store_directory",
    b"threads",
];

/// Functions that would bring in code of the host.
const FOREIGN_FUNCTIONS: [&[u8]; 2] = [b"load_extension", b"fts3_tokenizer"];

static GATE: Mutex<()> = Mutex::new(());

thread_local! {
    /// The service that is in SQLite; null if none is, or one that is gone.
    static CURRENT: Cell<*mut Vm> = const { Cell::new(ptr::null_mut()) };
    /// Instructions that it may still take.
    static BUDGET: Cell<u64> = const { Cell::new(0) };
}

/// Someone is in SQLite.
struct Entered {
    _alone: MutexGuard<'static, ()>,
}

impl Entered {
    /// `vm` is null for a service whose files must stay as they are.
    fn new(vm: *mut Vm, seed: u32, budget: u64) -> Entered {
        let alone = GATE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        CURRENT.set(vm);
        BUDGET.set(budget);
        set_chance(seed);
        // SAFETY: the mutex is held; the function stays where it is.
        unsafe {
            let utc: unsafe extern "C" fn(*const c_void, *mut c_void) -> c_int = utc;
            sql::sqlite3_test_control(sql::SQLITE_TESTCTRL_LOCALTIME_FAULT, 2 as c_int, utc);
        }
        Entered { _alone: alone }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(ptr::null_mut());
        set_chance(0);
        // SAFETY: the mutex is still held.
        unsafe { sql::sqlite3_test_control(sql::SQLITE_TESTCTRL_LOCALTIME_FAULT, 0 as c_int) };
    }
}

/// Lets SQLite draw from a seed from now on; with 0 from the host, as before.
fn set_chance(seed: u32) {
    // SAFETY: two arguments, as this control wants; the mutex is held.
    unsafe {
        sql::sqlite3_test_control(sql::SQLITE_TESTCTRL_PRNG_SEED, seed as c_int, ptr::null_mut::<sql::sqlite3>());
    }
}

/// A node has UTC.
unsafe extern "C" fn utc(time: *const c_void, fields: *mut c_void) -> c_int {
    // SAFETY: SQLite passes a time_t and room for a struct tm.
    unsafe { c_int::from(libc::gmtime_r(time.cast(), fields.cast()).is_null()) }
}

/// Does something with SQLite for the service of a state. `action` must not call Lua.
///
/// # Safety
/// A native function with nothing alive that has a destructor.
pub(super) unsafe fn enter<R>(l: *mut lua_State, action: impl FnOnce() -> R) -> R {
    // SAFETY: the record outlives the call.
    unsafe {
        let record = vm::vm(l);
        let settings = &vm::node(l).settings;
        let name = &(*record).name;
        let random = (*record).databases.random(|| Stream::new(vm::node(l).chance(), &format!("sqlite/{name}")));
        // 0 would mean the host's.
        let seed = (random.next_u64() as u32).max(1);
        let _entered = Entered::new(record, seed, settings.instructions_max);
        action()
    }
}

/// Does something with SQLite that must not touch files: those of a service that has crashed stay as they are.
pub(super) fn enter_without_files<R>(action: impl FnOnce() -> R) -> R {
    let _entered = Entered::new(ptr::null_mut(), 1, u64::MAX);
    action()
}

/// The record of the service that is in SQLite.
pub(super) fn current() -> Option<*mut Vm> {
    Some(CURRENT.get()).filter(|vm| !vm.is_null())
}

/// SQLite's code for whether the node's file system is known to it.
pub(super) fn ready() -> c_int {
    static READY: OnceLock<c_int> = OnceLock::new();
    *READY.get_or_init(disk::register)
}

/// Sets up a new connection.
///
/// # Safety
/// The connection is open, and its service in SQLite.
pub(super) unsafe fn tame(connection: *mut sql::sqlite3) {
    // SAFETY: as the caller promises; the callbacks take no data.
    unsafe {
        sql::sqlite3_set_authorizer(connection, Some(authorize), ptr::null_mut());
        sql::sqlite3_progress_handler(connection, PERIOD, Some(count), ptr::null_mut());
        // As SQLite is built by those who do not ask for more.
        sql::sqlite3_db_config(connection, sql::SQLITE_DBCONFIG_ENABLE_FKEY, 0 as c_int, ptr::null_mut::<c_int>());
    }
}

/// Ends a statement that takes as long as a message may.
unsafe extern "C" fn count(_: *mut c_void) -> c_int {
    let left = BUDGET.get().saturating_sub(PERIOD as u64 * STEP);
    BUDGET.set(left);
    c_int::from(left == 0)
}

unsafe extern "C" fn authorize(
    _: *mut c_void,
    action: c_int,
    first: *const c_char,
    second: *const c_char,
    _: *const c_char,
    _: *const c_char,
) -> c_int {
    // SAFETY: SQLite passes texts that end in a zero, or null.
    let text = |text: *const c_char| unsafe { (!text.is_null()).then(|| CStr::from_ptr(text).to_bytes()) };
    let is_one_of = |name: Option<&[u8]>, list: &[&[u8]]| {
        name.is_some_and(|name| list.iter().any(|other| other.eq_ignore_ascii_case(name)))
    };
    match action {
        // A URI could name another file system, or memory that all connections share.
        sql::SQLITE_ATTACH if text(first).is_none_or(|name| name.starts_with(b"file:")) => sql::SQLITE_DENY,
        sql::SQLITE_PRAGMA if is_one_of(text(first), &FIXED_PRAGMAS) => sql::SQLITE_IGNORE,
        sql::SQLITE_FUNCTION if is_one_of(text(second), &FOREIGN_FUNCTIONS) => sql::SQLITE_DENY,
        _ => sql::SQLITE_OK,
    }
}
