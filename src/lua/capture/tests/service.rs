//! A service for tests: a Lua state in an arena, with a small library in place of skynet's.

use std::ffi::{CString, c_int};

use mlua::ffi::{self, lua_State};

use super::super::{Baseline, CaptureError, Pending, Roots, capture};
use crate::memory::Arena;
use crate::memory::arena::lua_alloc;
use crate::state::StateGraph;

const LIBRARY: &str = r#"
local skynet = { _proto = {}, cache = { clear = function() end } }
local pending = {}
local function register(name, id) local class = { name = name, id = id }; skynet._proto[name] = class; skynet._proto[id] = class end
register("lua", 10); register("response", 1)
skynet._proto.response.dispatch = function() end
function skynet.dispatch(name, f) skynet._proto[name].dispatch = f end
function skynet.start(f) f() end
function skynet.fork(f, ...) local co = coroutine.create(f); pending[#pending + 1] = { "fork", co }; return co end
function skynet.spawn(label, f, ...)
    local co = coroutine.create(f); pending[#pending + 1] = { label, co }; assert(coroutine.resume(co, ...)); return co
end
function skynet.spawn_parked(f)
    local co = coroutine.create(function(...) f(...) end); pending[#pending + 1] = { "parked", co }; return co
end
function skynet.queue() local inside = {}; return function(f, ...) inside[1] = f; return f(...) end end
function skynet.sleep() return coroutine.yield("SUSPEND") end
package.loaded.skynet = skynet
PENDING = pending
"#;

/// A state with the libraries and `skynet`.
pub(super) struct Service {
    pub(super) arena: Box<Arena>,
    pub(super) l: *mut lua_State,
    pub(super) baseline: Baseline,
}

impl Service {
    pub(super) fn new() -> Service {
        let mut arena = Arena::new(1);
        let data = std::ptr::from_mut::<Arena>(&mut arena).cast();
        // SAFETY: the arena is boxed and outlives the state, which `drop` closes.
        let l = unsafe {
            #[cfg(feature = "lua55")]
            let l = ffi::lua_newstate(lua_alloc, data, 7);
            #[cfg(not(feature = "lua55"))]
            let l = ffi::lua_newstate(lua_alloc, data);
            ffi::luaL_openlibs(l);
            l
        };
        let mut service = Service { arena, l, baseline: Baseline::new(&["@./skysim/"]) };
        service.run_as(LIBRARY, "@./skysim/skynet.lua");
        // SAFETY: both tables are on the stack.
        unsafe {
            push_field(l, ffi::LUA_REGISTRYINDEX, "_LOADED");
            push_field(l, -1, "_G");
            service.baseline.record(l, -2, -1);
            ffi::lua_settop(l, 0);
        }
        service
    }

    /// Runs code as a file of the service.
    #[track_caller]
    pub(super) fn run(&mut self, code: &str) {
        self.run_as(code, "@./services/test.lua");
    }

    #[track_caller]
    pub(super) fn run_as(&mut self, code: &str, name: &str) {
        let name = CString::new(name).unwrap();
        // SAFETY: protected calls; the text of an error is copied.
        unsafe {
            let status = ffi::luaL_loadbufferx(self.l, code.as_ptr().cast(), code.len(), name.as_ptr(), c"t".as_ptr());
            let status = if status == ffi::LUA_OK { ffi::lua_pcall(self.l, 0, 0, 0) } else { status };
            if status != ffi::LUA_OK {
                panic!("{}", String::from_utf8_lossy(super::super::walk::string_at(self.l, -1)));
            }
        }
    }

    /// Runs `return ...` and gives the text of the result.
    pub(super) fn eval(&mut self, code: &str) -> String {
        self.run(&format!("RESULT = tostring(({code}))"));
        // SAFETY: a string is on the top.
        unsafe {
            ffi::lua_getglobal(self.l, c"RESULT".as_ptr());
            let text = String::from_utf8_lossy(super::super::walk::string_at(self.l, -1)).into_owned();
            ffi::lua_settop(self.l, 0);
            text
        }
    }

    /// Captures, and leaves the state as it was.
    pub(super) fn try_capture(&mut self) -> Result<StateGraph, CaptureError> {
        let image = self.arena.save();
        // SAFETY: the state is ours; what is pushed is gone with the restored arena.
        let graph = unsafe { self.capture_touching() };
        self.arena.restore(&image);
        graph
    }

    pub(super) unsafe fn capture_touching(&mut self) -> Result<StateGraph, CaptureError> {
        let l = self.l;
        // SAFETY: the tables exist; their indices are counted from the bottom of an empty stack.
        unsafe {
            push_field(l, ffi::LUA_REGISTRYINDEX, "_LOADED");
            push_field(l, 1, "_G");
            push_field(l, 1, "skynet");
            push_field(l, 3, "_proto");
            push_field(l, 2, "PENDING");
            let mut coroutines = Vec::new();
            for index in 1..=ffi::lua_rawlen(l, 5) {
                ffi::lua_rawgeti(l, 5, index as ffi::lua_Integer);
                ffi::lua_rawgeti(l, -1, 1);
                let label = String::from_utf8_lossy(super::super::walk::string_at(l, -1)).into_owned();
                ffi::lua_rawgeti(l, -2, 2);
                coroutines.push(Pending { label, thread: ffi::lua_tothread(l, -1) });
                ffi::lua_settop(l, 5);
            }
            let roots = Roots { protocols: 4, loaded: 1, globals: 2, coroutines, baseline: &self.baseline };
            let graph = capture(l, &roots);
            assert_eq!(ffi::lua_gettop(l), 5);
            graph
        }
    }

    #[track_caller]
    pub(super) fn graph(&mut self) -> StateGraph {
        self.try_capture().unwrap()
    }

    #[track_caller]
    pub(super) fn text(&mut self) -> String {
        crate::state::render(&self.graph())
    }
}

unsafe fn push_field(l: *mut lua_State, index: c_int, name: &str) {
    // SAFETY: a table is at the index; tests have memory enough.
    unsafe {
        let index = ffi::lua_absindex(l, index);
        ffi::lua_pushlstring(l, name.as_ptr().cast(), name.len());
        ffi::lua_rawget(l, index);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // SAFETY: the state is ours and used no more.
        unsafe { ffi::lua_close(self.l) };
    }
}
