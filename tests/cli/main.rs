//! The program as its users meet it: arguments in, streams and exit code out. One module for each
//! way in which it can go well or wrong; every test looks at the whole output.
//!
//! Outputs are compared with `snapshots/`; after a wanted change: `cargo insta review`, or
//! `INSTA_UPDATE=always cargo test --test cli`.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests may fail, and look at the host")]

mod branch;
mod check;
mod conform;
mod coverage;
mod debug;
mod detect;
mod docs;
mod explore;
mod failing;
mod growth;
mod input;
mod models;
mod orders;
mod output;
mod prefer_new;
mod properties;
mod readme;
mod reload;
mod run;
mod serve;
mod suite;
mod support;
mod usage;
mod verbs;
mod waits;
