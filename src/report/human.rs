//! The account of a run for people: verdict first, and last the command that repeats it.

use std::fmt::Write as _;

use super::failure::{Account, waiting};
use super::heading::Heading;
use super::style::{Colour, Style};
use crate::base::EventNumber;
use crate::faults::{DRIVER_LABEL, Enabled};
use crate::world::{Changed, Delivery, Failure, Look, RunReport, StalePin, Verdict};

/// A summary has at most so many lines, so that it fits a screen; the parts below add up to it.
pub const LINES_MAX: usize = 40;

const REASON_LINES_MAX: usize = 3;
const LIST_LINES_MAX: usize = 5;
const CHAIN_LINES_MAX: usize = 7;
const CHANGED_LINES_MAX: usize = 10;
const TRACEBACK_LINES_MAX: usize = 6;
const FURTHER_LINES_MAX: usize = 3;
const FACT_LINES_MAX: usize = 2;
const STORY_LINES_MAX: usize = 30;
const SHORT_STORY_LINES_MAX: usize = 20;

/// What deliveries have as their sender that are actions of the scenario.
const SCENARIO: &str = "scenario";

/// Whose answers are no news.
const LAUNCHER: &str = "launcher";

/// Characters of a line that are shown: tables can be long.
const COLUMNS_MAX: usize = 160;

/// What is told before the run starts.
#[must_use]
pub fn first_line(heading: &Heading) -> String {
    let Heading { scenario, seed, schedule, lua, .. } = heading;
    format!("skysim {}: {scenario}, seed {seed}, schedule {schedule}, Lua {lua}\n", env!("CARGO_PKG_VERSION"))
}

