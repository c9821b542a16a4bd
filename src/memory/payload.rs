//! Message payloads: owned once, not copied on their way, and real pointers, as native modules
//! expect. They live in an arena of the simulation, so that even a pointer that Lua prints or hashes
//! is the same in every run. A pointer that comes back from Lua is checked before it is used.

use std::ptr;

use super::arena::{Arena, BLOCK_BYTES};

/// In front of every payload. 16 bytes, so that the data stays aligned to 16.
#[repr(C)]
struct Header {
    /// In bytes; at most [`PAYLOAD_MAX`].
    capacity: u32,
    /// How many of them are written.
    written: u32,
    holder: Holder,
    note: Note,
}

/// What the writer of a payload leaves for its reader, who can do without: zeros unless it was set. Code that got
/// the payload as a pointer may have changed the bytes since.
pub type Note = [u8; 7];

const HEADER: usize = size_of::<Header>();

/// The largest payload: half of the room that all of them have.
const PAYLOAD_MAX: usize = BLOCK_BYTES / 2;

/// Who frees a payload.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    /// A [`Payload`] value.
    Owned,
    /// Code that got it as a pointer.
    Lent,
}

/// The arena of one simulation's payloads. Lives at the start of its own block, where every payload
/// finds it by rounding its address down.
struct Store {
    arena: Box<Arena>,
    /// One bit for every 16 bytes: a payload starts here and is alive.
    live: Vec<u64>,
    /// Payloads held by `Payload` values (not those lent to Lua).
    owned: usize,
    /// The `PayloadStore` is gone; the last payload frees the block.
    orphaned: bool,
}

/// Owner of the arena that payloads come from.
pub struct PayloadStore(*mut Store);

/// Bytes of a message. Empty payloads allocate nothing.
pub struct Payload {
    data: *mut u8,
    length: usize,
}

impl PayloadStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> PayloadStore {
        let mut arena = Arena::new(0);
        // The first allocation is at the start of the block: room for the way back to the store.
        let anchor = arena.allocate(HEADER).cast::<*mut Store>();
        let store = Box::into_raw(Box::new(Store { arena, live: Vec::new(), owned: 0, orphaned: false }));
        // SAFETY: 16 fresh bytes of the arena.
        unsafe { anchor.write(store) };
        PayloadStore(store)
    }

    /// A payload of `capacity` bytes with none used yet.
    ///
    /// # Panics
    /// When there is no room: see [`PayloadStore::try_allocate`].
    #[must_use]
    pub fn allocate(&self, capacity: usize) -> Payload {
        self.try_allocate(capacity).expect("out of memory: the messages of one simulation exceed 4 GiB")
    }

    /// The same, for sizes that services choose: `None` if the messages of one simulation would
    /// exceed 4 GiB.
    #[must_use]
    pub fn try_allocate(&self, capacity: usize) -> Option<Payload> {
        if capacity > PAYLOAD_MAX {
            return None;
        }
        // SAFETY: the store lives until this value is dropped; no other reference to it is held
        // across this call (all accesses are short, in this file).
        let store = unsafe { &mut *self.0 };
        let block = store.arena.allocate(HEADER + capacity);
        if block.is_null() {
            return None;
        }
        // SAFETY: at least HEADER bytes, aligned to 16.
        unsafe {
            let header = Header { capacity: capacity as u32, written: 0, holder: Holder::Owned, note: [0; 7] };
            block.cast::<Header>().write(header);
        };
        store.mark(block as usize, true);
        store.owned += 1;
        Some(Payload { data: (block as usize + HEADER) as *mut u8, length: 0 })
    }

    /// A copy of `bytes`.
    ///
    /// # Panics
    /// As [`PayloadStore::allocate`].
    #[must_use]
    pub fn copy(&self, bytes: &[u8]) -> Payload {
        self.try_copy(bytes).expect("out of memory: the messages of one simulation exceed 4 GiB")
    }

    /// The same, for bytes that services choose: `None` if there is no room.
    #[must_use]
    pub fn try_copy(&self, bytes: &[u8]) -> Option<Payload> {
        let mut payload = self.try_allocate(bytes.len())?;
        // SAFETY: fresh memory of that capacity.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), payload.data, bytes.len()) };
        // SAFETY: just written.
        unsafe { payload.set_len(bytes.len()) };
        Some(payload)
    }

    /// The address of the 4 GiB block that all payloads lie in.
    #[must_use]
    pub fn block(&self) -> usize {
        // SAFETY: as in `allocate`.
        unsafe { (*self.0).arena.block() }
    }

    /// The live payload at an address that came from outside, if it holds `length` bytes there.
    #[must_use]
    pub fn find(&self, data: *const u8, length: usize) -> Option<*const u8> {
        // SAFETY: as in `allocate`.
        let store = unsafe { &*self.0 };
        let block = (data as usize).wrapping_sub(HEADER);
        if block & !(BLOCK_BYTES - 1) != store.arena.block() || !store.is_live(block) {
            return None;
        }
        // SAFETY: the bit says that a payload starts here; its header says how much of it is written.
        let written = unsafe { (*(block as *const Header)).written };
        (length <= written as usize).then_some(data)
    }

    /// The note of the live payload that is all of these bytes; zeros if there is none.
    #[must_use]
    #[inline]
    #[expect(clippy::not_unsafe_ptr_arg_deref, reason = "the pointer is checked before it is followed")]
    pub fn note(&self, data: *const u8, length: usize) -> Note {
        if self.find(data, length).is_none() {
            return [0; 7];
        }
        // SAFETY: `find` says that a payload is there.
        let header = unsafe { &*data.sub(HEADER).cast::<Header>() };
        if header.written as usize == length { header.note } else { [0; 7] }
    }

    /// Takes back a payload that was lent to Lua by [`Payload::into_raw`]; `None` if no live payload
    /// of at least that length is there, or if it was not lent.
    #[must_use]
    #[expect(clippy::not_unsafe_ptr_arg_deref, reason = "the pointer is checked before it is followed")]
    pub fn reclaim(&self, data: *mut u8, length: usize) -> Option<Payload> {
        self.find(data, length)?;
        // SAFETY: `find` says that a payload is there, so its header is in front of it.
        let header = unsafe { &mut *data.sub(HEADER).cast::<Header>() };
        if header.holder == Holder::Owned {
            return None;
        }
        header.holder = Holder::Owned;
        // SAFETY: as in `allocate`.
        unsafe { (*self.0).owned += 1 };
        Some(Payload { data, length })
    }
}

