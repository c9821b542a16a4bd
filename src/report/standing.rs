//! How things stand at an event, for people.

use std::fmt::Write as _;

use super::failure::waiting;
use super::human::delivery_line;
use crate::world::Standing;

/// Deliveries that are told.
const CHAIN_LINES_MAX: usize = 7;

/// The account. All of the state: whoever asks for it wants to read it.
#[must_use]
pub fn standing(standing: &Standing) -> String {
    let mut text = format!("event {} is over, at {}\n", standing.event, standing.at);
    let chain = &standing.chain[standing.chain.len().saturating_sub(CHAIN_LINES_MAX)..];
    if !chain.is_empty() {
        text.push_str("\nwhat led there, the latest last:\n");
        for delivery in chain {
            let _infallible = writeln!(text, "{}", delivery_line(delivery));
        }
    }
    for service in &standing.services {
        let _infallible =
            writeln!(text, "\n== {} ({}), {} in its mailbox", service.name, service.handle, service.mailbox);
        text.push_str(&service.state);
    }
    if !standing.waiting.is_empty() {
        text.push_str("\nwho waits:\n");
        for call in &standing.waiting {
            let _infallible = writeln!(text, "  {}", waiting(call));
        }
    }
    text
}
