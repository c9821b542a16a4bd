//! Other orders in which skysim plays a plan: what real Skynet may do as well, on a machine that is busy with
//! something else. It has threads and a clock of its own, and no run there is like the one before.

use crate::base::{Seed, Span, VirtualTime};
use crate::scenario::{Plan, Trigger};

/// How many there are.
pub const ORDERS: usize = 24;

/// How much later the timeline comes than the timers that services have set when they started. In skysim these start in
/// no time; on real Skynet each takes milliseconds. Half a tick: within a tick the timeline comes last, and not first.
const LATER: [Span; 4] = [Span::ZERO, Span::from_millis(5), Span::from_millis(15), Span::from_millis(35)];

/// What handling a message takes, where one worker handles all: from what it takes on a machine that is idle to a time in
/// which most things need a tick more than they should.
const COSTS: [Span; 2] = [Span::from_nanos(50_000), Span::from_nanos(700_000)];

/// The plan in its order number `number`. Each has another mixture of three things that real Skynet leaves open: who runs
/// next, how long handlers take, and how far the services had come when the timeline began.
#[must_use]
pub fn in_order(plan: &Plan, number: usize) -> Plan {
    let mut other = plan.clone();
    later(&mut other, LATER[number % LATER.len()]);
    let round = number / LATER.len();
    match COSTS.get(round) {
        Some(cost) => other.cost = *cost,
        None => {
            other.seed = Seed(number as u64);
            other.schedule = "random".to_owned();
        }
    }
    other
}

fn later(plan: &mut Plan, by: Span) {
    let moved = |at: &mut VirtualTime| *at = *at + by;
    plan.until.iter_mut().for_each(moved);
    for event in &mut plan.events {
        match &mut event.trigger {
            Trigger::At(at) => moved(at),
            Trigger::Every { from, to, .. } => {
                moved(from);
                to.iter_mut().for_each(moved);
            }
            Trigger::When(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn each_is_another_and_the_timeline_is_the_same() {
        let text = "schema = 1\nuntil = \"1s\"\n[[event]]\nat = \"20ms\"\nlog = \"x\"\n\
                    [[event]]\nevery = \"30ms\"\nfrom = \"40ms\"\nto = \"90ms\"\nlog = \"y\"\n";
        let scenario = Scenario::from_toml("test.toml", text).unwrap();
        let plan = scenario.expand(scenario.seed());
        let mut seen = BTreeSet::new();
        for number in 0..ORDERS {
            let other = in_order(&plan, number);
            seen.insert(format!("{:?} {} {:?} {:?}", other.seed, other.schedule, other.cost, other.until));
            let until = other.until.unwrap();
            let by = until.since(plan.until.unwrap());
            let at = |millis| VirtualTime::ZERO + Span::from_millis(millis) + by;
            assert_eq!(other.events[0].trigger, Trigger::At(at(20)));
            let Trigger::Every { from, to, period, .. } = other.events[1].trigger else { panic!("{other:?}") };
            assert_eq!((from, to, period), (at(40), Some(at(90)), Span::from_millis(30)));
        }
        assert_eq!(seen.len(), ORDERS);
    }
}