impl Default for PayloadStore {
    fn default() -> Self {
        PayloadStore::new()
    }
}

impl Drop for PayloadStore {
    fn drop(&mut self) {
        // SAFETY: we own the store; if payloads are still held, the last of them frees it.
        unsafe {
            (*self.0).orphaned = true;
            if (*self.0).owned == 0 {
                drop(Box::from_raw(self.0));
            }
        }
    }
}

impl Store {
    fn is_live(&self, block: usize) -> bool {
        let index = (block & (BLOCK_BYTES - 1)) >> 4;
        block.is_multiple_of(16) && self.live.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    #[inline(always)]
    fn mark(&mut self, block: usize, alive: bool) {
        let index = (block & (BLOCK_BYTES - 1)) >> 4;
        if index / 64 >= self.live.len() {
            self.live.resize((index / 64 + 1).next_power_of_two(), 0);
        }
        let word = &mut self.live[index / 64];
        *word = *word & !(1 << (index % 64)) | u64::from(alive) << (index % 64);
    }
}

impl Payload {
    /// No bytes, no memory.
    pub const EMPTY: Payload = Payload { data: ptr::null_mut(), length: 0 };

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        if self.data.is_null() {
            return &[];
        }
        // SAFETY: `length` bytes at `data` were written, and belong to this value.
        unsafe { std::slice::from_raw_parts(self.data, self.length) }
    }

    /// Where the bytes are; null for an empty payload.
    #[must_use]
    pub fn as_ptr(&self) -> *mut u8 {
        self.data
    }

    /// Bytes that belong to somebody else, for the length of a call. Must be given up with
    /// [`Payload::forget`], never dropped.
    ///
    /// # Safety
    /// `length` bytes at `data` stay readable until then.
    #[must_use]
    pub unsafe fn borrowed(data: *mut u8, length: usize) -> Payload {
        Payload { data, length }
    }

    /// Gives up the bytes without freeing them.
    pub fn forget(&mut self) {
        self.data = ptr::null_mut();
        self.length = 0;
    }

