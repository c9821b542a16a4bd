//! How many pairs the tables of a packed message have, told by who packs to who unpacks: a table that is made with
//! the right size need not grow, and to count the pairs again takes a look at every byte. What is told is what
//! [`Scanner`](super::unpack) would find, so that a message without it unpacks to the same tables.

use crate::memory::Note;

/// Tables that a note has room for.
pub(super) const TABLES_MAX: usize = 6;
/// The scanner looks at so many bytes in one go. Longer messages are not noted.
pub(super) const BYTES_MAX: usize = 1024;
/// It counts so many tables inside each other. Deeper ones are not noted.
pub(super) const DEPTH_MAX: u32 = 8;

/// The pairs of the tables, in the order in which they begin.
#[derive(Clone, Copy)]
pub(super) struct Tables {
    pairs: [u8; TABLES_MAX],
    /// How many there are; beyond [`TABLES_MAX`] they cannot be told.
    count: usize,
}

impl Tables {
    pub(super) const NONE: Tables = Tables { pairs: [0; TABLES_MAX], count: 0 };

    /// A table begins, so deep (1 for the outermost): its number.
    #[inline(always)]
    pub(super) fn begin(&mut self, depth: i32) -> usize {
        let mine = self.count;
        self.count += 1;
        if depth > DEPTH_MAX as i32 {
            self.give_up();
        }
        mine
    }

    /// A pair of this table.
    #[inline(always)]
    pub(super) fn add_pair(&mut self, table: usize) {
        if let Some(pairs) = self.pairs.get_mut(table) {
            *pairs = pairs.saturating_add(1);
        }
    }

    /// What comes cannot be told.
    #[inline]
    pub(super) fn give_up(&mut self) {
        self.count = self.count.max(TABLES_MAX) + 1;
    }

    /// The note for a message of so many bytes, if there is something to tell.
    #[inline(always)]
    pub(super) fn note(&self, length: usize) -> Option<Note> {
        if self.count == 0 || self.count > TABLES_MAX || length > BYTES_MAX {
            return None;
        }
        let mut note = [self.count as u8; 1 + TABLES_MAX];
        note[1..].copy_from_slice(&self.pairs);
        Some(note)
    }

    /// What a note says: the pairs, and of how many tables.
    #[inline(always)]
    pub(super) fn told(note: Note) -> ([u8; TABLES_MAX], usize) {
        let [count, pairs @ ..] = note;
        (pairs, usize::from(count).min(TABLES_MAX))
    }
}
