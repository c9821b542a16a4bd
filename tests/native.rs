//! C modules: a scenario gets those that it names, and nobody gets any other.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

/// A module whose functions are registered in all the usual ways, and a library with two modules.
const MODULE: &str = r#"
#include "lua.h"
#include "lauxlib.h"

static int twice(lua_State *l) {
    lua_pushinteger(l, 2 * luaL_checkinteger(l, 1));
    return 1;
}

static int fail(lua_State *l) {
    return luaL_error(l, "it fails");
}

static int object(lua_State *l) {
    lua_newuserdatauv(l, 8, 0);
    luaL_setmetatable(l, "counted.object");
    return 1;
}

static const luaL_Reg functions[] = {{"twice", twice}, {"fail", fail}, {"object", object}, {NULL, NULL}};
static const luaL_Reg methods[] = {{"__len", twice}, {"__call", twice}, {NULL, NULL}};

int luaopen_counted(lua_State *l) {
    luaL_newmetatable(l, "counted.object");
    luaL_setfuncs(l, methods, 0);
    luaL_newlib(l, functions);
    lua_pushvalue(l, 1);
    lua_setfield(l, -2, "name");
    lua_pushvalue(l, 2);
    lua_setfield(l, -2, "file");
    return 1;
}

int luaopen_counted_part(lua_State *l) {
    lua_pushliteral(l, "a part");
    return 1;
}

int luaopen_old(lua_State *l) {
    lua_pushliteral(l, "an old name");
    return 1;
}
"#;

/// The Lua beside each scenario: prints one line for each module that the checks are about.
const MAIN: &str = r#"
local skynet = require "skynet"

local function try(name)
	print(name, select(2, pcall(require, name)))
end

skynet.start(function()
	local ok, counted = pcall(require, "counted")
	print("counted", ok, ok and counted.twice(21) or counted)
	if ok then
		print(counted.name, counted.file, require "counted" == counted)
		print(pcall(counted.fail))
		local keys = {}
		for _, f in ipairs { counted.twice, counted.fail, counted.object, getmetatable(counted.object()).__len } do
			keys[f] = true
		end
		for f in pairs(keys) do
			print(f)
		end
	end
	for _, name in ipairs { "counted.part", "counted.other", "v1-old", "wrong", "missing", "broken", "refused" } do
		try(name)
	end
	print(package.loadlib("./clib/counted.so", "luaopen_counted"))
	print(package.loadlib("./clib/missing.so", "luaopen_missing"))
	print(package.loadlib("./clib/wrong.so", "luaopen_wrong"))
	print(package.loadlib("./clib/refused.so", "luaopen_refused"))
	print(package.loadlib("./clib/counted.so", "*"))
	local file = io.open("clib/copied.so", "wb")
	file:write("x")
	file:close()
	try("copied")
end)
"#;

const NODE: &str = r#"
[node]
start = "main"
luaservice = "./?.lua"
lua_cpath = "./clib/?.so"
"#;

/// A folder with a scenario, its Lua and the compiled module under several names.
fn folder(allow: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path();
    std::fs::create_dir(path.join("clib")).expect("a new directory");
    for (name, text) in [
        ("scenario.toml", format!("schema = 1\n{allow}\n{NODE}")),
        ("main.lua", MAIN.to_owned()),
        ("counted.c", MODULE.to_owned()),
        ("clib/broken.so", "not a library".to_owned()),
    ] {
        std::fs::write(path.join(name), text).expect("written");
    }
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-I", env!("SKYSIM_LUA_INCLUDE"), "-o", "clib/counted.so", "counted.c"])
        .current_dir(path)
        .status()
        .expect("a C compiler, which building skysim needs, too");
    assert!(compiled.success());
    for name in ["wrong.so", "v1-old.so", "refused.so"] {
        std::fs::copy(path.join("clib/counted.so"), path.join("clib").join(name)).expect("copied");
    }
    folder
}

/// What services print in a run, and the exit code.
fn run(path: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_skysim")).arg("run").arg(path).args(arguments).output();
    let output = output.expect("skysim starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (text, output.status.code())
}

fn assert_has(text: &str, expected: &[&str]) {
    for line in expected {
        assert!(text.contains(line), "`{line}` is missing in:\n{text}");
    }
}

fn refusal(name: &str) -> String {
    format!(
        "skysim loads no native libraries unless the scenario names them in allow.native, \
         e.g. allow = {{ native = [\"{name}\"] }}"
    )
}

const ALLOW: &str = r#"allow = { native = ["counted", "counted.part", "counted.other", "v1-old", "wrong", "missing",
	"broken", "copied"] }"#;

#[test]
fn named_modules_are_loaded_by_the_rules_of_stock_lua() {
    let folder = folder(ALLOW);
    let (text, code) = run(folder.path(), &["--check"]);
    assert_has(
        &text,
        &[
            "counted\ttrue\t42\n",
            "counted\t./clib/counted.so\ttrue\n",
            "false\tit fails\n",
            "counted.part\ta part\t./clib/counted.so\n",
            ": module 'counted.other' not found:\n",
            "\tno module 'counted.other' in file './clib/counted.so'\n",
            "v1-old\tan old name\t./clib/v1-old.so\n",
            "wrong\terror loading module 'wrong' from file './clib/wrong.so':\n\
             \t./clib/wrong.so: undefined symbol: luaopen_wrong\n",
            ": module 'missing' not found:\n",
            "\tno file './clib/missing.so'\n",
            "broken\terror loading module 'broken' from file './clib/broken.so':\n\t./clib/broken.so: ",
            "\nfunction: 0x",
            "nil\t./clib/missing.so: cannot open shared object file: No such file or directory\topen\n",
            "nil\t./clib/wrong.so: undefined symbol: luaopen_wrong\tinit\n",
            "copied\terror loading module 'copied' from file './clib/copied.so':\n\t./clib/copied.so: cannot open",
        ],
    );
    assert_has(&text, &[&format!("nil\t{}\tabsent\n", refusal("lpeg"))]);
    let refused = refusal("refused");
    assert_has(
        &text,
        &[&format!("refused\terror loading module 'refused' from file './clib/refused.so':\n\t{refused}\n")],
    );
    assert!(!text.contains(&*folder.path().to_string_lossy()), "a host path is seen:\n{text}");
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(run(folder.path(), &[]).0, run(folder.path(), &[]).0, "no address of the host is seen");
}

#[test]
fn without_the_allowance_nothing_is_loaded() {
    let folder = folder("");
    for path in [folder.path().to_owned(), folder.path().join("main.lua")] {
        // The default of `lua_cpath`, which a lone Lua file has.
        let _ = std::os::unix::fs::symlink("clib", folder.path().join("luaclib"));
        let (text, _) = run(&path, &[]);
        assert_has(&text, &["counted\tfalse\terror loading module 'counted' from file './", &refusal("counted")]);
        assert_has(&text, &[&format!("nil\t{}\tabsent\n", refusal("lpeg"))]);
        assert!(!text.contains("undefined symbol"), "{text}");
    }
}
