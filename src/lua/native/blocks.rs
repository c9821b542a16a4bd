//! Open files as a database uses them: by position, with locks, and with writes that are lost one by one
//! in a crash until they are synced. Faults of the disk strike them as they strike `io`.

use std::rc::Rc;

use crate::kernel::{FileAction, FileFailure};
use crate::vfs::{BlockChange, Bytes, Errno, FileId, Links, LockLevel, LockOwner, Metadata, OpenMode, Vfs};

use super::files::{Files, OpenFile, Slot, errno};

/// What was done to a file since it was synced.
#[derive(Clone, Debug)]
struct Unsynced {
    before: Bytes,
    changes: Vec<BlockChange>,
}

/// An open file of a database.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    id: FileId,
    path: Rc<[u8]>,
    owner: LockOwner,
    unsynced: Option<Unsynced>,
}

impl Blocks {
    /// Gives the file back, and all locks on it.
    pub(super) fn close(&self, vfs: &mut Vfs) {
        vfs.unlock(self.id, self.owner, LockLevel::None);
        vfs.close(self.id);
    }

    /// Takes back what was not synced, but for the first bytes of it.
    pub(super) fn crash(&mut self, vfs: &mut Vfs, torn: u64) {
        if let Some(Unsynced { before, changes }) = self.unsynced.take() {
            vfs.lose_changes(self.id, &before, &changes, torn);
        }
    }

    /// Notes a change, if it may be lost; `before` is what was there.
    fn note(&mut self, before: Option<Bytes>, change: impl FnOnce() -> BlockChange) {
        if let Some(before) = before {
            let unsynced = self.unsynced.get_or_insert_with(|| Unsynced { before, changes: Vec::new() });
            unsynced.changes.push(change());
        }
    }
}

impl Files {
    /// Opens a file for a database: [`OpenMode::Append`] makes it if it is not there.
    pub(super) fn open_blocks(&mut self, path: &[u8], mode: OpenMode) -> Result<Slot, Errno> {
        if let Some(failure) = self.host.disturb(path, FileAction::Open) {
            return Err(errno(failure));
        }
        let id = self.on_vfs(|vfs, now| vfs.open(path, mode, now))?;
        if let Err(errno) = self.vfs.borrow().bytes(id).map(drop) {
            // A directory, which can be opened and not read.
            self.vfs.borrow_mut().close(id);
            return Err(errno);
        }
        Ok(self.enter_blocks(id, path))
    }

    /// Opens a file without a name, which is gone when it is closed.
    pub(super) fn open_unnamed_blocks(&mut self) -> Result<Slot, Errno> {
        let id = self.on_vfs(Vfs::open_unnamed)?;
        Ok(self.enter_blocks(id, b""))
    }

    fn enter_blocks(&mut self, id: FileId, path: &[u8]) -> Slot {
        let owner = self.vfs.borrow_mut().lock_owner();
        self.enter(OpenFile::Blocks(Blocks { id, path: path.into(), owner, unsynced: None }))
    }

    fn blocks(&mut self, slot: Slot) -> Result<&mut Blocks, Errno> {
        match self.file(slot)? {
            OpenFile::Blocks(blocks) => Ok(blocks),
            _ => Err(Errno::BadDescriptor),
        }
    }

    fn disturb_blocks(&mut self, slot: Slot, action: FileAction) -> Result<Option<FileFailure>, Errno> {
        let path = Rc::clone(&self.blocks(slot)?.path);
        Ok(self.host.disturb(&path, action))
    }

    /// Reads up to the end of the file; how much that is.
    pub(super) fn read_blocks(&mut self, slot: Slot, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        if let Some(failure) = self.disturb_blocks(slot, FileAction::Read)? {
            return Err(errno(failure));
        }
        let id = self.blocks(slot)?.id;
        let vfs = self.vfs.borrow();
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let there = vfs.bytes(id)?.get(from..).unwrap_or_default();
        let length = there.len().min(into.len());
        into[..length].copy_from_slice(&there[..length]);
        Ok(length)
    }

    /// Writes all of `bytes`, or nothing, unless a fault lets a part of it through.
    pub(super) fn write_blocks(&mut self, slot: Slot, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        match self.disturb_blocks(slot, FileAction::Write)? {
            None => self.write_now(slot, offset, bytes),
            Some(FileFailure::Short(length)) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len());
                self.write_now(slot, offset, &bytes[..length])?;
                if length == bytes.len() { Ok(()) } else { Err(Errno::NoSpace) }
            }
            Some(failure) => Err(errno(failure)),
        }
    }

    fn write_now(&mut self, slot: Slot, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        let id = self.blocks(slot)?.id;
        let before = self.vfs.borrow().before_write(id);
        self.on_vfs(|vfs, now| vfs.write_at(id, offset, bytes, now))?;
        self.blocks(slot)?.note(before, || BlockChange::Written(offset, bytes.into()));
        Ok(())
    }

    /// Gives the file another size.
    pub(super) fn resize_blocks(&mut self, slot: Slot, size: u64) -> Result<(), Errno> {
        let id = self.blocks(slot)?.id;
        let before = self.vfs.borrow().before_write(id);
        self.on_vfs(|vfs, now| vfs.resize(id, size, now))?;
        self.blocks(slot)?.note(before, || BlockChange::Resized(size));
        Ok(())
    }

    /// What was written is safe from a crash.
    pub(super) fn sync_blocks(&mut self, slot: Slot) -> Result<(), Errno> {
        self.blocks(slot)?.unsynced = None;
        Ok(())
    }

    /// The size of the file.
    pub(super) fn size_of_blocks(&mut self, slot: Slot) -> Result<u64, Errno> {
        let id = self.blocks(slot)?.id;
        self.vfs.borrow().bytes(id).map(|bytes| bytes.len() as u64)
    }

    /// Raises the lock on the file; false if others have theirs.
    pub(super) fn lock_blocks(&mut self, slot: Slot, level: LockLevel) -> Result<bool, Errno> {
        let &mut Blocks { id, owner, .. } = self.blocks(slot)?;
        Ok(self.vfs.borrow_mut().lock(id, owner, level))
    }

    /// Lowers the lock on the file.
    pub(super) fn unlock_blocks(&mut self, slot: Slot, level: LockLevel) -> Result<(), Errno> {
        let &mut Blocks { id, owner, .. } = self.blocks(slot)?;
        self.vfs.borrow_mut().unlock(id, owner, level);
        Ok(())
    }

    /// Whether somebody is going to write to the file.
    pub(super) fn blocks_are_reserved(&mut self, slot: Slot) -> Result<bool, Errno> {
        let id = self.blocks(slot)?.id;
        Ok(self.vfs.borrow().is_reserved(id))
    }

    /// Removes a file of a database.
    pub(super) fn remove_blocks(&mut self, path: &[u8]) -> Result<(), Errno> {
        self.on_vfs(|vfs, now| vfs.remove(path, now))
    }

    /// What is at a path.
    pub(super) fn look_at(&mut self, path: &[u8]) -> Result<Metadata, Errno> {
        self.on_vfs(|vfs, _| vfs.metadata(path, Links::Follow))
    }
}
