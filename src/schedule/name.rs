//! Schedules by name: what a scenario may ask for, and what to say if it asks for something else.

use std::fmt;
use std::str::FromStr;

use crate::base::Seed;
use crate::kernel::Schedule;
use crate::scenario::similar;

use super::fair::Fair;
use super::guided::{Guide, Guided, NoPicks, Picks};
use super::pct::Pct;
use super::random::Random;
use super::skynet::Skynet;
use super::uniform::Uniform;
use super::workers::Workers;

/// The names that a scenario may ask for, with what each does. `D` stands for a number.
pub const SCHEDULES: [(&str, &str); 7] = [
    ("skynet", "exactly the order of real Skynet with one worker thread"),
    ("random", "any order that real Skynet with several workers may produce, drawn from the seed"),
    ("uniform", "the same, but each order of the waiting messages is about as likely"),
    ("fair", "the same, in rounds: while a service waits, no other gets more than two turns"),
    ("pct:D", "the same, by priorities that change D - 1 times: finds bugs that need D orderings; D from 1 to 10"),
    ("exhaustive:N", "for `explore`: one order after the other, with at most N preemptions; all of them without `:N`"),
    ("chosen:I=J,..", "one of the orders of `exhaustive`, as a saved failure names it"),
];

/// The deepest `pct`.
const DEPTH_MAX: u32 = 10;

/// A schedule, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The order of one worker.
    Skynet,
    /// Each ready service is as likely.
    Random,
    /// Each waiting message is as likely.
    Uniform,
    /// Shuffled rounds.
    Fair,
    /// Priorities for bugs of this depth.
    Pct(u32),
    /// All orders, one after the other, perhaps with a bound on preemptions. A single run takes the first one.
    Exhaustive(Option<u32>),
    /// One of these.
    Chosen(Picks),
}

impl Strategy {
    /// The schedule itself.
    #[must_use]
    pub fn build(self, seed: Seed) -> Box<dyn Schedule> {
        let name = self.to_string();
        match self {
            Strategy::Skynet => Box::new(Skynet::default()),
            Strategy::Random => Box::new(Workers::new(Random::new(seed), seed)),
            Strategy::Uniform => Box::new(Workers::new(Uniform::new(seed), seed)),
            Strategy::Fair => Box::new(Workers::new(Fair::new(seed), seed)),
            Strategy::Pct(depth) => Box::new(Workers::new(Pct::new(depth, seed), seed)),
            Strategy::Exhaustive(_) => Box::new(Guided::new(name, Guide::default())),
            Strategy::Chosen(picks) => Box::new(Guided::new(name, Guide { picks, ..Guide::default() })),
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Strategy::Skynet => f.write_str("skynet"),
            Strategy::Random => f.write_str("random"),
            Strategy::Uniform => f.write_str("uniform"),
            Strategy::Fair => f.write_str("fair"),
            Strategy::Pct(depth) => write!(f, "pct:{depth}"),
            Strategy::Exhaustive(None) => f.write_str("exhaustive"),
            Strategy::Exhaustive(Some(preemptions)) => write!(f, "exhaustive:{preemptions}"),
            Strategy::Chosen(picks) => write!(f, "chosen:{picks}"),
        }
    }
}

/// The schedule that goes on where another one stops: `name`, if the plan says who comes after, or `before` with other
/// draws. `None` if `before` stays, since it draws nothing.
///
/// # Errors
/// When nothing is called so, or it would have to decide from the beginning.
pub fn taking_over(before: &str, name: Option<&str>, seed: Seed) -> Result<Option<Box<dyn Schedule>>, StrategyError> {
    let strategy: Strategy = name.unwrap_or(before).parse()?;
    match (&strategy, name) {
        (Strategy::Exhaustive(_) | Strategy::Chosen(_), Some(name)) => Err(StrategyError::TooLate(name.to_owned())),
        (Strategy::Exhaustive(_) | Strategy::Chosen(_) | Strategy::Skynet, None) => Ok(None),
        _ => Ok(Some(strategy.build(seed))),
    }
}

/// The schedule that takes the order which a guide says, and writes down what happens.
#[must_use]
pub fn guided(guide: Guide) -> Box<dyn Schedule> {
    let name = Strategy::Chosen(guide.picks.clone()).to_string();
    Box::new(Guided::new(name, guide))
}

