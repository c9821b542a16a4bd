//! A copy of the whole process, arenas and all, made by the system: both sides share the memory until one writes to it.
//! So what took long to build is there again at once, at the same addresses.

use std::io;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum NoCopy {
    /// This is not Linux.
    #[error("processes are copied on Linux only")]
    Unsupported,
    /// A copy would lack all threads but the one that asks, and keep their locks.
    #[error("the process has several threads, and a copy would have one")]
    Threads,
    /// The system refused.
    #[error("the system makes no copy of the process")]
    System(#[from] io::Error),
}

/// Does `work` in a copy of this process, which then ends without cleaning up. Nothing of it is seen here but what it returns;
/// `None` if it did not come to that.
///
/// # Errors
/// When there is no copy.
#[cfg(not(target_os = "linux"))]
pub fn in_a_copy(_work: impl FnOnce() -> Vec<u8>) -> Result<Option<Vec<u8>>, NoCopy> {
    Err(NoCopy::Unsupported)
}

#[cfg(target_os = "linux")]
pub use linux::in_a_copy;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::io::{self, PipeWriter, Read as _, Write as _};
    use std::panic::{self, AssertUnwindSafe};
    use std::thread;
    use std::time::Duration;

    use super::NoCopy;

    /// The threads of this process.
    const THREADS: &str = "/proc/self/task";

    /// A thread that was waited for may still be on that list: so often it is looked at again, after so long.
    const LOOKS: u32 = 200;
    const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(1);

    /// Does `work` in a copy of this process, which then ends without cleaning up. Nothing of it is seen here but what it
    /// returns; `None` if it did not come to that.
    ///
    /// # Errors
    /// When there is no copy.
    pub fn in_a_copy(work: impl FnOnce() -> Vec<u8>) -> Result<Option<Vec<u8>>, NoCopy> {
        be_alone()?;
        let (mut answer, writer) = io::pipe()?;
        // SAFETY: this is the only thread of the process, so that the copy lacks none, and finds no lock held.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error().into()),
            0 => {
                drop(answer);
                work_and_end(work, writer)
            }
            copy => {
                drop(writer);
                let mut told = Vec::new();
                let read = answer.read_to_end(&mut told);
                let ended_well = wait_for(copy)?;
                read?;
                Ok(ended_well.then_some(told))
            }
        }
    }

    /// An error if there are other threads.
    fn be_alone() -> Result<(), NoCopy> {
        for _ in 0..LOOKS {
            if fs::read_dir(THREADS)?.count() == 1 {
                return Ok(());
            }
            thread::sleep(LOOK_AGAIN_AFTER);
        }
        Err(NoCopy::Threads)
    }

    /// In the copy. What is on the stack below belongs to the original, and must not be unwound or dropped here.
    fn work_and_end(work: impl FnOnce() -> Vec<u8>, mut writer: PipeWriter) -> ! {
        let told = panic::catch_unwind(AssertUnwindSafe(work)).ok();
        let is_told = told.is_some_and(|told| writer.write_all(&told).is_ok());
        // SAFETY: ends the process, whatever state it is in.
        unsafe { libc::_exit(i32::from(!is_told)) }
    }

    /// Whether a copy ended by itself, with nothing wrong.
    fn wait_for(copy: libc::pid_t) -> io::Result<bool> {
        let mut status = 0;
        loop {
            // SAFETY: a process of ours, and a place for what became of it.
            if unsafe { libc::waitpid(copy, &raw mut status, 0) } == copy {
                return Ok(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0);
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }
}
