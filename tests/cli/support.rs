//! A builder for tests: files in a folder of their own, a clean environment, all output captured.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A service that answers with what it is asked.
pub const ECHO: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, ...) skynet.retpack(...) end)
end)
"#;

/// A scenario with one echo service, and what follows.
pub fn with_echo(more: &str) -> String {
    format!("schema = 1\n[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"echo\"\nfile = \"echo\"\n{more}")
}

/// What a program did.
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// All of it, for a snapshot.
    pub fn transcript(&self) -> String {
        format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.status, self.stdout, self.stderr)
    }
}

/// The version of Lua in a heading is the default one, so that both versions share their snapshots.
pub fn as_lua_55(text: &str) -> String {
    let version = skysim::lua::LUA_VERSION;
    text.replace(&format!(", Lua {version}\n"), ", Lua 5.5\n")
        .replace(&format!("\"lua\": \"{version}\""), "\"lua\": \"5.5\"")
}

/// A folder in which skysim is called.
#[must_use]
pub struct Test {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Test {
    pub fn new() -> Test {
        Test { folder: TempDir::new().unwrap(), variables: Vec::new() }
    }

    pub fn file(self, path: &str, text: &str) -> Test {
        self.write(path, text);
        self
    }

    /// A scenario folder with an echo service.
    pub fn echo(self, folder: &str, more: &str) -> Test {
        self.file(&format!("{folder}/echo.lua"), ECHO).file(&format!("{folder}/scenario.toml"), &with_echo(more))
    }

    pub fn variable(mut self, name: &str, value: &str) -> Test {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// All files, in order, for tests of what is written.
    pub fn tree(&self) -> Vec<String> {
        fn collect(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        let mut found = Vec::new();
        collect(self.folder.path(), self.folder.path(), &mut found);
        found.sort();
        found
    }

    /// The command with an empty environment, in the folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skysim"));
        command.args(args).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        let status = output.status.code().unwrap_or_else(|| panic!("{args:?} was killed: {}", output.status));
        Ran { status, stdout: self.clean(&output.stdout), stderr: self.clean(&output.stderr) }
    }

    /// What depends on the machine is replaced, and what the node says while it starts left out.
    pub fn clean(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        let text = text.replace(env!("CARGO_BIN_EXE_skysim"), "skysim");
        let text = text.replace(&*fs::canonicalize(self.folder.path()).unwrap().to_string_lossy(), "[DIR]");
        let text = text.replace(&*self.folder.path().to_string_lossy(), "[DIR]");
        let text = as_lua_55(&text);
        let kept =
            |line: &&str| !(line.starts_with("[:") && (line.contains("] LAUNCH ") || line.contains("] KILL self")));
        let mut lines: Vec<&str> = text.split('\n').filter(kept).collect();
        if let [.., last] = &mut *lines
            && last.is_empty()
        {
            lines.pop();
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}
