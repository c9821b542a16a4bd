//! What the coroutines of a service wait for, and which requests it has taken and not answered: for reports and
//! detectors. Works for the built-in library, which keeps records, and for a checkout's, whose local variables are
//! read. Like all looks it leaves no trace.

use std::ffi::CStr;

use mlua::ffi::{self, lua_Debug, lua_State};

use crate::base::{Handle, Session, VirtualTime};
use crate::kernel::{Kernel, ServiceId};

use super::dispatch::{self, Callee, Pending, PendingKind, Request, Requests};
use super::node::Library;
use super::observe::{get_raw, with_vm};
use super::vm::{self, Vm};

/// The library's file that has `skynet.queue`, in both libraries.
const QUEUE_FILE: &str = "/lualib/skynet/queue.lua";

/// The variables of it in which the holder of a lock is: of the built-in library, and of real Skynet.
const LOCK_HOLDERS: [&[u8]; 2] = [b"owner", b"current_thread"];

/// Frames below a wait in which the lock is looked for: no more than these lie between it and `skynet.queue`.
const LOCK_FRAMES: i32 = 4;

/// What the coroutines of a Lua service wait for; empty if there is no such service.
pub fn pending_of(kernel: &mut Kernel, id: ServiceId) -> Vec<Pending> {
    // SAFETY: `with_vm` lends out a service that does not run; its memory is put back.
    with_vm(kernel, id, |_, vm| unsafe {
        let native = vm::node((*vm).main).settings.library == Library::BuiltIn;
        let recorded = if native { dispatch::pending(vm) } else { Vec::new() };
        if native && !recorded.iter().any(|wait| wait.kind == PendingKind::Wait) {
            return recorded;
        }
        let image = (*vm).arena.save();
        let limits = (*vm).arena.lift_limits();
        let (mut pending, threads) = if native {
            (recorded, dispatch::waiting_threads(vm))
        } else {
            let waiting = waiting_of_checkout(vm);
            let threads = waiting.iter().map(|(session, thread, _)| (Session(*session), *thread)).collect();
            (pending_of_checkout(vm, waiting), threads)
        };
        find_locks(&mut pending, &threads);
        (*vm).arena.restore(&image);
        (*vm).arena.put_limits(limits);
        pending
    })
    .unwrap_or_default()
}

/// The requests that a Lua service has taken and not answered.
pub fn requests_of(kernel: &mut Kernel, id: ServiceId) -> Requests {
    // SAFETY: as in `pending_of`.
    with_vm(kernel, id, |_, vm| unsafe {
        if vm::node((*vm).main).settings.library == Library::BuiltIn {
            return dispatch::requests(vm);
        }
        let image = (*vm).arena.save();
        let requests = requests_of_checkout(vm);
        (*vm).arena.restore(&image);
        requests
    })
    .unwrap_or_default()
}

/// Says of those who wait for a lock who holds it.
unsafe fn find_locks(pending: &mut [Pending], threads: &[(Session, *mut lua_State)]) {
    for wait in pending.iter_mut().filter(|wait| matches!(wait.kind, PendingKind::Wait)) {
        let Some((_, thread)) = threads.iter().find(|(session, _)| *session == wait.session) else { continue };
        // SAFETY: the thread waits; the memory is put back by the caller.
        let Some(holder) = (unsafe { lock_holder(*thread) }) else { continue };
        wait.lock_holder = threads.iter().find(|(_, thread)| *thread == holder).map(|(session, _)| *session);
    }
}

/// Who holds the lock that a coroutine waits for; `None` if it waits for no lock, or holds it itself.
unsafe fn lock_holder(thread: *mut lua_State) -> Option<*mut lua_State> {
    // SAFETY: a zeroed lua_Debug is what lua_getstack fills; what is pushed is popped.
    unsafe {
        if ffi::lua_checkstack(thread, 4) == 0 {
            return None;
        }
        let mut frame: lua_Debug = std::mem::zeroed();
        for level in 0..LOCK_FRAMES {
            if ffi::lua_getstack(thread, level, &mut frame) == 0 {
                return None;
            }
            ffi::lua_getinfo(thread, c"Sf".as_ptr(), &mut frame);
            let is_queue = CStr::from_ptr(frame.source).to_str().is_ok_and(|source| source.ends_with(QUEUE_FILE));
            let function = ffi::lua_gettop(thread);
            let holder = if is_queue { upvalue_thread(thread, function) } else { None };
            ffi::lua_settop(thread, function - 1);
            if is_queue {
                return holder.filter(|holder| *holder != thread);
            }
        }
        None
    }
}

/// The coroutine in the variable of a function that names the holder of a lock.
unsafe fn upvalue_thread(l: *mut lua_State, function: i32) -> Option<*mut lua_State> {
    // SAFETY: `function` is a function; upvalue names are C strings.
    unsafe {
        let mut index = 1;
        loop {
            let name = ffi::lua_getupvalue(l, function, index);
            if name.is_null() {
                return None;
            }
            let holder = ffi::lua_tothread(l, -1);
            ffi::lua_pop(l, 1);
            if LOCK_HOLDERS.contains(&CStr::from_ptr(name).to_bytes()) && !holder.is_null() {
                return Some(holder);
            }
            index += 1;
        }
    }
}

unsafe fn pending_of_checkout(vm: *mut Vm, waiting: Vec<(i32, *mut lua_State, Option<Callee>)>) -> Vec<Pending> {
    // SAFETY: as in `pending_of`.
    unsafe {
        let answering = answering_of_checkout(vm);
        let pending = waiting.into_iter().map(|(session, thread, callee)| Pending {
            session: Session(session),
            kind: callee.map_or(PendingKind::Wait, PendingKind::Call),
            // The real library does not remember since when.
            since: VirtualTime::ZERO,
            position: vm::position(thread, 4),
            answers: answering.iter().find(|(answers, _)| *answers == thread).map(|(_, request)| *request),
            lock_holder: None,
            missed: None,
        });
        pending.collect()
    }
}

