//! What `io`, `os` and `lfs` of one service work on: the node's file system, the service's open
//! files, and the host (clock, standard output, environment). Safe Rust but for the way here from
//! a Lua state. Knows nothing of arguments and results; those are the business of the libraries.
//!
//! Lua holds open files as slot numbers only, so a service's memory can be copied and restored
//! next to [`Files::save`] and [`Files::restore`].

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use mlua::ffi;

use crate::base::VirtualTime;
use crate::kernel::{FileAction, FileFailure};
use crate::vfs::{Bytes, Errno, FileId, OpenMode, Vfs};

use super::blocks::Blocks;

/// What the libraries need from outside the service.
pub trait Host {
    /// The moment of the run.
    fn now(&self) -> VirtualTime;
    /// What the wall clock shows, in Unix seconds.
    fn unix_time(&self) -> i64;
    /// What `print`, `io.write` and `io.stdout` write.
    fn write_stdout(&mut self, bytes: &[u8]);
    /// What `io.stderr` writes.
    fn write_stderr(&mut self, bytes: &[u8]);
    /// `os.exit`: the node is to end. Lua sees an error next; nothing of the node should run then.
    fn exit(&mut self, code: i32);
    /// A variable of the node's environment.
    fn getenv(&self, name: &str) -> Option<String>;
    /// Something is done with the file system.
    fn uses_files(&self) {}
    /// Which service writes.
    fn writer(&self) -> Option<u32> {
        None
    }
    /// How a fault lets something with a file fail.
    fn disturb(&mut self, _path: &[u8], _action: FileAction) -> Option<FileFailure> {
        None
    }
}

/// A number by which Lua names an open file; the first three are the standard files.
pub type Slot = i32;

/// The slot of `io.stdin`.
pub const STDIN: Slot = 0;
/// The slot of `io.stdout`.
pub const STDOUT: Slot = 1;
/// The slot of `io.stderr`.
pub const STDERR: Slot = 2;

/// Where a C `fseek` counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The beginning of the file.
    Start,
    /// The position now.
    Current,
    /// The end of the file.
    End,
}

/// A C `fopen` mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    open: OpenMode,
    read: bool,
    write: bool,
    append: bool,
}

impl Mode {
    /// Reads `[rwa]%+?b*`, all that Lua accepts.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Mode> {
        let (&first, rest) = text.split_first()?;
        let (plus, rest) = rest.strip_prefix(b"+").map_or((false, rest), |rest| (true, rest));
        if rest.iter().any(|byte| *byte != b'b') {
            return None;
        }
        let (open, read) = match first {
            b'r' if plus => (OpenMode::Update, true),
            b'r' => (OpenMode::Read, true),
            b'w' => (OpenMode::Truncate, plus),
            b'a' => (OpenMode::Append, plus),
            _ => return None,
        };
        Some(Mode { open, read, write: plus || first != b'r', append: first == b'a' })
    }
}

/// Bytes inside the file system. Valid until it changes: push them to Lua at once (Lua copies
/// them before it can run a finaliser).
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first byte.
    pub start: *const u8,
    /// How many.
    pub length: usize,
}

#[derive(Clone, Debug)]
pub(super) enum OpenFile {
    Input,
    Output,
    Error,
    File {
        id: FileId,
        position: u64,
        mode: Mode,
        path: Rc<[u8]>,
        unflushed: Option<Bytes>,
    },
    /// A file of a database.
    Blocks(Blocks),
}

#[derive(Clone, Debug)]
struct OpenDirectory {
    names: Vec<Box<[u8]>>,
    next: usize,
}

/// A service's open files, as data: a checkpoint keeps a copy.
#[derive(Clone, Debug)]
pub struct OpenFiles {
    files: Vec<Option<OpenFile>>,
    directories: Vec<Option<OpenDirectory>>,
}

/// The files of one service.
pub struct Files {
    pub(super) vfs: Rc<RefCell<Vfs>>,
    pub(super) host: Box<dyn Host>,
    open: OpenFiles,
    /// Text on its way to Lua: owned here, since an error in Lua would not drop it.
    text: Vec<u8>,
}

