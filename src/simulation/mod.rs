//! Services in the hands of a Rust test: start them, act on them, look at their state, and let proptest find the
//! operations that break them. Owns what such tests need; must not know command lines, files of results or explorations.
//!
//! | file | owns |
//! |---|---|
//! | `builder` | which services, and how they run |
//! | `driven` | a simulation that runs |
//! | `said` | what services printed and logged |
//! | `state` | the private state of a service |
//! | `error` | what can go wrong |
//! | `strategy` | proptest's strategies (feature `proptest`) |
//!
//! A test drives a simulation as a client drives a server, only that time stands still between two calls:
//!
//! ```
//! use skysim::simulation::Simulation;
//! use skysim::base::Span;
//! use skysim::values;
//!
//! # fn main() -> Result<(), skysim::simulation::SimulationError> {
//! let chat_room = Simulation::of_scenario("scenarios/chat_room").without_timeline().without_checks();
//! let mut simulation = chat_room.seed(7).start()?;
//! assert_eq!(simulation.call("room", values!["version"])?, values![1]);
//!
//! // A request that is not waited for; then half a second of virtual time.
//! let asked = simulation.request("room", values!["members", "lobby"])?;
//! simulation.run_for(Span::from_millis(500))?;
//! assert!(simulation.answer(asked).is_some());
//!
//! // The private state, as snapshots show it.
//! let state = simulation.state("room")?;
//! assert_eq!(state.at("logic.version"), Some(&1.into()));
//!
//! // The end: properties and detectors have the last word.
//! simulation.finish()?;
//! # Ok(())
//! # }
//! ```
//!
//! With proptest, operations are drawn and a failing case is made smaller; see [`strategy`]. What a test did is a plan
//! in the end ([`Driven::plan`]): saved as a scenario file it repeats the run without the test.

mod builder;
mod driven;
mod error;
mod said;
mod state;
#[cfg(feature = "proptest")]
pub mod strategy;

pub use builder::Simulation;
pub use driven::{Asked, Driven};
pub use error::SimulationError;
pub use state::State;

/// A list of values for a message: numbers, texts, booleans and [`Value`](crate::base::Value)s.
///
/// ```
/// assert_eq!(skysim::values!["join", 1].len(), 2);
/// ```
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::base::Value::from($value)),*] };
}
