//! `load`, `loadfile`, `dofile`, `string.dump`, and the host side of `package`: code comes from the
//! node's files, through the node's code cache, and bytecode only from `string.dump` of this run.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};
use xxhash_rust::xxh3::xxh3_128;

use super::super::code::{self, CacheMode};
use super::super::library;
use super::super::node::Bytecode;
use super::super::state::register;
use super::super::vm::{self, bytes};
use super::dynamic;

/// The first byte of bytecode.
const SIGNATURE: u8 = 0x1b;

/// Puts our versions in place; `load` and `string.dump` keep the stock ones as upvalues.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn patch(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_pushglobaltable(l);
        ffi::lua_getfield(l, -1, c"load".as_ptr());
        ffi::lua_pushcclosure(l, load, 1);
        ffi::lua_setfield(l, -2, c"load".as_ptr());
        register(l, &[(c"loadfile", loadfile), (c"dofile", dofile)]);
        ffi::lua_getfield(l, -1, c"string".as_ptr());
        ffi::lua_getfield(l, -1, c"dump".as_ptr());
        ffi::lua_pushcclosure(l, dump, 1);
        ffi::lua_setfield(l, -2, c"dump".as_ptr());
        ffi::lua_settop(l, 0);
    }
}

/// Finds a file's code, in the cache or by compiling, and leaves the function on the stack.
///
/// # Errors
/// The text that `loadfile` returns: the file cannot be opened, or its syntax is wrong.
///
/// # Safety
/// Runs in a native function or a protected call; may raise a memory error.
pub unsafe fn load_file(l: *mut lua_State, name: &[u8]) -> Result<(), Vec<u8>> {
    // SAFETY: the chunk is kept in the record before it is executed; everything with a destructor is
    // gone or stored there when Lua is asked for memory.
    unsafe {
        let record = vm::vm(l);
        let mode = (*record).cache_mode;
        let cached = if mode == CacheMode::Off { None } else { vm::node(l).code.borrow().find(name) };
        let chunk = match cached {
            Some(chunk) => chunk,
            None => {
                let source = (*record).files.read_file(name).map_err(|errno| code::cannot_open(name, errno.text()))?;
                let chunk = code::compile(name, &source)?;
                if mode == CacheMode::On {
                    vm::node(l).code.borrow_mut().keep(name, &chunk);
                }
                chunk
            }
        };
        let loaded = std::rc::Rc::as_ptr(&chunk);
        (*record).chunks.push(chunk);
        if (*loaded).load(l) != ffi::LUA_OK {
            return Err(bytes(l, -1).to_vec());
        }
        Ok(())
    }
}

