//! `skysim debug`: one run, event by event, forwards and backwards. Owns the conversation; what the words of a
//! command mean is decided in `command`, what the run does in `session`.
//!
//! | file | owns |
//! |---|---|
//! | `command` | what can be typed |
//! | `breakpoint` | where a run stops by itself |
//! | `session` | the run: where it stands, going on, going back |
//! | `prompt` | where commands come from |

use std::sync::atomic::Ordering;

use super::args::DebugArgs;
use super::error::CliError;
use super::exit::Exit;
use super::failures::Failures;
use super::input::Subject;
use super::terminal::Terminal;
use crate::report;
use crate::state;
use breakpoint::Breakpoint;
use command::{Command, Goal, Topic};
use prompt::{Asked, Prompt};
use session::{Pause, Session};

mod breakpoint;
mod command;
mod prompt;
mod session;

pub(super) fn execute(args: &DebugArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let path = if args.path.exists() && !args.path.join(super::failures::FULL).exists() {
        args.path.clone()
    } else {
        Failures::in_folder(&args.out).find(&args.path)?.plan_file()
    };
    let flags = args.changes.flags();
    let subject = Subject::read(&path, None)?;
    let plan = subject.plan(&flags)?;
    terminal.say(&report::first_line(&subject.heading(&terminal.program, &plan, &flags)));
    let session = Session::begin(plan, super::run::target(flags.format, terminal))?;
    let mut debugger = Debugger { session, breakpoints: Vec::new(), next_number: 1, terminal };
    debugger.converse(&mut Prompt::new(terminal.out_watched)?)
}

/// The conversation about one run.
struct Debugger<'t> {
    session: Session,
    breakpoints: Vec<(u32, Breakpoint)>,
    next_number: u32,
    terminal: &'t Terminal,
}

impl Debugger<'_> {
    fn converse(&mut self, prompt: &mut Prompt) -> Result<Exit, CliError> {
        self.terminal.print("`help` lists the commands\n");
        let mut last = Command::Step(1);
        loop {
            let text = match prompt.ask(&self.session.place())? {
                Asked::Line(text) => text,
                Asked::Nothing => continue,
                Asked::End => return Ok(Exit::Passed),
            };
            let command = if text.trim().is_empty() && prompt.is_human() {
                last.clone()
            } else {
                match Command::parse(&text) {
                    Ok(Some(command)) => command,
                    Ok(None) => continue,
                    Err(error) => {
                        self.terminal.print(&format!("{error}\n"));
                        continue;
                    }
                }
            };
            if command == Command::Quit {
                return Ok(Exit::Passed);
            }
            self.obey(&command)?;
            last = command;
        }
    }

    fn obey(&mut self, command: &Command) -> Result<(), CliError> {
        match command {
            Command::Step(count) => {
                let goal = self.session.event().saturating_add(*count);
                self.go_on(&Goal::Event(goal), [])
            }
            Command::Back(count) => {
                self.session.return_to(self.session.event().saturating_sub(*count))?;
                self.tell(Pause::Goal);
                Ok(())
            }
            Command::Go(goal) => {
                if self.session.is_past(goal) {
                    self.session.begin_again()?;
                }
                self.go_on(goal, [])
            }
            Command::Continue => {
                let breakpoints = std::mem::take(&mut self.breakpoints);
                let own = breakpoints.iter().map(|(number, breakpoint)| (Some(*number), breakpoint));
                // A failure stops it in any case.
                let done = self.go_on(&Goal::End, own.chain([(None, &Breakpoint::Property)]));
                self.breakpoints = breakpoints;
                done
            }
            Command::Show(topic) => {
                let text = self.show(topic);
                self.terminal.print(&text);
                Ok(())
            }
            Command::Break(breakpoint) => {
                self.terminal.print(&format!("{} stops {breakpoint}\n", self.next_number));
                self.breakpoints.push((self.next_number, breakpoint.clone()));
                self.next_number += 1;
                Ok(())
            }
            Command::Delete(number) => {
                let before = self.breakpoints.len();
                self.breakpoints.retain(|(known, _)| known != number);
                if self.breakpoints.len() == before {
                    self.terminal.print(&format!("there is no breakpoint {number}; `breaks` lists them\n"));
                }
                Ok(())
            }
            Command::Breaks => {
                let lines = self.breakpoints.iter().map(|(number, what)| format!("{number} stops {what}\n"));
                let text: String = lines.collect();
                self.terminal.print(if text.is_empty() { "there are none\n" } else { &text });
                Ok(())
            }
            Command::Help => {
                self.terminal.print(command::HELP);
                Ok(())
            }
            Command::Quit => Ok(()),
        }
    }

    fn go_on<'a>(
        &mut self,
        goal: &Goal,
        breakpoints: impl IntoIterator<Item = (Option<u32>, &'a Breakpoint)>,
    ) -> Result<(), CliError> {
        let stop = &self.terminal.stop;
        let pause = self.session.go_on(goal, breakpoints, || stop.swap(false, Ordering::SeqCst))?;
        self.tell(pause);
        Ok(())
    }

    /// Says where the run stands now.
    fn tell(&mut self, pause: Pause) {
        let mut text = String::new();
        if let Some(delivery) = self.session.world().last_delivery() {
            text.push_str(&report::delivery_line(&delivery));
            text.push('\n');
        }
        match pause {
            Pause::Goal => {}
            Pause::Breakpoint { number: None, why } => text.push_str(&format!("  {why}\n")),
            Pause::Breakpoint { number: Some(number), why } => {
                text.push_str(&format!("  breakpoint {number}: {why}\n"))
            }
            Pause::Interrupted => text.push_str("  interrupted\n"),
        }
        text.push_str(&report::ending(self.session.world()));
        self.terminal.print(&text);
    }

    fn show(&mut self, topic: &Topic) -> String {
        let world = self.session.world();
        match topic {
            Topic::Services => report::services(&world.standing()),
            Topic::State(None) => report::standing(&world.standing()),
            Topic::State(Some(name)) => match world.state_of(name) {
                Some(graph) => state::render(&graph),
                None => format!("no service `{name}` lives; there are: {}\n", world.service_names().join(", ")),
            },
            Topic::Mailboxes => report::undelivered(&world.undelivered()),
            Topic::Waits => report::waits(&world.waiting()),
            Topic::Chain => report::chain(&world.chain()),
            Topic::Failures => report::failures(world.failures()),
        }
    }
}
