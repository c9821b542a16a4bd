//! `skysim expand`: the plan that a scenario and a seed give, with nothing left to chance.

use std::path::Path;
use std::sync::Arc;

use super::args::{ExpandArgs, Shared};
use super::error::CliError;
use super::exit::Exit;
use super::failures::text_for;
use super::input::{Subject, absolute};
use super::play::Player;
use super::stream::Target;
use super::terminal::Terminal;
use crate::lua::node::Detail;
use crate::scenario::Plan;

pub(super) fn execute(args: &ExpandArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let subject = Subject::read(&args.path, None)?;
    if subject.scenario().is_none() {
        let remedy = "name a scenario folder or a .toml file";
        return Err(CliError::usage(format!("`{}` is no scenario", args.path.display()), remedy));
    }
    let flags = Shared { seed: args.seed, ..Shared::default() };
    let mut plan = subject.plan(&flags)?;
    if plan.faults.iter().any(|rule| rule.is_random()) {
        // What a rule decides depends on the messages that come: the run tells.
        let player = Player {
            target: Target::Nothing,
            trace: None,
            detail: Detail::Plain,
            watched: terminal.watched,
            stop: Arc::clone(&terminal.stop),
        };
        let played = player.play(&plan, || ())?;
        if terminal.is_stopped() {
            return Ok(Exit::Interrupted);
        }
        plan = played.report.pin(&plan);
    }
    terminal.print(&text(&args.path, &plan)?);
    Ok(Exit::Passed)
}

/// The plan as a file that can lie beside the scenario's.
fn text(scenario: &Path, plan: &Plan) -> Result<String, CliError> {
    let folder = if scenario.is_dir() { scenario } else { scenario.parent().unwrap_or(Path::new("")) };
    if absolute(folder)? == plan.folder { Ok(plan.to_toml()) } else { text_for(folder, plan) }
}
