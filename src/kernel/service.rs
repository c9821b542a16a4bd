//! What the kernel asks of a service. Knows nothing of how it is written.

use std::any::Any;

use crate::memory::Lines;

use super::context::ServiceId;
use super::message::Message;
use super::node::Kernel;

/// Whether a service's init function succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It lives.
    Yes,
    /// It is taken down again, and LAUNCH returns nothing.
    No,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A callback took it.
    Handled,
    /// No callback is set: it vanishes without an answer (`skynet_server.c`, `ctx->cb == NULL`).
    NoCallback,
}

/// One service instance: what a C module's `create`, `init`, callback, `signal` and `release` do.
pub trait Service: Any {
    /// The init function; runs inside LAUNCH, in the launcher's turn.
    fn start(&mut self, kernel: &mut Kernel, me: ServiceId, args: &[u8]) -> Started;

    /// One message. The payload may be taken out of `message`; what is left is freed afterwards.
    fn receive(&mut self, kernel: &mut Kernel, message: &mut Message) -> Received;

    /// The memory that its next message will need.
    fn lines(&self) -> Lines {
        Lines::NONE
    }

    /// The SIGNAL command, in the turn of whoever gave it.
    fn signal(&mut self, _kernel: &mut Kernel, _signal: i32) {}

    /// The end. Finalizers may still send; the handle is gone already.
    fn stop(&mut self, _kernel: &mut Kernel) {}

    /// For the layers that know the concrete type.
    fn as_any(&mut self) -> &mut dyn Any;
}

/// Makes services of one kind: what a file in `cpath` is to Skynet.
pub trait Module {
    /// The first word of a LAUNCH command.
    fn name(&self) -> &str;

    /// A new instance, not yet started.
    fn create(&self, kernel: &mut Kernel, args: &[u8]) -> Box<dyn Service>;
}
