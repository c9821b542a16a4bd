//! What `--coverage DIR` writes, and the files that the account of it needs.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::error::CliError;
use super::failures::way;
use super::input::absolute;
use crate::base::Seed;
use crate::explore;
use crate::lua::coverage::{Coverage, FunctionReached};
use crate::report::CoverageAccount;
use crate::scenario::Plan;

/// For tools that show coverage.
const LCOV: &str = "lcov.info";

/// Of each line the first run that reached it.
const FIRST: &str = "coverage.json";

/// Adds the files that the plan's `luaservice` and `lua_path` lead to, in the folders that they name, so that those
/// which no run loads are told, too.
pub(super) fn add_files(coverage: &Coverage, plan: &Plan) {
    let patterns = [&plan.node.luaservice, &plan.node.lua_path].into_iter().flatten().flat_map(|list| list.split(';'));
    for pattern in patterns {
        let Some((before, after)) = pattern.split_once('?') else { continue };
        let folder = before.rfind('/').map_or("", |slash| &before[..slash]);
        let Ok(entries) = fs::read_dir(plan.folder.join(folder)) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let fits = path.len() > before.len() + after.len() && path.starts_with(before) && path.ends_with(after);
            let is_check = plan.checks.iter().any(|check| same(&check.path, &path));
            if fits
                && !is_check
                && let Ok(source) = fs::read(entry.path())
            {
                coverage.add_file(&path, &source);
            }
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    simple(Path::new(one)) == simple(Path::new(other))
}

/// With the text of the files below the scenario's folder, as far as they can be read.
pub(super) fn account(reached: &[FunctionReached], folder: &Path) -> CoverageAccount {
    let files = explore::files(reached);
    let read = |name: &String| {
        let bytes = fs::read(folder.join(name)).ok()?;
        Some((name.clone(), String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()))
    };
    let texts = files.keys().filter_map(read).collect();
    CoverageAccount { files, texts }
}

/// Writes all of it into a folder.
pub(super) fn write(account: &CoverageAccount, scenario: &Path, first: Seed, into: &Path) -> Result<(), CliError> {
    fs::create_dir_all(into).map_err(CliError::file("make the folder", into))?;
    // Relative to where skysim was called: that is where sources are looked for.
    let here = absolute(Path::new("."))?;
    let place = |name: &str| simple(&way(&here, scenario).join(name)).to_string_lossy().into_owned();
    let file = into.join(LCOV);
    fs::write(&file, account.lcov(place)).map_err(CliError::file("write", &file))?;
    let file = into.join(FIRST);
    fs::write(&file, format!("{:#}\n", account.document(first.0))).map_err(CliError::file("write", &file))
}

/// Without `.`, and with `..` only where nothing is before it.
fn simple(path: &Path) -> PathBuf {
    let mut simple = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if simple.file_name().is_some() => {
                simple.pop();
            }
            part => simple.push(part),
        }
    }
    simple
}
