//! Versions that services show, in answers and in their state, and whether one goes back although nobody asked for that.
//!
//! Two answers may overtake each other on their way, so they are put in the order of the events that sent them. Judged
//! is at the end, when it is known which reloads led back to an earlier version.

use std::collections::BTreeMap;

use crate::base::{EventNumber, Handle, MessageKind, Session, Value, VirtualTime};
use crate::faults::command;
use crate::kernel::Sight;
use crate::lua::checker::Subject as _;
use crate::scenario::{Plan, VersionPlace};
use crate::seri;

use super::failure::Failure;
use super::run::World;

/// The name of the property in reports.
const PROPERTY: &str = "no version goes back";

/// All that was shown at the places that the plan names.
#[derive(Debug, Default)]
pub(super) struct Versions {
    sequences: Vec<Sequence>,
    /// Commands of requests without an answer, by who asked and whom.
    asked: BTreeMap<(Handle, Handle, Session), Option<String>>,
}

#[derive(Debug)]
struct Sequence {
    place: VersionPlace,
    shown: Vec<Shown>,
}

/// A version, and when it was so: for an answer the event that sent it.
#[derive(Clone, Debug)]
struct Shown {
    version: Version,
    event: EventNumber,
    at: VirtualTime,
}

/// A number, or several as in 1.10.2.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
struct Version(Vec<f64>);

