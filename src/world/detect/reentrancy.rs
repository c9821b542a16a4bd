//! `reentrancy`: while a handler waited for an answer or slept, other messages changed a variable of its service, and when it
//! went on it changed the same variable itself: what it had seen before the wait was old. That is the mark of check-then-act over
//! a yield. States are compared after every message, which costs, so nobody looks unless the plan asks for it. A
//! handler inside of `skynet.queue` has taken care; and what both only count by one is no conflict.
//!
//! `check_then_act` is the part of it that is a bug as a rule: there was enough before the wait and there is less than
//! nothing after it, or what was free before it is taken twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{EventNumber, Handle, MessageKind, Session};
use crate::kernel::{ServiceId, Sight};
use crate::lua::dispatch::{Pending, PendingKind};
use crate::lua::{library, observe, waiting};
use crate::scenario::{Detector, Level};
use crate::state::{self, Change, StateGraph};

use super::super::check::state_of;
use super::super::run::World;
use super::super::trail::brief;
use super::Found;
use super::source::{self, Stale};

/// What `skynet.queue` shows in a stack.
const QUEUE: &str = "/lualib/skynet/queue.lua:";

/// Where a path begins that is no variable, but what waiting coroutines hold.
const COROUTINES: &str = "coroutines";

/// Values that `check_then_act` looks at in a run; then it ends, so that an exploration goes on. `reentrancy`, which
/// only those get who ask for it, has no end.
const VALUES_MAX: usize = 1_000_000;

/// Messages whose changes are remembered.
const FRESH_MAX: usize = 64;

/// Changes that are kept of one message, and paths that are kept of one wait.
const CHANGES_MAX: usize = 200;

/// Everything that is remembered between messages.
#[derive(Debug, Default)]
pub(in crate::world) struct Reentrancy {
    services: BTreeMap<ServiceId, Remembered>,
    /// Values that were looked at.
    values: usize,
    /// Places and variables that were reported.
    told: BTreeSet<(Detector, String, String)>,
}

/// A service, as it was after its last message.
#[derive(Debug, Default)]
struct Remembered {
    state: Option<StateGraph>,
    waits: BTreeMap<Session, Wait>,
    /// The paths that each of the last messages has changed, as long as no other one touched them.
    fresh: BTreeMap<EventNumber, BTreeSet<String>>,
}

