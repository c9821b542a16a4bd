//! Size-class arenas in reserved address space. Every arena begins at a multiple of 4 GiB (plus a
//! colour chosen by its owner), so the low 32 bits of an address, which are all that Lua hashes and
//! prints, depend only on the sequence of allocations made in that arena.

use std::ffi::c_void;
use std::ptr;
use std::sync::Mutex;

/// Alignment and largest size of an arena: 4 GiB.
pub const BLOCK_BYTES: usize = 1 << 32;
/// No allocation can be larger: it would not fit into a block beside anything else.
const LARGEST: usize = BLOCK_BYTES / 2;
/// Arenas reserved at a time; one system call then serves this many services.
const BLOCKS_AT_ONCE: usize = 64;
const SMALL_MAX: usize = 512;
const SMALL_CLASSES: usize = SMALL_MAX / 16;
/// 16-byte steps to 512 bytes, then 4 classes in every doubling up to 4 GiB.
const CLASSES: usize = SMALL_CLASSES + 4 * 23;

/// What a copied state is sure to need beyond its content.
const FILL_MORE: usize = 8 << 10;

/// Reserved blocks that no arena uses now, as addresses. Which block an arena gets is invisible
/// to it: only the low 32 bits of addresses are.
static FREE_BLOCKS: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// Blocks that a small arena has left, zeros again, with their pages: giving pages back and asking for them anew
/// costs more than writing zeros, and stops the other threads of the process each time.
static WARM_BLOCKS: Mutex<Vec<WarmBlock>> = Mutex::new(Vec::new());
/// So many are kept, with so much each: at most 64 MiB.
const WARM_BLOCKS_MAX: usize = 256;
const WARM_BYTES_MAX: usize = 256 << 10;

/// A block with pages.
struct WarmBlock {
    block: usize,
    /// Where the arena began in it.
    offset: usize,
    /// How far from there it has pages.
    bytes: usize,
}

/// The class that serves `bytes`, and how much it hands out.
#[inline(always)]
fn class_of(bytes: usize) -> (usize, usize) {
    if bytes <= SMALL_MAX {
        let class = bytes.div_ceil(16).max(1);
        (class - 1, class << 4)
    } else {
        let top = bytes - 1;
        let log = (usize::BITS - 1 - top.leading_zeros()) as usize;
        let quarter = (top >> (log - 2)) & 3;
        (SMALL_CLASSES + (log - 9) * 4 + quarter, (4 + quarter + 1) << (log - 2))
    }
}

/// What an arena tells its owner when memory use passes a mark: the owner's pointer and the bytes
/// in use. Returns the next mark.
pub type Report = fn(owner: *mut c_void, used: usize) -> usize;

/// One arena. Not thread-safe; belongs to one simulation.
#[repr(C)]
pub struct Arena {
    // The first three are what `lua/c/arena.h` declares.
    /// The table of shared strings of whoever allocates here, or null; `lua/c/shared.c` reads it.
    shared: *const c_void,
    /// What notes the lines that the state reaches, or null; `lua/c/cover.c` reads it.
    cover: *const c_void,
    /// Instructions that may run before the meter is asked; `lua/c/watch.c` counts it down.
    until_look: i64,
    free: [*mut u8; CLASSES],
    bump: *mut u8,
    /// The highest `bump` there was: pages below it may have been touched.
    high: *mut u8,
    end: *mut u8,
    start: *mut u8,
    block: usize,
    /// Bytes from the start that have pages already.
    warm: usize,
    used: usize,
    limit: usize,
    report_at: usize,
    report: Option<(Report, *mut c_void)>,
    allocations: u64,
    /// The n-th allocation from now fails, once: out of memory on purpose.
    fail_in: u64,
}

/// What the panic carries with which skysim ends when the operating system gives it no address space:
/// services are made in the midst of Lua's code, where nobody could go on without.
#[derive(Debug, thiserror::Error)]
#[error(
    "skysim needs {gigabytes} GiB more of address space (not memory) and was refused: {reason}\n\
     every service has 4 GiB of it: start fewer at once (30000 is about the most), lift `ulimit -v`, or set \
     vm.overcommit_memory to 0 or 1"
)]
pub struct AddressSpaceRefused {
    /// How much was asked for.
    gigabytes: usize,
    /// What the system says.
    reason: std::io::Error,
}

