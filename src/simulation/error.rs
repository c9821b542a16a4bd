//! What can go wrong in a simulation that a test drives.

use thiserror::Error;

use crate::world::{Failure, WorldError};

/// Why something could not be done, or what failed. Proptest takes it as the reason of a failed case.
#[derive(Debug, Error)]
pub enum SimulationError {
    /// The scenario cannot be used.
    #[error("{0}")]
    Input(String),
    /// The plan's files or names are not there, or a value cannot be sent.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A call was answered with an error.
    #[error("{call} was answered with an error: {text}")]
    Call {
        /// The service and the command.
        call: String,
        /// The error, as `skynet.call` raises it.
        text: String,
    },
    /// A call without an answer, and nothing is left to happen.
    #[error("{call} is not answered, and nothing is left to happen")]
    NoAnswer {
        /// The service and the command.
        call: String,
    },
    /// There is no living service of that name.
    #[error("no service `{0}` lives, or it has no state to look at")]
    NoService(String),
    /// Something failed that must hold: a property, a detector, an error that no Lua code caught. All of it, the first
    /// first.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Failed(Vec<Failure>),
    /// The node ended while the test wanted to go on.
    #[error("the node has ended: {0}")]
    Ended(String),
}