/// A call that a handler waits for, or its sleep.
#[derive(Debug)]
struct Wait {
    kind: &'static str,
    place: String,
    /// By how much the handler's message had changed numbers when it began to wait.
    began_with: BTreeMap<String, i64>,
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
            kind => format!("{} from {}", brief(kind, message.data.bytes()), sight.from()),
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
        if self.reentrancy.values > VALUES_MAX && self.plan.level(Detector::Reentrancy) == Level::Off {
            self.reentrancy.services.clear();
            return;
        }
        // The library's own services are taken to be right, and each run has a handful of them.
        if !observe::runs_user_code(&mut self.kernel, id) {
            return;
        }
        let Some(after) = state_of(&mut self.kernel, id) else {
            self.reentrancy.services.remove(&id);
            return;
        };
        self.reentrancy.values = self.reentrancy.values.saturating_add(after.len());
        let pending = waiting::pending_of(&mut self.kernel, id);
        let remembered = self.reentrancy.services.entry(id).or_default();
        let changes = match &remembered.state {
            Some(before) => state::lasting_changes(before, &after),
            None => Vec::new(),
        };
        remembered.state = Some(after);
        let changes: Vec<Change> =
            changes.into_iter().filter(|change| !change.path.starts_with(COROUTINES)).take(CHANGES_MAX).collect();
        remember_fresh(&mut remembered.fresh, &changes, self.kernel.event());
        let resumed = matches!(current.kind, MessageKind::RESPONSE | MessageKind::ERROR)
            .then(|| remembered.waits.remove(&current.session))
            .flatten();
        let conflicts = resumed.map(|wait| conflicts(wait, &changes)).unwrap_or_default();
        for wait in remembered.waits.values_mut().filter(|wait| wait.meanwhile.len() < CHANGES_MAX) {
            for change in &changes {
                let since =
                    wait.meanwhile.entry(change.path.clone()).or_insert_with(|| (change.clone(), String::new()));
                // From what the handler saw to what there is now.
                since.0.after.clone_from(&change.after);
                since.1.clone_from(&current.what);
            }
        }
        let waits: BTreeMap<Session, (&str, String)> =
            pending.iter().filter_map(|wait| ends_by_message(wait, &pending)).collect();
        remembered.waits.retain(|session, _| waits.contains_key(session));
        for (session, (kind, place)) in waits.into_iter().filter(|(_, (_, place))| !place.contains(QUEUE)) {
            let began_with =
                || changes.iter().filter_map(|change| Some((change.path.clone(), step(change)?))).collect();
            let fresh = || Wait { kind, place, began_with: began_with(), meanwhile: BTreeMap::new() };
            remembered.waits.entry(session).or_insert_with(fresh);
        }
        // The first that is a bug as a rule, and the first at all.
        let acted = conflicts.iter().find_map(|conflict| {
            let acted = conflict.acted_on(&changes).filter(|_| !self.adds_to_it(conflict));
            let what = acted.or_else(|| self.relied_on(conflict))?;
            Some((conflict, what))
        });
        if let Some((conflict, how)) = acted {
            let variable = names(&conflict.own.path).pop().unwrap_or_default();
            let what = format!(
                "went by what `{variable}` was before a {}, and others have changed it meanwhile",
                conflict.kind
            );
            self.tell(id, Detector::CheckThenAct, conflict, what, Some(how));
        }
        if let Some(conflict) = conflicts.iter().find(|conflict| !conflict.only_counts()) {
            let what =
                format!("changed {} after a {} during which it had changed already", conflict.own.path, conflict.kind);
            self.tell(id, Detector::Reentrancy, conflict, what, None);
        }
    }

    /// Whether the code says that a number was added to what is there now: `n[k] = (n[k] or 0) + 1`. What was there
    /// before does not matter then.
    fn adds_to_it(&self, conflict: &Conflict) -> bool {
        let taken = step(&conflict.own).is_none_or(|by| by < 0);
        !taken && self.somewhere(conflict, |text, wait, names| source::adds(text, wait, names).then_some(())).is_some()
    }

    /// In words, if the code says that what the handler did depends on what it saw before: both have counted the same way
    /// (or the handler has set what it had copied), and it did not look again.
    fn relied_on(&self, conflict: &Conflict) -> Option<String> {
        let (theirs, own) = (step(&conflict.other)?, step(&conflict.own)?);
        // It took a place before it waited, so that nobody else would, and now it gives it back.
        if conflict.began_with.is_some_and(|by| by.signum() == -own.signum()) {
            return None;
        }
        self.somewhere(conflict, |text, wait, names| {
            let (path, kind) = (&conflict.own.path, conflict.kind);
            match source::stale(text, wait, names)? {
                Stale::Checked(line) if theirs.signum() == own.signum() => Some(format!(
                    "counted {path} after a {kind} by what it saw before (line {line}): others counted meanwhile"
                )),
                Stale::Copied(line) => Some(format!(
                    "set {path} after a {kind} from a copy made before (line {line}): what others did is lost"
                )),
                Stale::Checked(_) => None,
            }
        })
    }

    /// Looks at the text of each function that waited, innermost first: the wait itself may lie in one that only asks.
    /// `look` gets the text, the line of the wait and the names in the variable's path.
    fn somewhere<T>(&self, conflict: &Conflict, look: impl Fn(&str, usize, &[String]) -> Option<T>) -> Option<T> {
        let names = names(&conflict.own.path);
        let files = &self.lua.as_ref()?.files;
        conflict.place.split(" < ").find_map(|frame| {
            let (file, line) = frame.rsplit_once(':')?;
            let text = files.borrow_mut().read(file.as_bytes()).ok()?;
            look(&String::from_utf8_lossy(text.as_ref()), line.parse().ok()?, &names)
        })
    }

    fn tell(&mut self, id: ServiceId, detector: Detector, conflict: &Conflict, what: String, how: Option<String>) {
        let Conflict { kind, place, own, other, by, began_with: _ } = conflict;
        let path = &own.path;
        if !self.reentrancy.told.insert((detector, place.clone(), path.clone())) {
            return;
        }
        let service = self.kernel.context(id).label().to_owned();
        let what = format!("{service} {what}");
        let moment = Some((self.kernel.now(), self.kernel.event()));
        let mut list = Vec::from_iter(how.map(|how| format!("it {how}")));
        list.extend([
            format!("the {kind} is at {place}"),
            format!("meanwhile {by} changed {path}: {}", shown(other)),
            format!("then the handler went on and changed it: {}", shown(own)),
        ]);
        self.observe(detector, Found { list, ..Found::new(what, service, moment) });
    }
}

/// A wait that ends by a message of its own, so that what follows from it can be told from what others do: an
/// answer, or the time of a sleep. A loop that sleeps for ever looks at everything anew each time, so only handlers
/// of requests count there.
fn ends_by_message(wait: &Pending, all: &[Pending]) -> Option<(Session, (&'static str, String))> {
    let kind = match wait.kind {
        PendingKind::Call(_) => "call",
        PendingKind::Sleep if wait.answers.is_some() => "sleep",
        PendingKind::Sleep | PendingKind::Wait | PendingKind::Timeout => return None,
    };
    let place = asker(wait, all).map_or(&wait.position, |asker| &asker.position);
    Some((wait.session, (kind, place.clone())))
}

/// Who waits for the answers to a `skynet.request`, which a coroutine of the library gathers: its session is the next
/// one after those of the requests.
fn asker<'a>(wait: &Pending, all: &'a [Pending]) -> Option<&'a Pending> {
    if wait.position.contains(" < ") || !library::has_place(&wait.position) {
        return None;
    }
    let later = all.iter().filter(|other| matches!(other.kind, PendingKind::Wait) && other.session > wait.session);
    later.filter(|other| library::has_place(&other.position)).min_by_key(|other| other.session)
}

