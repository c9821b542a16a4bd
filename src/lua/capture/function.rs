//! Functions: where they stand, which variables they have, and whether a library owns them.

use std::ffi::{c_char, c_int};

use mlua::ffi::{self, lua_Debug, lua_State};

use super::walk::{Walker, string_at};
use crate::state::{Item, Kind, Place, Section, Text};

/// The source of a chunk as the debug interface gives it.
pub(super) fn source_of(ar: &lua_Debug) -> &[u8] {
    // SAFETY: lua_getinfo with "S" has filled source and length; the source lives with its function.
    unsafe { std::slice::from_raw_parts(ar.source.cast(), ar.srclen) }
}

/// A source as people write it: `services/room.lua` for a file, the first line for other code.
pub(super) fn display_source(source: &[u8]) -> Vec<u8> {
    match source.split_first() {
        Some((b'@', path)) => path.strip_prefix(b"./").unwrap_or(path).to_vec(),
        Some((b'=', name)) => name.to_vec(),
        _ => {
            let line = source.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let shown = &line[..line.len().min(40)];
            let dots = if shown.len() < source.len() { "..." } else { "" };
            format!("[string \"{}{dots}\"]", String::from_utf8_lossy(shown)).into_bytes()
        }
    }
}

/// An empty record for lua_getinfo.
pub(super) fn blank() -> lua_Debug {
    // SAFETY: numbers, arrays and raw pointers only; all may be zero.
    unsafe { std::mem::zeroed() }
}

