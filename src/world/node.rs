//! Building a node as `skynet_main.c` does: its environment, its files, the library that runs on it.

use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::base::{Value, VirtualTime};
use crate::kernel::environment::Environment;
use crate::lua::node::{Buggify, Bytecode, Library, NodeSettings as LuaSettings, PairsOrder};
use crate::lua::{LuaNode, config, library};
use crate::scenario::{self, Dialect, FaultKind, Permission, Plan};
use crate::vfs::{Buffering, Vfs};

use super::answer::plain_text;
use super::error::WorldError;
use super::host::TreeKey;
use super::options::WorldOptions;

/// Our own bootstrap service, for checkouts whose own would start `main` when nothing is to be started.
const BOOTSTRAP_MOUNT: &str = "skysim/boot";

const CHECKOUT_LUA_PATH: &str = "./.skynet/lualib/?.lua;./.skynet/lualib/?/init.lua";
const CHECKOUT_LUA_SERVICE: &str = "./.skynet/service/?.lua";
const CHECKOUT_LUA_LOADER: &str = "./.skynet/lualib/loader.lua";

/// The node's own `preload`, where a dialect has one, too.
const OWN_PRELOAD: &str = "own_preload";

/// The name of the working directory, and of those above it that `..` can reach.
const WORKING_DIRECTORY: &str = "node";
const ABOVE: &str = "sim";

/// What a plan's node is made of.
pub(super) struct Built {
    pub(super) environment: Environment,
    pub(super) lua: Rc<LuaNode>,
    pub(super) harbor: u8,
    pub(super) log_file: Option<String>,
}

/// The node of a plan, with its files mounted and nothing running.
pub(super) fn build(plan: &Plan, options: &WorldOptions) -> Result<Built, WorldError> {
    let library = if plan.node.skynet.is_some() { Library::Checkout } else { Library::BuiltIn };
    let environment = environment(plan, library, options)?;
    let mut files = files(plan, &environment, options, library)?;
    let crashes = [FaultKind::Crash, FaultKind::CrashInCall];
    if plan.faults.iter().any(|rule| crashes.iter().any(|kind| rule.doses.contains_key(kind))) {
        files.set_buffering(Buffering::Kept);
    }
    let settings = LuaSettings {
        seed: plan.seed,
        library,
        detail: options.detail,
        bytecode: match plan.allow.bytecode {
            Permission::Allowed => Bytecode::Allowed,
            Permission::Refused => Bytecode::Refused,
        },
        buggify: match plan.buggify {
            Permission::Allowed => Buggify::On,
            Permission::Refused => Buggify::Off,
        },
        pairs: match plan.node.pairs {
            scenario::PairsOrder::Table => PairsOrder::Table,
            scenario::PairsOrder::Shuffled => PairsOrder::Shuffled,
        },
        breakable: plan.faults.iter().filter_map(|rule| rule.matches.call.clone()).collect(),
        native: plan.allow.native.clone(),
        memory_max_bytes: plan.limits.memory.and_then(|bytes| usize::try_from(bytes).ok()),
        instructions_max: plan.limits.instructions,
        metered_event: options.metered_event,
        watch: options.watch.clone(),
        coverage: options.coverage.clone(),
    };
    let harbor = environment.text("harbor").and_then(|text| text.parse().ok()).unwrap_or(0);
    let log_file = environment.text("logger").map(str::to_owned);
    let lua = LuaNode::new(settings, files);
    let mut started: Vec<&str> = plan.services.iter().map(|service| service.file.as_str()).collect();
    started.sort_unstable();
    started.dedup();
    lua.expect(started.into_iter(), environment.text("luaservice").unwrap_or_default());
    Ok(Built { environment, lua, harbor, log_file })
}

/// The settings of the node. What is given first wins: the plan's `env`, its keys or its config
/// file, then the defaults of `skynet_main.c`.
fn environment(plan: &Plan, library: Library, options: &WorldOptions) -> Result<Environment, WorldError> {
    let mut environment = Environment::default();
    for (key, value) in &plan.node.env {
        let text =
            setting(value).ok_or_else(|| WorldError::Config(format!("env.{key} is no text, number or boolean")))?;
        environment.set_default(key, &text);
    }
    let mut given = match &plan.node.config {
        Some(path) => from_config(plan, path, library, options)?,
        None => given(plan),
    };
    if plan.dialect == Dialect::Tutorial {
        speak_tutorial(&mut given);
    }
    let found = |key: &str| given.iter().find(|(name, _)| name == key).map(|(_, text)| text.as_str());
    let (path, service, loader) = match library {
        Library::BuiltIn => (library::LUA_PATH, library::LUA_SERVICE.to_owned(), library::LUA_LOADER),
        Library::Checkout if found("start").is_some() => {
            (CHECKOUT_LUA_PATH, CHECKOUT_LUA_SERVICE.to_owned(), CHECKOUT_LUA_LOADER)
        }
        Library::Checkout => {
            let service = format!("./{BOOTSTRAP_MOUNT}/?.lua;{CHECKOUT_LUA_SERVICE}");
            (CHECKOUT_LUA_PATH, service, CHECKOUT_LUA_LOADER)
        }
    };
    environment.set_default("lua_path", &joined(path, found("lua_path")));
    environment.set_default("luaservice", &joined(&service, found("luaservice")));
    for (key, text) in &given {
        environment.set_default(key, text);
    }
    let defaults = [
        ("thread", "8"),
        ("cpath", "./cservice/?.so"),
        ("harbor", "0"),
        ("bootstrap", "snlua bootstrap"),
        ("logservice", "logger"),
        ("profile", "true"),
        ("lualoader", loader),
    ];
    for (key, text) in defaults {
        environment.set_default(key, text);
    }
    Ok(environment)
}

