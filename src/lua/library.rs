//! Our own Lua library, embedded: readable files under `library/`, mounted in every node at
//! `./skysim/`. Their names show in tracebacks as `./skysim/lualib/...`.

/// Where the library is mounted, relative to the node's working directory.
pub const MOUNT: &str = "skysim";

/// Where a checkout's library is seen by the node, so that chunk names hold no path of the host.
///
/// Not `skynet`: a node whose folder is itself a checkout has the binary there.
pub const CHECKOUT_MOUNT: &str = ".skynet";

/// How chunk names of our own library begin.
pub const CHUNK_PREFIX: &str = "@./skysim/";

/// How chunk names of a real checkout begin: see [`CHECKOUT_MOUNT`].
pub const CHECKOUT_PREFIX: &str = "@./.skynet/";

/// Whether a place in code, as `./skysim/lualib/skynet.lua:12`, is in a library, ours or a checkout's.
#[must_use]
pub fn has_place(place: &str) -> bool {
    below(place.as_bytes()).is_some()
}

/// Where in a library a file is, as `loadfile` names it.
fn below(file: &[u8]) -> Option<&[u8]> {
    [CHUNK_PREFIX, CHECKOUT_PREFIX]
        .iter()
        .find_map(|prefix| file.strip_prefix(prefix.trim_start_matches('@').as_bytes()))
}

/// `lua_path` patterns of the library.
pub const LUA_PATH: &str = "./skysim/lualib/?.lua";

/// `luaservice` pattern of the library.
pub const LUA_SERVICE: &str = "./skysim/service/?.lua";

/// The library's loader.
pub const LUA_LOADER: &str = "./skysim/lualib/loader.lua";

/// What is behind `require "sim"`. A checkout has none: it is given this one.
pub const SIM: &str = "lualib/sim.lua";

/// Where the files of a dialect are mounted, with our own library and with a checkout's.
pub const DIALECT_MOUNT: &str = "skysim/dialect";

/// The file of the dialect that runs in every service before its own.
pub const DIALECT_PRELOAD: &str = "./skysim/dialect/names.lua";

/// `lua_path` pattern of the dialect's modules, behind the node's own.
pub const DIALECT_LUA_PATH: &str = "./skysim/dialect/lualib/?.lua";

/// `luaservice` pattern of the dialect's services, behind the node's own.
pub const DIALECT_LUA_SERVICE: &str = "./skysim/dialect/service/?.lua";

/// Services of the library that stand for something of the user's, such as his database: what they keep is state, as
/// that of his own services is.
pub const STORES: &[&str] = &["service/redis_server.lua", "service/sqlite_server.lua"];

/// Whether a file, as `loadfile` names it, is the library's own, and not a service that stands for one of the user's.
#[must_use]
pub fn is_part(file: &[u8]) -> bool {
    below(file).is_some_and(|below| !STORES.iter().any(|store| store.as_bytes() == below))
}

/// What these stores are made of: on real Skynet they run, too.
pub fn stores() -> impl Iterator<Item = &'static (&'static str, &'static [u8])> {
    let client = "lualib/skynet/db/redis.lua";
    FILES.iter().filter(move |(path, _)| *path == client || path.starts_with("lualib/stores/") || STORES.contains(path))
}

macro_rules! embedded {
    ($(#[$about:meta])* $name:ident in $folder:literal: $($path:literal),* $(,)?) => {
        $(#[$about])*
        pub const $name: &[(&str, &[u8])] = &[$(($path, include_bytes!(concat!("library/", $folder, $path)))),*];
    };
}

embedded![
    /// The dialect `tutorial`: paths below [`DIALECT_MOUNT`], and texts.
    TUTORIAL_FILES in "dialect/":
    "lualib/cache.lua",
    "lualib/db_pool.lua",
    "names.lua",
    "service/fragments.lua",
    "service/listings.lua",
];

embedded![
    /// Every file of the library: its path below [`MOUNT`], and its text.
    FILES in "":
    "lualib/loader.lua",
    "lualib/skynet.lua",
    "lualib/sim.lua",
    "lualib/skynet/coroutine.lua",
    "lualib/skynet/datacenter.lua",
    "lualib/skynet/db/redis.lua",
    "lualib/skynet/debug.lua",
    "lualib/skynet/debugcmd.lua",
    "lualib/skynet/harbor.lua",
    "lualib/skynet/inject.lua",
    "lualib/skynet/manager.lua",
    "lualib/skynet/mqueue.lua",
    "lualib/skynet/queue.lua",
    "lualib/skynet/request.lua",
    "lualib/skynet/require.lua",
    "lualib/skynet/service.lua",
    "lualib/skynet/snax.lua",
    "lualib/snax/hotfix.lua",
    "lualib/snax/interface.lua",
    "lualib/stores/hashes.lua",
    "lualib/stores/keys.lua",
    "lualib/stores/keyspace.lua",
    "lualib/stores/lists.lua",
    "lualib/stores/numbers.lua",
    "lualib/stores/redis.lua",
    "lualib/stores/sets.lua",
    "lualib/stores/sorted.lua",
    "lualib/stores/strings.lua",
    "service/bootstrap.lua",
    "service/cdummy.lua",
    "service/datacenterd.lua",
    "service/launcher.lua",
    "service/redis_server.lua",
    "service/service_cell.lua",
    "service/service_mgr.lua",
    "service/service_provider.lua",
    "service/snaxd.lua",
    "service/sqlite_server.lua",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_library_is_embedded() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lua/library");
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("the library is there") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(&root).expect("below").to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        let mut embedded: Vec<_> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        embedded.extend(TUTORIAL_FILES.iter().map(|(path, _)| format!("dialect/{path}")));
        embedded.sort();
        assert_eq!(found, embedded);
    }
}
