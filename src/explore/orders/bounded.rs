//! The orders with few preemptions, depth first. A beginning that is the same as an earlier one but for turns that commute is not
//! gone on with, unless it has fewer preemptions left to spend. So no order within the bound is lost, while a reduction by what collides (as
//! in `reduced`) would leave out orders for equal ones that the bound forbids. This is how Musuvathi and Qadeer's
//! CHESS remembered where it has been.

use std::collections::{BTreeMap, BTreeSet};

use super::relation::{Class, Relation};
use super::{Commuting, Covered, Strayed, picks};
use crate::schedule::guided::{Actor, Guide, Picks, Step};

/// A moment on the way to the last run's end.
struct Node {
    step: Step,
    /// Who had the turn before.
    last: Option<Actor>,
    /// The preemptions before it.
    spent: u32,
    /// The place of the next choice to try.
    next: usize,
}

/// The walk.
pub(super) struct Bounded {
    preemptions: u32,
    commuting: Commuting,
    stack: Vec<Node>,
    begun: bool,
    /// A run was asked for, and is not over.
    asked: bool,
    /// The beginnings that were gone on with, with who had the last turn, and the fewest preemptions that they took.
    been: BTreeMap<(Class, Option<Actor>), u32>,
    ends: BTreeSet<Class>,
    covered: Covered,
}

/// What a turn costs: somebody who could go on does not, or time goes on although somebody could.
fn preemptions(last: Option<Actor>, choices: &[Actor], taken: Actor) -> u32 {
    let stopped = last.is_some_and(|last| last != Actor::Clock && last != taken && choices.contains(&last));
    let late = taken == Actor::Clock && choices.iter().any(|choice| *choice != Actor::Clock);
    u32::from(stopped || late)
}

impl Node {
    fn cost(&self, taken: Actor) -> u32 {
        self.spent + preemptions(self.last, &self.step.choices, taken)
    }
}

impl Bounded {
    pub(super) fn new(preemptions: u32, commuting: Commuting) -> Bounded {
        Bounded {
            preemptions,
            commuting,
            stack: Vec::new(),
            begun: false,
            asked: false,
            been: BTreeMap::new(),
            ends: BTreeSet::new(),
            covered: Covered::default(),
        }
    }

    pub(super) fn next(&mut self) -> Option<Guide> {
        if !self.begun {
            (self.begun, self.asked) = (true, true);
            return Some(Guide::default());
        }
        loop {
            let node = self.stack.last_mut()?;
            let Some(actor) = node.step.choices.get(node.next).copied() else {
                self.stack.pop();
                continue;
            };
            node.next += 1;
            if node.cost(actor) > self.preemptions {
                self.covered.beyond += 1;
                continue;
            }
            node.step.actor = actor;
            self.asked = true;
            let Picks(picks) = picks(self.stack.iter().map(|node| &node.step));
            return Some(Guide { picks: Picks(picks), ..Guide::default() });
        }
    }

    pub(super) fn learn(&mut self, steps: &[Step]) -> Result<(), Strayed> {
        self.asked = false;
        for (turn, node) in self.stack.iter_mut().enumerate() {
            match steps.get(turn) {
                Some(step) if step.actor == node.step.actor && step.choices == node.step.choices => {
                    node.step = step.clone();
                }
                _ => return Err(Strayed { turn }),
            }
        }
        let relation = match self.commuting {
            Commuting::Same => Some(Relation::of(steps)),
            Commuting::Different => None,
        };
        for (turn, step) in steps.iter().enumerate().skip(self.stack.len()) {
            let last = self.stack.last();
            let (actor, spent) = (last.map(|node| node.step.actor), last.map_or(0, |node| node.cost(node.step.actor)));
            if let Some(relation) = &relation {
                let been = self.been.entry((relation.class(turn), actor)).or_insert(u32::MAX);
                if *been <= spent {
                    self.covered.again += 1;
                    self.covered.same += (step.choices.len() - 1) as u64;
                    return Ok(());
                }
                *been = spent;
            }
            self.stack.push(Node { step: step.clone(), last: actor, spent, next: 1 });
        }
        match &relation {
            Some(relation) if !self.ends.insert(relation.class(steps.len())) => self.covered.again += 1,
            _ => self.covered.orders += 1,
        }
        Ok(())
    }

    pub(super) fn covered(&self) -> Covered {
        let left = self.stack.iter().flat_map(|node| {
            let choices = node.step.choices.iter().skip(node.next);
            choices.filter(|choice| node.cost(**choice) <= self.preemptions)
        });
        let next = u64::from(self.asked || !self.begun);
        Covered { open: left.count() as u64 + next, ..self.covered }
    }
}
