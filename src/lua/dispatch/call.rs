//! Sending and calling: `skynet.send`, `call`, `rawcall`, and one request of `skynet.request`.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::base::{Handle, MessageKind, Session};
use crate::kernel::Sent;
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::memory::Payload;

use super::super::native::core::{self, trace_line};
use super::super::native::{pack, pointer, value};
use super::super::odd;
use super::super::running;
use super::super::vm::{self, bytes, kernel, origin};
use super::complaint;
use super::coroutine::Tag;
use super::session::{self, Callee, Reason, callee};
use super::{LuaClass, is_function, upvalue};

/// How the answer of a call is unpacked.
const UNPACK_NATIVE: ffi::lua_KContext = 0;
/// By the function that was left at the bottom of the stack.
const UNPACK_BY_FUNCTION: ffi::lua_KContext = 1;

/// Leaves the class table of the protocol named at `index` on the stack.
unsafe fn push_class(l: *mut lua_State, index: c_int) {
    // SAFETY: raw access to the shared table.
    unsafe {
        ffi::lua_pushvalue(l, index);
        if ffi::lua_type(l, index) <= ffi::LUA_TNIL
            || ffi::lua_rawget(l, ffi::lua_upvalueindex(upvalue::PROTO)) != ffi::LUA_TTABLE
        {
            ffi::luaL_error(l, c"attempt to index a nil value (local 'p')".as_ptr());
        }
    }
}

/// Leaves a field of the class at `class` on the stack.
unsafe fn push_field(l: *mut lua_State, class: c_int, key: c_int) -> c_int {
    // SAFETY: the key is an upvalue of every function of this module.
    unsafe {
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(key));
        ffi::lua_rawget(l, class)
    }
}

/// Where a message goes, checked as `core.send` checks it.
enum Target<'a> {
    Handle(Handle),
    Name(&'a [u8]),
}

unsafe fn target<'a>(l: *mut lua_State) -> Target<'a> {
    // SAFETY: a name stays on the stack at 1.
    unsafe {
        match ffi::lua_tointegerx(l, 1, std::ptr::null_mut()) as u32 {
            0 if ffi::lua_type(l, 1) == ffi::LUA_TNUMBER => {
                ffi::luaL_error(l, c"Invalid service address 0".as_ptr());
            }
            0 => {}
            handle => return Target::Handle(Handle(handle)),
        }
        if ffi::lua_type(l, 1) != ffi::LUA_TSTRING {
            let name = ffi::lua_typename(l, ffi::lua_type(l, 1));
            ffi::luaL_error(l, c"dest address type (%s) must be a string or number.".as_ptr(), name);
        }
        Target::Name(bytes(l, 1).split(|byte| *byte == 0).next().unwrap_or(b""))
    }
}

/// The target of a "lua" message by handle, if nothing about it needs a second look: no error can be
/// raised for it, and the protocol packs as usual.
#[inline]
unsafe fn usual_target(l: *mut lua_State) -> Option<Handle> {
    // SAFETY: the values are only looked at.
    unsafe {
        let LuaClass::Usual { name, .. } = (*vm::vm(l)).dispatch.lua_class else { return None };
        value::usual_target(l, name)
    }
}

#[inline]
unsafe fn post(
    l: *mut lua_State,
    target: Target<'_>,
    kind: MessageKind,
    session: SessionChoice,
    data: Payload,
) -> Sent {
    // SAFETY: nothing here raises.
    unsafe {
        let outgoing = Outgoing { source: None, kind, session, data, origin: origin(l) };
        let me = (*vm::vm(l)).me;
        match target {
            Target::Handle(handle) => kernel(l).send(me, handle, outgoing),
            Target::Name(name) => kernel(l).send_name(me, name, outgoing),
        }
    }
}

