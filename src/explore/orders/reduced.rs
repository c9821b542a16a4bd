//! All orders, each class of equal ones once: source sets with sleep sets (Abdulla, Aronis, Jonsson and Sagonas, "Optimal
//! Dynamic Partial Order Reduction", POPL 2014). After a run each pair of turns that collide, and might have come the other way
//! round, says where another turn must be tried. What was tried at a moment sleeps in the others that are tried there, until
//! something happens that it collides with.

use std::collections::{BTreeMap, BTreeSet};

use super::relation::Relation;
use super::{Covered, Strayed, picks};
use crate::schedule::guided::{Actor, Guide, Picks, Step};

/// A moment on the way to the last run's end.
struct Node {
    /// The turn that is taken there now.
    step: Step,
    /// Turns that need not be tried: they were, here or before. The next turn of each of these actors.
    asleep: Vec<Step>,
    /// How many of them were tried here.
    tried: usize,
    /// Whose turns are to be tried.
    wanted: BTreeSet<Actor>,
}

impl Node {
    fn sleeps(&self, actor: Actor) -> bool {
        self.asleep.iter().any(|step| step.actor == actor)
    }

    /// Whose turn is to be tried next.
    fn open(&self) -> impl Iterator<Item = Actor> {
        self.wanted.iter().copied().filter(|actor| *actor != self.step.actor && !self.sleeps(*actor))
    }
}

/// The walk.
#[derive(Default)]
pub(super) struct Reduced {
    stack: Vec<Node>,
    /// The turn to be tried at the last moment of the stack.
    trying: Option<Actor>,
    begun: bool,
    covered: Covered,
}

impl Reduced {
    pub(super) fn next(&mut self) -> Option<Guide> {
        if !self.begun {
            self.begun = true;
            return Some(Guide::default());
        }
        loop {
            let node = self.stack.last_mut()?;
            let next = node.open().next();
            node.asleep.push(node.step.clone());
            node.tried += 1;
            if let Some(actor) = next {
                self.trying = Some(actor);
                return Some(self.guide(actor));
            }
            self.covered.same += (node.step.choices.len() - node.tried.min(node.step.choices.len())) as u64;
            self.stack.pop();
        }
    }

    fn guide(&self, actor: Actor) -> Guide {
        let Some((last, before)) = self.stack.split_last() else { return Guide::default() };
        let Picks(mut picks) = picks(before.iter().map(|node| &node.step));
        let place = last.step.choices.iter().position(|choice| *choice == actor).unwrap_or(0);
        picks.insert(last.step.moment, u32::try_from(place).unwrap_or(u32::MAX));
        Guide { picks: Picks(picks), from: before.len(), asleep: last.asleep.clone(), ..Guide::default() }
    }

    pub(super) fn learn(&mut self, steps: &[Step], seen_before: bool) -> Result<(), Strayed> {
        let from = self.replay(steps)?;
        for step in steps.iter().skip(self.stack.len()) {
            let asleep = self
                .stack
                .last()
                .map(|before| before.asleep.iter().filter(|asleep| asleep.commutes(&before.step)).cloned().collect());
            let wanted = BTreeSet::from([step.actor]);
            self.stack.push(Node { step: step.clone(), asleep: asleep.unwrap_or_default(), tried: 0, wanted });
        }
        let relation = Relation::of(steps);
        for later in from..steps.len() {
            for earlier in relation.races(steps, later).collect::<Vec<usize>>() {
                self.want(steps, &relation, earlier, later);
            }
        }
        if seen_before {
            self.covered.again += 1;
        } else {
            self.covered.orders += 1;
        }
        Ok(())
    }

    /// Compares the beginning of the run with what was asked for; returns where what is new begins.
    fn replay(&mut self, steps: &[Step]) -> Result<usize, Strayed> {
        let trying = self.trying.take();
        let last = self.stack.len().checked_sub(1);
        for (turn, node) in self.stack.iter_mut().enumerate() {
            let expected = if Some(turn) == last { trying.unwrap_or(node.step.actor) } else { node.step.actor };
            match steps.get(turn) {
                Some(step) if step.actor == expected && step.choices == node.step.choices => node.step = step.clone(),
                _ => return Err(Strayed { turn }),
            }
        }
        Ok(last.unwrap_or(0))
    }

    /// Two turns might have come the other way round: at the moment of the first another turn must be tried, unless one
    /// that leads there is tried already.
    fn want(&mut self, steps: &[Step], relation: &Relation, earlier: usize, later: usize) {
        // What would have happened without the first turn, up to the second.
        let mut without: Vec<usize> = (earlier + 1..later).filter(|turn| !relation.is_before(earlier, *turn)).collect();
        without.push(later);
        let mut firsts: BTreeMap<Actor, usize> = BTreeMap::new();
        for turn in &without {
            firsts.entry(steps[*turn].actor).or_insert(*turn);
        }
        let begins = |turn: usize| !without.iter().any(|before| *before < turn && relation.is_before(*before, turn));
        let beginners: Vec<Actor> =
            firsts.into_iter().filter(|(_, turn)| begins(*turn)).map(|(actor, _)| actor).collect();
        let node = &mut self.stack[earlier];
        if beginners.iter().any(|actor| node.wanted.contains(actor)) {
            return;
        }
        match beginners.iter().find(|actor| node.step.choices.contains(actor)) {
            Some(actor) => node.wanted.insert(*actor),
            // The clock has nothing to go on to without the first turn, or must wait for it.
            None if steps[later].actor == Actor::Clock => false,
            // It cannot begin here, as far as is known: whatever can is tried.
            None => {
                node.wanted.extend(node.step.choices.iter().copied());
                true
            }
        };
    }

    pub(super) fn covered(&self) -> Covered {
        let open = self.stack.iter().map(|node| node.open().count() as u64).sum();
        // Before the first run is over nothing is known.
        Covered { open: if self.covered == Covered::default() { 1 } else { open }, ..self.covered }
    }
}
