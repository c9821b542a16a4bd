//! Whether a history of operations has an order in which a model explains it: the search of Wing and Gong ("Testing and
//! Verifying Concurrent Objects", 1993) with Lowe's memory ("Testing for Linearizability", 2017) of what was tried: the
//! same operations done with the same state left need no second look. No crate does this with operations that may or
//! may not have happened and within a bound, which is why it is here.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::xxh3_128;

/// When an operation may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    /// Not before this.
    pub(super) start: u64,
    /// Not after this; `None`: at any time since.
    pub(super) end: Option<u64>,
    pub(super) need: Need,
}

/// Whether an operation has happened at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It has.
    Certain,
    /// Nobody knows.
    Uncertain {
        /// An equal one before it, that may as well be the one which has happened.
        twin: Option<usize>,
    },
}

/// What the operations of a history do.
pub(super) trait Model {
    /// What is left after some of them.
    type State: Clone;
    /// Why the model itself is wrong.
    type Error;

    /// The state after an operation; `None` if it cannot have happened here with what was seen of it.
    fn apply(&mut self, state: &Self::State, operation: usize) -> Result<Option<Self::State>, Self::Error>;

    /// Two states are the same if these bytes are.
    fn identity(&self, state: &Self::State) -> Vec<u8>;

    /// Whether all can end with this.
    fn can_end(&mut self, state: &Self::State) -> Result<bool, Self::Error>;
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found<S> {
    /// An order that explains everything.
    Explained,
    /// There is none.
    Stuck(Stuck<S>),
    /// It was not found out within the steps.
    Undecided,
}

/// As far as a history could be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stuck<S> {
    /// The longest beginning of an order, of those that the search came to.
    pub(super) order: Vec<usize>,
    /// What is left after it.
    pub(super) state: S,
    /// What may come next, and none of which can; nothing if all has come, and cannot end so.
    pub(super) next: Vec<usize>,
}

/// A point of the search: what was done last, what that left, and what may come next.
struct Point<S> {
    done: Option<usize>,
    state: S,
    next: Vec<usize>,
    tried: usize,
}

struct Search<'a, M: Model> {
    model: &'a mut M,
    intervals: &'a [Interval],
    /// The operations in the order of their starts.
    by_start: Vec<usize>,
    done: Vec<bool>,
    certain_left: usize,
    seen: BTreeSet<u128>,
}

/// Looks for an order, and takes from `steps` one for each try of an operation.
pub(super) fn search<M: Model>(
    model: &mut M,
    intervals: &[Interval],
    start: M::State,
    steps: &mut u64,
) -> Result<Found<M::State>, M::Error> {
    let mut by_start: Vec<usize> = (0..intervals.len()).collect();
    by_start.sort_by_key(|index| intervals[*index].start);
    let certain_left = intervals.iter().filter(|interval| interval.need == Need::Certain).count();
    let done = vec![false; intervals.len()];
    let mut search = Search { model, intervals, by_start, done, certain_left, seen: BTreeSet::new() };
    let first = search.point(None, start);
    let mut path = vec![first];
    let mut longest: Option<(usize, Stuck<M::State>)> = None;
    while let Some(point) = path.last_mut() {
        if point.tried == 0 {
            if search.certain_left == 0 && search.model.can_end(&point.state)? {
                return Ok(Found::Explained);
            }
            // Of equally long ones the first: it took the most plausible way.
            if longest.as_ref().is_none_or(|(left, _)| search.certain_left < *left) {
                let (state, next) = (point.state.clone(), point.next.clone());
                let order = path.iter().filter_map(|point| point.done).collect();
                longest = Some((search.certain_left, Stuck { order, state, next }));
            }
        }
        let Some(point) = path.last_mut() else { break };
        let Some(operation) = point.next.get(point.tried).copied() else {
            let over = path.pop().and_then(|point| point.done);
            if let Some(operation) = over {
                search.undo(operation);
            }
            continue;
        };
        point.tried += 1;
        if *steps == 0 {
            return Ok(Found::Undecided);
        }
        *steps -= 1;
        let Some(state) = search.model.apply(&point.state, operation)? else { continue };
        if search.is_idle(operation, &point.state, &state) {
            continue;
        }
        search.does(operation);
        if search.is_new(&state) {
            let next = search.point(Some(operation), state);
            path.push(next);
        } else {
            search.undo(operation);
        }
    }
    // Something was tried, since there is a first point.
    Ok(longest.map_or(Found::Explained, |(_, stuck)| Found::Stuck(stuck)))
}