/// A copy of everything an arena holds, to put back later.
pub struct ArenaImage {
    bytes: Vec<u8>,
    free: [*mut u8; CLASSES],
    used: usize,
    allocations: u64,
}

impl Arena {
    /// An empty arena. `colour` shifts its start by up to 1 MiB, so that arenas do not compete for
    /// the same cache lines; it must come from something stable, such as a service's name.
    ///
    /// # Panics
    /// When the operating system refuses address space (`ulimit -v`, or overcommit switched off).
    #[must_use]
    pub fn new(colour: u64) -> Box<Arena> {
        // Both page and line offsets differ, but little of the first page is lost.
        let offset = (colour % 251) as usize * 4096 + (colour % 16) as usize * 64;
        let (block, warm) = take_warm_block(offset).unwrap_or_else(|| (take_block(), 0));
        let start = (block + offset) as *mut u8;
        Box::new(Arena {
            shared: ptr::null(),
            cover: ptr::null(),
            until_look: 0,
            free: [ptr::null_mut(); CLASSES],
            bump: start,
            high: start,
            end: (block + BLOCK_BYTES) as *mut u8,
            start,
            block,
            warm,
            used: 0,
            limit: usize::MAX,
            report_at: usize::MAX,
            report: None,
            allocations: 0,
            fail_in: 0,
        })
    }

    /// Sets the table of shared strings, which must outlive the arena's content.
    pub fn set_shared(&mut self, table: *const c_void) {
        self.shared = table;
    }

    /// Sets what notes the lines that are reached; it must outlive the state.
    pub fn set_cover(&mut self, cover: *const c_void) {
        self.cover = cover;
    }

    /// Lets so many instructions run before the meter is asked. What was left of the last ones, or how much more than
    /// those ran, as a number below zero.
    pub fn let_run(&mut self, instructions: i64) -> i64 {
        std::mem::replace(&mut self.until_look, instructions)
    }

    /// The 4 GiB block that the arena lies in.
    #[must_use]
    pub fn block(&self) -> usize {
        self.block
    }

