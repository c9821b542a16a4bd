//! Where a run stops by itself.

use std::fmt::{self, Display, Formatter};

use crate::scenario::Glob;
use crate::state::{self, StateGraph};
use crate::world::{Delivery, World};

/// Changes of a state that are told.
const CHANGES_MAX: usize = 5;

/// What stops a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Breakpoint {
    /// A service handled a message.
    Service(Glob),
    /// Somebody handled a message with this as its first value.
    Message(Glob),
    /// The state of a service changed, somewhere or at and below a path.
    Change { service: String, path: Option<String> },
    /// Something failed that must hold.
    Property,
}

impl Display for Breakpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Breakpoint::Service(name) => write!(f, "after each message that {} handles", name.as_str()),
            Breakpoint::Message(name) => write!(f, "after each message {}", name.as_str()),
            Breakpoint::Change { service, path: None } => write!(f, "when the state of {service} changes"),
            Breakpoint::Change { service, path: Some(path) } => write!(f, "when {path} of {service} changes"),
            Breakpoint::Property => write!(f, "when a property fails"),
        }
    }
}

/// A breakpoint while the run goes on, with what it has seen.
pub(super) struct Armed<'b> {
    breakpoint: &'b Breakpoint,
    before: Option<StateGraph>,
    failures: usize,
}

impl Breakpoint {
    /// Stops at a change of a service's state.
    pub(super) fn change(service: &str, path: Option<&str>) -> Breakpoint {
        Breakpoint::Change { service: service.to_owned(), path: path.map(str::to_owned) }
    }

    /// Gets ready for a run that goes on from where `world` stands.
    pub(super) fn arm(&self, world: &mut World) -> Armed<'_> {
        let before = match self {
            Breakpoint::Change { service, .. } => world.state_of(service),
            _ => None,
        };
        Armed { breakpoint: self, before, failures: world.failures().len() }
    }
}

impl Armed<'_> {
    /// After an event: why the run stops, if it does.
    pub(super) fn strikes(&mut self, world: &mut World, last: Option<&Delivery>) -> Option<String> {
        match self.breakpoint {
            Breakpoint::Service(name) => {
                last.filter(|last| name.matches(&last.to)).map(|_| self.breakpoint.to_string())
            }
            Breakpoint::Message(name) => {
                let command = last.and_then(Delivery::command)?;
                name.matches(command).then(|| self.breakpoint.to_string())
            }
            Breakpoint::Change { service, path } => {
                if self.before.is_some() && last.is_some_and(|last| last.to != *service) {
                    return None;
                }
                let after = world.state_of(service);
                let before = std::mem::replace(&mut self.before, after);
                changes(before.as_ref(), self.before.as_ref(), path.as_deref())
            }
            Breakpoint::Property => {
                let new = world.failures().get(self.failures)?;
                Some(new.to_string())
            }
        }
    }
}

/// What differs in words; `None` if nothing does.
fn changes(before: Option<&StateGraph>, after: Option<&StateGraph>, path: Option<&str>) -> Option<String> {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (None, Some(_)) if path.is_none() => return Some("it has started".to_owned()),
        (Some(_), None) if path.is_none() => return Some("it is gone".to_owned()),
        _ => return None,
    };
    let below = |changed: &str| match path {
        Some(path) => changed.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])),
        None => true,
    };
    let all: Vec<_> = state::changes(before, after).into_iter().filter(|change| below(&change.path)).collect();
    if all.is_empty() {
        return None;
    }
    let told = all.iter().take(CHANGES_MAX).map(|change| {
        let nothing = || "nothing".to_owned();
        let (old, new) = (change.before.clone().unwrap_or_else(nothing), change.after.clone().unwrap_or_else(nothing));
        format!("{}: {old} -> {new}", change.path)
    });
    let mut text = told.collect::<Vec<_>>().join("\n    ");
    if all.len() > CHANGES_MAX {
        text.push_str(&format!("\n    and {} more", all.len() - CHANGES_MAX));
    }
    Some(text)
}
