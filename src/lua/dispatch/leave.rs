//! Ending: a service (`exit`), a coroutine (`killthread`), and calls whose callee is gone (`term`).

use std::collections::BTreeSet;
use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::base::{Handle, MessageKind, Session};
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::memory::Payload;

use super::super::native::coroutine::is_active;
use super::super::running;
use super::super::vm::{self, Callback, Vm, bytes, kernel};
use super::coroutine::{self, CoId};
use super::receive::answer_with_error;
use super::session::{Callee, Waiter, callee};
use super::{Fork, upvalue};

/// `exit(message)`: leaves in the steps of real Skynet; `message` is the packed REMOVE for the
/// launcher. Nothing after it runs.
pub(super) unsafe extern "C-unwind" fn exit(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; closing coroutines may run Lua code, so nothing is borrowed then.
    unsafe {
        let record = vm::vm(l);
        (*record).dispatch.forks.clear();
        tell_launcher(l);
        for (session, address) in (*record).dispatch.coroutines.answering() {
            answer_with_error(record, address, Session(session));
        }
        close_waiting(record);
        let responses: Vec<_> = (*record).dispatch.responses.values().copied().collect();
        (*record).dispatch.responses.clear();
        for response in responses {
            answer_with_error(record, response.address, Session(response.session));
        }
        let sessions = &(*record).dispatch.sessions;
        let callees: BTreeSet<Callee> =
            sessions.in_order().into_iter().filter_map(|(_, waiting)| waiting.callee.clone()).collect();
        for callee in callees {
            report_gone(record, &callee);
        }
        (*record).dispatch.leaving = true;
        (*record).callback = Callback::Native;
        kernel(l).kill((*record).me, None);
        ffi::lua_settop(l, 0);
        ffi::lua_pushliteral(l, c"QUIT");
        running::leave(l, 1, 0, never)
    }
}

unsafe extern "C-unwind" fn never(_l: *mut lua_State, _status: c_int, _context: ffi::lua_KContext) -> c_int {
    0
}

unsafe fn tell_launcher(l: *mut lua_State) {
    // SAFETY: the message is a string at 1, made by our own Lua code.
    unsafe {
        if ffi::lua_type(l, 1) != ffi::LUA_TSTRING {
            return;
        }
        let data = kernel(l).payload(bytes(l, 1));
        let session = SessionChoice::Given(Session::NONE);
        let outgoing = Outgoing { source: None, kind: MessageKind::LUA, session, data, origin: None };
        kernel(l).send_name((*vm::vm(l)).me, b".launcher", outgoing);
    }
}

unsafe fn close_waiting(vm: *mut Vm) {
    // SAFETY: the ids are copied; closing may change the sessions.
    unsafe {
        let running = (*vm).dispatch.running;
        let sessions = &(*vm).dispatch.sessions;
        let waiting: Vec<CoId> = sessions
            .in_order()
            .into_iter()
            .filter_map(|(_, waiting)| match waiting.waiter {
                Waiter::Coroutine(id) if Some(id) != running => Some(id),
                _ => None,
            })
            .collect();
        for id in waiting {
            coroutine::close(vm, id, (*vm).work);
        }
    }
}

/// "I am gone" to somebody this service waits for.
unsafe fn report_gone(vm: *mut Vm, callee: &Callee) {
    // SAFETY: the kernel has entered the VM.
    unsafe {
        match callee {
            Callee::Handle(handle) => answer_with_error(vm, *handle, Session::NONE),
            Callee::Name(name) => {
                let outgoing = Outgoing {
                    source: None,
                    kind: MessageKind::ERROR,
                    session: SessionChoice::Given(Session::NONE),
                    data: Payload::EMPTY,
                    origin: None,
                };
                (*(*vm).kernel).send_name((*vm).me, name, outgoing);
            }
        }
    }
}

/// What an ERROR message does: a failed call, or with session 0 the end of everything that waits
/// for its source (`_error_dispatch`).
unsafe fn fail_calls(vm: *mut Vm, session: i32, source: &Callee) {
    // SAFETY: the record is alive.
    unsafe {
        let dispatch = &raw mut (*vm).dispatch;
        if session != 0 {
            if (*dispatch).sessions.get(session).is_some_and(|waiting| waiting.callee.is_some()) {
                (*dispatch).failed.push_back(session);
            }
            return;
        }
        if let Callee::Handle(handle) = source {
            (*dispatch).responses.retain(|_, response| response.address != *handle);
        }
        for (session, waiting) in (*dispatch).sessions.in_order() {
            if waiting.callee.as_ref() == Some(source) {
                (*dispatch).failed.push_back(session);
            }
        }
    }
}

unsafe fn ignore_request(vm: *mut Vm) {
    // SAFETY: the record is alive.
    unsafe {
        if let Some(id) = (*vm).dispatch.running
            && let Some(co) = (*vm).dispatch.coroutines.get_mut(id)
        {
            co.session = None;
        }
    }
}

/// `error_dispatch(session, source)`: the handler of the "error" protocol.
pub(super) unsafe extern "C-unwind" fn error_dispatch(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let record = vm::vm(l);
        ignore_request(record);
        let session = ffi::lua_tointegerx(l, 1, std::ptr::null_mut()) as i32;
        let source = Handle(ffi::lua_tointegerx(l, 2, std::ptr::null_mut()) as u32);
        fail_calls(record, session, &Callee::Handle(source));
        0
    }
}

