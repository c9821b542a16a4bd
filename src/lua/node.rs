//! What the VMs of one node share: the file system, compiled code, limits, the seed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use crate::base::Seed;
use crate::vfs::Vfs;

use super::capture::Baseline;
use super::code::CodeCache;
use super::meter::Watch;

/// Which Lua library runs on the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// Ours, with its native dispatch core.
    BuiltIn,
    /// The `lualib` of a real Skynet checkout.
    Checkout,
}

/// Whether sends remember where in the code they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// No: nothing is gathered.
    Plain,
    /// Yes: every message carries its sender's Lua position.
    Where,
}

/// Whether precompiled code that this run did not produce may be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytecode {
    /// Refused: broken bytecode can do anything.
    Refused,
    /// The scenario allows it.
    Allowed,
}

/// How a node's VMs are made.
#[derive(Clone)]
pub struct NodeSettings {
    /// What all their chance is drawn from.
    pub seed: Seed,
    /// Which library.
    pub library: Library,
    /// Whether messages remember their origin.
    pub detail: Detail,
    /// Whether foreign bytecode is loaded.
    pub bytecode: Bytecode,
    /// The C modules that may be loaded from the node's files, as `require` names them.
    pub native: Vec<String>,
    /// Bytes one service may use; `None` for no limit but the machine's.
    pub memory_max_bytes: Option<usize>,
    /// Instructions one message may take before it counts as an endless loop.
    pub instructions_max: u64,
    /// From this event on handlers are measured, when a run is repeated to find where a loop hangs.
    pub metered_event: Option<u64>,
    /// The watchdog's view, if one watches.
    pub watch: Option<Arc<Watch>>,
}

/// Shared by the VMs of one node. Not by threads: one node runs in one.
pub struct LuaNode {
    /// How VMs are made.
    pub settings: NodeSettings,
    /// The node's files.
    pub files: Rc<RefCell<Vfs>>,
    /// Compiled files, by name, as real Skynet's code cache keeps them.
    pub code: RefCell<CodeCache>,
    /// Bytecode that `string.dump` produced in this run, by hash.
    pub(super) dumps: RefCell<BTreeSet<u128>>,
    /// What every fresh VM of the node has, for looks at state; made at the first look.
    pub(super) baseline: RefCell<Option<Baseline>>,
    /// How many VMs there were, for names in seeds.
    pub(super) vms: Cell<u64>,
}

impl LuaNode {
    /// A node with these files.
    #[must_use]
    pub fn new(settings: NodeSettings, files: Vfs) -> Rc<LuaNode> {
        Rc::new(LuaNode {
            settings,
            files: Rc::new(RefCell::new(files)),
            code: RefCell::new(CodeCache::default()),
            dumps: RefCell::new(BTreeSet::new()),
            baseline: RefCell::new(None),
            vms: Cell::new(0),
        })
    }
}
