//! The seam for looking at messages just before they are handled. Costs nothing when nobody looks.

use crate::base::{EventNumber, Handle, VirtualTime};

use super::context::Context;
use super::message::Message;
use super::node::Kernel;

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
    /// The message.
    pub message: &'a Message,
    pub(super) kernel: &'a Kernel,
    pub(super) naming: Naming,
}

/// Which senders have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// Those that live.
    Living,
    /// Those that are gone, too: the same message is known whenever it is handled.
    All,
}

impl<'a> Sight<'a> {
    /// Its sender's label; empty for timers, the runtime and, before most watchers, services that are gone. Looked up
    /// when somebody asks: few do.
    #[must_use]
    pub fn from(&self) -> &'a str {
        let source = self.message.source;
        match (self.kernel.find(source), self.naming) {
            (Some(sender), _) => self.kernel.context(sender).label(),
            (None, Naming::All) if source != Handle::NONE => self.kernel.last_label_of(source),
            (None, _) => "",
        }
    }
}

/// Looks at every message before it is handled.
pub trait Watcher {
    /// Asked once for each message, unless an answer of [`Watch::Hold`] made its number void.
    fn look(&mut self, sight: Sight<'_>) -> Watch;
}
