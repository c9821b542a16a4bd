//! How things stand at an event, for people: all of it, or a part.

use std::fmt::Write as _;

use super::failure::{Account, waiting};
use super::human::delivery_line;
use crate::world::{Delivery, Failure, Standing, Undelivered, WaitingCall, World};

/// Deliveries that are told.
const CHAIN_LINES_MAX: usize = 7;

/// The account. All of the state: whoever asks for it wants to read it.
#[must_use]
pub fn standing(standing: &Standing) -> String {
    let mut text = format!("event {} is over, at {}\n", standing.event, standing.at);
    if !standing.chain.is_empty() {
        let _infallible = write!(text, "\nwhat led there, the latest last:\n{}", chain(&standing.chain));
    }
    for service in &standing.services {
        let _infallible =
            writeln!(text, "\n== {} ({}), {} in its mailbox", service.name, service.handle, service.mailbox);
        text.push_str(&service.state);
    }
    if !standing.waiting.is_empty() {
        let _infallible = write!(text, "\nwho waits:\n{}", waits(&standing.waiting));
    }
    text
}

/// The end of a chain of deliveries.
#[must_use]
pub fn chain(chain: &[Delivery]) -> String {
    let told = &chain[chain.len().saturating_sub(CHAIN_LINES_MAX)..];
    lines(told.iter().map(delivery_line), "nothing has happened yet, or nobody caused it")
}

/// Calls without an answer.
#[must_use]
pub fn waits(calls: &[WaitingCall]) -> String {
    lines(calls.iter().map(|call| format!("  {}", waiting(call))), "no call waits for an answer")
}

/// The services in a line each.
#[must_use]
pub fn services(standing: &Standing) -> String {
    let told = standing
        .services
        .iter()
        .map(|service| format!("  {}  {}, {} in its mailbox", service.handle, service.name, service.mailbox));
    lines(told, "no service lives")
}

/// Messages that are not handled yet.
#[must_use]
pub fn undelivered(messages: &[Undelivered]) -> String {
    let told = messages.iter().map(|message| {
        let Undelivered { to, from, kind, what, cause } = message;
        format!("  {from} -> {to}  {kind} {what}  (sent by #{cause})")
    });
    lines(told, "all messages are handled")
}

/// What has failed.
#[must_use]
pub fn failures(failures: &[Failure]) -> String {
    let told = failures.iter().map(|failure| {
        let account = Account::of(failure);
        let mut text = format!("  {}", failure.kind());
        for line in account.reason.lines().chain(account.list.iter().map(String::as_str)) {
            let _infallible = write!(text, "\n    {line}");
        }
        if let Some((expected, got)) = &account.expected {
            let _infallible = write!(text, "\n    expected  {expected}\n    got       {got}");
        }
        for line in &account.traceback {
            let _infallible = write!(text, "\n      {line}");
        }
        text
    });
    lines(told, "nothing has failed")
}

/// What ended a run, with what failed; nothing if it goes on.
#[must_use]
pub fn ending(world: &World) -> String {
    let Some(ending) = world.ending() else { return String::new() };
    let failed = if world.failures().is_empty() { String::new() } else { failures(world.failures()) };
    format!("  the run is over: {}\n{failed}", ending.reason())
}

fn lines(told: impl Iterator<Item = String>, nothing: &str) -> String {
    let text: String = told.map(|line| line + "\n").collect();
    if text.is_empty() { format!("  {nothing}\n") } else { text }
}
