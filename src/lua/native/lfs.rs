//! LuaFileSystem over the node's files. Times are virtual; there is one user, 0. Without locks and
//! without making links.

use std::ffi::{CStr, c_int};
use std::mem;
use std::ptr;

use mlua::ffi::{self, lua_State};

use super::super::state::push_closed;
use super::convention::{
    Functions, check_option, check_text, error_text, file_result, library, push, push_span, register,
};
use super::files::{Slot, Span, with};
use super::handle::{FILE_HANDLE, test_handle};
use crate::vfs::{Errno, Kind, Links, Metadata};

const DIRECTORY: &CStr = c"directory metatable";

/// The slot of a directory that is closed.
const CLOSED: Slot = -1;

/// The attributes by name, in the order in which the library sets them.
const ATTRIBUTES: [&CStr; 14] = [
    c"mode",
    c"dev",
    c"ino",
    c"nlink",
    c"uid",
    c"gid",
    c"rdev",
    c"access",
    c"modification",
    c"change",
    c"size",
    c"permissions",
    c"blocks",
    c"blksize",
];

/// A file's attributes as plain values, alive across calls of Lua.
#[derive(Clone, Copy)]
struct Attributes {
    kind: Kind,
    inode: i64,
    links: i64,
    accessed: i64,
    modified: i64,
    size: i64,
    read_only: bool,
}

impl From<Metadata> for Attributes {
    fn from(metadata: Metadata) -> Attributes {
        Attributes {
            kind: metadata.kind,
            inode: metadata.id.inode().cast_signed(),
            links: metadata.links.cast_signed(),
            accessed: metadata.accessed,
            modified: metadata.modified,
            size: metadata.size.cast_signed(),
            read_only: metadata.read_only,
        }
    }
}

/// Pushes the library's table, and sets the global `lfs` to it as LuaFileSystem does.
///
/// # Safety
/// Called by Lua as a C function in a state whose files are set.
pub unsafe extern "C-unwind" fn open_lfs(l: *mut lua_State) -> c_int {
    const FUNCTIONS: &Functions = &[
        (c"attributes", attributes),
        (c"chdir", chdir),
        (c"currentdir", currentdir),
        (c"dir", dir),
        (c"mkdir", mkdir),
        (c"rmdir", rmdir),
        (c"setmode", setmode),
        (c"symlinkattributes", symlinkattributes),
        (c"touch", touch),
    ];
    const META: &Functions = &[(c"__gc", directory_close), (c"__close", directory_close)];
    const METHODS: &Functions = &[(c"next", directory_next), (c"close", directory_close)];
    // SAFETY: called by Lua.
    unsafe {
        ffi::luaL_newmetatable(l, DIRECTORY.as_ptr());
        register(l, META);
        library(l, METHODS);
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        library(l, FUNCTIONS);
        ffi::lua_pushvalue(l, -1);
        ffi::lua_setglobal(l, c"lfs".as_ptr());
        push(l, b"LuaFileSystem 1.8.0");
        ffi::lua_setfield(l, -2, c"_VERSION".as_ptr());
        1
    }
}

unsafe extern "C-unwind" fn chdir(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the path is on the stack.
    unsafe {
        let path = check_text(l, 1);
        match with(l, |files| files.on_vfs(|vfs, _| vfs.change_directory(path.to_bytes()))) {
            Ok(()) => {
                ffi::lua_pushboolean(l, 1);
                1
            }
            Err(errno) => {
                ffi::lua_pushnil(l);
                let text = error_text(l, errno);
                let format = c"Unable to change working directory to '%s'\n%s\n";
                ffi::lua_pushfstring(l, format.as_ptr(), path.as_ptr(), text);
                ffi::lua_remove(l, -2);
                2
            }
        }
    }
}

unsafe extern "C-unwind" fn currentdir(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua. The path is the file system's while Lua copies it.
    unsafe {
        let path = with(l, |files| {
            files.on_vfs(|vfs, _| {
                let path = vfs.current_directory();
                Span { start: path.as_ptr(), length: path.len() }
            })
        });
        push_span(l, path);
        1
    }
}

