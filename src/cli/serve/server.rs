//! The server of a page: requests from this machine only, one after another, in the thread that plays the run.

use std::io::{self, Cursor, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tiny_http::{Header, Method, Request, Response, StatusCode};

use super::super::error::CliError;
use super::Shown;
use super::session::{Goal, Session};
use crate::base::VirtualTime;
use crate::report::page::{self, Known};

/// How long to wait for a request before looking whether the user wants to end.
const PATIENCE: Duration = Duration::from_millis(200);

/// Steps of the run for one request: the page asks again, and can show meanwhile what has happened.
const STEPS_MAX: u64 = 4096;

/// The longest request, in bytes.
const BODY_MAX: u64 = 4096;

/// A server and what it shows.
pub(super) struct Server {
    http: tiny_http::Server,
    address: SocketAddr,
    shown: Shown,
}

/// `POST /advance`: play on, and tell what is new.
#[derive(Debug, Deserialize)]
struct Advance {
    /// To this time, in nanoseconds.
    to: Option<u64>,
    /// Or to this event.
    event: Option<u64>,
    samples: usize,
    messages: usize,
    lines: usize,
}

/// `POST /state`: how a service stood after an event.
#[derive(Debug, Deserialize)]
struct StateAt {
    service: String,
    event: u64,
}

/// What goes back.
type Answer = Response<Cursor<Vec<u8>>>;

impl Server {
    /// Listens at a port of this machine; at any free one, if it is 0.
    pub(super) fn listen(port: u16, shown: Shown) -> Result<Server, CliError> {
        let refused = |reason: &dyn std::fmt::Display| {
            let problem = format!("cannot listen at port {port} of this machine: {reason}");
            CliError::usage(problem, "`--port N` names another one; 0 is any that is free")
        };
        let http = tiny_http::Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|error| refused(&error))?;
        let address = http.server_addr().to_ip().ok_or_else(|| refused(&"it has no address"))?;
        Ok(Server { http, address, shown })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers a request, if one comes soon.
    pub(super) fn answer_next(&mut self) -> Result<(), CliError> {
        let broken = |error: io::Error| CliError::usage(format!("the server broke down: {error}"), "start it again");
        let Some(mut request) = self.http.recv_timeout(PATIENCE).map_err(broken)? else { return Ok(()) };
        let answer = self.answer(&mut request)?;
        // Whoever has closed the page does not wait for it.
        let _ = request.respond(answer);
        Ok(())
    }

    fn answer(&mut self, request: &mut Request) -> Result<Answer, CliError> {
        if !self.is_from_here(request) {
            return Ok(Response::from_string("only for this machine\n").with_status_code(403));
        }
        let mut body = String::new();
        if request.as_reader().take(BODY_MAX).read_to_string(&mut body).is_err() {
            return Ok(status(400));
        }
        let place = request.url().split('?').next().unwrap_or_default();
        Ok(match (request.method(), place, &mut self.shown) {
            (Method::Get, "/", Shown::Page(page)) => html(page.clone()),
            (Method::Get, "/", Shown::Run { session, head }) => {
                // Nothing of the run yet: the page asks for it.
                let begun = json!({ "now": 0, "event": 0, "end": null });
                let none = Known { samples: usize::MAX, messages: usize::MAX, lines: usize::MAX };
                html(page::page(&page::merged([head.clone(), session.since(none), begun])))
            }
            (Method::Post, "/advance", Shown::Run { session, .. }) => match serde_json::from_str(&body) {
                Ok(wanted) => json_answer(&advance(session, &wanted)),
                Err(_) => status(400),
            },
            (Method::Post, "/state", Shown::Run { session, .. }) => match serde_json::from_str(&body) {
                Ok(StateAt { service, event }) => json_answer(&json!({ "text": session.state(&service, event)? })),
                Err(_) => status(400),
            },
            (Method::Get, "/favicon.ico", _) => status(204),
            _ => status(404),
        })
    }

    /// Other sites can make a browser ask here, under a name of theirs or from a page of theirs.
    fn is_from_here(&self, request: &Request) -> bool {
        let port = self.address.port();
        let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let field = |name: &'static str| {
            request.headers().iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str())
        };
        let host = field("Host").is_some_and(|host| own.iter().any(|name| name == host));
        let origin = field("Origin").is_none_or(|origin| own.iter().any(|name| origin == format!("http://{name}")));
        host && origin
    }
}

fn advance(session: &mut Session, wanted: &Advance) -> Json {
    let goal = match (wanted.to, wanted.event) {
        (_, Some(event)) => Goal::Event(event),
        (Some(time), None) => Goal::Time(VirtualTime::from_nanos(time)),
        (None, None) => Goal::End,
    };
    session.go_on(goal, STEPS_MAX);
    session.since(Known { samples: wanted.samples, messages: wanted.messages, lines: wanted.lines })
}

fn status(code: u16) -> Answer {
    Response::new(StatusCode(code), Vec::new(), Cursor::new(Vec::new()), Some(0), None)
}

fn html(page: String) -> Answer {
    with_type(Response::from_string(page), "text/html; charset=utf-8")
}

fn json_answer(told: &Json) -> Answer {
    with_type(Response::from_string(told.to_string()), "application/json")
}

fn with_type(answer: Answer, kind: &str) -> Answer {
    let fields = [("Content-Type", kind), ("Cache-Control", "no-store")];
    fields
        .into_iter()
        .filter_map(|(name, value)| Header::from_bytes(name, value).ok())
        .fold(answer, Response::with_header)
}
