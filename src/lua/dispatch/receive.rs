//! One message: what it starts or continues, and everything that follows from it in the same turn:
//! woken coroutines, failed calls, forks (`raw_dispatch_message`, `suspend`, `dispatch_message`).

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use crate::base::{Handle, MessageKind, Session};
use crate::kernel::Message;
use crate::kernel::oddity::Oddity;
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::memory::Payload;

use super::super::callback::{Failure, report};
use super::super::native::core::{push_data, trace_line};
use super::super::native::coroutine::{is_active, resume_published};
use super::super::native::value::{push_answer, push_request};
use super::super::native::{pack, pointer};
use super::super::odd;
use super::super::running;
use super::super::vm::{self, Vm, bytes, kernel};
use super::complaint;
use super::coroutine::{self, CoId, State, Tag};
use super::session::{Waiter, Waiting};
use super::{Fork, LuaClass, Text, is_function, work};

/// What became of a resumed coroutine.
enum Outcome {
    /// It waits for something, or has ended.
    Settled,
    /// It called `exit`.
    Quit,
    /// It yielded nothing at all (`coroutine.yield()` outside of its own resume): accepted, and
    /// nothing ever resumes it.
    Astray,
    /// It raised an error, which has been noted.
    Failed,
}

/// Handles a message.
///
/// # Safety
/// The kernel has entered the VM, and `Callback::Native` is installed.
#[inline]
pub unsafe fn receive(vm: *mut Vm, message: &mut Message) {
    // SAFETY: see above; the message outlives this call.
    unsafe {
        (*vm).dispatch.handling = Some(std::ptr::from_mut(message));
        dispatch(vm, message);
        drain_forks(vm);
        (*vm).dispatch.handling = None;
        (*vm).dispatch.resumer = std::ptr::null_mut();
        if (*vm).dispatch.errors.is_some() || (*vm).dispatch.out_of_memory {
            report_errors(vm, message);
        }
    }
}

#[cold]
unsafe fn report_errors(vm: *mut Vm, message: &Message) {
    // SAFETY: as in `receive`.
    unsafe {
        let out_of_memory = std::mem::take(&mut (*vm).dispatch.out_of_memory);
        let failure = if out_of_memory { Failure::Memory } else { Failure::Run };
        let text = (*vm).dispatch.errors.take().unwrap_or_default();
        report(vm, message, failure, &text);
    }
}

unsafe fn dispatch(vm: *mut Vm, message: &mut Message) {
    // SAFETY: as in `receive`.
    unsafe {
        if message.kind == MessageKind::RESPONSE {
            continue_waiter(vm, message);
        } else if (*vm).dispatch.leaving {
            if message.session != Session::NONE && message.source != Handle::NONE {
                answer_with_error(vm, message.source, message.session);
            }
        } else {
            start_handler(vm, message);
        }
    }
}

unsafe fn continue_waiter(vm: *mut Vm, message: &mut Message) {
    // SAFETY: as in `receive`.
    unsafe {
        match (*vm).dispatch.sessions.remove(message.session.0) {
            Some(Waiting { waiter: Waiter::Coroutine(id), .. }) => {
                trace(vm, id, c"resume");
                let Some(co) = (*vm).dispatch.coroutines.get(id) else { return };
                let thread = co.thread;
                if push_answer(thread, message) {
                    run(vm, id, 4);
                }
            }
            Some(Waiting { waiter: Waiter::Break, .. }) => {}
            None => {
                odd::tell(vm, Oddity::UnknownResponse { from: message.source, session: message.session });
                call_hook(vm, 2, message, None);
            }
        }
    }
}

