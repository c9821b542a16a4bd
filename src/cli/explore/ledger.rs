//! What an exploration leaves for `skysim merge`: everything that was counted and found, in one file.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::Seed;
use crate::cli::error::CliError;
use crate::explore::{Findings, Promises};
use crate::lua::LUA_VERSION;
use crate::lua::coverage::FunctionReached;
use crate::report::Found;

/// Below the folder for everything that an exploration leaves.
const FILE: &str = "exploration.json";

/// The form of the file.
const VERSION: u32 = 1;

/// What must be equal in all shares of an exploration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::cli) struct Identity {
    v: u32,
    skysim: String,
    lua: String,
    /// What the user called it.
    pub(in crate::cli) path: String,
    pub(in crate::cli) first_seed: Seed,
    schedule: Option<String>,
    until: Option<String>,
    /// Where the runs begin to differ.
    #[serde(default)]
    branch: Option<String>,
    /// Over how many machines it is spread.
    pub(in crate::cli) shards: u64,
}

impl Identity {
    pub(super) fn new(
        path: &Path,
        first_seed: Seed,
        schedule: Option<&str>,
        [until, branch]: [Option<String>; 2],
        shards: u64,
    ) -> Identity {
        Identity {
            v: VERSION,
            skysim: env!("CARGO_PKG_VERSION").to_owned(),
            lua: LUA_VERSION.to_owned(),
            path: path.to_string_lossy().into_owned(),
            first_seed,
            schedule: schedule.map(str::to_owned),
            until,
            branch,
            shards,
        }
    }
}

/// An exploration, or a share of one, that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::cli) struct Ledger {
    pub(in crate::cli) identity: Identity,
    /// Which share, from 1.
    pub(in crate::cli) shard: u64,
    /// Somebody stopped it.
    pub(in crate::cli) interrupted: bool,
    pub(in crate::cli) jobs: usize,
    pub(in crate::cli) host_seconds: f64,
    pub(in crate::cli) findings: Findings,
    pub(in crate::cli) found: Vec<Found>,
    /// What came of reloads that must change nothing, if there are such.
    #[serde(default)]
    pub(in crate::cli) promises: Option<Promises>,
    /// What was reached, if it was counted.
    pub(in crate::cli) coverage: Option<Vec<FunctionReached>>,
}

impl Ledger {
    pub(super) fn write(&self, out: &Path) -> Result<(), CliError> {
        let path = out.join(FILE);
        let text = serde_json::to_string(self).map_err(|error| CliError::usage(error.to_string(), "this is a bug"))?;
        fs::write(&path, text + "\n").map_err(CliError::file("write", &path))
    }

    /// Of an exploration whose `--out` was this folder, or a folder that holds it.
    pub(in crate::cli) fn read(folder: &Path) -> Result<Ledger, CliError> {
        let path: PathBuf = folder.join(FILE);
        let text = fs::read_to_string(&path).map_err(CliError::file("read", &path))?;
        serde_json::from_str(&text).map_err(|error| {
            let remedy = "explorations that are merged were made by the same version of skysim";
            CliError::usage(format!("`{}` is no account of an exploration: {error}", path.display()), remedy)
        })
    }
}
