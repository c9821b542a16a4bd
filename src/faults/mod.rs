//! Faults: decides, from a plan's rules, what goes wrong with messages, services, timers and files. Owns
//! matching, drawing and counting; must not know the timeline, Lua, or how decisions are carried out.
//!
//! | file | owns |
//! |---|---|
//! | `reach` | which services a pattern means |
//! | `kinds` | message types by name |
//! | `rule` | one rule: matching, drawing, remembering |
//! | `rules` | all rules of a plan, as the kernel's interceptor |

mod kinds;
mod reach;
mod rule;
mod rules;
#[cfg(test)]
mod tests;

pub use kinds::{command, kind_by_name};
pub use reach::{DRIVER_LABEL, is_runtime, reaches};
pub use rule::{Enabled, RuleCount};
pub use rules::{FaultRules, Spared, Strike, UnknownKind};
