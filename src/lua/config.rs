//! Real Skynet config files: Lua that assigns globals, with `include "file"` and `$NAME` for
//! variables of the environment (`skynet_main.c`). Read once, before a run; the caller says what the
//! files and the variables are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mlua::ffi;
use mlua::{HookTriggers, Lua, Table, Value};

use crate::memory::Arena;

use super::state;

/// Why a config file cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ConfigError {
    /// A file that cannot be read.
    #[error("cannot read the config file `{path}`: {source}")]
    #[diagnostic(help("`include` is relative to the file that says it"))]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A `$NAME` without a value.
    #[error("{path}: the environment has no variable `{name}`")]
    #[diagnostic(help("set it before you run skysim: {name}=... skysim run ..."))]
    Variable {
        /// In which file.
        path: String,
        /// The variable.
        name: String,
    },
    /// An error while the Lua ran.
    #[error("{text}")]
    #[diagnostic(help(
        "a config file is Lua that assigns strings, numbers and booleans; it can call nothing but include"
    ))]
    Lua {
        /// Lua's text, with file and line.
        text: String,
    },
    /// A value that is neither string, number nor boolean.
    #[error("{path}: `{key}` is a {kind}; Skynet takes strings, numbers and booleans")]
    #[diagnostic(help("remove it, or write it as a string"))]
    Value {
        /// In which file.
        path: String,
        /// The setting.
        key: String,
        /// What it is.
        kind: String,
    },
}

/// Reads a config file: every global that it assigns, as the text that services get.
///
/// # Errors
/// See [`ConfigError`]; files and lines are named.
pub fn read(path: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut arena = Arena::new(0);
    // SAFETY: a state of our own on an arena that outlives it; mlua only borrows it, and everything
    // of mlua is dropped before it is closed.
    unsafe {
        let l = state::new_state(std::ptr::from_mut(&mut *arena).cast(), 0);
        let result = {
            let lua = Lua::get_or_init_from_ptr(l);
            evaluate(lua, path, variable)
        };
        ffi::lua_close(l);
        result
    }
}

fn evaluate(
    lua: &Lua,
    path: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let failed = |error: mlua::Error| ConfigError::Lua { text: first_line(&error.to_string()) };
    let globals = lua.create_table().map_err(failed)?;
    // The hook comes once, and ends whatever still runs.
    let triggers = HookTriggers::new().every_nth_instruction(INSTRUCTIONS_MAX);
    lua.set_hook(triggers, |_, _| Err(mlua::Error::runtime("the config file does not end"))).map_err(failed)?;
    include(lua, &globals, path, variable, 0)?;
    let mut settings = BTreeMap::new();
    for pair in globals.pairs::<Value, Value>() {
        let (key, value) = pair.map_err(failed)?;
        let key = key.to_string().map_err(failed)?;
        let text = match &value {
            Value::Boolean(flag) => flag.to_string(),
            Value::Integer(_) | Value::Number(_) | Value::String(_) => {
                // As lua_tostring does: a float is not written as an integer.
                let text = lua.coerce_string(value.clone()).map_err(failed)?;
                text.map(|text| text.to_string_lossy()).unwrap_or_default()
            }
            other => {
                let kind = other.type_name().to_owned();
                return Err(ConfigError::Value { path: path.display().to_string(), key, kind });
            }
        };
        settings.insert(key, text);
    }
    Ok(settings)
}

/// A config file that takes more instructions does not end.
const INSTRUCTIONS_MAX: u32 = 100_000_000;

/// How deep files may include each other.
const INCLUDE_DEPTH_MAX: u32 = 32;