    /// Where its memory begins.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start as usize
    }

    /// How much room a request for `bytes` takes.
    #[must_use]
    pub fn rounded(bytes: usize) -> usize {
        class_of(bytes).1
    }

    /// Gives an empty arena its content: blocks side by side, each with its [`Arena::rounded`] size.
    /// `used` is what was asked for them, and `allocations` how many times.
    ///
    /// # Panics
    /// When something was allocated already.
    pub fn fill(&mut self, words: &[u64], used: usize, allocations: u64) -> &mut [u64] {
        assert!(self.bump == self.start, "bug in skysim: an arena that is filled is in use");
        self.bump = (self.start as usize + size_of_val(words)) as *mut u8;
        self.used = used;
        self.allocations = allocations;
        self.touch(size_of_val(words) + FILL_MORE);
        let start = self.start.cast::<u64>();
        // SAFETY: the arena is empty and as large as a block, and its start is aligned to 16 bytes;
        // the reference borrows it.
        unsafe {
            ptr::copy_nonoverlapping(words.as_ptr(), start, words.len());
            std::slice::from_raw_parts_mut(start, words.len())
        }
    }

    /// Has the system give out the first pages at once, which costs a fraction of a fault for each.
    fn touch(&self, bytes: usize) {
        #[cfg(target_os = "linux")]
        if bytes > self.warm {
            let page = self.start as usize & !4095;
            let length = self.start as usize + bytes - page;
            // SAFETY: the block is ours. Older kernels refuse, and then every page has its fault.
            unsafe { libc::madvise(page as *mut c_void, length, libc::MADV_POPULATE_WRITE) };
        }
    }

    /// Bytes in use, exactly as asked for.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used
    }

    /// Bytes from the first to the last that was ever in use: what [`Arena::save`] copies.
    #[must_use]
    pub fn extent(&self) -> usize {
        self.bump as usize - self.start as usize
    }

    /// Allocations made so far: a free, deterministic measure of work.
    #[must_use]
    pub fn allocations(&self) -> u64 {
        self.allocations
    }

    /// Refuses to grow beyond `bytes` from now on.
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// Leaves at most so many bytes beyond what is in use. Returns the limit before.
    pub fn tighten(&mut self, left: usize) -> usize {
        let before = self.limit;
        self.limit = before.min(self.used.saturating_add(left));
        before
    }

    /// Takes limit, mark and planned failure away, to be given back to [`Arena::put_limits`].
    pub fn lift_limits(&mut self) -> (usize, usize, u64) {
        let limits = (self.limit, self.report_at, self.fail_in);
        (self.limit, self.report_at, self.fail_in) = (usize::MAX, usize::MAX, 0);
        limits
    }

    /// Puts them back.
    pub fn put_limits(&mut self, limits: (usize, usize, u64)) {
        (self.limit, self.report_at, self.fail_in) = limits;
    }

    /// Calls `report` when more than `mark` bytes are in use.
    pub fn set_report(&mut self, mark: usize, report: Report, owner: *mut c_void) {
        self.report_at = mark;
        self.report = Some((report, owner));
    }

    /// Makes the `nth` allocation from now fail (1 is the next).
    pub fn fail_in(&mut self, nth: u64) {
        self.fail_in = nth;
    }

    /// Copies out everything that is in use.
    #[must_use]
    pub fn save(&self) -> ArenaImage {
        let length = self.extent();
        // SAFETY: start..bump was handed out by this arena and is readable.
        let bytes = unsafe { std::slice::from_raw_parts(self.start, length) }.to_vec();
        ArenaImage { bytes, free: self.free, used: self.used, allocations: self.allocations }
    }

    /// Puts an image of this same arena back: afterwards it is as it was when saved.
    pub fn restore(&mut self, image: &ArenaImage) {
        // SAFETY: the image came from this arena, so its bytes fit where they were; nothing else
        // may read or write the arena during this call, as `&mut self` says.
        unsafe { ptr::copy_nonoverlapping(image.bytes.as_ptr(), self.start, image.bytes.len()) };
        self.high = self.high.max(self.bump);
        self.bump = (self.start as usize + image.bytes.len()) as *mut u8;
        self.free = image.free;
        self.used = image.used;
        self.allocations = image.allocations;
    }

    #[inline(always)]
    fn take(&mut self, bytes: usize) -> *mut u8 {
        if bytes > LARGEST {
            return ptr::null_mut();
        }
        let (class, size) = class_of(bytes);
        let head = self.free[class];
        if !head.is_null() {
            // SAFETY: a block on a free list is at least 16 bytes of ours and holds the next link.
            self.free[class] = unsafe { head.cast::<*mut u8>().read() };
            return head;
        }
        if size > self.end as usize - self.bump as usize {
            return ptr::null_mut();
        }
        let taken = self.bump;
        self.bump = (taken as usize + size) as *mut u8;
        taken
    }

    #[inline(always)]
    fn give(&mut self, block: *mut u8, bytes: usize) {
        let (class, _) = class_of(bytes);
        // SAFETY: the caller returns a block of this class that it no longer uses.
        unsafe { block.cast::<*mut u8>().write(self.free[class]) };
        self.free[class] = block;
    }

    /// Allocates; null when the limit or the address space is reached.
    #[inline(always)]
    pub fn allocate(&mut self, bytes: usize) -> *mut u8 {
        self.allocations += 1;
        if self.fail_in != 0 {
            self.fail_in -= 1;
            if self.fail_in == 0 {
                return ptr::null_mut();
            }
        }
        if bytes > LARGEST || self.used + bytes > self.limit {
            return ptr::null_mut();
        }
        let taken = self.take(bytes);
        if !taken.is_null() {
            self.grown(bytes);
        }
        taken
    }

    #[inline(always)]
    fn grown(&mut self, bytes: usize) {
        self.used += bytes;
        if self.used > self.report_at {
            self.tell_owner();
        }
    }

    #[cold]
    fn tell_owner(&mut self) {
        if let Some((report, owner)) = self.report {
            self.report_at = report(owner, self.used);
        }
    }

    /// Takes a block back. `bytes` is the size it was allocated with.
    ///
    /// # Safety
    /// `block` came from this arena with this size, and nobody uses it any more.
    #[inline(always)]
    pub unsafe fn release(&mut self, block: *mut u8, bytes: usize) {
        self.give(block, bytes);
        self.used -= bytes;
    }

    /// Moves a block to a new size; null (and nothing changed) when it may not grow.
    ///
    /// # Safety
    /// As for [`Arena::release`].
    #[inline(always)]
    pub unsafe fn resize(&mut self, block: *mut u8, from: usize, to: usize) -> *mut u8 {
        if to > LARGEST || to > from && self.used - from + to > self.limit {
            return ptr::null_mut();
        }
        if class_of(from).0 == class_of(to).0 {
            self.used -= from;
            self.grown(to);
            return block;
        }
        self.allocations += 1;
        let moved = self.take(to);
        if moved.is_null() {
            // Lua relies on shrinking never failing.
            return if to < from { block } else { moved };
        }
        // SAFETY: both blocks are ours and apart; each holds at least the smaller size.
        unsafe { ptr::copy_nonoverlapping(block, moved, from.min(to)) };
        self.give(block, from);
        self.used -= from;
        self.grown(to);
        moved
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let offset = self.start as usize - self.block;
        let bytes = self.high.max(self.bump) as usize - self.start as usize;
        if !give_warm_block(self.block, offset, bytes, self.warm) {
            give_block(self.block, offset, bytes.max(self.warm));
        }
    }
}

