//! Lua's `package` library and global `require`, because the stock ones read the host's files. Texts,
//! results and the order of the search are those of loadlib.c (5.4 and 5.5); of C modules only those
//! exist that the scenario allows (see `dynamic`).

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use super::super::state::{push_closed, set_loaded};
use super::super::vm::{self, bytes};
use super::{dynamic, lfs, load, sqlite};
use crate::lua::library;

/// Where the registry has `package.loaded` and `package.preload` (lauxlib.h).
const LOADED: &CStr = c"_LOADED";
const PRELOAD: &CStr = c"_PRELOAD";

/// The upvalue of `require` and of the searchers: the table `package`.
const PACKAGE: c_int = 1;

/// Between the parts of a module's name, and what takes its place in a path.
const SEPARATOR: &[u8] = b".";
const FOLDER: &[u8] = b"/";

/// Modules of C that are there for those who ask for them.
const THERE_WITHOUT_A_FILE: [(&CStr, ffi::lua_CFunction); 3] =
    [(c"lfs", lfs::open_lfs), (c"lsqlite3", sqlite::open_lsqlite3), (c"lsqlite3complete", sqlite::open_lsqlite3)];

const SEARCHERS: [ffi::lua_CFunction; 4] = [search_preloaded, search_lua, search_native, search_native_root];

/// Opens the library and puts `require` among the globals.
///
/// # Safety
/// Called while a VM is prepared, protected.
pub unsafe fn open(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_settop(l, 0);
        ffi::lua_createtable(l, 0, 8);
        ffi::lua_createtable(l, SEARCHERS.len() as c_int, 0);
        for (index, searcher) in SEARCHERS.into_iter().enumerate() {
            ffi::lua_pushvalue(l, 1);
            ffi::lua_pushcclosure(l, searcher, 1);
            ffi::lua_rawseti(l, 2, index as i64 + 1);
        }
        ffi::lua_setfield(l, 1, c"searchers".as_ptr());
        let functions: [(&CStr, ffi::lua_CFunction); 2] = [(c"searchpath", searchpath), (c"loadlib", dynamic::loadlib)];
        for (name, function) in functions {
            push_closed(l, function);
            ffi::lua_setfield(l, 1, name.as_ptr());
        }
        let (path, cpath) = default_paths();
        for (name, text) in [(c"path", path), (c"cpath", cpath), (c"config", c"/\n;\n?\n!\n-\n")] {
            ffi::lua_pushstring(l, text.as_ptr());
            ffi::lua_setfield(l, 1, name.as_ptr());
        }
        for (name, key) in [(c"loaded", LOADED), (c"preload", PRELOAD)] {
            ffi::luaL_getsubtable(l, ffi::LUA_REGISTRYINDEX, key.as_ptr());
            ffi::lua_setfield(l, 1, name.as_ptr());
        }
        ffi::lua_getfield(l, 1, c"preload".as_ptr());
        for (name, open) in THERE_WITHOUT_A_FILE {
            push_closed(l, open);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        ffi::lua_pop(l, 1);
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushcclosure(l, require, 1);
        ffi::lua_setglobal(l, c"require".as_ptr());
        ffi::lua_pushvalue(l, 1);
        ffi::lua_setglobal(l, c"package".as_ptr());
        set_loaded(l, c"package");
    }
}

/// Asks for all modules that are there without a file, in a state that is thrown away.
///
/// # Safety
/// The state is live, and the library open.
pub unsafe fn open_all(l: *mut lua_State) {
    // SAFETY: as the caller promises; a light C function needs no memory.
    unsafe {
        for (name, _) in THERE_WITHOUT_A_FILE {
            ffi::lua_getglobal(l, c"require".as_ptr());
            ffi::lua_pushstring(l, name.as_ptr());
            // What does not open is not known to the baseline, and shown where a service has it.
            let _status = ffi::lua_pcall(l, 1, 0, 0);
            ffi::lua_settop(l, 0);
        }
    }
}

/// `LUA_PATH_DEFAULT` and `LUA_CPATH_DEFAULT` (luaconf.h).
fn default_paths() -> (&'static CStr, &'static CStr) {
    if cfg!(feature = "lua54") {
        (
            c"/usr/local/share/lua/5.4/?.lua;/usr/local/share/lua/5.4/?/init.lua;/usr/local/lib/lua/5.4/?.lua;/usr/local/lib/lua/5.4/?/init.lua;./?.lua;./?/init.lua",
            c"/usr/local/lib/lua/5.4/?.so;/usr/local/lib/lua/5.4/loadall.so;./?.so",
        )
    } else {
        (
            c"/usr/local/share/lua/5.5/?.lua;/usr/local/share/lua/5.5/?/init.lua;/usr/local/lib/lua/5.5/?.lua;/usr/local/lib/lua/5.5/?/init.lua;./?.lua;./?/init.lua",
            c"/usr/local/lib/lua/5.5/?.so;/usr/local/lib/lua/5.5/loadall.so;./?.so",
        )
    }
}

