//! One file of the node, open for SQLite.

use std::ffi::{c_int, c_void};
use std::slice;

use rusqlite::ffi as sql;

use crate::vfs::{Errno, LockLevel};

use super::super::files::{Files, Slot};
use super::disk::with_files;

/// What SQLite keeps of an open file. The files of the service know the rest.
#[repr(C)]
pub(super) struct DiskFile {
    base: sql::sqlite3_file,
    slot: Slot,
}

/// What SQLite assumes of a disk that says nothing else.
const SECTOR_BYTES: c_int = 4096;

static METHODS: sql::sqlite3_io_methods = sql::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Makes an open file of the room that SQLite has for one.
///
/// # Safety
/// There is room for a [`DiskFile`].
pub(super) unsafe fn place(file: *mut sql::sqlite3_file, slot: Slot) {
    // SAFETY: as the caller promises.
    unsafe { file.cast::<DiskFile>().write(DiskFile { base: sql::sqlite3_file { pMethods: &METHODS }, slot }) };
}

/// Does something with the file; `None` if its service is gone.
unsafe fn on<R>(file: *mut sql::sqlite3_file, action: impl FnOnce(&mut Files, Slot) -> R) -> Option<R> {
    // SAFETY: SQLite passes what `place` made.
    let slot = unsafe { (*file.cast::<DiskFile>()).slot };
    with_files(|files| action(files, slot))
}

/// SQLite's code for how something went.
fn code(outcome: Option<Result<(), Errno>>, failure: c_int) -> c_int {
    match outcome {
        Some(Ok(())) => sql::SQLITE_OK,
        Some(Err(Errno::NoSpace | Errno::TooLarge)) => sql::SQLITE_FULL,
        _ => failure,
    }
}

fn level(number: c_int) -> LockLevel {
    match number {
        sql::SQLITE_LOCK_NONE => LockLevel::None,
        sql::SQLITE_LOCK_SHARED => LockLevel::Shared,
        sql::SQLITE_LOCK_RESERVED => LockLevel::Reserved,
        sql::SQLITE_LOCK_PENDING => LockLevel::Pending,
        _ => LockLevel::Exclusive,
    }
}

unsafe extern "C" fn close(file: *mut sql::sqlite3_file) -> c_int {
    // SAFETY: called by SQLite.
    unsafe { on(file, |files, slot| files.close(slot)) };
    sql::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut sql::sqlite3_file, into: *mut c_void, length: c_int, offset: i64) -> c_int {
    // SAFETY: called by SQLite, which has as much room as it says.
    unsafe {
        let into = slice::from_raw_parts_mut(into.cast::<u8>(), length as usize);
        match on(file, |files, slot| files.read_blocks(slot, offset as u64, into)) {
            Some(Ok(read)) if read == into.len() => sql::SQLITE_OK,
            Some(Ok(read)) => {
                into[read..].fill(0);
                sql::SQLITE_IOERR_SHORT_READ
            }
            _ => sql::SQLITE_IOERR_READ,
        }
    }
}

unsafe extern "C" fn write(file: *mut sql::sqlite3_file, from: *const c_void, length: c_int, offset: i64) -> c_int {
    // SAFETY: called by SQLite, which has as many bytes as it says.
    unsafe {
        let bytes = slice::from_raw_parts(from.cast::<u8>(), length as usize);
        code(on(file, |files, slot| files.write_blocks(slot, offset as u64, bytes)), sql::SQLITE_IOERR_WRITE)
    }
}

unsafe extern "C" fn truncate(file: *mut sql::sqlite3_file, size: i64) -> c_int {
    // SAFETY: called by SQLite.
    unsafe { code(on(file, |files, slot| files.resize_blocks(slot, size as u64)), sql::SQLITE_IOERR_TRUNCATE) }
}

unsafe extern "C" fn sync(file: *mut sql::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: called by SQLite.
    unsafe { code(on(file, |files, slot| files.sync_blocks(slot)), sql::SQLITE_IOERR_FSYNC) }
}

unsafe extern "C" fn file_size(file: *mut sql::sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: called by SQLite; the answer has its place.
    unsafe {
        let Some(Ok(length)) = on(file, |files, slot| files.size_of_blocks(slot)) else {
            return sql::SQLITE_IOERR_FSTAT;
        };
        *size = length.cast_signed();
        sql::SQLITE_OK
    }
}

unsafe extern "C" fn lock(file: *mut sql::sqlite3_file, number: c_int) -> c_int {
    // SAFETY: called by SQLite.
    match unsafe { on(file, |files, slot| files.lock_blocks(slot, level(number))) } {
        Some(Ok(true)) => sql::SQLITE_OK,
        Some(Ok(false)) => sql::SQLITE_BUSY,
        _ => sql::SQLITE_IOERR_LOCK,
    }
}

unsafe extern "C" fn unlock(file: *mut sql::sqlite3_file, number: c_int) -> c_int {
    // SAFETY: called by SQLite.
    unsafe { code(on(file, |files, slot| files.unlock_blocks(slot, level(number))), sql::SQLITE_IOERR_UNLOCK) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut sql::sqlite3_file, answer: *mut c_int) -> c_int {
    // SAFETY: called by SQLite; the answer has its place.
    unsafe {
        let Some(Ok(reserved)) = on(file, |files, slot| files.blocks_are_reserved(slot)) else {
            return sql::SQLITE_IOERR_CHECKRESERVEDLOCK;
        };
        *answer = c_int::from(reserved);
        sql::SQLITE_OK
    }
}

unsafe extern "C" fn file_control(_: *mut sql::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    sql::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut sql::sqlite3_file) -> c_int {
    SECTOR_BYTES
}

/// As on Unix: a write changes nothing beside it.
unsafe extern "C" fn characteristics(_: *mut sql::sqlite3_file) -> c_int {
    sql::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}
