//! The dispatch core of the built-in `skynet` module: a coroutine per message, sessions, calls,
//! answers, sleeping, waking, forks. In real Skynet this is Lua bookkeeping (`lualib/skynet.lua`);
//! here it is native, with the same order of events and the same hazards. The rest of the module is
//! readable Lua on top (`library/lualib/skynet.lua`), which gets these functions as
//! `require "skysim.dispatch"`.
//!
//! | file | owns |
//! |---|---|
//! | `coroutine` | the coroutines: made, reused, closed |
//! | `session` | which coroutine waits for which session |
//! | `receive` | one message: what it starts or continues, and everything that follows from it |
//! | `call` | sending and calling |
//! | `class` | what is known of the protocol "lua" |
//! | `answer` | `ret`, `response`, `context` |
//! | `wait` | `sleep`, `wait`, `wakeup`, `timeout`, `fork` |
//! | `leave` | `exit`, `killthread`, `term` |
//! | `lines` | where in memory the next request will be handled |
//! | `inspect` | what waits, for `skynet.task` and for the host |
//! | `tag` | trace tags |
//! | `complaint` | texts of errors that name variables of `skynet.lua` |

mod answer;
mod call;
mod class;
mod complaint;
mod coroutine;
mod inspect;
mod leave;
mod lines;
mod receive;
mod session;
mod tag;
mod wait;

use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use crate::base::Handle;
use crate::kernel::Message;

pub use class::expose_classes;
pub use coroutine::{Missed, asked_who_runs};
pub use inspect::{Pending, PendingKind, Request, Requests, pending, pending_threads, requests, waiting_threads};
pub use lines::lines;
pub use receive::receive;
pub use session::{Callee, callee as callee_at};

use answer::Response;
use coroutine::{CoId, Coroutines};
use session::Sessions;

/// Upvalues of the functions that look into shared tables, so that keys need no hashing.
mod upvalue {
    use std::ffi::c_int;
    pub const SUSPEND: c_int = 1;
    pub const PROTO: c_int = 2;
    pub const SLEEPING: c_int = 3;
    pub const WAKEUPS: c_int = 4;
    pub const PACK: c_int = 5;
    pub const UNPACK: c_int = 6;
    pub const ID: c_int = 7;
    pub const COUNT: c_int = 7;
}

/// Fixed places at the bottom of the work thread's stack.
mod work {
    use std::ffi::c_int;
    pub const PROTO: c_int = 1;
    pub const SLEEPING: c_int = 2;
    pub const WAKEUPS: c_int = 3;
    pub const DISPATCH: c_int = 4;
    pub const UNPACK: c_int = 5;
    pub const TRACE: c_int = 6;
    pub const ENTRY: c_int = 7;
    pub const HOOKS: c_int = 8;
    /// The handler of "lua" messages, while [`super::Dispatcher::lua_class`] knows it.
    pub const LUA_HANDLER: c_int = 9;
    pub const USUAL_ENTRY: c_int = 10;
    pub const TOP: c_int = 10;
}

/// What `fork` leaves to be done at the end of the message.
enum Fork {
    /// A coroutine that has not run yet.
    Coroutine(CoId),
    /// One whose function is empty, which an error forks so that whoever is to be woken gets a turn; `None` if there was
    /// no memory for it.
    Empty(Option<CoId>),
}

impl Fork {
    const fn id(&self) -> Option<CoId> {
        match self {
            Fork::Coroutine(id) => Some(*id),
            Fork::Empty(id) => *id,
        }
    }
}

/// The bookkeeping of one VM.
pub struct Dispatcher {
    coroutines: Coroutines,
    sessions: Sessions,
    /// The coroutine that the scheduler resumed last.
    running: Option<CoId>,
    forks: VecDeque<Fork>,
    /// Sessions whose calls failed, to be resumed after the woken ones.
    failed: VecDeque<i32>,
    /// The ring of tokens to wake: first index, and one past the last, in the table of tokens.
    wakeups: (i64, i64),
    responses: BTreeMap<u64, Response>,
    responses_made: u64,
    /// Tags for the next request of a source.
    trace_sources: BTreeMap<Handle, Vec<u8>>,
    tags_made: u64,
    /// The message being handled, for whoever reads its data.
    pub(super) handling: Option<*mut Message>,
    /// Who resumes the scheduler's coroutines while a message is dispatched inside another one; null
    /// for the work thread. Lua counts the depth of the C stack along this chain.
    resumer: *mut lua_State,
    /// A message is being unpacked, before its handler is called.
    unpacking: bool,
    /// Errors of this message and of what followed from it.
    errors: Option<Vec<u8>>,
    /// An error was out of memory: no text can be had.
    out_of_memory: bool,
    /// `skynet.exit` was called: requests are answered with errors, and nothing runs.
    leaving: bool,
    /// What is known of the protocol "lua".
    lua_class: LuaClass,
    /// Lua code other than ours has had the class tables in its hands.
    classes_exposed: bool,
    /// Sessions came close to wrapping: fresh ones are checked against those that wait.
    sessions_wrapped: bool,
}

