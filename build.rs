//! Builds the Lua that skysim links: the sources of the `lua-src` crate, with the determinism
//! defines of `src/lua/shim.h` in front of every file.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script what it needs through the environment")]

fn main() {
    println!("cargo:rerun-if-changed=src/lua/shim.h");
    println!("cargo:rerun-if-changed=src/lua/values.h");
    println!("cargo:rerun-if-changed=build.rs");
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let version = match (cfg!(feature = "lua54"), cfg!(feature = "lua55")) {
        (true, false) => lua_src::Lua54,
        (false, true) => lua_src::Lua55,
        _ => panic!("choose one Lua: the default, or `--no-default-features --features lua54`"),
    };
    let flag = if version == lua_src::Lua55 { "-DSKYSIM_LUA55" } else { "-DSKYSIM_LUA54" };
    let flags =
        format!("-ffp-contract=off -fomit-frame-pointer -include {root}/src/lua/shim.h -I{root}/src/lua {flag}");
    // SAFETY: a build script has one thread, and nothing else here reads the environment yet.
    unsafe { std::env::set_var("CFLAGS", flags) };
    // The same Lua in debug and release builds: a run must give the same bytes in both. Level 2, as real
    // Skynet has it: 4 % quicker than level 3.
    let artifacts = lua_src::Build::new().debug(false).opt_level("2").build(version);
    println!("cargo:rustc-link-search=native={}", artifacts.lib_dir().display());
    for library in artifacts.libs() {
        println!("cargo:rustc-link-lib=static:+whole-archive={library}");
    }
    println!("cargo:rustc-env=SKYSIM_LUA_INCLUDE={}", artifacts.include_dir().display());
    export_lua();
}

/// C modules that a scenario allows find the Lua API in the program that loads them.
fn export_lua() {
    let variable = |name| std::env::var(name).expect("cargo sets it");
    if variable("CARGO_CFG_TARGET_OS") == "linux" {
        let list = std::path::Path::new(&variable("OUT_DIR")).join("exported.list");
        std::fs::write(&list, "{ lua_*; luaL_*; luaopen_*; };\n").expect("cargo's own folder can be written");
        println!("cargo:rustc-link-arg=-Wl,--dynamic-list={}", list.display());
    }
}