/// Tells an unwanted message to the Lua function that `dispatch_unknown_*` installed. Hook 1 gets
/// requests, hook 2 responses.
unsafe fn call_hook(vm: *mut Vm, hook: i64, message: &Message, name: Option<&[u8]>) {
    // SAFETY: the work thread's stack is restored; the call is protected.
    unsafe {
        let l = (*vm).work;
        ffi::lua_pushcclosure(l, hook_entry, 0);
        ffi::lua_rawgeti(l, work::HOOKS, hook);
        ffi::lua_pushinteger(l, i64::from(message.session.0));
        ffi::lua_pushinteger(l, i64::from(message.source.0));
        push_data(l, message);
        ffi::lua_pushinteger(l, i64::from(message.kind.0));
        if let Some(name) = name {
            ffi::lua_pushlightuserdata(l, name.as_ptr().cast_mut().cast());
            ffi::lua_pushinteger(l, name.len() as i64);
        }
        let arguments = if name.is_some() { 8 } else { 6 };
        if running::on(vm, l, || ffi::lua_pcall(l, arguments, 0, 0)) != ffi::LUA_OK {
            note_error(vm, bytes(l, -1));
        }
        ffi::lua_settop(l, work::TOP);
    }
}

/// Arguments: hook, session, source, data, size, type, and perhaps the type's name as a pointer and a
/// length, to be passed instead of its number.
unsafe extern "C-unwind" fn hook_entry(l: *mut lua_State) -> c_int {
    // SAFETY: called by `call_hook`, which holds the name.
    unsafe {
        if ffi::lua_gettop(l) == 8 {
            let length = ffi::lua_tointegerx(l, 8, std::ptr::null_mut()) as usize;
            ffi::lua_pushlstring(l, ffi::lua_touserdata(l, 7).cast::<std::ffi::c_char>(), length);
            ffi::lua_replace(l, 6);
        }
        ffi::lua_settop(l, 6);
        ffi::lua_call(l, 5, 0);
        0
    }
}

/// An ERROR for a request.
pub(super) unsafe fn answer_with_error(vm: *mut Vm, to: Handle, session: Session) {
    // SAFETY: the kernel has entered the VM.
    unsafe {
        let outgoing = Outgoing {
            source: None,
            kind: MessageKind::ERROR,
            session: SessionChoice::Given(session),
            data: Payload::EMPTY,
            origin: None,
        };
        (*(*vm).kernel).send((*vm).me, to, outgoing);
    }
}

unsafe fn start_handler(vm: *mut Vm, message: &mut Message) {
    // SAFETY: as in `receive`. The work thread's stack: class at TOP + 1, its fields above.
    unsafe {
        let l = (*vm).work;
        if message.kind == MessageKind::LUA
            && matches!((*vm).dispatch.lua_class, LuaClass::Usual { handled: true, .. })
            && (*vm).dispatch.trace_sources.is_empty()
        {
            start_usual_handler(vm, message);
            return;
        }
        let class = work::TOP + 1;
        if ffi::lua_rawgeti(l, work::PROTO, i64::from(message.kind.0)) != ffi::LUA_TTABLE {
            ffi::lua_settop(l, work::TOP);
            refuse(vm, message, None);
            return;
        }
        ffi::lua_pushvalue(l, work::DISPATCH);
        ffi::lua_rawget(l, class);
        if ffi::lua_toboolean(l, -1) == 0 {
            ffi::lua_settop(l, work::TOP);
            (*vm).dispatch.trace_sources.remove(&message.source);
            refuse(vm, message, Some(message.kind));
            return;
        }
        ffi::lua_pushvalue(l, work::UNPACK);
        ffi::lua_rawget(l, class);
        let Some(id) = take_protected(vm) else {
            ffi::lua_settop(l, work::TOP);
            (*vm).dispatch.out_of_memory = true;
            return;
        };
        let Some(co) = (*vm).dispatch.coroutines.get_mut(id) else { return };
        co.session = Some(message.session.0);
        co.address = Some(message.source);
        let thread = co.thread;
        tag_request(vm, id, message.source, class);
        // entry, handler, unpack, session, source
        ffi::lua_pushvalue(l, work::ENTRY);
        ffi::lua_insert(l, class + 1);
        ffi::lua_xmove(l, thread, 3);
        ffi::lua_settop(l, work::TOP);
        ffi::lua_pushinteger(thread, i64::from(message.session.0));
        ffi::lua_pushinteger(thread, i64::from(message.source.0));
        run(vm, id, 4);
    }
}

