//! What can be typed at the prompt of `skysim debug`.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use super::breakpoint::Breakpoint;
use crate::base::{Span, VirtualTime};
use crate::scenario::Glob;

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// So many events on.
    Step(u64),
    /// So many events back.
    Back(u64),
    /// To a place, wherever it lies.
    Go(Goal),
    /// Until something stops it.
    Continue,
    /// Tells how something stands.
    Show(Topic),
    /// Sets a breakpoint.
    Break(Breakpoint),
    /// Takes one away.
    Delete(u32),
    /// Lists them.
    Breaks,
    /// Lists the commands.
    Help,
    /// Ends.
    Quit,
}

/// Where to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// After this event.
    Event(u64),
    /// To this moment.
    Time(VirtualTime),
    /// To the end of the run.
    End,
}

/// What can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// All services in a line each.
    Services,
    /// The state of one service, or of all.
    State(Option<String>),
    /// Messages that are not handled yet.
    Mailboxes,
    /// Calls without an answer.
    Waits,
    /// What led to the last event.
    Chain,
    /// What has failed.
    Failures,
}

/// What `help` prints.
pub(super) const HELP: &str = "\
step [N], s          N events on (one); an empty line repeats the last command
back [N], b          N events back (one)
go EVENT | TIME      after event 120, or to 1.5s; forwards or backwards
continue, c          on until a breakpoint, a failure or the end

services             who lives, with mailbox
state [SERVICE]      the state of one service, or how everything stands
mail                 messages that are sent and not handled
waits                calls without an answer
chain                what led to the last event
failures             what has failed

break service NAME   stop after each message that NAME handles (NAME may have * and ?)
break message NAME   stop after each message whose first value is NAME
break change SERVICE [PATH]
                     stop when SERVICE's state changes (at PATH, as in rooms.lobby)
break property       stop when a property fails; a run also ends there
breaks, delete N     list breakpoints, remove one
help, quit
";

/// What was typed is no command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoCommand(String);

impl Display for NoCommand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NoCommand {}

/// The words of commands, for suggestions.
const WORDS: [&str; 15] = [
    "step", "back", "go", "continue", "services", "state", "mail", "waits", "chain", "failures", "break", "breaks",
    "delete", "help", "quit",
];

impl Command {
    /// Reads a line; `None` if nothing is on it.
    pub(super) fn parse(line: &str) -> Result<Option<Command>, NoCommand> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { return Ok(None) };
        let command = match (*first, rest) {
            ("step" | "s", []) => Command::Step(1),
            ("step" | "s", [count]) => Command::Step(number(count)?),
            ("back" | "b", []) => Command::Back(1),
            ("back" | "b", [count]) => Command::Back(number(count)?),
            ("go" | "g", [_, ..]) => Command::Go(goal(&rest.join(" "))?),
            ("continue" | "c", []) => Command::Continue,
            ("services", []) => Command::Show(Topic::Services),
            ("state", []) => Command::Show(Topic::State(None)),
            ("state" | "p", [service]) => Command::Show(Topic::State(Some((*service).to_owned()))),
            ("mail" | "mailboxes", []) => Command::Show(Topic::Mailboxes),
            ("waits", []) => Command::Show(Topic::Waits),
            ("chain", []) => Command::Show(Topic::Chain),
            ("failures", []) => Command::Show(Topic::Failures),
            ("break", ["service", name]) => Command::Break(Breakpoint::Service(Glob::new(*name))),
            ("break", ["message", name]) => Command::Break(Breakpoint::Message(Glob::new(*name))),
            ("break", ["property"]) => Command::Break(Breakpoint::Property),
            ("break", ["change", service]) => Command::Break(Breakpoint::change(service, None)),
            ("break", ["change", service, path]) => Command::Break(Breakpoint::change(service, Some(path))),
            ("breaks", []) => Command::Breaks,
            ("delete", [number]) => Command::Delete(self::number(number)?),
            ("help" | "h" | "?", _) => Command::Help,
            ("quit" | "q" | "exit", []) => Command::Quit,
            (word, _) => return Err(unknown(word)),
        };
        Ok(Some(command))
    }
}

fn unknown(word: &str) -> NoCommand {
    if WORDS.contains(&word) {
        return NoCommand(format!("`{word}` is not used like that; `help` shows how"));
    }
    let nearest = WORDS.iter().min_by_key(|known| strsim::damerau_levenshtein(word, known));
    let near = nearest.filter(|known| strsim::damerau_levenshtein(word, known) <= 2);
    let suggestion = near.map(|known| format!("did you mean `{known}`? ")).unwrap_or_default();
    NoCommand(format!("`{word}` is no command; {suggestion}`help` lists them"))
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, NoCommand> {
    let text = text.trim_start_matches('#');
    text.parse().map_err(|_| NoCommand(format!("`{text}` is no number")))
}

fn goal(text: &str) -> Result<Goal, NoCommand> {
    if text == "end" {
        return Ok(Goal::End);
    }
    if text.trim_start_matches('#').bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Goal::Event(number(text)?));
    }
    let span: Span = text.parse().map_err(|error| NoCommand(format!("{error}; go wants an event or a time")))?;
    Ok(Goal::Time(VirtualTime::ZERO + span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_help_is_understood() {
        for (line, command) in [
            ("step", Command::Step(1)),
            ("s 12", Command::Step(12)),
            ("back #3", Command::Back(3)),
            ("go 120", Command::Go(Goal::Event(120))),
            ("go 5 ticks", Command::Go(Goal::Time(VirtualTime::ZERO + Span::from_millis(50)))),
            ("c", Command::Continue),
            ("state room", Command::Show(Topic::State(Some("room".to_owned())))),
            ("break message j*n", Command::Break(Breakpoint::Message(Glob::new("j*n")))),
            ("delete 2", Command::Delete(2)),
        ] {
            assert_eq!(Command::parse(line), Ok(Some(command)));
        }
        let words = |line: &&str| !line.is_empty() && !line.starts_with(' ');
        for line in HELP.lines().filter(words) {
            let word = line.split([' ', ',']).next().unwrap_or_default();
            assert!(WORDS.contains(&word), "{word}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |line| Command::parse(line).map_err(|error| error.to_string());
        assert_eq!(told("  "), Ok(None));
        assert_eq!(told("stpe"), Err("`stpe` is no command; did you mean `step`? `help` lists them".to_owned()));
        assert_eq!(told("delete"), Err("`delete` is not used like that; `help` shows how".to_owned()));
        assert_eq!(told("step x"), Err("`x` is no number".to_owned()));
        assert!(told("go 5 parsecs").is_err_and(|text| text.contains("go wants an event or a time")));
    }
}
