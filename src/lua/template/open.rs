//! Making a template: two VMs with everything that is in it, which then are compared. In it are the
//! libraries, our `package`, modules that wait (see `modules`), and functions of chunks, ready to be
//! called.

use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::sync::Arc;

use mlua::ffi::{self, lua_State};

use crate::base::{Seed, Stream};
use crate::memory::Arena;
use crate::memory::arena::lua_alloc;
use crate::vfs::Vfs;

use super::super::code::Chunk;
use super::super::node::{Buggify, Bytecode, Detail, Library, LuaNode, NodeSettings, PairsOrder};
use super::super::vm::{self, Vm, bytes};
use super::super::{dispatch, native, state};
use super::image::{Image, Specimen};
use super::recorder::{self, Recorder};
use super::{Template, modules};

// In lua/c/shared.c.
unsafe extern "C" {
    fn skysim_prototype(l: *mut lua_State) -> *const c_void;
}

/// Makes a template with the functions of some chunks.
///
/// # Panics
/// When a VM depends on its addresses: every copy would be another one.
pub(super) fn build(hash_seed: u32, library: Library, chunks: &[Arc<Chunk>]) -> Template {
    // The colours give starts that differ in their low byte.
    let one = make(hash_seed, library, chunks, 3);
    let two = make(hash_seed, library, chunks, 100);
    let (image, places) = Image::new(&one.specimen, &two.specimen)
        .unwrap_or_else(|error| panic!("bug in skysim: VMs cannot be copied: {error}"));
    let place = |at: usize| places.find_own(at).expect("bug in skysim: a thread of a template is gone");
    let functions = chunks.iter().zip(&one.prototypes).map(|(chunk, at)| {
        let shared = places.find(*at).and_then(|place| image.shared_address(place));
        (Arc::as_ptr(chunk) as usize, shared.expect("bug in skysim: a function of a template is not shared"))
    });
    Template {
        functions: functions.collect(),
        main: place(one.main),
        work: place(one.work),
        _chunks: [chunks, &one.specimen.record.chunks].concat(),
        modules: modules::chunks_of(library).kept.clone(),
        image,
    }
}

/// A node without files.
pub(super) fn bare_node(library: Library) -> Rc<LuaNode> {
    let settings = NodeSettings {
        seed: Seed(0),
        library,
        detail: Detail::Plain,
        bytecode: Bytecode::Refused,
        buggify: Buggify::Off,
        pairs: PairsOrder::Table,
        breakable: Vec::new(),
        memory_max_bytes: None,
        instructions_max: u64::MAX,
        metered_event: None,
        watch: None,
        coverage: None,
        native: Vec::new(),
    };
    LuaNode::new(settings, Vfs::new(0))
}

/// A specimen, and where in its arena things lie.
pub(super) struct Made {
    pub(super) specimen: Specimen,
    main: usize,
    work: usize,
    /// Of the chunks, in their order.
    prototypes: Vec<usize>,
}

/// A VM that was opened and collected.
pub(super) fn make(hash_seed: u32, library: Library, chunks: &[Arc<Chunk>], colour: u64) -> Made {
    let node = bare_node(library);
    let mut recorder = Recorder::new(colour);
    let allocator = std::ptr::from_mut(&mut *recorder).cast();
    let vm = Vm::boxed(&node, Arena::new(0), Stream::new(Seed(0), ""));
    // SAFETY: the recorder outlives the state; what may raise runs protected; nothing runs after the
    // state has been handed to the usual allocation function, which is never called.
    unsafe {
        let l = state::new_state_with(recorder::allocate, allocator, hash_seed);
        (*vm).main = l;
        (*vm).active = l;
        state::set_vm(l, vm);
        ffi::lua_gc(l, ffi::LUA_GCSTOP);
        run(l, state::open_libraries);
        run(l, furnish);
        let room = ffi::lua_checkstack(l, chunks.len() as c_int + 8);
        assert!(room != 0, "bug in skysim: {} chunks are too many for a template", chunks.len());
        for chunk in chunks {
            ffi::lua_pushlightuserdata(l, Arc::as_ptr(chunk).cast_mut().cast());
        }
        run(l, load_functions);
        let start = recorder.arena.start();
        let mut prototypes = Vec::with_capacity(chunks.len());
        for index in 1..=ffi::lua_gettop(l) {
            ffi::lua_pushvalue(l, index);
            prototypes.push(skysim_prototype(l) as usize - start);
            ffi::lua_pop(l, 1);
        }
        ffi::lua_gc(l, ffi::LUA_GCCOLLECT);
        recorder.share(l);
        // The functions go, their prototypes stay. The collector takes stock of what is left.
        ffi::lua_settop(l, 0);
        ffi::lua_gc(l, ffi::LUA_GCCOLLECT);
        ffi::lua_setallocf(l, lua_alloc, allocator);
        let (main, work) = (l as usize - start, (*vm).work as usize - start);
        // Without closing: no finalizer has anything to do, and the memory goes with the recorder.
        let record = Box::from_raw(vm);
        Made { specimen: Specimen { recorder, record }, main, work, prototypes }
    }
}

/// Generational collection, our `package`, the scheduler's thread, the modules.
unsafe extern "C-unwind" fn furnish(l: *mut lua_State) -> c_int {
    // SAFETY: a native function in a protected call.
    unsafe {
        let vm = vm::vm(l);
        #[cfg(feature = "lua55")]
        ffi::lua_gc(l, ffi::LUA_GCGEN);
        #[cfg(feature = "lua54")]
        ffi::lua_gc(l, ffi::LUA_GCGEN, 0, 0);
        (*vm).work = ffi::lua_newthread(l);
        ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, c"skysim_work".as_ptr());
        dispatch::prepare(l);
        native::package::open(l);
        modules::load(l, vm::node(l).settings.library);
        0
    }
}

/// Puts the functions of chunks, pointers to which are its arguments, in their places.
unsafe extern "C-unwind" fn load_functions(l: *mut lua_State) -> c_int {
    // SAFETY: a native function in a protected call; the chunks outlive the state.
    unsafe {
        let count = ffi::lua_gettop(l);
        ffi::luaL_checkstack(l, 4, std::ptr::null());
        for index in 1..=count {
            let chunk = ffi::lua_touserdata(l, index).cast::<Chunk>();
            if (*chunk).load(l) != ffi::LUA_OK {
                ffi::lua_error(l);
            }
            ffi::lua_replace(l, index);
        }
        count
    }
}

/// Calls a C function with what is on the stack, which its results replace.
unsafe fn run(l: *mut lua_State, function: ffi::lua_CFunction) {
    // SAFETY: called by `make` with an own state.
    unsafe {
        let arguments = ffi::lua_gettop(l);
        ffi::lua_pushcclosure(l, function, 0);
        ffi::lua_insert(l, 1);
        let status = ffi::lua_pcall(l, arguments, ffi::LUA_MULTRET, 0);
        let text = || String::from_utf8_lossy(bytes(l, -1)).into_owned();
        assert!(status == ffi::LUA_OK, "bug in skysim: a VM failed to open: {}", text());
    }
}
