//! Why a plan cannot be run at all: wrong input, as opposed to a run that fails.

use std::io;
use std::path::PathBuf;

use crate::schedule::StrategyError;

/// What is wrong with a plan's surroundings.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file that the plan names cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder that the plan names cannot be used.
    #[error("cannot use the folder `{path}`: {reason}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file of the node that is to be replaced and cannot be.
    #[error("cannot replace `{path}` of the node: {reason}")]
    NodeFile {
        /// The file, as services see it.
        path: String,
        /// Why not.
        reason: String,
    },
    /// There is no such schedule.
    #[error(transparent)]
    Schedule(#[from] StrategyError),
    /// A message type that is neither a name of Skynet's nor a number.
    #[error("`{0}` is not a message type: use one of Skynet's names (`lua`, `response`, ..) or a number below 256")]
    MessageKind(String),
    /// The scenario's values cannot be packed.
    #[error("{what}: {reason}")]
    Arguments {
        /// The action, in words.
        what: String,
        /// Why not.
        reason: String,
    },
    /// A check is not what a check must be.
    #[error("the check `{name}`: {reason}")]
    Check {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A model is not what a model must be.
    #[error("the model `{name}`: {reason}")]
    Model {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A monitor is not what a monitor must be.
    #[error("the monitor `{name}`: {reason}")]
    Monitor {
        /// Its file.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A Skynet config file that cannot be used.
    #[error("{0}")]
    Config(String),
}
