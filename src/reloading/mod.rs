//! Properties of hot reload that nobody has to write: runs that differ only in a reload, or only in the code, and what can be
//! seen of that from outside. Owns the logic only; must not know files, streams or wording of reports. Whoever asks
//! plays the plans.
//!
//! | file | owns |
//! |---|---|
//! | `plan` | the plan without reloads, and with some |
//! | `moments` | before which messages they happen |
//! | `difference` | what differs between two runs |

mod difference;
mod moments;
mod plan;

pub use difference::{Difference, Leniency, Shown, answers, differences};
pub use moments::draw;
pub use plan::{Reload, Way, bare, count_messages, reloading};
