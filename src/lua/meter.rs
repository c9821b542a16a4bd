//! Endless loops. Counting instructions in every run would make it up to three times slower, so:
//!
//! 1. A watchdog thread looks at how much processor time one message has taken. If it is suspiciously
//!    much, the run is broken off there ([`Halt::Suspected`]), and that is all the host's clock decides.
//! 2. The caller repeats the run with that event *metered*: its instructions are counted. If they
//!    exceed the budget the loop is reported at that very instruction, the same in every run on every
//!    machine; if not, the message was merely long and the run goes on, metered from there.
//!
//! The budget is so large that no machine runs it in the watchdog's time, so that the verdict does
//! not depend on the machine.

use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mlua::ffi::{self, lua_State};

use crate::kernel::{Halt, Incident};

use super::running;
use super::vm::{self, Vm};

/// Processor time of one message from which on it is suspected, in nanoseconds.
const SUSPICION_NS: u64 = 1_000_000_000;
/// Processor time after which even a C function that never looks at its hook is given up.
const STUCK_NS: u64 = 20_000_000_000;
/// How often the watchdog looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Instructions between two looks of the meter.
const PERIOD: c_int = 1000;
/// What else counts, in instructions, so that a loop that does most of its work in C ends in time,
/// too: an allocation, a call, the resumption of a coroutine.
const ALLOCATION: u64 = 30;
const CALL: u64 = 20;
const RESUMPTION: u64 = 50;

/// No trap is set.
const CLEAR: i32 = 0;
/// The watchdog is setting a hook.
const SETTING: i32 = 1;
/// The hook is set.
const SET: i32 = -1;

/// What the watchdog and the simulation share.
pub struct Watch {
    /// The event being handled; 0 between messages.
    event: AtomicU64,
    /// The coroutine that runs.
    active: AtomicPtr<lua_State>,
    trap: AtomicI32,
    /// Goes up while instructions are counted: a sign of life.
    beats: AtomicU64,
    over: AtomicBool,
}

/// What a watchdog does about a message that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// The run is broken off.
    Short,
    /// Instructions are counted, so it is left alone as long as they are.
    Long,
}

/// Watches the thread that made it.
pub struct Watchdog {
    watch: Arc<Watch>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Starts watching the calling thread. `stuck` is called, on the watchdog's thread, when a
    /// message has hung for 20 s in a C function that cannot be interrupted, or in a finalizer.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one thread that looks at the simulation from outside")]
    pub fn start(patience: Patience, stuck: impl Fn(u64) + Send + 'static) -> Watchdog {
        let watch = Arc::new(Watch {
            event: AtomicU64::new(0),
            active: AtomicPtr::new(std::ptr::null_mut()),
            trap: AtomicI32::new(CLEAR),
            beats: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let clock = processor_clock();
        let shared = watch.clone();
        let thread = std::thread::spawn(move || look(&shared, clock, patience, &stuck));
        Watchdog { watch, thread: Some(thread) }
    }

    /// What the simulation must know.
    #[must_use]
    pub fn watch(&self) -> Arc<Watch> {
        self.watch.clone()
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.watch.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It has nothing to tell; a panic there has been printed.
            let _ended = thread.join();
        }
    }
}

/// The clock of the calling thread's processor time.
fn processor_clock() -> libc::clockid_t {
    let mut clock = 0;
    // SAFETY: the calling thread exists.
    unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &mut clock) };
    clock
}

/// Nanoseconds on a processor clock; `None` if its thread is gone.
fn processor_time_ns(clock: libc::clockid_t) -> Option<u64> {
    // SAFETY: a timespec is plain data.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        (libc::clock_gettime(clock, &mut time) == 0).then(|| time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
    }
}

fn look(watch: &Watch, clock: libc::clockid_t, patience: Patience, stuck: &dyn Fn(u64)) {
    let (mut event, mut beats, mut since) = (0, 0, 0);
    while !watch.over.load(Ordering::SeqCst) {
        std::thread::park_timeout(LOOK_EVERY);
        let Some(now) = processor_time_ns(clock) else { return };
        let seen = watch.event.load(Ordering::SeqCst);
        let beat = watch.beats.load(Ordering::Relaxed);
        if (seen, beat) != (event, beats) {
            (event, beats, since) = (seen, beat, now);
        } else if event != 0 && now - since > STUCK_NS {
            stuck(event);
            return;
        } else if event != 0 && now - since > SUSPICION_NS && patience == Patience::Short {
            set_trap(watch, event);
        }
    }
}

/// Makes the running coroutine's next instruction break the run off. Done again while that message
/// goes on: `debug.sethook` may have been at work on the hook at the same moment.
fn set_trap(watch: &Watch, event: u64) {
    watch.trap.store(SETTING, Ordering::SeqCst);
    if watch.event.load(Ordering::SeqCst) != event {
        // It has ended meanwhile.
        watch.trap.store(CLEAR, Ordering::SeqCst);
        return;
    }
    let l = watch.active.load(Ordering::SeqCst);
    if !l.is_null() {
        // SAFETY: Lua allows a hook to be set from outside at any time. The coroutine is alive: who
        // leaves it waits in `settle` or `end` while the trap is being set.
        unsafe { ffi::lua_sethook(l, Some(break_off), ffi::LUA_MASKCOUNT, 1) };
    }
    watch.trap.store(SET, Ordering::SeqCst);
}

impl Watch {
    /// Whether the running message is to be broken off.
    pub(super) fn is_set(&self) -> bool {
        self.trap.load(Ordering::SeqCst) != CLEAR
    }

