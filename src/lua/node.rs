//! What the VMs of one node share: the file system, compiled code, limits, the seed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use crate::base::Seed;
use crate::scenario::Glob;
use crate::vfs::Vfs;

use super::capture::Baseline;
use super::code::{self, Chunk, CodeCache};
use super::coverage::Covering;
use super::template::Template;
use super::watchdog::Watch;

/// After so many loads a node's first template gives way to the next.
const LOADS_ENOUGH: u32 = 32;

/// Which Lua library runs on the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// Whether `sim.buggify` may say yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buggify {
    /// As chance has it.
    On,
    /// Never.
    Off,
}

/// The order in which `pairs` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairsOrder {
    /// That of the table.
    Table,
    /// Another each time, but for 1, 2, ..
    Shuffled,
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
    /// Whether services misbehave on purpose.
    pub buggify: Buggify,
    /// The order in which `pairs` goes.
    pub pairs: PairsOrder,
    /// Native functions that faults may break.
    pub breakable: Vec<Glob>,
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
    /// Where the lines that are reached are counted, if they are.
    pub coverage: Option<Covering>,
}

/// Shared by the VMs of one node. Not by threads: one node runs in one.
pub struct LuaNode {
    /// How VMs are made.
    pub settings: NodeSettings,
    /// What new streams begin from: the seed of the settings, until somebody says otherwise.
    pub(super) chance: Cell<Seed>,
    /// The node's files.
    pub files: Rc<RefCell<Vfs>>,
    /// Compiled files, by name, as real Skynet's code cache keeps them.
    pub code: RefCell<CodeCache>,
    /// Bytecode that `string.dump` produced in this run, by hash.
    pub(super) dumps: RefCell<BTreeSet<u128>>,
    /// What every fresh VM of the node has, for looks at state; made at the first look.
    pub(super) baseline: RefCell<Option<Baseline>>,
    /// The code of services that will surely start: the first template knows it.
    expected: RefCell<Vec<Arc<Chunk>>>,
    /// What the next VM of the node begins as; there is none before the first.
    template: RefCell<Option<Arc<Template>>>,
    /// How many loads of files the template did not know, since it was made.
    loads: Cell<u32>,
    /// How many of them are reason enough to make a template that knows the files.
    loads_enough: Cell<u32>,
    /// How many VMs there were, for names in seeds.
    pub(super) vms: Cell<u64>,
}

impl LuaNode {
    /// A node with these files.
    #[must_use]
    pub fn new(settings: NodeSettings, files: Vfs) -> Rc<LuaNode> {
        Rc::new(LuaNode {
            chance: Cell::new(settings.seed),
            settings,
            files: Rc::new(RefCell::new(files)),
            code: RefCell::new(CodeCache::default()),
            dumps: RefCell::new(BTreeSet::new()),
            baseline: RefCell::new(None),
            expected: RefCell::new(Vec::new()),
            template: RefCell::new(None),
            loads: Cell::new(0),
            loads_enough: Cell::new(LOADS_ENOUGH),
            vms: Cell::new(0),
        })
    }

    /// Has the first template know the main files of services, found as the loader finds them (`luaservice`). A file that
    /// is not there, or does not compile, is left to the loader.
    pub fn expect<'a>(&self, services: impl Iterator<Item = &'a str>, patterns: &str) {
        let mut files = self.files.borrow_mut();
        let mut find = |service: &str| {
            let candidates = patterns.split(';').filter(|pattern| !pattern.is_empty());
            let mut candidates = candidates.map(|pattern| pattern.replace('?', service));
            candidates.find_map(|file| code::compile(file.as_bytes(), &files.read(file.as_bytes()).ok()?).ok())
        };
        self.expected.borrow_mut().extend(services.filter_map(&mut find));
    }

    /// What the next VM of the node begins as. A template that knows the files that services load
    /// costs as much as some dozen loads, so there is one when that many have been made.
    pub(super) fn template(&self) -> Arc<Template> {
        let mut template = self.template.borrow_mut();
        if let Some(template) = template.as_ref().filter(|_| self.loads.get() < self.loads_enough.get()) {
            return template.clone();
        }
        if template.is_some() {
            self.loads_enough.set(self.loads_enough.get().saturating_mul(2));
        }
        self.loads.set(0);
        let (code, expected) = (self.code.borrow(), self.expected.borrow());
        let made = Template::of(self.settings.seed, self.settings.library, code.chunks().chain(expected.iter()));
        template.insert(made).clone()
    }

    /// A VM has loaded code that its template did not know.
    pub(super) fn count_load(&self) {
        self.loads.set(self.loads.get().saturating_add(1));
    }
}
