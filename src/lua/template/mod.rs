//! What every VM of a node begins as. Opening libraries and loading modules always comes to the same
//! memory, but for the addresses in it; so it is done once, and every further VM is a copy of that
//! memory with its own addresses put in.
//!
//! | file | owns |
//! |---|---|
//! | `mod` | finished templates, and making VMs of them |
//! | `open` | what is in a template |
//! | `modules` | modules that `require` gives out instead of making them |
//! | `image` | turning two equal VMs at different addresses into one relocatable image |
//! | `recorder` | an allocator that knows its live blocks |
//!
//! A template depends on the hash seed, the library and the code in it alone, so the runs of a process
//! share it. Prototypes and strings of all copies are one: see `lua/c/shared.c`.

mod image;
mod modules;
mod open;
mod recorder;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, Mutex};

use mlua::ffi::{self, lua_State};

use crate::base::{Seed, Stream};
use crate::memory::Arena;

use super::code::{Chunk, ChunkKey};
use super::node::Library;
use super::vm::Vm;

pub use modules::{push_loader, waits};

use image::Image;

/// Hash seeds that runs draw from. Few, so that templates are reused; what they are for is that
/// code cannot get used to one order of `pairs`, and each of them gives another.
const HASH_SEEDS: u64 = 64;

/// A finished memory image.
pub struct Template {
    image: Image,
    /// Where the main thread and the work thread lie, from the start of the arena.
    main: usize,
    work: usize,
    /// Code in it, which runs in place: must live as long as any copy.
    _chunks: Vec<Arc<Chunk>>,
    /// The shared prototypes of chunks, by the chunk's address.
    functions: BTreeMap<usize, usize>,
    /// The chunks of modules that wait.
    modules: Vec<Arc<Chunk>>,
}

/// What a template is made of, beside the code of the library: chunks by their addresses, since equal code is one chunk that
/// is never freed.
type TemplateKey = (u32, Library, Vec<usize>);

static TEMPLATES: Mutex<BTreeMap<TemplateKey, Arc<Template>>> = Mutex::new(BTreeMap::new());

// In lua/c/shared.c.
unsafe extern "C" {
    fn skysim_push_function(l: *mut lua_State, prototype: *const c_void);
}

/// Pushes a function that was made of a chunk's prototype, as loading the chunk would.
///
/// # Safety
/// The prototype is one that the template of the VM gave; may raise a memory error.
pub unsafe fn push_function(l: *mut lua_State, prototype: *const c_void) {
    // SAFETY: as the caller promises. The first upvalue of a chunk is its environment.
    unsafe {
        ffi::luaL_checkstack(l, 2, ptr::null());
        skysim_push_function(l, prototype);
        ffi::lua_pushglobaltable(l);
        ffi::lua_setupvalue(l, -2, 1);
    }
}

/// The hash seed of all VMs of a run: in real Skynet, too, a process has one.
fn hash_seed(seed: Seed) -> u32 {
    let chosen = Stream::new(seed, "lua/hash").below(HASH_SEEDS);
    Stream::new(Seed(chosen), "lua/hash seed").next_u64() as u32
}

impl Template {
    /// The template for a run whose services have loaded `chunks`.
    pub fn of<'a>(seed: Seed, library: Library, chunks: impl Iterator<Item = &'a Arc<Chunk>>) -> Arc<Template> {
        let seed = hash_seed(seed);
        let of_library = modules::chunks_of(library);
        let mut own: BTreeMap<&ChunkKey, &Arc<Chunk>> = chunks.map(|chunk| (&chunk.key, chunk)).collect();
        own.retain(|_, chunk| !of_library.has(chunk));
        let key = (seed, library, own.values().map(|chunk| Arc::as_ptr(chunk) as usize).collect());
        let lock = || TEMPLATES.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(template) = lock().get(&key) {
            return template.clone();
        }
        own.extend(of_library.ready.iter().map(|chunk| (&chunk.key, chunk)));
        let ready: Vec<Arc<Chunk>> = own.into_values().cloned().collect();
        let template = Arc::new(open::build(seed, library, &ready));
        lock().entry(key).or_insert(template).clone()
    }

    /// Fills an empty arena. Returns the main thread; the work thread is at [`Template::work`].
    ///
    /// # Safety
    /// `vm` is the record that the VM's natives will find; it and `arena` stay where they are.
    pub unsafe fn copy_into(&self, arena: &mut Arena, vm: *mut Vm) -> *mut lua_State {
        self.image.copy_into(arena, vm as usize);
        (arena.start() + self.main) as *mut lua_State
    }

    /// The work thread of a copy.
    #[must_use]
    pub fn work(&self, arena: &Arena) -> *mut lua_State {
        (arena.start() + self.work) as *mut lua_State
    }

    /// The modules that wait to be given out, as bits.
    #[must_use]
    pub fn unopened(&self) -> u8 {
        ((1_u16 << self.modules.len()) - 1) as u8
    }

    /// The module that is the result of a chunk, if it is one of the template's.
    #[must_use]
    pub fn module_of(&self, chunk: &Arc<Chunk>) -> Option<usize> {
        self.modules.iter().position(|module| Arc::ptr_eq(module, chunk))
    }

    /// The prototype that a chunk has here, for [`push_function`].
    #[must_use]
    pub fn function_of(&self, chunk: &Arc<Chunk>) -> Option<*const c_void> {
        self.functions.get(&(Arc::as_ptr(chunk) as usize)).map(|prototype| *prototype as *const c_void)
    }
}
