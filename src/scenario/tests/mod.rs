//! Whole files: what they mean, what is wrong with them, and that they survive being written.

mod errors;
mod expansion;
mod garbage;
mod reading;
mod round_trip;
mod shipped;

use super::file::Scenario;

/// A file with every key of the format but those that exclude each other.
const FULL: &str = include_str!("full.toml");

/// Reads a text that must be a scenario.
fn read(text: &str) -> Scenario {
    match Scenario::from_toml("full/scenario.toml", text) {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error}"),
    }
}
