//! Which coroutine waits for which session, and on whom.

use std::ffi::c_int;

use indexmap::IndexMap;
use mlua::ffi::{self, lua_State};
use rustc_hash::FxBuildHasher;

use crate::base::{Handle, VirtualTime};

use super::super::native::coroutine::is_own;
use super::super::vm::{self, Vm, bytes, kernel};
use super::coroutine::{self, CoId, Missed};

/// Whom a call waits for, as the caller wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callee {
    /// A handle.
    Handle(Handle),
    /// A name, or any other text.
    Name(Box<[u8]>),
}

/// Who gets the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiter {
    /// This coroutine.
    Coroutine(CoId),
    /// Nobody any more: the answer is dropped silently.
    Break,
}

/// What the coroutine did to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Call,
    Sleep,
    Wait,
    Timeout,
    Select,
}

/// An entry of `session_id_coroutine`, and of `watching_session`.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) waiter: Waiter,
    pub(super) callee: Option<Callee>,
    pub(super) reason: Reason,
    pub(super) since: VirtualTime,
    /// A wakeup that came before, while its coroutine did something else.
    pub(super) missed: Option<Missed>,
}

/// How many entries are looked through, one by one, before the rest is hashed.
const FEW: usize = 12;

/// All entries. Every message adds and removes some, and most services wait for few: those are a short list. More
/// are found by hash, which is one without a seed. Who looks at all of them gets them in order.
#[derive(Default)]
pub(super) struct Sessions {
    few: Vec<(i32, Waiting)>,
    more: IndexMap<i32, Waiting, FxBuildHasher>,
}

impl Sessions {
    #[inline]
    pub(super) fn insert(&mut self, session: i32, waiting: Waiting) {
        if let Some(index) = self.place(session) {
            self.few[index].1 = waiting;
        } else if self.few.len() < FEW && (self.more.is_empty() || !self.more.contains_key(&session)) {
            self.few.push((session, waiting));
        } else {
            self.more.insert(session, waiting);
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, session: i32) -> Option<Waiting> {
        match self.place(session) {
            Some(index) => Some(self.few.swap_remove(index).1),
            None if self.more.is_empty() => None,
            None => self.more.swap_remove(&session),
        }
    }

    pub(super) fn get(&self, session: i32) -> Option<&Waiting> {
        self.place(session).map(|index| &self.few[index].1).or_else(|| self.more.get(&session))
    }

    pub(super) fn get_mut(&mut self, session: i32) -> Option<&mut Waiting> {
        match self.place(session) {
            Some(index) => Some(&mut self.few[index].1),
            None => self.more.get_mut(&session),
        }
    }

    /// The next session after this one and who waits for it, for loops in which Lua code may run.
    pub(super) fn next_after(&self, last: i32) -> Option<(i32, Waiter)> {
        let next = self.all().filter(|(session, _)| *session > last).min_by_key(|(session, _)| *session);
        next.map(|(session, waiting)| (session, waiting.waiter))
    }

    /// Whether somebody's entry is this coroutine's.
    pub(super) fn has_waiter(&self, id: CoId) -> bool {
        self.all().any(|(_, waiting)| waiting.waiter == Waiter::Coroutine(id))
    }

    /// Everything, in the order of sessions.
    pub(super) fn in_order(&self) -> Vec<(i32, &Waiting)> {
        let mut all: Vec<(i32, &Waiting)> = self.all().collect();
        all.sort_unstable_by_key(|(session, _)| *session);
        all
    }

    /// The newest are the likeliest.
    #[inline]
    fn place(&self, session: i32) -> Option<usize> {
        self.few.iter().rposition(|(other, _)| *other == session)
    }

    fn all(&self) -> impl Iterator<Item = (i32, &Waiting)> {
        let few = self.few.iter().map(|(session, waiting)| (*session, waiting));
        few.chain(self.more.iter().map(|(session, waiting)| (*session, waiting)))
    }
}

/// Sessions at which the caution about wrapping begins (`dangerzone_low`).
const DANGER_FROM: i32 = 0x7000_0000;

/// Remembers who waits for a session. Nobody does if no coroutine of the scheduler runs.
///
/// # Safety
/// The kernel has entered the VM.
#[inline]
pub(super) unsafe fn insert(vm: *mut Vm, session: i32, callee: Option<Callee>, reason: Reason) {
    // SAFETY: see above.
    unsafe {
        let since = (*(*vm).kernel).now();
        if let Some(running) = (*vm).dispatch.running {
            let missed = match reason {
                Reason::Sleep | Reason::Wait => {
                    (*vm).dispatch.coroutines.get_mut(running).and_then(|co| co.missed.take())
                }
                Reason::Call | Reason::Timeout | Reason::Select => None,
            };
            let waiting = Waiting { waiter: Waiter::Coroutine(running), callee, reason, since, missed };
            (*vm).dispatch.sessions.insert(session, waiting);
        }
    }
}

/// After a fresh session: burns the numbers that follow as long as somebody still waits for them,
/// once sessions have come near the end of their range (`checkconflict`).
///
/// # Safety
/// The kernel has entered the VM.
#[inline]
pub(super) unsafe fn keep_clear(vm: *mut Vm, session: i32) {
    // SAFETY: see above.
    unsafe {
        if session >= DANGER_FROM {
            (*vm).dispatch.sessions_wrapped = true;
        }
        if !(*vm).dispatch.sessions_wrapped {
            return;
        }
        let mut next = if session == i32::MAX { 1 } else { session + 1 };
        while (*vm).dispatch.sessions.get(next).is_some() {
            next = (*(*vm).kernel).new_session((*vm).me).0;
            next = if next == i32::MAX { 1 } else { next + 1 };
        }
    }
}

/// The address at `index` as the caller wrote it.
///
/// # Safety
/// `index` is valid.
pub unsafe fn callee(l: *mut lua_State, index: c_int) -> Callee {
    // SAFETY: lua_tolstring is used on strings only, so nothing is converted.
    unsafe {
        if ffi::lua_type(l, index) == ffi::LUA_TNUMBER {
            let mut whole = 0;
            let number = ffi::lua_tointegerx(l, index, &mut whole);
            return Callee::Handle(Handle(number as u32));
        }
        let text = if ffi::lua_type(l, index) == ffi::LUA_TSTRING { bytes(l, index) } else { b"" };
        Callee::Name(text.into())
    }
}

/// `adopt(thread)`: the scheduler may resume it; returns nothing.
pub(super) unsafe extern "C-unwind" fn adopt(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTHREAD);
        ffi::lua_settop(l, 1);
        let thread = ffi::lua_tothread(l, 1);
        if is_own(thread) || (*vm::vm(l)).dispatch.coroutines.of_thread(thread).is_some() {
            return 0;
        }
        let id = coroutine::adopt_top(vm::vm(l), l, thread);
        coroutine::make_known(vm::vm(l), id);
        0
    }
}

