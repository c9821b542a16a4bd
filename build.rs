//! Builds the Lua that skysim links: the sources of the `lua-src` crate, with the determinism
//! defines of `src/lua/c/shim.h` in front of every file, a few lines changed in six of them, and `src/lua/c/*.c`
//! beside them.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script what it needs through the environment")]

use std::path::{Path, PathBuf};

use lua_src::Artifacts;

/// A file of Lua, and what is replaced in it; each text is there once.
struct Patch {
    file: &'static str,
    lines: &'static [(&'static str, &'static str)],
}

/// All that is changed in Lua's own files.
const PATCHES: [Patch; 6] = [
    // In `internshrstr`, where a string was not found and before one is made: see shared.c.
    Patch {
        file: "lstring",
        lines: &[
            (
                "  /* else must create a new string */\n",
                "  { TString *shared = skysim_find_shared(g, str, l, h); if (shared != NULL) return shared; }\n",
            ),
            (
                "#include \"lstring.h\"\n",
                "#include \"lstring.h\"\n\
                 TString *skysim_find_shared (const global_State *, const char *, size_t, unsigned);\n",
            ),
        ],
    },
    // The interpreter asks here before an instruction; the bits that make it ask are no hook's: see cover.c and watch.c.
    Patch {
        file: "ldebug",
        lines: &[
            ("#include \"lvm.h\"\n", "#include \"lvm.h\"\n#include \"cover.h\"\n#include \"watch.h\"\n"),
            (
                "    ci->u.l.trap = 0;  /* don't need to stop again */\n    return 0;  /* turn off 'trap' */\n",
                "    int asks = (mask & SKYSIM_COVERS) != 0 && skysim_cover(L, ci, p, pc);\n\
                 \x20   if (mask & SKYSIM_WATCHED) asks |= skysim_watched(L, ci, pc);\n\
                 \x20   ci->u.l.trap = asks;\n    return asks;\n",
            ),
            (
                "  pc++;  /* reference is always next instruction */\n  ci->u.l.savedpc = pc;",
                "  if (mask & SKYSIM_COVERS) skysim_cover(L, ci, p, pc);\n\
                 \x20 if (mask & SKYSIM_WATCHED) skysim_watched(L, ci, pc);\n  pc++;\n  ci->u.l.savedpc = pc;",
            ),
            (
                "L->hookmask = cast_byte(mask);",
                "L->hookmask = cast_byte(mask | (L->hookmask & (SKYSIM_COVERS | SKYSIM_WATCHED)));",
            ),
            ("return L->hookmask;", "return L->hookmask & ~(SKYSIM_COVERS | SKYSIM_WATCHED);"),
        ],
    },
    // In `precallC`: calls of C functions count, too. The rest is for yields that return: see yield.h.
    Patch {
        file: "ldo",
        lines: &[
            ("#include \"lzio.h\"\n", "#include \"lzio.h\"\n#include \"watch.h\"\n#include \"yield.h\"\n"),
            ("  struct lua_longjmp *previous;\n", "  struct lua_longjmp *previous;\n  l_uint32 ccalls;\n"),
            (
                "  lj.previous = L->errorJmp;  /* chain",
                "  lj.ccalls = oldnCcalls;\n  lj.previous = L->errorJmp;  /* chain",
            ),
            (
                "  api_checknelems(L, n);\n  luaD_poscall(L, ci, n);\n  return n;\n",
                "  if (n == SKYSIM_YIELDED) return n;\n  luaD_poscall(L, ci, n);\n  return n;\n",
            ),
            (
                "  luaD_poscall(L, ci, n);  /* finish 'luaD_call' */\n}",
                "  if (l_unlikely(n == SKYSIM_YIELDED)) luaD_throw(L, LUA_YIELD);\n  luaD_poscall(L, ci, n);\n}",
            ),
            (
                "      luaD_poscall(L, ci, n);  /* finish 'luaD_call' */\n    }",
                "      if (l_unlikely(n == SKYSIM_YIELDED)) return;\n      luaD_poscall(L, ci, n);\n    }",
            ),
            (
                "      luaV_execute(L, ci);  /* execute down to higher C 'boundary' */\n",
                "      luaV_execute(L, ci);\n      if (L->status == LUA_YIELD) return;\n",
            ),
            (
                "      luaV_execute(L, ci);  /* just continue running Lua code */\n",
                "      luaV_execute(L, ci);\n      if (L->status == LUA_YIELD) return;\n",
            ),
            (
                "  status = precover(L, status);\n",
                "  status = precover(L, status);\n  if (status == LUA_OK) status = L->status;\n",
            ),
            (
                "/*\n** Auxiliary structure to call 'luaF_close'",
                "#define SKYSIM_DEFINE_YIELD\n#include \"yield.h\"\n\n/*\n** Auxiliary structure to call 'luaF_close'",
            ),
            (
                "  if (l_unlikely(L->hookmask & LUA_MASKCALL)) {\n    int narg",
                "  if (l_unlikely(L->hookmask & (LUA_MASKCALL | SKYSIM_WATCHED)) && skysim_called(L)) {\n    int narg",
            ),
        ],
    },
    Patch {
        file: "lvm",
        lines: &[
            // Lua's hooks of lines and counts are never off in one function and on in its caller; questions are.
            (
                "          luaD_poscall(L, ci, n);  /* finish caller */\n          updatetrap(ci);",
                "          luaD_poscall(L, ci, n);\n          trap = L->hookmask;",
            ),
            (
                "        luaD_poscall(L, ci, n);\n        updatetrap(ci);",
                "        luaD_poscall(L, ci, n);\n        trap = L->hookmask;",
            ),
            ("#include \"lvm.h\"\n", "#include \"lvm.h\"\n#include \"yield.h\"\n"),
            (
                "          updatetrap(ci);  /* C call; nothing else to be done */\n",
                "        {\n          if (l_unlikely(L->status == LUA_YIELD)) return;\n          updatetrap(ci);\n        }\n",
            ),
            (
                "        else {  /* C function? */\n",
                "        else {  /* C function? */\n\
                 \x20         if (l_unlikely(n == SKYSIM_YIELDED)) luaD_throw(L, LUA_YIELD);\n",
            ),
        ],
    },
    Patch {
        file: "lcorolib",
        lines: &[
            ("#include \"lualib.h\"\n", "#include \"lualib.h\"\n#include \"yield.h\"\n"),
            ("  return lua_yield(L, lua_gettop(L));\n", "  return skysim_yieldk(L, lua_gettop(L), 0, NULL);\n"),
        ],
    },
    Patch {
        file: "lfunc",
        lines: &[
            ("#include \"lstate.h\"\n", "#include \"lstate.h\"\n#include \"cover.h\"\n"),
            (
                "void luaF_freeproto (lua_State *L, Proto *f) {\n",
                "void luaF_freeproto (lua_State *L, Proto *f) {\n  skysim_cover_forget(G(L), f);\n",
            ),
        ],
    },
];