unsafe extern "C-unwind" fn mkdir(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the path is on the stack.
    unsafe {
        let path = check_text(l, 1).to_bytes();
        file_result(l, with(l, |files| files.change(path, |vfs, now| vfs.make_directory(path, now))), None)
    }
}

unsafe extern "C-unwind" fn rmdir(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the path is on the stack.
    unsafe {
        let path = check_text(l, 1).to_bytes();
        file_result(l, with(l, |files| files.change(path, |vfs, now| vfs.remove_directory(path, now))), None)
    }
}

unsafe extern "C-unwind" fn touch(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the path is on the stack.
    unsafe {
        let path = check_text(l, 1).to_bytes();
        let times = if ffi::lua_gettop(l) == 1 {
            None
        } else {
            let accessed = ffi::luaL_optnumber(l, 2, 0.0) as i64;
            Some((accessed, ffi::luaL_optinteger(l, 3, accessed)))
        };
        let result = with(l, |files| {
            files.on_vfs(|vfs, now| {
                let (accessed, modified) = times.unwrap_or((now, now));
                vfs.touch(path, accessed, modified)
            })
        });
        file_result(l, result, None)
    }
}

/// On every system but Windows there is one mode.
unsafe extern "C-unwind" fn setmode(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the names end in null.
    unsafe {
        ffi::luaL_checkudata(l, 1, FILE_HANDLE.as_ptr());
        if test_handle(l, 1).is_none_or(|handle| (*handle).is_closed()) {
            return ffi::luaL_error(l, c"%s: closed file".as_ptr(), c"setmode".as_ptr());
        }
        check_option(l, 2, None, &[c"binary".as_ptr(), c"text".as_ptr(), ptr::null()]);
        ffi::lua_pushboolean(l, 1);
        push(l, b"binary");
        2
    }
}

unsafe extern "C-unwind" fn dir(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the path is on the stack. The directory counts as closed until it is open.
    unsafe {
        let path = check_text(l, 1);
        push_closed(l, directory_next);
        let slot = ffi::lua_newuserdatauv(l, mem::size_of::<Slot>(), 0).cast::<Slot>();
        *slot = CLOSED;
        ffi::luaL_setmetatable(l, DIRECTORY.as_ptr());
        match with(l, |files| files.open_directory(path.to_bytes())) {
            Ok(open) => *slot = open,
            Err(errno) => {
                let text = error_text(l, errno);
                return ffi::luaL_error(l, c"cannot open %s: %s".as_ptr(), path.as_ptr(), text);
            }
        }
        ffi::lua_pushnil(l);
        ffi::lua_pushvalue(l, -2);
        4
    }
}

/// The slot in the directory at argument 1. Lua code can give its metatable to any userdata, so the size counts too.
unsafe fn check_directory(l: *mut lua_State) -> *mut Slot {
    // SAFETY: called by C functions; a directory is as long as a slot.
    unsafe {
        let directory = ffi::luaL_checkudata(l, 1, DIRECTORY.as_ptr());
        if ffi::lua_rawlen(l, 1) as usize != mem::size_of::<Slot>() {
            ffi::luaL_argerror(l, 1, c"directory metatable expected, got userdata".as_ptr());
        }
        directory.cast()
    }
}

unsafe extern "C-unwind" fn directory_next(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the directory is on the stack.
    unsafe {
        let slot = check_directory(l);
        if *slot == CLOSED {
            return ffi::luaL_argerror(l, 1, c"closed directory".as_ptr());
        }
        match with(l, |files| files.next_name(*slot)) {
            Some(name) => {
                push_span(l, name);
                1
            }
            None => {
                *slot = CLOSED;
                0
            }
        }
    }
}

unsafe extern "C-unwind" fn directory_close(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the directory is on the stack.
    unsafe {
        let slot = check_directory(l);
        with(l, |files| files.close_directory(*slot));
        *slot = CLOSED;
        0
    }
}

unsafe extern "C-unwind" fn attributes(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { push_attributes(l, Links::Follow) }
}

