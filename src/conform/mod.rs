//! The same timeline on real Skynet and in skysim: what of a plan can be played there, the driver service and the
//! config that play it, what is left of a run to compare, and the comparison. Must not start processes, look at
//! clocks or write files: `cli::conform` does.
//!
//! | file | owns |
//! |---|---|
//! | `reduced` | the part of a plan that real Skynet can play |
//! | `literal` | values as Lua source |
//! | `driver`, `driver.lua` | the service that plays a plan |
//! | `node` | the config of the real node, and the folders that it sees |
//! | `lsqlite3.lua` | the database module of a real node that has none |
//! | `orders` | other orders of a run in skysim |
//! | `transcript` | what came of a run: replies, log lines, prints |
//! | `compare` | whether two of these agree |

pub use compare::{Comparison, Moments, compare};
pub use driver::{DRIVER, LAST_WORDS, driver};
pub use node::{Home, Layout, SIM, STORES, config, layout, lsqlite3, preload};
pub use orders::{ORDERS, in_order};
pub use reduced::{Reduced, last_event, reduce};
pub use transcript::{Gathered, Transcript};

mod compare;
mod driver;
pub mod literal;
mod node;
mod orders;
mod reduced;
#[cfg(test)]
mod tests;
mod transcript;