/// `release(thread)`: the scheduler forgets it.
pub(super) unsafe extern "C-unwind" fn release(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTHREAD);
        let record = vm::vm(l);
        if let Some(id) = (*record).dispatch.coroutines.of_thread(ffi::lua_tothread(l, 1)) {
            coroutine::release(record, id);
        }
        0
    }
}

/// `expect(session, thread [, address])`: the answer resumes `thread`, which was adopted.
pub(super) unsafe extern "C-unwind" fn expect(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let session = ffi::luaL_checkinteger(l, 1) as i32;
        ffi::luaL_checktype(l, 2, ffi::LUA_TTHREAD);
        let record = vm::vm(l);
        let Some(id) = (*record).dispatch.coroutines.of_thread(ffi::lua_tothread(l, 2)) else { return 0 };
        let callee = (ffi::lua_type(l, 3) > ffi::LUA_TNIL).then(|| callee(l, 3));
        let since = kernel(l).now();
        let waiting = Waiting { waiter: Waiter::Coroutine(id), callee, reason: Reason::Select, since, missed: None };
        (*record).dispatch.sessions.insert(session, waiting);
        0
    }
}

/// `abandon(session)`: whatever comes for it is dropped silently.
pub(super) unsafe extern "C-unwind" fn abandon(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let session = ffi::luaL_checkinteger(l, 1) as i32;
        if let Some(waiting) = (*vm::vm(l)).dispatch.sessions.get_mut(session) {
            waiting.waiter = Waiter::Break;
            waiting.callee = None;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    fn since(nanos: u64) -> Waiting {
        let since = VirtualTime::from_nanos(nanos);
        Waiting { waiter: Waiter::Break, callee: None, reason: Reason::Wait, since, missed: None }
    }

    proptest! {
        /// Some are in a list and some are found by hash, and nobody can tell.
        #[test]
        fn as_one_map(steps in prop::collection::vec((0..4, 0..40), 0..200)) {
            let (mut sessions, mut model) = (Sessions::default(), BTreeMap::new());
            for (number, (what, session)) in steps.into_iter().enumerate() {
                let number = number as u64;
                match what {
                    0 => {
                        sessions.insert(session, since(number));
                        model.insert(session, since(number).since);
                    }
                    1 => prop_assert_eq!(sessions.remove(session).map(|gone| gone.since), model.remove(&session)),
                    2 => prop_assert_eq!(sessions.get(session).map(|here| here.since), model.get(&session).copied()),
                    _ => {
                        let next = model.range(session + 1..).next().map(|(next, _)| *next);
                        prop_assert_eq!(sessions.next_after(session).map(|(next, _)| next), next);
                        let here = sessions.get_mut(session).map(|here| here.since);
                        prop_assert_eq!(here, model.get(&session).copied());
                        let order = sessions.in_order().into_iter().map(|(session, here)| (session, here.since));
                        prop_assert!(order.eq(model.clone()));
                    }
                }
            }
        }
    }
}
