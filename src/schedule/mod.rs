//! Who runs next: one file each strategy, one line each here.

mod random;
mod skynet;

pub use random::Random;
pub use skynet::Skynet;

use crate::base::Seed;
use crate::kernel::Schedule;

/// The names that a scenario may ask for, with what each does.
pub const SCHEDULES: [(&str, &str); 2] = [
    ("skynet", "exactly the order of real Skynet with one worker thread"),
    ("random", "any order that real Skynet with several workers may produce, drawn from the seed"),
];

/// The strategy of that name.
#[must_use]
pub fn by_name(name: &str, seed: Seed) -> Option<Box<dyn Schedule>> {
    match name {
        "skynet" => Some(Box::new(Skynet::default())),
        "random" => Some(Box::new(Random::new(seed))),
        _ => None,
    }
}
