//! Answering requests: `ret`, `retpack`, `response`, `context`, `ignoreret`.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use crate::base::{Handle, MessageKind, Session};
use crate::kernel::oddity::Oddity;
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::memory::Payload;

use super::super::native::core;
use super::super::native::pack;
use super::super::odd;
use super::super::state::push_closed;
use super::super::vm::{self, Vm, bytes, kernel, origin};
use super::complaint;
use super::coroutine::{Answered, Co, Tag};
use super::receive::{answer_with_error, trace};

/// A reply that was detached from its coroutine (`skynet.response`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) session: i32,
    pub(super) address: Handle,
}

/// The record of the coroutine that runs.
unsafe fn running<'a>(vm: *mut Vm) -> Option<&'a mut Co> {
    // SAFETY: the reference is used for one expression at a time.
    unsafe {
        let id = (*vm).dispatch.running?;
        let coroutines = &raw mut (*vm).dispatch.coroutines;
        (*coroutines).get_mut(id)
    }
}

unsafe fn respond(l: *mut lua_State, to: Handle, session: i32, data: Payload) -> bool {
    // SAFETY: nothing here raises.
    unsafe {
        let outgoing = Outgoing {
            source: None,
            kind: MessageKind::RESPONSE,
            session: SessionChoice::Given(Session(session)),
            data,
            origin: origin(l),
        };
        matches!(kernel(l).send((*vm::vm(l)).me, to, outgoing), crate::kernel::Sent::Yes(_))
    }
}

/// Takes a coroutine's request, to answer it.
fn take(co: &mut Co) -> Option<(i32, Handle)> {
    let session = co.session.take()?;
    co.answered = Answered::Yes;
    Some((session, co.address.unwrap_or(Handle::NONE)))
}

/// Takes the request of the running coroutine: its session and who asked. Raises if there is none.
unsafe fn take_request(l: *mut lua_State) -> (i32, Handle) {
    // SAFETY: luaL_error does not return.
    unsafe {
        let record = vm::vm(l);
        if let Some(id) = (*record).dispatch.running {
            trace(record, id, c"response");
        }
        match running(record).and_then(take) {
            Some(request) => request,
            None => {
                if running(record).is_some_and(|co| co.answered == Answered::Yes) {
                    odd::tell_double_reply(l);
                }
                ffi::luaL_error(l, c"No session".as_ptr());
                unreachable!("bug in skysim: a Lua error returned")
            }
        }
    }
}

/// `ret([msg [, sz]])`: answers; false for a plain send or if the asker is gone.
pub(super) unsafe extern "C-unwind" fn ret(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 2);
        let (session, address) = take_request(l);
        let nothing = ffi::lua_toboolean(l, 1) == 0;
        if session == 0 {
            // Nobody looks at the data of an answer that nobody waits for.
            if !nothing && ffi::lua_type(l, 2) != ffi::LUA_TNIL {
                core::trash(l);
            }
            ffi::lua_pushboolean(l, 0);
            return 1;
        }
        let data = match ffi::lua_type(l, 1) {
            _ if nothing => Payload::EMPTY,
            ffi::LUA_TSTRING => core::copy_text(l, 1),
            ffi::LUA_TLIGHTUSERDATA => {
                let length = complaint::check_size(l, 2, c"send");
                core::take_pointer(l, ffi::lua_touserdata(l, 1).cast(), length)
            }
            kind => return ffi::luaL_error(l, c"invalid param %s".as_ptr(), ffi::lua_typename(l, kind)),
        };
        let sent = respond(l, address, session, data);
        ffi::lua_pushboolean(l, c_int::from(sent));
        1
    }
}

/// `retpack(...)`: the same with packed values.
pub(super) unsafe extern "C-unwind" fn retpack(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the payload is put aside while `take_request` may raise.
    unsafe {
        let record = vm::vm(l);
        if running(record).is_some_and(|co| co.session.is_some() && co.tag == Tag::None) {
            let data = pack::pack_from(l, 1);
            // A metamethod may have answered meanwhile.
            let Some((session, address)) = running(record).and_then(take) else {
                drop(data);
                return ffi::luaL_error(l, c"No session".as_ptr());
            };
            let sent = session != 0 && respond(l, address, session, data);
            ffi::lua_pushboolean(l, c_int::from(sent));
            return 1;
        }
        let (data, length) = pack::pack_from(l, 1).into_raw();
        let (session, address) = take_request(l);
        let data = kernel(l).payloads.reclaim(data, length).unwrap_or(Payload::EMPTY);
        let sent = session != 0 && respond(l, address, session, data);
        ffi::lua_pushboolean(l, c_int::from(sent));
        1
    }
}

/// `context()`: session and source of the request being handled.
pub(super) unsafe extern "C-unwind" fn context(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let (session, address) = running(vm::vm(l)).map_or((None, None), |co| (co.session, co.address));
        match session {
            Some(session) => ffi::lua_pushinteger(l, i64::from(session)),
            None => ffi::lua_pushnil(l),
        }
        match address {
            Some(address) => ffi::lua_pushinteger(l, i64::from(address.0)),
            None => ffi::lua_pushnil(l),
        }
        2
    }
}

