//! How a run begins: the first line of the trace, the node's own start, and the driver.

use crate::faults::DRIVER_LABEL;
use crate::kernel::{Kernel, ServiceId};
use crate::lua::node::Library;
use crate::lua::{LUA_VERSION, LuaNode};
use crate::scenario::Plan;
use crate::trace::Record;

use super::driver::{Driver, Inbox};
use super::run::World;

/// The first line of the trace, the driver, and the node's own start.
pub(super) fn begin(kernel: &mut Kernel, plan: &Plan, lua: Option<&LuaNode>) -> (ServiceId, Inbox) {
    let library = match lua.map(|node| node.settings.library) {
        Some(Library::Checkout) => "checkout",
        _ => "built-in",
    };
    if kernel.tracer.is_on() {
        // The folder's own name, however it was reached.
        let folder = std::fs::canonicalize(&plan.folder).unwrap_or_else(|_| plan.folder.clone());
        let scenario = folder.file_name().unwrap_or_default().to_string_lossy();
        kernel.tracer_record(&Record::Start {
            skysim: env!("CARGO_PKG_VERSION"),
            lua: LUA_VERSION,
            library,
            scenario: &scenario,
            seed: plan.seed,
            schedule: &plan.schedule,
        });
    }
    for service in &plan.services {
        kernel.reserve_label(&service.name);
    }
    kernel.boot();
    // After the node's own services, so that those have the numbers that real Skynet gives them.
    Driver::launch(kernel, DRIVER_LABEL)
}

impl World {
    /// A main service of the user's own is part of what is looked at, from its first message on: it may do all of its work
    /// while it starts.
    pub(super) fn steer_from_main(&mut self) {
        if let Some(start) = &self.plan.node.start
            && self.kernel.awaits_steering()
            && self.kernel.services().any(|(_, context)| context.label() == start)
        {
            self.kernel.steer();
        }
    }
}
