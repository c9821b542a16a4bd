//! What belongs to libraries: recognised by the files their functions come from and by the names
//! that a fresh state has. The rest of modules and globals is the service's own.

use std::collections::BTreeSet;
use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use super::function::{blank, source_of};
use super::walk::{Walker, string_at};
use crate::state::{Item, Section};

/// What a service finds when it begins.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    prefixes: Vec<Vec<u8>>,
    /// How the files behind a prefix begin that are the service's all the same.
    shown: Vec<Vec<u8>>,
    /// Globals (`print`), modules (`string`) and their fields (`string.format`).
    names: BTreeSet<Vec<u8>>,
}

impl Baseline {
    /// Functions of chunks whose names begin with one of `prefixes` (`@./skysim/`) are a library's.
    #[must_use]
    pub fn new(prefixes: &[&str]) -> Baseline {
        Baseline {
            prefixes: prefixes.iter().map(|prefix| prefix.as_bytes().to_vec()).collect(),
            shown: Vec::new(),
            names: BTreeSet::new(),
        }
    }

    /// Functions of files whose paths behind the prefix begin so are the service's own.
    #[must_use]
    pub fn showing(mut self, files: &[&str]) -> Baseline {
        self.shown = files.iter().map(|file| file.as_bytes().to_vec()).collect();
        self
    }

    /// Adds all names of a state in which only libraries have run.
    ///
    /// # Safety
    /// `l` is a valid state, the indices are of `package.loaded` and of the globals.
    pub unsafe fn record(&mut self, l: *mut lua_State, loaded: c_int, globals: c_int) {
        // SAFETY: absolute indices of tables; raw reads that cannot raise; all is popped again.
        unsafe {
            let (loaded, globals) = (ffi::lua_absindex(l, loaded), ffi::lua_absindex(l, globals));
            let mut names = Vec::new();
            each_name(l, globals, &mut names);
            self.names.append(&mut names.into_iter().collect());
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, loaded) != 0 {
                if ffi::lua_type(l, -2) == ffi::LUA_TSTRING {
                    let module = string_at(l, -2).to_vec();
                    if ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
                        let mut fields = Vec::new();
                        each_name(l, ffi::lua_gettop(l), &mut fields);
                        self.names.extend(fields.into_iter().map(|field| join(&module, &field)));
                    }
                    self.names.insert(module);
                }
                ffi::lua_settop(l, -2);
            }
        }
    }

    /// The part of a chunk's name behind the library's prefix, if it has one.
    pub(super) fn library_file<'s>(&self, source: &'s [u8]) -> Option<&'s [u8]> {
        let file = self.prefixes.iter().find_map(|prefix| source.strip_prefix(prefix.as_slice()))?;
        (!self.shown.iter().any(|shown| file.starts_with(shown))).then_some(file)
    }
}

fn join(module: &[u8], field: &[u8]) -> Vec<u8> {
    [module, b".", field].concat()
}

/// The string keys of a table.
unsafe fn each_name(l: *mut lua_State, table: c_int, names: &mut Vec<Vec<u8>>) {
    // SAFETY: a table is at the index; lua_next with its own keys cannot raise.
    unsafe {
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, table) != 0 {
            if ffi::lua_type(l, -2) == ffi::LUA_TSTRING {
                names.push(string_at(l, -2).to_vec());
            }
            ffi::lua_settop(l, -2);
        }
    }
}

/// What the functions in a table say about who wrote it.
#[derive(Clone, Copy, Default)]
struct Authors {
    /// The service's own functions.
    own: bool,
    /// A library's Lua functions.
    library: bool,
    /// Native functions.
    native: bool,
}