    /// A message begins.
    pub(super) fn begin(&self, event: u64) {
        self.event.store(event, Ordering::SeqCst);
    }

    /// Finalizers run; true if that is not part of a message, which has its own end.
    pub(super) fn begin_alone(&self, event: u64) -> bool {
        self.event.compare_exchange(0, event, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// It has ended: nothing of its VM may be touched any more, and a trap set at the last moment is
    /// not for the next message.
    pub(super) fn end(&self) {
        self.active.store(std::ptr::null_mut(), Ordering::SeqCst);
        self.event.store(0, Ordering::SeqCst);
        self.wait_while_setting();
        self.trap.store(CLEAR, Ordering::SeqCst);
    }

    /// Instructions are being counted.
    fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    fn wait_while_setting(&self) {
        while self.trap.load(Ordering::SeqCst) == SETTING {
            std::hint::spin_loop();
        }
    }

    /// From now on `l` runs. Called on entering and on leaving a coroutine.
    ///
    /// # Safety
    /// `l` is a live coroutine.
    #[inline]
    pub(super) unsafe fn settle(&self, l: *mut lua_State) {
        self.active.store(l, Ordering::SeqCst);
        if self.trap.load(Ordering::SeqCst) != CLEAR {
            self.wait_while_setting();
            if self.is_set() {
                // SAFETY: see above.
                unsafe { ffi::lua_sethook(l, Some(break_off), ffi::LUA_MASKCOUNT, 1) };
            }
        }
    }
}

/// Breaks the run off.
unsafe extern "C-unwind" fn break_off(l: *mut lua_State, _frame: *mut ffi::lua_Debug) {
    // SAFETY: a hook runs in a coroutine of a VM that the kernel has entered; the watchdog's view
    // outlives it.
    unsafe {
        let record = vm::vm(l);
        if (*record).watch.is_null() || !(*(*record).watch).is_set() {
            // It was meant for a message that ended at that very moment.
            ffi::lua_sethook(l, None, 0, 0);
            return;
        }
        let event = vm::kernel(l).event().0;
        vm::kernel(l).halt(Halt::Suspected { event });
        running::stop(record);
        running::unwind(l);
    }
}

/// Counts a message's instructions from here on.
///
/// # Safety
/// The kernel has entered the VM.
pub(super) unsafe fn start_metering(vm: *mut Vm, budget: u64) {
    // SAFETY: see above.
    unsafe {
        (*vm).metered = Some(budget + ALLOCATION * (*vm).arena.allocations());
        meter(vm, (*vm).main);
        meter(vm, (*vm).work);
    }
}

/// Ends counting.
///
/// # Safety
/// As for [`start_metering`].
pub(super) unsafe fn stop_metering(vm: *mut Vm) {
    // SAFETY: see above. Coroutines that keep the hook lose it when it is called.
    unsafe {
        (*vm).metered = None;
        for l in [(*vm).main, (*vm).work] {
            if !l.is_null() {
                ffi::lua_sethook(l, None, 0, 0);
            }
        }
    }
}

/// Lets a coroutine that is resumed be counted.
///
/// # Safety
/// `l` is null or a live coroutine of the VM.
pub(super) unsafe fn meter(vm: *mut Vm, l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        charge(vm, RESUMPTION);
        // One that has the hook is in the middle of a period.
        let counted = |hook| std::ptr::fn_addr_eq(hook, count as ffi::lua_Hook);
        if !l.is_null() && !ffi::lua_gethook(l).is_some_and(counted) {
            ffi::lua_sethook(l, Some(count), ffi::LUA_MASKCOUNT | ffi::LUA_MASKCALL, PERIOD);
        }
    }
}

/// Takes something off the budget; what is left of it. It never gets to 0 here: that means that the
/// loop has been reported.
unsafe fn charge(vm: *mut Vm, instructions: u64) -> u64 {
    // SAFETY: the record is alive.
    unsafe {
        let Some(left) = (*vm).metered.filter(|left| *left > 0) else { return 0 };
        let left = left.saturating_sub(instructions).max(1);
        (*vm).metered = Some(left);
        left.saturating_sub(ALLOCATION * (*vm).arena.allocations())
    }
}

unsafe extern "C-unwind" fn count(l: *mut lua_State, frame: *mut ffi::lua_Debug) {
    // SAFETY: as `break_off`; Lua fills the frame's event.
    unsafe {
        let record = vm::vm(l);
        if !(*record).watch.is_null() {
            (*(*record).watch).beat();
        }
        let cost = if (*frame).event == ffi::LUA_HOOKCOUNT { PERIOD as u64 } else { CALL };
        match (*record).metered {
            None => ffi::lua_sethook(l, None, 0, 0),
            Some(_) if charge(record, cost) > 0 => {}
            Some(left) => {
                if left > 0 {
                    (*record).metered = Some(0);
                    report_endless(l, record);
                }
                running::stop(record);
                running::unwind(l);
            }
        }
    }
}

#[cold]
unsafe fn report_endless(l: *mut lua_State, record: *mut Vm) {
    // SAFETY: as `break_off`; the text is made without raising.
    unsafe {
        let handle = (*record).handle;
        let text = vm::position(l, 16).replace(" < ", "\n\t");
        let kernel = vm::kernel(l);
        let now = kernel.now();
        kernel.set_endless((*record).me);
        kernel.output.incident(now, Incident::EndlessLoop { handle, text: text.clone() });
        kernel.halt(Halt::EndlessLoop { handle, text });
    }
}
