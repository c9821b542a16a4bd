//! The real node: its config, and the folders that stand where the plan's paths lead.

use std::path::{Component, Path, PathBuf};

use super::driver::DRIVER;
use super::literal::text;
use crate::scenario::Plan;
use crate::world;

/// What stands in for `require "sim"`: on real Skynet it does nothing.
pub const SIM: &str = "\
local sim = {}
function sim.always(cond) return cond end
function sim.sometimes(cond) return cond end
function sim.reachable() end
function sim.unreachable() end
function sim.buggify() return false end
function sim.event() end
return sim
";

/// The folder in [`Home::own`] with the stores of skysim's library: real Skynet has none of these services, and its client
/// of Redis wants a socket.
pub const STORES: &str = "stores";

/// The module that stands in for `lsqlite3` on a node that has none: what it says to SQLite, `program` does.
#[must_use]
pub fn lsqlite3(program: &Path, folder: &Path) -> String {
    let [program, folder] = [program, folder].map(|path| text(path.to_string_lossy().as_bytes()));
    format!("local program, folder = {program}, {folder}\n{}", include_str!("lsqlite3.lua"))
}

/// Where things are on the host.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// The built Skynet.
    pub skynet: &'a Path,
    /// The folder with the driver, `sim.lua` and the preloaded file.
    pub own: &'a Path,
    /// The preloaded file.
    pub preload: &'a Path,
    /// The log file.
    pub log: &'a Path,
}

/// What is copied, so that the node writes into copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The node's working directory, relative to the folder for all copies.
    pub working: PathBuf,
    /// The host's folder, and where its copy stands relative to the folder for all copies.
    pub copies: Vec<(PathBuf, PathBuf)>,
}

/// The folders that a plan's node sees. Absolute ones are seen where they are.
#[must_use]
pub fn layout(plan: &Plan) -> Layout {
    let outside = world::folders_outside(&world::settings(plan));
    let outside: Vec<PathBuf> = outside.into_iter().filter(|path| path.is_relative()).collect();
    let up = |path: &PathBuf| path.components().filter(|part| *part == Component::ParentDir).count();
    let depth = outside.iter().map(up).max().unwrap_or(0);
    let above: Vec<String> = (1..=depth).map(|level| format!("above{level}")).collect();
    let working = above.iter().collect::<PathBuf>().join("node");
    let mut copies = vec![(plan.folder.clone(), working.clone())];
    for path in outside {
        // The node's own folder is the first that is left upwards.
        let kept = &above[..depth + 1 - up(&path)];
        let below: PathBuf = path.components().filter(|part| *part != Component::ParentDir).collect();
        // The node may stand in what such a path names: then it is there already, or must not be.
        if !below.as_os_str().is_empty() {
            copies.push((plan.folder.join(&path), kept.iter().collect::<PathBuf>().join(below)));
        }
    }
    Layout { working, copies }
}

/// The config file of the real node.
#[must_use]
pub fn config(plan: &Plan, home: &Home<'_>) -> String {
    let settings = world::settings(plan);
    let given = |key: &str| settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let (skynet, own) = (home.skynet.to_string_lossy(), home.own.to_string_lossy());
    let with = |first: String, key: &str, last: &str| {
        let parts = [Some(&*first), given(key), Some(last)];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(";")
    };
    let stores = format!("{own}/{STORES}");
    let services = format!("{skynet}/service/?.lua;{stores}/service/?.lua");
    let library = format!("{stores}/lualib/?.lua;{skynet}/lualib/?.lua;{skynet}/lualib/?/init.lua");
    let ours = [
        ("thread", "1".to_owned()),
        ("harbor", "0".to_owned()),
        ("start", DRIVER.to_owned()),
        ("bootstrap", "snlua bootstrap".to_owned()),
        ("luaservice", with(services, "luaservice", &format!("{own}/?.lua"))),
        ("lua_path", with(library, "lua_path", &format!("{own}/?.lua"))),
        ("lua_cpath", with(format!("{skynet}/luaclib/?.so"), "lua_cpath", "")),
        ("cpath", format!("{skynet}/cservice/?.so")),
        ("lualoader", format!("{skynet}/lualib/loader.lua")),
        ("preload", home.preload.to_string_lossy().into_owned()),
        ("logger", home.log.to_string_lossy().into_owned()),
    ];
    let theirs = settings.iter().filter(|(key, _)| !ours.iter().any(|(own, _)| own == key));
    let theirs = theirs.map(|(key, value)| (key.as_str(), value.as_str()));
    let lines = ours.iter().map(|(key, value)| (*key, value.as_str())).chain(theirs);
    lines.map(|(key, value)| format!("{key} = {}\n", text(value.as_bytes()))).collect()
}

/// A file that runs in every service before its own, here and there: from then on `math.random` gives the same
/// numbers, drawn from the plan's seed, and the service's name and arguments.
#[must_use]
pub fn preload(plan: &Plan) -> String {
    let seed = plan.seed.to_string();
    let mut source = format!(
        "local seed = 0\nfor char in string.gmatch({} .. table.concat({{ ... }}, \" \"), \".\") do\n\
         \tseed = seed * 31 + string.byte(char)\nend\nmath.randomseed(seed)\n",
        text(seed.as_bytes())
    );
    if let Some(own) = &plan.node.preload {
        source.push_str(&format!("assert(loadfile({}))(...)\n", text(own.as_bytes())));
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn plan(node: &str) -> Plan {
        let scenario = Scenario::from_toml("test.toml", &format!("schema = 1\n[node]\n{node}")).unwrap();
        let mut plan = scenario.expand(scenario.seed());
        plan.folder = PathBuf::from("/scenarios/s");
        plan
    }

    #[test]
    fn copies_stand_where_the_paths_lead() {
        let layout = layout(&plan("luaservice = \"../../lib/x/?.lua;../t/?.lua;services/?.lua;/opt/?.lua\""));
        assert_eq!(layout.working, Path::new("above1/above2/node"));
        let copies = [
            ("/scenarios/s", "above1/above2/node"),
            ("/scenarios/s/../../lib/x", "above1/lib/x"),
            ("/scenarios/s/../t", "above1/above2/t"),
        ];
        assert_eq!(layout.copies, copies.map(|(from, to)| (PathBuf::from(from), PathBuf::from(to))));
    }

    #[test]
    fn the_plans_keys_are_kept_unless_they_are_ours() {
        let path = Path::new("/x");
        let home = Home { skynet: Path::new("/skynet"), own: path, preload: path, log: path };
        let text = config(&plan("thread = 4\nluaservice = \"s/?.lua\"\n[node.env]\nlimit = 3\n"), &home);
        assert!(text.contains("thread = \"1\"\n") && text.contains("limit = \"3\"\n"), "{text}");
        assert!(
            text.contains("luaservice = \"/skynet/service/?.lua;/x/stores/service/?.lua;s/?.lua;/x/?.lua\"\n"),
            "{text}"
        );
    }
}
