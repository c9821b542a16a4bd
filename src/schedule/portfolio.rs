//! Which schedule the n-th run of an exploration uses. No strategy finds everything: the best one
//! differs from bug to bug, and nobody knows beforehand. So they take turns.

/// The schedules that take turns, in this order: what is cheapest to explain first. In eight runs there are
/// one of `skynet`, where only the scenario's own draws differ, two of the plain walk, and one of
/// each other, so that every strategy has had its turn early.
pub const PORTFOLIO: [&str; 8] = ["skynet", "random", "pct:2", "uniform", "pct:3", "fair", "random", "pct:5"];

/// The schedule of run `index`, from 0. The first of all is `skynet`: what fails without any chance in
/// it needs no exploration.
#[must_use]
pub fn for_run(index: u64) -> &'static str {
    PORTFOLIO[(index % PORTFOLIO.len() as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{SCHEDULES, Strategy};

    #[test]
    fn every_schedule_takes_part_and_skynet_is_first() {
        assert_eq!((for_run(0), for_run(1), for_run(u64::MAX)), ("skynet", "random", "pct:5"));
        // The orders of `exhaustive` come one after the other: no run has one by its number.
        let drawn = SCHEDULES.iter().filter(|(name, _)| !name.starts_with("exhaustive") && !name.starts_with("chosen"));
        for (name, _) in drawn {
            let family = name.split(':').next().unwrap_or_default();
            assert!(PORTFOLIO.iter().any(|run| run.split(':').next() == Some(family)), "{name}");
        }
        assert!(PORTFOLIO.iter().all(|name| name.parse::<Strategy>().is_ok()));
    }
}
