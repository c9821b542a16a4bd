//! An order by what it does differently from the first one, so that it fits into a name.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Where an order takes another turn than the first one: `I=J` for each, separated by commas. At the I-th
/// moment at which several turns may be taken, from 0, it takes the J-th of them; everywhere else the one that
/// comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picks(pub BTreeMap<u32, u32>);

impl fmt::Display for Picks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (moment, turn)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{moment}={turn}")?;
        }
        Ok(())
    }
}

/// A text that says no picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPicks;

impl FromStr for Picks {
    type Err = NoPicks;

    fn from_str(text: &str) -> Result<Picks, NoPicks> {
        let mut picks = BTreeMap::new();
        for pick in text.split(',').filter(|_| !text.is_empty()) {
            let (moment, turn) = pick.split_once('=').ok_or(NoPicks)?;
            let (moment, turn) = (moment.parse().map_err(|_| NoPicks)?, turn.parse().map_err(|_| NoPicks)?);
            if picks.insert(moment, turn).is_some() {
                return Err(NoPicks);
            }
        }
        Ok(Picks(picks))
    }
}
