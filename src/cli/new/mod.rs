//! `skysim new`: a starter project that runs as it is, or the listings of a text as one.
//!
//! | file | owns |
//! |---|---|
//! | `listings` | the listings in a Markdown text, and what becomes of each |
//! | `project` | the scenario that starts them, and what is told about them |

use std::fs;
use std::path::Path;

use super::args::NewArgs;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::report::quoted;

mod listings;
mod project;

const FILES: [(&str, &str); 5] = [
    ("scenario.toml", include_str!("../starter/scenario.toml")),
    ("services/counter.lua", include_str!("../starter/services/counter.lua")),
    ("services/main.lua", include_str!("../starter/services/main.lua")),
    ("lib/sim.lua", include_str!("../starter/lib/sim.lua")),
    ("README.md", include_str!("../starter/README.md")),
];

pub(super) fn execute(args: &NewArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let folder = &args.name;
    if folder.symlink_metadata().is_ok() {
        let problem = format!("`{}` is there already", folder.display());
        return Err(CliError::usage(problem, "choose another name; nothing was changed"));
    }
    let shown = quoted(&folder.to_string_lossy());
    let made = match &args.from {
        None => {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            for (path, text) in FILES {
                write(folder, path, &text.replace("{name}", &name))?;
            }
            FILES.iter().map(|(path, _)| format!("  {shown}/{path}\n")).collect()
        }
        Some(file) => {
            let text = fs::read_to_string(file).map_err(CliError::file("read", file))?;
            let listings = listings::in_markdown(&text);
            if listings.is_empty() {
                let problem = format!("`{}` has no listing in Lua", file.display());
                return Err(CliError::usage(problem, "listings are blocks that begin with a line ```lua"));
            }
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            write(folder, "scenario.toml", &project::scenario(&name, &listings))?;
            for listing in &listings {
                write(folder, &listing.path, &listing.text)?;
            }
            project::account(&shown, &listings)
        }
    };
    terminal.say(&format!("made\n{made}next:\n  {} run {shown}\n", terminal.program));
    Ok(Exit::Passed)
}

fn write(folder: &Path, path: &str, text: &str) -> Result<(), CliError> {
    let file = folder.join(path);
    let parent = file.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(CliError::file("make the folder", parent))?;
    fs::write(&file, text).map_err(CliError::file("write", &file))
}
