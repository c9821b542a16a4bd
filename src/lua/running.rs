//! Which coroutine runs, and what may stop it: a signal, the watchdog, the meter, or the end of the
//! node. Whoever runs Lua code on another thread than before says so here, so that all of them find it.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use super::meter;
use super::service::set_trap;
use super::vm::{self, Vm};

/// Does something that may run Lua code on `l`.
///
/// # Safety
/// The kernel has entered the VM; `l` is one of its coroutines; `action` does not raise.
#[inline(always)]
pub unsafe fn on<R>(vm: *mut Vm, l: *mut lua_State, action: impl FnOnce() -> R) -> R {
    // SAFETY: as the caller promises; setting hooks is always allowed.
    unsafe {
        let before = (*vm).active;
        vm::set_active(vm, l);
        if (*vm).metered.is_some() {
            meter::meter(vm, l);
        }
        if (*vm).trap {
            set_trap(l);
        }
        if (*vm).ended {
            forbid(l);
        }
        let result = action();
        vm::set_active(vm, before);
        if (*vm).trap {
            set_trap(before);
        }
        if (*vm).ended {
            forbid(before);
        }
        result
    }
}

unsafe extern "C-unwind" {
    fn skysim_yieldk(
        l: *mut lua_State,
        results: c_int,
        context: ffi::lua_KContext,
        continuation: Option<ffi::lua_KFunction>,
    ) -> c_int;
}

/// As `lua_yieldk`, without a jump where that is possible (`yield.h`).
///
/// # Safety
/// As for `lua_yieldk`; and the native function returns at once what this returns.
#[inline(always)]
pub unsafe fn leave(
    l: *mut lua_State,
    results: c_int,
    context: ffi::lua_KContext,
    continuation: ffi::lua_KFunction,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { skysim_yieldk(l, results, context, Some(continuation)) }
}

/// Closes a coroutine: its pending to-be-closed variables run. Returns the status that is left. When
/// the node has ended nothing runs any more: a handler of theirs would not see the hook that ends it,
/// if the coroutine's own error was raised by that hook.
///
/// # Safety
/// As for `lua_closethread`; neither the coroutine nor one that it resumed runs.
pub unsafe fn close_thread(thread: *mut lua_State, from: *mut lua_State) -> c_int {
    // mlua-sys declares this function for 5.5 only; 5.4.6 and later have it, too.
    #[cfg(feature = "lua54")]
    unsafe extern "C-unwind" {
        fn lua_closethread(thread: *mut lua_State, from: *mut lua_State) -> c_int;
    }
    #[cfg(feature = "lua55")]
    use ffi::lua_closethread;
    // SAFETY: as the caller promises.
    unsafe {
        let record = vm::vm(from);
        if (*record).ended { ffi::LUA_OK } else { on(record, thread, || lua_closethread(thread, from)) }
    }
}

/// Lets no further instruction of this VM succeed: the node has ended.
///
/// # Safety
/// The kernel has entered the VM.
pub unsafe fn stop(vm: *mut Vm) {
    // SAFETY: setting a hook is always allowed.
    unsafe {
        (*vm).ended = true;
        (*vm).dispatch.drop_what_follows();
        forbid((*vm).active);
    }
}

/// The hook is called at every instruction.
unsafe fn forbid(l: *mut lua_State) {
    // SAFETY: setting a hook is always allowed.
    unsafe { ffi::lua_sethook(l, Some(refuse_to_run), ffi::LUA_MASKCOUNT, 1) };
}

unsafe extern "C-unwind" fn refuse_to_run(l: *mut lua_State, _frame: *mut ffi::lua_Debug) {
    // SAFETY: the hook stays, so that no pcall can go on.
    unsafe {
        forbid(l);
        unwind(l);
    }
}

/// Raises an error that calls no message handler: Lua takes this text for an error of memory. A
/// handler called from within a hook would run without one.
///
/// # Safety
/// Nothing with a destructor is alive in the caller.
pub unsafe fn unwind(l: *mut lua_State) -> c_int {
    // SAFETY: the text exists in every state, so pushing it needs no memory.
    unsafe {
        ffi::lua_pushliteral(l, c"not enough memory");
        ffi::lua_error(l)
    }
}
