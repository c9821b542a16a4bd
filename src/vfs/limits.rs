//! Bounds of a simulated node's file system. They keep a runaway service from eating the host's
//! memory; an ordinary service never meets them.

/// The largest file. Beyond it a write fails with `EFBIG`; a sparse write far out would otherwise
/// ask the host for all the memory in between.
pub(super) const FILE_SIZE_MAX: u64 = 256 << 20;

/// Bytes that a node may hold in files it wrote. Beyond it a write fails with `ENOSPC`.
pub(super) const WRITTEN_BYTES_MAX: u64 = 1 << 30;

/// What each file or directory counts as, besides its bytes: about what it takes in memory.
pub(super) const NODE_BYTES: u64 = 256;

/// Linux's `PATH_MAX`, without the final zero.
pub(super) const PATH_BYTES_MAX: usize = 4095;

/// Linux's `NAME_MAX`.
pub(super) const NAME_BYTES_MAX: usize = 255;

/// Links followed in one path before `ELOOP`, as in Linux.
pub(super) const LINKS_MAX: u32 = 40;
