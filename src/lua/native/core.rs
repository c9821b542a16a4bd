//! `skynet.core`: the 17 functions of `lua-skynet.c`, with their texts and quirks.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use crate::base::{Handle, MessageKind, Session};
use crate::kernel::command::Answer;
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::kernel::{Halt, Message, Sent, Touch};
use crate::memory::Payload;

use super::super::callback;
use super::super::node::Library;
use super::super::odd;
use super::super::running;
use super::super::state::register;
use super::super::vm::{self, bytes, check_c_string, kernel, node, origin, push_bytes};
use super::value::{self, Value};
use super::{pack, pointer};

/// Leaves the module's table on the stack.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn open(l: *mut lua_State) {
    let functions: [(&CStr, ffi::lua_CFunction); 17] = [
        (c"send", send),
        (c"genid", genid),
        (c"redirect", redirect),
        (c"command", command),
        (c"intcommand", intcommand),
        (c"addresscommand", addresscommand),
        (c"error", error),
        (c"harbor", harbor),
        (c"callback", callback::install),
        (c"trace", trace),
        (c"tostring", tostring),
        (c"pack", pack::pack),
        (c"unpack", pack::unpack),
        (c"packstring", pack::packstring),
        (c"trash", trash),
        (c"now", now),
        (c"hpc", hpc),
    ];
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, functions.len() as c_int);
        register(l, &functions);
    }
}

unsafe extern "C-unwind" fn send(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe { send_message(l, None, 2) }
}

unsafe extern "C-unwind" fn redirect(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let source = ffi::luaL_checkinteger(l, 2) as u32;
        send_message(l, (source != 0).then_some(Handle(source)), 3)
    }
}

/// The data argument: a string is copied, a pointer changes owner.
unsafe fn take_data(l: *mut lua_State, index: c_int) -> Payload {
    // SAFETY: a native function; errors are raised before any payload exists.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TSTRING => copy_text(l, index),
            ffi::LUA_TLIGHTUSERDATA => {
                let data = ffi::lua_touserdata(l, index).cast::<u8>();
                let length = ffi::luaL_checkinteger(l, index + 1) as i32 as usize;
                take_pointer(l, data, length)
            }
            kind => {
                ffi::luaL_error(l, c"invalid param %s".as_ptr(), ffi::lua_typename(l, kind));
                unreachable!("bug in skysim: a Lua error returned")
            }
        }
    }
}

const OWNED: &CStr = c"skysim: this data belongs to the message being handled, which the runtime frees; copy it with skynet.tostring before sending it on";

/// A copy of the text at `index`.
///
/// # Safety
/// As for [`take_pointer`].
pub unsafe fn copy_text(l: *mut lua_State, index: c_int) -> Payload {
    // SAFETY: the text is on the stack; nothing with a destructor is alive when the error is raised.
    unsafe {
        let text = bytes(l, index);
        if text.is_empty() {
            return Payload::EMPTY;
        }
        match kernel(l).payloads.try_copy(text) {
            Some(payload) => payload,
            None => {
                ffi::luaL_error(l, c"not enough memory".as_ptr());
                unreachable!("bug in skysim: a Lua error returned")
            }
        }
    }
}

/// A payload out of a pointer that Lua held.
///
/// # Safety
/// A native function, nothing with a destructor alive.
pub unsafe fn take_pointer(l: *mut lua_State, data: *mut u8, length: usize) -> Payload {
    if data.is_null() {
        return Payload::EMPTY;
    }
    // SAFETY: see above.
    unsafe {
        match kernel(l).payloads.reclaim(data, length) {
            Some(payload) => payload,
            None => {
                pointer::check_message(l, data, length);
                // Real Skynet would free it twice and abort.
                ffi::luaL_error(l, OWNED.as_ptr());
                unreachable!("bug in skysim: a Lua error returned")
            }
        }
    }
}

/// Beside a message's type: the sender wants a fresh session (`PTYPE_TAG_ALLOCSESSION`).
const ALLOCATE_SESSION: i64 = 0x20000;

/// How many arguments `redirect` looks at; `send` has one less.
const MOST_ARGUMENTS: usize = 6;

