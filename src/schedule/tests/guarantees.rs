//! What real Skynet guarantees (G1 to G5 of the reference) holds under every schedule.

use std::collections::{BTreeMap, BTreeSet};

use super::actors::{Book, traffic, traffic_in};
use super::kernel;
use crate::base::{EventNumber, Seed, Span, Stream, VirtualTime};
use crate::kernel::{Admission, Gate, Opening, Sight};
use crate::schedule::{PORTFOLIO, by_name};

fn book(name: &str, seed: u64) -> Book {
    traffic(by_name(name, Seed(seed)).expect("a schedule"), 400)
}

/// Holds messages back as it likes.
struct Capricious(Stream);

impl Gate for Capricious {
    fn admit(&mut self, sight: Sight<'_>) -> Admission {
        if self.0.below(3) == 0 {
            Admission::Later(sight.now + Span::from_nanos(1 + self.0.below(20_000_000)))
        } else {
            Admission::Now
        }
    }
    fn handling(&mut self, _sight: Sight<'_>) -> Opening {
        if self.0.below(4) == 0 { Opening::Some } else { Opening::Nothing }
    }
    fn give_up(&mut self, _sight: Sight<'_>) {}
    fn arrived(&mut self, _cause: EventNumber) {}
}

fn held_book(name: &str, seed: u64) -> Book {
    let mut kernel = kernel(by_name(name, Seed(seed)).expect("a schedule"));
    kernel.set_gate(Box::new(Capricious(Stream::new(Seed(seed), "gate"))));
    traffic_in(kernel, 400)
}

/// With and without messages that are held back: a gate may break nothing either.
fn each_run(check: impl Fn(&str, &Book)) {
    for name in PORTFOLIO {
        for seed in 0..30 {
            check(&format!("{name} {seed}"), &book(name, seed));
            check(&format!("{name} {seed} held"), &held_book(name, seed));
        }
    }
}

#[test]
fn everything_is_handled_once() {
    each_run(|run, book| {
        let handled: BTreeSet<u32> = book.handled.iter().map(|(number, _)| *number).collect();
        assert_eq!((handled.len(), book.handled.len()), (book.sent.len(), book.sent.len()), "{run}");
        assert!(book.sent.len() >= 400, "{run}");
    });
}

/// Every message that was pushed before another one to the same mailbox is handled before it: those of one
/// sender in their order, whatever their types, and those that one learned of through others.
#[test]
fn mailboxes_keep_order_and_causality() {
    each_run(|run, book| {
        let mut done = BTreeSet::new();
        for (number, _) in &book.handled {
            let message = &book.sent[*number as usize];
            for before in &message.before {
                let overtaken = book.sent[*before as usize].to == message.to && !done.contains(before);
                assert!(!overtaken, "{run}: {number} overtakes {before}");
            }
            done.insert(*number);
        }
    });
}

#[test]
fn timers_come_when_they_are_due_and_in_order() {
    each_run(|run, book| {
        let mut last = BTreeMap::new();
        let mut timers = 0;
        for (number, now) in &book.handled {
            let message = &book.sent[*number as usize];
            let Some(due) = message.due else { continue };
            timers += 1;
            assert!(*now >= VirtualTime::from_ticks(due), "{run}: {number} at {now}");
            let earlier = last.insert(message.to, (due, *number));
            assert!(earlier < Some((due, *number)), "{run}: {number} after {earlier:?}");
        }
        assert!(timers > 20, "{run}: {timers} timers");
    });
}

#[test]
fn equal_seeds_give_equal_runs() {
    for name in PORTFOLIO {
        assert_eq!(book(name, 7).handled, book(name, 7).handled, "{name}");
        assert_eq!(held_book(name, 7).handled, held_book(name, 7).handled, "{name}");
        assert_ne!(held_book(name, 7).handled, book(name, 7).handled, "{name}");
        let differs = book(name, 7).handled != book(name, 8).handled;
        assert_eq!(differs, name != "skynet", "{name}");
    }
}

/// Recorded seeds mean the same for ever: the runs of `random` and `skynet`, as a hash.
#[test]
fn old_seeds_keep_their_meaning() {
    let hash = |name, seed| {
        let text = format!("{:?}", book(name, seed).handled);
        xxhash_rust::xxh3::xxh3_64(text.as_bytes())
    };
    assert_eq!(
        [hash("skynet", 7), hash("random", 7), hash("random", 8)],
        [6_705_688_614_096_545_091, 12_754_716_700_467_180_130, 8_722_750_478_779_432_700]
    );
}