/// The dialect's own file runs first in every service, and then the node's `preload`, which the dialect's file finds by
/// another name. Its modules and services come behind the node's own of the same names.
fn speak_tutorial(given: &mut Vec<(String, String)>) {
    if let Some((key, _)) = given.iter_mut().find(|(key, _)| key == "preload") {
        *key = OWN_PRELOAD.to_owned();
    }
    given.push(("preload".to_owned(), library::DIALECT_PRELOAD.to_owned()));
    for (key, pattern) in [("lua_path", library::DIALECT_LUA_PATH), ("luaservice", library::DIALECT_LUA_SERVICE)] {
        match given.iter_mut().find(|(name, _)| name == key) {
            Some((_, own)) => *own = joined(own, Some(pattern)),
            None => given.push((key.to_owned(), pattern.to_owned())),
        }
    }
}

/// The node's settings as the plan gives them, without defaults: the keys of a Skynet config file. A plan with a config
/// file of its own has more of them there.
#[must_use]
pub fn settings(plan: &Plan) -> Vec<(String, String)> {
    let env = plan.node.env.iter().filter_map(|(key, value)| Some((key.clone(), setting(value)?)));
    env.chain(given(plan)).collect()
}

/// The folders outside of the plan's own that such settings lead to, as they name them.
#[must_use]
pub fn folders_outside(settings: &[(String, String)]) -> Vec<PathBuf> {
    outside_directories(|key| settings.iter().find(|(name, _)| name == key).map(|(_, text)| text.as_str()))
}

/// The plan's own keys, those that it gives.
fn given(plan: &Plan) -> Vec<(String, String)> {
    let node = &plan.node;
    let texts = [
        ("start", node.start.clone()),
        ("luaservice", node.luaservice.clone()),
        ("lua_path", node.lua_path.clone()),
        ("lua_cpath", node.lua_cpath.clone()),
        ("snax", node.snax.clone()),
        ("preload", node.preload.clone()),
        ("lualoader", node.lualoader.clone()),
        ("bootstrap", node.bootstrap.clone()),
        ("thread", node.thread.map(|number| number.to_string())),
        ("harbor", node.harbor.map(|number| number.to_string())),
        ("logger", node.logger.clone()),
        ("profile", node.profile.map(|on| on.to_string())),
    ];
    texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?))).collect()
}

/// What a real Skynet config file says, and what `skynet_main.c` and the bootstrap service make of
/// what it leaves out. Of the loader only that of the library in use can be meant, or one that a
/// checkout is given along with.
fn from_config(
    plan: &Plan,
    path: &str,
    library: Library,
    options: &WorldOptions,
) -> Result<Vec<(String, String)>, WorldError> {
    let variable = |name: &str| options.variables.get(name).cloned();
    let path = plan.resolve(path);
    let mut settings = config::read(&path, &variable).map_err(|error| WorldError::Config(error.to_string()))?;
    let has_loader = settings.get("lualoader").is_some_and(|loader| plan.folder.join(loader).is_file());
    if library == Library::BuiltIn || !has_loader {
        settings.remove("lualoader");
    }
    settings.entry("start".to_owned()).or_insert_with(|| "main".to_owned());
    // One node is simulated: it is the whole of its network, as with `harbor = 0`. The bootstrap
    // service then refuses `standalone`, which it sets itself.
    settings.insert("harbor".to_owned(), "0".to_owned());
    settings.remove("standalone");
    Ok(settings.into_iter().collect())
}

fn joined(ours: &str, theirs: Option<&str>) -> String {
    theirs.map_or_else(|| ours.to_owned(), |theirs| format!("{ours};{theirs}"))
}

/// A value as `skynet_setenv` keeps it.
fn setting(value: &Value) -> Option<String> {
    plain_text(value)
}

fn files(plan: &Plan, environment: &Environment, options: &WorldOptions, library: Library) -> Result<Vfs, WorldError> {
    let key = TreeKey {
        start_s: plan.node.start_time.seconds,
        folder: plan.folder.clone(),
        outside: outside_directories(|key| environment.text(key)),
        checkout: plan.node.skynet.clone().filter(|_| library == Library::Checkout),
        dialect: plan.dialect,
    };
    options.host.tree(key, |key| tree(key, options))
}

