//! The order of real Skynet with `thread = 1` (`skynet_context_message_dispatch`, `skynet_mq.c`):
//! a global queue of mailboxes, one message from each in turn. A mailbox keeps its place in the
//! queue while it is empty, until it is met there.

use std::collections::VecDeque;

use crate::kernel::{Mailboxes, Schedule, ServiceId};

/// One worker with weight -1.
#[derive(Default)]
pub struct Skynet {
    queue: VecDeque<ServiceId>,
    /// The mailbox that the worker holds.
    current: Option<ServiceId>,
    /// Which mailboxes are in the queue or held (`in_global`).
    in_global: Vec<bool>,
}

impl Skynet {
    fn enqueue(&mut self, service: ServiceId) {
        let flag = &mut self.in_global[service.0 as usize];
        if !*flag {
            *flag = true;
            self.queue.push_back(service);
        }
    }
}

impl Schedule for Skynet {
    fn name(&self) -> String {
        "skynet".to_owned()
    }

    fn created(&mut self, service: ServiceId) {
        let length = self.in_global.len().max(service.0 as usize + 1);
        self.in_global.resize(length, false);
        // Set before the mailbox is queued, so that messages to a starting service wait.
        self.in_global[service.0 as usize] = true;
    }

    fn launched(&mut self, service: ServiceId) {
        self.queue.push_back(service);
    }

    #[inline]
    fn pushed(&mut self, service: ServiceId) {
        self.enqueue(service);
    }

    fn retired(&mut self, service: ServiceId) {
        self.enqueue(service);
    }

    #[inline]
    fn next(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        loop {
            let service = match self.current.take() {
                Some(held) => held,
                None => self.queue.pop_front()?,
            };
            if mailboxes.length(service) > 0 || mailboxes.is_dead(service) {
                return Some(service);
            }
            mailboxes.met_empty(service);
            self.in_global[service.0 as usize] = false;
        }
    }

    #[inline]
    fn handled(&mut self, service: ServiceId) {
        self.current = Some(match self.queue.pop_front() {
            Some(next) => {
                self.queue.push_back(service);
                next
            }
            None => service,
        });
    }

    fn drained(&mut self, service: ServiceId) {
        self.in_global[service.0 as usize] = false;
    }
}
