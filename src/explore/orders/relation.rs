//! What came before what in a run, as far as it could not have been otherwise: of two turns that commute neither comes
//! before the other. Runs with the same relation have the same messages in all mailboxes: they are one order.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_128;

use crate::schedule::guided::{Actor, Step};

/// A set of turns, by their places in the run.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Vec<u64>);

impl Places {
    pub(super) fn insert(&mut self, place: usize) {
        let word = place / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (place % 64);
    }

    pub(super) fn contains(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn extend(&mut self, other: &Places) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

/// The relation of a run.
#[derive(Default)]
pub(super) struct Relation {
    /// Which turns came before each, directly or not.
    before: Vec<Places>,
    /// Which of them directly.
    direct: Vec<Vec<usize>>,
    /// A name of each turn that depends on nothing but what came before it.
    ids: Vec<u128>,
    /// How many turns each actor had.
    counts: BTreeMap<Actor, u64>,
    last: BTreeMap<Actor, usize>,
}

/// A name of a beginning of a run: equal for all beginnings that are the same but for turns that commute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class(pub(super) u128);

impl Relation {
    pub(super) fn of(steps: &[Step]) -> Relation {
        let mut relation = Relation::default();
        for place in 0..steps.len() {
            relation.add(steps, place);
        }
        relation
    }

    fn add(&mut self, steps: &[Step], place: usize) {
        let step = &steps[place];
        let collides = |earlier: &usize| step.conflicts(&steps[*earlier]) || step.awaits(&steps[*earlier]);
        let mut direct: Vec<usize> = (0..place).filter(collides).collect();
        direct.extend(&step.after);
        direct.extend(self.last.get(&step.actor));
        direct.sort_unstable();
        direct.dedup();
        let mut before = Places::default();
        for earlier in &direct {
            before.insert(*earlier);
            before.extend(&self.before[*earlier]);
        }
        let nth = self.counts.entry(step.actor).or_default();
        *nth += 1;
        let actor = match step.actor {
            Actor::Clock => u64::MAX,
            Actor::Service(service) => u64::from(service.0),
        };
        let mut known: Vec<u128> = direct.iter().map(|earlier| self.ids[*earlier]).collect();
        known.sort_unstable();
        let mut bytes = [actor.to_le_bytes(), nth.to_le_bytes()].concat();
        bytes.extend(known.iter().flat_map(|id| id.to_le_bytes()));
        self.ids.push(xxh3_128(&bytes));
        self.last.insert(step.actor, place);
        self.before.push(before);
        self.direct.push(direct);
    }

    /// Whether a turn had to come before another.
    pub(super) fn is_before(&self, earlier: usize, later: usize) -> bool {
        self.before[later].contains(earlier)
    }

    /// The turns that might have come after this one although they came before it, with nothing in between that
    /// speaks against it: who collides with it, and is not what made it possible.
    pub(super) fn races<'a>(&'a self, steps: &'a [Step], later: usize) -> impl Iterator<Item = usize> + 'a {
        let direct = &self.direct[later];
        let step = &steps[later];
        direct.iter().copied().filter(move |earlier| {
            let other = &steps[*earlier];
            // Without the turn that started its timer the clock would have gone on to another one.
            let possible = step.actor == Actor::Clock || !step.after.contains(earlier);
            let possible = possible && other.actor != step.actor && !step.awaits(other);
            possible && !direct.iter().any(|between| between != earlier && self.is_before(*earlier, *between))
        })
    }

    /// The name of the beginning of so many turns.
    pub(super) fn class(&self, turns: usize) -> Class {
        Class(self.ids[..turns].iter().fold(0, |sum: u128, id| sum.wrapping_add(*id)))
    }
}
