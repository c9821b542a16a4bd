//! Local names (`.name`, kept without the dot): the first owner keeps a name until it dies
//! (`skynet_handle.c`).

use std::collections::BTreeMap;

use crate::base::Handle;

/// The table of local names.
#[derive(Default)]
pub struct Names(BTreeMap<Vec<u8>, Handle>);

impl Names {
    /// Gives `name` to `handle`; false, and nothing changes, if it is taken.
    pub fn register(&mut self, name: &[u8], handle: Handle) -> bool {
        if self.0.contains_key(name) {
            return false;
        }
        self.0.insert(name.to_vec(), handle);
        true
    }

    /// Who has `name`.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<Handle> {
        self.0.get(name).copied()
    }

    /// Forgets every name of `handle`.
    pub fn retire(&mut self, handle: Handle) {
        self.0.retain(|_, owner| *owner != handle);
    }
}