/// The files of the service that a Lua state belongs to: the one place that knows how to find them.
///
/// # Safety
/// `l` is a live state of a service.
unsafe fn files(l: *mut ffi::lua_State) -> *mut Files {
    #[cfg(test)]
    // SAFETY: as the caller promises.
    if let Some(files) = unsafe { super::tests::attached(l) } {
        return files;
    }
    // SAFETY: as the caller promises.
    unsafe { &raw mut (*super::super::vm::vm(l)).files }
}

/// Does something with the files of a state's service. `action` must not call Lua, and should
/// give back plain values: they may be alive when Lua raises an error.
///
/// # Safety
/// As for [`files`].
pub(super) unsafe fn with<R>(l: *mut ffi::lua_State, action: impl FnOnce(&mut Files) -> R) -> R {
    // SAFETY: the files outlive the state, and since `action` does not call Lua, it is the only
    // one to hold a reference.
    action(unsafe { &mut *files(l) })
}

impl Files {
    /// No file is open but the standard ones.
    #[must_use]
    pub fn new(vfs: Rc<RefCell<Vfs>>, host: Box<dyn Host>) -> Files {
        let files = vec![Some(OpenFile::Input), Some(OpenFile::Output), Some(OpenFile::Error)];
        Files { vfs, host, open: OpenFiles { files, directories: Vec::new() }, text: Vec::new() }
    }

    /// The file system of the node.
    #[must_use]
    pub fn vfs(&self) -> &Rc<RefCell<Vfs>> {
        &self.vfs
    }

    /// A copy of the table of open files, to be kept with a copy of the file system.
    #[must_use]
    pub fn save(&self) -> OpenFiles {
        self.open.clone()
    }

    /// Takes back what [`Files::save`] gave. The file system has to be restored too.
    pub fn restore(&mut self, open: OpenFiles) {
        self.open = open;
    }

    /// Gives back all open files: for the end of a service whose finalisers do not run.
    pub fn close_all(&mut self) {
        for slot in 0..self.open.files.len() {
            self.close(slot as Slot);
        }
        self.open.directories.clear();
    }

    /// Whether `path` can be opened for reading (as stock Lua asks in `package.searchpath`).
    #[must_use]
    pub fn readable(&self, path: &[u8]) -> bool {
        self.host.uses_files();
        let mut vfs = self.vfs.borrow_mut();
        vfs.open(path, OpenMode::Read, 0).map(|file| vfs.close(file)).is_ok()
    }

    /// The whole content of the file at `path`, not copied: for `loadfile`.
    ///
    /// # Errors
    /// Those of `fopen`, and `EISDIR`.
    pub fn read_file(&self, path: &[u8]) -> Result<Bytes, Errno> {
        self.host.uses_files();
        self.vfs.borrow_mut().read(path)
    }

    /// The host's file behind `path`; none for a file that the run made.
    ///
    /// # Errors
    /// Those of `fopen`.
    pub(super) fn host_path(&self, path: &[u8]) -> Result<Option<PathBuf>, Errno> {
        self.vfs.borrow_mut().host_path(path)
    }

    /// Replaces what is outside the service.
    pub fn set_host(&mut self, host: Box<dyn Host>) {
        self.host = host;
    }

    /// What is outside the service.
    pub(super) fn host(&mut self) -> &mut dyn Host {
        &mut *self.host
    }

    /// The wall clock, in Unix seconds.
    pub(super) fn unix_time(&self) -> i64 {
        self.host.unix_time()
    }

    /// Does something with the file system, at the time now.
    pub(super) fn on_vfs<R>(&mut self, action: impl FnOnce(&mut Vfs, i64) -> R) -> R {
        self.host.uses_files();
        let now = self.unix_time();
        let mut vfs = self.vfs.borrow_mut();
        vfs.set_writer(self.host.writer());
        let result = action(&mut vfs, now);
        vfs.set_writer(None);
        result
    }

    /// Keeps a text until the next one.
    pub(super) fn keep(&mut self, text: &[u8]) -> Span {
        self.text.clear();
        self.text.extend_from_slice(text);
        Span { start: self.text.as_ptr(), length: self.text.len() }
    }

