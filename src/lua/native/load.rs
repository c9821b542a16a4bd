//! `load`, `loadfile`, `dofile`, `string.dump`: code comes from the node's files, through the node's code cache, and bytecode only from `string.dump` of this run.

use std::ffi::c_int;
use std::sync::Arc;

use mlua::ffi::{self, lua_State};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::super::code::{self, CacheMode, Chunk};
use super::super::library;
use super::super::node::Bytecode;
use super::super::odd;
use super::super::state::register;
use super::super::template;
use super::super::vm::{self, Authors, bytes};
use super::stock;

/// The first byte of bytecode.
const SIGNATURE: u8 = 0x1b;

/// Puts our versions in place; `load` and `string.dump` stand before the stock ones.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn patch(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_pushglobaltable(l);
        stock::stand_before(l, c"load", load, 0);
        register(l, &[(c"loadfile", loadfile), (c"dofile", dofile)]);
        ffi::lua_getfield(l, -1, c"string".as_ptr());
        stock::stand_before(l, c"dump", dump, 0);
        ffi::lua_settop(l, 0);
    }
}

/// Finds a file's code, in the cache or by compiling.
unsafe fn find_chunk(l: *mut lua_State, name: &[u8]) -> Result<Arc<Chunk>, Vec<u8>> {
    // SAFETY: a native function; nothing here raises.
    unsafe {
        let record = vm::vm(l);
        let mode = (*record).cache_mode;
        let cached = if mode == CacheMode::Off { None } else { vm::node(l).code.borrow().find(name) };
        if let Some(chunk) = cached {
            return Ok(chunk);
        }
        let source = (*record).files.read_file(name).map_err(|errno| code::cannot_load(name, errno))?;
        let chunk = code::compile(name, &source)?;
        if mode == CacheMode::On {
            vm::node(l).code.borrow_mut().keep(name, &chunk);
        }
        Ok(chunk)
    }
}

/// Leaves a chunk's function on the stack, or the text of an error. Returns Lua's status.
///
/// # Safety
/// Runs in a native function or a protected call; may raise a memory error.
pub unsafe fn load_chunk(l: *mut lua_State, chunk: Arc<Chunk>) -> c_int {
    // SAFETY: the chunk is kept in the record before it is executed, or lives as long as the template.
    unsafe {
        let record = vm::vm(l);
        let ready = (*record).template().and_then(|template| template.function_of(&chunk));
        if let Some(prototype) = ready {
            drop(chunk);
            template::push_function(l, prototype);
            return ffi::LUA_OK;
        }
        let loaded = Arc::as_ptr(&chunk);
        (*record).chunks.push(chunk);
        (*record).node.count_load();
        (*loaded).load(l)
    }
}

/// Says so if a file is loaded again: a hot fix, as a rule.
unsafe fn note_load(l: *mut lua_State, name: &[u8]) {
    // SAFETY: a native function or a protected call; nothing here raises.
    unsafe {
        let record = vm::vm(l);
        if !library::is_part(name) {
            (*record).code = Authors::User;
        }
        let identity = xxh3_64(name);
        if !(*record).loaded.contains(&identity) {
            (*record).loaded.push(identity);
        } else if !(*record).kernel.is_null() {
            odd::tell_reloaded(record, name);
        }
    }
}

/// Finds a file's code and leaves the function on the stack.
///
/// # Errors
/// The text that `loadfile` returns: the file cannot be opened, or its syntax is wrong.
///
/// # Safety
/// Runs in a native function or a protected call; may raise a memory error.
pub unsafe fn load_file(l: *mut lua_State, name: &[u8]) -> Result<(), Vec<u8>> {
    // SAFETY: everything with a destructor is gone or stored in the record when Lua is asked for memory.
    unsafe {
        let chunk = find_chunk(l, name)?;
        note_load(l, name);
        if load_chunk(l, chunk) == ffi::LUA_OK { Ok(()) } else { Err(bytes(l, -1).to_vec()) }
    }
}

/// As [`load_file`], for code that runs once: what the template has done already is not done again.
///
/// # Errors
/// As for [`load_file`].
///
/// # Safety
/// As for [`load_file`].
pub unsafe fn load_module(l: *mut lua_State, name: &[u8]) -> Result<(), Vec<u8>> {
    // SAFETY: as for `load_file`.
    unsafe {
        let chunk = find_chunk(l, name)?;
        note_load(l, name);
        let known = (*vm::vm(l)).template().and_then(|template| template.module_of(&chunk));
        if let Some(index) = known
            && template::waits(l, index)
        {
            drop(chunk);
            template::push_loader(l, index);
            return Ok(());
        }
        if load_chunk(l, chunk) == ffi::LUA_OK { Ok(()) } else { Err(bytes(l, -1).to_vec()) }
    }
}

