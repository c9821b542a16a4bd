//! What waits in a VM: for `skynet.task` in Lua, and for the host's reports.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::base::{Handle, Session, VirtualTime};

use super::super::vm::{self, Vm};
use super::coroutine::{self, Missed, State};
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
    /// The request that it is to answer, if it is about one.
    pub answers: Option<Request>,
    /// What waits for the lock (`skynet.queue`) that it waits for too, if it does: that is, who holds it, by the
    /// session that he waits for.
    pub lock_holder: Option<Session>,
    /// A wakeup for it that came before it waited.
    pub missed: Option<Missed>,
}

/// A request, as its receiver knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// Who asks.
    pub from: Handle,
    /// Under which number.
    pub session: Session,
}

impl Request {
    /// The request of a session and a source; `None` for a plain send.
    pub(in crate::lua) fn new(session: Option<i32>, from: Option<Handle>) -> Option<Request> {
        let session = session.filter(|session| *session != 0)?;
        Some(Request { from: from?, session: Session(session) })
    }
}

/// The requests that a service has taken and not answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Those that somebody may still answer: a coroutine, or a function made by `skynet.response`.
    pub held: Vec<Request>,
    /// Those whose coroutine is gone: only `skynet.exit` answers them, with errors.
    pub lost: Vec<Request>,
    /// The service's own calls that it has given up, by session, whose answers have not come.
    pub abandoned: Vec<Session>,
}

/// The requests that this VM has taken and not answered.
///
/// # Safety
/// The VM is alive and does not run.
#[must_use]
pub unsafe fn requests(vm: *mut Vm) -> Requests {
    // SAFETY: the record is only read.
    unsafe {
        let dispatch = &(*vm).dispatch;
        let request = |(session, from): (i32, Handle)| Request { from, session: Session(session) };
        let mut held: Vec<Request> = dispatch.coroutines.held().map(request).collect();
        held.extend(dispatch.responses.values().map(|response| request((response.session, response.address))));
        let waiting = dispatch.sessions.in_order().into_iter();
        let abandoned = waiting.filter(|(_, waiting)| waiting.waiter == Waiter::Break);
        let abandoned = abandoned.map(|(session, _)| Session(session)).collect();
        Requests { held, lost: dispatch.coroutines.lost().map(request).collect(), abandoned }
    }
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
            let co = coroutines.get(id).filter(|co| co.state != State::Dead)?;
            let thread = co.thread;
            let kind = match (waiting.reason, &waiting.callee) {
                (Reason::Call | Reason::Select, Some(callee)) => PendingKind::Call(callee.clone()),
                (Reason::Wait, _) => PendingKind::Wait,
                (Reason::Timeout, _) => PendingKind::Timeout,
                _ => PendingKind::Sleep,
            };
            let position = if thread.is_null() { String::new() } else { vm::position(thread, 4) };
            let answers = Request::new(co.session, co.address);
            let session = Session(*session);
            let (since, missed) = (waiting.since, waiting.missed);
            Some(Pending { session, kind, since, position, answers, lock_holder: None, missed })
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

/// All waiting coroutines with their sessions.
///
/// # Safety
/// As for [`pending`].
#[must_use]
pub unsafe fn waiting_threads(vm: *mut Vm) -> Vec<(Session, *mut lua_State)> {
    // SAFETY: the threads are anchored while they wait.
    unsafe {
        let sessions = &raw mut (*vm).dispatch.sessions;
        let coroutines = &(*vm).dispatch.coroutines;
        let thread = |(session, waiting): (i32, &super::session::Waiting)| {
            let Waiter::Coroutine(id) = waiting.waiter else { return None };
            let co = coroutines.get(id).filter(|co| co.state != State::Dead)?;
            (!co.thread.is_null()).then_some((Session(session), co.thread))
        };
        (*sessions).in_order().into_iter().filter_map(thread).collect()
    }
}

/// `sessions()`: a table from session to coroutine, or to "BREAK".
pub(super) unsafe extern "C-unwind" fn sessions(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the next session is looked up each time, since pushing may raise.
    unsafe {
        let record = vm::vm(l);
        ffi::lua_createtable(l, 0, 0);
        (*record).dispatch.coroutines.make_all_known();
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
