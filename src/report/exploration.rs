//! The account of an exploration.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::coverage::CoverageAccount;
use super::junit::{Case, CaseResult};
use super::orders::OrdersAccount;
use super::style::{Colour, Style};
use crate::base::{Seed, VirtualTime};
use crate::explore::{Broken, Finding, Findings, Promises};
use crate::scenario::Branch;

/// Bugs that are told in full; of the others only a line.
const TOLD_IN_FULL_MAX: usize = 1;

/// Characters of a failure's text in a line.
const TEXT_COLUMNS_MAX: usize = 140;

/// How much smaller a plan became.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// What it said before: events, fault rules and what they did, services, checks.
    pub before: usize,
    /// What it says now.
    pub after: usize,
    /// Runs that it took.
    pub tried: u64,
    /// Host time that it took.
    pub host_seconds: f64,
}

/// What became of a bug.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The bug.
    pub finding: Finding,
    /// Whether a fresh process did the same.
    pub same: bool,
    /// How it differed.
    pub difference: Option<String>,
    /// How much smaller its plan became.
    pub sizes: Option<Sizes>,
    /// Where it is kept.
    pub folder: String,
    /// The command that plays it again.
    pub repeat: String,
    /// The summary of the smaller plan's run.
    pub summary: String,
}

/// An exploration that is over.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// What the user called it.
    pub path: String,
    /// Everything that was counted.
    pub findings: &'a Findings,
    /// The bugs.
    pub found: &'a [Found],
    /// Threads.
    pub jobs: usize,
    /// Host time that the runs took.
    pub host_seconds: f64,
    /// What the runs reached, if it was counted.
    pub coverage: Option<CoverageAccount>,
    /// How many of all orders they were, if somebody went through them.
    pub orders: Option<OrdersAccount>,
    /// What came of preferring what is new, if it was preferred.
    pub preferred: Option<Preferred>,
    /// What came of reloads that must change nothing, if there are such.
    pub promises: Option<&'a Promises>,
}

impl Account<'_> {
    /// Reloads that changed something.
    fn broken(&self) -> impl Iterator<Item = (&String, &Broken)> {
        self.promises.into_iter().flat_map(|promises| &promises.broken)
    }
}

/// What came of preferring what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferred {
    /// Runs that reached something before all others.
    pub parents: usize,
    /// Runs that branched off such ones.
    pub children: u64,
}

/// What is told before the first run.
#[must_use]
pub fn exploration_begins(path: &str, first: Seed, jobs: usize) -> String {
    format!("skysim {}: exploring {path} from seed {first} on, {jobs} at a time\n", env!("CARGO_PKG_VERSION"))
}

/// A bug that no run before had.
#[must_use]
pub fn news(finding: &Finding) -> String {
    let Finding { fingerprint, quickest, text, .. } = finding;
    format!("found {fingerprint} in run {} ({}): {}\n", quickest.index, quickest.drawn(), shortened(text))
}

/// How much smaller a plan became, in a line.
#[must_use]
pub fn sizes(sizes: &Sizes) -> String {
    let Sizes { before, after, tried, host_seconds } = sizes;
    if *before == 0 {
        return "the plan has nothing that could be left out\n".to_owned();
    }
    format!("minimal: {before} parts of the plan -> {after}  ({tried} runs, {host_seconds:.1} s)\n")
}

/// What is told at the end.
#[must_use]
pub fn exploration(account: &Account<'_>, style: Style) -> String {
    let mut text = String::new();
    let never = if account.findings.runs > 0 { account.findings.never_tried() } else { Vec::new() };
    let broken = account.broken().count();
    let (colour, word) = match (account.found, &never[..]) {
        ([], _) if broken == 0 && account.findings.runs == 0 => (Colour::Doubtful, "NOTHING"),
        ([], []) if broken == 0 => (Colour::Good, "PASSED"),
        ([], [_, ..]) if broken == 0 => (Colour::Doubtful, "VACUOUS"),
        (found, _) if found.iter().all(|found| found.same) => (Colour::Bad, "FAILED"),
        _ => (Colour::Bad, "NONDETERMINISM"),
    };
    let bugs = match account.found.len() + broken {
        0 => "no failure".to_owned(),
        1 => "one failure".to_owned(),
        several => format!("{several} different failures"),
    };
    let _infallible = writeln!(text, "{}  {}: {bugs}", style.paint(colour, word), account.path);
    for (index, found) in account.found.iter().enumerate() {
        one(found, index < TOLD_IN_FULL_MAX, &mut text);
    }
    for (name, broken) in account.broken() {
        text.push_str(&broken_promise(name, broken));
    }
    for words in never {
        let _infallible = writeln!(text, "  {words}");
    }
    let _infallible = writeln!(text, "{}", counts(account));
    if !account.findings.noted.is_empty() {
        let noted = account.findings.noted.iter().map(|(name, count)| format!("{name} in {count} {}", runs(*count)));
        let noted: Vec<String> = noted.collect();
        let _infallible = writeln!(
            text,
            "noted: {} (`detect` in a scenario makes it a failure, as does `skysim run --detect NAME`)",
            noted.join(", ")
        );
    }
    if let Some(Promises { looked, .. }) = account.promises {
        let _infallible = match looked {
            0 => writeln!(
                text,
                "no run could be compared with one in which a reload must change nothing: each fails by itself"
            ),
            1 => writeln!(text, "one run was made again with reloads that must change nothing"),
            _ => writeln!(text, "{looked} runs were made again with reloads that must change nothing"),
        };
    }
    if let Some(orders) = &account.orders {
        text.push_str(&orders.told());
    }
    if let Some(Preferred { parents, children }) = account.preferred {
        let _infallible = writeln!(
            text,
            "{parents} {} reached something new; {children} {} branched off these",
            runs(parents as u64),
            runs(children)
        );
    }
    if let Some(coverage) = &account.coverage {
        text.push_str(&coverage.table());
    }
    text
}

