//! What a VM notes. The fast path is C (`lua/c/cover.c`); it asks here for functions that it does not know, and
//! tells what was not reached before.

use std::ffi::c_void;
use std::sync::Arc;

use mlua::ffi::{self, lua_State};

use super::Covering;
use super::function::Function;
use crate::lua::code::Chunk;
use crate::memory::Arena;

/// Functions that a VM knows at a time: 2 to the power of `KNOWN_BITS` in `lua/c/cover.c`.
const KNOWN: usize = 1 << 8;

// In lua/c/cover.c.
unsafe extern "C" {
    fn skysim_cover_begin(l: *mut lua_State);
    // In lua/c/shared.c.
    fn skysim_prototype(l: *mut lua_State) -> *const c_void;
}

/// What C reads and writes.
#[repr(C)]
struct Record {
    run: u32,
    owner: *const Cover,
    known: [(*const c_void, *const Function); KNOWN],
}

/// What one VM notes. Stays where it is as long as the VM lives.
pub struct Cover {
    record: Box<Record>,
    covering: Covering,
}

impl Cover {
    /// Of a VM of a run.
    #[must_use]
    pub fn boxed(covering: &Covering) -> Box<Cover> {
        let record =
            Record { run: covering.run, owner: std::ptr::null(), known: [(std::ptr::null(), std::ptr::null()); KNOWN] };
        let mut cover = Box::new(Cover { record: Box::new(record), covering: covering.clone() });
        cover.record.owner = &raw const *cover;
        cover
    }

    /// Notes from now on what threads of a state run, and the coroutines that they make.
    ///
    /// # Safety
    /// The threads belong to the state of `arena`, which this outlives; neither runs.
    pub unsafe fn begin(&mut self, arena: &mut Arena, threads: &[*mut lua_State]) {
        arena.set_cover((&raw mut *self.record).cast());
        for thread in threads {
            // SAFETY: as the caller promises.
            unsafe { skysim_cover_begin(*thread) };
        }
    }
}

/// The function of a prototype, or null. All functions live as long as what they are counted in.
#[unsafe(no_mangle)]
unsafe extern "C" fn skysim_cover_find(owner: *const Cover, prototype: *const c_void) -> *const Function {
    // SAFETY: C hands on the owner of a live record, and a prototype that runs. The pointer stays good: the
    // function is kept by the coverage, which the owner holds.
    unsafe { (*owner).covering.coverage.find(prototype).map_or(std::ptr::null(), |function| Arc::as_ptr(&function)) }
}

/// A run has reached a slot that no run before it in number had.
#[unsafe(no_mangle)]
unsafe extern "C" fn skysim_cover_reached(function: *const Function, slot: u32, run: u32) {
    // SAFETY: C hands on what `skysim_cover_find` gave.
    unsafe { (*function).note(slot, run) };
}

/// Shows the prototype of a chunk, in a state made for that.
pub(super) fn with_prototype(chunk: &Chunk, look: impl FnOnce(*const c_void)) {
    let mut arena = Arena::new(0);
    // SAFETY: the state uses the arena, which outlives it; only calls that do not raise are made.
    unsafe {
        let l = crate::lua::state::new_state(std::ptr::from_mut(&mut *arena).cast(), 0);
        if chunk.load(l) == ffi::LUA_OK {
            look(skysim_prototype(l));
        }
        ffi::lua_close(l);
    }
}
