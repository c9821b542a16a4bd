//! A host directory as simulated nodes see it: read at first access, kept for good, never written.
//! The only place of `vfs` that touches the host. One [`HostDirectory`] may back any number of
//! nodes and runs, in several threads: all of them see one version of each file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::vfs::Errno;
use crate::vfs::limits::FILE_SIZE_MAX;

/// A directory of the host, and what was read of it so far. Clones share it.
#[derive(Clone, Debug)]
pub struct HostDirectory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Canonical, without symbolic links.
    path: PathBuf,
    /// The canonical directory that was opened: links may not lead out of it.
    root: Arc<Path>,
    entries: OnceLock<Vec<HostEntry>>,
}

/// A regular file of the host. Its bytes are read once.
#[derive(Debug)]
pub(super) struct HostFile {
    pub(super) path: PathBuf,
    bytes: OnceLock<Result<Vec<u8>, Errno>>,
}

/// One name in a host directory.
#[derive(Debug)]
pub(super) struct HostEntry {
    pub(super) name: Box<[u8]>,
    pub(super) kind: HostKind,
}

/// What a name in a host directory is.
#[derive(Clone, Debug)]
pub(super) enum HostKind {
    Directory(HostDirectory),
    File(Arc<HostFile>),
    /// A symbolic link; its target relative to the mounted directory, without links, `/` between names.
    Link(Box<[u8]>),
    /// Neither file nor directory, or a link that leads nowhere or outside.
    Refused(Errno),
}

impl HostDirectory {
    /// The directory at `path`. Nothing of its content is read yet.
    ///
    /// # Errors
    /// When `path` is not a directory that can be reached.
    pub fn open(path: &Path) -> Result<HostDirectory, Errno> {
        let path = fs::canonicalize(path)?;
        if !fs::metadata(&path)?.is_dir() {
            return Err(Errno::NotDirectory);
        }
        let root = Arc::from(path.as_path());
        Ok(HostDirectory::new(path, root))
    }

    fn new(path: PathBuf, root: Arc<Path>) -> HostDirectory {
        HostDirectory(Arc::new(Inner { path, root, entries: OnceLock::new() }))
    }

    /// The names in it, sorted. A directory that cannot be read looks empty.
    pub(super) fn entries(&self) -> &[HostEntry] {
        self.0.entries.get_or_init(|| {
            let mut found: Vec<HostEntry> = match fs::read_dir(&self.0.path) {
                Ok(entries) => entries.filter_map(|entry| self.entry(&entry.ok()?)).collect(),
                Err(_) => Vec::new(),
            };
            found.sort_by(|a, b| a.name.cmp(&b.name));
            found
        })
    }

    fn entry(&self, entry: &fs::DirEntry) -> Option<HostEntry> {
        let name = entry.file_name().as_encoded_bytes().into();
        let kind = entry.file_type().ok()?;
        let path = self.0.path.join(entry.file_name());
        let kind = if kind.is_symlink() {
            self.link(&path).map_or_else(HostKind::Refused, HostKind::Link)
        } else if kind.is_dir() {
            HostKind::Directory(HostDirectory::new(path, Arc::clone(&self.0.root)))
        } else if kind.is_file() {
            HostKind::File(Arc::new(HostFile { path, bytes: OnceLock::new() }))
        } else {
            HostKind::Refused(Errno::Denied)
        };
        Some(HostEntry { name, kind })
    }

    /// Where a link leads, if it stays inside.
    fn link(&self, path: &Path) -> Result<Box<[u8]>, Errno> {
        let target = fs::canonicalize(path)?;
        let inside = target.strip_prefix(&self.0.root).map_err(|_| Errno::Denied)?;
        let names: Vec<&[u8]> = inside.iter().map(|name| name.as_encoded_bytes()).collect();
        Ok(names.join(&b'/').into())
    }
}

impl HostFile {
    /// The file's bytes as they were at the first call.
    pub(super) fn bytes(&self) -> Result<&[u8], Errno> {
        let read = || {
            let metadata = fs::symlink_metadata(&self.path)?;
            if !metadata.is_file() {
                return Err(Errno::Denied);
            }
            if metadata.len() > FILE_SIZE_MAX {
                return Err(Errno::TooLarge);
            }
            Ok(fs::read(&self.path)?)
        };
        self.bytes.get_or_init(read).as_deref().map_err(|errno| *errno)
    }
}
