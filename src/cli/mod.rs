//! The command line: arguments in, exit code out. The only place that touches the process's streams,
//! environment, clock, threads and other processes; must not know how a run works inside, nor how
//! its report is worded.
//!
//! | file | owns |
//! |---|---|
//! | `args` | the command line as it is written |
//! | `exit` | exit codes |
//! | `error` | wrong usage and input |
//! | `input` | what PATH is, and the plan that it and the flags give |
//! | `terminal` | the process's streams and environment |
//! | `stream` | what services print, on its way out |
//! | `play` | playing a plan, with progress |
//! | `shown` | playing a plan to compare it with another run |
//! | `panic` | bugs in skysim |
//! | `explore` | many runs |
//! | `futures` | the process that plays a beginning once, for `explore --branch` |
//! | `coverage` | what `--coverage` writes |
//! | `shard` | a share of an exploration |
//! | `failures` | where failures are kept |
//! | `debug` | one run, event by event |
//! | `conform` | scenarios on the real binary |
//! | `serve` | one run as a page, from a server or in a file |
//! | `run`, `test`, `merge`, `replay`, `shrink`, `reload`, `upgrade`, `expand`, `schema`, `diff`, `new`, `doctor` | one verb each |
//! | `check` | the second run of `--check` |
//! | `suite` | the scenarios of a folder and their snapshots |

use clap::Parser as _;
use clap::error::ErrorKind;

use args::{Cli, Verb};
use terminal::Terminal;

mod args;
mod check;
mod conform;
mod coverage;
mod debug;
mod diff;
mod doctor;
mod error;
mod exit;
mod expand;
mod explore;
mod failures;
mod futures;
mod identity;
mod input;
mod merge;
mod new;
mod panic;
mod play;
mod reload;
mod replay;
mod run;
mod schema;
mod serve;
mod shard;
mod shown;
mod shrink;
mod stream;
pub mod suite;
mod terminal;
mod test;
mod upgrade;

pub use error::CliError;
pub use exit::Exit;

/// The whole program.
#[must_use]
pub fn main() -> Exit {
    panic::guarded(|| {
        let cli = match Cli::try_parse() {
            Ok(cli) => cli,
            Err(error) => return refused(&error),
        };
        let terminal = Terminal::new();
        // That takes a thread, and a process with several cannot be copied.
        if !matches!(cli.verb, Verb::Futures(_)) {
            terminal.catch_interrupts();
        }
        let wrong = |error| {
            terminal.complain(&error);
            Exit::Usage
        };
        let exit = dispatch(&cli.verb, &terminal).unwrap_or_else(wrong);
        terminal.finish().map_or_else(|error| exit.or(wrong(error)), |()| exit)
    })
}

fn dispatch(verb: &Verb, terminal: &Terminal) -> Result<Exit, CliError> {
    match verb {
        Verb::Run(args) => run::execute(args, terminal),
        Verb::Test(args) => test::execute(args, terminal),
        Verb::Explore(args) => explore::execute(args, terminal),
        Verb::Futures(args) => futures::execute(args),
        Verb::Merge(args) => merge::execute(args, terminal),
        Verb::Replay(args) => replay::execute(args, terminal),
        Verb::Shrink(args) => shrink::execute(args, terminal),
        Verb::Debug(args) => debug::execute(args, terminal),
        Verb::Conform(args) => conform::execute(args, terminal),
        Verb::StandIn(args) => conform::stand_in(args),
        Verb::Serve(args) => serve::serve(args, terminal),
        Verb::Report(args) => serve::report(args, terminal),
        Verb::Reload(args) => reload::execute(args, terminal),
        Verb::Upgrade(args) => upgrade::execute(args, terminal),
        Verb::Expand(args) => expand::execute(args, terminal),
        Verb::Schema => Ok(schema::execute(terminal)),
        Verb::Diff(args) => diff::execute(args, terminal),
        Verb::New(args) => new::execute(args, terminal),
        Verb::Doctor => Ok(doctor::execute(terminal)),
    }
}

/// `--help` and `--version` come as errors, too.
fn refused(error: &clap::Error) -> Exit {
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Passed,
        _ => Exit::Usage,
    }
}