/// [`load_file`] for the name at 1; without one it is the standard input, which is empty.
unsafe fn load_argument(l: *mut lua_State) -> Result<(), Vec<u8>> {
    // SAFETY: a native function.
    unsafe {
        if ffi::lua_type(l, 1) <= ffi::LUA_TNIL {
            ffi::luaL_loadbuffer(l, c"".as_ptr(), 0, c"=stdin".as_ptr());
            return Ok(());
        }
        vm::check_c_string(l, 1);
        load_file(l, bytes(l, 1))
    }
}

/// `loadfile([name [, mode [, env]]])`: the function, or nil and why not.
pub unsafe extern "C-unwind" fn loadfile(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the error text moves into the record before it is pushed.
    unsafe {
        let environment = ffi::lua_type(l, 3) != ffi::LUA_TNONE;
        if ffi::lua_type(l, 2) > ffi::LUA_TNIL {
            ffi::luaL_checkstring(l, 2);
        }
        if let Err(text) = load_argument(l) {
            return refuse(l, text);
        }
        if environment {
            ffi::lua_pushvalue(l, 3);
            if ffi::lua_setupvalue(l, -2, 1).is_null() {
                ffi::lua_pop(l, 1);
            }
        }
        1
    }
}

/// nil and why not.
pub(super) unsafe fn refuse(l: *mut lua_State, text: Vec<u8>) -> c_int {
    // SAFETY: a native function; the text moves into the record before it is pushed.
    unsafe {
        (*vm::vm(l)).scratch = text;
        vm::push_scratch(l, 1)
    }
}

unsafe extern "C-unwind" fn dofile_continue(l: *mut lua_State, _status: c_int, _context: ffi::lua_KContext) -> c_int {
    // SAFETY: a continuation; the file's name, or nil, is at 1.
    unsafe { ffi::lua_gettop(l) - 1 }
}

unsafe extern "C-unwind" fn dofile(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_settop(l, 1);
        if let Err(text) = load_argument(l) {
            (*vm::vm(l)).scratch = text;
            let (data, length) = ((*vm::vm(l)).scratch.as_ptr(), (*vm::vm(l)).scratch.len());
            ffi::lua_pushlstring(l, data.cast(), length);
            ffi::lua_error(l);
        }
        ffi::lua_callk(l, 0, ffi::LUA_MULTRET, 0, Some(dofile_continue));
        dofile_continue(l, 0, 0)
    }
}

/// `load`: as the stock one, but bytecode must come from this run.
unsafe extern "C-unwind" fn load(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        (*vm::vm(l)).code = Authors::User;
        let given = ffi::lua_gettop(l);
        if given > 0 && !is_harmless(l) {
            ffi::lua_settop(l, given.max(3));
            if ffi::lua_type(l, 3) == ffi::LUA_TNIL {
                // Binary chunks out of pieces, too, are refused.
                ffi::lua_pushliteral(l, c"t");
                ffi::lua_replace(l, 3);
            } else {
                refuse_binary_mode(l);
            }
        }
        stock::run(l)
    }
}

/// Whether the chunk is a string that may be loaded: text, or bytecode of this run.
unsafe fn is_harmless(l: *mut lua_State) -> bool {
    // SAFETY: a native function; the string stays at 1.
    unsafe {
        let node = vm::node(l);
        if node.settings.bytecode == Bytecode::Allowed {
            return true;
        }
        ffi::lua_type(l, 1) == ffi::LUA_TSTRING
            && (bytes(l, 1).first() != Some(&SIGNATURE) || node.dumps.borrow().contains(&xxh3_128(bytes(l, 1))))
    }
}

/// A mode that allows binary chunks becomes one that does not.
unsafe fn refuse_binary_mode(l: *mut lua_State) {
    // SAFETY: a native function.
    unsafe {
        if ffi::lua_type(l, 3) == ffi::LUA_TSTRING {
            let mode = bytes(l, 3);
            if mode.contains(&b'b') || mode.contains(&b'B') {
                let text = if mode.contains(&b't') { c"t" } else { c"" };
                ffi::lua_pushstring(l, text.as_ptr());
                ffi::lua_replace(l, 3);
            }
        }
    }
}

/// `string.dump`: as the stock one; the run remembers what it gave out.
unsafe extern "C-unwind" fn dump(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let results = stock::run(l);
        let hash = xxh3_128(bytes(l, -1));
        vm::node(l).dumps.borrow_mut().insert(hash);
        results
    }
}
