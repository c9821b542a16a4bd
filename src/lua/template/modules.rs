//! Modules of our own library that every service asks for first. A template has them already, kept
//! aside until `require` comes upon their very file, so that nobody sees them before.

use std::ffi::c_int;
use std::sync::{Arc, OnceLock};

use mlua::ffi::{self, lua_State};

use super::super::code::{self, Chunk};
use super::super::node::Library;
use super::super::vm::{self, Vm, bytes, push_bytes};
use super::super::{library, native};

/// Where in the registry the modules wait.
const MODULES: &std::ffi::CStr = c"skysim_modules";

/// File and module name.
const KEPT: [(&str, &str); 3] = [
    ("./skysim/lualib/skynet/require.lua", "skynet.require"),
    ("./skysim/lualib/skynet/debug.lua", "skynet.debug"),
    ("./skysim/lualib/skynet.lua", "skynet"),
];
const SKYNET: usize = 2;
/// The place in [`NEEDED`] of what [`learn`] calls.
const DISPATCH: usize = 3;
/// Modules that `skynet` takes things from when it is loaded: it must find the same ones again.
const NEEDED: [&str; 5] = ["skynet.require", "skynet.debug", "skynet.core", "skysim.dispatch", "skynet.codecache"];

fn kept(library: Library) -> &'static [(&'static str, &'static str)] {
    match library {
        Library::BuiltIn => &KEPT,
        Library::Checkout => &[],
    }
}

/// The code of a library that is in each template.
pub(super) struct LibraryChunks {
    /// Those whose results are kept, in the order of [`waits`].
    pub(super) kept: Vec<Arc<Chunk>>,
    /// The others: functions that a template has ready.
    pub(super) ready: Vec<Arc<Chunk>>,
}

impl LibraryChunks {
    fn new(library: Library) -> LibraryChunks {
        let files = match library {
            Library::BuiltIn => library::FILES,
            Library::Checkout => &[],
        };
        let paths = files.iter().map(|(path, _)| format!("./{}/{path}", library::MOUNT));
        let ready = paths.filter(|path| !KEPT.iter().any(|(kept, _)| kept == path));
        LibraryChunks {
            kept: kept(library).iter().map(|(file, _)| compiled(file)).collect(),
            ready: ready.map(|path| compiled(&path)).collect(),
        }
    }

    /// Whether a chunk is one of them.
    pub(super) fn has(&self, chunk: &Arc<Chunk>) -> bool {
        self.kept.iter().chain(&self.ready).any(|known| Arc::ptr_eq(known, chunk))
    }
}

/// Those of a library: found once, because to hash all of it takes as long as to make a VM.
pub(super) fn chunks_of(library: Library) -> &'static LibraryChunks {
    static BUILT_IN: OnceLock<LibraryChunks> = OnceLock::new();
    static CHECKOUT: OnceLock<LibraryChunks> = OnceLock::new();
    let chunks = match library {
        Library::BuiltIn => &BUILT_IN,
        Library::Checkout => &CHECKOUT,
    };
    chunks.get_or_init(|| LibraryChunks::new(library))
}

fn compiled(file: &str) -> Arc<Chunk> {
    let below = file.strip_prefix("./skysim/").unwrap_or(file);
    let source = library::FILES.iter().find(|(path, _)| *path == below).map_or(&b""[..], |(_, source)| source);
    code::compile(file.as_bytes(), source)
        .unwrap_or_else(|text| panic!("bug in skysim: {file}: {}", String::from_utf8_lossy(&text)))
}

/// Runs the chunks, with a `require` that knows what is there.
///
/// # Safety
/// Called in a protected call, while a template is made, when `package` is open. Empties the stack.
pub(super) unsafe fn load(l: *mut lua_State, library: Library) {
    // SAFETY: as the caller promises.
    unsafe {
        let kept = kept(library);
        ffi::lua_settop(l, 0);
        if kept.is_empty() {
            return;
        }
        ffi::lua_createtable(l, (KEPT.len() + NEEDED.len()) as c_int, 0);
        ffi::lua_pushvalue(l, 1);
        ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, MODULES.as_ptr());
        ffi::lua_getglobal(l, c"require".as_ptr());
        for (index, (file, name)) in kept.iter().enumerate() {
            if index == SKYNET {
                // Not before: `skynet.require` keeps the one that it finds.
                ffi::lua_pushvalue(l, 1);
                ffi::lua_pushcclosure(l, require, 1);
                ffi::lua_setglobal(l, c"require".as_ptr());
            }
            native::load::load_chunk(l, compiled(file));
            push_bytes(l, name.as_bytes());
            push_bytes(l, file.as_bytes());
            ffi::lua_call(l, 2, 1);
            ffi::lua_rawseti(l, 1, index as i64 + 1);
        }
        ffi::lua_setglobal(l, c"require".as_ptr());
        for (index, name) in NEEDED.iter().enumerate() {
            push_known(l, name.as_bytes());
            ffi::lua_rawseti(l, 1, (KEPT.len() + index) as i64 + 1);
        }
        ffi::lua_settop(l, 0);
    }
}