impl Version {
    /// `None` for what is no version.
    fn of(value: &Value) -> Option<Version> {
        match value {
            Value::Integer(number) => Some(Version(vec![*number as f64])),
            Value::Float(number) => Some(Version(vec![*number])),
            Value::String(text) => {
                let text = std::str::from_utf8(text).ok()?;
                let parts = text.strip_prefix('v').unwrap_or(text).split('.');
                let parts: Result<Vec<f64>, _> = parts.map(|part| part.parse::<u32>().map(f64::from)).collect();
                parts.ok().map(Version)
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(f64::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl Versions {
    /// What a plan wants to be looked at.
    pub(super) fn new(plan: &Plan) -> Versions {
        let sequences = plan.expect.versions.iter();
        let sequences = sequences.map(|place| Sequence { place: place.clone(), shown: Vec::new() });
        Versions { sequences: sequences.collect(), asked: BTreeMap::new() }
    }

    /// Whether messages must be looked at.
    pub(super) fn are_in_replies(&self) -> bool {
        self.sequences.iter().any(|sequence| matches!(sequence.place, VersionPlace::Reply { .. }))
    }

    /// Looks at a message that is about to be handled.
    pub(super) fn look(&mut self, sight: &Sight<'_>) {
        let (message, to) = (sight.message, sight.to.handle());
        if message.kind == MessageKind::RESPONSE {
            if let Some(command) = self.asked.remove(&(to, message.source, message.session)) {
                self.answered(command.as_deref().unwrap_or_default(), sight);
            }
        } else if message.session != Session::NONE && self.are_of(sight.to.label()) {
            let command = command(message.kind, message.data.bytes()).map(str::to_owned);
            self.asked.insert((message.source, to, message.session), command);
        }
    }

    fn are_of(&self, label: &str) -> bool {
        let shows = |place: &VersionPlace| matches!(place, VersionPlace::Reply { service, .. } if service == label);
        self.sequences.iter().any(|sequence| shows(&sequence.place))
    }

    fn answered(&mut self, asked: &str, sight: &Sight<'_>) {
        let Ok(values) = seri::decode(sight.message.data.bytes()) else { return };
        for sequence in &mut self.sequences {
            let VersionPlace::Reply { service, command, index } = &sequence.place else { continue };
            let is_it = service == sight.from() && command.matches(asked);
            if is_it && let Some(version) = values.get(index - 1).and_then(Version::of) {
                sequence.shown.push(Shown { version, event: sight.message.cause, at: sight.now });
            }
        }
    }

    /// The services whose states show versions, with the places.
    fn states(&self) -> Vec<(usize, String, Vec<String>)> {
        let state = |(index, sequence): (usize, &Sequence)| match &sequence.place {
            VersionPlace::State { service, path } => Some((index, service.clone(), path.clone())),
            VersionPlace::Reply { .. } => None,
        };
        self.sequences.iter().enumerate().filter_map(state).collect()
    }
}

/// The first version that is lower than one before it, with that one. Not compared are those between which, or at
/// which, something led back.
fn step_back(mut shown: Vec<Shown>, ways_back: &[(EventNumber, EventNumber)]) -> Option<(Shown, Shown)> {
    shown.sort_by_key(|shown| shown.event);
    let mut highest: Option<&Shown> = None;
    let mut floor = None;
    for (index, now) in shown.iter().enumerate() {
        let led_back = ways_back.iter().filter(|(since, _)| *since <= now.event).map(|(_, until)| *until).max();
        if led_back > floor {
            floor = led_back;
            let later = shown[..index].iter().filter(|before| Some(before.event) > floor);
            highest = later.reduce(|a, b| if b.version > a.version { b } else { a });
        }
        if let Some(highest) = highest.filter(|highest| highest.version > now.version) {
            return Some((highest.clone(), now.clone()));
        }
        let counts = Some(now.event) > floor;
        if counts && highest.is_none_or(|highest| now.version >= highest.version) {
            highest = Some(now);
        }
    }
    None
}

impl World {
    /// Looks at the versions in states. Looking changes nothing.
    pub(super) fn look_at_versions(&mut self) {
        let states = self.versions.borrow().states();
        for (index, service, path) in states {
            let state = self.scene().state(&service);
            let Some(value) = state.as_deref() else { continue };
            let found = path.iter().try_fold(value, |value, key| value.get(key));
            let Some(version) = found.and_then(Version::of) else { continue };
            let (event, at) = (self.kernel.event(), self.kernel.now());
            if let Some(sequence) = self.versions.borrow_mut().sequences.get_mut(index)
                && sequence.shown.last().is_none_or(|last| last.version != version)
            {
                sequence.shown.push(Shown { version, event, at });
            }
        }
    }

    /// Says of each place where a version went back.
    pub(super) fn judge_versions(&mut self) {
        let sequences = std::mem::take(&mut self.versions.borrow_mut().sequences);
        for Sequence { place, shown } in sequences {
            let ways_back = self.reloads.ways_back(&self.plan.reloads, place.service());
            let Some((before, now)) = step_back(shown, &ways_back) else { continue };
            let reason = format!(
                "`{place}` was {} at {} (#{}), and {} at {}; no reload led back",
                before.version, before.at, before.event.0, now.version, now.at
            );
            let services = vec![place.service().to_owned()];
            self.failures.push(Failure::Check {
                name: PROPERTY.to_owned(),
                reason,
                services,
                at: now.at,
                event: now.event,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: &[(u64, i64)]) -> Vec<Shown> {
        let one = |(event, number): &(u64, i64)| Shown {
            version: Version(vec![*number as f64]),
            event: EventNumber(*event),
            at: VirtualTime::ZERO,
        };
        list.iter().map(one).collect()
    }

    fn back(list: &[(u64, i64)], ways: &[(u64, u64)]) -> Option<(u64, u64)> {
        let ways: Vec<_> = ways.iter().map(|(since, until)| (EventNumber(*since), EventNumber(*until))).collect();
        step_back(shown(list), &ways).map(|(before, now)| (before.event.0, now.event.0))
    }

    #[test]
    fn versions_are_numbers_one_behind_another() {
        let version = |text: &str| Version::of(&text.into());
        assert!(version("1.10") > version("1.9") && version("v2") > version("1.9.9") && version("2.0") > version("2"));
        assert_eq!((version("two"), Version::of(&true.into())), (None, None));
        assert_eq!(Version::of(&Value::Integer(2)), version("2"));
    }

    #[test]
    fn a_step_back_is_found_in_the_order_of_sending() {
        assert_eq!(back(&[(1, 1), (5, 2), (4, 1), (6, 2)], &[]), None);
        assert_eq!(back(&[(1, 1), (5, 2), (7, 1)], &[]), Some((5, 7)));
    }

    #[test]
    fn whoever_asked_for_it_may_go_back() {
        let there_and_back = [(1, 2), (9, 1), (12, 1)];
        assert_eq!(back(&there_and_back, &[(3, 6)]), None);
        assert_eq!(back(&there_and_back, &[(3, 9)]), None);
        assert_eq!(back(&there_and_back, &[(10, 12)]), Some((1, 9)));
        assert_eq!(back(&there_and_back, &[(3, u64::MAX)]), None);
        assert_eq!(back(&[(1, 2), (9, 1), (12, 2), (15, 1)], &[(3, 6)]), Some((12, 15)));
        assert_eq!(back(&[(1, 2), (4, 1), (5, 2), (9, 1), (12, 1)], &[(3, 6)]), None);
    }
}
