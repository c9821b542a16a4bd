//! Skynet's message format (`lualib-src/lua-seri.c`) over plain [`Value`](crate::base::Value)s:
//! encoding, decoding, and two renderings for people and traces. Owns the byte format and nothing
//! else; must not know Lua states, services or files. Every function is total: no input panics,
//! reads out of bounds or allocates more than a small multiple of its own size.

mod decode;
mod display;
mod encode;
mod first;
pub(crate) mod json;
mod render;
#[cfg(test)]
pub(crate) mod samples;
pub mod wire;

pub use decode::{DecodeError, decode};
pub use display::display;
pub use encode::{EncodeError, encode};
pub use first::first_string;
pub use render::{render_json, whole_values};

/// Nesting levels of tables that encoding accepts, contents included: the real limit.
pub const ENCODE_DEPTH_MAX: usize = 32;

/// Nesting levels of tables that decoding and rendering accept. The real `unpack` has no limit but
/// the C stack; no real `pack` writes more than 33. It also keeps every rendering, wrapped
/// in a trace line, below the 128 levels at which JSON readers stop.
pub const DECODE_DEPTH_MAX: usize = 100;