/// The same for a "lua" message whose class is known.
#[inline]
unsafe fn start_usual_handler(vm: *mut Vm, message: &mut Message) {
    // SAFETY: as in `start_handler`.
    unsafe {
        let Some(id) = take_protected(vm) else {
            (*vm).dispatch.out_of_memory = true;
            return;
        };
        let Some(co) = (*vm).dispatch.coroutines.get_mut(id) else { return };
        co.session = Some(message.session.0);
        co.address = Some(message.source);
        let thread = co.thread;
        push_request((*vm).work, thread, [work::USUAL_ENTRY, work::LUA_HANDLER], message);
        run(vm, id, 4);
    }
}

/// A coroutine from the pool, or a new one made in a protected call; `None` without memory.
#[inline]
unsafe fn take_protected(vm: *mut Vm) -> Option<CoId> {
    // SAFETY: as in `receive`.
    unsafe {
        if (*vm).dispatch.coroutines.has_idle() {
            return Some(coroutine::take(vm, (*vm).work));
        }
        let l = (*vm).work;
        let top = ffi::lua_gettop(l);
        ffi::lua_pushcclosure(l, make_coroutine, 0);
        let made = ffi::lua_pcall(l, 0, 0, 0) == ffi::LUA_OK;
        ffi::lua_settop(l, top);
        made.then(|| coroutine::take(vm, l))
    }
}

unsafe extern "C-unwind" fn make_coroutine(l: *mut lua_State) -> c_int {
    // SAFETY: a native function in a protected call.
    unsafe {
        let vm = vm::vm(l);
        let id = coroutine::take(vm, l);
        coroutine::recycle(vm, id);
        0
    }
}

/// A message that no handler is registered for. `named` if its protocol is registered.
#[cold]
unsafe fn refuse(vm: *mut Vm, message: &Message, named: Option<MessageKind>) {
    // SAFETY: as in `receive`.
    unsafe {
        if named.is_none() && message.kind == MessageKind::TRACE {
            (*vm).dispatch.trace_sources.insert(message.source, message.data.bytes().to_vec());
            return;
        }
        odd::tell(vm, Oddity::UnregisteredProtocol { from: message.source, kind: message.kind });
        if message.session != Session::NONE {
            answer_with_error(vm, message.source, message.session);
        } else {
            let name = named.map(|kind| protocol_name(vm, kind));
            call_hook(vm, 1, message, name.as_deref());
        }
    }
}

unsafe fn protocol_name(vm: *mut Vm, kind: MessageKind) -> Vec<u8> {
    // SAFETY: the work thread's stack is restored; the class is a table (checked before).
    unsafe {
        let l = (*vm).work;
        ffi::lua_rawgeti(l, work::PROTO, i64::from(kind.0));
        ffi::lua_pushliteral(l, c"name");
        ffi::lua_rawget(l, -2);
        let name = if ffi::lua_type(l, -1) == ffi::LUA_TSTRING { bytes(l, -1).to_vec() } else { Vec::new() };
        ffi::lua_settop(l, work::TOP);
        name
    }
}