/// `require` while a template is made. The upvalue is the table of modules.
unsafe extern "C-unwind" fn require(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        vm::check_c_string(l, 1);
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
        ffi::lua_replace(l, 2);
        push_known(l, bytes(l, 1));
        1
    }
}

/// Pushes a module that waits in the registry, or one that is loaded.
unsafe fn push_known(l: *mut lua_State, name: &[u8]) {
    // SAFETY: as in `load`.
    unsafe {
        if let Some(index) = KEPT.iter().position(|(_, kept)| kept.as_bytes() == name) {
            push_module(l, index);
        } else {
            ffi::luaL_getsubtable(l, ffi::LUA_REGISTRYINDEX, c"_LOADED".as_ptr());
            push_bytes(l, name);
            ffi::lua_rawget(l, -2);
            ffi::lua_remove(l, -2);
        }
    }
}

/// Pushes what waits in the registry under an index.
unsafe fn push_module(l: *mut lua_State, index: usize) {
    // SAFETY: two free stack slots.
    unsafe {
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, MODULES.as_ptr());
        ffi::lua_rawgeti(l, -1, index as i64 + 1);
        ffi::lua_remove(l, -2);
    }
}

/// Whether a module of the template still waits to be asked for.
///
/// # Safety
/// `l` is a coroutine of a live VM.
pub unsafe fn waits(l: *mut lua_State, index: usize) -> bool {
    // SAFETY: as the caller promises.
    unsafe { (*vm::vm(l)).unopened & 1 << index != 0 }
}

/// Pushes a function that does what a chunk would do: gives out the module that it made when the
/// template was made.
///
/// # Safety
/// Called by native functions that load files; may raise a memory error.
pub unsafe fn push_loader(l: *mut lua_State, index: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_pushinteger(l, index as i64);
        ffi::lua_pushcclosure(l, give, 1);
    }
}

/// In the place of a module's chunk, called by `require` with name and file. The upvalue is its index.
unsafe extern "C-unwind" fn give(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let vm = vm::vm(l);
        ffi::lua_settop(l, 2);
        let index = ffi::lua_tointegerx(l, ffi::lua_upvalueindex(1), std::ptr::null_mut()) as usize;
        let asked_first = waits(l, index);
        (*vm).unopened &= !(1 << index);
        if asked_first && (index != SKYNET || finds_the_same(l)) {
            push_module(l, index);
            if index == SKYNET {
                learn(l);
                ffi::lua_pushnil(l);
                ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, MODULES.as_ptr());
            }
            return 1;
        }
        run(l, vm, index);
        1
    }
}

/// Runs the chunk as if there were no template.
unsafe fn run(l: *mut lua_State, vm: *mut Vm, index: usize) {
    // SAFETY: a native function with the chunk's arguments on the stack.
    unsafe {
        let chunk = (*vm).template().and_then(|template| template.modules.get(index)).cloned();
        if let Some(chunk) = chunk {
            native::load::load_chunk(l, chunk);
            ffi::lua_insert(l, 1);
            ffi::lua_call(l, 2, 1);
        }
    }
}

/// The scheduler's record of classes is not in the memory that was copied.
unsafe fn learn(l: *mut lua_State) {
    // SAFETY: a native function; `skysim.dispatch` is a table of ours.
    unsafe {
        push_module(l, KEPT.len() + DISPATCH);
        ffi::lua_getfield(l, -1, c"learn".as_ptr());
        ffi::lua_call(l, 0, 0);
        ffi::lua_pop(l, 1);
    }
}

/// Asks for everything that `skynet` needs, as its chunk does, and looks whether it is what the
/// template's `skynet` got.
unsafe fn finds_the_same(l: *mut lua_State) -> bool {
    // SAFETY: a native function; calls may raise, and nothing has a destructor.
    unsafe {
        let top = ffi::lua_gettop(l);
        let mut same = true;
        for (index, name) in NEEDED.iter().enumerate() {
            ffi::lua_getglobal(l, c"require".as_ptr());
            push_bytes(l, name.as_bytes());
            ffi::lua_call(l, 1, 1);
            push_module(l, KEPT.len() + index);
            same &= ffi::lua_rawequal(l, -1, -2) != 0;
            ffi::lua_settop(l, top);
        }
        same
    }
}
