//! The nodes of a file system: files, directories and links, by id. Ids carry a generation, so
//! that one kept too long is noticed instead of meeting another file. Knows nothing of paths.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use crate::vfs::Errno;
use crate::vfs::host::{HostDirectory, HostFile};

/// A node, as open files and directory entries refer to it. Plain data: it may be kept in a
/// virtual machine's memory and be restored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId {
    index: u32,
    generation: u32,
}

impl FileId {
    /// A number for `stat`'s `st_ino`.
    #[must_use]
    pub const fn inode(self) -> u64 {
        self.index as u64 + 1
    }
}

/// A file's content. Cloning does not copy it.
#[derive(Clone, Debug)]
pub struct Bytes(pub(super) Source);

#[derive(Clone, Debug)]
pub(super) enum Source {
    Embedded(&'static [u8]),
    Host(Arc<HostFile>),
    Written(Arc<Vec<u8>>),
}

impl Bytes {
    pub(super) fn get(&self) -> Result<&[u8], Errno> {
        match &self.0 {
            Source::Embedded(bytes) => Ok(bytes),
            Source::Host(file) => file.bytes(),
            Source::Written(bytes) => Ok(bytes),
        }
    }
}

/// A host file that cannot be read is empty here; whoever hands out `Bytes` has reported it.
impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.get().unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    File(Bytes),
    Directory(Directory),
    /// A symbolic link and where it leads, absolute.
    Link(Box<[u8]>),
    /// A name of the host that cannot be used, and the error that says why.
    Refused(Errno),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    pub(super) entries: BTreeMap<Box<[u8]>, FileId>,
    /// Host directories whose names are not among the entries yet, and where each was mounted.
    pub(super) pending: Vec<(HostDirectory, Arc<[u8]>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    /// Unix seconds.
    pub(super) modified: i64,
    /// Unix seconds.
    pub(super) accessed: i64,
    /// Came from a mount or was embedded, and not from the simulated node.
    pub(super) original: bool,
    /// Differs from what the run started with.
    pub(super) changed: bool,
    /// Whether a directory names it. The root and open files that were removed have no name.
    pub(super) linked: bool,
    /// How many times it is open.
    pub(super) opens: u32,
    /// Who wrote it last.
    pub(super) writer: Option<u32>,
}

impl Node {
    pub(super) fn new(content: Content, now: i64) -> Node {
        Node {
            content,
            modified: now,
            accessed: now,
            original: false,
            changed: true,
            linked: true,
            opens: 0,
            writer: None,
        }
    }

    /// A node that the run starts with.
    pub(super) fn original(content: Content, now: i64) -> Node {
        Node { original: true, changed: false, ..Node::new(content, now) }
    }
}

/// All nodes of a file system.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    slots: Vec<(u32, Option<Node>)>,
    free: Vec<u32>,
}

impl Nodes {
    pub(super) fn insert(&mut self, node: Node) -> FileId {
        if let Some(index) = self.free.pop() {
            let (generation, slot) = &mut self.slots[index as usize];
            *slot = Some(node);
            return FileId { index, generation: *generation };
        }
        let index = u32::try_from(self.slots.len()).expect("WRITTEN_BYTES_MAX keeps the number of nodes small");
        self.slots.push((0, Some(node)));
        FileId { index, generation: 0 }
    }

    pub(super) fn get(&self, id: FileId) -> Option<&Node> {
        let (generation, node) = self.slots.get(id.index as usize)?;
        node.as_ref().filter(|_| *generation == id.generation)
    }

    pub(super) fn get_mut(&mut self, id: FileId) -> Option<&mut Node> {
        let (generation, node) = self.slots.get_mut(id.index as usize)?;
        node.as_mut().filter(|_| *generation == id.generation)
    }

    pub(super) fn remove(&mut self, id: FileId) -> Option<Node> {
        let (generation, slot) = self.slots.get_mut(id.index as usize)?;
        if *generation != id.generation {
            return None;
        }
        let node = slot.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(id.index);
        Some(node)
    }

    pub(super) fn directory(&self, id: FileId) -> Result<&Directory, Errno> {
        match &self.get(id).ok_or(Errno::NotFound)?.content {
            Content::Directory(directory) => Ok(directory),
            _ => Err(Errno::NotDirectory),
        }
    }

    pub(super) fn directory_mut(&mut self, id: FileId) -> Result<&mut Directory, Errno> {
        match &mut self.get_mut(id).ok_or(Errno::NotFound)?.content {
            Content::Directory(directory) => Ok(directory),
            _ => Err(Errno::NotDirectory),
        }
    }
}