/// Decides whether a request is traced: by its protocol's flag, or by the tag its source sent.
unsafe fn tag_request(vm: *mut Vm, id: CoId, source: Handle, class: c_int) {
    // SAFETY: the class is at `class` on the work thread.
    unsafe {
        let l = (*vm).work;
        ffi::lua_pushvalue(l, work::TRACE);
        let flag = ffi::lua_rawget(l, class);
        let on = ffi::lua_toboolean(l, -1) != 0;
        ffi::lua_pop(l, 1);
        if flag == ffi::LUA_TNIL && (*vm).dispatch.trace_sources.is_empty() {
            return;
        }
        let sent = (*vm).dispatch.trace_sources.remove(&source);
        let tag = match sent {
            _ if flag != ffi::LUA_TNIL && !on => Tag::Off,
            Some(tag) => {
                trace_line((*vm).work, &tag, b"request", (*vm).work, None);
                Tag::On(tag.into())
            }
            None if on => Tag::On(super::tag::fresh(vm)),
            None => Tag::None,
        };
        if let Some(co) = (*vm).dispatch.coroutines.get_mut(id) {
            co.tag = tag;
        }
    }
}

/// Writes a trace line for a coroutine that is traced.
#[inline]
pub(super) unsafe fn trace(vm: *mut Vm, id: CoId, what: &CStr) {
    // SAFETY: the kernel has entered the VM.
    unsafe {
        if let Some(co) = (*vm).dispatch.coroutines.get(id)
            && let Tag::On(tag) = &co.tag
        {
            let tag = tag.clone();
            trace_line((*vm).work, &tag, what.to_bytes(), (*vm).work, None);
        }
    }
}

/// The first function of a coroutine that handles a message: unpacks, calls the handler, and
/// complains if it did not answer. Arguments: handler, unpack, session, source.
pub(super) unsafe extern "C-unwind" fn entry(l: *mut lua_State) -> c_int {
    // SAFETY: started by `start_handler` while the message is being handled.
    unsafe {
        let vm = vm::vm(l);
        let Some(message) = (*vm).dispatch.handling else { return 0 };
        let (data, length) = ((*message).data.as_ptr(), (*message).data.len());
        (*vm).dispatch.unpacking = true;
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushvalue(l, 3);
        ffi::lua_pushvalue(l, 4);
        let before = ffi::lua_gettop(l);
        if is_function(l, 2, pack::unpack) {
            pack::unpack_onto(l, data, length);
        } else {
            complaint::check_callable(l, 2, c"field 'unpack'");
            ffi::lua_pushvalue(l, 2);
            ffi::lua_pushlightuserdata(l, data.cast());
            ffi::lua_pushinteger(l, length as i64);
            ffi::lua_call(l, 2, ffi::LUA_MULTRET);
        }
        (*vm).dispatch.unpacking = false;
        let arguments = ffi::lua_gettop(l) - before + 2;
        complaint::check_callable(l, 1, c"upvalue 'f'");
        ffi::lua_callk(l, arguments, 0, 0, Some(handler_ended));
        handler_ended(l, ffi::LUA_OK, 0)
    }
}

/// The same for a "lua" message whose class is known. Arguments: handler, and again for the call, session,
/// source.
pub(super) unsafe extern "C-unwind" fn usual_entry(l: *mut lua_State) -> c_int {
    // SAFETY: started by `start_usual_handler` while the message is being handled.
    unsafe {
        let vm = vm::vm(l);
        let Some(message) = (*vm).dispatch.handling else { return 0 };
        let (data, length) = ((*message).data.as_ptr(), (*message).data.len());
        (*vm).dispatch.unpacking = true;
        let values = pack::unpack_onto(l, data, length);
        (*vm).dispatch.unpacking = false;
        complaint::check_callable(l, 1, c"upvalue 'f'");
        ffi::lua_callk(l, values + 2, 0, 0, Some(handler_ended));
        handler_ended(l, ffi::LUA_OK, 0)
    }
}

/// After the handler: a request that is still unanswered will never be.
unsafe extern "C-unwind" fn handler_ended(l: *mut lua_State, _status: c_int, _context: ffi::lua_KContext) -> c_int {
    // SAFETY: the handler is still at 1.
    unsafe {
        let vm = vm::vm(l);
        let running = (*vm).dispatch.running.and_then(|id| (*vm).dispatch.coroutines.get(id));
        if let Some(co) = running
            && let (Some(session), Some(address)) = (co.session, co.address)
            && session != 0
        {
            super::answer::complain(vm, l, session, address);
        }
        if let Some(id) = (*vm).dispatch.running
            && let Some(co) = (*vm).dispatch.coroutines.get_mut(id)
        {
            co.session = None;
        }
        0
    }
}

