//! Making a failing plan smaller. The only criterion is the same failure: whoever judges says what is the same. What is left
//! out is named by what it is, never by its place among draws, so that leaving out one thing does not change another.

use std::collections::BTreeSet;

use crate::base::VirtualTime;
use crate::scenario::{Branch, Budget, Dose, FaultRule, PairsOrder, Plan, Scenario, Trigger};

use super::subsets::needed;

/// The plain order, tried before everything else. A plan with pins has it already.
pub const PLAIN_SCHEDULE: &str = "skynet";

/// Moments are rounded to multiples of these, if that changes nothing.
const ROUND_NANOS: [u64; 4] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000];

/// What a smaller plan is judged as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It fails in the same way.
    Same,
    /// It does not.
    Different,
    /// There is no time left to find out: take what there is.
    OutOfTime,
}

/// What shrinking did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Plans that were tried.
    pub tried: u64,
    /// Those that failed in the same way, and were taken.
    pub taken: u64,
}

/// How much a plan says: events, fault rules and what they do, reloads, pins, services, checks.
#[must_use]
pub fn size(plan: &Plan) -> usize {
    let faults: usize = plan.faults.iter().map(FaultRule::size).sum();
    let checks = plan.checks.len() + plan.models.len();
    plan.events.len() + faults + plan.reloads.len() + plan.services.len() + checks + plan.pins.len()
}

struct Shrinking<'a> {
    best: Plan,
    judge: &'a mut dyn FnMut(&Plan) -> Judgement,
    progress: Progress,
    over: bool,
}

/// The smallest plan found that `judge` says is the same failure as `plan`, which itself is not judged.
pub fn shrink(plan: Plan, judge: &mut dyn FnMut(&Plan) -> Judgement) -> (Plan, Progress) {
    let mut work = Shrinking { best: plan, judge, progress: Progress::default(), over: false };
    loop {
        let before = work.progress.taken;
        work.plain_order();
        work.fewer_pins();
        work.fewer_events();
        work.fewer_rules();
        work.fewer_effects();
        work.fewer_reloads();
        work.fewer_services();
        work.fewer_checks();
        work.fewer_looks();
        work.rounder_moments();
        if work.over || work.progress.taken == before {
            return (work.best, work.progress);
        }
    }
}

impl Shrinking<'_> {
    /// Takes a plan if it fails in the same way, and can be saved: a file may not speak of a service that it lacks.
    fn accept(&mut self, candidate: Plan) -> bool {
        if self.over || candidate == self.best || Scenario::from_toml(&candidate.file, &candidate.to_toml()).is_err() {
            return false;
        }
        self.progress.tried += 1;
        match (self.judge)(&candidate) {
            Judgement::Same => {
                self.progress.taken += 1;
                self.best = candidate;
                true
            }
            Judgement::Different => false,
            Judgement::OutOfTime => {
                self.over = true;
                false
            }
        }
    }

    /// Leaves out as much as possible of a list of the plan.
    fn fewer<T: Clone>(&mut self, list: impl Fn(&mut Plan) -> &mut Vec<T>) {
        let all = list(&mut self.best).clone();
        needed(all.len(), |kept| {
            let mut candidate = self.best.clone();
            *list(&mut candidate) = kept.iter().map(|index| all[*index].clone()).collect();
            self.accept(candidate)
        });
    }

    /// Of what is said about the order of messages.
    fn fewer_pins(&mut self) {
        self.fewer(|plan| &mut plan.pins);
    }

    /// And plain numbers of sessions, and a plain `pairs`.
    fn plain_order(&mut self) {
        self.accept(Plan { schedule: PLAIN_SCHEDULE.to_owned(), ..self.best.clone() });
        // What comes after a branch may not need its draws, or only not its schedule.
        self.fewer(|plan| &mut plan.branches);
        let branches = self.best.branches.iter().map(Branch::same_schedule).collect();
        self.accept(Plan { branches, ..self.best.clone() });
        let mut candidate = self.best.clone();
        candidate.node.first_session = None;
        self.accept(candidate);
        let mut candidate = self.best.clone();
        candidate.node.pairs = PairsOrder::Table;
        self.accept(candidate);
        // What happened is listed, and needs no limit.
        self.accept(Plan { budget: Budget::default(), ..self.best.clone() });
    }

    fn fewer_events(&mut self) {
        self.fewer(|plan| &mut plan.events);
        for index in 0..self.best.events.len() {
            let Trigger::Every { times, .. } = &self.best.events[index].trigger else { continue };
            let mut least = times.unwrap_or(u64::MAX);
            for fewer in [1, 2, 3, 5, 10, 100, 1000] {
                let mut candidate = self.best.clone();
                if let Trigger::Every { times, .. } = &mut candidate.events[index].trigger
                    && fewer < least
                {
                    *times = Some(fewer);
                    if self.accept(candidate) {
                        least = fewer;
                    }
                }
            }
        }
    }

    fn fewer_rules(&mut self) {
        self.fewer(|plan| &mut plan.faults);
    }

    /// Of what the rules did, match by match, and kind by kind.
    fn fewer_effects(&mut self) {
        for rule in 0..self.best.faults.len() {
            self.fewer_matches(rule);
            for kind in self.best.faults[rule].doses.keys().copied().collect::<Vec<_>>() {
                let mut candidate = self.best.clone();
                candidate.faults[rule].doses.remove(&kind);
                if candidate.faults[rule].doses.keys().any(|kind| kind.domain().is_some()) {
                    self.accept(candidate);
                }
            }
        }
    }

    fn fewer_matches(&mut self, rule: usize) {
        let doses = self.best.faults[rule].doses.clone();
        let all: Vec<u64> = doses.values().flat_map(Dose::numbers).collect::<BTreeSet<u64>>().into_iter().collect();
        needed(all.len(), |kept| {
            let kept: BTreeSet<u64> = kept.iter().map(|index| all[*index]).collect();
            let mut candidate = self.best.clone();
            candidate.faults[rule].doses = doses.iter().map(|(kind, dose)| (*kind, dose.only(&kept))).collect();
            self.accept(candidate)
        });
    }

    /// Of the ways to reload. One that an event or a rule names cannot go; one that nothing names keeps its service.
    fn fewer_reloads(&mut self) {
        self.fewer(|plan| &mut plan.reloads);
    }

    fn fewer_services(&mut self) {
        let all = self.best.services.clone();
        needed(all.len(), |kept| {
            let mut candidate = self.best.clone();
            candidate.services = kept.iter().map(|index| all[*index].clone()).collect();
            let named = |name: &String| candidate.services.iter().any(|service| service.name == *name);
            candidate.expect.snapshot.retain(named);
            self.accept(candidate)
        });
    }

    fn fewer_checks(&mut self) {
        self.fewer(|plan| &mut plan.checks);
        self.fewer(|plan| &mut plan.models);
    }

    /// Detectors that have not seen it need not look.
    fn fewer_looks(&mut self) {
        self.fewer(|plan| &mut plan.detect);
    }

    fn rounder_moments(&mut self) {
        for index in 0..self.best.events.len() {
            for unit in ROUND_NANOS {
                let mut candidate = self.best.clone();
                if let Trigger::At(at) = &mut candidate.events[index].trigger {
                    *at = VirtualTime::from_nanos(at.as_nanos() / unit * unit);
                    if self.accept(candidate) {
                        break;
                    }
                }
            }
        }
    }
}