impl Walker<'_> {
    /// Gives names to the functions and tables of libraries, so that the walk stops at them.
    pub(super) unsafe fn name_libraries(&mut self, l: *mut lua_State, loaded: c_int, globals: c_int) {
        // SAFETY: raw reads of tables whose type is checked; what is pushed is popped.
        unsafe {
            for (index, name) in [(globals, &b"_G"[..]), (loaded, b"package.loaded")] {
                if ffi::lua_type(l, index) == ffi::LUA_TTABLE {
                    self.name_library(l, index, name);
                }
            }
            if ffi::lua_type(l, loaded) != ffi::LUA_TTABLE {
                return;
            }
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, loaded) != 0 {
                let module = ffi::lua_gettop(l);
                if ffi::lua_type(l, module - 1) == ffi::LUA_TSTRING && self.is_library(l, module - 1, module) {
                    let name = string_at(l, module - 1);
                    match ffi::lua_type(l, module) {
                        ffi::LUA_TTABLE => self.name_fields(l, module, name),
                        ffi::LUA_TFUNCTION => self.name_library(l, module, name),
                        _ => {}
                    }
                }
                ffi::lua_settop(l, module - 1);
            }
        }
    }

    /// Of several names for one value, the shortest is used.
    unsafe fn name_library(&mut self, l: *mut lua_State, index: c_int, name: &[u8]) {
        // SAFETY: reads an address.
        let address = unsafe { ffi::lua_topointer(l, index) } as usize;
        let name = name.strip_prefix(b"_G.").unwrap_or(name);
        if let Some(Item::Library(old)) = self.known.get(&address) {
            let old = self.builder.bytes(*old);
            if (old.len(), old) <= (name.len(), name) {
                return;
            }
        }
        let text = self.builder.text(name);
        self.known.insert(address, Item::Library(text));
    }

    /// True for a module that a fresh state has, or that consists of a library's functions.
    unsafe fn is_library(&mut self, l: *mut lua_State, name: c_int, module: c_int) -> bool {
        // SAFETY: the name is a string, the module any value.
        unsafe {
            if self.roots.baseline.names.contains(string_at(l, name)) {
                return true;
            }
            match ffi::lua_type(l, module) {
                ffi::LUA_TTABLE => {
                    let authors = self.authors(l, module);
                    !authors.own && authors.library
                }
                ffi::LUA_TFUNCTION => ffi::lua_iscfunction(l, module) == 0 && !self.is_own_function(l),
                _ => false,
            }
        }
    }

    unsafe fn authors(&mut self, l: *mut lua_State, table: c_int) -> Authors {
        let mut authors = Authors::default();
        // SAFETY: a table is at the index; raw reads; what is pushed is popped.
        unsafe {
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, table) != 0 {
                if ffi::lua_type(l, -1) == ffi::LUA_TFUNCTION {
                    if ffi::lua_iscfunction(l, -1) != 0 {
                        authors.native = true;
                    } else if self.is_own_function(l) {
                        authors.own = true;
                    } else {
                        authors.library = true;
                    }
                }
                ffi::lua_settop(l, -2);
            }
        }
        authors
    }

    /// Names a library's table and its fields. What a service has put into it is a global of the
    /// service: `table.deepcopy`.
    unsafe fn name_fields(&mut self, l: *mut lua_State, module: c_int, name: &[u8]) {
        // SAFETY: a table is at the index; raw reads; what is pushed is popped. The name lies on the
        // stack below.
        unsafe {
            self.name_library(l, module, name);
            let recorded = self.roots.baseline.names.contains(name);
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, module) != 0 {
                if ffi::lua_type(l, -2) == ffi::LUA_TSTRING {
                    self.name_field(l, name, recorded);
                }
                ffi::lua_settop(l, -2);
            }
        }
    }

    /// The field whose key and value are on the top.
    unsafe fn name_field(&mut self, l: *mut lua_State, module: &[u8], recorded: bool) {
        // SAFETY: as for `name_fields`.
        unsafe {
            let mut name = std::mem::take(&mut self.scratch);
            name.clear();
            name.extend_from_slice(module);
            name.push(b'.');
            name.extend_from_slice(string_at(l, -2));
            let index = ffi::lua_gettop(l);
            let kind = ffi::lua_type(l, -1);
            if (kind == ffi::LUA_TFUNCTION && (!self.is_own_function(l) && self.is_libraries(l)))
                || (kind == ffi::LUA_TTABLE
                    && module != b"package.loaded"
                    && module != b"_G"
                    && (!recorded || self.roots.baseline.names.contains(&name)))
            {
                self.name_library(l, index, &name);
            }
            self.scratch = name;
        }
    }

    /// A native function, or one from a library's file.
    unsafe fn is_libraries(&mut self, l: *mut lua_State) -> bool {
        // SAFETY: a function is on the top; lua_getinfo pops the copy.
        unsafe {
            if ffi::lua_iscfunction(l, -1) != 0 {
                return true;
            }
            let mut ar = blank();
            ffi::lua_pushvalue(l, -1);
            ffi::lua_getinfo(l, c">S".as_ptr(), &raw mut ar);
            self.roots.baseline.library_file(source_of(&ar)).is_some()
        }
    }

    /// The modules that the service has loaded, and what it has put into those of libraries.
    pub(super) unsafe fn modules(&mut self, l: *mut lua_State, loaded: c_int) {
        // SAFETY: raw reads of tables whose type is checked; what is pushed is popped.
        unsafe {
            if ffi::lua_type(l, loaded) != ffi::LUA_TTABLE {
                return;
            }
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, loaded) != 0 {
                let module = ffi::lua_gettop(l);
                if ffi::lua_type(l, module - 1) == ffi::LUA_TSTRING {
                    let name = string_at(l, module - 1);
                    let address = ffi::lua_topointer(l, module) as usize;
                    let known = self.known.get(&address).copied();
                    if matches!(known, Some(Item::Library(_))) {
                        if self.roots.baseline.names.contains(name) && ffi::lua_type(l, module) == ffi::LUA_TTABLE {
                            self.additions(l, module, name);
                        }
                    } else if matches!(ffi::lua_type(l, module), ffi::LUA_TTABLE | ffi::LUA_TFUNCTION) {
                        let value = self.item(l, module);
                        let name = self.builder.intern(name);
                        self.builder.root(Section::Modules, name, value);
                    }
                }
                ffi::lua_settop(l, module - 1);
            }
        }
    }

    /// Fields of a library's table that are the service's own.
    unsafe fn additions(&mut self, l: *mut lua_State, module: c_int, name: &[u8]) {
        if name == b"_G" || name == b"skynet.core" {
            return;
        }
        // SAFETY: as for `modules`.
        unsafe {
            let address = ffi::lua_topointer(l, module) as usize;
            let is_first =
                matches!(self.known.get(&address), Some(Item::Library(text)) if self.builder.bytes(*text) == name);
            ffi::lua_pushnil(l);
            while is_first && ffi::lua_next(l, module) != 0 {
                if ffi::lua_type(l, -2) == ffi::LUA_TSTRING {
                    self.scratch.clear();
                    self.scratch.extend_from_slice(name);
                    self.scratch.push(b'.');
                    self.scratch.extend_from_slice(string_at(l, -2));
                    if self.is_own_function(l) || !self.roots.baseline.names.contains(&self.scratch) {
                        let label = self.builder.intern(&self.scratch);
                        self.global(l, label);
                    }
                }
                ffi::lua_settop(l, -2);
            }
        }
    }

    /// Writes down the value on the top as a global, unless it is a library's.
    unsafe fn global(&mut self, l: *mut lua_State, name: crate::state::Text) {
        // SAFETY: a value is on the top.
        let value = unsafe { self.item(l, -1) };
        if !matches!(value, Item::Library(_)) {
            self.builder.root(Section::Globals, name, value);
        }
    }

    /// The globals that the service has set.
    pub(super) unsafe fn set_globals(&mut self, l: *mut lua_State, globals: c_int) {
        // SAFETY: raw reads of a table whose type is checked; what is pushed is popped.
        unsafe {
            if ffi::lua_type(l, globals) != ffi::LUA_TTABLE {
                return;
            }
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, globals) != 0 {
                if ffi::lua_type(l, -2) == ffi::LUA_TSTRING {
                    let name = string_at(l, -2);
                    if self.is_own_function(l) || !self.roots.baseline.names.contains(name) {
                        let name = self.builder.intern(name);
                        self.global(l, name);
                    }
                }
                ffi::lua_settop(l, -2);
            }
        }
    }

    /// The metatable on the top. One made of a library's functions is shown by name only.
    pub(super) unsafe fn metatable(&mut self, l: *mut lua_State, of_userdata: bool) -> Item {
        // SAFETY: a table is on the top.
        unsafe {
            let table = ffi::lua_gettop(l);
            let address = ffi::lua_topointer(l, table) as usize;
            if let Some(&item) = self.known.get(&address) {
                return if of_userdata && matches!(item, Item::Library(_)) { Item::Nil } else { item };
            }
            let authors = self.authors(l, table);
            if !authors.own && (authors.library || (of_userdata && authors.native)) {
                let name = self.builder.intern(b"metatable");
                self.known.insert(address, Item::Library(name));
                return if of_userdata { Item::Nil } else { Item::Library(name) };
            }
            self.item(l, table)
        }
    }
}