impl Walker<'_> {
    /// The source of a function for the text, looked up by its address in Lua.
    pub(super) fn source(&mut self, ar: &lua_Debug) -> Text {
        let address = ar.source as usize;
        if let Some(&text) = self.texts.get(&address) {
            return text;
        }
        let text = self.builder.intern(&display_source(source_of(ar)));
        self.texts.insert(address, text);
        text
    }

    /// What a function that is met for the first time is: an object, or (as an error) a value of a
    /// library.
    pub(super) unsafe fn function_kind(&mut self, l: *mut lua_State, index: c_int) -> Result<Kind, Item> {
        // SAFETY: a function is at the index; lua_getinfo pops the copy.
        unsafe {
            if ffi::lua_iscfunction(l, index) != 0 {
                return Ok(Kind::Builtin);
            }
            let mut ar = blank();
            ffi::lua_pushvalue(l, index);
            ffi::lua_getinfo(l, c">S".as_ptr(), &raw mut ar);
            let source = source_of(&ar);
            if let Some(rest) = self.roots.baseline.library_file(source) {
                let name = format!("{}:{}", String::from_utf8_lossy(rest), ar.linedefined);
                return Err(Item::Library(self.builder.intern(name.as_bytes())));
            }
            Ok(Kind::Function(Place {
                source: self.source(&ar),
                line: ar.linedefined.max(0) as u32,
                last: ar.lastlinedefined.max(0) as u32,
            }))
        }
    }

    pub(super) unsafe fn visit_function(&mut self, l: *mut lua_State, object: u32, function: c_int) {
        let first = self.builder.here();
        let kind = self.builder.kind(object);
        let mut number = 1;
        loop {
            // SAFETY: a Lua function is at `function`; each variable's value is pushed and popped.
            unsafe {
                let name = ffi::lua_getupvalue(l, function, number);
                if name.is_null() {
                    break;
                }
                if let Some(variable) = self.variable(l, function, number, name) {
                    let name = self.builder.variable_name(variable);
                    self.builder.entry(Item::String(name), Item::Variable(variable));
                }
                ffi::lua_settop(l, function);
            }
            number += 1;
        }
        self.builder.close(object, kind, first, Item::Nil);
    }

    /// The variable whose value is on the top; `None` when it is left out.
    unsafe fn variable(
        &mut self,
        l: *mut lua_State,
        function: c_int,
        number: c_int,
        name: *const c_char,
    ) -> Option<u32> {
        // SAFETY: the upvalue exists, and its value is on the top.
        unsafe {
            let id = ffi::lua_upvalueid(l, function, number) as usize;
            if let Some(&variable) = self.variables.get(&id) {
                if let Some(variable) = variable {
                    let name = self.name(name);
                    self.builder.rename(variable, name);
                }
                return variable;
            }
            let value = self.item(l, -1);
            // Libraries, and _ENV where it is the globals, are no state.
            let variable = if matches!(value, Item::Library(_)) {
                None
            } else {
                let name = self.name(name);
                Some(self.builder.variable(name, value))
            };
            self.variables.insert(id, variable);
            variable
        }
    }

    /// A native function is shown with the coroutine that it wraps (`coroutine.wrap`).
    pub(super) unsafe fn visit_builtin(&mut self, l: *mut lua_State, object: u32, function: c_int) {
        let first = self.builder.here();
        // SAFETY: a native function is at `function`; values are pushed and popped.
        unsafe {
            let mut number = 1;
            while !ffi::lua_getupvalue(l, function, number).is_null() {
                if ffi::lua_type(l, -1) == ffi::LUA_TTHREAD {
                    let value = self.item(l, -1);
                    self.builder.entry(Item::Integer(i64::from(number)), value);
                }
                ffi::lua_settop(l, function);
                number += 1;
            }
        }
        self.builder.close(object, Kind::Builtin, first, Item::Nil);
    }

    /// The dispatch function on the top. One of a library (snax) leads to the service's own
    /// functions through the tables of methods that it has.
    pub(super) unsafe fn handler(&mut self, l: *mut lua_State, name: Text) {
        // SAFETY: a function is on the top; what is pushed is popped.
        unsafe {
            let value = self.item(l, -1);
            if !matches!(value, Item::Library(_)) {
                if matches!(value, Item::Object(object) if matches!(self.builder.kind(object), Kind::Function(_))) {
                    self.builder.root(Section::Handlers, name, value);
                }
                return;
            }
            let function = ffi::lua_gettop(l);
            let mut number = 1;
            while !ffi::lua_getupvalue(l, function, number).is_null() {
                let address = ffi::lua_topointer(l, -1) as usize;
                if ffi::lua_type(l, -1) == ffi::LUA_TTABLE && !self.known.contains_key(&address) {
                    self.methods(l, name);
                }
                ffi::lua_settop(l, function);
                number += 1;
            }
        }
    }

    /// The rows `{ id, group, name, function }` of the table on the top.
    unsafe fn methods(&mut self, l: *mut lua_State, protocol: Text) {
        // SAFETY: a table is on the top; raw reads, what is pushed is popped.
        unsafe {
            let table = ffi::lua_gettop(l);
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, table) != 0 {
                if ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
                    let row = ffi::lua_gettop(l);
                    ffi::lua_rawgeti(l, row, 2);
                    ffi::lua_rawgeti(l, row, 3);
                    ffi::lua_rawgeti(l, row, 4);
                    let named = ffi::lua_type(l, -3) == ffi::LUA_TSTRING && ffi::lua_type(l, -2) == ffi::LUA_TSTRING;
                    if named && self.is_own_function(l) {
                        self.scratch.clear();
                        self.scratch.extend_from_slice(self.builder.bytes(protocol));
                        for part in [-3, -2] {
                            self.scratch.push(b'.');
                            self.scratch.extend_from_slice(string_at(l, part));
                        }
                        let name = self.builder.intern(&self.scratch);
                        let value = self.item(l, -1);
                        self.builder.root(Section::Handlers, name, value);
                    }
                }
                ffi::lua_settop(l, table + 1);
            }
        }
    }

    /// True when the value on the top is a Lua function of no library.
    pub(super) unsafe fn is_own_function(&mut self, l: *mut lua_State) -> bool {
        // SAFETY: reads the top; lua_getinfo pops the copy.
        unsafe {
            if ffi::lua_type(l, -1) != ffi::LUA_TFUNCTION || ffi::lua_iscfunction(l, -1) != 0 {
                return false;
            }
            let mut ar = blank();
            ffi::lua_pushvalue(l, -1);
            ffi::lua_getinfo(l, c">S".as_ptr(), &raw mut ar);
            self.roots.baseline.library_file(source_of(&ar)).is_none()
        }
    }
}