#[inline(always)]
unsafe fn send_message(l: *mut lua_State, source: Option<Handle>, type_index: c_int) -> c_int {
    // SAFETY: all checks that raise come before the payload is taken.
    unsafe {
        // Nearly always all are what they should be: they are looked at once, in place.
        let mut seen = [Value::NIL; MOST_ARGUMENTS];
        value::arguments(l, &mut seen);
        let at = |index: c_int| &seen[index as usize - 1];
        let integer = |index: c_int| at(index).as_integer().unwrap_or_else(|| ffi::luaL_checkinteger(l, index));
        let to = at(1).as_integer().unwrap_or_else(|| ffi::lua_tointegerx(l, 1, std::ptr::null_mut())) as u32;
        if to == 0 {
            if ffi::lua_type(l, 1) == ffi::LUA_TNUMBER {
                return ffi::luaL_error(l, c"Invalid service address 0".as_ptr());
            }
            if ffi::lua_tolstring(l, 1, std::ptr::null_mut()).is_null() {
                let name = ffi::lua_typename(l, ffi::lua_type(l, 1));
                return ffi::luaL_error(l, c"dest address type (%s) must be a string or number.".as_ptr(), name);
            }
        }
        let flagged = integer(type_index);
        let kind = MessageKind(flagged as u8);
        let session = if at(type_index + 1).kind == value::kind::NIL {
            SessionChoice::Fresh
        } else {
            match integer(type_index + 1) as i32 {
                // With a session the flag is an assert there (`_filter_args`), and the process ends.
                0 if flagged & ALLOCATE_SESSION != 0 => SessionChoice::Fresh,
                session => SessionChoice::Given(Session(session)),
            }
        };
        let data = match (at(type_index + 2), at(type_index + 3).as_integer()) {
            (data, Some(length)) if data.kind == value::kind::POINTER => {
                take_pointer(l, data.address() as *mut u8, length as i32 as usize)
            }
            _ => take_data(l, type_index + 2),
        };
        let outgoing = Outgoing { source, kind, session, data, origin: origin(l) };
        let me = (*vm::vm(l)).me;
        let sent = if to == 0 {
            let name = bytes(l, 1).split(|byte| *byte == 0).next().unwrap_or(b"");
            kernel(l).send_name(me, name, outgoing)
        } else {
            kernel(l).send(me, Handle(to), outgoing)
        };
        match sent {
            Sent::Yes(session) if session.0 >= 0 => {
                ffi::lua_pushinteger(l, i64::from(session.0));
                1
            }
            _ => 0,
        }
    }
}

unsafe extern "C-unwind" fn genid(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let session = kernel(l).new_session((*vm::vm(l)).me);
        ffi::lua_pushinteger(l, i64::from(session.0));
        1
    }
}

/// Runs a command and leaves its text, if any, in the VM's scratch space.
unsafe fn run_command(l: *mut lua_State, parameter: Option<&[u8]>) -> bool {
    // SAFETY: the parameter lies on the Lua stack.
    unsafe {
        let name = check_c_string(l, 1);
        let record = vm::vm(l);
        let answer = kernel(l).command((*record).me, name, parameter);
        if matches!(kernel(l).halted(), Some(Halt::Crash(_))) {
            // The real process would be gone.
            drop(answer);
            running::stop(record);
            running::unwind(l);
            return false;
        }
        match answer {
            Answer::Nothing => false,
            Answer::Text(text) => {
                (*record).scratch = text;
                true
            }
            Answer::SignalSelf(signal) => {
                super::super::service::signal(record, signal);
                false
            }
        }
    }
}

unsafe fn text_parameter<'a>(l: *mut lua_State) -> Option<&'a [u8]> {
    // SAFETY: a native function.
    unsafe { (ffi::lua_gettop(l) == 2).then(|| check_c_string(l, 2)) }
}

