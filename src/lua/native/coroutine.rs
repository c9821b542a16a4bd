//! `coroutine.resume` and `coroutine.wrap` that say which coroutine runs, so that a signal and the
//! watchdog strike it (`service_snlua.c`, `lua_resumeX`). Behaviour as in the stock library, but that
//! the threads the simulator itself runs on can be neither resumed nor closed.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use super::super::vm::Callback;
use super::super::{dispatch, running, vm};
use super::stock;
use super::value::{self, Ahead};

/// Puts our versions in place.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn patch(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_getglobal(l, c"coroutine".as_ptr());
        super::super::state::register(l, &[(c"resume", resume), (c"wrap", wrap), (c"running", running_now)]);
        stock::stand_before(l, c"close", close, 0);
        ffi::lua_settop(l, 0);
    }
}

/// Resumes with the running coroutine published; a waiting signal strikes at once.
///
/// # Safety
/// As for `lua_resume`.
#[inline(always)]
pub unsafe fn resume_published(
    co: *mut lua_State,
    from: *mut lua_State,
    arguments: c_int,
    results: *mut c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { running::on(vm::vm(from), co, || ffi::lua_resume(co, from, arguments, results)) }
}

/// Whether a coroutine runs, or waits for one that it resumed.
///
/// # Safety
/// `co` is a live coroutine.
pub unsafe fn is_active(co: *mut lua_State) -> bool {
    let mut frame = std::mem::MaybeUninit::<ffi::lua_Debug>::uninit();
    // SAFETY: as the caller promises; lua_getstack only fills the frame.
    unsafe { ffi::lua_status(co) == ffi::LUA_OK && ffi::lua_getstack(co, 0, frame.as_mut_ptr()) != 0 }
}

/// Whether a thread belongs to the simulator: Lua code sees it when a metamethod, a finalizer or the
/// callback runs there.
///
/// # Safety
/// `co` is a live coroutine.
pub unsafe fn is_own(co: *mut lua_State) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        let record = vm::vm(co);
        let callback = matches!((*record).callback, Callback::Lua { thread, .. } if thread == co);
        co == (*record).main || co == (*record).work || callback
    }
}

/// `close`: as the stock one, which runs where it raises, and where from 5.5 on the running coroutine
/// closes itself.
unsafe extern "C-unwind" fn close(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let own = cfg!(feature = "lua55") && ffi::lua_isnone(l, 1) != 0;
        if !own && ffi::lua_isthread(l, 1) == 0 {
            return stock::run(l);
        }
        let co = if own { l } else { ffi::lua_tothread(l, 1) };
        if is_own(co) {
            return ffi::luaL_error(l, c"cannot close a thread of the runtime".as_ptr());
        }
        if co != l && !is_active(co) {
            let status = running::close_thread(co, l);
            ffi::lua_pushboolean(l, c_int::from(status == ffi::LUA_OK));
            if status == ffi::LUA_OK {
                return 1;
            }
            ffi::lua_xmove(co, l, 1);
            return 2;
        }
        stock::run(l)
    }
}

/// Moves arguments over, resumes, moves results back: how many values that makes with what comes
/// `ahead` of them, or -1 with an error on top.
#[inline(always)]
unsafe fn run(l: *mut lua_State, co: *mut lua_State, arguments: c_int, ahead: Ahead) -> c_int {
    // SAFETY: stack room is checked on both sides before anything is moved.
    unsafe {
        if is_own(co) {
            ffi::lua_pushliteral(l, c"cannot resume non-suspended coroutine");
            return -1;
        }
        if !value::pass(l, co, arguments) {
            ffi::lua_pushliteral(l, c"too many arguments to resume");
            return -1;
        }
        let mut results = 0;
        let status = resume_published(co, l, arguments, &mut results);
        if status != ffi::LUA_OK && status != ffi::LUA_YIELD {
            ffi::lua_xmove(co, l, 1);
            return -1;
        }
        if !value::pass_back(co, l, results, ahead) {
            ffi::lua_pop(co, results);
            ffi::lua_pushliteral(l, c"too many results to resume");
            return -1;
        }
        results + c_int::from(ahead == Ahead::True)
    }
}

unsafe extern "C-unwind" fn resume(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let Some((co, arguments)) = value::first_thread(l) else {
            ffi::luaL_checktype(l, 1, ffi::LUA_TTHREAD);
            unreachable!("bug in skysim: a Lua error returned")
        };
        let results = run(l, co, arguments, Ahead::True);
        if results >= 0 {
            return results;
        }
        ffi::lua_pushboolean(l, 0);
        ffi::lua_insert(l, -2);
        2
    }
}

/// `running`: as the stock one; from now on a wakeup may mean this task.
unsafe extern "C-unwind" fn running_now(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let is_main = ffi::lua_pushthread(l);
        ffi::lua_pushboolean(l, is_main);
        dispatch::asked_who_runs(vm::vm(l), l);
        2
    }
}

unsafe extern "C-unwind" fn wrap(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TFUNCTION);
        let co = ffi::lua_newthread(l);
        ffi::lua_pushvalue(l, 1);
        ffi::lua_xmove(l, co, 1);
        ffi::lua_pushcclosure(l, wrapped, 1);
        1
    }
}

unsafe extern "C-unwind" fn wrapped(l: *mut lua_State) -> c_int {
    // SAFETY: the upvalue is the coroutine.
    unsafe {
        let co = ffi::lua_tothread(l, ffi::lua_upvalueindex(1));
        let results = run(l, co, ffi::lua_gettop(l), Ahead::Nothing);
        if results >= 0 {
            return results;
        }
        let status = ffi::lua_status(co);
        if status != ffi::LUA_OK && status != ffi::LUA_YIELD {
            // Pending variables are closed. An error in one of them does not replace the first, and whatever lies on top of
            // the coroutine is called if somebody resumes it once more: as in `luaB_auxwrap` of real Skynet.
            running::close_thread(co, l);
        }
        if ffi::lua_type(l, -1) == ffi::LUA_TSTRING && status != ffi::LUA_ERRMEM {
            ffi::luaL_where(l, 1);
            ffi::lua_insert(l, -2);
            ffi::lua_concat(l, 2);
        }
        ffi::lua_error(l)
    }
}
