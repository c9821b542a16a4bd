//! The allocator of VMs that become templates: it never uses a place twice, leaves a gap behind every
//! block, and knows which blocks live. What was never written is zero, and a pointer
//! to the end of a block is none to the next.

use std::ffi::{c_int, c_void};
use std::ptr;

use mlua::ffi::lua_State;

use crate::memory::Arena;

const GAP: usize = 16;

/// Where a block belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lot {
    /// Nowhere: it was given back.
    Free,
    /// Into every copy.
    Own,
    /// Into the memory that all copies share.
    Shared,
    /// As [`Lot::Shared`], and copies look for it by its content: a short string.
    SharedString,
}

/// A block that was handed out, by its distance from the arena's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) at: usize,
    pub(super) bytes: usize,
    pub(super) lot: Lot,
}

impl Block {
    /// Whether a pointer to here means this block: the place behind its end counts.
    pub(super) fn owns(&self, at: usize) -> bool {
        (self.at..=self.at + self.bytes).contains(&at)
    }
}

/// An arena and what was done with it.
pub(super) struct Recorder {
    pub(super) arena: Box<Arena>,
    /// In the order of addresses, which is that of allocations.
    pub(super) blocks: Vec<Block>,
}

impl Recorder {
    pub(super) fn new(colour: u64) -> Box<Recorder> {
        Box::new(Recorder { arena: Arena::new(colour), blocks: Vec::with_capacity(4096) })
    }

    pub(super) fn allocate(&mut self, bytes: usize) -> *mut u8 {
        let block = self.arena.allocate(bytes + GAP);
        if !block.is_null() {
            // SAFETY: just handed out, with this size. Not every system gives used blocks back clean.
            unsafe { ptr::write_bytes(block, 0, bytes + GAP) };
            self.blocks.push(Block { at: block as usize - self.arena.start(), bytes, lot: Lot::Own });
        }
        block
    }

    fn release(&mut self, block: *mut u8) {
        if let Some(block) = self.find(block as usize) {
            block.lot = Lot::Free;
        }
    }

    /// The block that begins at an address.
    fn find(&mut self, address: usize) -> Option<&mut Block> {
        let at = address.checked_sub(self.arena.start())?;
        let index = self.blocks.binary_search_by_key(&at, |block| block.at).ok()?;
        self.blocks.get_mut(index)
    }

    /// Takes strings and prototypes out of a state that was just collected in full.
    ///
    /// # Safety
    /// `l` is a state on this recorder; of what runs in it, only the collector may follow.
    pub(super) unsafe fn share(&mut self, l: *mut lua_State) {
        // SAFETY: as the caller promises; `found` gets this recorder back.
        unsafe { skysim_share(l, found, ptr::from_mut(self).cast()) };
    }
}

/// How `shared.c` says that a block is a short string.
const KIND_STRING: c_int = 0;

type Found = unsafe extern "C" fn(owner: *mut c_void, block: *const c_void, bytes: usize, kind: c_int);

// In lua/c/shared.c.
unsafe extern "C" {
    fn skysim_share(l: *mut lua_State, found: Found, owner: *mut c_void);
}

unsafe extern "C" fn found(recorder: *mut c_void, block: *const c_void, bytes: usize, kind: c_int) {
    // SAFETY: `Recorder::share` passes itself, and does nothing else meanwhile.
    let recorder = unsafe { &mut *recorder.cast::<Recorder>() };
    let block = recorder.find(block as usize).filter(|block| block.bytes == bytes && block.lot == Lot::Own);
    let block = block.expect("bug in skysim: a block to be shared is not one of the state's");
    block.lot = if kind == KIND_STRING { Lot::SharedString } else { Lot::Shared };
}

/// The allocation function in the form that Lua calls.
///
/// # Safety
/// Called by Lua only, with the [`Recorder`] that its state was made with.
pub(super) unsafe extern "C" fn allocate(
    recorder: *mut c_void,
    block: *mut c_void,
    from: usize,
    to: usize,
) -> *mut c_void {
    // SAFETY: as for the caller; Lua is in no other call to it.
    let recorder = unsafe { &mut *recorder.cast::<Recorder>() };
    let block = block.cast::<u8>();
    let moved = if to == 0 { ptr::null_mut() } else { recorder.allocate(to) };
    if !block.is_null() && (to == 0 || !moved.is_null()) {
        if to != 0 {
            // SAFETY: Lua tells the true size of its block; both hold at least the smaller one.
            unsafe { ptr::copy_nonoverlapping(block, moved, from.min(to)) };
        }
        recorder.release(block);
    }
    moved.cast()
}