    pub(super) fn open(&mut self, path: &[u8], mode: Mode) -> Result<Slot, Errno> {
        if let Some(failure) = self.host.disturb(path, FileAction::Open) {
            return Err(errno(failure));
        }
        let id = self.on_vfs(|vfs, now| vfs.open(path, mode.open, now))?;
        // As glibc: `a` starts at the end, `a+` at the beginning.
        let position = if mode.append && !mode.read { self.size(id) } else { 0 };
        Ok(self.enter(OpenFile::File { id, position, mode, path: path.into(), unflushed: None }))
    }

    pub(super) fn open_unnamed(&mut self) -> Result<Slot, Errno> {
        let id = self.on_vfs(Vfs::open_unnamed)?;
        let mode = Mode { open: OpenMode::Truncate, read: true, write: true, append: false };
        Ok(self.enter(OpenFile::File { id, position: 0, mode, path: Rc::default(), unflushed: None }))
    }

    pub(super) fn enter(&mut self, file: OpenFile) -> Slot {
        insert(&mut self.open.files, file)
    }

    pub(super) fn close(&mut self, slot: Slot) {
        let entry = usize::try_from(slot).ok().and_then(|slot| self.open.files.get_mut(slot));
        let Some(entry) = entry else { return };
        match entry {
            Some(OpenFile::File { id, .. }) => self.vfs.borrow_mut().close(*id),
            Some(OpenFile::Blocks(blocks)) => blocks.close(&mut self.vfs.borrow_mut()),
            _ => return,
        }
        *entry = None;
    }

    pub(super) fn file(&mut self, slot: Slot) -> Result<&mut OpenFile, Errno> {
        let entry = usize::try_from(slot).ok().and_then(|slot| self.open.files.get_mut(slot));
        entry.and_then(Option::as_mut).ok_or(Errno::BadDescriptor)
    }

    fn size(&self, id: FileId) -> u64 {
        self.vfs.borrow().bytes(id).map_or(0, |bytes| bytes.len() as u64)
    }

    /// Reads as many bytes as `measure` says, which sees all that are left.
    pub(super) fn take(&mut self, slot: Slot, measure: impl FnOnce(&[u8]) -> usize) -> Result<Span, Errno> {
        self.disturb(slot, FileAction::Read)?;
        let vfs = Rc::clone(&self.vfs);
        let vfs = vfs.borrow();
        let (ahead, position) = match self.file(slot)? {
            OpenFile::Input => (&[][..], &mut 0),
            OpenFile::File { id, position, mode, .. } if mode.read => {
                let from = usize::try_from(*position).unwrap_or(usize::MAX);
                (vfs.bytes(*id)?.get(from..).unwrap_or_default(), position)
            }
            _ => return Err(Errno::BadDescriptor),
        };
        let taken = &ahead[..measure(ahead)];
        *position += taken.len() as u64;
        Ok(Span { start: taken.as_ptr(), length: taken.len() })
    }

    /// Renames or removes `path`, or makes it a folder, unless a fault lets that fail.
    pub(super) fn change(
        &mut self,
        path: &[u8],
        action: impl FnOnce(&mut Vfs, i64) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        match self.host.disturb(path, FileAction::Change) {
            Some(failure) => Err(errno(failure)),
            None => self.on_vfs(action),
        }
    }

    /// Asks whether a fault lets this fail. A short write leaves so many bytes in the file.
    fn disturb(&mut self, slot: Slot, action: FileAction) -> Result<(), Errno> {
        let OpenFile::File { path, .. } = self.file(slot)? else { return Ok(()) };
        let path = Rc::clone(path);
        self.host.disturb(&path, action).map_or(Ok(()), |failure| Err(errno(failure)))
    }

    /// Everything that was written is safe from a crash of the service.
    pub(super) fn flush(&mut self, slot: Slot) {
        if let Ok(OpenFile::File { unflushed, .. }) = self.file(slot) {
            *unflushed = None;
        }
    }

    /// Takes back what was not flushed, but for the first bytes of it.
    pub fn crash(&mut self, torn: u64) {
        for file in self.open.files.iter_mut().flatten() {
            match file {
                OpenFile::File { id, unflushed, .. } => {
                    if let Some(before) = unflushed.take() {
                        self.vfs.borrow_mut().lose_writes(*id, &before, torn);
                    }
                }
                OpenFile::Blocks(blocks) => blocks.crash(&mut self.vfs.borrow_mut(), torn),
                OpenFile::Input | OpenFile::Output | OpenFile::Error => {}
            }
        }
    }

