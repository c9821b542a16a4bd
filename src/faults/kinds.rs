//! Message types by the names that scenarios use, and the command that a message carries.

use crate::base::MessageKind;
use crate::seri;

/// The type of that name: one of Skynet's, or a number for those that services register themselves.
#[must_use]
pub fn kind_by_name(name: &str) -> Option<MessageKind> {
    let named = (0..=u8::MAX).map(MessageKind).find(|kind| kind.name() == Some(name));
    named.or_else(|| name.parse().ok().map(MessageKind))
}

/// Whether Lua packs messages of this type; the others carry bare bytes.
#[must_use]
pub const fn is_packed(kind: MessageKind) -> bool {
    // multicast, client, harbor, socket
    !matches!(kind, MessageKind::TEXT | MessageKind(2) | MessageKind::CLIENT | MessageKind::HARBOR | MessageKind(6))
}

/// A message's command: its first value, if that is a string of UTF-8.
#[must_use]
pub fn command(kind: MessageKind, data: &[u8]) -> Option<&str> {
    if !is_packed(kind) {
        return None;
    }
    std::str::from_utf8(seri::first_string(data)?).ok()
}
