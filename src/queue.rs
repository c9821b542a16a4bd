//! The one queue of things to come. Total order: time, then the order of pushing.
//! Generic over what is queued; knows nothing of it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::VirtualTime;

/// Things to come, each at a moment. What was pushed first comes first among equals.
pub struct EventQueue<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    pushed: u64,
}

struct Entry<T> {
    time: VirtualTime,
    sequence: u64,
    item: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.time, self.sequence) == (other.time, other.sequence)
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.time, self.sequence).cmp(&(other.time, other.sequence))
    }
}

impl<T> Default for EventQueue<T> {
    fn default() -> Self {
        EventQueue { heap: BinaryHeap::new(), pushed: 0 }
    }
}

impl<T> EventQueue<T> {
    /// Adds `item` at `time`, behind everything already there for that moment.
    pub fn push(&mut self, time: VirtualTime, item: T) {
        self.pushed += 1;
        self.heap.push(Reverse(Entry { time, sequence: self.pushed, item }));
    }

    /// When the next thing comes.
    #[must_use]
    #[inline]
    pub fn next_time(&self) -> Option<VirtualTime> {
        self.heap.peek().map(|Reverse(entry)| entry.time)
    }

    /// Takes the next thing.
    pub fn pop(&mut self) -> Option<(VirtualTime, T)> {
        self.heap.pop().map(|Reverse(entry)| (entry.time, entry.item))
    }

    /// Everything that is to come, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.heap.iter().map(|Reverse(entry)| &entry.item)
    }

    /// How many are waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against a sorted map of lists, the plainest queue there is.
        #[test]
        fn pops_in_order_of_time_and_pushing(steps in prop::collection::vec(prop::option::of(0_u64..20), 0..200)) {
            let mut queue = EventQueue::default();
            let mut model: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
            for (id, step) in steps.into_iter().enumerate() {
                if let Some(time) = step {
                    queue.push(VirtualTime::from_nanos(time), id);
                    model.entry(time).or_default().push(id);
                } else {
                    let expected = model.first_entry().map(|mut entry| {
                        let popped = (VirtualTime::from_nanos(*entry.key()), entry.get_mut().remove(0));
                        if entry.get().is_empty() {
                            entry.remove();
                        }
                        popped
                    });
                    prop_assert_eq!(queue.next_time(), expected.map(|(time, _)| time));
                    prop_assert_eq!(queue.pop(), expected);
                }
            }
            prop_assert_eq!(queue.len(), model.values().map(Vec::len).sum::<usize>());
        }
    }
}