    /// Writes all of `bytes`, or nothing, unless a fault lets a part of it through.
    pub(super) fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Errno> {
        let OpenFile::File { path, mode, .. } = self.file(slot)? else { return self.write_all(slot, bytes) };
        if bytes.is_empty() || !mode.write {
            return self.write_all(slot, bytes);
        }
        let path = Rc::clone(path);
        let Some(failure) = self.host.disturb(&path, FileAction::Write) else { return self.write_all(slot, bytes) };
        if let FileFailure::Short(length) = failure {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length >= bytes.len() {
                return self.write_all(slot, bytes);
            }
            self.write_all(slot, &bytes[..length])?;
        }
        Err(errno(failure))
    }

    fn write_all(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Errno> {
        if bytes.is_empty() {
            return self.file(slot).map(|_| ());
        }
        let (id, offset) = match self.file(slot)? {
            OpenFile::Output => {
                self.host.write_stdout(bytes);
                return Ok(());
            }
            OpenFile::Error => {
                self.host.write_stderr(bytes);
                return Ok(());
            }
            OpenFile::File { id, position, mode, .. } if mode.write => (*id, (!mode.append).then_some(*position)),
            _ => return Err(Errno::BadDescriptor),
        };
        let offset = offset.unwrap_or_else(|| self.size(id));
        let before = self.vfs.borrow().before_write(id);
        self.on_vfs(|vfs, now| vfs.write_at(id, offset, bytes, now))?;
        if let OpenFile::File { position, unflushed, .. } = self.file(slot)? {
            *position = offset + bytes.len() as u64;
            if unflushed.is_none() {
                *unflushed = before;
            }
        }
        Ok(())
    }

    /// Moves the position, and tells it.
    pub(super) fn seek(&mut self, slot: Slot, whence: Whence, offset: i64) -> Result<i64, Errno> {
        // `fseek` writes the buffer.
        self.flush(slot);
        let OpenFile::File { id, position, .. } = self.file(slot)? else { return Err(Errno::IllegalSeek) };
        let (id, position) = (*id, *position);
        let base = match whence {
            Whence::Start => 0,
            Whence::Current => position,
            Whence::End => self.size(id),
        };
        let target = i64::try_from(base).ok().and_then(|base| base.checked_add(offset)).ok_or(Errno::Invalid)?;
        let moved = u64::try_from(target).map_err(|_| Errno::Invalid)?;
        if let OpenFile::File { position, .. } = self.file(slot)? {
            *position = moved;
        }
        Ok(target)
    }

    pub(super) fn open_directory(&mut self, path: &[u8]) -> Result<Slot, Errno> {
        let mut names = vec![Box::from(*b"."), Box::from(*b"..")];
        names.extend(self.on_vfs(|vfs, _| vfs.list(path))?);
        Ok(insert(&mut self.open.directories, OpenDirectory { names, next: 0 }))
    }

    /// The next name; at the end the directory is closed.
    pub(super) fn next_name(&mut self, slot: Slot) -> Option<Span> {
        let index = usize::try_from(slot).ok()?;
        let directory = self.open.directories.get_mut(index)?.as_mut()?;
        let Some(name) = directory.names.get(directory.next) else {
            self.close_directory(slot);
            return None;
        };
        directory.next += 1;
        Some(Span { start: name.as_ptr(), length: name.len() })
    }

    pub(super) fn close_directory(&mut self, slot: Slot) {
        if let Some(entry) = usize::try_from(slot).ok().and_then(|slot| self.open.directories.get_mut(slot)) {
            *entry = None;
        }
    }
}

pub(super) fn errno(failure: FileFailure) -> Errno {
    match failure {
        FileFailure::Error => Errno::InputOutput,
        FileFailure::Full | FileFailure::Short(_) => Errno::NoSpace,
    }
}

/// Puts a value into the first free place of a table.
fn insert<T>(table: &mut Vec<Option<T>>, value: T) -> Slot {
    let free = table.iter().position(Option::is_none).unwrap_or(table.len());
    if free == table.len() {
        table.push(Some(value));
    } else {
        table[free] = Some(value);
    }
    // Each open file costs a service memory in Lua; two thousand million do not fit.
    free as Slot
}
