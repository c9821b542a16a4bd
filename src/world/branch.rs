//! Where a run branches: from then on everything that the simulator leaves to chance is drawn from another seed. This is
//! the one place that says what that is:
//!
//! - the schedule begins anew: order, costs of handlers, what stays on its way;
//! - fault rules draw from new streams, and go on counting;
//! - so do, in each service, `sim.buggify`, a shuffled `pairs`, SQLite's chance, and `math.randomseed()` without arguments;
//! - services that start later take all their chance from there.
//!
//! The rest is part of the beginning and stays: what a scenario drew when it became a plan (`[swarm]`, ranges), the seed of
//! Lua's hashes, and the state of each service's own `math.random`.

use std::collections::VecDeque;

use crate::base::{Seed, VirtualTime};
use crate::kernel::{Schedule, ServiceId};
use crate::lua::service::LuaService;
use crate::scenario::{Branch, Plan};
use crate::schedule;

use super::error::WorldError;
use super::run::World;

/// A branch to come.
pub(super) struct Ahead {
    at: VirtualTime,
    seed: Seed,
    /// Who takes over; nobody if the old schedule draws nothing.
    schedule: Option<Box<dyn Schedule>>,
}

impl Ahead {
    /// All of a plan, in the order of time.
    pub(super) fn of(plan: &Plan) -> Result<VecDeque<Ahead>, WorldError> {
        let mut before = plan.schedule.as_str();
        let ahead = plan.branches.iter().map(|branch| {
            let seed = branch.chance();
            let schedule = schedule::taking_over(before, branch.schedule.as_deref(), seed)?;
            before = branch.schedule.as_deref().unwrap_or(before);
            Ok(Ahead { at: branch.at, seed, schedule })
        });
        ahead.collect()
    }
}

impl World {
    /// Whether a branch at this moment would happen before the next step.
    #[must_use]
    pub fn has_come_to(&self, moment: VirtualTime) -> bool {
        self.now() >= moment && !self.kernel.is_in_between()
    }

    /// Gives the run a branch that lies ahead, in place of those that its plan had: it goes on as if it had been begun with a
    /// plan that says so.
    ///
    /// # Errors
    /// When the schedule after it is none that can take over.
    pub fn branch_off(&mut self, branch: Branch) -> Result<(), WorldError> {
        self.plan.branches = vec![branch];
        self.ahead = Ahead::of(&self.plan)?;
        Ok(())
    }

    /// Looks whether it is time for the branch ahead.
    #[cold]
    pub(super) fn look_ahead(&mut self) {
        let due = self.ahead.front().is_some_and(|ahead| self.has_come_to(ahead.at));
        if due && let Some(ahead) = self.ahead.pop_front() {
            self.draw_anew(ahead);
        }
    }

    fn draw_anew(&mut self, Ahead { seed, schedule, .. }: Ahead) {
        if let Some(schedule) = schedule {
            self.kernel.succeed(schedule);
        }
        self.rules.draw_from(seed);
        if let Some(lua) = &self.lua {
            lua.draw_from(seed);
        }
        let ids: Vec<ServiceId> = self.kernel.services().map(|(id, _)| id).collect();
        for id in ids {
            self.kernel.with_service(id, |_, object| {
                if let Some(service) = object.downcast_mut::<LuaService>() {
                    service.draw_from(seed);
                }
            });
        }
    }
}
