//! The order in which messages were handled, as a number: how many different ones an exploration has seen.

use serde::{Deserialize, Serialize};

use crate::base::Handle;

use super::context::ServiceId;

/// The hash of an order: of who handled a message from whom, one after the other (FNV-1a, by words).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order(pub u64);

impl Default for Order {
    fn default() -> Order {
        Order(0xcbf2_9ce4_8422_2325)
    }
}

impl Order {
    /// One message more.
    #[inline]
    pub(super) fn then(self, to: ServiceId, from: Handle) -> Order {
        Order((self.0 ^ (u64::from(to.0) << 32 | u64::from(from.0))).wrapping_mul(0x0100_0000_01b3))
    }
}
