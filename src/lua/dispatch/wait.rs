//! Waiting without a call: `sleep`, `yield`, `wait`, `wakeup`; and work for later: `timeout`, `fork`.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use super::super::odd;
use super::super::running;
use super::super::vm::{self, bytes, kernel};
use super::complaint;
use super::coroutine::{self, Known, Missed};
use super::session::{self, Reason, Waiter, Waiting};
use super::tag::trace_running;
use super::{Fork, upvalue};

/// Frames of a place in the code.
const FRAMES: usize = 3;

/// A time argument as the TIMEOUT command reads it: an integer is cut to 32 bits, other text goes
/// through `strtol`. Raises as `intcommand` does.
unsafe fn ticks(l: *mut lua_State, index: c_int) -> i32 {
    // SAFETY: raises before anything is changed.
    unsafe {
        if ffi::lua_isnumber(l, index) != 0 {
            let mut whole = 0;
            let ticks = ffi::lua_tointegerx(l, index, &mut whole);
            if whole == 0 {
                const NOT_WHOLE: &std::ffi::CStr =
                    c"bad argument #2 to 'cintcommand' (number has no integer representation)";
                ffi::luaL_error(l, NOT_WHOLE.as_ptr());
            }
            return ticks as i32;
        }
        if ffi::lua_type(l, index) != ffi::LUA_TSTRING {
            let name = ffi::lua_typename(l, ffi::lua_type(l, index).max(ffi::LUA_TNIL));
            ffi::luaL_error(l, c"bad argument #2 to 'cintcommand' (string expected, got %s)".as_ptr(), name);
        }
        crate::kernel::send::parse_decimal(vm::check_c_string(l, index)) as i32
    }
}

/// `timer(ticks)`: starts a timer under a fresh session and returns it (`auxtimeout`).
pub(super) unsafe extern "C-unwind" fn timer(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let ticks = ticks(l, 1);
        let record = vm::vm(l);
        let session = kernel(l).timeout((*record).me, ticks).0;
        session::keep_clear(record, session);
        ffi::lua_pushinteger(l, i64::from(session));
        1
    }
}

/// Goes to sleep on the token at 1 (`suspend_sleep`).
unsafe fn suspend(l: *mut lua_State, session: i32, reason: Reason, then: ffi::lua_KFunction) -> c_int {
    // SAFETY: the token stays at 1 for the continuation.
    unsafe {
        let record = vm::vm(l);
        trace_running(l, c"sleep");
        if ffi::lua_isyieldable(l) == 0 {
            odd::tell_failed_yield(l);
        }
        session::insert(record, session, None, reason);
        let sleeping = ffi::lua_upvalueindex(upvalue::SLEEPING);
        ffi::lua_pushvalue(l, 1);
        if ffi::lua_rawget(l, sleeping) != ffi::LUA_TNIL {
            // The session is stored already, as in real Skynet: hazard H13 of the reference.
            return ffi::luaL_error(l, c"token duplicative".as_ptr());
        }
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushinteger(l, i64::from(session));
        ffi::lua_rawset(l, sleeping);
        ffi::lua_settop(l, 1);
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(upvalue::SUSPEND));
        running::leave(l, 1, session as ffi::lua_KContext, then)
    }
}

/// The token at `index` moves to 1; without one it is the running coroutine.
unsafe fn place_token(l: *mut lua_State, index: c_int) {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, index);
        if ffi::lua_toboolean(l, index) == 0 {
            ffi::lua_pushthread(l);
        } else {
            ffi::lua_pushvalue(l, index);
        }
        ffi::lua_replace(l, 1);
        ffi::lua_settop(l, 1);
    }
}

unsafe fn forget_token(l: *mut lua_State) {
    // SAFETY: the token is at 1.
    unsafe {
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushnil(l);
        ffi::lua_rawset(l, ffi::lua_upvalueindex(upvalue::SLEEPING));
    }
}

/// `sleep(ticks [, token])`: nil when the time is over, "BREAK" when woken.
pub(super) unsafe extern "C-unwind" fn sleep(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let ticks = ticks(l, 1);
        sleep_for(l, ticks)
    }
}

/// `yield()`: `sleep(0)`.
pub(super) unsafe extern "C-unwind" fn yield_once(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 0);
        ffi::lua_pushnil(l);
        sleep_for(l, 0)
    }
}

unsafe fn sleep_for(l: *mut lua_State, ticks: i32) -> c_int {
    // SAFETY: a native function with `ticks` and perhaps a token as arguments.
    unsafe {
        let record = vm::vm(l);
        let session = kernel(l).timeout((*record).me, ticks).0;
        session::keep_clear(record, session);
        place_token(l, 2);
        suspend(l, session, Reason::Sleep, slept)
    }
}

/// Token, then `expired, "BREAK" or data, ...`.
unsafe extern "C-unwind" fn slept(l: *mut lua_State, _status: c_int, _session: ffi::lua_KContext) -> c_int {
    // SAFETY: resumed by the scheduler with four values above the token.
    unsafe {
        forget_token(l);
        if ffi::lua_toboolean(l, 2) != 0 {
            return 0;
        }
        if ffi::lua_type(l, 3) == ffi::LUA_TSTRING && bytes(l, 3) == b"BREAK" {
            ffi::lua_pushvalue(l, 3);
            return 1;
        }
        ffi::lua_pushvalue(l, 3);
        ffi::lua_error(l)
    }
}