/// Resumes a coroutine with what is on its stack, then whoever is to be woken, and whoever's call
/// has failed, until nobody is left (`suspend`, `dispatch_wakeup`, `dispatch_error_queue`).
pub(super) unsafe fn run(vm: *mut Vm, first: CoId, arguments: c_int) {
    // SAFETY: as in `receive`.
    unsafe {
        let (mut id, mut arguments) = (first, arguments);
        loop {
            match resume(vm, id, arguments) {
                Outcome::Settled => {}
                Outcome::Quit | Outcome::Astray | Outcome::Failed => return,
            }
            match next_to_wake(vm) {
                Some(next) => (id, arguments) = (next, 4),
                None => return,
            }
        }
    }
}

/// The next coroutine to continue in this turn, with its four values pushed.
unsafe fn next_to_wake(vm: *mut Vm) -> Option<CoId> {
    // SAFETY: as in `receive`.
    unsafe {
        while (*vm).dispatch.wakeups.0 < (*vm).dispatch.wakeups.1 {
            let Some(session) = pop_wakeup(vm) else { continue };
            let waiting = (*vm).dispatch.sessions.get_mut(session);
            let Some(Waiting { waiter: waiter @ Waiter::Coroutine(_), .. }) = waiting else { continue };
            let Waiter::Coroutine(id) = std::mem::replace(waiter, Waiter::Break) else { continue };
            trace(vm, id, c"resume");
            let Some(thread) = (*vm).dispatch.coroutines.get(id).map(|co| co.thread) else { continue };
            if ffi::lua_checkstack(thread, 8) != 0 {
                ffi::lua_pushboolean(thread, 0);
                ffi::lua_pushliteral(thread, c"BREAK");
                ffi::lua_pushnil(thread);
                ffi::lua_pushinteger(thread, i64::from(session));
                return Some(id);
            }
        }
        while let Some(session) = (*vm).dispatch.failed.pop_front() {
            let Some(Waiting { waiter: Waiter::Coroutine(id), .. }) = (*vm).dispatch.sessions.remove(session) else {
                continue;
            };
            let Some(thread) = (*vm).dispatch.coroutines.get(id).map(|co| co.thread) else { continue };
            if ffi::lua_checkstack(thread, 8) != 0 {
                ffi::lua_pushboolean(thread, 0);
                ffi::lua_pushnil(thread);
                ffi::lua_pushnil(thread);
                ffi::lua_pushinteger(thread, i64::from(session));
                return Some(id);
            }
        }
        None
    }
}

/// Takes the first token; the session that sleeps on it, if any still does.
unsafe fn pop_wakeup(vm: *mut Vm) -> Option<i32> {
    // SAFETY: raw access on the work thread, whose stack is restored.
    unsafe {
        let l = (*vm).work;
        let first = (*vm).dispatch.wakeups.0;
        (*vm).dispatch.wakeups.0 += 1;
        ffi::lua_rawgeti(l, work::WAKEUPS, first);
        ffi::lua_pushnil(l);
        ffi::lua_rawseti(l, work::WAKEUPS, first);
        if (*vm).dispatch.wakeups.0 == (*vm).dispatch.wakeups.1 {
            (*vm).dispatch.wakeups = (0, 0);
        }
        let session = (ffi::lua_rawget(l, work::SLEEPING) == ffi::LUA_TNUMBER)
            .then(|| ffi::lua_tointegerx(l, -1, std::ptr::null_mut()) as i32);
        ffi::lua_settop(l, work::TOP);
        session
    }
}

