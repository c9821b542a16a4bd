//! Lua services behind the kernel's [`Service`](crate::kernel::Service) trait: one VM each, with its
//! own arena, its own seed, and nothing of the host in reach.
//!
//! | file | owns |
//! |---|---|
//! | `node` | what the VMs of one node share: files, code, options |
//! | `vm` | one VM's record, found from any of its coroutines |
//! | `state` | making a Lua state: seed, libraries, what is taken out of them |
//! | `float` | floats that are the same on every processor |
//! | `template` | what every VM of a node begins as: a copy of a finished memory image |
//! | `service` | the life of a VM as a service (`service_snlua.c`) |
//! | `callback` | the callback that `skynet.core` installs |
//! | `sandbox` | a small state for what a scenario brings |
//! | `checker` | a scenario's check |
//! | `model` | a scenario's model of a service |
//! | `code` | compiled files, shared by the VMs of a node |
//! | `coverage/` | which lines and branches runs reach |
//! | `library` | our own Lua library, embedded |
//! | `config` | real Skynet config files |
//! | `chance` | what services draw from |
//! | `running` | which coroutine runs, and what may stop it |
//! | `meter` | endless loops: counting instructions |
//! | `watchdog` | the thread that suspects a message of one |
//! | `dispatch/` | coroutines, sessions, calls: the core of the built-in `skynet` module |
//! | `native/` | the native modules |
//! | `observe` | looking at a service: its state |
//! | `waiting` | what it waits for, and which requests it has not answered |
//! | `odd` | telling the judge what is odd about a message |
//! | `capture/` | a walk over a service's private state |

pub mod callback;
pub mod capture;
mod chance;
pub mod checker;
pub mod code;
pub mod config;
pub mod coverage;
pub mod dispatch;
mod float;
pub mod library;
mod meter;
pub mod model;
pub mod native;
pub mod node;
pub mod observe;
mod odd;
pub mod running;
mod sandbox;
pub mod service;
pub mod state;
pub mod template;
pub mod vm;
pub mod waiting;
pub mod watchdog;

pub use node::{LuaNode, NodeSettings};
pub use service::SnluaModule;

/// The version of Lua that is linked.
pub const LUA_VERSION: &str = if cfg!(feature = "lua54") { "5.4" } else { "5.5" };
