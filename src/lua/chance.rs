//! What services draw from: the seed of the run, or after a branch another one. Only streams of the simulator are here:
//! `math.random` of a VM goes on where it stands, until somebody calls `math.randomseed`.

use crate::base::{Seed, Stream};

use super::node::LuaNode;
use super::service::LuaService;

impl LuaNode {
    /// What streams begin from now.
    pub(super) fn chance(&self) -> Seed {
        self.chance.get()
    }

    /// Streams that begin from now on begin from this seed: those of new VMs, and of old ones that forget theirs by
    /// [`LuaService::draw_from`].
    pub fn draw_from(&self, seed: Seed) {
        self.chance.set(seed);
    }
}

impl LuaService {
    /// Ends all streams of this VM; the next draws begin new ones from this seed, which the node has been given, too.
    pub fn draw_from(&mut self, seed: Seed) {
        // SAFETY: the record lives as long as the service; no Lua of it runs, so that nobody else refers to it.
        if let Some(vm) = unsafe { self.vm().as_mut() } {
            vm.random = Stream::new(seed, &vm.name);
            vm.buggify.clear();
            vm.shuffle = None;
            vm.databases.forget_draws();
        }
    }
}
