//! What each schedule promises of its own.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::actors::traffic;
use super::{kernel, order, run, send, start};
use crate::base::{MessageKind, Seed, Span};
use crate::kernel::{Mailboxes, Schedule, ServiceId};
use crate::schedule::pct::Pct;
use crate::schedule::workers::{Sends, Workers, is_idle};
use crate::schedule::{PORTFOLIO, by_name};

fn schedule(name: &str, seed: u64) -> Box<dyn Schedule> {
    by_name(name, Seed(seed)).expect("a schedule")
}

/// Five services with a message each can run in 120 orders.
#[test]
fn seeds_give_many_orders() {
    for name in PORTFOLIO {
        let orders: BTreeSet<Vec<u32>> = (0..1000).map(|seed| order(schedule(name, seed), &[1; 5])).collect();
        let floor = if name == "skynet" { 1..=1 } else { 118..=120 };
        assert!(floor.contains(&orders.len()), "{name}: {} orders", orders.len());
    }
}

/// Three messages each for two services can be handled in 20 orders: in 4000 runs, each about 200 times.
#[test]
fn uniform_gives_each_order_of_messages_as_often() {
    let counts = |name: &str| {
        let mut counts: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        (0..4000).for_each(|seed| *counts.entry(order(schedule(name, seed), &[3, 3])).or_default() += 1);
        (counts.len(), counts.values().copied().min(), counts.values().copied().max())
    };
    let (orders, least, most) = counts("uniform");
    assert_eq!(orders, 20);
    assert!(least >= Some(150) && most <= Some(250), "{least:?} to {most:?}");
    // A coin for each turn favours the order in which one mailbox is emptied first.
    assert!(counts("random").2 > Some(400));
}

/// Counts how many turns another service gets while one waits.
struct Watched {
    inner: Box<dyn Schedule>,
    services: u32,
    turns: BTreeMap<(ServiceId, ServiceId), u32>,
    most: Rc<Cell<u32>>,
}

impl Schedule for Watched {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn created(&mut self, service: ServiceId) {
        self.services = self.services.max(service.0 + 1);
        self.inner.created(service);
    }
    fn launched(&mut self, service: ServiceId) {
        self.inner.launched(service);
    }
    fn pushed(&mut self, service: ServiceId) {
        self.inner.pushed(service);
    }
    fn retired(&mut self, service: ServiceId) {
        self.inner.retired(service);
    }
    fn next(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        let next = self.inner.next(mailboxes)?;
        for service in (0..self.services).map(ServiceId) {
            if service == next || is_idle(service, mailboxes) {
                self.turns.retain(|(waiting, _), _| *waiting != service);
            } else {
                let turns = self.turns.entry((service, next)).or_default();
                *turns += 1;
                self.most.set(self.most.get().max(*turns));
            }
        }
        Some(next)
    }
    fn handled(&mut self, service: ServiceId) {
        self.inner.handled(service);
    }
    fn drained(&mut self, service: ServiceId) {
        self.inner.drained(service);
    }
    fn cost(&mut self) -> Option<Span> {
        self.inner.cost()
    }
    fn arrive(&mut self, waiting: usize) -> usize {
        self.inner.arrive(waiting)
    }
    fn resume(&mut self, senders: usize) -> Option<usize> {
        self.inner.resume(senders)
    }
    fn holds_back(&self) -> bool {
        self.inner.holds_back()
    }
}

#[test]
fn fair_lets_nobody_wait_for_more_than_two_turns_of_another() {
    let most = |name: &str| {
        let most = Rc::new(Cell::new(0));
        for seed in 0..50 {
            let inner = schedule(name, seed);
            let watched = Watched { inner, services: 0, turns: BTreeMap::new(), most: most.clone() };
            traffic(Box::new(watched), 400);
        }
        most.get()
    };
    assert_eq!(most("fair"), 2);
    assert!(most("random") > 4);
}