impl Dispatcher {
    /// Nothing follows from this message any more.
    pub(super) fn drop_what_follows(&mut self) {
        self.forks.clear();
        self.failed.clear();
        self.wakeups = (0, 0);
    }
}

impl Default for Dispatcher {
    fn default() -> Dispatcher {
        Dispatcher {
            coroutines: Coroutines::default(),
            sessions: Sessions::default(),
            running: None,
            forks: VecDeque::new(),
            failed: VecDeque::new(),
            wakeups: (0, 0),
            responses: BTreeMap::new(),
            responses_made: 0,
            trace_sources: BTreeMap::new(),
            tags_made: 0,
            handling: None,
            resumer: std::ptr::null_mut(),
            unpacking: false,
            errors: None,
            out_of_memory: false,
            leaving: false,
            lua_class: LuaClass::Unknown,
            classes_exposed: false,
            sessions_wrapped: false,
        }
    }
}

/// What is known of the protocol "lua", so that its messages need no look into its class table.
/// Holds as long as only this module's own functions can change that table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LuaClass {
    /// Nothing: the table is looked at for every message.
    Unknown,
    /// It packs and unpacks as usual, and its name's bytes are here. Its handler, if it has one, is
    /// on the work thread.
    Usual {
        /// Where the string "lua" lives: short strings are unique in a VM.
        name: *const u8,
        /// Whether there is a handler.
        handled: bool,
    },
}

/// Whether a function needs the upvalues.
#[derive(Clone, Copy)]
enum Needs {
    Upvalues,
    Nothing,
}

const FUNCTIONS: [(&CStr, ffi::lua_CFunction, Needs); 34] = [
    (c"dispatch_message", receive::dispatch_message, Needs::Nothing),
    (c"call", call::call, Needs::Upvalues),
    (c"rawcall", call::rawcall, Needs::Upvalues),
    (c"untraced_rawcall", call::untraced_rawcall, Needs::Upvalues),
    (c"send", call::send, Needs::Upvalues),
    (c"rawsend", call::rawsend, Needs::Upvalues),
    (c"request", call::request, Needs::Upvalues),
    (c"ret", answer::ret, Needs::Nothing),
    (c"retpack", answer::retpack, Needs::Nothing),
    (c"response", answer::response, Needs::Nothing),
    (c"context", answer::context, Needs::Nothing),
    (c"ignoreret", answer::ignoreret, Needs::Nothing),
    (c"sleep", wait::sleep, Needs::Upvalues),
    (c"yield", wait::yield_once, Needs::Upvalues),
    (c"wait", wait::wait, Needs::Upvalues),
    (c"wakeup", wait::wakeup, Needs::Upvalues),
    (c"timeout", wait::timeout, Needs::Nothing),
    (c"timer", wait::timer, Needs::Nothing),
    (c"fork", wait::fork, Needs::Nothing),
    (c"exit", leave::exit, Needs::Nothing),
    (c"uncaught", leave::uncaught, Needs::Nothing),
    (c"learn", class::learn, Needs::Upvalues),
    (c"expose", class::expose, Needs::Nothing),
    (c"killthread", leave::killthread, Needs::Upvalues),
    (c"term", leave::term, Needs::Nothing),
    (c"error_dispatch", leave::error_dispatch, Needs::Nothing),
    (c"adopt", session::adopt, Needs::Nothing),
    (c"release", session::release, Needs::Nothing),
    (c"expect", session::expect, Needs::Nothing),
    (c"abandon", session::abandon, Needs::Nothing),
    (c"sessions", inspect::sessions, Needs::Nothing),
    (c"tag", tag::get, Needs::Nothing),
    (c"set_tag", tag::set, Needs::Nothing),
    (c"new_tag", tag::new, Needs::Nothing),
];

