//! Exploration: what to run next, which failures are the same bug, and the smallest plan that still has it.
//! Owns the logic only; must not know files, threads, clocks or wording. Whoever explores plays the plans.
//!
//! | file | owns |
//! |---|---|
//! | `fingerprint` | what makes two failures the same bug |
//! | `findings` | the bugs found so far, and how to add up those of several workers |
//! | `calm` | the plan in which nothing goes wrong |
//! | `coverage` | lines and branches that were reached, by file |
//! | `trial` | the n-th run: its seed and its schedule |
//! | `parents` | runs that reached something new, and runs that branch off them |
//! | `promises` | reloads that must change nothing, and those that did |
//! | `orders/` | all orders of a small system, each once |
//! | `sweep` | the same run with one fault after the other |
//! | `shrink` | making a failing plan smaller |
//! | `subsets` | leaving out as much of a list as possible |

mod calm;
mod coverage;
mod findings;
mod fingerprint;
pub mod orders;
mod parents;
mod promises;
mod shrink;
mod subsets;
pub mod sweep;
#[cfg(test)]
mod tests;
mod trial;

pub use calm::calm;
pub use coverage::{Branch, FileReached, Function, Ratio, files, join};
pub use findings::{Finding, Findings, ModelSum, News, Outcome};
pub use fingerprint::Fingerprint;
pub use parents::{BATCH_RUNS, Parents};
pub use promises::{Broken, Promises};
pub use shrink::{Judgement, PLAIN_SCHEDULE, Progress, shrink, size};
pub use trial::{After, Beginning, Strategy, Trial, Trials};