/// `loadfile(name [, mode [, env]])`: the function, or nil and why not.
pub unsafe extern "C-unwind" fn loadfile(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the error text moves into the record before it is pushed.
    unsafe {
        if ffi::lua_type(l, 1) <= ffi::LUA_TNIL {
            ffi::lua_pushnil(l);
            ffi::lua_pushliteral(l, c"cannot read stdin in skysim");
            return 2;
        }
        vm::check_c_string(l, 1);
        let environment = ffi::lua_type(l, 3) != ffi::LUA_TNONE;
        if let Err(text) = load_file(l, bytes(l, 1)) {
            (*vm::vm(l)).scratch = text;
            ffi::lua_pushnil(l);
            let (data, length) = ((*vm::vm(l)).scratch.as_ptr(), (*vm::vm(l)).scratch.len());
            ffi::lua_pushlstring(l, data.cast(), length);
            return 2;
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

unsafe extern "C-unwind" fn dofile_continue(l: *mut lua_State, _status: c_int, _context: ffi::lua_KContext) -> c_int {
    // SAFETY: a continuation; the file's name is at 1.
    unsafe { ffi::lua_gettop(l) - 1 }
}

unsafe extern "C-unwind" fn dofile(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        vm::check_c_string(l, 1);
        ffi::lua_settop(l, 1);
        if let Err(text) = load_file(l, bytes(l, 1)) {
            (*vm::vm(l)).scratch = text;
            let (data, length) = ((*vm::vm(l)).scratch.as_ptr(), (*vm::vm(l)).scratch.len());
            ffi::lua_pushlstring(l, data.cast(), length);
            ffi::lua_error(l);
        }
        ffi::lua_callk(l, 0, ffi::LUA_MULTRET, 0, Some(dofile_continue));
        dofile_continue(l, 0, 0)
    }
}

/// `load`: as the stock one (upvalue 1), but bytecode must come from this run.
unsafe extern "C-unwind" fn load(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let given = ffi::lua_gettop(l);
        if !may_be_bytecode(l) {
            ffi::lua_settop(l, given.max(3));
            if ffi::lua_type(l, 3) == ffi::LUA_TNIL {
                // Binary chunks out of pieces, too, are refused.
                ffi::lua_pushliteral(l, c"t");
                ffi::lua_replace(l, 3);
            } else {
                refuse_binary_mode(l);
            }
        }
        let arguments = ffi::lua_gettop(l);
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
        ffi::lua_insert(l, 1);
        ffi::lua_call(l, arguments, ffi::LUA_MULTRET);
        ffi::lua_gettop(l)
    }
}

/// Whether the chunk is a string of bytecode that may be loaded.
unsafe fn may_be_bytecode(l: *mut lua_State) -> bool {
    // SAFETY: a native function; the string stays at 1.
    unsafe {
        let node = vm::node(l);
        if node.settings.bytecode == Bytecode::Allowed {
            return true;
        }
        ffi::lua_type(l, 1) == ffi::LUA_TSTRING
            && bytes(l, 1).first() == Some(&SIGNATURE)
            && node.dumps.borrow().contains(&xxh3_128(bytes(l, 1)))
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

/// `string.dump`: as the stock one (upvalue 1); the run remembers what it gave out.
unsafe extern "C-unwind" fn dump(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let arguments = ffi::lua_gettop(l);
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
        ffi::lua_insert(l, 1);
        ffi::lua_call(l, arguments, 1);
        let hash = xxh3_128(bytes(l, -1));
        vm::node(l).dumps.borrow_mut().insert(hash);
        1
    }
}

unsafe extern "C-unwind" fn readable(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        vm::check_c_string(l, 1);
        let readable = (*vm::vm(l)).files.readable(bytes(l, 1));
        ffi::lua_pushboolean(l, c_int::from(readable));
        1
    }
}

/// Runs our `package` library: `chunk { loadfile, readable, loadlib, load_module, loaded }`.
///
/// # Safety
/// Called while a VM is prepared, protected.
pub unsafe fn open_package(l: *mut lua_State) {
    // SAFETY: as the caller promises; the chunk is kept in the record.
    unsafe {
        let record = vm::vm(l);
        let chunk = code::compile(b"./skysim/lualib/package.lua", library::PACKAGE)
            .unwrap_or_else(|text| panic!("bug in skysim: package.lua: {}", String::from_utf8_lossy(&text)));
        let loaded = std::rc::Rc::as_ptr(&chunk);
        (*record).chunks.push(chunk);
        if (*loaded).load(l) != ffi::LUA_OK {
            ffi::lua_error(l);
        }
        ffi::lua_createtable(l, 0, 6);
        register(l, &[(c"loadfile", loadfile), (c"readable", readable)]);
        register(l, &[(c"loadlib", dynamic::loadlib), (c"load_module", dynamic::load_module)]);
        register(l, &[(c"lfs", super::lfs::open_lfs)]);
        ffi::luaL_getsubtable(l, ffi::LUA_REGISTRYINDEX, c"_LOADED".as_ptr());
        ffi::lua_setfield(l, -2, c"loaded".as_ptr());
        ffi::lua_call(l, 1, 0);
    }
}