#[inline]
unsafe fn resume(vm: *mut Vm, id: CoId, arguments: c_int) -> Outcome {
    // SAFETY: as in `receive`; the arguments are on the coroutine's stack.
    unsafe {
        let Some(co) = (*vm).dispatch.coroutines.get_mut(id) else { return Outcome::Settled };
        let thread = co.thread;
        match co.state {
            State::Busy => {}
            // In real Skynet it takes the first value for its next function,
            State::Idle => {
                co.state = State::Poisoned;
                ffi::lua_settop(thread, 0);
                return Outcome::Astray;
            }
            // and calls that.
            State::Poisoned => {
                co.state = State::Spent;
                return fail_with(vm, id, thread, Text::BooleanCalled);
            }
            State::Spent | State::Dead => return fail_with(vm, id, thread, Text::ResumedDead),
        }
        (*vm).dispatch.running = Some(id);
        (*vm).dispatch.unpacking = false;
        let mut results = 0;
        let status = resume_published(thread, resumer(vm), arguments, &mut results);
        if status == ffi::LUA_YIELD {
            return yielded(vm, id, thread, results);
        }
        if status == ffi::LUA_OK {
            ended(vm, id);
            return Outcome::Settled;
        }
        fail(vm, id, thread);
        Outcome::Failed
    }
}

/// A coroutine cannot be resumed.
#[cold]
unsafe fn fail_with(vm: *mut Vm, id: CoId, thread: *mut lua_State, text: Text) -> Outcome {
    // SAFETY: as in `resume`; the text exists already.
    unsafe {
        ffi::lua_settop(thread, 0);
        text.push(thread);
        fail(vm, id, thread);
        Outcome::Failed
    }
}

/// A coroutine's function has ended; or it has closed itself, and its request stays open.
#[inline]
unsafe fn ended(vm: *mut Vm, id: CoId) {
    // SAFETY: as in `receive`.
    unsafe {
        match (*vm).dispatch.coroutines.get(id) {
            Some(co) if co.session.is_some() => coroutine::lose(vm, id),
            Some(co) if co.tag != Tag::None => {
                trace(vm, id, c"end");
                coroutine::recycle(vm, id);
            }
            _ => coroutine::recycle(vm, id),
        }
    }
}

/// The thread that resumes, in Lua's eyes.
#[inline]
unsafe fn resumer(vm: *mut Vm) -> *mut lua_State {
    // SAFETY: the record is alive.
    unsafe {
        let inner = (*vm).dispatch.resumer;
        if inner.is_null() { (*vm).work } else { inner }
    }
}

#[inline]
unsafe fn yielded(vm: *mut Vm, id: CoId, thread: *mut lua_State, results: c_int) -> Outcome {
    // SAFETY: the yielded values are on top of the coroutine's stack.
    unsafe {
        if results == 0 || ffi::lua_type(thread, -results) == ffi::LUA_TNIL {
            ffi::lua_pop(thread, results);
            coroutine::lose(vm, id);
            return Outcome::Astray;
        }
        let text = ffi::lua_type(thread, -results) == ffi::LUA_TSTRING;
        match if text { bytes(thread, -results) } else { b"" } {
            b"SUSPEND" => {
                ffi::lua_pop(thread, results);
                Outcome::Settled
            }
            b"QUIT" => {
                coroutine::close(vm, id, resumer(vm));
                Outcome::Quit
            }
            b"USER" => {
                let trace = traceback_of(vm, thread, None);
                let what: &[u8] = b"Call skynet.coroutine.yield out of skynet.coroutine.resume\n";
                note_error(vm, &[what, trace.as_slice()].concat());
                coroutine::lose(vm, id);
                Outcome::Failed
            }
            _ => {
                note_unknown_command(vm, thread, -results);
                coroutine::lose(vm, id);
                Outcome::Failed
            }
        }
    }
}

