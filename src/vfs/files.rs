//! Open files: their bytes, and the one function through which every write goes.

use std::path::PathBuf;
use std::sync::Arc;

use crate::vfs::limits::FILE_SIZE_MAX;
use crate::vfs::resolve::Place;
use crate::vfs::tree::{Bytes, Content, Directory, FileId, Source};
use crate::vfs::{Errno, Links, Vfs};

/// What a file is opened for, as far as the file system cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Reading: the file, or directory, must be there (`r`).
    Read,
    /// Writing too: the file must be there (`r+`).
    Update,
    /// Writing a new or emptied file (`w`, `w+`).
    Truncate,
    /// Writing to a new or existing file (`a`, `a+`).
    Append,
}

impl Vfs {
    /// Opens a file, and keeps it until [`Vfs::close`], even if its name goes away.
    ///
    /// # Errors
    /// Those of `fopen`: `ENOENT`, `EISDIR`, `EACCES` (embedded files are read-only), ...
    pub fn open(&mut self, path: &[u8], mode: OpenMode, now: i64) -> Result<FileId, Errno> {
        if mode == OpenMode::Read {
            return self.open_to_read(path);
        }
        let place = self.resolve(path, Links::Follow)?;
        let id = match (place.node, mode) {
            (Some(id), _) => id,
            (None, OpenMode::Read | OpenMode::Update) => return Err(Errno::NotFound),
            (None, OpenMode::Truncate | OpenMode::Append) => self.create_file(&place, now)?,
        };
        self.writable(id)?;
        if mode == OpenMode::Truncate && place.node.is_some() {
            self.truncate(id, now)?;
        }
        if let Some(node) = self.nodes.get_mut(id) {
            node.opens += 1;
        }
        Ok(id)
    }

    fn open_to_read(&mut self, path: &[u8]) -> Result<FileId, Errno> {
        let id = self.find(path)?;
        if let Some(node) = self.nodes.get_mut(id) {
            // Unreadable host files fail here and not at the first read.
            if let Content::File(bytes) = &node.content {
                bytes.get()?;
            }
            node.opens += 1;
        }
        Ok(id)
    }

    /// Opens a new file that has no name and is gone once closed.
    ///
    /// # Errors
    /// `ENOSPC`
    pub fn open_unnamed(&mut self, now: i64) -> Result<FileId, Errno> {
        let id = self.create(Content::File(empty()), now)?;
        if let Some(node) = self.nodes.get_mut(id) {
            node.linked = false;
            node.opens = 1;
        }
        Ok(id)
    }

    /// Gives an open file back.
    pub fn close(&mut self, file: FileId) {
        if let Some(node) = self.nodes.get_mut(file) {
            node.opens = node.opens.saturating_sub(1);
            self.release(file);
        }
    }

    /// The content of an open file.
    ///
    /// # Errors
    /// `EISDIR` for a directory, `EBADF` for a file that is not open.
    pub fn bytes(&self, file: FileId) -> Result<&[u8], Errno> {
        match &self.nodes.get(file).ok_or(Errno::BadDescriptor)?.content {
            Content::File(bytes) => bytes.get(),
            Content::Directory(_) => Err(Errno::IsDirectory),
            Content::Link(_) => Err(Errno::Invalid),
            Content::Refused(errno) => Err(*errno),
        }
    }

    /// Writes into an open file; a gap before `offset` is filled with zeros. **Every** write of a
    /// run comes through here.
    ///
    /// # Errors
    /// `EFBIG`, `ENOSPC`; `EBADF`, `EISDIR` and `EACCES` when it is no file that can be written.
    /// Then nothing is written.
    pub fn write_at(&mut self, file: FileId, offset: u64, bytes: &[u8], now: i64) -> Result<(), Errno> {
        self.writable(file)?;
        if bytes.is_empty() {
            return Ok(());
        }
        let end = offset.saturating_add(bytes.len() as u64);
        if end > FILE_SIZE_MAX {
            return Err(Errno::TooLarge);
        }
        let old = self.content_mut(file)?;
        let (before, counted) = (old.len() as u64, matches!(old.0, Source::Written(_)));
        let after = before.max(end);
        self.reserve(after - if counted { before } else { 0 })?;
        let buffer = written(self.content_mut(file)?);
        // FILE_SIZE_MAX fits into a usize.
        let (from, to) = (offset as usize, end as usize);
        if from == buffer.len() {
            buffer.extend_from_slice(bytes);
        } else {
            buffer.resize(after as usize, 0);
            buffer[from..to].copy_from_slice(bytes);
        }
        self.touched(file, now);
        Ok(())
    }

    /// The content of the file at `path`, without copying it.
    ///
    /// # Errors
    /// As for [`Vfs::open`] and [`Vfs::bytes`].
    pub fn read(&mut self, path: &[u8]) -> Result<Bytes, Errno> {
        let id = self.find(path)?;
        self.bytes(id)?;
        self.content_mut(id).map(|bytes| bytes.clone())
    }

