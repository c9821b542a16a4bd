//! `skysim serve` and `skysim report`: a run as a page, from a server or in a file.
//!
//! | file | owns |
//! |---|---|
//! | `session` | the run: going on, and looking back |
//! | `server` | requests and answers |

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::Value as Json;

use super::args::{LookArgs, ReportArgs, ServeArgs};
use super::error::CliError;
use super::exit::Exit;
use super::input::Subject;
use super::run::exit_of;
use super::terminal::Terminal;
use crate::report::page::{self, Known, Source};
use crate::trace;
use server::Server;
use session::{Goal, Session};

mod server;
mod session;

/// How every trace begins.
const TRACE_BEGIN: &[u8] = b"{\"v\":";

/// Serves the page until Ctrl-C.
pub(super) fn serve(args: &ServeArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let shown = if is_trace(&args.look.path) {
        Shown::Page(page::page(&traced(&args.look)?))
    } else {
        let (session, head) = begin(&args.look, Source::Server, terminal)?;
        Shown::Run { session: Box::new(session), head }
    };
    let mut server = Server::listen(args.port, shown)?;
    terminal.print(&format!("http://{}/\n", server.address()));
    terminal.say("Ctrl-C ends it\n");
    while !terminal.is_stopped() {
        server.answer_next()?;
    }
    Ok(Exit::Passed)
}

/// Writes the page into a file.
pub(super) fn report(args: &ReportArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let (told, exit) = if is_trace(&args.look.path) {
        (traced(&args.look)?, Exit::Passed)
    } else {
        let (mut session, head) = begin(&args.look, Source::Itself, terminal)?;
        session.go_on(Goal::End, u64::MAX);
        let exit = session.verdict().map_or(Exit::Passed, exit_of);
        (page::merged([head, session.since(Known::default())]), exit)
    };
    fs::write(&args.out, page::page(&told)).map_err(CliError::file("write the page", &args.out))?;
    let verdict = told["end"]["verdict"].as_str().unwrap_or("no end");
    terminal.say(&format!("{verdict}: wrote {}\n", args.out.display()));
    if terminal.stop.load(Ordering::SeqCst) { Ok(Exit::Interrupted) } else { Ok(exit) }
}

/// What a server shows.
enum Shown {
    /// A run, as it is played.
    Run { session: Box<Session>, head: Json },
    /// A page that is ready.
    Page(String),
}

fn begin(look: &LookArgs, source: Source, terminal: &Terminal) -> Result<(Session, Json), CliError> {
    let flags = look.changes.flags();
    let subject = Subject::read(&look.path, None)?;
    let plan = subject.plan(&flags)?;
    let head = page::head(&subject.heading(&terminal.program, &plan, &flags), plan.until, source);
    let session = Session::begin(plan, look.monitor.as_deref(), look.every, &terminal.stop)?;
    Ok((session, head))
}

fn traced(look: &LookArgs) -> Result<Json, CliError> {
    if look.is_about_a_run() {
        return Err(CliError::usage(
            format!("`{}` is a trace: what it tells has happened already", look.path.display()),
            "name the scenario to play it otherwise",
        ));
    }
    Ok(page::traced(trace::read(&look.path)?)?)
}

fn is_trace(path: &Path) -> bool {
    let mut begin = [0; TRACE_BEGIN.len()];
    path.is_file() && File::open(path).and_then(|mut file| file.read_exact(&mut begin)).is_ok() && begin == TRACE_BEGIN
}
