//! Pins: decisions about order that a plan fixes, by the messages that they are about. Data only; the
//! layer that runs plans holds messages back.

use std::fmt;

use super::plan::Origin;

/// A message is not handled before another one has been. Its service waits meanwhile, with all its
/// messages, as if no worker had come to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The message that waits.
    pub hold: MessageName,
    /// The message that it waits for.
    pub after: MessageName,
    /// Where the scenario says so.
    pub origin: Origin,
}

/// One message of a run, told by what it is. It means the same if others come or stay away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageName {
    /// The service that handles it.
    pub to: String,
    /// Who sent it; `timer` for timers. `None`: anybody.
    pub from: Option<String>,
    /// The name of its type, such as `lua` or `response`. `None`: any type.
    pub kind: Option<String>,
    /// The command: the first value, if that is a string. `None`: any message.
    pub command: Option<String>,
    /// Which of the messages that are so, in the order in which they are handled, from 1.
    pub nth: u64,
}

/// `message 3 of bank: lua withdraw from client2`
impl fmt::Display for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {} of {}", self.nth, self.to)?;
        if self.kind.is_some() || self.command.is_some() {
            f.write_str(":")?;
        }
        for word in [&self.kind, &self.command].into_iter().flatten() {
            write!(f, " {word}")?;
        }
        match &self.from {
            Some(from) => write!(f, " from {from}"),
            None => Ok(()),
        }
    }
}
