//! The host's files, as runs see them: each is read once, and kept. Runs that share a [`HostFiles`]
//! see the same version of every file, whatever happens on the host meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::vfs::HostDirectory;

use super::error::WorldError;

/// Files and directories of the host, read so far. Clones share them, also between threads.
#[derive(Clone, Debug, Default)]
pub struct HostFiles(Arc<Mutex<Cache>>);

#[derive(Debug, Default)]
struct Cache {
    files: BTreeMap<PathBuf, Arc<[u8]>>,
    directories: BTreeMap<PathBuf, HostDirectory>,
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

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