/// `ignoreret()`: no answer is expected.
pub(super) unsafe extern "C-unwind" fn ignoreret(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if let Some(co) = running(vm::vm(l)) {
            co.session = None;
        }
        0
    }
}

unsafe extern "C-unwind" fn ignored(_l: *mut lua_State) -> c_int {
    0
}

/// `response([pack])`: the answer as a function `f(ok, ...)`, to be called once, from anywhere.
pub(super) unsafe extern "C-unwind" fn response(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 1);
        let record = vm::vm(l);
        let taken = running(record).and_then(|co| Some((co.session.take()?, co.address.unwrap_or(Handle::NONE))));
        let Some((session, address)) = taken else {
            return ffi::luaL_error(l, c"no session".as_ptr());
        };
        if session == 0 {
            push_closed(l, ignored);
            return 1;
        }
        (*record).dispatch.responses_made += 1;
        let id = (*record).dispatch.responses_made;
        ffi::lua_pushinteger(l, id as i64);
        ffi::lua_insert(l, 1);
        ffi::lua_pushboolean(l, 1);
        ffi::lua_pushcclosure(l, respond_once, 3);
        (*record).dispatch.responses.insert(id, Response { session, address });
        1
    }
}

/// Upvalues of a response function.
const RESPONSE_ID: c_int = 1;
const RESPONSE_PACK: c_int = 2;
const RESPONSE_UNUSED: c_int = 3;

unsafe extern "C-unwind" fn respond_once(l: *mut lua_State) -> c_int {
    // SAFETY: a native function with the upvalues above.
    unsafe {
        let record = vm::vm(l);
        let id = ffi::lua_tointegerx(l, ffi::lua_upvalueindex(RESPONSE_ID), std::ptr::null_mut()) as u64;
        let wanted = (*record).dispatch.responses.get(&id).copied();
        if ffi::lua_type(l, 1) == ffi::LUA_TSTRING && bytes(l, 1) == b"TEST" {
            ffi::lua_pushboolean(l, c_int::from(wanted.is_some()));
            return 1;
        }
        if ffi::lua_toboolean(l, ffi::lua_upvalueindex(RESPONSE_UNUSED)) == 0 {
            odd::tell_double_reply(l);
            return ffi::luaL_error(l, c"Can't response more than once".as_ptr());
        }
        let sent = match wanted {
            Some(response) => answer(l, response),
            None => false,
        };
        (*record).dispatch.responses.remove(&id);
        ffi::lua_pushboolean(l, 0);
        ffi::lua_replace(l, ffi::lua_upvalueindex(RESPONSE_UNUSED));
        ffi::lua_pushboolean(l, c_int::from(sent));
        1
    }
}

unsafe fn answer(l: *mut lua_State, response: Response) -> bool {
    // SAFETY: what raises comes before the payload exists.
    unsafe {
        if ffi::lua_toboolean(l, 1) == 0 {
            let alive = kernel(l).find(response.address).is_some();
            answer_with_error(vm::vm(l), response.address, Session(response.session));
            return alive;
        }
        let data = if ffi::lua_type(l, ffi::lua_upvalueindex(RESPONSE_PACK)) == ffi::LUA_TNIL {
            pack::pack_from(l, 2)
        } else {
            let arguments = ffi::lua_gettop(l) - 1;
            ffi::lua_pushvalue(l, ffi::lua_upvalueindex(RESPONSE_PACK));
            ffi::lua_replace(l, 1);
            ffi::lua_call(l, arguments, ffi::LUA_MULTRET);
            match ffi::lua_type(l, 1) {
                ffi::LUA_TSTRING => core::copy_text(l, 1),
                ffi::LUA_TLIGHTUSERDATA => {
                    let length = complaint::check_size(l, 2, c"send");
                    core::take_pointer(l, ffi::lua_touserdata(l, 1).cast(), length)
                }
                kind => {
                    ffi::luaL_error(l, c"invalid param %s".as_ptr(), ffi::lua_typename(l, kind));
                    unreachable!("bug in skysim: a Lua error returned")
                }
            }
        };
        respond(l, response.address, response.session, data)
    }
}

/// A handler has returned without an answer: logged as real Skynet does, and told to the judge. It is at 1.
#[cold]
pub(super) unsafe fn complain(vm: *mut Vm, l: *mut lua_State, session: i32, address: Handle) {
    // SAFETY: getinfo with ">S" takes the handler from the stack and raises nothing.
    unsafe {
        let mut info: ffi::lua_Debug = std::mem::zeroed();
        ffi::lua_pushvalue(l, 1);
        ffi::lua_getinfo(l, c">S".as_ptr(), &mut info);
        let source = CStr::from_ptr(info.source).to_string_lossy();
        let text = format!("Maybe forgot response session {session} from {address} : {source}:{}", info.linedefined);
        let handle = (*vm).handle;
        (*(*vm).kernel).log(handle, text.as_bytes());
        let handler = format!("{}:{}", source.trim_start_matches('@'), info.linedefined);
        odd::tell(vm, Oddity::ForgottenReply { from: address, session: Session(session), handler });
    }
}
