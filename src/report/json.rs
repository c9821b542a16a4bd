//! The document of `--format json`: an object with the keys in this order.
//!
//! | key | value |
//! |---|---|
//! | `v` | [`FORMAT_VERSION`] |
//! | `skysim`, `lua` | versions |
//! | `scenario`, `title` | what was run |
//! | `seed` | a string: it uses 64 bits |
//! | `schedule` | its name |
//! | `verdict` | `passed`, `failed`, `vacuous`, `interrupted`, `nondeterminism`, `snapshot differs` |
//! | `exit` | the exit code |
//! | `run` | what happened, see below; equal for equal runs |
//! | `difference` | optional: the two runs of a check, or the snapshots, in words |
//! | `repeat` | the command that runs it again |
//!
//! `run` has `verdict`, `ending`, `events`, `time` (nanoseconds), `checks`, `digest` (of the trace, if
//! one was recorded), `changed` (what the last messages before the first failure changed, each with `service`,
//! `event`, `path`, `before`, `after`; null where there was nothing), `failures` (each with `kind`, `reason`, `text`, and where they apply `time`, `event`,
//! `line`, `expected`, `got`, `list`, `traceback`, `chain`), `waiting`,
//! `sometimes` (the names of `sim.sometimes` and `sim.reachable`, and whether each held), `observations` (what detectors
//! have counted, each with `detector`, `count` and `first`), `faults`, `models` (each with `name`, `service`, `operations`, `decided`), `stale_pins` (those that decided nothing),
//! `vacuous`, `snapshots`.

use serde_json::{Map, Value as Json, json};

use super::failure::Account;
use super::heading::Heading;
use crate::faults::Enabled;
use crate::world::{Changed, Decision, Delivery, Failure, RunReport, StalePin, WaitingCall};

/// Goes up when a reader of the old form would misread the new one.
pub const FORMAT_VERSION: u64 = 1;

/// The document. `verdict` and `exit` are those of the whole, which may be worse than the run's.
#[must_use]
pub fn document(heading: &Heading, report: &RunReport, verdict: &str, exit: u8, difference: Option<&str>) -> Json {
    let mut document = json!({
        "v": FORMAT_VERSION,
        "skysim": env!("CARGO_PKG_VERSION"),
        "lua": heading.lua,
        "scenario": heading.scenario,
        "title": heading.title,
        "seed": heading.seed.to_string(),
        "schedule": heading.schedule,
        "verdict": verdict,
        "exit": exit,
        "run": run(report),
    });
    if let Some(difference) = difference {
        document["difference"] = json!(difference);
    }
    document["repeat"] = json!(heading.repeat);
    document
}

/// What happened, and nothing of how it was called.
#[must_use]
pub fn run(report: &RunReport) -> Json {
    let mut run = json!({
        "verdict": report.verdict.as_str(),
        "ending": report.ending.reason(),
        "events": report.events.0,
        "time": report.end.as_nanos(),
        "checks": report.checks,
    });
    if report.digest.0 != 0 {
        run["digest"] = json!(report.digest.to_string());
    }
    run["failures"] = report.failures.iter().map(|failure| one_failure(failure, report)).collect();
    run["changed"] = report.changed.iter().flat_map(changes).collect();
    run["waiting"] = report.waiting.iter().map(waiting).collect();
    run["sometimes"] = json!(report.sometimes);
    run["observations"] = report
        .observations
        .iter()
        .map(|noted| json!({ "detector": noted.detector.name(), "count": noted.count, "first": noted.first }))
        .collect();
    run["faults"] = report
        .faults
        .iter()
        .map(|fault| {
            let enabled = fault.enabled == Enabled::Yes;
            json!({ "name": fault.name, "enabled": enabled, "matches": fault.matches, "effects": fault.effects })
        })
        .collect();
    run["models"] = report
        .models
        .iter()
        .map(|count| {
            let decided = count.decision == Decision::Decided;
            json!({ "name": count.name, "service": count.service, "operations": count.operations, "decided": decided })
        })
        .collect();
    run["stale_pins"] = report.stale_pins.iter().map(stale_pin).collect();
    run["vacuous"] = json!(report.vacuous);
    run["snapshots"] = json!(report.snapshots);
    run
}

fn one_failure(failure: &Failure, report: &RunReport) -> Json {
    let account = Account::of(failure);
    let mut object = Map::new();
    let mut add = |key: &str, value: Json| object.insert(key.to_owned(), value);
    add("kind", json!(failure.kind()));
    add("reason", json!(account.reason));
    add("text", json!(failure.to_string()));
    if let Some(at) = account.at {
        add("time", json!(at.as_nanos()));
    }
    if let Some(event) = account.event {
        add("event", json!(event.0));
    }
    if let Some(line) = account.line {
        add("line", json!(line));
    }
    if let Some((expected, got)) = account.expected {
        add("expected", json!(expected));
        add("got", json!(got));
    }
    if !account.list.is_empty() {
        add("list", json!(account.list));
    }
    if !account.traceback.is_empty() {
        add("traceback", json!(account.traceback));
    }
    if let Some(event) = account.event {
        add("chain", report.chain(event).into_iter().map(delivery).collect());
    }
    Json::Object(object)
}

fn changes(Changed { look, changes }: &Changed) -> impl Iterator<Item = Json> {
    changes.iter().map(|change| {
        json!({
            "service": look.service,
            "event": look.event.0,
            "path": change.path,
            "before": change.before,
            "after": change.after,
        })
    })
}

fn stale_pin(stale: &StalePin) -> Json {
    json!({
        "pin": stale.number,
        "hold": stale.pin.hold.to_string(),
        "after": stale.pin.after.to_string(),
        "why": stale.why.as_str(),
    })
}

fn delivery(delivery: &Delivery) -> Json {
    json!({
        "event": delivery.event.0,
        "cause": delivery.cause.0,
        "time": delivery.at.as_nanos(),
        "from": delivery.from,
        "to": delivery.to,
        "kind": delivery.kind,
        "what": delivery.what,
    })
}

fn waiting(call: &WaitingCall) -> Json {
    json!({
        "who": call.who,
        "handle": call.handle.to_string(),
        "for": call.for_whom,
        "session": call.session.0,
        "since": call.since.as_nanos(),
        "what": call.what,
    })
}