unsafe extern "C-unwind" fn symlinkattributes(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the path is on the stack.
    unsafe {
        let path = check_text(l, 1).to_bytes();
        let target = |l| {
            with(l, |files| {
                let metadata = files.on_vfs(|vfs, _| vfs.metadata(path, Links::Keep))?;
                metadata.target.map(|target| files.keep(&target)).ok_or(Errno::Invalid)
            })
        };
        if ffi::lua_isstring(l, 2) != 0 && CStr::from_ptr(ffi::lua_tolstring(l, 2, ptr::null_mut())) == c"target" {
            return match target(l) {
                Ok(target) => {
                    push_span(l, target);
                    1
                }
                Err(errno) => file_result(l, Err(errno), Some(c"could not obtain link target")),
            };
        }
        let results = push_attributes(l, Links::Keep);
        if results == 1
            && ffi::lua_type(l, -1) == ffi::LUA_TTABLE
            && let Ok(target) = target(l)
        {
            push_span(l, target);
            ffi::lua_setfield(l, -2, c"target".as_ptr());
        }
        results
    }
}

/// Pushes the attribute that argument 2 names, or all of them in a table.
unsafe fn push_attributes(l: *mut lua_State, links: Links) -> c_int {
    // SAFETY: called by C functions; the path is on the stack.
    unsafe {
        let path = check_text(l, 1);
        let found = with(l, |files| files.on_vfs(|vfs, _| vfs.metadata(path.to_bytes(), links).map(Attributes::from)));
        let found = match found {
            Ok(found) => found,
            Err(errno) => {
                ffi::lua_pushnil(l);
                let text = error_text(l, errno);
                let format = c"cannot obtain information from file '%s': %s";
                ffi::lua_pushfstring(l, format.as_ptr(), path.as_ptr(), text);
                ffi::lua_remove(l, -2);
                ffi::lua_pushinteger(l, errno.code().into());
                return 3;
            }
        };
        if ffi::lua_isstring(l, 2) != 0 {
            let wanted = CStr::from_ptr(ffi::lua_tolstring(l, 2, ptr::null_mut()));
            let Some(index) = ATTRIBUTES.iter().position(|name| *name == wanted) else {
                return ffi::luaL_error(l, c"invalid attribute name '%s'".as_ptr(), wanted.as_ptr());
            };
            push_attribute(l, &found, index);
            return 1;
        }
        ffi::lua_settop(l, 2);
        if ffi::lua_type(l, 2) != ffi::LUA_TTABLE {
            ffi::lua_createtable(l, 0, ATTRIBUTES.len() as c_int);
        }
        for (index, name) in ATTRIBUTES.iter().enumerate() {
            ffi::lua_pushstring(l, name.as_ptr());
            push_attribute(l, &found, index);
            ffi::lua_rawset(l, -3);
        }
        1
    }
}

unsafe fn push_attribute(l: *mut lua_State, found: &Attributes, index: usize) {
    let number = match ATTRIBUTES[index].to_bytes() {
        b"mode" => {
            let mode: &[u8] = match found.kind {
                Kind::File => b"file",
                Kind::Directory => b"directory",
                Kind::Link => b"link",
                Kind::Other => b"other",
            };
            // SAFETY: called by C functions.
            return unsafe { push(l, mode) };
        }
        b"permissions" => {
            let permissions: &[u8] = match found.kind {
                Kind::Directory => b"rwxr-xr-x",
                Kind::Link => b"rwxrwxrwx",
                _ if found.read_only => b"r--r--r--",
                _ => b"rw-r--r--",
            };
            // SAFETY: called by C functions.
            return unsafe { push(l, permissions) };
        }
        b"dev" => 1,
        b"ino" => found.inode,
        b"nlink" => found.links,
        b"access" => found.accessed,
        b"modification" | b"change" => found.modified,
        b"size" => found.size,
        // In units of 512 bytes, of which a block has 8.
        b"blocks" => (found.size + 4095) / 4096 * 8,
        b"blksize" => 4096,
        _ => 0,
    };
    // SAFETY: called by C functions.
    unsafe { ffi::lua_pushinteger(l, number) };
}