/// Keeps a block of which `bytes` at `offset` were used, and `warm` have pages; false if it is too large, or enough
/// are kept.
fn give_warm_block(block: usize, offset: usize, bytes: usize, warm: usize) -> bool {
    if bytes > WARM_BYTES_MAX {
        return false;
    }
    // Before the list is locked: other threads would wait for it.
    // SAFETY: the block is the caller's, who gives it away.
    unsafe { ptr::write_bytes((block + offset) as *mut u8, 0, bytes) };
    let mut kept = WARM_BLOCKS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if kept.len() == WARM_BLOCKS_MAX {
        return false;
    }
    kept.push(WarmBlock { block, offset, bytes: bytes.max(warm) });
    true
}

/// A block that an arena with this offset has left, and how far it has pages.
fn take_warm_block(offset: usize) -> Option<(usize, usize)> {
    let mut kept = WARM_BLOCKS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let place = kept.iter().rposition(|warm| warm.offset == offset)?;
    let WarmBlock { block, bytes, .. } = kept.swap_remove(place);
    Some((block, bytes))
}

/// Takes a block back of which `bytes` at `offset` were used; whoever gets it next reads zeros.
pub(super) fn give_block(block: usize, offset: usize, bytes: usize) {
    // Pages have at most this size.
    let page = offset & !0xffff;
    // SAFETY: the block is the caller's, who gives it away; whole pages are dropped.
    unsafe { libc::madvise((block + page) as *mut c_void, offset + bytes - page, libc::MADV_DONTNEED) };
    FREE_BLOCKS.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(block);
}

/// A block of 4 GiB of zeros.
pub(super) fn take_block() -> usize {
    let mut free = FREE_BLOCKS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if free.is_empty() {
        let base = reserve(BLOCKS_AT_ONCE);
        free.extend((0..BLOCKS_AT_ONCE).rev().map(|index| base + index * BLOCK_BYTES));
    }
    free.pop().expect("bug in skysim: reserved blocks are gone")
}

