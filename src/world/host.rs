//! The host's files, as runs see them: each is read once, and kept. Runs that share a [`HostFiles`]
//! see the same version of every file, whatever happens on the host meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::scenario::Dialect;
use crate::vfs::{HostDirectory, Vfs};

use super::error::WorldError;

/// Files and directories of the host, read so far. Clones share them, also between threads.
#[derive(Clone, Debug, Default)]
pub struct HostFiles(Arc<Mutex<Cache>>);

#[derive(Debug, Default)]
struct Cache {
    files: BTreeMap<PathBuf, Arc<[u8]>>,
    directories: BTreeMap<PathBuf, HostDirectory>,
    trees: BTreeMap<TreeKey, Vfs>,
}

/// What a node's files are made of, before anything runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TreeKey {
    pub(super) start_s: i64,
    pub(super) folder: PathBuf,
    /// Folders that the node's settings lead to.
    pub(super) outside: Vec<PathBuf>,
    /// The Skynet checkout whose library is there, if it is not our own.
    pub(super) checkout: Option<String>,
    pub(super) dialect: Dialect,
}

impl HostFiles {
    /// The content of a file.
    pub(super) fn read(&self, path: &Path) -> Result<Arc<[u8]>, WorldError> {
        let mut cache = self.cache();
        if let Some(bytes) = cache.files.get(path) {
            return Ok(bytes.clone());
        }
        let bytes: Arc<[u8]> =
            fs::read(path).map_err(|source| WorldError::Read { path: path.to_owned(), source })?.into();
        cache.files.insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    /// A directory, to be mounted.
    pub(super) fn directory(&self, path: &Path) -> Result<HostDirectory, WorldError> {
        let mut cache = self.cache();
        if let Some(directory) = cache.directories.get(path) {
            return Ok(directory.clone());
        }
        // A scenario that lies in the current directory has no folder's name.
        let opened = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let directory = HostDirectory::open(opened)
            .map_err(|errno| WorldError::Folder { path: path.to_owned(), reason: errno.to_string() })?;
        cache.directories.insert(path.to_owned(), directory.clone());
        Ok(directory)
    }

    /// A node's files: made once, then copied, because that takes a tenth of the time.
    pub(super) fn tree(
        &self,
        key: TreeKey,
        make: impl FnOnce(&TreeKey) -> Result<Vfs, WorldError>,
    ) -> Result<Vfs, WorldError> {
        if let Some(files) = self.cache().trees.get(&key) {
            return Ok(files.clone());
        }
        let files = make(&key)?;
        self.cache().trees.insert(key, files.clone());
        Ok(files)
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
