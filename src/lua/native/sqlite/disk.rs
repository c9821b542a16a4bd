//! The node's file system as SQLite sees it: that of the service which is in SQLite. Paths stay as the service
//! names them, so that fault rules match them. No shared memory, and so no WAL.

use std::ffi::{CStr, c_char, c_int};
use std::mem;
use std::ptr;

use rusqlite::ffi as sql;

use crate::base::Span;
use crate::vfs::{Errno, Kind, OpenMode};

use super::super::files::Files;
use super::disk_file::{self, DiskFile};
use super::engine;

/// What SQLite knows it by.
pub(super) const NAME: &CStr = c"skysim";

/// Linux's `PATH_MAX`.
const PATH_BYTES_MAX: c_int = 4096;

/// The beginning of 1970 in milliseconds since SQLite's time begins.
const UNIX_TIME_ZERO_MS: i64 = 210_866_760_000_000;

const MS_OF_A_DAY: f64 = 86_400_000.0;

/// Makes it known to SQLite, and gives SQLite's code for how that went.
pub(super) fn register() -> c_int {
    let vfs = Box::new(sql::sqlite3_vfs {
        iVersion: 2,
        szOsFile: mem::size_of::<DiskFile>() as c_int,
        mxPathname: PATH_BYTES_MAX,
        pNext: ptr::null_mut(),
        zName: NAME.as_ptr(),
        pAppData: ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: Some(current_time_ms),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    });
    // SAFETY: it is there for ever, and nobody else has it. 0: others in this process keep their default.
    unsafe { sql::sqlite3_vfs_register(Box::into_raw(vfs), 0) }
}

/// Does something with the files of the service that is in SQLite; `None` if it is gone.
pub(super) fn with_files<R>(action: impl FnOnce(&mut Files) -> R) -> Option<R> {
    // SAFETY: the record outlives its stay in SQLite, and nobody else has a reference to its files meanwhile.
    engine::current().map(|vm| action(unsafe { &mut (*vm).files }))
}

unsafe extern "C" fn open(
    _: *mut sql::sqlite3_vfs,
    name: sql::sqlite3_filename,
    file: *mut sql::sqlite3_file,
    flags: c_int,
    granted: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes room for a `DiskFile`, a name that ends in a zero or null, and a place for flags or null.
    unsafe {
        (*file).pMethods = ptr::null();
        let unnamed = name.is_null() || flags & sql::SQLITE_OPEN_DELETEONCLOSE != 0;
        let (mut flags, writes) = (flags, flags & sql::SQLITE_OPEN_READWRITE != 0);
        let mode = match flags & sql::SQLITE_OPEN_CREATE != 0 {
            _ if !writes => OpenMode::Read,
            true => OpenMode::Append,
            false => OpenMode::Update,
        };
        let opened = with_files(|files| {
            if unnamed {
                return files.open_unnamed_blocks();
            }
            let path = CStr::from_ptr(name).to_bytes();
            match files.open_blocks(path, mode) {
                // One that may only be read is opened for that.
                Err(Errno::Denied) if writes => {
                    flags =
                        (flags & !(sql::SQLITE_OPEN_READWRITE | sql::SQLITE_OPEN_CREATE)) | sql::SQLITE_OPEN_READONLY;
                    files.open_blocks(path, OpenMode::Read)
                }
                opened => opened,
            }
        });
        let Some(Ok(slot)) = opened else { return sql::SQLITE_CANTOPEN };
        disk_file::place(file, slot);
        if !granted.is_null() {
            *granted = flags;
        }
        sql::SQLITE_OK
    }
}

unsafe extern "C" fn delete(_: *mut sql::sqlite3_vfs, name: *const c_char, _sync_directory: c_int) -> c_int {
    // SAFETY: the name ends in a zero.
    let path = unsafe { CStr::from_ptr(name) }.to_bytes();
    match with_files(|files| files.remove_blocks(path)) {
        Some(Ok(())) => sql::SQLITE_OK,
        Some(Err(Errno::NotFound)) => sql::SQLITE_IOERR_DELETE_NOENT,
        _ => sql::SQLITE_IOERR_DELETE,
    }
}

unsafe extern "C" fn access(_: *mut sql::sqlite3_vfs, name: *const c_char, flags: c_int, answer: *mut c_int) -> c_int {
    // SAFETY: the name ends in a zero, and the answer has its place.
    unsafe {
        let path = CStr::from_ptr(name).to_bytes();
        let Some(found) = with_files(|files| files.look_at(path)) else { return sql::SQLITE_IOERR_ACCESS };
        // An empty file counts as none, as on Unix: a journal that was made and never written.
        *answer = c_int::from(found.is_ok_and(|found| match flags {
            sql::SQLITE_ACCESS_EXISTS => found.kind != Kind::File || found.size > 0,
            _ => !found.read_only,
        }));
        sql::SQLITE_OK
    }
}

unsafe extern "C" fn full_pathname(
    _: *mut sql::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    into: *mut c_char,
) -> c_int {
    // SAFETY: the name ends in a zero; there is as much room as SQLite says.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > room as usize {
            return sql::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), into, bytes.len());
        sql::SQLITE_OK
    }
}

/// Nobody asks: chance comes from the seed that is set on the way in.
unsafe extern "C" fn randomness(_: *mut sql::sqlite3_vfs, length: c_int, into: *mut c_char) -> c_int {
    // SAFETY: there is as much room as SQLite says.
    unsafe { ptr::write_bytes(into, 0, length as usize) };
    length
}

/// Who waits for a lock takes longer for its message. Others do not get on meanwhile: a message is handled at once.
unsafe extern "C" fn sleep(_: *mut sql::sqlite3_vfs, microseconds: c_int) -> c_int {
    if let Some(vm) = engine::current() {
        // SAFETY: the record outlives its stay in SQLite; the kernel is set while Lua runs, null otherwise.
        if let Some(kernel) = unsafe { (*vm).kernel.as_mut() } {
            kernel.prolong(Span::from_nanos(u64::from(microseconds.unsigned_abs()) * 1000));
        }
    }
    microseconds
}

fn now_ms() -> i64 {
    let unix_ms = with_files(|files| {
        let into_second_ms = files.host().now().as_nanos() / 1_000_000 % 1000;
        files.unix_time().saturating_mul(1000).saturating_add_unsigned(into_second_ms)
    });
    UNIX_TIME_ZERO_MS.saturating_add(unix_ms.unwrap_or_default())
}

unsafe extern "C" fn current_time(_: *mut sql::sqlite3_vfs, days: *mut f64) -> c_int {
    // SAFETY: the answer has its place.
    unsafe { *days = now_ms() as f64 / MS_OF_A_DAY };
    sql::SQLITE_OK
}

unsafe extern "C" fn current_time_ms(_: *mut sql::sqlite3_vfs, ms: *mut i64) -> c_int {
    // SAFETY: the answer has its place.
    unsafe { *ms = now_ms() };
    sql::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut sql::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}
