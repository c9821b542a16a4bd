//! A lone Lua file as a scenario: it is the main service, its folder is where services are found.

use std::path::Path;

use crate::scenario::{Plan, Scenario};

use super::error::WorldError;

/// The plan that runs a Lua file as `start` of a node, until nothing is left to happen.
///
/// # Errors
/// When the path has no name that a service can have.
pub fn single(path: &Path) -> Result<Plan, WorldError> {
    let name = path.file_stem().and_then(|stem| stem.to_str());
    let name = name.filter(|name| !name.contains(|c: char| c.is_whitespace() || "?;".contains(c)));
    let Some(name) = name else {
        return Err(WorldError::Config(format!(
            "`{}` is no name for a service: call the file something without spaces, `?` and `;`, in UTF-8",
            path.display()
        )));
    };
    let scenario = Scenario::from_toml(&path.to_string_lossy(), "schema = 1\n")
        .expect("bug in skysim: the empty scenario is refused");
    let mut plan = scenario.expand(scenario.seed());
    plan.folder = path.parent().unwrap_or(Path::new("")).to_owned();
    plan.title = String::new();
    plan.node.start = Some(name.to_owned());
    plan.node.luaservice = Some("./?.lua".to_owned());
    plan.node.lua_path = Some("./?.lua;./?/init.lua".to_owned());
    Ok(plan)
}
