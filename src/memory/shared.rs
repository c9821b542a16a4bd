//! Memory that many arenas point into: filled once, then read-only for the whole process. Like an
//! arena it lies at a fixed place of a 4 GiB block, far from where arenas are filled, so that the low
//! 32 bits of its addresses are always the same and never those of an arena.

use std::ffi::c_void;

use super::arena::{BLOCK_BYTES, give_block, take_block};

/// Where in its block a region begins.
const OFFSET: usize = 0xf000_0000;

/// A region that is still being filled, or (see [`SharedRegion::seal`]) read-only.
pub struct SharedRegion {
    start: usize,
    words: usize,
}

impl SharedRegion {
    /// A region of zeros.
    ///
    /// # Panics
    /// If it would be larger than what is left of its block.
    #[must_use]
    pub fn new(words: usize) -> SharedRegion {
        assert!(words * 8 < BLOCK_BYTES - OFFSET, "bug in skysim: a shared region of {words} words");
        SharedRegion { start: take_block() + OFFSET, words }
    }

    /// The address of its first word; all of it is aligned to a page.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// What it holds, to be filled.
    pub fn words_mut(&mut self) -> &mut [u64] {
        // SAFETY: the block is ours, mapped, and aligned; `&mut self` says that nobody else looks.
        unsafe { std::slice::from_raw_parts_mut(self.start as *mut u64, self.words) }
    }

    /// Makes it read-only: whoever writes to it from now on ends the process.
    pub fn seal(&self) {
        self.protect(libc::PROT_READ);
    }

    fn protect(&self, protection: i32) {
        // SAFETY: the pages belong to this region alone.
        let status = unsafe { libc::mprotect(self.start as *mut c_void, self.words * 8, protection) };
        assert!(status == 0, "bug in skysim: memory cannot be protected: {}", std::io::Error::last_os_error());
    }
}

impl Drop for SharedRegion {
    fn drop(&mut self) {
        self.protect(libc::PROT_READ | libc::PROT_WRITE);
        give_block(self.start - OFFSET, OFFSET, self.words * 8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_the_same_low_bits() {
        let (mut one, two) = (SharedRegion::new(3), SharedRegion::new(3));
        assert_eq!(one.start() % BLOCK_BYTES, two.start() % BLOCK_BYTES);
        one.words_mut().copy_from_slice(&[1, 2, 3]);
        one.seal();
        // SAFETY: sealed memory can still be read.
        assert_eq!(unsafe { (one.start() as *const u64).add(2).read() }, 3);
        drop(one);
        assert_eq!(SharedRegion::new(3).words_mut(), [0, 0, 0], "a block is clean when it comes back");
    }
}