/// A message put together from the arguments after the protocol's name: its kind and its data.
/// Leaves the class at `class`. With a pack function of the user's own, that function is called.
#[inline]
unsafe fn packed(l: *mut lua_State) -> (MessageKind, Payload, c_int) {
    // SAFETY: what raises comes before the payload exists.
    unsafe {
        let arguments = ffi::lua_gettop(l);
        push_class(l, 2);
        // Class below the arguments: [address, name, class, arguments..]
        ffi::lua_insert(l, 3);
        let class = 3;
        push_field(l, class, upvalue::ID);
        let kind = MessageKind(ffi::lua_tointegerx(l, -1, std::ptr::null_mut()) as u8);
        ffi::lua_pop(l, 1);
        push_field(l, class, upvalue::PACK);
        if is_function(l, -1, pack::pack) {
            ffi::lua_pop(l, 1);
            return (kind, pack::pack_from(l, class + 1), class);
        }
        complaint::check_callable(l, -1, c"field 'pack'");
        ffi::lua_insert(l, class + 1);
        ffi::lua_call(l, arguments - 2, ffi::LUA_MULTRET);
        let data = raw_data(l, class + 1);
        (kind, data, class)
    }
}

/// Data given as `msg, sz` or as a string.
unsafe fn raw_data(l: *mut lua_State, index: c_int) -> Payload {
    // SAFETY: as for `core.send`.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TSTRING => core::copy_text(l, index),
            ffi::LUA_TLIGHTUSERDATA => {
                let length = ffi::luaL_checkinteger(l, index + 1) as i32 as usize;
                core::take_pointer(l, ffi::lua_touserdata(l, index).cast(), length)
            }
            kind => {
                ffi::luaL_error(l, c"invalid param %s".as_ptr(), ffi::lua_typename(l, kind.max(ffi::LUA_TNIL)));
                unreachable!("bug in skysim: a Lua error returned")
            }
        }
    }
}

/// For a traced coroutine: a line, and the tag to the callee in front of the request.
unsafe fn trace_call(l: *mut lua_State, level: c_int) {
    // SAFETY: the tag is copied before anything is sent.
    unsafe {
        let record = vm::vm(l);
        let running = (*record).dispatch.running.and_then(|id| (*record).dispatch.coroutines.get(id));
        let Some(Tag::On(tag)) = running.map(|co| co.tag.clone()) else { return };
        trace_line(l, &tag, b"call", l, Some(level));
        let data = kernel(l).payload(&tag);
        drop(tag);
        let me = (*record).me;
        let outgoing = Outgoing {
            source: None,
            kind: MessageKind::TRACE,
            session: SessionChoice::Given(Session::NONE),
            data,
            origin: None,
        };
        match ffi::lua_tointegerx(l, 1, std::ptr::null_mut()) as u32 {
            0 if ffi::lua_type(l, 1) == ffi::LUA_TSTRING => {
                kernel(l).send_name(me, bytes(l, 1), outgoing);
            }
            handle => {
                kernel(l).send(me, Handle(handle), outgoing);
            }
        }
    }
}

unsafe fn is_traced(l: *mut lua_State) -> bool {
    // SAFETY: the record is alive.
    unsafe {
        let record = vm::vm(l);
        (*record)
            .dispatch
            .running
            .and_then(|id| (*record).dispatch.coroutines.get(id))
            .is_some_and(|co| matches!(co.tag, Tag::On(_)))
    }
}

unsafe fn push_sent(l: *mut lua_State, sent: Sent) -> c_int {
    match sent {
        Sent::Yes(session) if session.0 >= 0 => {
            // SAFETY: one slot is free.
            unsafe { ffi::lua_pushinteger(l, i64::from(session.0)) };
            1
        }
        _ => 0,
    }
}

/// `send(address, protocol, ...)`
pub(super) unsafe extern "C-unwind" fn send(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if let Some(handle) = usual_target(l) {
            let data = pack::pack_from(l, 3);
            return push_sent_after(l, Target::Handle(handle), MessageKind::LUA, data);
        }
        ffi::luaL_checkstack(l, 8, std::ptr::null());
        if ffi::lua_gettop(l) < 2 {
            ffi::lua_settop(l, 2);
        }
        let (kind, data, _) = packed(l);
        let lent = data.into_raw();
        let target = target(l);
        let data = reclaim(l, lent);
        push_sent_after(l, target, kind, data)
    }
}

unsafe fn push_sent_after(l: *mut lua_State, target: Target<'_>, kind: MessageKind, data: Payload) -> c_int {
    // SAFETY: see `post`.
    unsafe {
        let sent = post(l, target, kind, SessionChoice::Given(Session::NONE), data);
        push_sent(l, sent)
    }
}

/// The payload behind pointers that were put aside while something could raise.
unsafe fn reclaim(l: *mut lua_State, (data, length): (*mut u8, usize)) -> Payload {
    // SAFETY: the payload was lent by this module a moment ago.
    unsafe { kernel(l).payloads.reclaim(data, length).unwrap_or(Payload::EMPTY) }
}

