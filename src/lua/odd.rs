//! Telling the judge what is odd about a message, and reading it from what a checkout's library says.

use mlua::ffi::lua_State;

use crate::base::{EventNumber, Handle, Session, VirtualTime};
use crate::kernel::Incident;
use crate::kernel::oddity::Oddity;
use crate::kernel::send::parse_hex;

use super::vm::{self, Vm};

/// How the real library begins its only remark about a forgotten reply.
const FORGOTTEN: &[u8] = b"Maybe forgot response session ";

/// Frames of a place in the code.
const FRAMES: usize = 3;

/// Tells the judge.
///
/// # Safety
/// The kernel has entered the VM.
#[cold]
pub(super) unsafe fn tell(vm: *mut Vm, oddity: Oddity) {
    // SAFETY: see above; nothing here raises.
    unsafe {
        let kernel = &mut *(*vm).kernel;
        let now = kernel.now();
        kernel.output.incident(now, Incident::Odd { handle: (*vm).handle, oddity });
    }
}

/// A second answer to a request, by the code that runs.
///
/// # Safety
/// As for [`tell`]; `l` is the coroutine that runs.
#[cold]
pub(super) unsafe fn tell_double_reply(l: *mut lua_State) {
    // SAFETY: see above.
    unsafe { tell(vm::vm(l), Oddity::DoubleReply { place: vm::position(l, FRAMES) }) };
}

/// A file is loaded for the second time, or more often.
///
/// # Safety
/// As for [`tell`].
#[cold]
pub(super) unsafe fn tell_reloaded(vm: *mut Vm, file: &[u8]) {
    // SAFETY: see above.
    unsafe { tell(vm, Oddity::Reloaded { file: String::from_utf8_lossy(file).into_owned() }) };
}

/// A wakeup, by the code that runs, of a coroutine that has changed hands.
///
/// # Safety
/// As for [`tell_double_reply`].
#[cold]
pub(super) unsafe fn tell_wrong_wakeup(
    l: *mut lua_State,
    victim: Option<String>,
    over: Option<(VirtualTime, EventNumber)>,
) {
    // SAFETY: see above.
    unsafe { tell(vm::vm(l), Oddity::WrongWakeup { place: vm::position(l, FRAMES), victim, over }) };
}

/// The code that runs is about to wait, and cannot.
///
/// # Safety
/// As for [`tell_double_reply`].
#[cold]
pub(super) unsafe fn tell_failed_yield(l: *mut lua_State) {
    // SAFETY: see above.
    unsafe { tell(vm::vm(l), Oddity::FailedYield { place: vm::position(l, FRAMES) }) };
}

/// What a line that a checkout's library logs says about a forgotten reply.
pub(super) fn forgotten_reply(line: &[u8]) -> Option<Oddity> {
    let text = std::str::from_utf8(line.strip_prefix(FORGOTTEN)?).ok()?;
    let (session, rest) = text.split_once(" from :")?;
    let (from, handler) = rest.split_once(" : ")?;
    let handler = handler.trim_start_matches('@').to_owned();
    Some(Oddity::ForgottenReply {
        from: Handle(parse_hex(from.as_bytes())),
        session: Session(session.parse().ok()?),
        handler,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_of_the_real_library() {
        let line = b"Maybe forgot response session 3 from :0000000a : @./bank.lua:7";
        let (from, session, handler) = (Handle(10), Session(3), "./bank.lua:7".to_owned());
        assert_eq!(forgotten_reply(line), Some(Oddity::ForgottenReply { from, session, handler }));
        assert_eq!(forgotten_reply(b"Maybe forgot response"), None);
    }
}