unsafe extern "C-unwind" fn command(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the text is in the record while the string is made.
    unsafe {
        check_c_string(l, 1);
        let parameter = text_parameter(l);
        if !run_command(l, parameter) {
            return 0;
        }
        let (data, length) = ((*vm::vm(l)).scratch.as_ptr(), (*vm::vm(l)).scratch.len());
        ffi::lua_pushlstring(l, data.cast(), length);
        1
    }
}

unsafe extern "C-unwind" fn addresscommand(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        check_c_string(l, 1);
        let parameter = text_parameter(l);
        if !run_command(l, parameter) {
            return 0;
        }
        let Some(hex) = (*vm::vm(l)).scratch.strip_prefix(b":") else { return 0 };
        let mut address: u32 = 0;
        for byte in hex {
            let Some(digit) = char::from(*byte).to_digit(16) else { return 0 };
            address = address.wrapping_mul(16).wrapping_add(digit);
        }
        ffi::lua_pushinteger(l, i64::from(address));
        1
    }
}

unsafe extern "C-unwind" fn intcommand(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the number's text lives on the Rust stack, without a destructor.
    unsafe {
        let name = check_c_string(l, 1);
        let mut digits = itoa::Buffer::new();
        let parameter = if ffi::lua_gettop(l) == 2 && ffi::lua_isnumber(l, 2) != 0 {
            let number = ffi::luaL_checkinteger(l, 2) as i32;
            if name == b"TIMEOUT" {
                let session = kernel(l).timeout((*vm::vm(l)).me, number);
                ffi::lua_pushinteger(l, i64::from(session.0));
                return 1;
            }
            Some(digits.format(number).as_bytes())
        } else {
            text_parameter(l)
        };
        if !run_command(l, parameter) {
            return 0;
        }
        push_number(l)
    }
}

/// Pushes the number in the scratch space, read as `strtoll` with base 0 and `strtod` read it.
unsafe fn push_number(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; only plain values are alive when the error is raised.
    unsafe {
        let record = vm::vm(l);
        let text = std::str::from_utf8(&(*record).scratch).unwrap_or("?");
        if text.is_empty() {
            ffi::lua_pushinteger(l, 0);
        } else if let Some(number) = whole_number(text) {
            ffi::lua_pushinteger(l, number);
        } else if let Ok(number) = text.parse::<f64>() {
            ffi::lua_pushnumber(l, number);
        } else {
            push_bytes(l, &(*record).scratch);
            let shown = ffi::lua_tolstring(l, -1, std::ptr::null_mut());
            return ffi::luaL_error(l, c"Invalid result %s".as_ptr(), shown);
        }
        1
    }
}

/// A text that is a whole number from end to end, as `strtoll` with base 0 reads it: decimal, `0x`
/// or octal, clamped to 64 bits.
fn whole_number(text: &str) -> Option<i64> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, base) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i128 = 0;
    for character in digits.chars() {
        value = (value * i128::from(base) + i128::from(character.to_digit(base)?)).min(1 << 100);
    }
    let value = if negative { -value } else { value };
    Some(value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}

unsafe extern "C-unwind" fn error(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the line is made once nothing raises any more.
    unsafe {
        let record = vm::vm(l);
        ffi::lua_settop(l, ffi::lua_gettop(l).max(1));
        super::base::to_texts(l, 1);
        let mut line = std::mem::take(&mut (*record).scratch);
        super::base::join_texts(l, &mut line, 1, b' ');
        kernel(l).log((*record).handle, &line);
        if node(l).settings.library == Library::Checkout
            && let Some(oddity) = odd::forgotten_reply(&line)
        {
            odd::tell(record, oddity);
        }
        (*record).scratch = line;
        0
    }
}

unsafe extern "C-unwind" fn tostring(l: *mut lua_State) -> c_int {
    // SAFETY: the pointer is checked to be a live message of that size.
    unsafe {
        if ffi::lua_type(l, 1) <= ffi::LUA_TNIL {
            return 0;
        }
        let data = ffi::lua_touserdata(l, 1) as *const u8;
        let length = ffi::luaL_checkinteger(l, 2) as i32 as usize;
        if length == 0 || data.is_null() {
            ffi::lua_pushliteral(l, c"");
            return 1;
        }
        pointer::check_message(l, data, length);
        ffi::lua_pushlstring(l, data.cast(), length);
        1
    }
}

