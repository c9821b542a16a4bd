//! One run: takes a validated plan, builds the node, plays the timeline, makes the checks, and says
//! what happened. Owns the run loop and everything that acts on the node from outside; must not know
//! command lines, terminals or how reports are printed.
//!
//! | file | owns |
//! |---|---|
//! | `options`, `error`, `report`, `failure` | what goes in, what comes out |
//! | `run` | the `World` and its loop |
//! | `beginning` | the trace's first line, the node's own start, the driver |
//! | `branch` | another seed in the middle of a run |
//! | `node` | building the node: environment, files, library |
//! | `hand` | a program that acts instead of a timeline |
//! | `host` | the host's files, read once |
//! | `driver` | the service that speaks for the scenario |
//! | `timeline` | when events happen |
//! | `action` | what they do |
//! | `reload` | giving new code to services |
//! | `strike` | what fault rules do to services, and healing it |
//! | `request` | what is asked of services, and what came of it |
//! | `answer` | comparing answers with what is expected |
//! | `watch` | looking at each message before it is handled |
//! | `identity` | what a message is known by from run to run |
//! | `pins` | holding messages back as the plan pins them |
//! | `order` | the order of a run, and pins that repeat it |
//! | `trail` | the last deliveries |
//! | `lines` | log lines, prints and incidents, on their way out |
//! | `check` | the plan's checks |
//! | `model/` | models of services, and whether they explain the answers |
//! | `judge` | the verdict |
//! | `monitor` | what a Lua file wants to show of the run |
//! | `versions` | versions that never go back |
//! | `waits` | who waits for what |
//! | `detect/` | bugs that nobody has to write a check for |
//! | `changed` | what the last message before a failure changed |
//! | `single` | a lone Lua file as a plan |
//! | `showing` | all that can be seen of a run from outside |
//! | `standing` | how things stand between two steps |

pub use action::{argument_text, describe};
pub use changed::{Changed, Look};
pub use detect::Observation;
pub use driver::DRIVER_HANDLE;
pub use error::WorldError;
pub use failure::{Failure, Finding, Got, LineKind, WaitingCall};
pub use hand::Deed;
pub use host::HostFiles;
pub use judge::PATIENCE;
pub use model::{Decision, ModelCount, Unexplained};
pub use monitor::Monitor;
pub use node::{folders_outside, settings};
pub use options::{Checking, Recording, TrailKeeping, WorldOptions};
pub use order::{MessageOrder, pins_of};
pub use pins::{StalePin, Staleness};
pub use report::{Ending, RunReport, Verdict};
pub use run::{Progress, World};
pub use showing::{Exchange, Showing};
pub use single::single;
pub use standing::{ServiceStanding, Standing, Undelivered};
pub use trail::{Delivery, TRAIL_LENGTH};

mod action;
mod answer;
mod beginning;
mod branch;
mod changed;
mod check;
mod detect;
mod driver;
mod error;
mod failure;
mod hand;
mod host;
mod identity;
mod judge;
mod lines;
mod model;
mod monitor;
mod node;
mod options;
mod order;
mod pins;
mod reload;
mod report;
mod request;
mod run;
mod showing;
mod single;
mod standing;
mod strike;
#[cfg(test)]
mod tests;
mod timeline;
mod trail;
mod versions;
mod waits;
mod watch;
