//! Bugs in skysim: told as such, with what to report, and with an exit code of their own. The one panic
//! that is no bug is a machine without address space.

use std::backtrace::Backtrace;
use std::env;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use super::args::VERSION;
use super::exit::Exit;
use crate::memory::AddressSpaceRefused;
use crate::report::quoted;

/// Runs `work`; a panic in it ends with [`Exit::Bug`].
pub(super) fn guarded(work: impl FnOnce() -> Exit) -> Exit {
    panic::set_hook(Box::new(tell));
    // Nothing of `work` is used after a panic.
    let end = panic::catch_unwind(AssertUnwindSafe(work));
    end.unwrap_or_else(|payload| if payload.is::<AddressSpaceRefused>() { Exit::Usage } else { Exit::Bug })
}

fn tell(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    if let Some(refused) = payload.downcast_ref::<AddressSpaceRefused>() {
        let _ = io::stderr().lock().write_all(format!("{refused}\n").as_bytes());
        return;
    }
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no message)");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let command: Vec<String> = env::args().map(|word| quoted(&word)).collect();
    let trace = Backtrace::capture().to_string();
    let text = format!(
        "\nthis is a bug in skysim, not in your services\n\
         \x20 {message}\n\
         \x20 at {place}\n\
         \n\
         Please report these lines, and the scenario if you can share it:\n\
         \x20 skysim {VERSION}, {} {}\n\
         \x20 {}\n\
         With RUST_BACKTRACE=1 there is more to report.\n",
        env::consts::OS,
        env::consts::ARCH,
        command.join(" "),
    );
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes());
    if !trace.starts_with("disabled") {
        let _ = err.write_all(trace.as_bytes());
    }
}
