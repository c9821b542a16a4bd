//! Files as databases use them: written in the middle, cut to a size, locked, and losing single writes in
//! a crash.

use std::sync::Arc;

use crate::vfs::limits::FILE_SIZE_MAX;
use crate::vfs::tree::{Bytes, FileId, Source};
use crate::vfs::{Errno, Vfs};

/// How far a user of a file has locked it, as SQLite counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockLevel {
    /// Not at all.
    None,
    /// It reads.
    Shared,
    /// It is going to write; others may still read.
    Reserved,
    /// It waits for the readers; no new ones may come.
    Pending,
    /// It writes.
    Exclusive,
}

/// Who may have locks: one for each time that a file is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockOwner(u64);

#[derive(Clone, Copy, Debug)]
struct Held {
    file: FileId,
    owner: LockOwner,
    level: LockLevel,
}

/// All locks of a node's files.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks {
    owners: u64,
    held: Vec<Held>,
}

/// What was done to a file and may be lost in a crash.
#[derive(Clone, Debug)]
pub enum BlockChange {
    /// These bytes were written there.
    Written(u64, Box<[u8]>),
    /// The file was given this size.
    Resized(u64),
}

impl Vfs {
    /// Someone else who may lock files.
    pub fn lock_owner(&mut self) -> LockOwner {
        self.locks.owners += 1;
        LockOwner(self.locks.owners)
    }

    /// Raises a lock; false if the locks of others do not allow it. Who asks for [`LockLevel::Exclusive`] and
    /// meets readers keeps new ones away from then on.
    pub fn lock(&mut self, file: FileId, owner: LockOwner, wanted: LockLevel) -> bool {
        let others = self.locks.held.iter().filter(|held| held.file == file && held.owner != owner);
        let strictest = others.map(|held| held.level).max().unwrap_or(LockLevel::None);
        let (level, granted) = match wanted {
            LockLevel::None => return true,
            LockLevel::Shared => (wanted, strictest < LockLevel::Pending),
            LockLevel::Reserved => (wanted, strictest < LockLevel::Reserved),
            LockLevel::Pending | LockLevel::Exclusive if strictest >= LockLevel::Reserved => return false,
            LockLevel::Pending | LockLevel::Exclusive if strictest == LockLevel::Shared => {
                self.set_lock(file, owner, LockLevel::Pending);
                return false;
            }
            LockLevel::Pending | LockLevel::Exclusive => (wanted, true),
        };
        if granted {
            self.set_lock(file, owner, level);
        }
        granted
    }

    /// Lowers a lock.
    pub fn unlock(&mut self, file: FileId, owner: LockOwner, level: LockLevel) {
        self.set_lock(file, owner, level);
    }

    /// Whether somebody is going to write to the file.
    #[must_use]
    pub fn is_reserved(&self, file: FileId) -> bool {
        self.locks.held.iter().any(|held| held.file == file && held.level >= LockLevel::Reserved)
    }

    fn set_lock(&mut self, file: FileId, owner: LockOwner, level: LockLevel) {
        self.locks.held.retain(|held| held.file != file || held.owner != owner);
        if level != LockLevel::None {
            self.locks.held.push(Held { file, owner, level });
        }
    }

    /// Gives an open file another size; what is new is zeros.
    ///
    /// # Errors
    /// As for [`Vfs::write_at`].
    pub fn resize(&mut self, file: FileId, size: u64, now: i64) -> Result<(), Errno> {
        let length = self.bytes(file)?.len() as u64;
        if size > length {
            let gap = usize::try_from(size - length).map_err(|_| Errno::TooLarge)?;
            if size > FILE_SIZE_MAX {
                return Err(Errno::TooLarge);
            }
            return self.write_at(file, length, &vec![0; gap], now);
        }
        self.writable(file)?;
        let kept = self.bytes(file)?[..size as usize].to_vec();
        self.replace(file, kept)?;
        self.touched(file, now);
        Ok(())
    }

