//! How much of an exploration is made: all of it, or a share, as the command line names it: `2/8`.

use std::str::FromStr;

/// Runs of an exploration of which nobody says how many.
pub(super) const DEFAULT_SEEDS: u64 = 1000;

/// A share of an exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    /// Which one, from 1.
    pub(super) number: u64,
    /// Of how many.
    pub(super) of: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if 1 <= number && number <= of => Ok(Shard { number, of }),
            _ => Err("write I/N, with I from 1 to N: 2/8 is the second of eight shares".to_owned()),
        }
    }
}
