//! The callback that `skynet.core` installs, and what happens when it raises (`lcallback`, `_cb`).

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::kernel::{Halt, Message};
use crate::memory::Payload;

use super::dispatch;
use super::native::value::push_message;
use super::running;
use super::vm::{self, Callback, Ownership, Vm, bytes, kernel};

/// What a protected call came to, when it did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An error with a text.
    Run,
    /// Out of memory.
    Memory,
    /// An error while handling an error.
    Error,
}

impl Failure {
    /// From a status other than `LUA_OK`.
    #[must_use]
    pub fn from_status(status: c_int) -> Failure {
        match status {
            ffi::LUA_ERRMEM => Failure::Memory,
            ffi::LUA_ERRERR => Failure::Error,
            _ => Failure::Run,
        }
    }
}

/// `callback(f [, forward])`: from the next message on, `f` receives.
pub unsafe extern "C-unwind" fn install(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the thread is anchored in the registry before it is used.
    unsafe {
        let ownership = if ffi::lua_toboolean(l, 2) != 0 { Ownership::Callback } else { Ownership::Kernel };
        ffi::luaL_checktype(l, 1, ffi::LUA_TFUNCTION);
        ffi::lua_settop(l, 1);
        let record = vm::vm(l);
        if dispatch::is_native_callback(l, 1) && ownership == Ownership::Kernel {
            (*record).callback = Callback::Native;
            return 0;
        }
        let thread = ffi::lua_newthread(l);
        ffi::lua_pushboolean(thread, 0);
        ffi::lua_pushcclosure(thread, traceback, 1);
        ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, c"callback_thread".as_ptr());
        ffi::lua_xmove(l, thread, 1);
        (*record).callback = Callback::Lua { thread, ownership };
        0
    }
}

/// Message handler of protected calls: appends a traceback to a text.
pub unsafe extern "C-unwind" fn traceback(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let text = ffi::lua_tolstring(l, 1, std::ptr::null_mut());
        if text.is_null() {
            ffi::lua_pushliteral(l, c"(no error message)");
        } else {
            ffi::luaL_traceback(l, l, text, 1);
        }
        1
    }
}

/// Hands a message to the Lua callback on `thread`.
///
/// # Safety
/// The kernel has entered the VM; `thread` is its callback thread.
pub unsafe fn receive(vm: *mut Vm, thread: *mut lua_State, ownership: Ownership, message: &mut Message) {
    // SAFETY: see above. The thread's stack holds the traceback function and the callback.
    unsafe {
        // It may install another callback, which then takes its place in the registry: so it lies on the
        // main thread's stack meanwhile.
        let main = (*vm).main;
        push_message(main, thread, message);
        if ownership == Ownership::Callback {
            // The callback sends or trashes it.
            let _lent = std::mem::replace(&mut message.data, Payload::EMPTY).into_raw();
        } else {
            (*vm).dispatch.handling = Some(std::ptr::from_mut(message));
        }
        let status = running::on(vm, thread, || ffi::lua_pcall(thread, 5, 0, 1));
        ffi::lua_settop(main, 0);
        (*vm).dispatch.handling = None;
        if status != ffi::LUA_OK {
            let text =
                if ffi::lua_type(thread, -1) == ffi::LUA_TSTRING { bytes(thread, -1).to_vec() } else { Vec::new() };
            ffi::lua_settop(thread, 2);
            report(vm, message, Failure::from_status(status), &text);
        }
    }
}

/// Logs a failed message as `_cb` does, and tells the judge.
///
/// # Safety
/// The kernel has entered the VM.
pub unsafe fn report(vm: *mut Vm, message: &Message, failure: Failure, text: &[u8]) {
    // SAFETY: see above.
    unsafe {
        if (*vm).ended || kernel((*vm).main).halted().is_some_and(|halt| *halt != Halt::Abort) {
            // The node or the service has ended in the middle of this message: its error is only how.
            return;
        }
        let handle = (*vm).handle;
        let from_to = format!("{:x} to :{:x} : {}", message.source.0, handle.0, message.session);
        let (line, told) = match failure {
            Failure::Run => {
                let head = format!("lua call [{from_to} msgsz = {}] error : \x1b[31m", message.data.len());
                ([head.as_bytes(), text, b"\x1b[0m"].concat(), String::from_utf8_lossy(text).into_owned())
            }
            Failure::Memory => {
                let line = format!("lua memory error : [{from_to}]");
                (line.clone().into_bytes(), line)
            }
            Failure::Error => {
                let line = format!("lua error in error : [{from_to}]");
                (line.clone().into_bytes(), line)
            }
        };
        kernel((*vm).main).uncaught(handle, &line, &told);
    }
}