/// `package.searchpath(name, path [, separator [, replacement]])`: the first file of the path that can
/// be opened, or nil and a text with all that cannot.
unsafe extern "C-unwind" fn searchpath(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; arguments stay on the stack.
    unsafe {
        let given = |index, default| {
            if ffi::lua_type(l, index) <= ffi::LUA_TNIL { default } else { vm::check_c_string(l, index) }
        };
        // The last one first, as the compiler of the stock one has it.
        let (replacement, separator) = (given(4, FOLDER), given(3, SEPARATOR));
        let (path, name) = (vm::check_c_string(l, 2), vm::check_c_string(l, 1));
        search(l, name, path, separator, replacement)
    }
}

/// Pushes what `searchpath` returns; how many values that is.
unsafe fn search(l: *mut lua_State, name: &[u8], path: &[u8], separator: &[u8], replacement: &[u8]) -> c_int {
    // SAFETY: a native function; the texts are on the stack, and what is made of them moves into the
    // record before it is pushed.
    unsafe {
        let record = vm::vm(l);
        let name = if separator.is_empty() { name.to_vec() } else { replace(name, separator, replacement) };
        // The name goes in before the templates are taken apart: a ";" in a name splits them, too.
        let candidates = replace(path, b"?", &name);
        drop(name);
        let files = &mut (*record).files;
        let mut found = candidates.split(|byte| *byte == b';').filter(|name| !name.is_empty());
        let found = found.find(|name| files.readable(name)).map(<[u8]>::to_vec);
        if let Some(file) = found {
            drop(candidates);
            (*record).scratch = file;
            return vm::push_scratch(l, 0);
        }
        let missing = replace(&candidates, b";", b"'\n\tno file '");
        drop(candidates);
        (*record).scratch = [b"no file '", missing.as_slice(), b"'"].concat();
        drop(missing);
        vm::push_scratch(l, 1)
    }
}

/// Searches `package[field]` for the name on top: leaves the file's name above it, or nil and a text.
unsafe fn find(l: *mut lua_State, field: &CStr) {
    // SAFETY: called by searchers.
    unsafe {
        let name = ffi::lua_gettop(l);
        ffi::lua_getfield(l, ffi::lua_upvalueindex(PACKAGE), field.as_ptr());
        if ffi::lua_isstring(l, -1) == 0 {
            ffi::luaL_error(l, c"'package.%s' must be a string".as_ptr(), field.as_ptr());
        }
        search(l, vm::check_c_string(l, name), vm::check_c_string(l, name + 1), SEPARATOR, FOLDER);
        ffi::lua_remove(l, name + 1);
    }
}

unsafe extern "C-unwind" fn search_preloaded(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let name = ffi::luaL_checkstring(l, 1);
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, PRELOAD.as_ptr());
        if ffi::lua_getfield(l, -1, name) == ffi::LUA_TNIL {
            ffi::lua_pushfstring(l, c"no field package.preload['%s']".as_ptr(), name);
            1
        } else {
            ffi::lua_pushliteral(l, c":preload:");
            2
        }
    }
}

unsafe extern "C-unwind" fn search_lua(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checkstring(l, 1);
        ffi::lua_settop(l, 1);
        find(l, c"path");
        if ffi::lua_type(l, 2) == ffi::LUA_TNIL && !find_sim(l) {
            return 1;
        }
        ffi::lua_settop(l, 2);
        if let Err(text) = load::load_module(l, bytes(l, 2)) {
            load::refuse(l, text);
            return refuse_module(l);
        }
        ffi::lua_pushvalue(l, 2);
        2
    }
}

/// Whether the module at 1 that is in no path is `sim`: its file takes the place of the nil at 2. A checkout's path does not
/// lead to it, and where there is none of the user's own, it is skysim's.
unsafe fn find_sim(l: *mut lua_State) -> bool {
    // SAFETY: called by `search_lua`: above the name lie a nil and a text.
    unsafe {
        if bytes(l, 1) != b"sim" || search(l, b"sim", library::LUA_PATH.as_bytes(), SEPARATOR, FOLDER) != 1 {
            ffi::lua_settop(l, 3);
            return false;
        }
        ffi::lua_replace(l, 2);
        true
    }
}

/// Raises the error of a file, named at 2, that cannot be loaded for the reason on top.
unsafe fn refuse_module(l: *mut lua_State) -> c_int {
    // SAFETY: called by searchers: name, file and reason are texts.
    unsafe {
        let [name, file, reason] = [1, 2, -1].map(|index| ffi::lua_tolstring(l, index, std::ptr::null_mut()));
        ffi::luaL_error(l, c"error loading module '%s' from file '%s':\n\t%s".as_ptr(), name, file, reason)
    }
}

unsafe extern "C-unwind" fn search_native(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checkstring(l, 1);
        ffi::lua_settop(l, 1);
        find(l, c"cpath");
        if ffi::lua_type(l, 2) == ffi::LUA_TNIL {
            return 1;
        }
        ffi::lua_settop(l, 2);
        load_native(l);
        give_native(l)
    }
}