/// The files that a node begins with.
fn tree(key: &TreeKey, options: &WorldOptions) -> Result<Vfs, WorldError> {
    let mut files = Vfs::new(key.start_s);
    let up = key.outside.iter().map(|path| path.components().filter(|part| *part == Component::ParentDir).count());
    let working = working_directory(up.max().unwrap_or(0));
    mount(&mut files, &working, &key.folder, options)?;
    files
        .change_directory(working.as_bytes())
        .map_err(|errno| WorldError::Folder { path: key.folder.clone(), reason: errno.to_string() })?;
    for path in &key.outside {
        let host = key.folder.join(path);
        // A pattern may lead to a directory that is not there: nothing is found in it.
        if host.is_dir() {
            mount(&mut files, &path.to_string_lossy(), &host, options)?;
        }
    }
    let refused = |errno: crate::vfs::Errno| WorldError::Folder {
        path: key.folder.join(library::MOUNT),
        reason: format!("skysim puts its own library there: {errno}"),
    };
    match &key.checkout {
        Some(checkout) => {
            for part in ["lualib", "service"] {
                let host = key.folder.join(checkout).join(part);
                mount(&mut files, &format!("{}/{part}", library::CHECKOUT_MOUNT), &host, options)?;
            }
            let own = |name: &str| {
                let own = library::FILES.iter().find(|(path, _)| *path == name);
                *own.unwrap_or_else(|| panic!("bug in skysim: its library has no {name}"))
            };
            let bootstrap = own("service/bootstrap.lua").1;
            files.embed(BOOTSTRAP_MOUNT.as_bytes(), &[("bootstrap.lua", bootstrap)]).map_err(refused)?;
            files.embed(library::MOUNT.as_bytes(), &[own(library::SIM)]).map_err(refused)?;
        }
        None => files.embed(library::MOUNT.as_bytes(), library::FILES).map_err(refused)?,
    }
    if key.dialect == Dialect::Tutorial {
        files.embed(library::DIALECT_MOUNT.as_bytes(), library::TUTORIAL_FILES).map_err(refused)?;
    }
    Ok(files)
}

fn mount(files: &mut Vfs, at: &str, host: &Path, options: &WorldOptions) -> Result<(), WorldError> {
    let directory = options.host.directory(host)?;
    files
        .mount(at.as_bytes(), &directory)
        .map_err(|errno| WorldError::Folder { path: host.to_owned(), reason: errno.to_string() })
}

/// Deep enough that `..` leads to a directory as often as the node's paths need it, and the same
/// for every scenario that needs it as often.
fn working_directory(up: usize) -> String {
    format!("{}/{WORKING_DIRECTORY}", format!("/{ABOVE}").repeat(up.max(1)))
}

/// The directories outside the scenario's folder that the node's settings point to.
fn outside_directories<'s>(setting: impl Fn(&str) -> Option<&'s str>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for key in ["luaservice", "lua_path", "lua_cpath", "snax", "preload", OWN_PRELOAD, "lualoader"] {
        let Some(patterns) = setting(key) else { continue };
        for pattern in patterns.split(';').filter(|pattern| !pattern.is_empty()) {
            let fixed = pattern.split('?').next().unwrap_or(pattern);
            let Some(slash) = fixed.rfind('/') else { continue };
            let directory = simplified(Path::new(&fixed[..=slash]));
            let outside = directory.is_absolute() || directory.starts_with("..");
            if outside && !found.contains(&directory) {
                found.push(directory);
            }
        }
    }
    found
}

/// Without `.`, and with `..` only at the beginning.
fn simplified(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if result.file_name().is_some() => {
                result.pop();
            }
            part => result.push(part),
        }
    }
    result
}

/// The node's wall clock, in whole seconds since 1970.
pub(super) fn wall_clock_s(plan: &Plan, now: VirtualTime) -> i64 {
    let seconds = i64::try_from(now.as_nanos() / 1_000_000_000).unwrap_or(i64::MAX);
    plan.node.start_time.seconds.saturating_add(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_simplified_as_text() {
        let simple = |path: &str| simplified(Path::new(path)).to_string_lossy().into_owned();
        assert_eq!(simple("./a/../b/./c/"), "b/c");
        assert_eq!(simple("../../x/../y"), "../../y");
        assert_eq!(simple("/a/b/../c"), "/a/c");
    }

    #[test]
    fn only_paths_that_lead_out_are_mounted() {
        let mut environment = Environment::default();
        environment.set_default("luaservice", "./skysim/service/?.lua;services/?.lua;../chat_room/services/?.lua");
        environment.set_default("lua_path", "../chat_room/services/?/init.lua;/opt/lib/?.lua;lib/../../x/?.lua");
        let outside = outside_directories(|key| environment.text(key));
        assert_eq!(outside, ["../chat_room/services", "/opt/lib", "../x"].map(PathBuf::from));
        assert_eq!(working_directory(0), "/sim/node");
        assert_eq!(working_directory(2), "/sim/sim/node");
    }
}
