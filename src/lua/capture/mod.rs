//! Looks at the private state of a service: walks its Lua state from the registered handlers, the
//! waiting coroutines, the loaded modules and the globals, and takes down a
//! [`StateGraph`](crate::state::StateGraph).
//!
//! The walk runs no Lua code (raw access only, collector stopped), recurses nowhere, and survives
//! running out of memory. It does allocate in the state: the caller saves the service's arena
//! before and puts it back afterwards, so that looking changes nothing. Knows nothing of the
//! canonical text.

mod function;
mod library;
#[cfg(test)]
mod tests;
mod thread;
mod walk;
mod weak;

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::state::StateGraph;
pub use library::Baseline;
use walk::Walker;

/// A coroutine that waits for something, with the words for it: `session 12 call :00000009`.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What the text calls it. Coroutines of one label are told apart by their order.
    pub label: String,
    /// The coroutine; alive, and of the state that is captured.
    pub thread: *mut lua_State,
}

/// Where the walk begins.
#[derive(Clone, Debug)]
pub struct Roots<'a> {
    /// Stack index of the table of message classes, by name and number; each has a field
    /// `dispatch`. 0: none.
    pub protocols: c_int,
    /// Stack index of `package.loaded`. 0: none.
    pub loaded: c_int,
    /// Stack index of the globals. 0: none.
    pub globals: c_int,
    /// The coroutines that wait.
    pub coroutines: Vec<Pending>,
    /// What belongs to libraries and not to the service.
    pub baseline: &'a Baseline,
}

/// Why a capture gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// The arena's limit was reached while walking. The state is intact; raise the limit for the
    /// time of the capture.
    #[error("not enough memory to look at the service's state")]
    Memory,
    /// More than 4 GiB of text, or 4 billion pairs.
    #[error("the service's state is too large to be written down")]
    TooLarge,
    /// Lua refused something that never fails; with its words. A bug in skysim.
    #[error("looking at the service's state failed: {0}")]
    Lua(String),
}

/// Takes down the state of a service. The stack is left as it was found.
///
/// # Errors
/// When memory does not suffice.
///
/// # Safety
/// `l` is a valid state that nothing else uses during the call, the roots' stack indices and
/// coroutines belong to it, and the caller restores the arena afterwards if the run is to go on as
/// if nobody had looked.
pub unsafe fn capture(l: *mut lua_State, roots: &Roots<'_>) -> Result<StateGraph, CaptureError> {
    let mut walker = Walker::new(roots);
    // SAFETY: the caller vouches for `l` and the indices. `protected` runs inside lua_pcall and gets
    // a pointer to the walker, which lives in this frame, outside of everything that can raise.
    let outcome = unsafe { run(l, roots, &mut walker) };
    outcome?;
    if walker.builder.overflowed() {
        return Err(CaptureError::TooLarge);
    }
    Ok(walker.builder.finish())
}

/// Calls [`protected`] with the collector stopped, so that no finaliser runs.
unsafe fn run(l: *mut lua_State, roots: &Roots<'_>, walker: &mut Walker<'_>) -> Result<(), CaptureError> {
    // SAFETY: as for `capture`. None of these calls can raise: light values and copies only.
    unsafe {
        if ffi::lua_checkstack(l, 16) == 0 {
            return Err(CaptureError::Memory);
        }
        let top = ffi::lua_gettop(l);
        let collecting = ffi::lua_gc(l, ffi::LUA_GCISRUNNING) != 0;
        ffi::lua_gc(l, ffi::LUA_GCSTOP);
        ffi::lua_pushcclosure(l, protected, 0);
        ffi::lua_pushlightuserdata(l, std::ptr::from_mut(walker).cast());
        for index in [roots.protocols, roots.loaded, roots.globals] {
            match index {
                0 => ffi::lua_pushnil(l),
                _ if index < 0 && index > ffi::LUA_REGISTRYINDEX => ffi::lua_pushvalue(l, top + 1 + index),
                _ => ffi::lua_pushvalue(l, index),
            }
        }
        let status = ffi::lua_pcall(l, 4, 0, 0);
        let outcome = match status {
            ffi::LUA_OK => Ok(()),
            ffi::LUA_ERRMEM => Err(CaptureError::Memory),
            _ => Err(CaptureError::Lua(message(l))),
        };
        ffi::lua_settop(l, top);
        if collecting {
            ffi::lua_gc(l, ffi::LUA_GCRESTART);
        }
        outcome
    }
}

unsafe fn message(l: *mut lua_State) -> String {
    // SAFETY: something is on the stack; a string is read in place, anything else is not converted.
    unsafe {
        if ffi::lua_type(l, -1) != ffi::LUA_TSTRING {
            return "an error without words".into();
        }
        String::from_utf8_lossy(walk::string_at(l, -1)).into_owned()
    }
}

unsafe extern "C-unwind" fn protected(l: *mut lua_State) -> c_int {
    // SAFETY: `run` passes the walker, which nothing else touches until lua_pcall returns. Whatever
    // a raised error jumps over owns nothing: all memory belongs to the walker.
    unsafe {
        let walker: *mut Walker<'_> = ffi::lua_touserdata(l, 1).cast();
        (*walker).walk(l);
    }
    0
}
