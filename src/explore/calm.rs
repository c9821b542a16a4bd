//! The plan in which nothing goes wrong: what a failure that needs a fault or an order is told from.

use crate::scenario::{Budget, PairsOrder, Plan};

use super::shrink::PLAIN_SCHEDULE;

/// The plan without its faults, in the plain order. Its timeline and its services stay.
#[must_use]
pub fn calm(plan: &Plan) -> Plan {
    let mut calm = Plan {
        faults: Vec::new(),
        pins: Vec::new(),
        branches: Vec::new(),
        budget: Budget::default(),
        schedule: PLAIN_SCHEDULE.to_owned(),
        ..plan.clone()
    };
    calm.node.first_session = None;
    calm.node.pairs = PairsOrder::Table;
    calm
}
