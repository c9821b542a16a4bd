//! Models: what a service's answers are compared with. Data only; the layer that runs plans makes the comparison.

use super::plan::Origin;

/// Steps of the search in a file that does not say: a second or two of the host's time.
pub(super) const DEFAULT_STEPS: u64 = 100_000;

/// A Lua file with operations that answer as a service should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// What reports call it; the path if the file gives no name.
    pub name: String,
    /// The service whose answers are compared.
    pub service: String,
    /// The Lua file.
    pub path: String,
    /// In which order the operations may have happened.
    pub order: ModelOrder,
    /// The argument, from 1, that names the thing an operation is about: things are compared apart from each other.
    pub key: Option<u64>,
    /// After so many tries of an operation the question stays open.
    pub steps: u64,
    /// Where the scenario says so.
    pub origin: Origin,
}

/// In which order operations may have happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModelOrder {
    /// In that of their answers: each when its answer was sent.
    #[default]
    Answered,
    /// In any in which each happens at some moment between its beginning and its answer.
    Linearizable,
}

impl ModelOrder {
    /// All of them.
    pub(super) const ALL: [ModelOrder; 2] = [ModelOrder::Answered, ModelOrder::Linearizable];

    /// As scenarios write it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            ModelOrder::Answered => "answered",
            ModelOrder::Linearizable => "linearizable",
        }
    }
}
