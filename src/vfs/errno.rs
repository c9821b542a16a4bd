//! The error numbers that file operations give, with the texts that glibc prints for them.

use std::fmt;
use std::io;

/// Why a file operation failed: a C `errno`, numbered as on Linux whatever the host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum Errno {
    /// `ENOENT`
    NotFound = 2,
    /// `EIO`
    InputOutput = 5,
    /// `EBADF`
    BadDescriptor = 9,
    /// `EACCES`
    Denied = 13,
    /// `EBUSY`
    Busy = 16,
    /// `EEXIST`
    Exists = 17,
    /// `ENOTDIR`
    NotDirectory = 20,
    /// `EISDIR`
    IsDirectory = 21,
    /// `EINVAL`
    Invalid = 22,
    /// `EFBIG`
    TooLarge = 27,
    /// `ENOSPC`
    NoSpace = 28,
    /// `ESPIPE`
    IllegalSeek = 29,
    /// `ENAMETOOLONG`
    NameTooLong = 36,
    /// `ENOTEMPTY`
    NotEmpty = 39,
    /// `ELOOP`
    TooManyLinks = 40,
}

impl Errno {
    /// The number in C.
    #[must_use]
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// What glibc's `strerror` prints.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Errno::NotFound => "No such file or directory",
            Errno::InputOutput => "Input/output error",
            Errno::BadDescriptor => "Bad file descriptor",
            Errno::Denied => "Permission denied",
            Errno::Busy => "Device or resource busy",
            Errno::Exists => "File exists",
            Errno::NotDirectory => "Not a directory",
            Errno::IsDirectory => "Is a directory",
            Errno::Invalid => "Invalid argument",
            Errno::TooLarge => "File too large",
            Errno::NoSpace => "No space left on device",
            Errno::IllegalSeek => "Illegal seek",
            Errno::NameTooLong => "File name too long",
            Errno::NotEmpty => "Directory not empty",
            Errno::TooManyLinks => "Too many levels of symbolic links",
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Errno {}

/// What the host reports; kinds that a simulated node has no word for become `EIO`.
impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Errno {
        match error.kind() {
            io::ErrorKind::NotFound => Errno::NotFound,
            io::ErrorKind::PermissionDenied => Errno::Denied,
            io::ErrorKind::NotADirectory => Errno::NotDirectory,
            io::ErrorKind::IsADirectory => Errno::IsDirectory,
            // ELOOP of Linux and of macOS: the standard library has no stable name for it.
            _ if matches!(error.raw_os_error(), Some(40 | 62)) => Errno::TooManyLinks,
            _ => Errno::InputOutput,
        }
    }
}
