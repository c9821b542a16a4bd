//! A world in somebody's hands: a program acts on the node between two steps, where a plan has a timeline.
//!
//! What it does becomes part of the plan, so that the plan of such a run can be saved and played by itself.

use crate::base::VirtualTime;
use crate::scenario::{Action, Event, Origin, Plan, Trigger};

use super::error::WorldError;
use super::failure::Got;
use super::host::HostFiles;
use super::report::Ending;
use super::run::{AtRest, Phase, World};

/// An alarm that is nobody's appointment: those have numbers from 1.
const NOBODYS: u64 = 0;

/// Something that was done by [`World::perform`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed(usize);

impl World {
    /// That nothing is left to happen does not end the run: the caller may act. Nor does the plan's `until`.
    #[must_use]
    pub fn kept_open(mut self) -> World {
        self.at_rest = AtRest::Waits;
        self.until = VirtualTime::MAX;
        self
    }

    /// Whether all services of the plan have started, or the run is over.
    #[must_use]
    pub fn has_started(&self) -> bool {
        matches!(self.phase, Phase::Timeline | Phase::Over(_))
    }

    /// The plan, with everything that was done by hand.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Does something now, as an event of the timeline would.
    ///
    /// # Errors
    /// When a file of the host cannot be read, or values cannot be sent.
    pub fn perform(&mut self, action: Action, host: &HostFiles) -> Result<Deed, WorldError> {
        self.supplies.add(&self.plan, &action, host)?;
        let index = self.plan.events.len();
        let at = self.kernel.now();
        self.plan.events.push(Event { trigger: Trigger::At(at), action, origin: Origin::default() });
        let deed = Deed(self.history.len());
        self.act(index);
        self.make_checks(self.kernel.now());
        Ok(deed)
    }

    /// What came of something done by hand, so far.
    #[must_use]
    pub fn outcome(&self, deed: Deed) -> &Got {
        &self.history[deed.0].got
    }

    /// Makes the run go on at least until a moment, even if nothing happens there.
    pub fn wake_at(&mut self, moment: VirtualTime) {
        self.kernel.alarm(moment, NOBODYS);
    }

    /// Ends the run, unless it is over: as one in which nothing is left to happen, if that is so, else as its plan's
    /// `until` would.
    pub fn close(&mut self) {
        self.end(if self.resting { Ending::Idle } else { Ending::Until });
    }
}