/// The waiting coroutines of a service on the real library: they stand in local variables of its
/// `skynet` module (`session_id_coroutine`, `watching_session`), reached as upvalues.
pub(super) unsafe fn waiting_of_checkout(vm: *mut Vm) -> Vec<(i32, *mut lua_State, Option<Callee>)> {
    // SAFETY: raw reads; the stack is restored by the caller or here.
    unsafe {
        let l = (*vm).main;
        let top = ffi::lua_gettop(l);
        let mut found = Vec::new();
        if push_exit(l)
            && push_upvalue(l, top + 3, b"session_id_coroutine")
            && push_upvalue(l, top + 3, b"watching_session")
        {
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, top + 4) != 0 {
                let thread = ffi::lua_tothread(l, -1);
                let session = ffi::lua_tointegerx(l, -2, std::ptr::null_mut());
                if !thread.is_null() {
                    let watched = ffi::lua_rawgeti(l, top + 5, session) != ffi::LUA_TNIL;
                    let callee = watched.then(|| dispatch::callee_at(l, -1));
                    ffi::lua_pop(l, 1);
                    found.push((session as i32, thread, callee));
                }
                ffi::lua_pop(l, 1);
            }
        }
        ffi::lua_settop(l, top);
        found.sort_by_key(|(session, ..)| *session);
        found
    }
}

/// Pushes the table that a function's upvalue of that name holds.
unsafe fn push_upvalue(l: *mut lua_State, function: i32, wanted: &[u8]) -> bool {
    // SAFETY: `function` is a function; upvalue names are C strings.
    unsafe {
        let mut index = 1;
        loop {
            let name = ffi::lua_getupvalue(l, function, index);
            if name.is_null() {
                return false;
            }
            if CStr::from_ptr(name).to_bytes() == wanted && ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
                return true;
            }
            ffi::lua_pop(l, 1);
            index += 1;
        }
    }
}

/// Which coroutines of a service on the real library answer which requests (`session_coroutine_id`,
/// `session_coroutine_address`).
unsafe fn answering_of_checkout(vm: *mut Vm) -> Vec<(*mut lua_State, Request)> {
    // SAFETY: as in `waiting_of_checkout`.
    unsafe {
        let l = (*vm).main;
        let top = ffi::lua_gettop(l);
        let mut found = Vec::new();
        if push_exit(l)
            && push_upvalue(l, top + 3, b"session_coroutine_id")
            && push_upvalue(l, top + 3, b"session_coroutine_address")
        {
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, top + 4) != 0 {
                ffi::lua_pushvalue(l, -2);
                ffi::lua_rawget(l, top + 5);
                let request = Request::new(integer(l, -2), integer(l, -1).map(|from| Handle(from as u32)));
                found.extend(request.map(|request| (ffi::lua_tothread(l, -3), request)));
                ffi::lua_pop(l, 2);
            }
        }
        ffi::lua_settop(l, top);
        found
    }
}

/// The requests of a service on the real library: of its coroutines, and of the functions that `skynet.response`
/// made and nobody has called (`unresponse`).
unsafe fn requests_of_checkout(vm: *mut Vm) -> Requests {
    // SAFETY: as in `waiting_of_checkout`.
    unsafe {
        let l = (*vm).main;
        let top = ffi::lua_gettop(l);
        let mut held: Vec<Request> = answering_of_checkout(vm).into_iter().map(|(_, request)| request).collect();
        if push_exit(l) && push_upvalue(l, top + 3, b"unresponse") {
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, top + 4) != 0 {
                let function = ffi::lua_gettop(l) - 1;
                let session = upvalue_integer(l, function, b"co_session");
                let from = upvalue_integer(l, function, b"co_address").map(|from| Handle(from as u32));
                held.extend(Request::new(session, from));
                ffi::lua_pop(l, 1);
            }
        }
        ffi::lua_settop(l, top);
        held.sort_unstable();
        Requests { held, lost: Vec::new(), abandoned: Vec::new() }
    }
}

unsafe fn integer(l: *mut lua_State, index: i32) -> Option<i32> {
    // SAFETY: `index` is valid.
    unsafe {
        (ffi::lua_type(l, index) == ffi::LUA_TNUMBER)
            .then(|| ffi::lua_tointegerx(l, index, std::ptr::null_mut()) as i32)
    }
}

unsafe fn upvalue_integer(l: *mut lua_State, function: i32, wanted: &[u8]) -> Option<i32> {
    // SAFETY: the value may be no function; upvalue names are C strings.
    unsafe {
        if ffi::lua_type(l, function) != ffi::LUA_TFUNCTION {
            return None;
        }
        let mut index = 1;
        loop {
            let name = ffi::lua_getupvalue(l, function, index);
            if name.is_null() {
                return None;
            }
            let value = integer(l, -1);
            ffi::lua_pop(l, 1);
            if CStr::from_ptr(name).to_bytes() == wanted {
                return value;
            }
            index += 1;
        }
    }
}

/// Pushes three values: loaded modules, the real `skynet` module, and its `exit`, which has most of its variables.
unsafe fn push_exit(l: *mut lua_State) -> bool {
    // SAFETY: raw reads; the caller restores the stack.
    unsafe {
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"_LOADED".as_ptr());
        get_raw(l, -1, c"skynet") == ffi::LUA_TTABLE && get_raw(l, -1, c"exit") == ffi::LUA_TFUNCTION
    }
}