/// What is told when it is over.
#[must_use]
pub fn summary(heading: &Heading, report: &RunReport, style: Style) -> String {
    let mut lines = vec![verdict_line(heading, report.verdict, style)];
    let mut before_traceback = 0;
    match (report.verdict, &*report.failures) {
        (Verdict::Failed, [first, further @ ..]) => {
            before_traceback = failure(heading, report, first, style, &mut lines);
            further_failures(further, &mut lines);
            lines.push(String::new());
        }
        (Verdict::Passed, [expected, ..]) => {
            lines.push(indented(&format!("failed as the scenario expects: {}", one_line(&expected.to_string()))));
        }
        _ => {}
    }
    if report.verdict != Verdict::Failed {
        happened(report, &mut lines);
    }
    lines.extend(capped(report.vacuous.iter().map(|reason| indented(reason)).collect(), LIST_LINES_MAX));
    facts(report, &mut lines);
    if report.verdict != Verdict::Passed {
        lines.push(String::new());
        lines.push("repeat it:".to_owned());
        lines.push(format!("  {}", heading.repeat));
    }
    let taken: usize = lines.iter().map(|line| 1 + line.matches('\n').count()).sum();
    lines.splice(before_traceback..before_traceback, changed(report, LINES_MAX.saturating_sub(taken)));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn verdict_line(heading: &Heading, verdict: Verdict, style: Style) -> String {
    let colour = match verdict {
        Verdict::Passed => Colour::Good,
        Verdict::Failed => Colour::Bad,
        Verdict::Vacuous | Verdict::Interrupted => Colour::Doubtful,
    };
    let word = style.paint(colour, &verdict.as_str().to_uppercase());
    if heading.title.is_empty() {
        format!("{word}  {}", heading.scenario)
    } else {
        format!("{word}  {}: {}", heading.scenario, heading.title)
    }
}

/// What failed; returns where among the lines there is a place for what changed.
fn failure(heading: &Heading, report: &RunReport, failure: &Failure, style: Style, lines: &mut Vec<String>) -> usize {
    let account = Account::of(failure);
    let mut head = style.paint(Colour::Strong, failure.kind());
    if let Some(at) = account.at {
        let _ = write!(head, " at {at}");
    }
    if let Some(event) = account.event {
        let _ = write!(head, ", event {event}");
    }
    if let Some(line) = account.line {
        let _ = write!(head, "  ({}:{line})", heading.file);
    }
    lines.push(format!("  {head}"));
    lines.extend(capped(account.reason.lines().map(indented).collect(), REASON_LINES_MAX));
    lines.extend(capped(account.list.iter().map(|line| indented(&format!("  {line}"))).collect(), LIST_LINES_MAX));
    if let Some((expected, got)) = &account.expected {
        lines.push(indented(&format!("  expected  {}", one_line(expected))));
        lines.push(indented(&format!("  got       {}", one_line(got))));
    }
    if let Some(event) = account.event {
        chain(report, event, lines);
    }
    let before_traceback = lines.len();
    if !account.traceback.is_empty() {
        lines.push("\nLua traceback:".to_owned());
        lines.extend(capped(account.traceback.iter().map(|line| indented(line)).collect(), TRACEBACK_LINES_MAX));
    }
    before_traceback
}

/// What the last messages changed in the services concerned, in the room that there is. The limits of the other
/// parts leave four lines.
fn changed(report: &RunReport, room: usize) -> Vec<String> {
    let rows = report.changed.iter().flat_map(|Changed { look, changes }| {
        let Look { service, event } = look;
        let row = move |what: &str| indented(&format!("{:>7}  {service}  {what}", format!("#{event}")));
        let nothing = changes.is_empty().then(|| row("nothing"));
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        let all = changes
            .iter()
            .map(move |change| row(&format!("{}: {} -> {}", change.path, shown(&change.before), shown(&change.after))));
        all.chain(nothing)
    });
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() || room < 3 {
        return Vec::new();
    }
    let mut lines = vec!["\nwhat that changed:".to_owned()];
    lines.extend(capped(rows, CHANGED_LINES_MAX.min(room - 2)));
    lines
}

/// The messages that led to an event; the nearest ones, if they are many.
fn chain(report: &RunReport, event: EventNumber, lines: &mut Vec<String>) {
    let chain = report.chain(event);
    if chain.is_empty() {
        return;
    }
    lines.push("\nwhat led there, the latest last:".to_owned());
    let shown = if chain.len() > CHAIN_LINES_MAX { CHAIN_LINES_MAX - 1 } else { chain.len() };
    let hidden = chain.len() - shown;
    if hidden > 0 {
        lines.push(format!("  .. {hidden} earlier messages"));
    }
    for delivery in &chain[hidden..] {
        lines.push(delivery_line(delivery));
    }
}

/// A message that was handled.
#[must_use]
pub fn delivery_line(delivery: &Delivery) -> String {
    let (at, event) = (delivery.at.to_string(), format!("#{}", delivery.event));
    let (from, to, kind, what) = (&delivery.from, &delivery.to, &delivery.kind, &delivery.what);
    indented(&format!("{at:>12}  {event:>7}  {from} -> {to}  {kind} {}", one_line(what)))
}

/// What the scenario did, and what was answered.
fn happened(report: &RunReport, lines: &mut Vec<String>) {
    let story = report.trail.iter().filter_map(|delivery| {
        let (at, what) = (delivery.at.to_string(), one_line(&delivery.what));
        if delivery.from == SCENARIO {
            Some(indented(&format!("{at:>12}  {what}")))
        } else if delivery.to == DRIVER_LABEL && delivery.from != LAUNCHER {
            let what = match (what.is_empty(), &*delivery.kind) {
                (true, "error") => "with an error".to_owned(),
                (true, _) => "nothing".to_owned(),
                (false, _) => what,
            };
            Some(indented(&format!("{at:>12}    {} answers {what}", delivery.from)))
        } else {
            None
        }
    });
    let max = if report.verdict == Verdict::Passed { STORY_LINES_MAX } else { SHORT_STORY_LINES_MAX };
    lines.extend(capped(story.collect(), max));
}

fn further_failures(further: &[Failure], lines: &mut Vec<String>) {
    if further.is_empty() {
        return;
    }
    lines.push("\nand also:".to_owned());
    let all = further.iter().map(|failure| indented(&one_line(&failure.to_string()))).collect();
    lines.extend(capped(all, FURTHER_LINES_MAX));
}

/// How long it was, what pins and faults did, and who still waits.
fn facts(report: &RunReport, lines: &mut Vec<String>) {
    let checks = match report.checks {
        0 => String::new(),
        1 => ", 1 check".to_owned(),
        many => format!(", {many} checks"),
    };
    let events = if report.events.0 == 1 { "event" } else { "events" };
    let reason = report.ending.reason();
    let noted = report.observations.iter().map(|noted| format!("; {} {}", noted.detector.name(), noted.count));
    let noted: String = noted.filter(|_| report.verdict != Verdict::Passed).collect();
    lines.push(indented(&format!(
        "{} of virtual time, {} {events}{checks}; {}{noted}",
        report.end,
        report.events,
        one_line(&reason)
    )));
    let faults = report.faults.iter().map(|fault| match fault.enabled {
        Enabled::Yes => {
            format!("fault `{}` acted on {} of {} messages", fault.name, fault.effects, fault.matches)
        }
        Enabled::No => format!("fault `{}` is off; {} messages match", fault.name, fault.matches),
    });
    let stale = stale_pins(&report.stale_pins).into_iter();
    lines.extend(capped(stale.chain(faults).map(|line| indented(&line)).collect(), FACT_LINES_MAX));
    let told = report.verdict == Verdict::Failed && matches!(report.failures.first(), Some(Failure::Hang { .. }));
    if !told {
        let calls = report.waiting.iter().map(|call| indented(&format!("still waiting: {}", waiting(call))));
        lines.extend(capped(calls.collect(), FACT_LINES_MAX));
    }
}

/// The pins that decided nothing, in one line.
#[must_use]
pub fn stale_pins(stale: &[StalePin]) -> Option<String> {
    let first = stale.first()?;
    let StalePin { number, pin, why } = first;
    let more = match stale.len() {
        1 => String::new(),
        many => format!(", and {} more", many - 1),
    };
    Some(format!("stale: pin {number} ({} {}){more}", pin.hold, why.as_str()))
}

fn capped(mut lines: Vec<String>, max: usize) -> Vec<String> {
    if lines.len() > max {
        let hidden = lines.len() - (max - 1);
        lines.truncate(max - 1);
        lines.push(format!("  .. and {hidden} more"));
    }
    lines
}

/// A line of a summary: two spaces, no control characters, not too long.
fn indented(text: &str) -> String {
    let mut line = String::from("  ");
    for c in text.chars().take(COLUMNS_MAX) {
        match c {
            '\t' => line.push_str("    "),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    if text.chars().nth(COLUMNS_MAX).is_some() {
        line.push_str("..");
    }
    line
}

/// The first line, with a hint that there are more.
fn one_line(text: &str) -> String {
    match text.split_once('\n') {
        Some((first, _)) => format!("{} ..", first.trim_end()),
        None => text.to_owned(),
    }
}