/// A variable that changed while somebody waited, and that he changed then.
struct Conflict {
    kind: &'static str,
    place: String,
    /// By how much it was changed when the wait began.
    began_with: Option<i64>,
    own: Change,
    other: Change,
    by: String,
}

impl Conflict {
    /// Both count by one in the same direction: neither depends on what it saw.
    fn only_counts(&self) -> bool {
        step(&self.own).is_some_and(|by| by.abs() == 1 && Some(by) == step(&self.other))
    }

    /// In words, if what was done after the wait was only right for what was there before it.
    fn acted_on(&self, all: &[Change]) -> Option<String> {
        let (path, kind) = (&self.own.path, self.kind);
        let seen = self.other.before.as_deref();
        if let (Some(seen), Some(after), Some(by)) =
            (seen.and_then(number), self.own.after.as_deref().and_then(number), step(&self.own))
        {
            let short = after < 0 && seen >= 0 && seen.saturating_add(by) >= 0;
            return short.then(|| format!("took more from {path} than there was: others took of it during its {kind}"));
        }
        let (theirs, own) = (self.other.after.as_ref()?, self.own.after.as_ref()?);
        if moved_up(path, own, all) {
            return None;
        }
        let twice = seen.is_none() && theirs != own && self.own.before.as_ref() == Some(theirs);
        twice.then(|| format!("set {path} anew after a {kind}: it was free before, and taken meanwhile"))
    }
}

/// Each variable that others changed during a wait and the handler after it.
fn conflicts(mut wait: Wait, changes: &[Change]) -> Vec<Conflict> {
    let both = changes.iter().filter_map(|own| {
        let (other, by) = wait.meanwhile.remove(&own.path)?;
        let began_with = wait.began_with.get(&own.path).copied();
        Some(Conflict { kind: wait.kind, place: wait.place.clone(), began_with, own: own.clone(), other, by })
    });
    both.collect()
}

/// Whether a value came to its place in a list because the ones before it were taken out.
fn moved_up(path: &str, value: &str, all: &[Change]) -> bool {
    let Some((list, place)) = path.strip_suffix(']').and_then(|path| path.rsplit_once('[')) else { return false };
    let Ok(place) = place.parse::<i64>() else { return false };
    let next = format!("{list}[{}]", place.saturating_add(1));
    all.iter().any(|change| change.path == next && change.before.as_deref() == Some(value))
}

/// The names in a path, the last first.
fn names(path: &str) -> Vec<String> {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names = words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.reverse();
    names
}

/// What a message has changed is fresh; what was fresh and is touched is not any more, with all that came with it.
fn remember_fresh(fresh: &mut BTreeMap<EventNumber, BTreeSet<String>>, changes: &[Change], event: EventNumber) {
    fresh.retain(|_, paths| !changes.iter().any(|change| paths.contains(&change.path)));
    if !changes.is_empty() {
        fresh.insert(event, changes.iter().map(|change| change.path.clone()).collect());
    }
    while fresh.len() > FRESH_MAX {
        fresh.pop_first();
    }
}

impl Reentrancy {
    /// What nobody has touched since it was changed: by service and message, one path of each.
    pub(super) fn untouched(&self) -> BTreeMap<(ServiceId, EventNumber), String> {
        let all = self.services.iter().flat_map(|(id, remembered)| {
            remembered.fresh.iter().filter_map(|(event, paths)| Some(((*id, *event), paths.first()?.clone())))
        });
        all.collect()
    }
}

/// By how much a whole number changed.
fn step(change: &Change) -> Option<i64> {
    number(change.after.as_deref()?)?.checked_sub(number(change.before.as_deref()?)?)
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
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

    fn between(other: Change, own: Change) -> Conflict {
        Conflict { kind: "call", place: String::new(), began_with: None, own, other, by: String::new() }
    }

    #[test]
    fn counting_is_no_conflict() {
        assert!(between(change("1", "2"), change("2", "3")).only_counts());
        assert!(between(change("3", "2"), change("2", "1")).only_counts());
        assert!(!between(change("1", "2"), change("2", "1")).only_counts(), "one enters, one leaves");
        assert!(!between(change("100", "20"), change("20", "-60")).only_counts());
        assert!(!between(change("\"ann\"", "\"bob\""), change("\"bob\"", "nil")).only_counts());
    }

    #[test]
    fn what_is_right_only_for_what_was_seen() {
        let free = |after: &str| Change { before: None, ..change("", after) };
        assert!(between(change("1", "0"), change("0", "-1")).acted_on(&[]).is_some(), "the last one is sold twice");
        assert!(between(change("100", "20"), change("20", "-60")).acted_on(&[]).is_some());
        assert!(between(free("\"ann\""), change("\"ann\"", "\"bob\"")).acted_on(&[]).is_some(), "a seat taken twice");
        assert!(between(change("100", "20"), change("20", "10")).acted_on(&[]).is_none(), "there is enough");
        assert!(between(change("5", "-5"), change("-5", "-15")).acted_on(&[]).is_none(), "it was too much anyway");
        assert!(between(change("1", "0"), change("0", "1")).acted_on(&[]).is_none());
        assert!(between(free("1"), change("1", "1")).acted_on(&[]).is_none());
    }
}