/// A raw yield of something else. Only texts and numbers can be put into the complaint about it.
#[cold]
unsafe fn note_unknown_command(vm: *mut Vm, thread: *mut lua_State, index: c_int) {
    // SAFETY: as in `fail`; a type's name is static.
    unsafe {
        let kind = ffi::lua_type(thread, index);
        if matches!(kind, ffi::LUA_TSTRING | ffi::LUA_TNUMBER) {
            let text = traceback_of(vm, thread, Some(index));
            note_error(vm, &[b"Unknown command : ", text.as_slice()].concat());
        } else {
            let name = CStr::from_ptr(ffi::lua_typename(thread, kind)).to_string_lossy();
            note_error(vm, format!("attempt to concatenate a {name} value (local 'command')").as_bytes());
        }
    }
}

/// A coroutine ended with the error on top of its stack: its request fails, it is closed, and the
/// error is noted with the coroutine's traceback.
unsafe fn fail(vm: *mut Vm, id: CoId, thread: *mut lua_State) {
    // SAFETY: as in `receive`.
    unsafe {
        if (*vm).ended {
            // Nobody hears of what went wrong in a service that is gone.
            return;
        }
        if std::mem::take(&mut (*vm).dispatch.unpacking) {
            // The handler was never called: in real Skynet unpacking happens before the coroutine
            // runs, so its request stays open, and only `exit` answers it.
            let text = traceback_of(vm, thread, Some(-1));
            note_error(vm, text.split(|byte| *byte == b'\n').next().unwrap_or(b""));
            running::close_thread(thread, resumer(vm));
            coroutine::lose(vm, id);
            return;
        }
        let (session, address) = match (*vm).dispatch.coroutines.get_mut(id) {
            Some(co) => (co.session.take(), co.address.take()),
            None => (None, None),
        };
        if let (Some(session), Some(address)) = (session, address)
            && session != 0
        {
            trace(vm, id, c"error");
            answer_with_error(vm, address, Session(session));
        }
        let empty = take_protected(vm);
        (*vm).dispatch.forks.push_back(Fork::Empty(empty));
        let text = traceback_of(vm, thread, Some(-1));
        note_error(vm, &text);
        if is_active(thread) {
            // It was running already, and got the error in the midst of its values.
            ffi::lua_pop(thread, 1);
        }
        coroutine::close(vm, id, resumer(vm));
    }
}

/// `tostring(error)` and the traceback of a coroutine, in a protected call on the work thread.
unsafe fn traceback_of(vm: *mut Vm, thread: *mut lua_State, error: Option<c_int>) -> Vec<u8> {
    // SAFETY: the error value is moved to the work thread, whose stack is restored.
    unsafe {
        let l = (*vm).work;
        let top = ffi::lua_gettop(l);
        ffi::lua_pushcclosure(l, describe, 0);
        ffi::lua_pushlightuserdata(l, thread.cast());
        let arguments = match error {
            Some(index) if ffi::lua_gettop(thread) > 0 => {
                ffi::lua_pushvalue(thread, index);
                ffi::lua_xmove(thread, l, 1);
                2
            }
            _ => 1,
        };
        let status = running::on(vm, l, || ffi::lua_pcall(l, arguments, 1, 0));
        if status == ffi::LUA_ERRMEM {
            (*vm).dispatch.out_of_memory = true;
        }
        let text = if ffi::lua_type(l, -1) == ffi::LUA_TSTRING { bytes(l, -1).to_vec() } else { Vec::new() };
        ffi::lua_settop(l, top);
        text
    }
}

/// Arguments: a thread as a light userdata, and perhaps an error value.
unsafe extern "C-unwind" fn describe(l: *mut lua_State) -> c_int {
    // SAFETY: called by `traceback_of`.
    unsafe {
        let thread = ffi::lua_touserdata(l, 1).cast::<lua_State>();
        let mut text = std::ptr::null();
        if ffi::lua_gettop(l) > 1 {
            text = ffi::luaL_tolstring(l, 2, std::ptr::null_mut());
        }
        ffi::luaL_traceback(l, thread, text, 0);
        1
    }
}