/// Two services with ten steps each, every step after the one before: who made them, in order.
fn steps(schedule: Box<dyn Schedule>) -> Vec<(ServiceId, u8)> {
    let mut kernel = kernel(schedule);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let note = seen.clone();
    let services = start(
        &mut kernel,
        2,
        Rc::new(move |kernel, me, bytes, _| {
            note.borrow_mut().push((me, bytes[0]));
            if bytes[0] < 10 {
                let handle = kernel.context(me).handle();
                send(kernel, me, handle, MessageKind::LUA, &[bytes[0] + 1]);
            }
        }),
    );
    for (me, handle) in services {
        send(&mut kernel, me, handle, MessageKind::LUA, &[1]);
    }
    run(&mut kernel);
    seen.take()
}

/// Bugs planted in those twenty steps; the number is how many orderings they need.
fn has_bug(depth: u32, steps: &[(ServiceId, u8)]) -> bool {
    let at = |service, step| steps.iter().position(|found| *found == (ServiceId(service), step));
    match depth {
        1 => at(0, 10) < at(1, 1),
        2 => at(0, 3) < at(1, 5) && at(1, 5) < at(0, 4),
        _ => at(0, 3) < at(1, 5) && at(1, 5) < at(0, 4) && at(1, 6) < at(0, 6) && at(0, 6) < at(1, 7),
    }
}

fn found(runs: u64, depth: u32, schedule: impl Fn(Seed) -> Box<dyn Schedule>) -> u64 {
    (0..runs).filter(|seed| has_bug(depth, &steps(schedule(Seed(*seed))))).count() as u64
}

/// The bound of the paper for two services and twenty steps: `1 / (n * k^(d-1))`. It is tight
/// for these bugs, so that chance may take a tenth of it.
#[test]
fn pct_finds_bugs_as_often_as_the_paper_says() {
    for (depth, one_in, runs) in [(1, 2, 1_000), (2, 2 * 20, 10_000), (3, 2 * 20 * 20, 80_000)] {
        let pct =
            |seed| -> Box<dyn Schedule> { Box::new(Workers::new(Pct::within(20, Sends::AtOnce, depth, seed), seed)) };
        let found = found(runs, depth, pct);
        assert!(found * 10 >= 9 * runs / one_in, "depth {depth}: {found} of {runs}");
    }
}

/// The bound that remains when the length of the run must be guessed.
#[test]
fn pct_finds_bugs_without_knowing_the_length() {
    for (depth, one_in, runs) in [(1_u32, 40 * 2, 4_000), (2, 40 * 2 * 40, 20_000), (3, 40 * 2 * 40 * 40, 20_000)] {
        let found = found(runs, depth, |seed| schedule(&format!("pct:{depth}"), seed.0));
        assert!(found >= runs / one_in && found > 0, "depth {depth}: {found} of {runs}");
    }
}

/// Two services that are busy with each other do not starve a third for ever.
#[test]
fn pct_is_not_unfair_for_ever() {
    for seed in 0..20 {
        let mut kernel = kernel(schedule("pct:1", seed));
        let third = Rc::new(Cell::new(None));
        let (note, count) = (third.clone(), Cell::new(0_u32));
        let services = start(
            &mut kernel,
            3,
            Rc::new(move |kernel, me, _, _| {
                count.set(count.get() + 1);
                if me == ServiceId(2) {
                    note.set(Some(count.get()));
                } else if count.get() < 20_000 {
                    let other = kernel.context(ServiceId(1 - me.0)).handle();
                    send(kernel, me, other, MessageKind::LUA, b"");
                }
            }),
        );
        for (me, handle) in services {
            send(&mut kernel, me, handle, MessageKind::LUA, b"");
        }
        run(&mut kernel);
        assert!(third.get().is_some_and(|turn| turn <= 5_010), "seed {seed}: {:?}", third.get());
    }
}
