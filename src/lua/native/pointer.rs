//! Pointers to messages, as Lua holds them: what they become in a packed message, and whether there
//! still is a message behind one.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use super::super::vm::{self, kernel};
use crate::memory::arena::BLOCK_BYTES;

/// Marks the packed form of a pointer into a service's own memory: the service's number and the
/// offset. The highest bits of real addresses are zero.
const OWN_MEMORY: u64 = 4 << 60;
/// As many services have numbers in a packed pointer.
const OWNERS: u64 = (1 << 28) - 1;
/// Marks a small number that C code dresses up as a pointer.
const NUMBER: u64 = 6 << 60;

/// Where the memory of messages and the memory of this service are, and whose it is.
struct Places {
    messages: usize,
    own: usize,
    me: u64,
}

impl Places {
    unsafe fn of(l: *mut lua_State) -> Places {
        // SAFETY: a native function.
        unsafe {
            let record = vm::vm(l);
            let me = u64::from((*record).me.0) & OWNERS;
            Places { messages: kernel(l).payloads.block(), own: (*record).arena.block(), me }
        }
    }

    /// A message's offset, a service and an offset, a small number; else the address itself, such as
    /// that of something in a C module.
    fn portable(&self, address: usize) -> u64 {
        let offset = (address & (BLOCK_BYTES - 1)) as u64;
        match address - offset as usize {
            _ if address == 0 => 0,
            block if block == self.messages => offset,
            block if block == self.own => OWN_MEMORY | self.me << 32 | offset,
            0 => NUMBER | offset,
            _ => address as u64,
        }
    }

    /// Another service's pointer stays as it is packed: it can be compared, shown and sent back.
    fn address(&self, portable: u64) -> usize {
        let offset = portable as usize & (BLOCK_BYTES - 1);
        match portable - offset as u64 {
            _ if portable == 0 => 0,
            0 => self.messages | offset,
            kind if kind == OWN_MEMORY | self.me << 32 => self.own | offset,
            NUMBER => offset,
            _ => portable as usize,
        }
    }
}

/// The packed form of a pointer: what Lua sees of it must not depend on where the operating system
/// put the memory of messages and of the service.
///
/// # Safety
/// A native function.
pub(super) unsafe fn portable(l: *mut lua_State, address: usize) -> u64 {
    // SAFETY: a native function.
    unsafe { Places::of(l).portable(address) }
}

/// The pointer that has a packed form.
///
/// # Safety
/// As for [`portable`].
pub(super) unsafe fn address(l: *mut lua_State, portable: u64) -> usize {
    // SAFETY: a native function.
    unsafe { Places::of(l).address(portable) }
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

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: usize = 7 * BLOCK_BYTES;
    const FIRST: Places = Places { messages: MESSAGES, own: 11 * BLOCK_BYTES, me: 3 };
    const SECOND: Places = Places { messages: MESSAGES, own: 13 * BLOCK_BYTES, me: 4 };

    #[test]
    fn pointers_come_back_as_they_were() {
        for address in [0, 1, 5, u32::MAX as usize, MESSAGES + 16, FIRST.own + 5, 99 * BLOCK_BYTES + 5] {
            assert_eq!(FIRST.address(FIRST.portable(address)), address);
            let seen = SECOND.address(FIRST.portable(address));
            assert_eq!(FIRST.address(SECOND.portable(seen)), address, "there and back");
        }
    }

    #[test]
    fn pointers_of_two_services_are_two() {
        let theirs = SECOND.address(FIRST.portable(FIRST.own + 5));
        assert_ne!(theirs, SECOND.own + 5);
        let moved = Places { own: 17 * BLOCK_BYTES, ..FIRST };
        assert_eq!(moved.portable(moved.own + 5), FIRST.portable(FIRST.own + 5), "wherever the memory is");
    }
}