/// Adds an error to those of this message.
pub(super) unsafe fn note_error(vm: *mut Vm, text: &[u8]) {
    // SAFETY: the record is alive.
    unsafe {
        match &mut (*vm).dispatch.errors {
            Some(errors) => {
                errors.push(b'\n');
                errors.extend_from_slice(text);
            }
            none => *none = Some(text.to_vec()),
        }
    }
}

/// Runs what was forked, and what that forks, until nothing is left.
#[inline]
unsafe fn drain_forks(vm: *mut Vm) {
    // SAFETY: as in `receive`.
    unsafe {
        while let Some(fork) = (*vm).dispatch.forks.pop_front() {
            match fork {
                Fork::Coroutine(id) => {
                    let Some(thread) = (*vm).dispatch.coroutines.get(id).map(|co| co.thread) else { continue };
                    let arguments = if thread.is_null() { 0 } else { (ffi::lua_gettop(thread) - 1).max(0) };
                    run(vm, id, arguments);
                }
                Fork::Empty(Some(id)) if (*vm).dispatch.coroutines.is_dead(id) => run(vm, id, 0),
                Fork::Empty(id) => {
                    if let Some(id) = id {
                        coroutine::recycle(vm, id);
                    }
                    if let Some(id) = next_to_wake(vm) {
                        run(vm, id, 4);
                    }
                }
            }
        }
    }
}

/// `dispatch_message(type, msg, sz, session, source)`: the same for a callback written in Lua
/// (`skynet.forward_type`, `skynet.filter`). Errors are raised at the end.
pub(super) unsafe extern "C-unwind" fn dispatch_message(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the data is lent for the length of the call.
    unsafe {
        let vm = vm::vm(l);
        if is_active((*vm).work) {
            return ffi::luaL_error(
                l,
                c"attempt to dispatch a message while an error or an unknown message is handled".as_ptr(),
            );
        }
        let kind = MessageKind(ffi::luaL_checkinteger(l, 1) as u8);
        let session = Session(ffi::luaL_optinteger(l, 4, 0) as i32);
        let source = Handle(ffi::luaL_optinteger(l, 5, 0) as u32);
        let (data, length) = lent_data(l);
        let mut message = Message::bare(source, session, kind, kernel(l).event());
        message.data = Payload::borrowed(data, length);
        let before = ((*vm).dispatch.handling.replace(&raw mut message), (*vm).dispatch.resumer);
        (*vm).dispatch.resumer = l;
        dispatch(vm, &mut message);
        drain_forks(vm);
        ((*vm).dispatch.handling, (*vm).dispatch.resumer) = before;
        message.data.forget();
        drop(message);
        if std::mem::take(&mut (*vm).dispatch.out_of_memory) {
            (*vm).dispatch.errors = None;
            return ffi::luaL_error(l, c"not enough memory".as_ptr());
        }
        if let Some(errors) = (*vm).dispatch.errors.take() {
            (*vm).scratch = errors;
            let (data, length) = ((*vm).scratch.as_ptr(), (*vm).scratch.len());
            ffi::lua_pushlstring(l, data.cast(), length);
            ffi::lua_error(l);
        }
        0
    }
}

/// The data arguments of a callback: a pointer and a size, or a string.
unsafe fn lent_data(l: *mut lua_State) -> (*mut u8, usize) {
    // SAFETY: a pointer is checked to be a live message; a string stays on the stack.
    unsafe {
        if ffi::lua_type(l, 2) == ffi::LUA_TSTRING {
            let text = bytes(l, 2);
            return (text.as_ptr().cast_mut(), text.len());
        }
        let data = ffi::lua_touserdata(l, 2).cast::<u8>();
        let length = ffi::luaL_optinteger(l, 3, 0) as i32 as usize;
        if length != 0 {
            pointer::check_message(l, data, length);
        }
        (data, length)
    }
}
