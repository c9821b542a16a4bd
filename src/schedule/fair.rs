//! Rounds: in each, every service that waited when it began gets one turn, in an order drawn for this
//! round. So while a service waits, every other gets two turns at most: the rest of a round and the
//! next one. What goes wrong here goes wrong without anybody being starved.

use std::collections::VecDeque;

use crate::base::{Seed, Stream};
use crate::kernel::{Mailboxes, ServiceId};

use super::workers::{Choice, is_idle};

/// Round robin, shuffled.
pub(super) struct Fair {
    /// Who has its turn in this round yet to come.
    round: VecDeque<ServiceId>,
    /// Who is in the next one.
    later: Vec<ServiceId>,
    order: Stream,
}

impl Fair {
    pub(super) fn new(seed: Seed) -> Fair {
        Fair { round: VecDeque::new(), later: Vec::new(), order: Stream::new(seed, "schedule/order") }
    }

    fn begin_round(&mut self) {
        // Fisher and Yates.
        for last in (1..self.later.len()).rev() {
            let other = self.order.below(last as u64 + 1) as usize;
            self.later.swap(last, other);
        }
        self.round.extend(self.later.drain(..));
    }
}

impl Choice for Fair {
    fn name(&self) -> String {
        "fair".to_owned()
    }

    fn enter(&mut self, service: ServiceId) {
        self.later.push(service);
    }

    fn choose(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        if self.round.is_empty() {
            self.begin_round();
        }
        let service = self.round.pop_front()?;
        if !is_idle(service, mailboxes) {
            self.later.push(service);
        }
        Some(service)
    }

    /// It left its round when it was chosen.
    fn leave(&mut self, _service: ServiceId) {}

    fn gone(&mut self, service: ServiceId) {
        self.round.retain(|waiting| *waiting != service);
        self.later.retain(|waiting| *waiting != service);
    }
}
