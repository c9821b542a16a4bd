//! Deliveries that wait to become lines. Noting one is a copy; the lines are made many at a time, since a processor
//! does the same work again much faster than work that others have driven out of its cache.

use super::payload::PAYLOAD_BYTES_MAX;
use super::record::Envelope;
use crate::base::{EventNumber, VirtualTime};

/// How many wait at most.
const DELIVERIES_MAX: usize = 64;

/// How many bytes of their data.
const DATA_BYTES_MAX: usize = 2 * PAYLOAD_BYTES_MAX;

/// A delivery; its data lies elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Delivery {
    pub(super) number: EventNumber,
    pub(super) time: VirtualTime,
    pub(super) message: Envelope,
    /// Where its data ends, and that of the next one begins.
    end: usize,
}

/// Some deliveries, in their order.
#[derive(Default)]
pub(super) struct Batch {
    deliveries: Vec<Delivery>,
    data: Vec<u8>,
}

impl Batch {
    /// Whether one with so much data may be added now.
    #[inline]
    pub(super) fn has_room(&self, data: &[u8]) -> bool {
        self.deliveries.len() < DELIVERIES_MAX && self.data.len() + data.len() <= DATA_BYTES_MAX
    }

    #[inline]
    pub(super) fn add(&mut self, number: EventNumber, time: VirtualTime, message: &Envelope, data: &[u8]) {
        self.data.extend_from_slice(data);
        self.deliveries.push(Delivery { number, time, message: *message, end: self.data.len() });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.deliveries.is_empty()
    }

    /// Each with its data.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = (&Delivery, &[u8])> {
        let mut rest = 0;
        self.deliveries.iter().map(move |delivery| {
            let start = std::mem::replace(&mut rest, delivery.end);
            (delivery, &self.data[start..delivery.end])
        })
    }

    pub(super) fn clear(&mut self) {
        self.deliveries.clear();
        self.data.clear();
    }
}
