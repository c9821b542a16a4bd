//! What waits to become lines. Noting a delivery is a copy; the lines are made many at a time, since a processor
//! does the same work again much faster than work that others have driven out of its cache.

use super::line;
use super::payload::PAYLOAD_BYTES_MAX;
use super::record::{Envelope, Record};
use crate::base::{EventNumber, VirtualTime};

/// With so many it is full: few enough for a processor's cache, enough that waking a thread for them does not count.
const ENTRIES_MAX: usize = 512;

/// With so many bytes of data it is full.
const DATA_BYTES_MAX: usize = 64 * 1024;

/// A line to come; its data lies elsewhere.
pub(super) enum Entry {
    /// The data is the message's.
    Delivery { number: EventNumber, time: VirtualTime, message: Envelope },
    /// The data is the line up to its hash.
    Line,
}

/// Some lines to come, in their order.
#[derive(Default)]
pub(super) struct Batch {
    /// Each with the place in `data` where its own ends, and that of the next begins.
    entries: Vec<(Entry, usize)>,
    data: Vec<u8>,
}

impl Batch {
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= ENTRIES_MAX || self.data.len() >= DATA_BYTES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a delivery.
    #[inline]
    pub(super) fn deliver(&mut self, number: EventNumber, time: VirtualTime, message: &Envelope, data: &[u8]) {
        if data.len() > PAYLOAD_BYTES_MAX {
            // Most of it is not shown.
            return self.add(number, time, &Record::Deliver { message: *message, data }, None);
        }
        self.data.extend_from_slice(data);
        self.entries.push((Entry::Delivery { number, time, message: *message }, self.data.len()));
    }

    /// Adds anything else.
    #[inline(never)]
    pub(super) fn add(&mut self, number: EventNumber, time: VirtualTime, record: &Record<'_>, place: Option<&[u8]>) {
        line::write(number, time, record, place, &mut self.data);
        self.entries.push((Entry::Line, self.data.len()));
    }

    /// Each with its data.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Entry, &[u8])> {
        let mut rest = 0;
        self.entries.iter().map(move |(entry, end)| {
            let start = std::mem::replace(&mut rest, *end);
            (entry, &self.data[start..*end])
        })
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.data.clear();
    }
}
