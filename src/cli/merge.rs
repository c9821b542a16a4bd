//! `skysim merge`: the shares of one exploration, made on several machines, told as one.

use std::collections::BTreeSet;
use std::path::Path;

use super::args::MergeArgs;
use super::coverage;
use super::error::CliError;
use super::exit::Exit;
use super::explore::{self, Ledger};
use super::input::{Subject, absolute};
use super::terminal::Terminal;
use crate::explore::{Findings, Promises, join};
use crate::report::{Account, Found};

pub(super) fn execute(args: &MergeArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let shares = args.folders.iter().map(|folder| read(folder)).collect::<Result<Vec<Ledger>, CliError>>()?;
    let Some(first) = shares.first() else { return Ok(Exit::Passed) };
    let identity = first.identity.clone();
    let mut seen = BTreeSet::new();
    for (share, folder) in shares.iter().zip(&args.folders) {
        if share.identity != identity {
            let problem = format!("`{}` is a share of another exploration", folder.display());
            let remedy = "merge what was explored with the same path, --seed, --schedule, --until, --branch and number of shares";
            return Err(CliError::usage(problem, remedy));
        }
        if !seen.insert(share.shard) {
            let problem = format!(
                "`{}` is share {} of {}, which is there already",
                folder.display(),
                share.shard,
                identity.shards
            );
            return Err(CliError::usage(problem, "name each share once"));
        }
    }
    let missing: Vec<String> =
        (1..=identity.shards).filter(|shard| !seen.contains(shard)).map(|shard| shard.to_string()).collect();
    if !missing.is_empty() {
        terminal.say(&format!("of {} shares these are missing: {}\n", identity.shards, missing.join(", ")));
    }
    let jobs = shares.iter().map(|share| share.jobs).sum();
    let host_seconds = shares.iter().map(|share| share.host_seconds).fold(0.0, f64::max);
    let interrupted = shares.iter().any(|share| share.interrupted);
    let is_covered = shares.iter().all(|share| share.coverage.is_some());
    if args.coverage.is_some() && !is_covered {
        let remedy = "explore every share with --coverage DIR";
        return Err(CliError::usage("not every share has counted what it reached", remedy));
    }
    let mut findings = Findings::default();
    let (mut found, mut reached) = (Vec::new(), Vec::new());
    let mut promises: Option<Promises> = None;
    for share in shares {
        findings.join(share.findings);
        found.extend(share.found);
        if let Some(more) = share.promises {
            promises.get_or_insert_default().join(more);
        }
        reached.extend(share.coverage.filter(|_| is_covered));
    }
    let found = quickest(&findings, &found);
    let coverage = if is_covered {
        let folder = folder_of(Path::new(&identity.path));
        let account = coverage::account(&join(reached), &folder);
        if let Some(into) = &args.coverage {
            coverage::write(&account, &folder, identity.first_seed, into)?;
        }
        Some(account)
    } else {
        None
    };
    let account = Account {
        path: identity.path,
        findings: &findings,
        found: &found,
        jobs,
        host_seconds,
        coverage,
        orders: None,
        preferred: None,
        promises: promises.as_ref(),
    };
    explore::tell(&account, args.format, args.junit.as_deref(), terminal)?;
    let exit = explore::exit_of(&account);
    Ok(if interrupted { exit.or(Exit::Interrupted) } else { exit })
}

/// What is kept in a share's folder is found there, wherever it was made.
fn read(folder: &Path) -> Result<Ledger, CliError> {
    let mut share = Ledger::read(folder)?;
    for found in &mut share.found {
        found.folder = folder.join("failures").join(found.finding.fingerprint.as_str()).to_string_lossy().into_owned();
    }
    Ok(share)
}

/// Of each bug what became of its quickest run.
fn quickest(findings: &Findings, found: &[Found]) -> Vec<Found> {
    let of = |finding: &crate::explore::Finding| {
        let is_it = |found: &&Found| {
            found.finding.fingerprint == finding.fingerprint && found.finding.quickest == finding.quickest
        };
        Some(Found { finding: finding.clone(), ..found.iter().find(is_it)?.clone() })
    };
    findings.found.values().filter_map(of).collect()
}

/// The folder that the paths of services begin in, if the scenario is here, too.
fn folder_of(path: &Path) -> std::path::PathBuf {
    let plan = Subject::read(path, None).and_then(|subject| subject.plan(&super::args::Shared::default()));
    plan.map(|plan| plan.folder).or_else(|_| absolute(Path::new("."))).unwrap_or_default()
}
