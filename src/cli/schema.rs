//! `skysim schema`: the JSON Schema of scenario files.

use super::exit::Exit;
use super::terminal::Terminal;
use crate::scenario;

pub(super) fn execute(terminal: &Terminal) -> Exit {
    terminal.print(&format!("{:#}\n", scenario::schema()));
    Exit::Passed
}
