//! What happens to names: directories made, listed and removed, files removed and renamed.

use crate::vfs::resolve::Place;
use crate::vfs::tree::{Bytes, Content, Directory, FileId, Source};
use crate::vfs::{Errno, Links, Vfs};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link (only when asked with [`Links::Keep`]).
    Link,
    /// Something of the host that is neither.
    Other,
}

/// What `stat` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// File, directory, ..
    pub kind: Kind,
    /// Identifies the node within its file system.
    pub id: FileId,
    /// In bytes; of a directory 4096, of a link the length of its target.
    pub size: u64,
    /// Unix seconds.
    pub modified: i64,
    /// Unix seconds. Reading does not set it.
    pub accessed: i64,
    /// Directories inside, plus two; 1 for files.
    pub links: u64,
    /// Embedded files cannot be written.
    pub read_only: bool,
    /// Where a link leads.
    pub target: Option<Box<[u8]>>,
}

impl Vfs {
    /// What is at `path`.
    ///
    /// # Errors
    /// Those of `stat`.
    pub fn metadata(&mut self, path: &[u8], links: Links) -> Result<Metadata, Errno> {
        let id = self.resolve(path, links)?.existing()?;
        if self.nodes.directory(id).is_ok() {
            self.filled(id)?;
        }
        let node = self.nodes.get(id).ok_or(Errno::NotFound)?;
        let (kind, size, target) = match &node.content {
            Content::File(bytes) => (Kind::File, bytes.get()?.len() as u64, None),
            Content::Directory(_) => (Kind::Directory, 4096, None),
            Content::Link(target) => (Kind::Link, target.len() as u64, Some(target.clone())),
            Content::Refused(_) => (Kind::Other, 0, None),
        };
        let links = match &node.content {
            Content::Directory(directory) => {
                2 + directory.entries.values().filter(|id| self.nodes.directory(**id).is_ok()).count() as u64
            }
            _ => 1,
        };
        let read_only = matches!(node.content, Content::File(Bytes(Source::Embedded(_))));
        Ok(Metadata { kind, id, size, modified: node.modified, accessed: node.accessed, links, read_only, target })
    }

    /// The names in a directory, sorted, without `.` and `..`.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`
    pub fn list(&mut self, path: &[u8]) -> Result<Vec<Box<[u8]>>, Errno> {
        let id = self.resolve(path, Links::Follow)?.existing()?;
        Ok(self.filled(id)?.entries.keys().cloned().collect())
    }

    /// Makes a directory; the one above must be there.
    ///
    /// # Errors
    /// `EEXIST`, `ENOENT`, `ENOTDIR`, `ENOSPC`
    pub fn make_directory(&mut self, path: &[u8], now: i64) -> Result<(), Errno> {
        let end = path.iter().rposition(|byte| *byte != b'/').map_or(1, |last| last + 1);
        let place = self.resolve(&path[..end.min(path.len())], Links::Keep)?;
        if place.node.is_some() {
            return Err(Errno::Exists);
        }
        let id = self.create(Content::Directory(Directory::default()), now)?;
        self.link(&place, id)?;
        self.touched(place.parent(), now);
        Ok(())
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// `ENOTEMPTY`, `ENOTDIR`, `ENOENT`, `EBUSY` for the root, `EINVAL` for `.`.
    pub fn remove_directory(&mut self, path: &[u8], now: i64) -> Result<(), Errno> {
        let place = self.resolve(path, Links::Keep)?;
        let id = place.existing()?;
        place.named(if place.dots { Errno::Invalid } else { Errno::Busy })?;
        if !self.filled(id)?.entries.is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.unlink(&place)?;
        self.touched(place.parent(), now);
        Ok(())
    }

    /// Removes a file or link, or an empty directory: C's `remove`.
    ///
    /// # Errors
    /// As for [`Vfs::remove_directory`]; `EACCES` for embedded files.
    pub fn remove(&mut self, path: &[u8], now: i64) -> Result<(), Errno> {
        let place = self.resolve(path, Links::Keep)?;
        let id = place.existing()?;
        if self.nodes.directory(id).is_ok() {
            return self.remove_directory(path, now);
        }
        self.movable(id)?;
        self.unlink(&place)?;
        self.touched(place.parent(), now);
        Ok(())
    }

    /// Gives what is at `from` the name `to`; a file, or empty directory, that was there is replaced.
    ///
    /// # Errors
    /// Those of `rename`; `EACCES` where an embedded file would move or go.
    pub fn rename(&mut self, from: &[u8], to: &[u8], now: i64) -> Result<(), Errno> {
        let source = self.resolve(from, Links::Keep)?;
        let id = source.existing()?;
        source.named(Errno::Busy)?;
        let target = self.resolve(to, Links::Keep)?;
        target.named(Errno::Busy)?;
        if target.node == Some(id) {
            return Ok(());
        }
        let directory = self.nodes.directory(id).is_ok();
        if !directory && target.slash {
            return Err(Errno::NotDirectory);
        }
        if target.trail.iter().any(|(_, above)| *above == id) {
            return Err(Errno::Invalid);
        }
        if source.trail.iter().any(|(_, above)| Some(*above) == target.node) {
            return Err(Errno::NotEmpty);
        }
        self.movable(id)?;
        self.replaceable(&target, directory)?;
        if target.node.is_some() {
            self.unlink(&target)?;
        }
        // A moved node stays the same: only its name goes.
        self.nodes.directory_mut(source.parent())?.entries.remove(source.named(Errno::Busy)?);
        if self.nodes.get(id).is_some_and(|node| node.original) {
            self.removed.insert(source.path());
        }
        if let Some(node) = self.nodes.get_mut(id) {
            node.changed = true;
        }
        self.link(&target, id)?;
        self.touched(source.parent(), now);
        self.touched(target.parent(), now);
        Ok(())
    }

    /// Sets the times of what is at `path` (Unix seconds).
    ///
    /// # Errors
    /// `ENOENT`, ..
    pub fn touch(&mut self, path: &[u8], accessed: i64, modified: i64) -> Result<(), Errno> {
        let id = self.resolve(path, Links::Follow)?.existing()?;
        if let Some(node) = self.nodes.get_mut(id) {
            (node.accessed, node.modified) = (accessed, modified);
        }
        Ok(())
    }

    /// The working directory: absolute, without links.
    #[must_use]
    pub fn current_directory(&self) -> &[u8] {
        &self.working
    }

    /// Sets what relative paths are relative to. It is kept as a path: if that directory goes away
    /// or gets another name, relative paths lead nowhere.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`
    pub fn change_directory(&mut self, path: &[u8]) -> Result<(), Errno> {
        let place = self.resolve(path, Links::Follow)?;
        self.nodes.directory(place.existing()?)?;
        self.working = place.path();
        Ok(())
    }

    /// Embedded files stay where they are.
    fn movable(&self, id: FileId) -> Result<(), Errno> {
        match self.nodes.get(id).map(|node| &node.content) {
            Some(Content::File(Bytes(Source::Embedded(_)))) => Err(Errno::Denied),
            _ => Ok(()),
        }
    }

    /// Whether what is at `target` may be replaced by a directory, or by something else.
    fn replaceable(&mut self, target: &Place, by_directory: bool) -> Result<(), Errno> {
        let Some(old) = target.node else { return Ok(()) };
        match (by_directory, self.nodes.directory(old).is_ok()) {
            (true, false) => Err(Errno::NotDirectory),
            (false, true) => Err(Errno::IsDirectory),
            (true, true) if !self.filled(old)?.entries.is_empty() => Err(Errno::NotEmpty),
            _ => self.movable(old),
        }
    }
}
