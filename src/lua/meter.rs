//! Endless loops. Counting instructions in every run would make it up to three times slower, so:
//!
//! 1. The `watchdog` suspects a message that takes long, and the run is broken off ([`Halt::Suspected`]).
//! 2. The caller repeats the run with that event *metered*: its instructions are counted. If they
//!    exceed the budget the loop is reported at that very instruction, the same in every run on every
//!    machine; if not, the message was merely long and the run goes on, metered from there.
//!
//! The budget is so large that no machine runs it in the watchdog's time, so that the verdict does
//! not depend on the machine. What counts is C (`lua/c/watch.c`), by a bit of Lua's `hookmask` that is no hook's: a service
//! that sets hooks sees the same, counted or not.

use std::ffi::c_int;

use mlua::ffi::lua_State;

use crate::base::Span;
use crate::kernel::{Halt, Incident};

use super::running;
use super::vm::{self, Vm};

/// Instructions between two looks of the meter.
const PERIOD: i64 = 1000;
/// What else counts, in instructions, so that a loop that does most of its work in C ends in time, too: an
/// allocation, the resumption of a coroutine. (A call of a C function: see watch.c.)
const ALLOCATION: u64 = 30;
const RESUMPTION: u64 = 50;

// In lua/c/watch.c.
unsafe extern "C" {
    fn skysim_watch(l: *mut lua_State);
    fn skysim_unwatch(l: *mut lua_State);
}

/// Lets the next instruction of a coroutine ask [`skysim_look`]; the watchdog may do it from outside.
///
/// # Safety
/// `l` is a live coroutine of one of our states.
pub(super) unsafe fn ask(l: *mut lua_State) {
    // SAFETY: as `lua_sethook`, which may be called from a signal handler: it sets bits that the interpreter looks at.
    unsafe { skysim_watch(l) };
}

/// Counts a message's instructions from here on.
///
/// # Safety
/// The kernel has entered the VM.
pub(super) unsafe fn start_metering(vm: *mut Vm, budget: u64) {
    // SAFETY: see above.
    unsafe {
        let budget = budget + ALLOCATION * (*vm).arena.allocations();
        (*vm).metered = Some(budget);
        if let Some(slow) = &mut (*vm).slow_cpu {
            slow.metered_from = budget;
        }
        (*vm).arena.let_run(PERIOD);
        meter(vm, (*vm).main);
        meter(vm, (*vm).work);
    }
}

/// Ends counting.
///
/// # Safety
/// As for [`start_metering`].
pub(super) unsafe fn stop_metering(vm: *mut Vm) {
    // SAFETY: see above. Other coroutines ask once more, and are told that nobody counts.
    unsafe {
        let left = (*vm).metered.take().unwrap_or_default();
        let since_look = PERIOD - (*vm).arena.let_run(0);
        if let Some(slow) = (*vm).slow_cpu.take() {
            let spent = slow.metered_from.saturating_sub(left).saturating_add(since_look.max(0) as u64);
            let taken_ns = slow.per_instruction.as_nanos().saturating_mul(spent);
            (*(*vm).kernel).prolong(Span::from_nanos(taken_ns));
        }
        for l in [(*vm).main, (*vm).work] {
            if !l.is_null() {
                skysim_unwatch(l);
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
        if !l.is_null() {
            ask(l);
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

/// What runs asks whether it may go on: a period is over, or nobody counts and the watchdog wants it, or did.
/// Whether it is to ask at further instructions.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn skysim_look(l: *mut lua_State) -> c_int {
    // SAFETY: watch.c asks in a coroutine of a VM that the kernel has entered, with room on its stack; the watchdog's
    // view outlives it.
    unsafe {
        let record = vm::vm(l);
        let watch = (*record).watch.as_ref();
        if watch.is_some_and(|watch| watch.is_set()) {
            let event = vm::kernel(l).event().0;
            vm::kernel(l).halt(Halt::Suspected { event });
            running::stop(record);
            running::unwind(l);
        }
        let Some(left) = (*record).metered else {
            (*record).arena.let_run(0);
            skysim_unwatch(l);
            return 0;
        };
        if let Some(watch) = watch {
            watch.beat();
        }
        let spent = PERIOD - (*record).arena.let_run(PERIOD);
        if charge(record, spent.max(0) as u64) == 0 {
            if left > 0 {
                (*record).metered = Some(0);
                report_endless(l, record);
            }
            running::stop(record);
            running::unwind(l);
        }
        1
    }
}

#[cold]
unsafe fn report_endless(l: *mut lua_State, record: *mut Vm) {
    // SAFETY: as `skysim_look`; the text is made without raising.
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
