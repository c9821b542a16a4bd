//! `skysim new`: a starter project that runs as it is.

use std::fs;
use std::path::Path;

use super::args::NewArgs;
use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::report::quoted;

const FILES: [(&str, &str); 5] = [
    ("scenario.toml", include_str!("starter/scenario.toml")),
    ("services/counter.lua", include_str!("starter/services/counter.lua")),
    ("services/main.lua", include_str!("starter/services/main.lua")),
    ("lib/sim.lua", include_str!("starter/lib/sim.lua")),
    ("README.md", include_str!("starter/README.md")),
];

pub(super) fn execute(args: &NewArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let folder = &args.name;
    if folder.symlink_metadata().is_ok() {
        let problem = format!("`{}` is there already", folder.display());
        return Err(CliError::usage(problem, "choose another name; nothing was changed"));
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    for (path, text) in FILES {
        let file = folder.join(path);
        make_folder(file.parent().unwrap_or(folder))?;
        fs::write(&file, text.replace("{name}", &name)).map_err(CliError::file("write", &file))?;
    }
    let shown = quoted(&folder.to_string_lossy());
    let files: String = FILES.iter().map(|(path, _)| format!("  {shown}/{path}\n")).collect();
    terminal.say(&format!("made\n{files}next:\n  {} run {shown}\n", terminal.program));
    Ok(Exit::Passed)
}

fn make_folder(folder: &Path) -> Result<(), CliError> {
    fs::create_dir_all(folder).map_err(CliError::file("make the folder", folder))
}
