//! What the caller of a run decides, besides the plan.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::kernel::Output;
use crate::lua::coverage::Covering;
use crate::lua::node::Detail;
use crate::lua::watchdog::Watch;
use crate::schedule::guided::Guide;
use crate::trace::Tracer;

use super::host::HostFiles;

/// How a plan is run. Nothing here changes what happens in the run.
pub struct WorldOptions {
    /// Where lines go, and what must be told at once.
    pub output: Box<dyn Output>,
    /// The record of everything.
    pub tracer: Tracer,
    /// Whether messages remember where in the code they were sent.
    pub detail: Detail,
    /// Whether the last deliveries are kept, for the chain of messages that led to a failure.
    pub trail: TrailKeeping,
    /// Whether the order of the messages is kept, to make pins of it.
    pub recording: Recording,
    /// Whether the plan's checks are made. Without them the trace lacks their lines, and nothing else.
    pub checks: Checking,
    /// Set by the caller to end the run early (Ctrl-C).
    pub stop: Option<Arc<AtomicBool>>,
    /// The watchdog's view, if one watches for handlers that never end.
    pub watch: Option<Arc<Watch>>,
    /// From this event on handlers are measured: given when a run that ended with
    /// [`Ending::Suspected`](super::Ending::Suspected) is repeated.
    pub metered_event: Option<u64>,
    /// The host's environment variables, for `$NAME` in a Skynet config file.
    pub variables: BTreeMap<String, String>,
    /// Where the lines that services reach are counted, if they are.
    pub coverage: Option<Covering>,
    /// The order to take, instead of what the plan's schedule says, by somebody who goes through all of them.
    pub guide: Option<Guide>,
    /// The files of the host, read once for all runs that share this.
    pub host: HostFiles,
}

impl WorldOptions {
    /// Lines go to `output`; nothing is traced or kept.
    #[must_use]
    pub fn new(output: Box<dyn Output>) -> WorldOptions {
        WorldOptions {
            output,
            tracer: Tracer::off(),
            detail: Detail::Plain,
            trail: TrailKeeping::Off,
            recording: Recording::Off,
            checks: Checking::On,
            stop: None,
            watch: None,
            metered_event: None,
            variables: BTreeMap::new(),
            coverage: None,
            guide: None,
            host: HostFiles::default(),
        }
    }
}

/// Whether the last deliveries are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrailKeeping {
    /// Nothing is kept.
    Off,
    /// The last [`TRAIL_LENGTH`](super::TRAIL_LENGTH) are.
    On,
}

/// Whether checks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checking {
    /// None is.
    Off,
    /// All are.
    On,
}

/// Whether the order of the messages is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// It is not.
    Off,
    /// Of every message that was handled, for the whole run: see [`MessageOrder`](super::MessageOrder).
    On,
}