/// Why a text names no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// Nothing is called so.
    #[error("there is no schedule `{name}`{}; there are: {}", did_you_mean(*suggestion), all())]
    Unknown {
        /// What was asked for.
        name: String,
        /// What may have been meant.
        suggestion: Option<&'static str>,
    },
    /// `pct` without a depth, or with one that makes no sense.
    #[error("the schedule `{0}` needs a depth from 1 to {DEPTH_MAX}, as in `pct:3`")]
    Depth(String),
    /// `exhaustive:` without a number.
    #[error("the schedule `{0}` needs a number of preemptions, as in `exhaustive:2`, or none at all")]
    Preemptions(String),
    /// One that decides about every turn, for the time after a branch.
    #[error(
        "the schedule `{0}` decides from the beginning on and cannot take over at a branch: use `random`, `uniform`, \
         `fair`, `pct:D` or `skynet`"
    )]
    TooLate(String),
    /// `chosen` without choices.
    #[error("the schedule `{0}` needs moments with the turns that are taken at them, as in `chosen:4=1,9=2`")]
    Choices(String),
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

fn all() -> String {
    SCHEDULES.map(|(name, _)| name).join(", ")
}

impl FromStr for Strategy {
    type Err = StrategyError;

    fn from_str(name: &str) -> Result<Strategy, StrategyError> {
        let (family, depth) = name.split_once(':').map_or((name, None), |(family, depth)| (family, Some(depth)));
        match (family, depth) {
            ("skynet", None) => Ok(Strategy::Skynet),
            ("random", None) => Ok(Strategy::Random),
            ("uniform", None) => Ok(Strategy::Uniform),
            ("fair", None) => Ok(Strategy::Fair),
            ("pct", depth) => {
                let depth =
                    depth.and_then(|digits| digits.parse().ok()).filter(|depth| (1..=DEPTH_MAX).contains(depth));
                depth.map(Strategy::Pct).ok_or_else(|| StrategyError::Depth(name.to_owned()))
            }
            ("exhaustive", None) => Ok(Strategy::Exhaustive(None)),
            ("exhaustive", Some(preemptions)) => {
                let preemptions = preemptions.parse().map_err(|_| StrategyError::Preemptions(name.to_owned()))?;
                Ok(Strategy::Exhaustive(Some(preemptions)))
            }
            ("chosen", Some(picks)) => {
                picks.parse().map(Strategy::Chosen).map_err(|NoPicks| StrategyError::Choices(name.to_owned()))
            }
            ("chosen", None) => Err(StrategyError::Choices(name.to_owned())),
            _ => {
                let suggestion = similar(family, SCHEDULES.iter().map(|(known, _)| *known));
                Err(StrategyError::Unknown { name: name.to_owned(), suggestion })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(name: &str) -> String {
        name.parse::<Strategy>().map(|strategy| strategy.to_string()).unwrap_err().to_string()
    }

    #[test]
    fn names_read_back() {
        let orders = ["exhaustive", "exhaustive:2", "chosen:", "chosen:4=1,17=2"];
        for name in ["skynet", "random", "uniform", "fair", "pct:1", "pct:10"].into_iter().chain(orders) {
            assert_eq!(name.parse::<Strategy>().map(|strategy| strategy.to_string()), Ok(name.to_owned()));
            assert_eq!(name.parse::<Strategy>().map(|strategy| strategy.build(Seed(1)).name()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn who_takes_over_at_a_branch() {
        let next = |before: &str, name: Option<&str>| {
            taking_over(before, name, Seed(1)).map(|next| next.map(|schedule| schedule.name()))
        };
        assert_eq!(next("fair", None), Ok(Some("fair".to_owned())));
        assert_eq!(next("fair", Some("skynet")), Ok(Some("skynet".to_owned())));
        assert_eq!(next("chosen:1=1", Some("pct:3")), Ok(Some("pct:3".to_owned())));
        assert_eq!((next("skynet", None), next("exhaustive", None)), (Ok(None), Ok(None)), "they draw nothing");
        assert_eq!(next("skynet", Some("exhaustive")), Err(StrategyError::TooLate("exhaustive".to_owned())));
    }

    #[test]
    fn other_names_are_explained() {
        let list = "there are: skynet, random, uniform, fair, pct:D, exhaustive:N, chosen:I=J,..";
        assert_eq!(complaint("fiar"), format!("there is no schedule `fiar` (did you mean `fair`?); {list}"));
        assert_eq!(complaint("random:3"), format!("there is no schedule `random:3` (did you mean `random`?); {list}"));
        assert_eq!(complaint("alphabetical"), format!("there is no schedule `alphabetical`; {list}"));
        for name in ["pct", "pct:", "pct:0", "pct:11", "pct:x", "pct:3:4"] {
            assert_eq!(complaint(name), format!("the schedule `{name}` needs a depth from 1 to 10, as in `pct:3`"));
        }
    }
}