fn one(found: &Found, full: bool, text: &mut String) {
    let Finding { fingerprint, count, first, quickest, .. } = &found.finding;
    let _infallible = writeln!(
        text,
        "\n{fingerprint}  in {count} {}, first in run {first}; the quickest has {}",
        runs(*count),
        quickest.drawn()
    );
    if let Some(difference) = &found.difference {
        let _infallible = write!(text, "  a fresh process did something else:\n{difference}");
    }
    if full && !found.summary.is_empty() {
        text.push_str(&found.summary);
    } else {
        let _infallible = writeln!(text, "  {}", shortened(&found.finding.text));
        let _infallible = writeln!(text, "  {}", found.repeat);
    }
    if let Some(made) = &found.sizes {
        text.push_str(&sizes(made));
    }
    let _infallible = writeln!(text, "saved: {}", found.folder);
}

fn runs(count: u64) -> &'static str {
    if count == 1 { "run" } else { "runs" }
}

/// A reload that changed something, and the command that shows it.
fn broken_promise(name: &str, Broken { count, first, text, .. }: &Broken) -> String {
    format!("\nreload {name}, which must change nothing, did in {count} {}, first in run {first}: {text}", runs(*count))
}

fn counts(account: &Account<'_>) -> String {
    let Findings { runs, passed, events, orders, .. } = account.findings;
    let failed = runs - passed;
    let speed = *runs as f64 / account.host_seconds.max(1e-9);
    format!(
        "\n{runs} runs: {passed} passed, {failed} failed; {} different orders of messages; {events} events; {speed:.0} runs/s on {} threads",
        orders.len(),
        account.jobs
    )
}

/// The first line, as far as it fits.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(TEXT_COLUMNS_MAX) {
        Some((cut, _)) => format!("{}...", &line[..cut]),
        None => line.to_owned(),
    }
}

/// An exploration as cases for JUnit: each bug is one that failed, and what was never tried, too.
#[must_use]
pub fn exploration_cases(account: &Account<'_>) -> Vec<Case> {
    let failed = |found: &Found| {
        let kind = if found.same { "failed" } else { "nondeterminism" }.to_owned();
        let details = if found.summary.is_empty() { &found.finding.text } else { &found.summary };
        let text = format!("{details}\n{}\n{}", found.difference.as_deref().unwrap_or_default(), found.repeat);
        let name = found.finding.fingerprint.to_string();
        Case { name, end: VirtualTime::ZERO, result: CaseResult::Failed { kind, text } }
    };
    let mut cases: Vec<Case> = account.found.iter().map(failed).collect();
    cases.extend(account.broken().map(|(name, broken)| {
        let result = CaseResult::Failed { kind: "failed".to_owned(), text: broken_promise(name, broken) };
        Case { name: format!("reload {name}"), end: VirtualTime::ZERO, result }
    }));
    let never = if account.findings.runs > 0 { account.findings.never_tried() } else { Vec::new() };
    if !never.is_empty() {
        let result = CaseResult::Failed { kind: "vacuous".to_owned(), text: never.join("\n") };
        cases.push(Case { name: "never tried".to_owned(), end: VirtualTime::ZERO, result });
    }
    if cases.is_empty() {
        let name = format!("{} runs", account.findings.runs);
        cases.push(Case { name, end: VirtualTime::ZERO, result: CaseResult::Passed });
    }
    cases
}

/// The document of `--format json`.
#[must_use]
pub fn exploration_document(account: &Account<'_>) -> Json {
    let Findings { runs, passed, events, orders, effects, sometimes, models, .. } = account.findings;
    let branch = |Branch { at, seed, schedule }: &Branch| json!({ "at": at.as_nanos(), "seed": seed.to_string(), "schedule": schedule });
    let found = |found: &Found| {
        let Finding { fingerprint, count, first, quickest, events, text } = &found.finding;
        json!({
            "fingerprint": fingerprint.as_str(),
            "runs": count,
            "first": first,
            "seed": quickest.seed.to_string(),
            "schedule": quickest.schedule,
            "branches": quickest.branches.iter().map(branch).collect::<Vec<_>>(),
            "events": events.0,
            "text": text,
            "same_in_a_fresh_process": found.same,
            "difference": found.difference,
            "before": found.sizes.map(|sizes| sizes.before),
            "after": found.sizes.map(|sizes| sizes.after),
            "tried": found.sizes.map(|sizes| sizes.tried),
            "folder": found.folder,
            "repeat": found.repeat,
        })
    };
    json!({
        "v": super::FORMAT_VERSION,
        "skysim": env!("CARGO_PKG_VERSION"),
        "path": account.path,
        "runs": runs,
        "passed": passed,
        "events": events,
        "orders": orders.len(),
        "effects": effects,
        "sometimes": sometimes,
        "models": models,
        "noted": account.findings.noted,
        "preferred": account.preferred.map(|Preferred { parents, children }| json!({ "parents": parents, "children": children })),
        "reloads": account.promises.map(|promises| json!({
            "looked": promises.looked,
            "broken": promises.broken.iter().map(|(name, Broken { count, first, seed, text })| json!({
                "reload": name, "runs": count, "first": first, "seed": seed.to_string(), "text": text,
            })).collect::<Vec<_>>(),
        })),
        "all_orders": account.orders.as_ref().map(OrdersAccount::summary),
        "coverage": account.coverage.as_ref().map(CoverageAccount::summary),
        "found": account.found.iter().map(found).collect::<Vec<_>>(),
    })
}