    /// Takes a file back to what it was before some changes, but for the first bytes of what they wrote.
    pub fn lose_changes(&mut self, file: FileId, before: &Bytes, changes: &[BlockChange], torn: u64) {
        let mut bytes = before.to_vec();
        let mut left = usize::try_from(torn).unwrap_or(usize::MAX);
        for change in changes {
            if left == 0 {
                break;
            }
            match change {
                // It fitted into the file when it was made.
                BlockChange::Resized(size) => bytes.resize(*size as usize, 0),
                BlockChange::Written(offset, written) => {
                    let reached = &written[..left.min(written.len())];
                    let (from, to) = (*offset as usize, *offset as usize + reached.len());
                    if bytes.len() < to {
                        bytes.resize(to, 0);
                    }
                    bytes[from..to].copy_from_slice(reached);
                    left -= reached.len();
                }
            }
        }
        // The file may be gone meanwhile.
        let _lost = self.replace(file, bytes);
    }

    /// Puts other bytes in the place of a file's.
    pub(super) fn replace(&mut self, file: FileId, bytes: Vec<u8>) -> Result<(), Errno> {
        let content = self.content_mut(file)?;
        let old = if let Source::Written(old) = &content.0 { old.len() as u64 } else { 0 };
        let new = bytes.len() as u64;
        *content = Bytes(Source::Written(Arc::new(bytes)));
        // More than is allowed only for what was there before: nothing is refused here.
        self.used = (self.used + new).saturating_sub(old);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::OpenMode;

    fn file(content: &[u8]) -> (Vfs, FileId) {
        let mut vfs = Vfs::new(0);
        let file = vfs.open(b"/a", OpenMode::Append, 0).unwrap();
        vfs.write_at(file, 0, content, 0).unwrap();
        (vfs, file)
    }

    #[test]
    fn sizes_are_given() {
        let (mut vfs, file) = file(b"abcdef");
        let used = vfs.used;
        vfs.resize(file, 2, 0).unwrap();
        assert_eq!((vfs.bytes(file), vfs.used), (Ok(&b"ab"[..]), used - 4));
        vfs.resize(file, 4, 0).unwrap();
        assert_eq!((vfs.bytes(file), vfs.used), (Ok(&b"ab\0\0"[..]), used - 2));
        assert_eq!(vfs.resize(file, u64::MAX, 0), Err(Errno::TooLarge));
    }

    #[test]
    fn a_crash_leaves_the_first_bytes_of_the_first_writes() {
        let (mut vfs, file) = file(b"abcdef");
        let before = vfs.read(b"/a").unwrap();
        let changes = [
            BlockChange::Written(1, Box::from(*b"XY")),
            BlockChange::Resized(4),
            BlockChange::Written(4, Box::from(*b"Z")),
        ];
        for (torn, left) in [(0, "abcdef"), (1, "aXcdef"), (2, "aXYdef"), (3, "aXYdZ"), (9, "aXYdZ")] {
            vfs.lose_changes(file, &before, &changes, torn);
            assert_eq!(vfs.bytes(file), Ok(left.as_bytes()), "{torn} bytes");
        }
    }

    #[test]
    fn one_writes_when_nobody_reads() {
        let (mut vfs, file) = file(b"");
        let [one, two] = [vfs.lock_owner(), vfs.lock_owner()];
        assert!(vfs.lock(file, one, LockLevel::Shared) && vfs.lock(file, two, LockLevel::Shared));
        assert!(vfs.lock(file, one, LockLevel::Reserved) && !vfs.lock(file, two, LockLevel::Reserved));
        assert!(vfs.is_reserved(file));
        assert!(!vfs.lock(file, one, LockLevel::Exclusive));
        let three = vfs.lock_owner();
        assert!(!vfs.lock(file, three, LockLevel::Shared), "no new readers while a writer waits");
        vfs.unlock(file, two, LockLevel::None);
        assert!(vfs.lock(file, one, LockLevel::Exclusive) && !vfs.lock(file, two, LockLevel::Shared));
        vfs.unlock(file, one, LockLevel::Shared);
        assert!(vfs.lock(file, two, LockLevel::Shared) && !vfs.is_reserved(file));
    }
}