/// `wait([token])`: until `wakeup(token)`.
pub(super) unsafe extern "C-unwind" fn wait(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let record = vm::vm(l);
        let session = kernel(l).new_session((*record).me).0;
        session::keep_clear(record, session);
        place_token(l, 1);
        suspend(l, session, Reason::Wait, waited)
    }
}

unsafe extern "C-unwind" fn waited(l: *mut lua_State, _status: c_int, session: ffi::lua_KContext) -> c_int {
    // SAFETY: as `slept`; the context is the session of `wait`.
    unsafe {
        forget_token(l);
        (*vm::vm(l)).dispatch.sessions.remove(session as i32);
        0
    }
}

/// `wakeup(token)`: true if somebody sleeps on it; resumed when the running coroutine yields.
pub(super) unsafe extern "C-unwind" fn wakeup(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 1);
        ffi::lua_pushvalue(l, 1);
        let record = vm::vm(l);
        if ffi::lua_rawget(l, ffi::lua_upvalueindex(upvalue::SLEEPING)) == ffi::LUA_TNIL {
            if ffi::lua_isthread(l, 1) != 0 {
                missed(l, record);
            }
            return 0;
        }
        if ffi::lua_isthread(l, 1) != 0 {
            let session = ffi::lua_tointegerx(l, -1, std::ptr::null_mut()) as i32;
            check_hands(l, record, session);
        }
        ffi::lua_pushvalue(l, 1);
        ffi::lua_rawseti(l, ffi::lua_upvalueindex(upvalue::WAKEUPS), (*record).dispatch.wakeups.1);
        (*record).dispatch.wakeups.1 += 1;
        ffi::lua_pushboolean(l, 1);
        1
    }
}

/// A wakeup of the coroutine at 1, which does not sleep: too early if its task is still there, and too late if not.
#[cold]
unsafe fn missed(l: *mut lua_State, record: *mut vm::Vm) {
    // SAFETY: a coroutine is at 1.
    unsafe {
        let Some(id) = (*record).dispatch.coroutines.of_thread(ffi::lua_tothread(l, 1)) else { return };
        let kernel = kernel(l);
        let now = Missed { at: kernel.now(), event: kernel.event() };
        let Some(co) = (*record).dispatch.coroutines.get_mut(id) else { return };
        if co.known == Known::No {
            let over = co.over;
            odd::tell_wrong_wakeup(l, None, over);
        } else {
            co.missed = Some(now);
        }
    }
}

/// A wakeup of the coroutine at 1, which sleeps for this session: nobody can mean its task if nobody was given it.
unsafe fn check_hands(l: *mut lua_State, record: *mut vm::Vm, session: i32) {
    // SAFETY: the thread of a waiting coroutine is alive.
    unsafe {
        let Some(waiting) = (*record).dispatch.sessions.get(session) else { return };
        let Waiter::Coroutine(id) = waiting.waiter else { return };
        let Some(co) = (*record).dispatch.coroutines.get(id) else { return };
        let (thread, over) = (co.thread, co.over);
        if co.known == Known::No && thread == ffi::lua_tothread(l, 1) {
            odd::tell_wrong_wakeup(l, Some(vm::position(thread, FRAMES)), over);
        }
    }
}

/// `timeout(ticks, f)`: runs `f` in a fresh coroutine when the time is over; returns the coroutine.
pub(super) unsafe extern "C-unwind" fn timeout(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 2);
        let ticks = ticks(l, 1);
        complaint::make_callable(l, 2, c"upvalue 'f'");
        let record = vm::vm(l);
        let session = kernel(l).timeout((*record).me, ticks).0;
        session::keep_clear(record, session);
        let id = coroutine::take(record, l);
        if let Some(co) = (*record).dispatch.coroutines.get(id) {
            ffi::lua_xmove(l, co.thread, 1);
        }
        let since = kernel(l).now();
        let (waiter, reason) = (Waiter::Coroutine(id), Reason::Timeout);
        let waiting = Waiting { waiter, callee: None, reason, since, missed: None };
        (*record).dispatch.sessions.insert(session, waiting);
        coroutine::make_known(record, id);
        coroutine::push(record, l, id);
        1
    }
}

/// `fork(f, ...)`: runs `f` in a fresh coroutine at the end of this message; returns the coroutine.
pub(super) unsafe extern "C-unwind" fn fork(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if ffi::lua_gettop(l) == 0 {
            ffi::lua_pushnil(l);
        }
        let record = vm::vm(l);
        let count = ffi::lua_gettop(l);
        complaint::make_callable(l, 1, if count == 1 { c"upvalue 'f'" } else { c"upvalue 'func'" });
        let id = coroutine::take(record, l);
        if let Some(co) = (*record).dispatch.coroutines.get(id) {
            if ffi::lua_checkstack(co.thread, count) == 0 {
                return ffi::luaL_error(l, c"too many arguments to resume".as_ptr());
            }
            ffi::lua_xmove(l, co.thread, count);
        }
        (*record).dispatch.forks.push_back(Fork::Coroutine(id));
        coroutine::make_known(record, id);
        coroutine::push(record, l, id);
        1
    }
}
