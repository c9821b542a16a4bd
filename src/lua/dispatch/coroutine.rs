//! The coroutines of a VM: made when needed, reused when their function has ended.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::base::{EventNumber, Handle, VirtualTime};

use super::super::native::coroutine::is_active;
use super::super::running;
use super::super::vm::Vm;

/// Idle coroutines kept for reuse; real Skynet's pool is weak, so that collections empty it.
const IDLE_MAX: usize = 256;

/// One coroutine. Ids are not reused: the second number tells later users of a place apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CoId(u32, u32);

/// What a coroutine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// In the pool.
    Idle,
    /// It has a function, or will run one.
    Busy,
    /// In the pool, but something resumed it there (hazard H13 of the reference): the task that
    /// gets it next will not run.
    Poisoned,
    /// In the pool, but it cannot be resumed any more: neither will the task that gets it.
    Spent,
    /// It cannot be resumed any more. Late timers may try.
    Dead,
}

/// Whether its messages are traced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Tag {
    /// Not decided.
    #[default]
    None,
    /// Never (`traceproto(type, false)`).
    Off,
    /// With this tag.
    On(Box<[u8]>),
}

/// Whether a coroutine has answered the request that it handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// Not by `ret`.
    No,
    /// A second answer is a mistake.
    Yes,
}

/// Whether Lua code may hold a coroutine on behalf of the task that has it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The task has not asked for its coroutine, and nobody was given it: whoever has it got it for an earlier task.
    No,
    /// Somebody may.
    Yes,
}

/// A wakeup that found nobody asleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// When.
    pub at: VirtualTime,
    /// During which event.
    pub event: EventNumber,
}

/// One coroutine's record.
pub(super) struct Co {
    generation: u32,
    pub(super) thread: *mut lua_State,
    anchor: c_int,
    pub(super) state: State,
    /// The request it answers; gone once answered. `Some(0)` for a plain send.
    pub(super) session: Option<i32>,
    /// Who asked.
    pub(super) address: Option<Handle>,
    /// Whether it has answered already.
    pub(super) answered: Answered,
    pub(super) tag: Tag,
    pub(super) known: Known,
    /// The last wakeup that came while it did something else.
    pub(super) missed: Option<Missed>,
    /// When the last task ended on behalf of which Lua code held it.
    pub(super) over: Option<(VirtualTime, EventNumber)>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Coroutines {
    all: Vec<Co>,
    free: Vec<u32>,
    idle: Vec<CoId>,
    /// Requests whose coroutines are gone without an answer: only `exit` answers them.
    open: Vec<(i32, Handle)>,
}

impl State {
    const fn is_pooled(self) -> bool {
        matches!(self, State::Idle | State::Poisoned | State::Spent)
    }
}

impl Coroutines {
    pub(super) fn get(&self, id: CoId) -> Option<&Co> {
        self.all.get(id.0 as usize).filter(|co| co.generation == id.1)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: CoId) -> Option<&mut Co> {
        self.all.get_mut(id.0 as usize).filter(|co| co.generation == id.1)
    }

    /// Whether it cannot be resumed any more.
    pub(super) fn is_dead(&self, id: CoId) -> bool {
        self.get(id).is_some_and(|co| co.state == State::Dead)
    }

    /// Whether the pool has one.
    #[inline]
    pub(super) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    /// The coroutine that the next task gets, if one waits for it.
    pub(super) fn next_idle(&self) -> Option<&Co> {
        self.get(*self.idle.last()?)
    }

    /// The record of a thread that the scheduler knows.
    pub(super) fn of_thread(&self, thread: *mut lua_State) -> Option<CoId> {
        let index = self.all.iter().position(|co| co.thread == thread && !thread.is_null())?;
        Some(CoId(index as u32, self.all[index].generation))
    }

    /// Lua code gets to see all coroutines that wait.
    pub(super) fn make_all_known(&mut self) {
        for co in self.all.iter_mut().filter(|co| co.state == State::Busy) {
            co.known = Known::Yes;
        }
    }

    /// The requests that are not answered yet: in the order of their coroutines' places, then those
    /// that have none any more.
    pub(super) fn answering(&self) -> Vec<(i32, Handle)> {
        self.held().chain(self.lost()).collect()
    }

