//! Every message that waits is as likely to be handled next: each service is chosen with a weight, the
//! length of its mailbox. This is the uniform random walk of Zhao and others ("Selectively Uniform
//! Concurrency Testing", ASPLOS 2025), where a thread's weight is the number of steps that it has
//! left; the mailbox is what is known of it. If handlers send nothing, every order
//! of the messages that waits is exactly as likely, while `random` favours those in which short
//! mailboxes are done early.

use crate::base::{Seed, Stream};
use crate::kernel::{Mailboxes, ServiceId};

use super::workers::{Choice, is_idle};

/// A seeded walk that weighs services by what they have to do. A choice looks at all that wait.
pub(super) struct Uniform {
    waiting: Vec<ServiceId>,
    order: Stream,
}

impl Uniform {
    pub(super) fn new(seed: Seed) -> Uniform {
        Uniform { waiting: Vec::new(), order: Stream::new(seed, "schedule/order") }
    }
}

/// Draining a dead mailbox is one step, however long it is.
fn weight(service: ServiceId, mailboxes: &dyn Mailboxes) -> u64 {
    if mailboxes.is_dead(service) { 1 } else { mailboxes.length(service) as u64 }
}

impl Choice for Uniform {
    fn name(&self) -> String {
        "uniform".to_owned()
    }

    fn enter(&mut self, service: ServiceId) {
        self.waiting.push(service);
    }

    fn choose(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        // Idle ones have no weight, and would stay for ever.
        if let Some(idle) = self.waiting.iter().find(|service| is_idle(**service, mailboxes)) {
            return Some(*idle);
        }
        let total = self.waiting.iter().map(|service| weight(*service, mailboxes)).sum();
        let mut drawn = self.order.below(total);
        self.waiting.iter().copied().find(|service| {
            let weight = weight(*service, mailboxes);
            let here = drawn < weight;
            drawn = drawn.saturating_sub(weight);
            here
        })
    }

    fn leave(&mut self, service: ServiceId) {
        self.gone(service);
    }

    fn gone(&mut self, service: ServiceId) {
        self.waiting.retain(|waiting| *waiting != service);
    }
}
