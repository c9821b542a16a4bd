//! Ids as newtypes, so that a session is never taken for a handle.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A service's 32-bit address: harbor in the top byte, index below (`skynet_handle.c`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(pub u32);

impl Handle {
    /// No service: the runtime itself, timers and sockets.
    pub const NONE: Handle = Handle(0);
}

/// As log lines show it: `:0000000a`.
impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ":{:08x}", self.0)
    }
}

/// A request's number within the service that made it; 0 for messages that want no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Session(pub i32);

impl Session {
    /// A plain send.
    pub const NONE: Session = Session(0);
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The type byte of a message (`skynet.h`, `PTYPE_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKind(pub u8);

impl MessageKind {
    /// Log lines, and messages of C services.
    pub const TEXT: MessageKind = MessageKind(0);
    /// Answers and expired timers.
    pub const RESPONSE: MessageKind = MessageKind(1);
    /// Notice to the exit monitor; otherwise free for clients.
    pub const CLIENT: MessageKind = MessageKind(3);
    /// Between runtime services.
    pub const SYSTEM: MessageKind = MessageKind(4);
    /// Commands to the harbor service.
    pub const HARBOR: MessageKind = MessageKind(5);
    /// A failed request, or with session 0: "the source is gone".
    pub const ERROR: MessageKind = MessageKind(7);
    /// The debug console's protocol.
    pub const DEBUG: MessageKind = MessageKind(9);
    /// Ordinary messages between Lua services.
    pub const LUA: MessageKind = MessageKind(10);
    /// Calls of methods of snax services.
    pub const SNAX: MessageKind = MessageKind(11);
    /// Tags the next request of a source for the trace log.
    pub const TRACE: MessageKind = MessageKind(12);

    /// The protocol's name in Lua, for the types that Skynet names.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "text",
            1 => "response",
            2 => "multicast",
            3 => "client",
            4 => "system",
            5 => "harbor",
            6 => "socket",
            7 => "error",
            8 => "queue",
            9 => "debug",
            10 => "lua",
            11 => "snax",
            12 => "trace",
            _ => return None,
        })
    }

    /// Whether Lua packs messages of this type. The others carry text or the bytes of C structures,
    /// which could pass for a packing by accident.
    #[must_use]
    pub const fn is_packed(self) -> bool {
        // multicast, client, harbor, socket
        !matches!(self, MessageKind::TEXT | MessageKind(2) | MessageKind::CLIENT | MessageKind::HARBOR | MessageKind(6))
    }
}

/// The number of something that happened, counted from 1 over a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventNumber(pub u64);

impl fmt::Display for EventNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