    /// The requests that a coroutine is to answer.
    pub(super) fn held(&self) -> impl Iterator<Item = (i32, Handle)> {
        self.all.iter().filter_map(|co| Some((co.session?, co.address?))).filter(|(session, _)| *session != 0)
    }

    /// The requests whose coroutine is gone.
    pub(super) fn lost(&self) -> impl Iterator<Item = (i32, Handle)> {
        self.open.iter().copied()
    }

    /// Puts a coroutine whose function has ended back into the pool; true if it is not wanted there.
    #[inline]
    fn retire(&mut self, id: CoId) -> bool {
        let keep = self.idle.len() < IDLE_MAX;
        if let Some(co) = self.get_mut(id) {
            co.session = None;
            co.address = None;
            co.answered = Answered::No;
            co.known = Known::No;
            co.missed = None;
            if co.tag != Tag::None {
                co.tag = Tag::None;
            }
            co.state = if keep { State::Idle } else { State::Dead };
        }
        if keep {
            self.idle.push(id);
        }
        !keep
    }

    fn forget(&mut self, id: CoId) -> Option<c_int> {
        let co = self.get_mut(id)?;
        let pooled = co.state.is_pooled();
        co.generation = co.generation.wrapping_add(1);
        co.state = State::Dead;
        co.session = None;
        co.address = None;
        co.tag = Tag::None;
        co.thread = std::ptr::null_mut();
        let anchor = co.anchor;
        if pooled {
            self.idle.retain(|idle| *idle != id);
        }
        self.free.push(id.0);
        Some(anchor)
    }

    fn add(&mut self, thread: *mut lua_State, anchor: c_int) -> CoId {
        let index = self.free.pop().unwrap_or(self.all.len() as u32);
        let generation = self.all.get(index as usize).map_or(0, |co| co.generation);
        let co = Co {
            generation,
            thread,
            anchor,
            state: State::Busy,
            session: None,
            address: None,
            answered: Answered::No,
            tag: Tag::None,
            known: Known::No,
            missed: None,
            over: None,
        };
        if (index as usize) < self.all.len() {
            self.all[index as usize] = co;
        } else {
            self.all.push(co);
        }
        CoId(index, generation)
    }
}

/// A coroutine for a new task, with an empty stack: from the pool, or made on `l`.
///
/// # Safety
/// May raise a memory error: nothing with a destructor may be alive in the caller.
#[inline]
pub(super) unsafe fn take(vm: *mut Vm, l: *mut lua_State) -> CoId {
    // SAFETY: as the caller promises.
    unsafe {
        let all = &raw mut (*vm).dispatch.coroutines;
        if let Some(id) = (*all).idle.pop()
            && let Some(co) = (*all).get_mut(id)
        {
            if co.state == State::Idle {
                co.state = State::Busy;
                ffi::lua_settop(co.thread, 0);
            } else {
                // Its error may lie there still.
                co.state = State::Dead;
            }
            return id;
        }
        let thread = ffi::lua_newthread(l);
        adopt_top(vm, l, thread)
    }
}

/// Makes the thread on top of the stack of `l` known to the scheduler, and pops it.
///
/// # Safety
/// As for [`take`].
pub(super) unsafe fn adopt_top(vm: *mut Vm, l: *mut lua_State, thread: *mut lua_State) -> CoId {
    // SAFETY: as the caller promises.
    unsafe {
        let anchor = ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX);
        (*vm).dispatch.coroutines.add(thread, anchor)
    }
}

/// Pushes the coroutine as a Lua value onto `l`.
///
/// # Safety
/// One free slot on the stack.
pub(super) unsafe fn push(vm: *mut Vm, l: *mut lua_State, id: CoId) {
    // SAFETY: the anchor is a reference in the registry.
    unsafe {
        match (*vm).dispatch.coroutines.get(id) {
            Some(co) => {
                ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, i64::from(co.anchor));
            }
            None => ffi::lua_pushnil(l),
        }
    }
}

/// Lua code has the coroutine in its hands, on behalf of the task that has it now.
///
/// # Safety
/// The record is alive.
#[inline]
pub(super) unsafe fn make_known(vm: *mut Vm, id: CoId) {
    // SAFETY: as the caller promises.
    if let Some(co) = unsafe { (*vm).dispatch.coroutines.get_mut(id) } {
        co.known = Known::Yes;
    }
}

