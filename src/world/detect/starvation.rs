//! `starvation`: a mailbox that is behind for seconds of virtual time, while time goes on because others (or the
//! service itself, too slowly) are served. Looked at every 100 ms: is there
//! something that was sent before the last look? Mailboxes that the scenario paused do not count.

use std::collections::BTreeMap;

use crate::base::{EventNumber, Span, VirtualTime};
use crate::kernel::ServiceId;
use crate::kernel::context::Pace;
use crate::scenario::{Detector, Level};

use super::super::run::World;
use super::Found;

/// For so long a mailbox may have something in it.
const BUSY_MAX: Span = Span::from_millis(5_000);

/// What earlier looks have seen.
#[derive(Debug, Default)]
pub(in crate::world) struct Busy {
    /// Since when mailboxes were behind at each look; `None` once that was told.
    since: BTreeMap<ServiceId, Option<VirtualTime>>,
    /// The event of the last look.
    looked: EventNumber,
}

impl World {
    /// Looks at all mailboxes, if the plan asks for it.
    pub(in crate::world) fn look_at_mailboxes(&mut self) {
        if self.plan.level(Detector::Starvation) == Level::Off {
            return;
        }
        let now = self.kernel.now();
        let last_look = std::mem::replace(&mut self.busy.looked, self.kernel.event());
        let mut starving = Vec::new();
        for (id, context) in self.kernel.services() {
            // What came in the same tick as this look may well be handled before the next one.
            let waits = context.is_alive() && context.holds_since(last_look) && context.pace() != Pace::Paused;
            if !waits {
                self.busy.since.remove(&id);
                continue;
            }
            let since = self.busy.since.entry(id).or_insert(Some(now));
            if let Some(from) = since.filter(|from| now.since(*from) > BUSY_MAX) {
                *since = None;
                let (name, length) = (context.label().to_owned(), context.mailbox_length());
                starving.push((format!("{name} always has messages waiting since {from}, {length} now"), name));
            }
        }
        for (what, name) in starving {
            self.observe(Detector::Starvation, Found::new(what, name, Some((now, self.kernel.event()))));
        }
    }
}
