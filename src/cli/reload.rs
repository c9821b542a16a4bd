//! `skysim reload`: reloading the same code changes nothing.

use super::args::ReloadArgs;
use super::error::CliError;
use super::exit::Exit;
use super::shown;
use super::terminal::Terminal;
use crate::base::Value;
use crate::reloading::{self, Leniency, Shown};
use crate::report::{Colour, quoted};
use crate::scenario::{Direction, Identity, Origin, Plan, Reload, ReloadOutcome, ReloadWay};
use crate::world::{Got, HostFiles};

/// What reloads came to, over all runs.
#[derive(Default)]
struct Tally {
    done: u64,
    refused: u64,
}

impl Tally {
    /// Adds the reloads of a run: the events from `own` on.
    fn add(&mut self, shown: &Shown, own: usize) {
        for exchange in shown.run.exchanges.iter().filter(|exchange| exchange.event >= own) {
            match &exchange.got {
                Got::Values(values) if values.first() == Some(&Value::Boolean(false)) => self.refused += 1,
                // The end of the run cut it off.
                Got::Nothing => {}
                _ => self.done += 1,
            }
        }
    }
}

pub(super) fn execute(args: &ReloadArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let plan = shown::plan_of(&args.path, &args.compared)?;
    let mut worst = Exit::Passed;
    for reload in chosen(args, &plan)? {
        match compare(args, &plan, &reload, terminal)? {
            Exit::Passed => {}
            Exit::Vacuous => worst = Exit::Vacuous,
            exit => return Ok(exit),
        }
    }
    Ok(worst)
}

/// Plays the plan without a reload, and then with it, until something differs.
fn compare(args: &ReloadArgs, plan: &Plan, reload: &Reload, terminal: &Terminal) -> Result<Exit, CliError> {
    let plan = reloading::bare(plan, Some(reload));
    let service = &*reload.service;
    let (host, own) = (HostFiles::default(), plan.events.len());
    let first = shown::show(&reloading::count_messages(&plan, service), &[], &host, &terminal.stop)?;
    if terminal.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    if shown::failed_by_itself(&args.path, &first, terminal) {
        return Ok(Exit::Failed);
    }
    // Whoever has not started yet has no code that could be replaced.
    let early = first.run.unmet_at_start.get(&own).copied().unwrap_or_default();
    let messages = first.run.unmet.get(&own).copied().unwrap_or_default();
    let moments = match &*args.before {
        [] => reloading::draw(plan.seed, early, messages, args.tries, args.times),
        given => vec![given.to_vec()],
    };
    let leniency = Leniency::new(&[&*args.compared.ignore, &*reload.may_differ].concat());
    let mut tally = Tally::default();
    for moments in &moments {
        let second = shown::show(&reloading::reloading(&plan, reload, moments), &[], &host, &terminal.stop)?;
        if terminal.is_stopped() {
            return Ok(Exit::Interrupted);
        }
        tally.add(&second, own);
        let differences = reloading::differences(&first, &second, own, &leniency);
        if !differences.is_empty() {
            terminal.print(&format!(
                "reloading {service} changes something\n{}{}repeat it:\n  {}\n",
                reloads(&second, own, moments),
                shown::tell(&differences, "without", "with"),
                command(args, &plan, reload, moments, terminal)
            ));
            return Ok(Exit::Failed);
        }
    }
    let Tally { done, refused } = tally;
    let counted = format!("{done} reloads of {service} before some of its {messages} messages, {refused} refused");
    if done == 0 {
        let word = terminal.err.paint(Colour::Bad, "VACUOUS");
        terminal.say(&format!("{word}  {counted}: nothing is shown\n"));
        return Ok(Exit::Vacuous);
    }
    terminal.say(&format!("{counted}: no answer, log line or state differs, and nothing failed\n"));
    Ok(Exit::Passed)
}

