//! What services and the kernel find odd while a run goes on: data for the detectors of the world.

use crate::base::{EventNumber, Handle, MessageKind, Session, VirtualTime};

/// Something odd about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// The handler of a request returned without an answer, and without a way to give it later.
    ForgottenReply {
        /// Who asks.
        from: Handle,
        /// Under which number.
        session: Session,
        /// Where the handler is, as `file:line`.
        handler: String,
    },
    /// A request was answered a second time.
    DoubleReply {
        /// Where in the code.
        place: String,
    },
    /// A response came that nobody waits for.
    UnknownResponse {
        /// Who sent it.
        from: Handle,
        /// Under which number.
        session: Session,
    },
    /// A message came of a type that nobody handles here.
    UnregisteredProtocol {
        /// Who sent it.
        from: Handle,
        /// The type.
        kind: MessageKind,
    },
    /// A coroutine was woken that has changed hands: the task that was meant is over.
    WrongWakeup {
        /// Where in the code.
        place: String,
        /// Where the task waits that was woken instead; none if nobody was.
        victim: Option<String>,
        /// When the last task ended whose coroutine Lua code had in its hands, and during which event.
        over: Option<(VirtualTime, EventNumber)>,
    },
    /// Something that waits was called where no coroutine can wait, and has left its entry behind.
    FailedYield {
        /// Where in the code.
        place: String,
    },
    /// A service has loaded a file again.
    Reloaded {
        /// Its file.
        file: String,
    },
    /// A timer ran off whose service is gone.
    OrphanedTimer,
    /// A message was sent to somebody who is gone.
    MessageToTheDead {
        /// Whose address it was.
        to: Handle,
        /// The type.
        kind: MessageKind,
    },
}
