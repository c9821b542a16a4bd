//! The seam for looking at messages just before they are handled. Costs nothing when nobody looks.

use crate::base::{EventNumber, VirtualTime};

use super::context::Context;
use super::message::Message;

/// Whether a message is handled now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// It is.
    Go,
    /// Something shall happen first: the step ends with [`Step::Held`](super::Step::Held), and the
    /// next one goes on with this message, if it is still there.
    Hold,
}

/// A message on the point of being handled.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// The number that its handling will have.
    pub event: EventNumber,
    /// When.
    pub now: VirtualTime,
    /// Its receiver.
    pub to: &'a Context,
    /// Its sender's label; empty for timers, the runtime and services that are gone.
    pub from: &'a str,
    /// The message.
    pub message: &'a Message,
}

/// Looks at every message before it is handled.
pub trait Watcher {
    /// Asked once for each message, unless an answer of [`Watch::Hold`] made its number void.
    fn look(&mut self, sight: Sight<'_>) -> Watch;
}
