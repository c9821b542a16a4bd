//! What is being run right now, one file for each worker. Written before the run, so that even a run that kills
//! skysim is known afterwards.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process;

use crate::cli::error::CliError;

/// Below the folder for everything that an exploration leaves.
const FOLDER: &str = "running";

/// The files of this process.
pub(super) struct Journal {
    folder: PathBuf,
}

impl Journal {
    pub(super) fn open(out: &Path) -> Result<Journal, CliError> {
        let folder = out.join(FOLDER);
        fs::create_dir_all(&folder).map_err(CliError::file("make the folder", &folder))?;
        Ok(Journal { folder })
    }

    /// The commands that processes which are gone were in the middle of. Told once.
    pub(super) fn left_behind(&self) -> Result<Vec<String>, CliError> {
        let entries = fs::read_dir(&self.folder).map_err(CliError::file("read", &self.folder))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort_unstable();
        let mut commands = Vec::new();
        for path in paths.into_iter().filter(|path| !is_alive(path)) {
            let command = fs::read_to_string(&path).map_err(CliError::file("read", &path))?;
            commands.extend(command.lines().next().map(str::to_owned));
            fs::remove_file(&path).map_err(CliError::file("remove", &path))?;
        }
        Ok(commands)
    }

    /// The file of a worker.
    pub(super) fn of(&self, worker: usize) -> Result<Entry, CliError> {
        let path = self.folder.join(format!("{}-{worker}", process::id()));
        let file = File::create(&path).map_err(CliError::file("make", &path))?;
        Ok(Entry { path, file })
    }
}

/// Whether the process that made the file still runs.
fn is_alive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let id = name.split('-').next().unwrap_or_default();
    id != process::id().to_string() && Path::new("/proc").join(id).exists()
}

/// What one worker is in the middle of.
pub(super) struct Entry {
    path: PathBuf,
    /// Stays open: to open it anew each time costs as much as a service.
    file: File,
}

impl Entry {
    /// A command may be shorter than the one before, and ends with its line.
    pub(super) fn begin(&mut self, command: &str) -> Result<(), CliError> {
        let line = format!("{command}\n");
        self.file.write_all_at(line.as_bytes(), 0).map_err(CliError::file("write", &self.path))
    }
}

/// A worker that comes to its end, even by a panic, leaves nothing; only the death of the process does.
impl Drop for Entry {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // If it cannot be removed, the next exploration tells of it: no harm.
            let _removed = fs::remove_file(&self.path);
        }
    }
}
