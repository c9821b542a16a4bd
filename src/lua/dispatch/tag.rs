//! Trace tags: `skynet.trace`, `skynet.tracetag`.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use super::super::native::core::trace_line;
use super::super::vm::{self, Vm, bytes, push_bytes};
use super::coroutine::Tag;

/// A new tag of this service, `:handle-number`.
///
/// # Safety
/// The record is alive.
pub(super) unsafe fn fresh(vm: *mut Vm) -> Box<[u8]> {
    // SAFETY: see above.
    unsafe {
        (*vm).dispatch.tags_made += 1;
        format!("{}-{}", (*vm).handle, (*vm).dispatch.tags_made).into_bytes().into()
    }
}

/// Writes a trace line with the caller's position, if the running coroutine is traced.
///
/// # Safety
/// A native function.
#[inline]
pub(super) unsafe fn trace_running(l: *mut lua_State, what: &CStr) {
    // SAFETY: the tag is copied before the line is logged.
    unsafe {
        let record = vm::vm(l);
        let running = (*record).dispatch.running.and_then(|id| (*record).dispatch.coroutines.get(id));
        if let Some(Tag::On(tag)) = running.map(|co| &co.tag) {
            let tag = tag.clone();
            trace_line(l, &tag, what.to_bytes(), l, Some(1));
        }
    }
}

/// `tag()`: the running coroutine's tag; false if tracing is off for it; nil if it has none.
pub(super) unsafe extern "C-unwind" fn get(l: *mut lua_State) -> c_int {
    // SAFETY: the tag stays in the record while the string is made.
    unsafe {
        let record = vm::vm(l);
        let coroutines = &(*record).dispatch.coroutines;
        let running = (*record).dispatch.running.and_then(|id| coroutines.get(id));
        match running.map(|co| &co.tag) {
            Some(Tag::On(tag)) => push_bytes(l, tag),
            Some(Tag::Off) => ffi::lua_pushboolean(l, 0),
            _ => ffi::lua_pushnil(l),
        }
        1
    }
}

/// `set_tag(tag)`: gives the running coroutine a tag; nil takes it away.
pub(super) unsafe extern "C-unwind" fn set(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let record = vm::vm(l);
        let tag = match ffi::lua_type(l, 1) {
            ffi::LUA_TSTRING => Tag::On(bytes(l, 1).into()),
            ffi::LUA_TBOOLEAN => Tag::Off,
            _ => Tag::None,
        };
        if let Some(id) = (*record).dispatch.running
            && let Some(co) = (*record).dispatch.coroutines.get_mut(id)
        {
            co.tag = tag;
        }
        0
    }
}

/// `new_tag()`: a tag that this service has not used.
pub(super) unsafe extern "C-unwind" fn new(l: *mut lua_State) -> c_int {
    // SAFETY: the text moves into the record before the string is made.
    unsafe {
        let record = vm::vm(l);
        (*record).scratch = fresh(record).into_vec();
        let (data, length) = ((*record).scratch.as_ptr(), (*record).scratch.len());
        ffi::lua_pushlstring(l, data.cast(), length);
        1
    }
}
