//! What a run came to, for people and for programs: a [`RunReport`](crate::world::RunReport) as text,
//! as JSON, as JUnit's XML. Owns wording and layout; must not know files, streams, flags or clocks.
//!
//! | file | owns |
//! |---|---|
//! | `heading` | what is known before the run starts, and the command that repeats it |
//! | `human` | the summary and the account of a failure, in at most [`LINES_MAX`] lines |
//! | `failure` | a failure, taken apart |
//! | `coverage` | the lines that an exploration reached: a table, LCOV, JSON |
//! | `exploration` | an exploration that is over |
//! | `orders` | how many of all orders it was |
//! | `page/` | a run as a page for a browser |
//! | `json` | the document of `--format json` |
//! | `junit` | the results of several scenarios as JUnit's XML |
//! | `standing` | how things stand at an event |
//! | `style` | colours |

mod coverage;
mod exploration;
mod failure;
mod heading;
mod human;
mod json;
mod junit;
mod orders;
pub mod page;
mod standing;
mod style;
#[cfg(test)]
mod tests;

pub use coverage::CoverageAccount;
pub use exploration::{
    Account, Found, Preferred, Sizes, exploration, exploration_begins, exploration_cases, exploration_document, news,
    sizes,
};
pub use heading::{Heading, quoted};
pub use human::{LINES_MAX, delivery_line, first_line, stale_pins, summary};
pub use json::{FORMAT_VERSION, document, run};
pub use junit::{Case, CaseResult, junit};
pub use orders::{Bound, OrdersAccount};
pub use standing::{chain, ending, failures, services, standing, undelivered, waits};
pub use style::{Colour, Style};