/// `rawsend(address, protocol, msg [, sz])`
pub(super) unsafe extern "C-unwind" fn rawsend(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 4);
        push_class(l, 2);
        push_field(l, 5, upvalue::ID);
        let kind = MessageKind(ffi::lua_tointegerx(l, -1, std::ptr::null_mut()) as u8);
        let target = target(l);
        let data = raw_data(l, 3);
        push_sent_after(l, target, kind, data)
    }
}

/// Waits for the answer to a request that was sent. The caller returns what this returns.
unsafe fn wait_for_answer(
    l: *mut lua_State,
    session: i32,
    callee: Callee,
    context: ffi::lua_KContext,
    keep: c_int,
) -> c_int {
    // SAFETY: the callee moves into the record; the continuation finds what is kept below its own values.
    unsafe {
        let record = vm::vm(l);
        session::keep_clear(record, session);
        session::insert(record, session, Some(callee), Reason::Call);
        if ffi::lua_isyieldable(l) == 0 {
            odd::tell_failed_yield(l);
        }
        if keep == 0 {
            ffi::lua_settop(l, 0);
        } else {
            ffi::lua_copy(l, keep, 1);
            ffi::lua_settop(l, 1);
        }
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(upvalue::SUSPEND));
        // Both fit: the session above the lowest bit.
        running::leave(l, 1, (session as ffi::lua_KContext) << 1 | context, answered)
    }
}

/// Something has continued the task that waited for an answer. If it was not the answer, it is not waited for any more:
/// should it be an error, nobody hears of it; but the session is still the task's (`yield_call`).
unsafe fn unwatch(l: *mut lua_State, session: i32) {
    // SAFETY: the record is alive.
    unsafe {
        if let Some(waiting) = (*vm::vm(l)).dispatch.sessions.get_mut(session) {
            waiting.callee = None;
        }
    }
}

/// The answer: `ok, msg, sz, session` above what was kept.
unsafe extern "C-unwind" fn answered(l: *mut lua_State, _status: c_int, context: ffi::lua_KContext) -> c_int {
    // SAFETY: resumed by the scheduler with four values, while the message is alive.
    unsafe {
        let (session, context) = (context >> 1, context & 1);
        if context == UNPACK_NATIVE
            && let Some((data, length)) = value::answer(l, session as i64)
        {
            return unpacked_natively(l, data, length);
        }
        unwatch(l, session as i32);
        let first = if context == UNPACK_BY_FUNCTION { 2 } else { 1 };
        // User code may have resumed this coroutine, with anything.
        ffi::lua_settop(l, first + 3);
        if ffi::lua_toboolean(l, first) == 0 {
            return ffi::luaL_error(l, c"call failed".as_ptr());
        }
        let data = ffi::lua_touserdata(l, first + 1) as *const u8;
        let length = ffi::lua_tointegerx(l, first + 2, std::ptr::null_mut()) as usize;
        if context == UNPACK_NATIVE {
            return unpacked_natively(l, data, length);
        }
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushlightuserdata(l, data.cast_mut().cast());
        ffi::lua_pushinteger(l, length as i64);
        ffi::lua_callk(l, 2, ffi::LUA_MULTRET, 0, Some(unpacked));
        unpacked(l, ffi::LUA_OK, 0)
    }
}

#[inline]
unsafe fn unpacked_natively(l: *mut lua_State, data: *const u8, length: usize) -> c_int {
    // SAFETY: the pointer is checked before it is followed.
    unsafe {
        if length == 0 {
            return 0;
        }
        pointer::check_message(l, data, length);
        pack::unpack_onto(l, data, length)
    }
}

unsafe extern "C-unwind" fn unpacked(l: *mut lua_State, _status: c_int, _context: ffi::lua_KContext) -> c_int {
    // SAFETY: five values were on the stack before the results: the function and what it waited for.
    unsafe { (ffi::lua_gettop(l) - 5).max(0) }
}