fn include(
    lua: &Lua,
    globals: &Table,
    path: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
    depth: u32,
) -> Result<(), ConfigError> {
    let shown = path.display().to_string();
    let failed = |error: mlua::Error| ConfigError::Lua { text: first_line(&error.to_string()) };
    if depth > INCLUDE_DEPTH_MAX {
        return Err(ConfigError::Lua { text: format!("{shown}: files include each other without end") });
    }
    let source = std::fs::read(path).map_err(|source| ConfigError::Read { path: shown.clone(), source })?;
    let source = substitute(&source, &shown, variable)?;
    let nested: std::cell::RefCell<Option<ConfigError>> = std::cell::RefCell::new(None);
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    lua.scope(|scope| {
        let function = scope.create_function(|lua, name: String| {
            include(lua, globals, &folder.join(name), variable, depth + 1).map_err(|error| {
                let text = error.to_string();
                nested.replace(Some(error));
                mlua::Error::runtime(text)
            })
        })?;
        let reachable = lua.create_table()?;
        reachable.raw_set("include", function)?;
        let metatable = lua.create_table()?;
        metatable.raw_set("__index", reachable)?;
        // The file that includes this one goes on with its own.
        let outer = globals.metatable();
        globals.set_metatable(Some(metatable))?;
        let chunk = lua.load(source.as_slice()).set_name(format!("@{shown}")).set_environment(globals.clone());
        let result = chunk.set_mode(mlua::chunk::ChunkMode::Text).exec();
        globals.set_metatable(outer)?;
        result
    })
    .map_err(|error| nested.take().unwrap_or_else(|| failed(error)))
}

/// Replaces every `$NAME`, wherever it stands, as real Skynet does.
fn substitute(source: &[u8], path: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Vec<u8>, ConfigError> {
    let mut result = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        result.extend_from_slice(&rest[..at]);
        let after = &rest[at + 1..];
        let length = after.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let name = String::from_utf8_lossy(&after[..length]).into_owned();
        if length == 0 {
            result.push(b'$');
        } else {
            let value = variable(&name).ok_or(ConfigError::Variable { path: path.to_owned(), name })?;
            result.extend_from_slice(value.as_bytes());
        }
        rest = &after[length..];
    }
    result.extend_from_slice(rest);
    Ok(result)
}

/// mlua's message without its traceback and without its class.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("runtime error: ").trim_start_matches("syntax error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, text).expect("written");
        path
    }

    fn variables(name: &str) -> Option<String> {
        (name == "DAEMON_HOME").then(|| "/srv/game".to_owned())
    }

    #[test]
    fn settings_become_text() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "etc/paths.lua", "root = './'\nlua_path = root .. 'lualib/?.lua'");
        let path = write(
            folder.path(),
            "config",
            "include 'etc/paths.lua'\nthread = 8\nharbor = 0\nprofile = false\nhome = '$DAEMON_HOME/x'\nprice = '5 $'\nweight = 1.5\nlimit = 1e3",
        );
        let settings = read(&path, &variables).expect("a good file");
        let shown: Vec<String> = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            shown.join(" "),
            "harbor=0 home=/srv/game/x limit=1000.0 lua_path=./lualib/?.lua price=5 $ profile=false root=./ thread=8 weight=1.5"
        );
    }

    #[test]
    fn files_are_included_again_and_again() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "inner", "n = (n or 0) + 1");
        write(folder.path(), "outer", "include 'inner'\ninclude 'inner'");
        let path = write(folder.path(), "config", "include 'outer'\ninclude 'inner'\ninclude 'outer'");
        let settings = read(&path, &variables).expect("a good file");
        assert_eq!(settings["n"], "5");
    }

    #[test]
    fn mistakes_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = |text: &str| {
            let path = write(folder.path(), "config", text);
            read(&path, &variables)
                .expect_err("a bad file")
                .to_string()
                .replace(&folder.path().display().to_string(), "DIR")
        };
        assert_eq!(error("x = '$NOT_THERE'"), "DIR/config: the environment has no variable `NOT_THERE`");
        assert_eq!(error("x = {}"), "DIR/config: `x` is a table; Skynet takes strings, numbers and booleans");
        assert!(error("x = = 1").contains("config:1: unexpected symbol near '='"), "{}", error("x = = 1"));
        assert!(error("x = os.getenv 'HOME'").contains("attempt to index a nil value (global 'os')"));
        assert!(error("include 'nothing'").starts_with("cannot read the config file `DIR/nothing`"));
        assert!(error("while true do end").contains("the config file does not end"));
        assert!(error("include 'config'").contains("include each other without end"));
    }
}