fn main() {
    println!("cargo:rerun-if-changed=src/lua/c");
    println!("cargo:rerun-if-changed=build.rs");
    let root = variable("CARGO_MANIFEST_DIR");
    let version = match (cfg!(feature = "lua54"), cfg!(feature = "lua55")) {
        (true, false) => lua_src::Lua54,
        (false, true) => lua_src::Lua55,
        _ => panic!("choose one Lua: the default, or `--no-default-features --features lua54`"),
    };
    let flag = if version == lua_src::Lua55 { "-DSKYSIM_LUA55" } else { "-DSKYSIM_LUA54" };
    // -MMD: the compiler notes where it found a file, which is how we learn where Lua's are.
    let flags = format!(
        "-ffp-contract=off -fomit-frame-pointer -falign-loops=32 -falign-jumps=16 -include {root}/src/lua/c/shim.h -I{root}/src/lua/c {flag} -MMD"
    );
    // SAFETY: a build script has one thread, and nothing else here reads the environment yet.
    unsafe { std::env::set_var("CFLAGS", flags) };
    // The same Lua in debug and release builds: a run must give the same bytes in both. Level 2, as real
    // Skynet has it: 4 % quicker than level 3.
    let artifacts = lua_src::Build::new().debug(false).opt_level("2").build(version);
    build_shared(&artifacts);
    println!("cargo:rustc-env=SKYSIM_LUA_INCLUDE={}", artifacts.include_dir().display());
    export_lua();
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// Links the Lua that was built, with the patched files instead of its own, and with ours.
fn build_shared(artifacts: &Artifacts) {
    let mut objects = files(artifacts.lib_dir(), "o");
    let mut build = cc::Build::new();
    build.cargo_metadata(false).warnings(false).debug(false).opt_level(2);
    for Patch { file, lines } in &PATCHES {
        let object = object_of(&objects, file);
        let source = source_of(&object.with_extension("d"), &format!("{file}.c"));
        let mut text = std::fs::read_to_string(&source).expect("the compiler has just read it");
        for (old, new) in *lines {
            text = replace_once(&text, old, new, file);
        }
        let patched = Path::new(&variable("OUT_DIR")).join(format!("{file}.c"));
        std::fs::write(&patched, text).expect("cargo's own folder can be written");
        build.include(source.parent().expect("a file is in a folder")).file(&patched);
        objects.retain(|other| *other != object);
    }
    build.file("src/lua/c/shared.c").file("src/lua/c/cover.c").file("src/lua/c/watch.c").file("src/lua/c/lines.c");
    for object in objects {
        build.object(object);
    }
    build.compile("skysim_lua");
    println!("cargo:rustc-link-search=native={}", variable("OUT_DIR"));
    println!("cargo:rustc-link-lib=static:+whole-archive=skysim_lua");
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("Lua was built here");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    found.retain(|path| path.extension().is_some_and(|found| found == extension));
    found.sort();
    found
}

fn object_of(objects: &[PathBuf], name: &str) -> PathBuf {
    let ends = format!("-{name}");
    let is_it = |path: &&PathBuf| path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(&ends));
    objects.iter().find(is_it).unwrap_or_else(|| panic!("no object of {name}.c among {objects:?}")).clone()
}

/// The path of a source file, from the compiler's list of what it read for an object.
fn source_of(list: &Path, name: &str) -> PathBuf {
    let text = std::fs::read_to_string(list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
    // A space in a path has a backslash in front.
    let text = text.replace("\\\n", "\n").replace("\\ ", "\0");
    let found = text.split_whitespace().find(|word| word.ends_with(name));
    PathBuf::from(found.unwrap_or_else(|| panic!("{name} is not in {}", list.display())).replace('\0', " "))
}

fn replace_once(text: &str, old: &str, new: &str, file: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{file}.c of this lua-src has not one `{}`", old.trim());
    text.replace(old, new)
}

/// C modules that a scenario allows find the Lua API in the program that loads them.
fn export_lua() {
    if variable("CARGO_CFG_TARGET_OS") == "linux" {
        let list = Path::new(&variable("OUT_DIR")).join("exported.list");
        std::fs::write(&list, "{ lua_*; luaL_*; luaopen_*; };\n").expect("cargo's own folder can be written");
        println!("cargo:rustc-link-arg=-Wl,--dynamic-list={}", list.display());
    }
}
