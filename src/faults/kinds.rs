//! Message types by the names that scenarios use, and the command that a message carries.

use crate::base::MessageKind;
use crate::seri;

/// The type of that name: one of Skynet's, or a number for those that services register themselves.
#[must_use]
pub fn kind_by_name(name: &str) -> Option<MessageKind> {
    let named = (0..=u8::MAX).map(MessageKind).find(|kind| kind.name() == Some(name));
    named.or_else(|| name.parse().ok().map(MessageKind))
}

/// A message's command: its first value, if that is a string of UTF-8.
#[must_use]
pub fn command(kind: MessageKind, data: &[u8]) -> Option<&str> {
    if !kind.is_packed() {
        return None;
    }
    std::str::from_utf8(seri::first_string(data)?).ok()
}
