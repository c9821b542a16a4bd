//! The node's environment: texts that all services share, set once (`skynet_env.c`).

use std::collections::BTreeMap;

/// The table of settings. Values are bytes, as in Lua.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<Vec<u8>, Vec<u8>>);

impl Environment {
    /// A setting's text.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.0.get(key).map(Vec::as_slice)
    }

    /// A setting as UTF-8.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        std::str::from_utf8(self.get(key.as_bytes())?).ok()
    }

    /// Sets a key for the first time; false if it is there already (where real Skynet asserts).
    pub fn set(&mut self, key: &[u8], value: &[u8]) -> bool {
        if self.0.contains_key(key) {
            return false;
        }
        self.0.insert(key.to_vec(), value.to_vec());
        true
    }

    /// Sets a key unless it is there.
    pub fn set_default(&mut self, key: &str, value: &str) {
        self.set(key.as_bytes(), value.as_bytes());
    }
}
