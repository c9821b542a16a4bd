//! The outside of a service for `io`, `os` and `lfs`: the kernel's clock, output and environment.

use crate::base::VirtualTime;
use crate::kernel::{FileAction, FileFailure, Halt, Kernel, Touch};
use crate::trace::Record;

use super::super::running;
use super::super::vm::Vm;
use super::files::Host;

/// The way from a VM's files to its kernel.
pub struct VmHost(pub *mut Vm);

impl VmHost {
    /// Does something with the kernel, while there is one.
    fn with_kernel<R>(&self, action: impl FnOnce(&mut Kernel) -> R) -> Option<R> {
        // SAFETY: the record owns this value; the kernel is set while Lua runs, null otherwise.
        unsafe {
            if self.0.is_null() {
                return None;
            }
            (*self.0).kernel.as_mut().map(action)
        }
    }
}

impl Host for VmHost {
    fn now(&self) -> VirtualTime {
        let time = |kernel: &mut Kernel| {
            kernel.touch(Touch::Time);
            kernel.now()
        };
        self.with_kernel(time).unwrap_or(VirtualTime::ZERO)
    }

    fn unix_time(&self) -> i64 {
        let time = |kernel: &mut Kernel| {
            kernel.touch(Touch::Time);
            kernel.wall_clock_s()
        };
        self.with_kernel(time).unwrap_or(0)
    }

    fn write_stdout(&mut self, bytes: &[u8]) {
        // SAFETY: as in `with_kernel`.
        let me = unsafe { (*self.0).me };
        self.with_kernel(|kernel| kernel.print(me, bytes));
    }

    fn write_stderr(&mut self, bytes: &[u8]) {
        // SAFETY: as in `with_kernel`.
        let handle = unsafe { (*self.0).handle };
        self.with_kernel(|kernel| {
            kernel.tracer_record(&Record::Print { handle, text: bytes });
            kernel.output.print_error(bytes);
        });
    }

    fn exit(&mut self, code: i32) {
        self.with_kernel(|kernel| kernel.halt(Halt::Exit(code)));
        // SAFETY: the active coroutine is the one that called.
        unsafe { running::stop(self.0) };
    }

    fn getenv(&self, _name: &str) -> Option<String> {
        // The host's environment does not exist in a run.
        None
    }

    fn uses_files(&self) {
        self.with_kernel(|kernel| kernel.touch(Touch::Changed));
    }

    fn writer(&self) -> Option<u32> {
        // SAFETY: as in `with_kernel`.
        unsafe { self.0.as_ref().map(|vm| vm.me.0) }
    }

    fn disturb(&mut self, path: &[u8], action: FileAction) -> Option<FileFailure> {
        // SAFETY: as in `with_kernel`.
        let me = unsafe { self.0.as_ref()?.me };
        self.uses_files();
        self.with_kernel(|kernel| kernel.disturb_file(me, path, action)).flatten()
    }
}