/// Reserves address space for `blocks` blocks, aligned to a block. No memory is used yet.
fn reserve(blocks: usize) -> usize {
    let wanted = blocks * BLOCK_BYTES;
    // SAFETY: an anonymous private mapping at an address of the system's choice.
    let mapped = unsafe {
        libc::mmap(
            ptr::null_mut(),
            wanted + BLOCK_BYTES,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if mapped == libc::MAP_FAILED {
        let (gigabytes, reason) = ((wanted + BLOCK_BYTES) >> 30, std::io::Error::last_os_error());
        std::panic::panic_any(AddressSpaceRefused { gigabytes, reason });
    }
    (mapped as usize).next_multiple_of(BLOCK_BYTES)
}

/// The allocation function in the form that Lua calls (`lua_Alloc`); `arena` is an [`Arena`].
///
/// # Safety
/// Called by Lua only, with the arena that its state was made with.
#[unsafe(export_name = "skysim_lua_alloc")]
pub unsafe extern "C" fn lua_alloc(arena: *mut c_void, block: *mut c_void, from: usize, to: usize) -> *mut c_void {
    // SAFETY: the state was made with this arena, which outlives it; Lua is in no other call to it.
    let arena = unsafe { &mut *arena.cast::<Arena>() };
    let block = block.cast::<u8>();
    let moved = match (block.is_null(), to) {
        (true, 0) => ptr::null_mut(),
        (true, _) => arena.allocate(to),
        (false, 0) => {
            // SAFETY: Lua returns what it allocated, with its size.
            unsafe { arena.release(block, from) };
            ptr::null_mut()
        }
        // SAFETY: as above.
        (false, _) => unsafe { arena.resize(block, from, to) },
    };
    moved.cast()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn classes_are_big_enough_and_in_order() {
        let mut last = 0;
        for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, (1 << 32) - 1]) {
            let (class, size) = class_of(bytes);
            assert!(size >= bytes && class >= last && class < CLASSES);
            assert_eq!(class_of(size), (class, size));
            last = class;
        }
    }

    #[test]
    fn a_failed_allocation_on_purpose_fails_once() {
        let mut arena = Arena::new(0);
        arena.fail_in(2);
        assert!(!arena.allocate(8).is_null());
        assert!(arena.allocate(8).is_null());
        assert!(!arena.allocate(8).is_null());
    }

    #[test]
    fn pages_used_before_a_restore_are_dropped_too() {
        let mut arena = Arena::new(0);
        let image = arena.save();
        let (bytes, block) = (1 << 20, arena.block());
        let taken = arena.allocate(bytes);
        // SAFETY: fresh bytes of the arena.
        unsafe { taken.add(bytes - 1).write(1) };
        arena.restore(&image);
        drop(arena);
        let last = (taken as usize + bytes - 1) as *const u8;
        // The block may have gone to another arena of this process meanwhile: then it is its own again.
        let again: Vec<Box<Arena>> = std::iter::repeat_with(|| Arena::new(0))
            .take(BLOCKS_AT_ONCE * 2)
            .take_while(|arena| arena.block() != block)
            .collect();
        assert!(again.len() < BLOCKS_AT_ONCE * 2, "the block came back");
        // SAFETY: the block is still reserved, hence readable.
        assert_eq!(unsafe { last.read() }, 0, "the next arena reads zeros");
    }

    proptest! {
        /// Low address bits depend on the operations alone, and an image brings them all back.
        #[test]
        fn addresses_are_a_function_of_the_operations(sizes in prop::collection::vec(1_usize..3000, 1..60), colour: u64) {
            let run = |arena: &mut Arena| {
                let mut live: Vec<(*mut u8, usize)> = Vec::new();
                let mut seen = Vec::new();
                for &size in &sizes {
                    if size % 3 == 0 && let Some((block, bytes)) = live.pop() {
                        // SAFETY: allocated below with this size, and forgotten here.
                        unsafe { arena.release(block, bytes) };
                    }
                    let block = arena.allocate(size);
                    seen.push(block as usize & 0xffff_ffff);
                    live.push((block, size));
                }
                seen
            };
            let (mut one, mut two) = (Arena::new(colour), Arena::new(colour));
            let image = one.save();
            let first = run(&mut one);
            prop_assert_eq!(&first, &run(&mut two));
            one.restore(&image);
            prop_assert_eq!(&first, &run(&mut one));
        }
    }
}
