//! Pointers to messages, as Lua holds them: what they become in a packed message, and whether there
//! still is a message behind one.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use super::super::vm::{self, kernel};
use crate::memory::arena::BLOCK_BYTES;

/// Marks the packed form of a pointer into the service's own memory.
const OWN_MEMORY: u64 = 1 << 32;

/// The packed form of a pointer: what Lua sees of it must not depend on where the operating system
/// put the memory of messages and of the service.
///
/// # Safety
/// A native function.
pub(super) unsafe fn portable(l: *mut lua_State, address: usize) -> u64 {
    // SAFETY: a native function.
    let (messages, own) = unsafe { (kernel(l).payloads.block(), (*vm::vm(l)).arena.block()) };
    let offset = (address & (BLOCK_BYTES - 1)) as u64;
    match address - offset as usize {
        block if block == messages => offset,
        block if block == own => OWN_MEMORY | offset,
        _ => address as u64,
    }
}

/// The pointer that has a packed form.
///
/// # Safety
/// As for [`portable`].
pub(super) unsafe fn address(l: *mut lua_State, portable: u64) -> usize {
    // SAFETY: a native function.
    let (messages, own) = unsafe { (kernel(l).payloads.block(), (*vm::vm(l)).arena.block()) };
    let offset = portable as usize & (BLOCK_BYTES - 1);
    match portable & !(BLOCK_BYTES as u64 - 1) {
        _ if portable == 0 => 0,
        0 => messages | offset,
        OWN_MEMORY => own | offset,
        _ => portable as usize,
    }
}

/// Raises an error unless `length` bytes at `data` belong to a live message: where real Skynet
/// would read freed or foreign memory.
///
/// # Safety
/// A native function, nothing with a destructor alive.
pub unsafe fn check_message(l: *mut lua_State, data: *const u8, length: usize) {
    const GONE: &CStr = c"skysim: no live message of %d bytes at this pointer (a message's data lives until its handler yields or returns)";
    // SAFETY: luaL_error does not return.
    unsafe {
        if !is_handled(l, data, length) && kernel(l).payloads.find(data, length).is_none() {
            ffi::luaL_error(l, GONE.as_ptr(), length as c_int);
        }
    }
}

/// Whether these are the bytes of the message being handled: a string, if Lua code dispatched it.
unsafe fn is_handled(l: *mut lua_State, data: *const u8, length: usize) -> bool {
    // SAFETY: the message lives as long as it is handled.
    unsafe {
        (*vm::vm(l)).dispatch.handling.is_some_and(|message| {
            let bytes = (*message).data.bytes();
            std::ptr::eq(bytes.as_ptr(), data) && length <= bytes.len()
        })
    }
}