    /// Declares the first `length` bytes written.
    ///
    /// # Safety
    /// They are, `length` is within the capacity, and the payload is not [`Payload::borrowed`].
    pub unsafe fn set_len(&mut self, length: usize) {
        self.length = length;
        if !self.data.is_null() {
            // SAFETY: the payload is alive, so its header is in front of it.
            unsafe { (*self.data.sub(HEADER).cast::<Header>()).written = length as u32 };
        }
    }

    /// Leaves a note.
    pub fn set_note(&mut self, note: Note) {
        if !self.data.is_null() {
            // SAFETY: the payload is alive, so its header is in front of it.
            unsafe { (*self.data.sub(HEADER).cast::<Header>()).note = note };
        }
    }

    /// Gives the payload away as a pointer and a length, as `skynet.pack` does in Lua. It stays
    /// alive until [`PayloadStore::reclaim`].
    #[must_use]
    pub fn into_raw(self) -> (*mut u8, usize) {
        let raw = (self.data, self.length);
        if !self.data.is_null() {
            // SAFETY: the payload is alive, so its store and its header are.
            unsafe {
                (*self.store()).owned -= 1;
                (*self.data.sub(HEADER).cast::<Header>()).holder = Holder::Lent;
            }
        }
        std::mem::forget(self);
        raw
    }

    fn store(&self) -> *mut Store {
        let block = self.data as usize & !(BLOCK_BYTES - 1);
        // SAFETY: the block of every payload begins with the pointer to its store.
        unsafe { (block as *const *mut Store).read() }
    }
}

impl Drop for Payload {
    #[inline]
    fn drop(&mut self) {
        if self.data.is_null() {
            return;
        }
        // SAFETY: the payload is alive, hence its store; the block and its size are as allocated.
        unsafe {
            let store = self.store();
            let block = self.data.sub(HEADER);
            let capacity = (*block.cast::<Header>()).capacity as usize;
            (*store).mark(block as usize, false);
            (*store).arena.release(block, HEADER + capacity);
            (*store).owned -= 1;
            if (*store).orphaned && (*store).owned == 0 {
                drop(Box::from_raw(store));
            }
        }
    }
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.bytes().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_pointers_are_refused() {
        let store = PayloadStore::new();
        let payload = store.copy(b"hello");
        let address = payload.as_ptr();
        assert!(store.find(address, 5).is_some());
        assert!(store.find(address, 6).is_none());
        assert!(store.find(address.wrapping_add(1), 1).is_none());
        assert!(store.find(ptr::null(), 0).is_none());
        assert!(store.find(8 as *const u8, 0).is_none());
        drop(payload);
        assert!(store.find(address, 5).is_none(), "freed");
    }

    #[test]
    fn what_was_not_written_is_not_there() {
        let store = PayloadStore::new();
        let mut payload = store.allocate(64);
        // SAFETY: three fresh bytes of 64.
        unsafe {
            ptr::copy_nonoverlapping(b"abc".as_ptr(), payload.as_ptr(), 3);
            payload.set_len(3);
        }
        assert!(store.find(payload.as_ptr(), 3).is_some());
        assert!(store.find(payload.as_ptr(), 4).is_none());
    }

    #[test]
    fn a_note_is_of_all_of_the_bytes() {
        let store = PayloadStore::new();
        let mut payload = store.copy(b"abc");
        payload.set_note([1, 2, 3, 4, 5, 6, 7]);
        let data = payload.as_ptr();
        assert_eq!(store.note(data, 3), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(store.note(data, 2), [0; 7]);
        drop(payload);
        assert_eq!(store.note(data, 3), [0; 7], "freed");
        let again = store.copy(b"abc");
        assert_eq!((again.as_ptr(), store.note(data, 3)), (data, [0; 7]), "the same place, and no note");
    }

    #[test]
    fn payloads_may_outlive_their_store() {
        let store = PayloadStore::new();
        let payload = store.copy(b"last");
        drop(store);
        assert_eq!(payload.bytes(), b"last");
    }

    #[test]
    fn lent_payloads_come_back() {
        let store = PayloadStore::new();
        let (data, length) = store.copy(b"abc").into_raw();
        let back = store.reclaim(data, length).expect("still alive");
        assert_eq!(back.bytes(), b"abc");
        assert!(store.reclaim(8 as *mut u8, 0).is_none());
        assert!(store.reclaim(data, length).is_none(), "owned by `back`");
    }
}