impl<M: Model> Search<'_, M> {
    fn point(&self, done: Option<usize>, state: M::State) -> Point<M::State> {
        Point { done, state, next: self.next(), tried: 0 }
    }

    /// What may come next: everything that began before all of the rest was over. What has happened for certain is tried
    /// first, in the order of its ends.
    fn next(&self) -> Vec<usize> {
        let mut over = u64::MAX;
        let mut next = Vec::new();
        for index in self.by_start.iter().copied().filter(|index| !self.done[*index]) {
            let interval = self.intervals[index];
            if interval.start > over {
                break;
            }
            if let (Need::Certain, Some(end)) = (interval.need, interval.end) {
                over = over.min(end);
            }
            let waits_for_twin = matches!(interval.need, Need::Uncertain { twin: Some(twin) } if !self.done[twin]);
            if !waits_for_twin {
                next.push(index);
            }
        }
        next.sort_by_key(|index| {
            let interval = self.intervals[*index];
            (interval.need != Need::Certain, interval.end.unwrap_or(u64::MAX), interval.start)
        });
        next
    }

    /// Whether an operation that may as well not have happened changes nothing.
    fn is_idle(&self, operation: usize, before: &M::State, after: &M::State) -> bool {
        self.intervals[operation].need != Need::Certain && self.model.identity(before) == self.model.identity(after)
    }

    fn does(&mut self, operation: usize) {
        self.done[operation] = true;
        self.certain_left -= usize::from(self.intervals[operation].need == Need::Certain);
    }

    fn undo(&mut self, operation: usize) {
        self.done[operation] = false;
        self.certain_left += usize::from(self.intervals[operation].need == Need::Certain);
    }

    /// Whether what is done now has not been done before with this left. Told by a hash of 128 bits.
    fn is_new(&mut self, state: &M::State) -> bool {
        let mut bytes: Vec<u8> = self.done.iter().map(|done| u8::from(*done)).collect();
        bytes.extend(self.model.identity(state));
        self.seen.insert(xxh3_128(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A register: writes, and reads of what is there.
    #[derive(Clone, Copy, Debug)]
    enum Operation {
        Write(u8),
        Read(u8),
    }

    struct Register(Vec<Operation>);

    impl Model for Register {
        type State = u8;
        type Error = std::convert::Infallible;

        fn apply(&mut self, state: &u8, operation: usize) -> Result<Option<u8>, Self::Error> {
            Ok(match self.0[operation] {
                Operation::Write(value) => Some(value),
                Operation::Read(value) => (value == *state).then_some(value),
            })
        }

        fn identity(&self, state: &u8) -> Vec<u8> {
            vec![*state]
        }

        fn can_end(&mut self, state: &u8) -> Result<bool, Self::Error> {
            Ok(*state != 9)
        }
    }

    fn certain(start: u64, end: u64) -> Interval {
        Interval { start, end: Some(end), need: Need::Certain }
    }

    fn uncertain(start: u64) -> Interval {
        Interval { start, end: None, need: Need::Uncertain { twin: None } }
    }

    fn found(history: &[(Operation, Interval)], mut steps: u64) -> Found<u8> {
        let (operations, intervals): (Vec<Operation>, Vec<Interval>) = history.iter().copied().unzip();
        match search(&mut Register(operations), &intervals, 0, &mut steps) {
            Ok(found) => found,
        }
    }

    use Operation::{Read, Write};

    #[test]
    fn what_overlaps_may_be_in_any_order_and_what_does_not_may_not() {
        let read_old = [(Write(1), certain(1, 5)), (Read(0), certain(2, 3))];
        assert_eq!(found(&read_old, 99), Found::Explained);
        let read_late = [(Write(1), certain(1, 2)), (Read(0), certain(3, 4))];
        let Found::Stuck(stuck) = found(&read_late, 99) else { panic!("an old value was read") };
        assert_eq!((stuck.order, stuck.state, stuck.next), (vec![0], 1, vec![1]));
        // One sees the new value, and another one afterwards the old.
        let back = [(Write(1), certain(1, 9)), (Read(1), certain(2, 3)), (Read(0), certain(4, 5))];
        assert!(matches!(found(&back, 99), Found::Stuck(_)));
    }

    #[test]
    fn what_got_no_answer_may_have_happened_or_not() {
        let lost = |read| [(Write(1), uncertain(1)), (Read(read), certain(3, 4))];
        assert_eq!((found(&lost(0), 99), found(&lost(1), 99)), (Found::Explained, Found::Explained));
        assert!(matches!(found(&lost(2), 99), Found::Stuck(_)));
        let early = [(Read(1), certain(1, 2)), (Write(1), uncertain(3))];
        assert!(matches!(found(&early, 99), Found::Stuck(_)), "not before it began");
    }

    #[test]
    fn an_end_that_cannot_be_is_none() {
        let Found::Stuck(stuck) = found(&[(Write(9), certain(1, 2))], 99) else { panic!("it ends with 9") };
        assert_eq!((stuck.order, stuck.next), (vec![0], vec![]));
    }

    #[test]
    fn a_question_may_stay_open() {
        let writes: Vec<_> = (1..9).map(|value| (Write(value), certain(1, 50))).collect();
        let history = [&writes[..], &[(Read(42), certain(60, 61))]].concat();
        assert_eq!(found(&history, 20), Found::Undecided);
        assert!(matches!(found(&history, 5000), Found::Stuck(_)), "with memory, not 8! orders");
    }

    /// All orders, tried one by one.
    fn explained_by_brute_force(history: &[(Operation, Interval)], done: &mut Vec<usize>, state: u8) -> bool {
        let left: Vec<usize> = (0..history.len()).filter(|index| !done.contains(index)).collect();
        let certain = |index: &&usize| history[**index].1.need == Need::Certain;
        if left.iter().filter(certain).count() == 0 && state != 9 {
            return true;
        }
        left.iter().any(|index| {
            let (operation, interval) = history[*index];
            let is_over = |other: &usize| history[*other].1.end.is_some_and(|end| end < interval.start);
            if left.iter().filter(certain).any(is_over) {
                return false;
            }
            let state = match operation {
                Write(value) => value,
                Read(value) if value == state => value,
                Read(_) => return false,
            };
            done.push(*index);
            let explained = explained_by_brute_force(history, done, state);
            done.pop();
            explained
        })
    }

    fn operation() -> impl Strategy<Value = (Operation, Interval)> {
        let what = prop_oneof![(0_u8..3).prop_map(Write), (0_u8..3).prop_map(Read), Just(Write(9))];
        let when = (1_u64..12, proptest::option::weighted(0.8, 0_u64..6));
        (what, when).prop_map(|(operation, (start, length))| {
            let interval = length.map_or(uncertain(start), |length| certain(start, start + length));
            (operation, interval)
        })
    }

    proptest! {
        #[test]
        fn it_agrees_with_trying_all_orders(history in proptest::collection::vec(operation(), 0..7)) {
            let explained = explained_by_brute_force(&history, &mut Vec::new(), 0);
            prop_assert_eq!(found(&history, u64::MAX) == Found::Explained, explained);
        }
    }
}
