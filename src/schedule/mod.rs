//! Who runs next. No schedule may produce an order that real Skynet cannot.
//!
//! | file | owns |
//! |---|---|
//! | `name` | schedules by name |
//! | `portfolio` | which schedule the n-th run of an exploration uses |
//! | `skynet` | the order of one worker |
//! | `workers` | what all others share: handlers take time, and their messages are on their way |
//! | `random`, `uniform`, `fair`, `pct` | a choice of the next service each |
//! | `guided/` | one order of all that there are, turn by turn, and what happened in it |

mod fair;
pub mod guided;
mod name;
mod pct;
mod portfolio;
mod random;
mod skynet;
#[cfg(test)]
mod tests;
mod uniform;
mod workers;

pub use name::{SCHEDULES, Strategy, StrategyError, guided as guided_by, taking_over};
pub use portfolio::{PORTFOLIO, for_run};

use crate::base::Seed;
use crate::kernel::Schedule;

/// The schedule of that name.
///
/// # Errors
/// When nothing is called so.
pub fn by_name(name: &str, seed: Seed) -> Result<Box<dyn Schedule>, StrategyError> {
    Ok(name.parse::<Strategy>()?.build(seed))
}