    /// The host's file that `path` shows, as it was mounted; none for a file that was embedded or written.
    ///
    /// # Errors
    /// As for [`Vfs::open`] and [`Vfs::bytes`].
    pub fn host_path(&mut self, path: &[u8]) -> Result<Option<PathBuf>, Errno> {
        match &self.read(path)?.0 {
            Source::Host(file) => Ok(Some(file.path.clone())),
            Source::Embedded(_) | Source::Written(_) => Ok(None),
        }
    }

    /// Puts a file at `path` from outside the simulation, with the directories that lead there:
    /// what a deployment does. An old file is replaced whole, embedded ones too; whoever has it open keeps it.
    ///
    /// # Errors
    /// `EISDIR`, `ENOTDIR`, `EFBIG`, `ENOSPC`
    pub fn put(&mut self, path: &[u8], bytes: &[u8], now: i64) -> Result<(), Errno> {
        if let Some(end) = path.iter().rposition(|byte| *byte == b'/') {
            self.directories(&path[..=end], |vfs| vfs.create(Content::Directory(Directory::default()), now))?;
        }
        let place = self.resolve(path, Links::Keep)?;
        if place.node.is_some_and(|id| self.nodes.directory(id).is_ok()) {
            return Err(Errno::IsDirectory);
        }
        // Written first: when there is no room, the old file stays.
        let file = self.open_unnamed(now)?;
        let outcome = self.write_at(file, 0, bytes, now).and_then(|()| {
            if place.node.is_some() {
                self.unlink(&place)?;
            }
            if let Some(node) = self.nodes.get_mut(file) {
                node.linked = true;
            }
            self.link(&place, file)
        });
        self.close(file);
        outcome
    }

    /// A new empty file `/tmp/lua_000001`, `/tmp/lua_000002`, ..: the next name that is free.
    ///
    /// # Errors
    /// When `/tmp` is gone or full.
    pub fn temporary_name(&mut self, now: i64) -> Result<Vec<u8>, Errno> {
        loop {
            self.temporary += 1;
            let name = format!("/tmp/lua_{:06}", self.temporary).into_bytes();
            let place = self.resolve(&name, Links::Keep)?;
            if place.node.is_none() {
                self.create_file(&place, now)?;
                return Ok(name);
            }
        }
    }

    /// A new empty file where there is none.
    fn create_file(&mut self, place: &Place, now: i64) -> Result<FileId, Errno> {
        if place.slash {
            return Err(Errno::IsDirectory);
        }
        let id = self.create(Content::File(empty()), now)?;
        self.link(place, id)?;
        self.touched(place.parent(), now);
        Ok(id)
    }

    fn truncate(&mut self, id: FileId, now: i64) -> Result<(), Errno> {
        let content = self.content_mut(id)?;
        let freed = if let Source::Written(bytes) = &content.0 { bytes.len() as u64 } else { 0 };
        *content = empty();
        self.used -= freed;
        self.touched(id, now);
        Ok(())
    }

    /// Notes that a node was written.
    pub(super) fn touched(&mut self, id: FileId, now: i64) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.modified = now;
            // A directory's entries tell for themselves what changed.
            node.changed |= matches!(node.content, Content::File(_));
            node.writer = self.writer.or(node.writer);
        }
    }

    /// Whether the simulated node may write to it.
    pub(super) fn writable(&self, id: FileId) -> Result<(), Errno> {
        match &self.nodes.get(id).ok_or(Errno::BadDescriptor)?.content {
            Content::File(Bytes(Source::Embedded(_))) => Err(Errno::Denied),
            Content::File(bytes) => bytes.get().map(|_| ()),
            Content::Directory(_) => Err(Errno::IsDirectory),
            Content::Link(_) => Err(Errno::Invalid),
            Content::Refused(errno) => Err(*errno),
        }
    }

    pub(super) fn content_mut(&mut self, id: FileId) -> Result<&mut Bytes, Errno> {
        match &mut self.nodes.get_mut(id).ok_or(Errno::BadDescriptor)?.content {
            Content::File(bytes) => Ok(bytes),
            _ => Err(Errno::IsDirectory),
        }
    }
}

fn empty() -> Bytes {
    Bytes(Source::Written(Arc::default()))
}

/// The buffer to write into; what is shared or not ours is copied first.
fn written(bytes: &mut Bytes) -> &mut Vec<u8> {
    if !matches!(bytes.0, Source::Written(_)) {
        bytes.0 = Source::Written(Arc::new(bytes.to_vec()));
    }
    match &mut bytes.0 {
        Source::Written(buffer) => Arc::make_mut(buffer),
        _ => unreachable!("made so above"),
    }
}
