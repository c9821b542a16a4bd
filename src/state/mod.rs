//! The private state of a service in canonical form: equal states give equal text, and a change of
//! one field changes one line. The text is described in `docs/state.md`. This module knows values
//! and nothing of Lua: `lua::capture` fills a [`Builder`], everything else reads the [`StateGraph`].

mod changes;
mod colour;
mod graph;
mod order;
mod path;
mod render;
mod scalar;
mod value;
mod variables;
mod weights;

pub use changes::{Change, changes, changes_but_sessions, difference, lasting_changes};
pub use graph::{Builder, Entry, Item, Kind, Object, Place, Root, Section, StateGraph, Status, Text, Variable, Weak};
pub use render::render;
pub use value::to_value;
pub use weights::weights;