/// As [`search_native`], in the library that the first part of a dotted name names.
unsafe extern "C-unwind" fn search_native_root(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the slice is of the text at 1.
    unsafe {
        let name = vm::check_c_string(l, 1);
        ffi::lua_settop(l, 1);
        let Some(end) = name.iter().position(|byte| *byte == b'.') else {
            return 0;
        };
        vm::push_bytes(l, &name[..end]);
        find(l, c"cpath");
        if ffi::lua_type(l, 3) == ffi::LUA_TNIL {
            return 1;
        }
        ffi::lua_settop(l, 3);
        ffi::lua_remove(l, 2);
        load_native(l);
        if ffi::lua_type(l, 3) == ffi::LUA_TNIL && bytes(l, 5) == b"init" {
            let [name, file] = [1, 2].map(|index| ffi::lua_tolstring(l, index, std::ptr::null_mut()));
            ffi::lua_pushfstring(l, c"no module '%s' in file '%s'".as_ptr(), name, file);
            return 1;
        }
        give_native(l)
    }
}

/// Puts what opens a native module behind its name and its file; or nil, the reason, and the part of
/// the work that failed.
unsafe fn load_native(l: *mut lua_State) {
    // SAFETY: called by searchers, with two texts on the stack.
    unsafe {
        push_closed(l, dynamic::load_module);
        ffi::lua_pushvalue(l, 2);
        ffi::lua_pushvalue(l, 1);
        ffi::lua_call(l, 2, 3);
    }
}

/// What a searcher returns after [`load_native`]: the function and its file, or an error.
unsafe fn give_native(l: *mut lua_State) -> c_int {
    // SAFETY: called by searchers.
    unsafe {
        if ffi::lua_type(l, 3) == ffi::LUA_TNIL {
            ffi::lua_settop(l, 4);
            return refuse_module(l);
        }
        ffi::lua_settop(l, 3);
        ffi::lua_pushvalue(l, 2);
        2
    }
}

/// Leaves the loader that a searcher found, and its extra value, on the stack above the name at 1 and
/// `package.loaded` at 2; or raises all reasons together.
unsafe fn find_loader(l: *mut lua_State) {
    // SAFETY: called by `require`.
    unsafe {
        if ffi::lua_getfield(l, ffi::lua_upvalueindex(PACKAGE), c"searchers".as_ptr()) != ffi::LUA_TTABLE {
            ffi::luaL_error(l, c"'package.searchers' must be a table".as_ptr());
        }
        ffi::lua_pushliteral(l, c"");
        for index in 1.. {
            // At 3 the searchers, at 4 the reasons so far.
            if ffi::lua_rawgeti(l, 3, index) == ffi::LUA_TNIL {
                let [name, reasons] = [1, 4].map(|index| ffi::lua_tolstring(l, index, std::ptr::null_mut()));
                ffi::luaL_error(l, c"module '%s' not found:%s".as_ptr(), name, reasons);
            }
            ffi::lua_pushvalue(l, 1);
            ffi::lua_call(l, 1, 2);
            if ffi::lua_type(l, -2) == ffi::LUA_TFUNCTION {
                return;
            }
            ffi::lua_pop(l, 1);
            if ffi::lua_isstring(l, -1) != 0 {
                ffi::lua_pushliteral(l, c"\n\t");
                ffi::lua_insert(l, -2);
                ffi::lua_concat(l, 3);
            } else {
                ffi::lua_pop(l, 1);
            }
        }
    }
}

/// `require(name)`: a C function, so that a module's body below it cannot yield.
unsafe extern "C-unwind" fn require(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let name = ffi::luaL_checkstring(l, 1);
        ffi::lua_settop(l, 1);
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, LOADED.as_ptr());
        ffi::lua_getfield(l, 2, name);
        if ffi::lua_toboolean(l, -1) != 0 {
            return 1;
        }
        ffi::lua_settop(l, 2);
        find_loader(l);
        // The loader and its extra value, which is kept below them.
        let loader = ffi::lua_gettop(l) - 1;
        ffi::lua_rotate(l, loader, 1);
        ffi::lua_pushvalue(l, 1);
        ffi::lua_pushvalue(l, loader);
        ffi::lua_call(l, 2, 1);
        if ffi::lua_type(l, -1) != ffi::LUA_TNIL {
            ffi::lua_setfield(l, 2, name);
        } else {
            ffi::lua_pop(l, 1);
        }
        if ffi::lua_getfield(l, 2, name) == ffi::LUA_TNIL {
            ffi::lua_pop(l, 1);
            ffi::lua_pushboolean(l, 1);
            ffi::lua_pushvalue(l, -1);
            ffi::lua_setfield(l, 2, name);
        }
        ffi::lua_pushvalue(l, loader);
        2
    }
}

/// `text` with every `old`, which is not empty, replaced.
fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len() + 2 * new.len());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(old) {
            replaced.extend_from_slice(new);
            rest = after;
        } else {
            replaced.push(rest[0]);
            rest = &rest[1..];
        }
    }
    replaced
}
