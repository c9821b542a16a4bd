//! Raw memory under our own rule: arenas whose addresses are a pure function of what was asked of
//! them, and message payloads that live in one. Knows nothing of Lua or of services. This layer and
//! `lua` are the only places with `unsafe`.

pub mod arena;
mod copy;
mod lines;
pub mod payload;
pub mod shared;

pub use arena::{AddressSpaceRefused, Arena, ArenaImage};
pub use copy::{NoCopy, in_a_copy};
pub use lines::Lines;
pub use payload::{Note, Payload, PayloadStore};
pub use shared::SharedRegion;
