//! The scenarios of a folder: finding them, running each, comparing final states with stored ones.
//! `skysim test` and this repository's own tests are both made of this.
//!
//! - `find`: which scenarios there are, and where their snapshots belong
//! - `case`: one scenario, run and judged
//! - `lines`: line numbers in states
//! - `snapshots`: stored states, in insta's file format

mod case;
mod find;
mod lines;
mod snapshots;

pub(super) use case::from_here;
pub use case::{Outcome, Settings, run};
pub use find::{Case, Found, discover, orphans};
pub use snapshots::{Orphans, Policy};
pub(super) use snapshots::{body, difference};
