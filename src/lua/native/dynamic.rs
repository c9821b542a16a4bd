//! C modules in shared libraries: `package.loadlib` and what `require` does for them. Only those
//! that the scenario names are loaded, from host files that the node sees; texts and rules are those
//! of loadlib.c. Libraries stay loaded until the process ends.

use std::ffi::{CStr, c_int};
use std::path::Path;

use mlua::ffi::{self, lua_CFunction, lua_State};

use super::super::state::{close_over, push_closed};
use super::super::vm::{self, bytes};

/// How deep the tables of a fresh module are searched for its functions.
const DEPTH_MAX: u32 = 3;

/// Why there is no function: the text, and which part failed, as `package.loadlib` returns them.
struct Missing {
    text: Vec<u8>,
    part: &'static CStr,
}

impl Missing {
    /// `name` is what would have to be allowed.
    fn refused(name: &[u8]) -> Missing {
        let name = String::from_utf8_lossy(name);
        let text = format!(
            "skysim loads no native libraries unless the scenario names them in allow.native, \
             e.g. allow = {{ native = [{name:?}] }}"
        );
        Missing { text: text.into_bytes(), part: c"absent" }
    }

    fn open(path: &[u8], reason: &str) -> Missing {
        let text = [path, b": cannot open shared object file: ", reason.as_bytes()].concat();
        Missing { text, part: c"open" }
    }
}

/// `package.loadlib(path, function)`: the function, or nil, why not and which part failed.
pub unsafe extern "C-unwind" fn loadlib(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; arguments are checked while nothing with a destructor is alive.
    unsafe {
        vm::check_c_string(l, 1);
        vm::check_c_string(l, 2);
        let (path, symbol) = (vm::check_c_string(l, 1), vm::check_c_string(l, 2));
        let allowed = &vm::node(l).settings.native;
        let found = if allowed.iter().any(|name| symbols(name.as_bytes()).any(|known| known == symbol)) {
            find(l, path, symbol)
        } else {
            Err(Missing::refused(b"lpeg"))
        };
        answer(l, found)
    }
}

/// `load_module(path, name)`: what opens the module `name`, or as [`loadlib`].
pub unsafe extern "C-unwind" fn load_module(l: *mut lua_State) -> c_int {
    // SAFETY: as for `loadlib`.
    unsafe {
        vm::check_c_string(l, 1);
        vm::check_c_string(l, 2);
        let (path, name) = (vm::check_c_string(l, 1), bytes(l, 2));
        let allowed = &vm::node(l).settings.native;
        if !allowed.iter().any(|allowed| allowed.as_bytes() == name) {
            return answer(l, Err(Missing::refused(name)));
        }
        let mut found = Err(Missing::refused(name));
        for symbol in symbols(name) {
            found = find(l, path, &symbol);
            // Only a library without that function is asked for the other.
            if !matches!(&found, Err(missing) if missing.part == c"init") {
                break;
            }
        }
        answer(l, found)
    }
}

/// The names that a module's opening function may have. A prefix that ends in `-` is a version.
fn symbols(name: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flat: Vec<u8> = name.iter().map(|byte| if *byte == b'.' { b'_' } else { *byte }).collect();
    let mark = flat.iter().position(|byte| *byte == b'-');
    let parts = match mark {
        Some(mark) => [Some(flat[..mark].to_vec()), Some(flat[mark + 1..].to_vec())],
        None => [Some(flat), None],
    };
    parts.into_iter().flatten().map(|part| [b"luaopen_", part.as_slice()].concat())
}

/// Pushes what `loadlib` returns.
unsafe fn answer(l: *mut lua_State, found: Result<lua_CFunction, Missing>) -> c_int {
    // SAFETY: a native function; the text moves into the record before anything is pushed.
    unsafe {
        match found {
            Ok(function) => {
                // Closures, as everywhere: the address of one is the same in every process.
                push_closed(l, function);
                ffi::lua_pushcclosure(l, open_module, 1);
                1
            }
            Err(Missing { text, part }) => {
                (*vm::vm(l)).scratch = text;
                ffi::lua_pushnil(l);
                let (data, length) = ((*vm::vm(l)).scratch.as_ptr(), (*vm::vm(l)).scratch.len());
                ffi::lua_pushlstring(l, data.cast(), length);
                ffi::lua_pushstring(l, part.as_ptr());
                3
            }
        }
    }
}

