//! Where the next request of a service will be handled: the cache lines that it touches first. With a thousand
//! services, most of what a message costs is waiting for them.

use std::ffi::{c_int, c_void};

use mlua::ffi::lua_State;

use crate::memory::Lines;

use super::super::vm::Vm;
use super::{LuaClass, work};

unsafe extern "C" {
    fn skysim_lines(
        work: *const lua_State,
        thread: *const lua_State,
        handler: c_int,
        take: extern "C" fn(*mut c_void, *const c_void, usize),
        lines: *mut c_void,
    );
}

extern "C" fn take(lines: *mut c_void, data: *const c_void, bytes: usize) {
    // SAFETY: called by `skysim_lines` with what `lines` gave it.
    unsafe { (*lines.cast::<Lines>()).add(data.cast(), bytes) };
}

/// The lines, as far as they can be told: a request's own function and what that calls are not known yet.
///
/// # Safety
/// The record is alive, and no Lua of it runs.
pub unsafe fn lines(vm: *mut Vm) -> Lines {
    let mut lines = Lines::NONE;
    // SAFETY: as the caller promises; everything is only read.
    unsafe {
        lines.add((&raw const (*vm).kernel).cast(), 1);
        lines.add((&raw const (*vm).callback).cast(), size_of_val(&(*vm).callback));
        lines.add((&raw const (*vm).dispatch).cast(), size_of_val(&(*vm).dispatch));
        lines.add((&raw const (*vm).node).cast(), 1);
        lines.add((&raw const (*vm).watch).cast(), 1);
        lines.add((&raw const (*vm).metered).cast(), 1);
        lines.add((&raw const (*vm).trap).cast(), 1);
        let co = (*vm).dispatch.coroutines.next_idle();
        if let Some(co) = co {
            lines.add(std::ptr::from_ref(co).cast(), size_of_val(co));
        }
        if !(*vm).work.is_null() && matches!((*vm).dispatch.lua_class, LuaClass::Usual { handled: true, .. }) {
            let thread = co.map_or(std::ptr::null_mut(), |co| co.thread);
            skysim_lines((*vm).work, thread, work::LUA_HANDLER, take, (&raw mut lines).cast());
        }
    }
    lines
}