unsafe extern "C-unwind" fn harbor(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let handle = Handle(ffi::luaL_checkinteger(l, 1) as u32);
        ffi::lua_pushinteger(l, i64::from(handle.0 >> 24));
        ffi::lua_pushboolean(l, c_int::from(kernel(l).is_remote(handle)));
        2
    }
}

/// `trash(msg, sz)`: frees data that nobody sends.
pub unsafe extern "C-unwind" fn trash(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        match ffi::lua_type(l, 1) {
            ffi::LUA_TSTRING => {}
            ffi::LUA_TLIGHTUSERDATA => {
                let length = ffi::luaL_checkinteger(l, 2) as i32 as usize;
                drop(take_pointer(l, ffi::lua_touserdata(l, 1).cast(), length));
            }
            kind => {
                let name = ffi::lua_typename(l, kind);
                return ffi::luaL_error(l, c"skynet.trash invalid param %s".as_ptr(), name);
            }
        }
        0
    }
}

unsafe extern "C-unwind" fn now(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        kernel(l).touch(Touch::Time);
        ffi::lua_pushinteger(l, kernel(l).ticks() as i64);
        1
    }
}

unsafe extern "C-unwind" fn hpc(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        kernel(l).touch(Touch::Time);
        ffi::lua_pushinteger(l, kernel(l).now().as_nanos() as i64);
        1
    }
}

/// `trace(tag, user [, thread] [, level])`: a log line with up to three positions.
unsafe extern "C-unwind" fn trace(l: *mut lua_State) -> c_int {
    // SAFETY: the checks that raise come before any text is made.
    unsafe {
        let tag = check_c_string(l, 1);
        let user = check_c_string(l, 2);
        let (mut from, mut level) = (l, None);
        if ffi::lua_type(l, 3) == ffi::LUA_TTHREAD {
            from = ffi::lua_tothread(l, 3);
            level = Some(ffi::luaL_optinteger(l, 4, 1));
        } else if ffi::lua_type(l, 3) > ffi::LUA_TNIL {
            level = Some(ffi::luaL_optinteger(l, 3, 1));
        }
        trace_line(l, tag, user, from, level.map(|level| level as c_int));
        0
    }
}

/// Writes a trace line (`<TRACE tag> nanoseconds user : position position position`).
///
/// # Safety
/// A native function; `from` is a coroutine of the same VM.
pub unsafe fn trace_line(l: *mut lua_State, tag: &[u8], user: &[u8], from: *mut lua_State, level: Option<c_int>) {
    // SAFETY: lua_getstack and lua_getinfo with "Sl" raise nothing.
    unsafe {
        let mut line = b"<TRACE ".to_vec();
        line.extend_from_slice(tag);
        line.extend_from_slice(format!("> {} ", kernel(l).now().as_nanos()).as_bytes());
        line.extend_from_slice(user);
        let (mut level, mut found) = (level.unwrap_or(c_int::MAX), 0);
        let mut frame: ffi::lua_Debug = std::mem::zeroed();
        while found < 3 && level != c_int::MAX && ffi::lua_getstack(from, level, &mut frame) != 0 {
            ffi::lua_getinfo(from, c"Sl".as_ptr(), &mut frame);
            level += 1;
            if frame.currentline >= 0 {
                let source = CStr::from_ptr(frame.source).to_bytes();
                line.extend_from_slice(if found == 0 { b" : " } else { b" " });
                line.extend_from_slice(source);
                line.extend_from_slice(format!(":{}", frame.currentline).as_bytes());
                found += 1;
            }
        }
        let handle = (*vm::vm(l)).handle;
        kernel(l).log(handle, &line);
    }
}

/// A message's own data as the two values that callbacks get.
///
/// # Safety
/// Two free slots on the stack.
#[inline(always)]
pub unsafe fn push_data(l: *mut lua_State, message: &Message) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_pushlightuserdata(l, message.data.as_ptr().cast());
        ffi::lua_pushinteger(l, message.data.len() as i64);
    }
}
