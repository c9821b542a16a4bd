//! Scenario files: TOML text to a validated [`Scenario`], a template and a seed to a concrete
//! [`Plan`], and a plan back to TOML. Data only: no Lua, no running, no printing.
//!
//! - `keys`: every key of the format, once
//! - `read`: TOML to an outline (a plan with holes), with all problems of a file at once
//! - `error`, `problem`: what can be wrong, and the words for it
//! - `template`: the holes, and drawing what fills them
//! - `swarm`: the faults that a seed has
//! - `file`: the door to all that
//! - `plan`, `branch`, `event`, `fault`, `fault_kind`, `pin`, `model`, `reload`: what a run works from
//! - `detector`: the names of what is looked for in every run
//! - `write`: a plan as TOML
//! - `schema`: the JSON Schema, from `keys`
//! - `glob`, `size`, `version`, `walltime`: small value types

mod branch;
mod detector;
mod error;
mod event;
mod fault;
mod fault_kind;
mod file;
mod glob;
mod keys;
mod model;
mod pin;
mod plan;
mod problem;
mod read;
mod reload;
mod schema;
mod size;
mod swarm;
mod template;
#[cfg(test)]
mod tests;
mod version;
mod walltime;
mod write;

pub use branch::Branch;
pub use detector::{Detector, Level};
pub use error::{Invalid, Problem, ScenarioError};
pub use event::{Action, Answer, Content, DEFAULT_KIND, Event, Occasion, Trigger};
pub use fault::{Dose, FaultMatch, FaultRule, Idleness, Restart};
pub use fault_kind::{Domain, FaultKind, Form};
pub use file::{FILE_NAME, Scenario};
pub use glob::Glob;
pub use model::{Model, ModelOrder};
pub use pin::{MessageName, Pin};
pub use plan::{
    Allow, Budget, Check, CheckMoment, Dialect, Expect, LateEvents, Limits, NodeSettings, Origin, Outcome, PairsOrder,
    Permission, Plan, Service, Waiting,
};
pub use problem::ProblemKind;
pub(crate) use read::similar;
pub use reload::{Direction, Identity, NewFile, Reload, ReloadOutcome, ReloadWay};
pub use schema::schema;
pub use version::VersionPlace;
pub use walltime::WallTime;
