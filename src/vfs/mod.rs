//! The file system of a simulated node: a tree in memory, the same in every run.
//!
//! It starts from *mounts* (host directories, read at first access and kept), *embedded* files
//! (part of this program, read-only) and whatever the scenario puts there. What the node writes,
//! removes or renames stays here; the host is never written. A clone is a checkpoint: it shares
//! the bytes of files, and nothing else, with the original.
//!
//! Paths and names are bytes. The caller passes the time (Unix seconds, virtual) to what sets one:
//! this module knows no clock, no Lua and no scenario.

mod blocks;
mod changes;
mod errno;
mod files;
mod host;
mod limits;
mod lost;
mod names;
mod resolve;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use blocks::{BlockChange, LockLevel, LockOwner};
pub use changes::{Change, Changed};
pub use errno::Errno;
pub use files::OpenMode;
pub use host::HostDirectory;
pub use lost::Buffering;
pub use names::{Kind, Metadata};
pub use resolve::Links;
pub use tree::{Bytes, FileId};

use blocks::Locks;
use limits::{NODE_BYTES, WRITTEN_BYTES_MAX};
use resolve::Place;
use tree::{Content, Directory, Node, Nodes, Source};

/// The files of one simulated node.
#[derive(Clone, Debug)]
pub struct Vfs {
    nodes: Nodes,
    root: FileId,
    /// The working directory: absolute, without links.
    working: Vec<u8>,
    /// The time of everything that was there from the beginning.
    start: i64,
    /// Bytes that files written here take, with `NODE_BYTES` for each.
    used: u64,
    /// Paths of the run's first files that are gone.
    removed: BTreeSet<Vec<u8>>,
    /// How many names [`Vfs::temporary_name`] has tried.
    temporary: u64,
    /// Who uses it now.
    writer: Option<u32>,
    buffering: Buffering,
    locks: Locks,
}

impl Vfs {
    /// An empty tree (`/` and `/tmp`) of a node whose wall clock starts at `start` (Unix seconds).
    #[must_use]
    pub fn new(start: i64) -> Vfs {
        let directory = || Node::original(Content::Directory(Directory::default()), start);
        let mut nodes = Nodes::default();
        let temporary = nodes.insert(directory());
        let mut root = Directory::default();
        root.entries.insert(Box::from(*b"tmp"), temporary);
        let root = nodes.insert(Node { content: Content::Directory(root), ..directory() });
        Vfs {
            nodes,
            root,
            working: b"/".to_vec(),
            start,
            used: 0,
            removed: BTreeSet::new(),
            temporary: 0,
            writer: None,
            buffering: Buffering::Forgotten,
            locks: Locks::default(),
        }
    }

    /// Shows the files of a host directory under `at`, next to what is already there. Where names
    /// meet, directories are merged, and of files the one that came first stays.
    ///
    /// # Errors
    /// `ENOTDIR` when `at` leads through or to a file.
    pub fn mount(&mut self, at: &[u8], host: &HostDirectory) -> Result<(), Errno> {
        let id = self.original_directory(at)?;
        let place: Arc<[u8]> = self.resolve(at, Links::Follow)?.path().into();
        self.nodes.directory_mut(id)?.pending.push((host.clone(), place));
        Ok(())
    }

    /// Puts read-only files of this program under `at`. They win over mounted ones.
    ///
    /// # Errors
    /// `ENOTDIR` when a path leads through a file, `EISDIR` when one is a directory already.
    pub fn embed(&mut self, at: &[u8], files: &[(&'static str, &'static [u8])]) -> Result<(), Errno> {
        for (name, bytes) in files {
            let path = [at, b"/", name.as_bytes()].concat();
            let parent = path.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
            self.original_directory(&path[..=parent])?;
            let place = self.resolve(&path, Links::Keep)?;
            if let Some(old) = place.node {
                if self.nodes.directory(old).is_ok() {
                    return Err(Errno::IsDirectory);
                }
                self.unlink(&place)?;
            }
            let node = Node::original(Content::File(Bytes(Source::Embedded(bytes))), self.start);
            let id = self.nodes.insert(node);
            self.link(&place, id)?;
        }
        Ok(())
    }

    /// The directory at `path`; it and those above are made when missing, as part of the beginning.
    fn original_directory(&mut self, path: &[u8]) -> Result<FileId, Errno> {
        self.directories(path, |vfs| {
            Ok(vfs.nodes.insert(Node::original(Content::Directory(Directory::default()), vfs.start)))
        })
    }

    /// The directory at `path`, made with all above it where missing.
    fn directories(&mut self, path: &[u8], make: impl Fn(&mut Vfs) -> Result<FileId, Errno>) -> Result<FileId, Errno> {
        let mut sofar = if path.starts_with(b"/") { b"/".to_vec() } else { self.working.clone() };
        for name in path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()) {
            sofar.push(b'/');
            sofar.extend_from_slice(name);
            let place = self.resolve(&sofar, Links::Follow)?;
            if place.node.is_none() {
                let id = make(self)?;
                self.link(&place, id)?;
            }
        }
        let id = self.resolve(&sofar, Links::Follow)?.existing()?;
        self.nodes.directory(id).map(|_| id)
    }

    /// Enters a node under the name of a place that holds nothing.
    fn link(&mut self, place: &Place, id: FileId) -> Result<(), Errno> {
        let name = place.named(Errno::Exists)?.into();
        self.nodes.directory_mut(place.parent())?.entries.insert(name, id);
        self.removed.remove(&place.path());
        Ok(())
    }

    /// Takes the name of a place away. The node goes with it, unless it is open.
    fn unlink(&mut self, place: &Place) -> Result<(), Errno> {
        let (name, id) = (place.named(Errno::Busy)?, place.existing()?);
        self.nodes.directory_mut(place.parent())?.entries.remove(name);
        if let Some(node) = self.nodes.get_mut(id) {
            node.linked = false;
            if node.original {
                self.removed.insert(place.path());
            }
        }
        self.release(id);
        Ok(())
    }

    /// Forgets a node that nothing refers to any more.
    fn release(&mut self, id: FileId) {
        if self.nodes.get(id).is_some_and(|node| !node.linked && node.opens == 0)
            && let Some(node) = self.nodes.remove(id)
        {
            self.used -= cost(&node);
        }
    }

    /// Adds a node that the simulated node pays for.
    fn create(&mut self, content: Content, now: i64) -> Result<FileId, Errno> {
        self.reserve(NODE_BYTES)?;
        Ok(self.nodes.insert(Node::new(content, now)))
    }

    /// Counts bytes as used, if there is room for them.
    fn reserve(&mut self, bytes: u64) -> Result<(), Errno> {
        let used = self.used.saturating_add(bytes);
        if used > WRITTEN_BYTES_MAX {
            return Err(Errno::NoSpace);
        }
        self.used = used;
        Ok(())
    }
}

/// What a node counts as in [`Vfs::used`].
fn cost(node: &Node) -> u64 {
    let own = if node.original { 0 } else { NODE_BYTES };
    match &node.content {
        Content::File(Bytes(Source::Written(bytes))) => own + bytes.len() as u64,
        _ => own,
    }
}
