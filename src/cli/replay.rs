//! `skysim replay`: a saved failure again. The services may have changed since: then it is said what that changed.

use super::args::{ReplayArgs, RunArgs, Shared};
use super::error::CliError;
use super::exit::Exit;
use super::explore::minimize::play;
use super::failures::Failures;
use super::input::Subject;
use super::play::stand_at;
use super::run;
use super::terminal::Terminal;
use crate::base::EventNumber;
use crate::explore::Fingerprint;
use crate::report;
use crate::world::Staleness;

pub(super) fn execute(args: &ReplayArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let saved = Failures::in_folder(&args.out).find(&args.failure)?;
    let path = saved.plan_file();
    let flags = Shared { trace: args.trace.clone(), format: args.format, check: args.check, ..Shared::default() };
    let plan = || Subject::read(&path, None)?.plan(&flags);
    if let Some(event) = args.until {
        terminal.print(&report::standing(&stand_at(&plan()?, EventNumber(event), &terminal.stop)?));
        return Ok(Exit::Passed);
    }
    let exit = run::execute(&RunArgs { path: path.clone(), shared: flags.clone() }, terminal)?;
    if matches!(exit, Exit::Passed | Exit::Failed | Exit::Vacuous) {
        let report = play(&plan()?, &terminal.stop)?.report;
        let now = report.failures.first().map(Fingerprint::of);
        let saved = saved.name();
        let told = match now {
            Some(now) if now.as_str() == saved => format!("this is the failure that was saved: {saved}\n"),
            Some(now) => format!("it fails, but otherwise than it was saved: {now}, and not {saved}\n"),
            None => format!("{saved} does not fail any more\n"),
        };
        terminal.say(&told);
        if report.stale_pins.iter().any(|stale| stale.why == Staleness::NeverCame) {
            terminal.say("a message that the plan speaks of never came: it does not fit the services any more, and shows nothing about them; explore again\n");
        }
    }
    Ok(exit)
}
