//! Properties of hot reload that nobody has to write: runs that differ only in a reload, or only in the code, and what can be
//! seen of that from outside. Owns the logic only; must not know files, streams or wording of reports. Whoever asks
//! plays the plans.
//!
//! | file | owns |
//! |---|---|
//! | `plan` | the plan without reloads, and with some |
//! | `moments` | before which messages they happen |
//! | `difference` | what differs between two runs |
//! | `recorded` | what differs between a trace and a run |

mod difference;
mod moments;
mod plan;
mod recorded;

pub use difference::{Difference, Leniency, Shown, answers, differences};
pub use moments::draw;
pub use plan::{bare, count_messages, kept_places, reloading};
pub use recorded::{OtherTimeline, Recorded};
