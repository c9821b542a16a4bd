//! Compiled files. Real Skynet compiles each file once per process and gives every service a clone
//! (`luaL_loadfilex` of its patched Lua); here the first load of a name wins for the whole node, too.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_int, c_void};
use std::sync::{Arc, Mutex};

use mlua::ffi::{self, lua_State};
use xxhash_rust::xxh3::xxh3_128;

use crate::memory::Arena;
use crate::vfs::Errno;

/// How a VM uses the cache (`skynet.cache.mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheMode {
    /// Uses it and adds to it.
    On,
    /// Uses what is there.
    Exist,
    /// Compiles for itself.
    Off,
}

/// What code was compiled from: the file's name, and the hash of its text.
pub type ChunkKey = (Vec<u8>, u128);

/// Precompiled code, aligned so that Lua 5.5 can execute it in place.
pub struct Chunk {
    /// What it is.
    pub key: ChunkKey,
    words: Box<[u64]>,
    length: usize,
}

impl Chunk {
    fn new(key: ChunkKey, bytes: &[u8]) -> Chunk {
        let mut words = vec![0_u64; bytes.len().div_ceil(8)].into_boxed_slice();
        for (word, part) in words.iter_mut().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..part.len()].copy_from_slice(part);
            *word = u64::from_ne_bytes(whole);
        }
        Chunk { key, words, length: bytes.len() }
    }

    /// Leaves the function on the stack, with the globals as its environment. The chunk must be kept
    /// as long as the state lives. Returns Lua's status.
    ///
    /// # Safety
    /// `l` is in a protected call or has one slot free and may run out of memory.
    pub unsafe fn load(&self, l: *mut lua_State) -> c_int {
        // "B": the code stays where it is instead of being copied into every VM (Lua 5.5 only).
        let mode = if cfg!(feature = "lua54") { c"b" } else { c"B" };
        // SAFETY: words hold at least `length` bytes; the name is unused, the chunk carries its own.
        unsafe { ffi::luaL_loadbufferx(l, self.words.as_ptr().cast(), self.length, c"=?".as_ptr(), mode.as_ptr()) }
    }
}

/// The node's index of compiled files.
#[derive(Default)]
pub struct CodeCache {
    by_name: BTreeMap<Vec<u8>, Arc<Chunk>>,
}

impl CodeCache {
    /// What is cached under a name.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<Arc<Chunk>> {
        self.by_name.get(name).cloned()
    }

    /// Keeps a chunk under a name.
    pub fn keep(&mut self, name: &[u8], chunk: &Arc<Chunk>) {
        self.by_name.insert(name.to_vec(), chunk.clone());
    }

    /// Everything that is kept.
    pub fn chunks(&self) -> impl Iterator<Item = &Arc<Chunk>> {
        self.by_name.values()
    }

    /// Forgets everything; what runs goes on running.
    pub fn clear(&mut self) {
        self.by_name.clear();
    }
}

/// Compilations by content, shared by all runs of the process: a pure function of its key.
static COMPILED: Mutex<Compilations> = Mutex::new(BTreeMap::new());

type Compilations = BTreeMap<ChunkKey, Arc<Chunk>>;

/// Compiles a source file as `luaL_loadfilex` does: a first line that begins with `#` is skipped.
///
/// # Errors
/// The text that Lua gives for a syntax error.
pub fn compile(file_name: &[u8], source: &[u8]) -> Result<Arc<Chunk>, Vec<u8>> {
    let key = (file_name.to_vec(), xxh3_128(source));
    let cached = COMPILED.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get(&key).cloned();
    if let Some(chunk) = cached {
        return Ok(chunk);
    }
    let chunk = Arc::new(Chunk::new(key.clone(), &compile_in_fresh_state(file_name, source)?));
    let mut compiled = COMPILED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    // Another thread may have been faster: equal code is one chunk, so that templates know it.
    Ok(compiled.entry(key).or_insert(chunk).clone())
}

/// The part of a file that is Lua: without a byte order mark and without a first line of `#..`.
/// That line's end stays, so that line numbers are right.
fn lua_part(source: &[u8]) -> &[u8] {
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = source.iter().position(|byte| *byte == b'\n').unwrap_or(source.len());
    &source[end..]
}

/// In a state of its own, so that compiling leaves no trace in the service that asked for it.
fn compile_in_fresh_state(file_name: &[u8], source: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let mut arena = Arena::new(0);
    let mut chunk_name = b"@".to_vec();
    chunk_name.extend_from_slice(file_name);
    chunk_name.push(0);
    let source = lua_part(source);
    let mut code = Vec::new();
    // SAFETY: the state uses the arena, which outlives it; only calls that do not raise are made
    // outside protection; the name ends with a zero byte.
    unsafe {
        let l = super::state::new_state(std::ptr::from_mut(&mut *arena).cast(), 0);
        let status =
            ffi::luaL_loadbufferx(l, source.as_ptr().cast(), source.len(), chunk_name.as_ptr().cast(), c"t".as_ptr());
        let result = if status == ffi::LUA_OK {
            ffi::lua_dump(l, append, std::ptr::from_mut(&mut code).cast(), 0);
            Ok(code)
        } else {
            Err(super::vm::bytes(l, -1).to_vec())
        };
        ffi::lua_close(l);
        result
    }
}

unsafe extern "C-unwind" fn append(_l: *mut lua_State, data: *const c_void, length: usize, code: *mut c_void) -> c_int {
    // SAFETY: `code` is the vector handed to lua_dump; Lua passes readable bytes (or none at the end).
    unsafe {
        if !data.is_null() {
            (*code.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(data.cast(), length));
        }
    }
    0
}

/// The text for a file that cannot be loaded, as `luaL_loadfilex` gives it. A folder can be opened; Lua 5.5 does not say
/// why it cannot be read.
#[must_use]
pub fn cannot_load(file_name: &[u8], errno: Errno) -> Vec<u8> {
    let what: &[u8] = if errno == Errno::IsDirectory { b"cannot read " } else { b"cannot open " };
    if errno == Errno::IsDirectory && cfg!(feature = "lua55") {
        return [what, file_name].concat();
    }
    [what, file_name, b": ", errno.text().as_bytes()].concat()
}

/// A C string from the linked Lua that names its release, for `skysim doctor`.
#[must_use]
pub fn release() -> &'static str {
    let text: &CStr = if cfg!(feature = "lua54") { c"Lua 5.4" } else { c"Lua 5.5" };
    text.to_str().unwrap_or("Lua")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_of_hash_keeps_line_numbers() {
        assert_eq!(lua_part(b"#!/usr/bin/lua\nreturn"), b"\nreturn");
        assert_eq!(lua_part(b"\xef\xbb\xbfreturn"), b"return");
        let error = compile(b"x.lua", b"#!\n\nlocal = 1").err().unwrap_or_default();
        assert!(error.starts_with(b"x.lua:3:"), "{}", String::from_utf8_lossy(&error));
    }

    #[test]
    fn garbage_does_not_compile() {
        assert!(compile(b"x.lua", b"\x1bLua\x55\0").is_err(), "bytecode in a text file");
        assert!(compile(b"x.lua", b"return (((").is_err());
        assert!(compile(b"x.lua", &[0; 100]).is_err());
    }
}
