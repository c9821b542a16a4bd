//! `starvation`: a mailbox that is never found empty for seconds of virtual time, while time goes on because others (or the
//! service itself, too slowly) are served. Looked at every 100 ms. Mailboxes that the scenario paused do not count.

use std::collections::BTreeMap;

use crate::base::{Span, VirtualTime};
use crate::kernel::ServiceId;
use crate::kernel::context::Pace;
use crate::scenario::{Detector, Level};

use super::super::run::World;
use super::Found;

/// For so long a mailbox may have something in it.
const BUSY_MAX: Span = Span::from_millis(5_000);

/// Since when mailboxes were never found empty; `None` once that was told.
#[derive(Debug, Default)]
pub(in crate::world) struct Busy(BTreeMap<ServiceId, Option<VirtualTime>>);

impl World {
    /// Looks at all mailboxes, if the plan asks for it.
    pub(in crate::world) fn look_at_mailboxes(&mut self) {
        if self.plan.level(Detector::Starvation) == Level::Off {
            return;
        }
        let now = self.kernel.now();
        let mut starving = Vec::new();
        for (id, context) in self.kernel.services() {
            let waits = context.is_alive() && context.mailbox_length() > 0 && context.pace() != Pace::Paused;
            if !waits {
                self.busy.0.remove(&id);
                continue;
            }
            let since = self.busy.0.entry(id).or_insert(Some(now));
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