/// The reloads to try: that of the command line, the one that it names, or all of the scenario that keep the code.
fn chosen(args: &ReloadArgs, plan: &Plan) -> Result<Vec<Reload>, CliError> {
    if let Some(service) = &args.service {
        known(plan, service)?;
        return Ok(vec![given(args, service)]);
    }
    let names: Vec<&str> = plan.reloads.iter().map(|reload| &*reload.name).collect();
    let Some(name) = &args.reload else {
        let same: Vec<Reload> = plan.reloads.iter().filter(|reload| reload.is_of_same_code()).cloned().collect();
        let none = "the scenario has no [[reload]] that keeps code and state";
        let help = "name a service: --service NAME";
        return if same.is_empty() { Err(CliError::usage(none.to_owned(), help.to_owned())) } else { Ok(same) };
    };
    match plan.reload(name) {
        Some(reload) if reload.files.is_empty() => Ok(vec![reload.clone()]),
        Some(_) => Err(CliError::usage(
            format!("the reload `{name}` writes files, and only one of the same code changes nothing"),
            "skysim upgrade compares two versions".to_owned(),
        )),
        None => Err(CliError::usage(
            format!("the scenario has no reload `{name}`"),
            format!("there are {}", names.join(", ")),
        )),
    }
}

/// The reload that the command line describes.
fn given(args: &ReloadArgs, service: &str) -> Reload {
    let way = match (&args.inject, args.restart) {
        (Some(file), _) => ReloadWay::Inject { file: file.clone(), args: Vec::new() },
        (None, true) => ReloadWay::Relaunch,
        (None, false) if args.message.is_empty() => ReloadWay::Message(vec!["reload".into()]),
        (None, false) => ReloadWay::Message(args.message.iter().map(|word| value(word)).collect()),
    };
    Reload {
        name: "given".to_owned(),
        service: service.to_owned(),
        way,
        files: Vec::new(),
        outcome: ReloadOutcome::Any,
        direction: Direction::Forward,
        identity: Identity::Unsaid,
        may_differ: Vec::new(),
        origin: Origin::default(),
    }
}

/// A word of the command line as Lua reads it; what is nothing else is a string.
fn value(word: &str) -> Value {
    match word {
        "true" => true.into(),
        "false" => false.into(),
        "nil" => Value::Nil,
        _ => word.parse::<i64>().map_or_else(|_| word.into(), Value::Integer),
    }
}

/// A name that nobody has would never be reloaded.
fn known(plan: &Plan, service: &str) -> Result<(), CliError> {
    if plan.services.iter().any(|known| known.name == service) {
        return Ok(());
    }
    let names: Vec<&str> = plan.services.iter().map(|service| &*service.name).collect();
    Err(CliError::usage(format!("the scenario has no service `{service}`"), format!("there are {}", names.join(", "))))
}

/// When the run's reloads were made.
fn reloads(shown: &Shown, own: usize, moments: &[u64]) -> String {
    let mut made = shown.run.exchanges.iter().filter(|exchange| exchange.event >= own);
    let lines = moments.iter().enumerate().map(|(index, nth)| {
        let at = made.find(|exchange| exchange.event == own + index).map(|exchange| exchange.at);
        match at {
            Some(at) => format!("  reloaded at {at}, before message {nth} to it\n"),
            None => format!("  message {nth} to it never came\n"),
        }
    });
    lines.collect()
}

/// The command that makes the same run again.
fn command(args: &ReloadArgs, plan: &Plan, reload: &Reload, moments: &[u64], terminal: &Terminal) -> String {
    let path = quoted(&args.path.to_string_lossy());
    let (flag, name) = match &args.service {
        Some(service) => ("--service", service),
        None => ("--reload", &reload.name),
    };
    let mut text = format!("{} reload {path} {flag} {}", terminal.program, quoted(name));
    let mut add = |flag: &str, word: &str| text.push_str(&format!(" {flag} {}", quoted(word)));
    if let Some(file) = &args.inject {
        add("--inject", file);
    }
    for moment in moments {
        add("--before", &moment.to_string());
    }
    for pattern in &args.compared.ignore {
        add("--ignore", pattern);
    }
    add("--seed", &plan.seed.to_string());
    add("--schedule", &plan.schedule);
    if let Some(until) = args.compared.until {
        add("--until", &until.to_string());
    }
    if args.restart {
        text.push_str(" --restart");
    }
    if !args.message.is_empty() {
        text.push_str(" --message");
        args.message.iter().for_each(|word| text.push_str(&format!(" {}", quoted(word))));
    }
    text
}