#[cold]
unsafe fn invalid_address(l: *mut lua_State) -> c_int {
    // SAFETY: as `skynet.address` shows it; luaL_error does not return.
    unsafe {
        let mut whole = 0;
        let number = ffi::lua_tointegerx(l, 1, &mut whole);
        if ffi::lua_type(l, 1) == ffi::LUA_TNUMBER && whole != 0 {
            return vm::raise(l, format!("call to invalid address :{number:08x}"));
        }
        let text = ffi::luaL_tolstring(l, 1, std::ptr::null_mut());
        ffi::luaL_error(l, c"call to invalid address %s".as_ptr(), text)
    }
}

/// `call(address, protocol, ...)`
pub(super) unsafe extern "C-unwind" fn call(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if let Some(handle) = usual_target(l)
            && !is_traced(l)
        {
            let data = pack::pack_from(l, 3);
            return match post(l, Target::Handle(handle), MessageKind::LUA, SessionChoice::Fresh, data) {
                Sent::Yes(session) => wait_for_answer(l, session.0, Callee::Handle(handle), UNPACK_NATIVE, 0),
                Sent::NoService => invalid_address(l),
            };
        }
        ffi::luaL_checkstack(l, 8, std::ptr::null());
        if ffi::lua_gettop(l) < 2 {
            ffi::lua_settop(l, 2);
        }
        if is_traced(l) {
            trace_call(l, 1);
        }
        let (kind, data, class) = packed(l);
        let lent = data.into_raw();
        let target = target(l);
        let data = reclaim(l, lent);
        let Sent::Yes(session) = post(l, target, kind, SessionChoice::Fresh, data) else {
            return invalid_address(l);
        };
        push_field(l, class, upvalue::UNPACK);
        if is_function(l, -1, pack::unpack) {
            return wait_for_answer(l, session.0, callee(l, 1), UNPACK_NATIVE, 0);
        }
        let keep = ffi::lua_gettop(l);
        wait_for_answer(l, session.0, callee(l, 1), UNPACK_BY_FUNCTION, keep)
    }
}

/// `rawcall(address, protocol, msg [, sz])`: the answer as `msg, sz`.
pub(super) unsafe extern "C-unwind" fn rawcall(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 4);
        if is_traced(l) {
            trace_call(l, 1);
        }
        untraced_rawcall(l)
    }
}

/// The same, whatever the tag of the task: `tracecall` has sent one of its own.
pub(super) unsafe extern "C-unwind" fn untraced_rawcall(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 4);
        let session = raw_request(l);
        if session < 0 {
            return ffi::luaL_error(l, c"call to invalid address".as_ptr());
        }
        let record = vm::vm(l);
        session::keep_clear(record, session);
        session::insert(record, session, Some(callee(l, 1)), Reason::Call);
        if ffi::lua_isyieldable(l) == 0 {
            odd::tell_failed_yield(l);
        }
        ffi::lua_settop(l, 0);
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(upvalue::SUSPEND));
        running::leave(l, 1, session as ffi::lua_KContext, answered_raw)
    }
}

unsafe extern "C-unwind" fn answered_raw(l: *mut lua_State, _status: c_int, session: ffi::lua_KContext) -> c_int {
    // SAFETY: resumed by the scheduler with four values.
    unsafe {
        unwatch(l, session as i32);
        if ffi::lua_toboolean(l, 1) == 0 {
            return ffi::luaL_error(l, c"call failed".as_ptr());
        }
        ffi::lua_settop(l, 3);
        2
    }
}

/// Sends `address, protocol, msg, sz` under a fresh session; -1 if there is no such service.
unsafe fn raw_request(l: *mut lua_State) -> i32 {
    // SAFETY: four arguments are on the stack.
    unsafe {
        push_class(l, 2);
        push_field(l, 5, upvalue::ID);
        let kind = MessageKind(ffi::lua_tointegerx(l, -1, std::ptr::null_mut()) as u8);
        let target = target(l);
        let data = raw_data(l, 3);
        match post(l, target, kind, SessionChoice::Fresh, data) {
            Sent::Yes(session) => session.0,
            Sent::NoService => -1,
        }
    }
}

/// `request(address, protocol, msg [, sz])`: sends under a fresh session and returns it, without
/// waiting; nothing if there is no such service.
pub(super) unsafe extern "C-unwind" fn request(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 4);
        if is_traced(l) {
            trace_call(l, 3);
        }
        let session = raw_request(l);
        if session < 0 {
            return 0;
        }
        session::keep_clear(vm::vm(l), session);
        ffi::lua_pushinteger(l, i64::from(session));
        1
    }
}
