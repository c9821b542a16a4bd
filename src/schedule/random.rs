//! Every service that may have a turn is as likely to get it.

use crate::base::{Seed, Stream};
use crate::kernel::{Mailboxes, ServiceId};

use super::workers::Choice;

/// A seeded walk through the possible orders.
pub(super) struct Random {
    /// Those that may have a turn; each once.
    waiting: Vec<ServiceId>,
    /// Where among them the last choice was.
    chosen: usize,
    order: Stream,
}

impl Random {
    pub(super) fn new(seed: Seed) -> Random {
        Random { waiting: Vec::new(), chosen: 0, order: Stream::new(seed, "schedule/order") }
    }
}

impl Choice for Random {
    fn name(&self) -> String {
        "random".to_owned()
    }

    fn enter(&mut self, service: ServiceId) {
        self.waiting.push(service);
    }

    fn choose(&mut self, _mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        self.chosen = self.order.below(self.waiting.len() as u64) as usize;
        self.waiting.get(self.chosen).copied()
    }

    fn leave(&mut self, _service: ServiceId) {
        self.waiting.swap_remove(self.chosen);
    }

    fn gone(&mut self, service: ServiceId) {
        self.waiting.retain(|waiting| *waiting != service);
    }
}