/// `term(address)`: treats `address` as dead.
pub(super) unsafe extern "C-unwind" fn term(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let record = vm::vm(l);
        ignore_request(record);
        fail_calls(record, 0, &callee(l, 1));
        0
    }
}

/// `killthread(thread or pattern)`: closes a coroutine that is to run or waits; returns it.
pub(super) unsafe extern "C-unwind" fn killthread(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 1);
        let record = vm::vm(l);
        let session = if ffi::lua_type(l, 1) == ffi::LUA_TSTRING {
            session_by_pattern(l)
        } else {
            let Some(id) = (*record).dispatch.coroutines.of_thread(ffi::lua_tothread(l, 1)) else { return 0 };
            if unfork(record, id) {
                coroutine::release(record, id);
                ffi::lua_pushvalue(l, 1);
                return 1;
            }
            session_of(record, id)
        };
        let Some(session) = session else { return 0 };
        kill_waiting(l, session)
    }
}

/// Takes a coroutine that has not run yet out of the fork queue.
unsafe fn unfork(vm: *mut Vm, id: CoId) -> bool {
    // SAFETY: the record is alive.
    unsafe {
        let forks = &raw mut (*vm).dispatch.forks;
        let found = (*forks).iter().position(|fork| matches!(fork, Fork::Coroutine(forked) if *forked == id));
        found.is_some_and(|index| (*forks).remove(index).is_some())
    }
}

unsafe fn session_of(vm: *mut Vm, id: CoId) -> Option<i32> {
    // SAFETY: the record is alive.
    unsafe {
        let sessions = &raw mut (*vm).dispatch.sessions;
        let sessions = (*sessions).in_order();
        sessions.iter().find(|(_, waiting)| waiting.waiter == Waiter::Coroutine(id)).map(|(session, _)| *session)
    }
}

/// The first waiting coroutine whose `tostring` a Lua pattern finds.
unsafe fn session_by_pattern(l: *mut lua_State) -> Option<i32> {
    // SAFETY: `string.find` may raise; only plain values are alive then.
    unsafe {
        let record = vm::vm(l);
        let mut last = i32::MIN;
        loop {
            let (session, waiter) = (*record).dispatch.sessions.next_after(last)?;
            last = session;
            let Waiter::Coroutine(id) = waiter else { continue };
            ffi::lua_getglobal(l, c"string".as_ptr());
            ffi::lua_getfield(l, -1, c"find".as_ptr());
            coroutine::push(record, l, id);
            ffi::luaL_tolstring(l, -1, std::ptr::null_mut());
            ffi::lua_remove(l, -2);
            ffi::lua_pushvalue(l, 1);
            ffi::lua_call(l, 2, 1);
            let found = ffi::lua_toboolean(l, -1) != 0;
            ffi::lua_settop(l, 1);
            if found {
                return Some(session);
            }
        }
    }
}

unsafe fn kill_waiting(l: *mut lua_State, session: i32) -> c_int {
    // SAFETY: closing may run Lua code; nothing is borrowed then.
    unsafe {
        let record = vm::vm(l);
        let Some(waiting) = (*record).dispatch.sessions.get(session) else { return 0 };
        let Waiter::Coroutine(id) = waiting.waiter else { return 0 };
        let calls = waiting.callee.is_some();
        coroutine::push(record, l, id);
        if ffi::lua_isthread(l, -1) != 0 && is_active(ffi::lua_tothread(l, -1)) {
            return ffi::luaL_error(l, c"cannot close a running coroutine".as_ptr());
        }
        if let Some(co) = (*record).dispatch.coroutines.get_mut(id)
            && let Some(address) = co.address.take()
        {
            match co.session.take() {
                Some(session) if session > 0 => answer_with_error(record, address, Session(session)),
                Some(_) => {}
                None => return ffi::luaL_error(l, c"attempt to compare number with nil".as_ptr()),
            }
        }
        if calls {
            if let Some(waiting) = (*record).dispatch.sessions.get_mut(session) {
                waiting.waiter = Waiter::Break;
                waiting.callee = None;
            }
        } else {
            (*record).dispatch.sessions.remove(session);
        }
        forget_sleeper(l, session);
        coroutine::close(record, id, l);
        1
    }
}

/// Removes the token that a session sleeps on.
unsafe fn forget_sleeper(l: *mut lua_State, session: i32) {
    // SAFETY: raw access; the traversal ends at the change.
    unsafe {
        let sleeping = ffi::lua_upvalueindex(upvalue::SLEEPING);
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, sleeping) != 0 {
            let found = ffi::lua_tointegerx(l, -1, std::ptr::null_mut()) as i32 == session;
            ffi::lua_pop(l, 1);
            if found {
                ffi::lua_pushnil(l);
                ffi::lua_rawset(l, sleeping);
                return;
            }
        }
    }
}

/// `uncaught(text)`: logs an error that ends the service, and tells the judge.
pub(super) unsafe extern "C-unwind" fn uncaught(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; nothing raises after the text is made.
    unsafe {
        ffi::luaL_checklstring(l, 1, std::ptr::null_mut());
        let handle = (*vm::vm(l)).handle;
        let text = String::from_utf8_lossy(bytes(l, 1)).into_owned();
        kernel(l).uncaught(handle, bytes(l, 1), &text);
        0
    }
}
