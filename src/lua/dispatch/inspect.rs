//! What waits in a VM: for `skynet.task` in Lua, and for the host's reports.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::base::{Session, VirtualTime};

use super::super::vm::{self, Vm};
use super::coroutine::{self, State};
use super::session::{Callee, Reason, Waiter};

/// What a waiting coroutine waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingKind {
    /// The answer of somebody.
    Call(Callee),
    /// A timer; or somebody who wakes it before.
    Sleep,
    /// Somebody who wakes it.
    Wait,
    /// A timer, to begin.
    Timeout,
}

/// One waiting coroutine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Under which number.
    pub session: Session,
    /// For what.
    pub kind: PendingKind,
    /// Since when.
    pub since: VirtualTime,
    /// Where in the code, innermost first: `file:line < file:line`.
    pub position: String,
}

/// Everything that waits, in the order of sessions.
///
/// # Safety
/// The VM is alive and does not run.
#[must_use]
pub unsafe fn pending(vm: *mut Vm) -> Vec<Pending> {
    // SAFETY: reading stack frames changes nothing.
    unsafe {
        let sessions = &raw mut (*vm).dispatch.sessions;
        let sessions = (*sessions).in_order();
        let coroutines = &(*vm).dispatch.coroutines;
        let waiting = sessions.iter().filter_map(|(session, waiting)| {
            let Waiter::Coroutine(id) = waiting.waiter else { return None };
            let thread = coroutines.get(id)?.thread;
            let kind = match (waiting.reason, &waiting.callee) {
                (Reason::Call | Reason::Select, Some(callee)) => PendingKind::Call(callee.clone()),
                (Reason::Wait, _) => PendingKind::Wait,
                (Reason::Timeout, _) => PendingKind::Timeout,
                _ => PendingKind::Sleep,
            };
            let position = if thread.is_null() { String::new() } else { vm::position(thread, 4) };
            Some(Pending { session: Session(*session), kind, since: waiting.since, position })
        });
        waiting.collect()
    }
}

/// The waiting coroutines themselves, each with a label such as `session 12 call :00000009`, for
/// captures of state.
///
/// # Safety
/// As for [`pending`].
#[must_use]
pub unsafe fn pending_threads(vm: *mut Vm) -> Vec<(String, *mut lua_State)> {
    // SAFETY: the threads are anchored while they wait.
    unsafe {
        let sessions = &raw mut (*vm).dispatch.sessions;
        let sessions = (*sessions).in_order();
        let coroutines = &(*vm).dispatch.coroutines;
        let threads = sessions.iter().filter_map(|(session, waiting)| {
            let Waiter::Coroutine(id) = waiting.waiter else { return None };
            let co = coroutines.get(id)?;
            if co.state != State::Busy {
                return None;
            }
            let what = match (waiting.reason, &waiting.callee) {
                (Reason::Call | Reason::Select, Some(Callee::Handle(handle))) => format!("call {handle}"),
                (Reason::Call | Reason::Select, Some(Callee::Name(name))) => {
                    format!("call {}", String::from_utf8_lossy(name))
                }
                (Reason::Wait, _) => "wait".to_owned(),
                (Reason::Timeout, _) => "timeout".to_owned(),
                _ => "sleep".to_owned(),
            };
            Some((format!("session {session} {what}"), co.thread))
        });
        threads.collect()
    }
}

/// `sessions()`: a table from session to coroutine, or to "BREAK".
pub(super) unsafe extern "C-unwind" fn sessions(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the next session is looked up each time, since pushing may raise.
    unsafe {
        let record = vm::vm(l);
        ffi::lua_createtable(l, 0, 0);
        let mut last = i32::MIN;
        loop {
            let Some((session, waiter)) = (*record).dispatch.sessions.next_after(last) else { return 1 };
            last = session;
            match waiter {
                Waiter::Coroutine(id) => coroutine::push(record, l, id),
                Waiter::Break => {
                    ffi::lua_pushliteral(l, c"BREAK");
                }
            }
            ffi::lua_rawseti(l, -2, i64::from(session));
        }
    }
}
