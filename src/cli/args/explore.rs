//! What `explore` and `merge` are told.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use super::{Format, OUT, Shared};
use crate::base::{Seed, Span};
use crate::cli::explore::Runs;
use crate::cli::shard::{DEFAULT_SEEDS, Shard};

#[derive(Debug, Args)]
pub(in crate::cli) struct ExploreArgs {
    /// A scenario (folder or .toml), a main service (.lua), or a Skynet config file
    pub(in crate::cli) path: PathBuf,
    /// How many runs [default: 1000; with --for: without end]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) seeds: Option<u64>,
    /// Begin no run after so much of your time: 60s, 10m
    #[arg(long = "for", value_name = "T")]
    pub(in crate::cli) time: Option<Span>,
    /// Runs at a time [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) jobs: Option<NonZero<usize>>,
    /// Make only every N-th run, from the I-th: for sharing an exploration between machines
    #[arg(long, value_name = "I/N")]
    pub(in crate::cli) shard: Option<Shard>,
    /// The seed of the first run, instead of the scenario's; the others count on from it
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(in crate::cli) seed: Option<Seed>,
    /// End each run at this virtual time: 250ms, 60s, "5 ticks"
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(in crate::cli) until: Option<Span>,
    /// Who runs next, for all runs; `exhaustive`: all orders there are, `exhaustive:N`: with at most N preemptions [default: a
    /// mix of all schedules]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) schedule: Option<String>,
    /// Same seed and order each time, with one fault after the other: each rule at its first match, its second, ..
    #[arg(long, conflicts_with = "seeds")]
    pub(in crate::cli) sweep: bool,
    /// All runs have the beginning of the first one, up to this virtual time: play it once, and what may come after it again
    /// and again
    #[arg(long, value_name = "T", conflicts_with = "sweep")]
    pub(in crate::cli) branch: Option<Span>,
    /// Let every second run branch off one that has reached a line or branch of the services' code before all others
    #[arg(long, conflicts_with_all = ["sweep", "branch", "roll"])]
    pub(in crate::cli) prefer_new: bool,
    /// Use the Lua library of this Skynet checkout instead of the built-in one
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) skynet: Option<PathBuf>,
    /// How long to make each failure smaller, of your time
    #[arg(long, value_name = "T", default_value = "30s")]
    pub(in crate::cli) shrink: Span,
    /// Where failures and what `skysim merge` needs are kept
    #[arg(long, value_name = "DIR", default_value = OUT)]
    pub(in crate::cli) out: PathBuf,
    /// Count which lines and branches are reached: lcov.info and coverage.json in this folder
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) coverage: Option<PathBuf>,
    /// Also write what was found to this file, in JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) junit: Option<PathBuf>,
    /// Also write what each run came to and the hash of its trace to this file, a line of JSON for each
    #[arg(long = "runs", value_name = "FILE", conflicts_with_all = ["sweep", "branch"])]
    pub(in crate::cli) roll: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MergeArgs {
    /// What `skysim explore --shard I/N --out DIR` has left, for each I
    #[arg(required = true, value_name = "DIR")]
    pub(in crate::cli) folders: Vec<PathBuf>,
    /// Write what all of them have reached: lcov.info and coverage.json in this folder
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) coverage: Option<PathBuf>,
    /// Also write what was found to this file, in JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) junit: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

impl ExploreArgs {
    /// The flags as `run` has them.
    pub(in crate::cli) fn flags(&self) -> Shared {
        let ExploreArgs { seed, until, schedule, skynet, .. } = self;
        let (schedule, skynet) = (schedule.clone(), skynet.clone());
        Shared { seed: *seed, until: *until, schedule, skynet, ..Shared::default() }
    }

    /// Which share of the exploration this is; the only one, if nobody says.
    pub(in crate::cli) fn share(&self) -> Shard {
        self.shard.unwrap_or(Shard { number: 1, of: 1 })
    }

    /// The numbers of the runs.
    pub(in crate::cli) fn runs(&self) -> Runs {
        let all = match (self.seeds, self.time) {
            (Some(seeds), _) => Some(seeds),
            (None, Some(_)) => None,
            (None, None) => Some(DEFAULT_SEEDS),
        };
        let Shard { number, of } = self.share();
        let count = all.map(|all| (all + of - number) / of);
        Runs { first: number - 1, step: of, count }
    }
}