/// Calls the opening function (upvalue 1), then makes closures of the functions that the module has
/// registered.
unsafe extern "C-unwind" fn open_module(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
        ffi::lua_insert(l, 1);
        ffi::lua_call(l, ffi::lua_gettop(l) - 1, ffi::LUA_MULTRET);
        let results = ffi::lua_gettop(l);
        if results > 0 && ffi::lua_type(l, 1) == ffi::LUA_TTABLE {
            close_over_all(l, 1, DEPTH_MAX);
        }
        close_over_metatables(l);
        ffi::lua_settop(l, results);
        results
    }
}

/// [`close_over`] for the table at `index`, its metatable and the tables in it.
unsafe fn close_over_all(l: *mut lua_State, index: c_int, depth: u32) {
    // SAFETY: a table is at `index`; only existing keys are assigned to during a traversal.
    unsafe {
        ffi::luaL_checkstack(l, 8, std::ptr::null());
        close_over(l, index);
        if depth == 0 {
            return;
        }
        if ffi::lua_getmetatable(l, index) != 0 {
            close_over_all(l, ffi::lua_gettop(l), depth - 1);
            ffi::lua_pop(l, 1);
        }
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, index) != 0 {
            if ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
                close_over_all(l, ffi::lua_gettop(l), depth - 1);
            }
            ffi::lua_pop(l, 1);
        }
    }
}

/// The same for the metatables that modules keep in the registry (`luaL_newmetatable`).
unsafe fn close_over_metatables(l: *mut lua_State) {
    // SAFETY: as for `close_over_all`; a key is read as a string only if it is one.
    unsafe {
        ffi::luaL_checkstack(l, 8, std::ptr::null());
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, ffi::LUA_REGISTRYINDEX) != 0 {
            let is_metatable = ffi::lua_type(l, -1) == ffi::LUA_TTABLE
                && ffi::lua_type(l, -2) == ffi::LUA_TSTRING
                && bytes(l, -2).first() != Some(&b'_');
            if is_metatable {
                close_over_all(l, ffi::lua_gettop(l), 1);
            }
            ffi::lua_pop(l, 1);
        }
    }
}

/// The function `symbol` of the library that the node sees at `path`.
///
/// # Safety
/// Runs in a native function. What the library's initialisers do is its own business: the scenario
/// trusts it.
unsafe fn find(l: *mut lua_State, path: &[u8], symbol: &[u8]) -> Result<lua_CFunction, Missing> {
    // SAFETY: the record is borrowed for this expression only.
    let host = unsafe { (*vm::vm(l)).files.host_path(path) };
    let host = host.map_err(|errno| Missing::open(path, errno.text()))?;
    let host = host.ok_or_else(|| Missing::open(path, "the run made this file, skysim loads only what was there"))?;
    system::find(&host, symbol).map_err(|(text, part)| {
        // Where the node's files are on the host is nothing that a run may see.
        let text = text.replace(&*host.to_string_lossy(), &String::from_utf8_lossy(path));
        Missing { text: text.into_bytes(), part }
    })
}

#[cfg(target_os = "linux")]
mod system {
    use super::*;
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt as _;

    pub(super) fn find(path: &Path, symbol: &[u8]) -> Result<lua_CFunction, (String, &'static CStr)> {
        let no_zero = |part| move |_| ("a zero byte is in the name".to_owned(), part);
        let path = CString::new(path.as_os_str().as_bytes()).map_err(no_zero(c"open"))?;
        let symbol = CString::new(symbol).map_err(no_zero(c"init"))?;
        // SAFETY: both are C strings. The handle is never closed, so the function stays where it is;
        // that it is a `lua_CFunction` is what its name says.
        unsafe {
            let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
            if library.is_null() {
                return Err((last_error(), c"open"));
            }
            let function = libc::dlsym(library, symbol.as_ptr());
            if function.is_null() {
                return Err((last_error(), c"init"));
            }
            Ok(std::mem::transmute::<*mut libc::c_void, lua_CFunction>(function))
        }
    }

    fn last_error() -> String {
        // SAFETY: the text belongs to this thread until its next call of dlopen or dlsym.
        unsafe {
            let text = libc::dlerror();
            if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::*;

    pub(super) fn find(_: &Path, _: &[u8]) -> Result<lua_CFunction, (String, &'static CStr)> {
        Err(("skysim loads native libraries on Linux only".to_owned(), c"absent"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_functions_are_named_as_in_loadlib() {
        let names = |name: &str| -> Vec<String> {
            symbols(name.as_bytes()).map(|symbol| String::from_utf8(symbol).expect("text")).collect()
        };
        assert_eq!(names("lpeg"), ["luaopen_lpeg"]);
        assert_eq!(names("a.b.c"), ["luaopen_a_b_c"]);
        assert_eq!(names("v2-a.b"), ["luaopen_v2", "luaopen_a_b"]);
    }
}