/// The running coroutine asks who it is.
///
/// # Safety
/// The record is alive.
#[inline]
pub unsafe fn asked_who_runs(vm: *mut Vm, l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        if let Some(id) = (*vm).dispatch.running
            && (*vm).dispatch.coroutines.get(id).is_some_and(|co| co.thread == l)
        {
            make_known(vm, id);
        }
    }
}

/// Its function has ended: back into the pool.
///
/// # Safety
/// The coroutine is not running.
#[inline]
pub(super) unsafe fn recycle(vm: *mut Vm, id: CoId) {
    // SAFETY: the stack of a coroutine that has ended holds only its results.
    unsafe {
        if let Some(co) = (*vm).dispatch.coroutines.get_mut(id) {
            if co.known == Known::Yes && !(*vm).kernel.is_null() {
                co.over = Some(((*(*vm).kernel).now(), (*(*vm).kernel).event()));
            }
            // One value left on the stack: its status stays "suspended", as in real Skynet.
            ffi::lua_settop(co.thread, 0);
            ffi::lua_pushnil(co.thread);
        }
        if (*vm).dispatch.coroutines.retire(id) {
            drop_anchor(vm, id);
        }
    }
}

unsafe fn drop_anchor(vm: *mut Vm, id: CoId) {
    // SAFETY: the anchor is a reference in the registry.
    unsafe {
        if let Some(anchor) = (*vm).dispatch.coroutines.forget(id) {
            ffi::luaL_unref((*vm).work, ffi::LUA_REGISTRYINDEX, anchor);
        }
    }
}

/// Closes a coroutine for good (`coroutine.close`): its pending variables are closed, on the way of
/// which Lua code may run. One that runs (user code has resumed it) is left alone. What still refers to it finds
/// it dead: its place in the pool, or a session.
///
/// # Safety
/// Nothing of the record is borrowed.
pub(super) unsafe fn close(vm: *mut Vm, id: CoId, from: *mut lua_State) {
    // SAFETY: closing is protected; it does not raise. The anchor of a running coroutine stays.
    unsafe {
        let Some(thread) = (*vm).dispatch.coroutines.get(id).map(|co| co.thread) else { return };
        if !thread.is_null() {
            if is_active(thread) {
                return;
            }
            if let Some(co) = (*vm).dispatch.coroutines.get_mut(id) {
                co.state = if co.state.is_pooled() { State::Spent } else { State::Dead };
            }
            if running::close_thread(thread, from) != ffi::LUA_OK {
                // The error; with it a coroutine would count as suspended in 5.4.
                ffi::lua_settop(thread, 0);
            }
        }
        if !is_wanted(vm, id) {
            drop_anchor(vm, id);
        }
    }
}

/// Whether the scheduler will come to this coroutine again, even if it is dead.
unsafe fn is_wanted(vm: *mut Vm, id: CoId) -> bool {
    // SAFETY: the record is only read.
    unsafe {
        let dispatch = &(*vm).dispatch;
        dispatch.coroutines.get(id).is_some_and(|co| co.state.is_pooled())
            || dispatch.sessions.has_waiter(id)
            || dispatch.forks.iter().any(|fork| fork.id() == Some(id))
    }
}

/// Lets go of a coroutine that the scheduler will not resume again: Lua code may still hold it. The
/// request that it was to answer stays open.
///
/// # Safety
/// The coroutine is not running.
#[cold]
pub(super) unsafe fn lose(vm: *mut Vm, id: CoId) {
    // SAFETY: see above.
    unsafe {
        if (*vm).dispatch.sessions.has_waiter(id) {
            // A message will resume it after all.
            return;
        }
        let all = &raw mut (*vm).dispatch.coroutines;
        let request = (*all).get(id).and_then(|co| Some((co.session?, co.address?)));
        if let Some(request) = request.filter(|(session, _)| *session != 0) {
            (*all).open.push(request);
        }
        drop_anchor(vm, id);
    }
}

/// Lets go of a coroutine that Lua code made and closes itself.
///
/// # Safety
/// Nothing of the record is borrowed.
pub(super) unsafe fn release(vm: *mut Vm, id: CoId) {
    // SAFETY: see above.
    unsafe { drop_anchor(vm, id) }
}
