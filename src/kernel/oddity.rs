//! What services and the kernel find odd while a run goes on: data for the detectors of the world.

use crate::base::{Handle, MessageKind, Session};

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
    /// A message was sent to somebody who is gone.
    MessageToTheDead {
        /// Whose address it was.
        to: Handle,
        /// The type.
        kind: MessageKind,
    },
}
