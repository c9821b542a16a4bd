//! `reentrancy`: while a handler waited for an answer, other messages changed a variable of its service, and when it went on it
//! changed the same variable itself: what it had seen before the call was old. That is the mark of check-then-act over
//! a yield. States are compared after every message, which costs, so nobody looks unless the plan asks for it. A
//! handler inside of `skynet.queue` has taken care; and what both only count by one is no conflict.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Handle, MessageKind, Session};
use crate::kernel::{ServiceId, Sight};
use crate::lua::dispatch::PendingKind;
use crate::lua::waiting;
use crate::scenario::Detector;
use crate::state::{self, Change, StateGraph};

use super::super::check::state_of;
use super::super::run::World;
use super::super::trail::brief;
use super::Found;

/// What `skynet.queue` shows in a stack.
const QUEUE: &str = "/lualib/skynet/queue.lua:";

/// Where a path begins that is no variable, but what waiting coroutines hold.
const COROUTINES: &str = "coroutines";

/// Changes that are kept of one message, and paths that are kept of one wait.
const CHANGES_MAX: usize = 200;

/// Everything that is remembered between messages.
#[derive(Debug, Default)]
pub(in crate::world) struct Reentrancy {
    services: BTreeMap<ServiceId, Remembered>,
    /// Places and variables that were reported.
    told: BTreeSet<(String, String)>,
}

/// A service, as it was after its last message.
#[derive(Debug, Default)]
struct Remembered {
    state: Option<StateGraph>,
    waits: BTreeMap<Session, Wait>,
}

/// A call that a handler waits for.
#[derive(Debug)]
struct Wait {
    place: String,
    /// What others changed meanwhile, by path: the change and who made it.
    meanwhile: BTreeMap<String, (Change, String)>,
}

/// A message, in words.
#[derive(Debug)]
pub(in crate::world) struct Current {
    to: Handle,
    session: Session,
    kind: MessageKind,
    what: String,
}

impl Current {
    /// A message that is about to be handled.
    pub(in crate::world) fn of(sight: &Sight<'_>) -> Current {
        let message = sight.message;
        let what = match message.kind {
            MessageKind::RESPONSE | MessageKind::ERROR => "the answer to another call".to_owned(),
            kind => format!("{} from {}", brief(kind, message.data.bytes()), sight.from),
        };
        let what = format!("event {} ({what})", sight.event);
        let (to, session, kind) = (sight.to.handle(), message.session, message.kind);
        Current { to, session, kind, what }
    }
}

impl World {
    /// A service has handled a message.
    pub(in crate::world) fn compare_states(&mut self, id: ServiceId) {
        let context = self.kernel.context(id);
        let (handle, module) = (context.handle(), context.module());
        let current = self.lookout.borrow_mut().take_current();
        let Some(current) = current.filter(|current| current.to == handle && module == "snlua") else { return };
        let Some(after) = state_of(&mut self.kernel, id) else {
            self.reentrancy.services.remove(&id);
            return;
        };
        let pending = waiting::pending_of(&mut self.kernel, id);
        let remembered = self.reentrancy.services.entry(id).or_default();
        let changes = match &remembered.state {
            Some(before) => state::changes(before, &after),
            None => Vec::new(),
        };
        remembered.state = Some(after);
        let changes: Vec<Change> =
            changes.into_iter().filter(|change| !change.path.starts_with(COROUTINES)).take(CHANGES_MAX).collect();
        let resumed = matches!(current.kind, MessageKind::RESPONSE | MessageKind::ERROR)
            .then(|| remembered.waits.remove(&current.session))
            .flatten();
        let conflict = resumed.and_then(|wait| conflict(wait, &changes));
        for wait in remembered.waits.values_mut().filter(|wait| wait.meanwhile.len() < CHANGES_MAX) {
            for change in &changes {
                wait.meanwhile.insert(change.path.clone(), (change.clone(), current.what.clone()));
            }
        }
        let calls = pending.into_iter().filter(|wait| matches!(wait.kind, PendingKind::Call(_)));
        let calls: BTreeMap<Session, String> = calls.map(|wait| (wait.session, wait.position)).collect();
        remembered.waits.retain(|session, _| calls.contains_key(session));
        for (session, place) in calls.into_iter().filter(|(_, place)| !place.contains(QUEUE)) {
            remembered.waits.entry(session).or_insert_with(|| Wait { place, meanwhile: BTreeMap::new() });
        }
        if let Some(conflict) = conflict {
            self.tell(id, &conflict);
        }
    }

    fn tell(&mut self, id: ServiceId, conflict: &Conflict) {
        if !self.reentrancy.told.insert((conflict.place.clone(), conflict.own.path.clone())) {
            return;
        }
        let service = self.kernel.context(id).label().to_owned();
        let Conflict { place, own, other, by } = conflict;
        let path = &own.path;
        let what = format!("{service} changed {path} after a call during which it had changed already");
        let moment = Some((self.kernel.now(), self.kernel.event()));
        let list = vec![
            format!("the call is at {place}"),
            format!("meanwhile {by} changed {path}: {}", shown(other)),
            format!("then the handler went on and changed it: {}", shown(own)),
        ];
        self.observe(Detector::Reentrancy, Found { list, ..Found::new(what, service, moment) });
    }
}

/// A variable that changed while somebody waited, and that he changed then.
struct Conflict {
    place: String,
    own: Change,
    other: Change,
    by: String,
}

fn conflict(mut wait: Wait, changes: &[Change]) -> Option<Conflict> {
    for own in changes {
        let Some((other, by)) = wait.meanwhile.remove(&own.path) else { continue };
        // Both count by one in the same direction: neither depends on what it saw.
        let counted = step(own).filter(|by| by.abs() == 1 && Some(*by) == step(&other));
        if counted.is_none() {
            return Some(Conflict { place: wait.place, own: own.clone(), other, by });
        }
    }
    None
}

/// By how much a whole number changed.
fn step(change: &Change) -> Option<i64> {
    let number = |text: &Option<String>| text.as_ref()?.parse::<i64>().ok();
    number(&change.after)?.checked_sub(number(&change.before)?)
}

fn shown(change: &Change) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("{} -> {}", side(&change.before), side(&change.after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: &str, after: &str) -> Change {
        Change { path: "n".to_owned(), before: Some(before.to_owned()), after: Some(after.to_owned()) }
    }

    fn conflicts(other: Change, own: Change) -> bool {
        let meanwhile = [("n".to_owned(), (other, String::new()))].into();
        conflict(Wait { place: String::new(), meanwhile }, &[own]).is_some()
    }

    #[test]
    fn counting_is_no_conflict() {
        assert!(!conflicts(change("1", "2"), change("2", "3")));
        assert!(!conflicts(change("3", "2"), change("2", "1")));
        assert!(conflicts(change("1", "2"), change("2", "1")), "one enters, one leaves");
        assert!(conflicts(change("100", "20"), change("20", "-60")));
        assert!(conflicts(change("\"ann\"", "\"bob\""), change("\"bob\"", "nil")));
    }
}
