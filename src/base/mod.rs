//! Value types that every layer uses: time, ids, seeds and the random streams drawn from them.
//! Knows nothing of Skynet's behaviour, of Lua or of files.

pub mod id;
pub mod random;
pub mod time;
pub mod value;

pub use id::{EventNumber, Handle, MessageKind, Session};
pub use random::{Seed, Stream};
pub use time::{Span, VirtualTime};
pub use value::{Table, Value};
