//! skysim: a deterministic simulator for Lua services of the Skynet actor framework.

pub mod base;
pub mod cli;
pub mod conform;
pub mod explore;
pub mod faults;
pub mod kernel;
pub mod lua;
pub mod memory;
pub mod queue;
pub mod reloading;
pub mod report;
pub mod scenario;
pub mod schedule;
pub mod seri;
pub mod simulation;
pub mod state;
pub mod trace;
pub mod vfs;
pub mod world;