/// Leaves the module's table on the stack; `proto` and `hooks` in it are shared with Lua.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn open(l: *mut lua_State) {
    // SAFETY: as the caller promises; the registry anchors the shared tables for `prepare`.
    unsafe {
        ffi::lua_createtable(l, 0, FUNCTIONS.len() as c_int + 2);
        let module = ffi::lua_gettop(l);
        ffi::lua_pushliteral(l, c"SUSPEND");
        for name in [c"skysim_proto", c"skysim_sleeping", c"skysim_wakeups"] {
            ffi::lua_createtable(l, 0, 0);
            ffi::lua_pushvalue(l, -1);
            ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, name.as_ptr());
        }
        ffi::lua_pushvalue(l, module + upvalue::PROTO);
        ffi::lua_setfield(l, module, c"proto".as_ptr());
        for name in [c"pack", c"unpack", c"id"] {
            ffi::lua_pushstring(l, name.as_ptr());
        }
        for (name, function, needs) in FUNCTIONS {
            match needs {
                Needs::Upvalues => {
                    for index in 1..=upvalue::COUNT {
                        ffi::lua_pushvalue(l, module + index);
                    }
                    ffi::lua_pushcclosure(l, function, upvalue::COUNT);
                }
                Needs::Nothing => super::state::push_closed(l, function),
            }
            ffi::lua_setfield(l, module, name.as_ptr());
        }
        keep_texts(l);
        ffi::lua_createtable(l, 2, 0);
        ffi::lua_pushvalue(l, -1);
        ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, c"skysim_hooks".as_ptr());
        ffi::lua_setfield(l, module, c"hooks".as_ptr());
        ffi::lua_settop(l, module);
    }
}

/// A text that is pushed where an error would have nobody to catch it.
#[derive(Clone, Copy)]
enum Text {
    BooleanCalled = 1,
    ResumedDead = 2,
}

impl Text {
    /// Pushes it without a need for memory.
    unsafe fn push(self, l: *mut lua_State) {
        // SAFETY: `keep_texts` has put it there; the key exists, and the registry has no metatable.
        unsafe {
            ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"skysim_texts".as_ptr());
            ffi::lua_rawgeti(l, -1, self as i64);
            ffi::lua_remove(l, -2);
        }
    }
}

/// Keeps the texts that are pushed where an error would have nobody to catch it: pushing a short
/// text that exists needs no memory.
unsafe fn keep_texts(l: *mut lua_State) {
    const TEXTS: [&CStr; 9] = [
        c"attempt to call a boolean value (upvalue 'f')",
        c"cannot resume dead coroutine",
        c"cannot resume non-suspended coroutine",
        c"skysim_texts",
        c"BREAK",
        c"name",
        c"C stack overflow",
        c"not enough memory",
        c"memlimit",
    ];
    // SAFETY: as for `open`.
    unsafe {
        ffi::lua_createtable(l, TEXTS.len() as c_int, 0);
        for (index, text) in TEXTS.into_iter().enumerate() {
            ffi::lua_pushstring(l, text.as_ptr());
            ffi::lua_rawseti(l, -2, index as i64 + 1);
        }
        ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, c"skysim_texts".as_ptr());
    }
}

/// Fills the bottom of the work thread's stack.
///
/// # Safety
/// Called while a VM is prepared, protected, after [`open`]; the work thread is empty.
pub unsafe fn prepare(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        let work = (*super::vm::vm(l)).work;
        for name in [c"skysim_proto", c"skysim_sleeping", c"skysim_wakeups"] {
            ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, name.as_ptr());
        }
        for name in [c"dispatch", c"unpack", c"trace"] {
            ffi::lua_pushstring(l, name.as_ptr());
        }
        super::state::push_closed(l, receive::entry);
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"skysim_hooks".as_ptr());
        ffi::lua_pushnil(l);
        ffi::lua_pushboolean(l, 0);
        ffi::lua_pushcclosure(l, receive::usual_entry, 1);
        ffi::lua_xmove(l, work, work::TOP);
    }
}

/// Whether the value at `index` is this module's `dispatch_message`, which needs no call into Lua.
///
/// # Safety
/// `index` is valid.
pub unsafe fn is_native_callback(l: *mut lua_State, index: c_int) -> bool {
    // SAFETY: as the caller promises.
    unsafe { is_function(l, index, receive::dispatch_message) }
}

/// Whether the value at `index` is this native function.
unsafe fn is_function(l: *mut lua_State, index: c_int, function: ffi::lua_CFunction) -> bool {
    // SAFETY: `index` is valid.
    unsafe { ffi::lua_tocfunction(l, index).is_some_and(|found| std::ptr::fn_addr_eq(found, function)) }
}
