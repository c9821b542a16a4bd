//! What the scenario does to the node: the actions of the timeline, and what comes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Handle, MessageKind, Session, Span, Value};
use crate::faults::{kind_by_name, reaches};
use crate::kernel::context::Pace;
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::kernel::{Sent, ServiceId, Touch};
use crate::scenario::{Action, Content, Glob, Plan, Reload, ReloadWay};
use crate::seri;
use crate::trace::{Outcome, Record};

use super::answer;
use super::detect::Fix;
use super::driver::Arrival;
use super::error::WorldError;
use super::failure::{Failure, Got};
use super::host::HostFiles;
use super::node::wall_clock_s;
use super::reload::Asker;
use super::run::{Entry, Purpose, Request, Starter, World};
use super::timeline::Appointment;

/// What a failed request is told: the words of `skynet.call`.
const CALL_FAILED: &str = "call failed";

/// The files of the host that actions need, by the names that the plan gives them.
#[derive(Default)]
pub(super) struct Supplies(BTreeMap<String, Arc<[u8]>>);

impl Supplies {
    /// Reads them, and makes sure that all messages can be put together.
    pub(super) fn new(plan: &Plan, host: &HostFiles) -> Result<Supplies, WorldError> {
        let mut supplies = Supplies::default();
        for event in &plan.events {
            supplies.add(plan, &event.action, host)?;
        }
        for reload in &plan.reloads {
            supplies.add_reload(plan, reload, host)?;
        }
        Ok(supplies)
    }

    /// What one more action needs.
    pub(super) fn add(&mut self, plan: &Plan, action: &Action, host: &HostFiles) -> Result<(), WorldError> {
        match action {
            Action::Write { content: Content::File(name), .. } | Action::Inject { file: name, .. } => {
                self.0.insert(name.clone(), host.read(&plan.resolve(name))?);
            }
            Action::Call { kind, args, .. } | Action::Send { kind, args, .. } => {
                let kind = kind_by_name(kind).ok_or_else(|| WorldError::MessageKind(kind.clone()))?;
                answer::pack(kind, args).map_err(|reason| WorldError::Arguments { what: describe(action), reason })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What a reload needs.
    fn add_reload(&mut self, plan: &Plan, reload: &Reload, host: &HostFiles) -> Result<(), WorldError> {
        let written = reload.files.iter().filter_map(|file| match &file.content {
            Content::File(name) => Some(name.as_str()),
            Content::Text(_) => None,
        });
        for name in written.chain(reload.way.file()) {
            self.0.insert(name.to_owned(), host.read(&plan.resolve(name))?);
        }
        let sent: &[&Vec<Value>] = match &reload.way {
            ReloadWay::Message(args) | ReloadWay::Inject { args, .. } | ReloadWay::Snax { args, .. } => &[args],
            ReloadWay::Relaunch => &[],
            ReloadWay::Handover { export, import } => &[export, import],
        };
        for args in sent {
            answer::pack(MessageKind::LUA, args)
                .map_err(|reason| WorldError::Arguments { what: format!("reload {}", reload.name), reason })?;
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> &[u8] {
        self.0.get(name).map_or(b"", |bytes| bytes)
    }
}

/// A service's argument text, as the launcher puts it together.
pub fn argument_text(file: &str, args: &[Value]) -> Vec<u8> {
    let mut text = file.as_bytes().to_vec();
    for arg in args {
        text.push(b' ');
        match arg {
            Value::String(bytes) => text.extend_from_slice(bytes),
            other => text.extend_from_slice(answer::plain_text(other).unwrap_or_default().as_bytes()),
        }
    }
    text
}

/// An action in words, as traces and reports show it.
pub fn describe(action: &Action) -> String {
    let values = |args: &[Value]| if args.is_empty() { String::new() } else { format!(" ({})", seri::display(args)) };
    match action {
        Action::Call { to, args, .. } => format!("call {to}{}", values(args)),
        Action::Send { to, args, .. } => format!("send {to}{}", values(args)),
        Action::Kill { service, .. } => format!("kill {service}"),
        Action::Exit { service, .. } => format!("exit {service}"),
        Action::Restart(service) => format!("restart {service}"),
        Action::Pause(service) => format!("pause {service}"),
        Action::Resume(service) => format!("resume {service}"),
        Action::Write { path, .. } => format!("write {path}"),
        Action::Inject { to, file, args } => format!("inject {file} into {to}{}", values(args)),
        Action::Reload(name) => format!("reload {name}"),
        Action::Log(text) => format!("log {text}"),
    }
}

/// The word for an action in the history that checks see.
fn word(action: &Action) -> &'static str {
    match action {
        Action::Call { .. } => "call",
        Action::Send { .. } => "send",
        Action::Kill { .. } => "kill",
        Action::Exit { .. } => "exit",
        Action::Restart(_) => "restart",
        Action::Pause(_) => "pause",
        Action::Resume(_) => "resume",
        Action::Write { .. } => "write",
        Action::Inject { .. } => "inject",
        Action::Reload(_) => "reload",
        Action::Log(_) => "log",
    }
}

/// To whom or what an action is done.
fn object(action: &Action) -> &str {
    match action {
        Action::Call { to, .. } => to,
        Action::Send { to: glob, .. }
        | Action::Inject { to: glob, .. }
        | Action::Kill { service: glob, .. }
        | Action::Exit { service: glob, .. }
        | Action::Restart(glob)
        | Action::Pause(glob)
        | Action::Resume(glob) => glob.as_str(),
        Action::Write { path, .. } => path,
        Action::Reload(name) => name,
        Action::Log(_) => "",
    }
}

impl World {
    /// Does what an event of the timeline says.
    pub(super) fn act(&mut self, index: usize) {
        let Some(action) = self.plan.events.get(index).map(|event| event.action.clone()) else { return };
        self.kernel.begin_event();
        let what = describe(&action);
        let place = u32::try_from(index).unwrap_or(u32::MAX);
        self.kernel.tracer_record(&Record::Action { index: place, what: &what });
        self.note_action(object(&action), &what);
        let entry = self.history.len();
        let args = match &action {
            Action::Call { args, .. } | Action::Send { args, .. } | Action::Inject { args, .. } => args.clone(),
            _ => Vec::new(),
        };
        let (kind, to) = (word(&action), object(&action).to_owned());
        let at = self.kernel.now();
        self.history.push(Entry { index, at, kind, to, args, got: Got::Nothing, answered: None });
        match action {
            Action::Call { to, args, kind, .. } => self.call(index, entry, &to, &kind, &args),
            Action::Send { to, args, kind } => self.each(index, entry, &to, |world, id| {
                let kind = kind_by_name(&kind).unwrap_or(MessageKind::LUA);
                world.send(id, kind, &args);
            }),
            Action::Kill { service, restart_after } => self.each(index, entry, &service, |world, id| {
                world.start_again_after(index, id, restart_after);
                world.kill(id);
            }),
            Action::Exit { service, restart_after } => self.each(index, entry, &service, |world, id| {
                world.start_again_after(index, id, restart_after);
                world.send(id, MessageKind::DEBUG, &["EXIT".into()]);
            }),
            Action::Restart(service) => self.restart_all(index, entry, &service),
            Action::Pause(service) => {
                self.each(index, entry, &service, |world, id| world.kernel.set_pace(id, Pace::Paused));
            }
            Action::Resume(service) => {
                self.each(index, entry, &service, |world, id| world.kernel.set_pace(id, Pace::Running));
            }
            Action::Write { path, content } => self.write(index, &path, &content),
            Action::Inject { to, file, args } => {
                self.each(index, entry, &to, |world, id| world.inject(index, entry, id, &file, &args));
            }
            Action::Reload(name) => self.reload(&name, Asker::Event { index, entry }),
            Action::Log(text) => {
                let driver = self.kernel.context(self.driver).handle();
                self.kernel.log(driver, text.as_bytes());
            }
        }
    }

    /// The live services that a pattern means, oldest first. A pattern `.name` is a local name.
    pub(super) fn live(&self, pattern: &Glob) -> Vec<ServiceId> {
        if let Some(name) = pattern.literal().and_then(|name| name.strip_prefix('.')) {
            return self
                .kernel
                .find_name(name.as_bytes())
                .and_then(|handle| self.kernel.find(handle))
                .into_iter()
                .collect();
        }
        let living = self.kernel.services().filter(|(_, context)| context.is_alive());
        living.filter(|(_, context)| reaches(pattern, context.label())).map(|(id, _)| id).collect()
    }

    /// Does something with every live service that a pattern means.
    fn each(&mut self, index: usize, entry: usize, pattern: &Glob, mut what: impl FnMut(&mut World, ServiceId)) {
        let found = self.live(pattern);
        if found.is_empty() {
            self.settle(index, entry, Got::Error(format!("no live service `{pattern}`")), b"");
        }
        for id in found {
            what(self, id);
        }
    }

    pub(super) fn send(&mut self, to: ServiceId, kind: MessageKind, args: &[Value]) {
        self.post(to, kind, args, SessionChoice::Given(Session::NONE));
    }

    fn post(&mut self, to: ServiceId, kind: MessageKind, args: &[Value], session: SessionChoice) -> Option<Session> {
        let packed = answer::pack(kind, args).unwrap_or_default();
        let outgoing = Outgoing { source: None, kind, session, data: self.kernel.payload(&packed), origin: None };
        let handle = self.kernel.context(to).handle();
        match self.kernel.send(self.driver, handle, outgoing) {
            Sent::Yes(session) => Some(session),
            Sent::NoService => None,
        }
    }

    /// Sends a request and remembers what it is for.
    pub(super) fn request(&mut self, to: ServiceId, kind: MessageKind, args: &[Value], purpose: Purpose, what: String) {
        let context = self.kernel.context(to);
        let (handle, to_label, since) = (context.handle(), context.label().to_owned(), self.kernel.now());
        if let Some(session) = self.post(to, kind, args, SessionChoice::Fresh) {
            self.requests.insert(session, Request { purpose, kind, to: handle, to_label, since, what });
        }
    }

    fn call(&mut self, index: usize, entry: usize, to: &str, kind: &str, args: &[Value]) {
        // The newest service of that name.
        let Some(id) = self.live(&Glob::new(to)).pop() else {
            let got = Got::Error(format!("no live service `{to}`"));
            return self.settle(index, entry, got, b"");
        };
        let kind = kind_by_name(kind).unwrap_or(MessageKind::LUA);
        let what = self.plan.events.get(index).map(|event| describe(&event.action)).unwrap_or_default();
        self.request(id, kind, args, Purpose::Call { index, entry }, what);
    }

    fn inject(&mut self, index: usize, entry: usize, to: ServiceId, file: &str, args: &[Value]) {
        let source = Value::String(self.supplies.get(file).to_vec());
        let values = [&["RUN".into(), source, file.into()], args].concat();
        let what = format!("inject {file} into {}", self.kernel.context(to).label());
        self.note_fix(to, file, Fix::Injected);
        self.request(to, MessageKind::DEBUG, &values, Purpose::Inject { index, entry }, what);
    }

    fn write(&mut self, index: usize, path: &str, content: &Content) {
        if let Err(reason) = self.put_file(path, content) {
            self.action_failed(index, reason);
        }
    }

    /// Gives a file of the node another content.
    pub(super) fn put_file(&mut self, path: &str, content: &Content) -> Result<(), String> {
        let bytes = match content {
            Content::File(name) => self.supplies.get(name).to_vec(),
            Content::Text(text) => text.clone().into_bytes(),
        };
        let now_s = wall_clock_s(&self.plan, self.kernel.now());
        self.kernel.touch(Touch::Changed);
        match &self.lua {
            Some(node) => {
                node.files.borrow_mut().put(path.as_bytes(), &bytes, now_s).map_err(|errno| errno.to_string())
            }
            None => Err("this node has no files".to_owned()),
        }
    }

    fn action_failed(&mut self, index: usize, reason: String) {
        let Some(event) = self.plan.events.get(index) else { return };
        let (origin, what) = (event.origin, describe(&event.action));
        let (at, event) = (self.kernel.now(), self.kernel.event());
        self.failures.push(Failure::Action { index, origin, what, reason, at, event });
    }

    fn start_again_after(&mut self, index: usize, id: ServiceId, after: Option<Span>) {
        if let Some(after) = after {
            let label = self.kernel.context(id).label().to_owned();
            let at = self.kernel.now() + after;
            self.timeline.make(&mut self.kernel, at, Appointment::Restart { label, index });
        }
    }

    fn restart_all(&mut self, index: usize, entry: usize, pattern: &Glob) {
        if let Some(label) = pattern.literal() {
            return self.restart(label, Starter::Event(index));
        }
        let mut labels = Vec::new();
        self.each(index, entry, pattern, |world, id| labels.push(world.kernel.context(id).label().to_owned()));
        for label in labels {
            self.restart(&label, Starter::Event(index));
        }
    }

    /// Kills a service if it lives, and starts it as it was started at first.
    pub(super) fn restart(&mut self, label: &str, by: Starter) {
        let declared = self.plan.services.iter().find(|service| service.name == label);
        let known =
            self.kernel.services().filter(|(_, context)| context.label() == label && context.module() == "snlua");
        let args = match (declared, known.last()) {
            (Some(service), _) => argument_text(&service.file, &service.args),
            (None, Some((_, context))) => context.args().to_vec(),
            (None, None) => return self.restart_failed(by, format!("there was never a service `{label}`")),
        };
        if let Some(id) = self.live(&Glob::new(label)).pop() {
            self.kill(id);
        }
        if let Err(reason) = self.launch(label, args, by) {
            self.restart_failed(by, reason);
        }
    }

    /// Kills a service as `skynet.kill` does: the launcher hears of it first, or whoever waits for the service to start
    /// would wait for ever (lualib/skynet/manager.lua).
    pub(super) fn kill(&mut self, id: ServiceId) {
        let (handle, label) = (self.kernel.context(id).handle(), self.kernel.context(id).label().to_owned());
        if let Some(launcher) = self.launcher() {
            self.send(launcher, MessageKind::LUA, &["REMOVE".into(), Value::Integer(i64::from(handle.0)), true.into()]);
        }
        self.kernel.kill(self.driver, Some(handle));
        self.forget_launch(&label);
    }

    /// A service that the scenario itself kills while it starts does not have to come up.
    fn forget_launch(&mut self, label: &str) {
        let launch = self.requests.iter().find(|(_, request)| request.launches(label)).map(|(session, _)| *session);
        let Some(Request { purpose: Purpose::Launch { args, by, .. }, .. }) =
            launch.and_then(|session| self.requests.remove(&session))
        else {
            return;
        };
        self.kernel.forget_label(&args, label);
        if let Starter::Reload(attempt) = by {
            self.relaunched(attempt, Err("it was killed while it started".to_owned()));
        }
    }

    fn launcher(&self) -> Option<ServiceId> {
        self.kernel.find_name(b"launcher").and_then(|handle| self.kernel.find(handle))
    }

    /// Only what the scenario asks for must succeed.
    fn restart_failed(&mut self, by: Starter, reason: String) {
        match by {
            Starter::Event(index) => self.action_failed(index, reason),
            Starter::Reload(attempt) => self.relaunched(attempt, Err(reason)),
            Starter::Plan | Starter::Fault => {}
        }
    }

    /// Asks the launcher for a service.
    pub(super) fn launch(&mut self, label: &str, args: Vec<u8>, by: Starter) -> Result<(), String> {
        let launcher = self.launcher().ok_or("the node has no launcher")?;
        self.kernel.plan_label(&args, label);
        let values = ["LAUNCH".into(), "snlua".into(), Value::String(args.clone())];
        let what = format!("launch {label} ({})", String::from_utf8_lossy(&args));
        let purpose = Purpose::Launch { label: label.to_owned(), args, by };
        self.request(launcher, MessageKind::LUA, &values, purpose, what);
        Ok(())
    }

    /// Takes an answer to a request of the driver.
    pub(super) fn answered(&mut self, arrival: Arrival) {
        if arrival.session == Session::NONE {
            // The source is gone: whatever was asked of it has failed (`dispatch_error_queue`).
            let lost = self.requests.iter().filter(|(_, request)| request.to == arrival.from);
            for session in lost.map(|(session, _)| *session).collect::<Vec<_>>() {
                self.answered(Arrival { from: arrival.from, session, data: None });
            }
            return;
        }
        let Some(request) = self.requests.remove(&arrival.session) else { return };
        let packed = arrival.data.as_deref().unwrap_or(b"");
        let got = match &arrival.data {
            None => Got::Error(CALL_FAILED.to_owned()),
            Some(data) => match answer::unpack(request.kind, data) {
                Ok(values) => Got::Values(values),
                Err(reason) => Got::Error(reason),
            },
        };
        match request.purpose {
            Purpose::Call { index, entry } => self.settle(index, entry, got, packed),
            Purpose::Inject { index, entry } => self.injected(index, entry, got, packed),
            Purpose::Reload { attempt, step } => self.reload_answered(attempt, step, got, packed),
            Purpose::Launch { label, args, by } => self.launch_answered(&label, &args, by, &got),
        }
    }

    /// What came of an event: recorded, and compared with what the plan expects.
    pub(super) fn settle(&mut self, index: usize, entry: usize, got: Got, packed: &[u8]) {
        let place = u32::try_from(index).unwrap_or(u32::MAX);
        let outcome = match &got {
            Got::Error(text) => Outcome::Error(text.as_bytes()),
            Got::Values(_) | Got::Nothing => Outcome::Result(packed),
        };
        self.kernel.tracer_record(&Record::Outcome { index: place, outcome });
        self.expect(index, &got);
        let event = self.kernel.event();
        if let Some(entry) = self.history.get_mut(entry) {
            entry.got = got;
            entry.answered = Some(event);
        }
    }

    /// Compares what came of a call with what the plan expects of it.
    pub(super) fn expect(&mut self, index: usize, got: &Got) {
        let Some(event) = self.plan.events.get(index) else { return };
        let Action::Call { expect, .. } = &event.action else { return };
        if let Some(expected) = answer::unexpected(expect, got) {
            let (origin, call) = (event.origin, describe(&event.action));
            let (at, event) = (self.kernel.now(), self.kernel.event());
            self.failures.push(Failure::Expectation { index, origin, call, expected, got: got.clone(), at, event });
        }
    }

    /// `RUN` answers whether the text ran, and what it printed or the error.
    fn injected(&mut self, index: usize, entry: usize, got: Got, packed: &[u8]) {
        let failed = match &got {
            Got::Values(values) => match values.as_slice() {
                [Value::Boolean(true), ..] => None,
                [_, Value::String(text), ..] => Some(String::from_utf8_lossy(text).into_owned()),
                _ => Some("it has no answer to say".to_owned()),
            },
            Got::Error(text) => Some(text.clone()),
            Got::Nothing => None,
        };
        self.settle(index, entry, got, packed);
        if let Some(reason) = failed {
            self.action_failed(index, reason);
        }
    }

    fn launch_answered(&mut self, label: &str, args: &[u8], by: Starter, got: &Got) {
        self.kernel.forget_label(args, label);
        if let Got::Error(reason) = got {
            if let Starter::Reload(attempt) = by {
                return self.relaunched(attempt, Err(format!("it did not start: {reason}")));
            }
            let (service, reason) = (label.to_owned(), reason.clone());
            let failure = Failure::Launch { service, reason, lines: self.last_lines() };
            return match by {
                Starter::Event(_) | Starter::Fault | Starter::Reload(_) => self.failures.push(failure),
                Starter::Plan => self.fail(failure),
            };
        }
        // No value: the service left before its start function returned. It may.
        if let Got::Values(values) = got
            && let Some(Value::Integer(handle)) = values.first()
            && let Some(id) = u32::try_from(*handle).ok().and_then(|handle| self.kernel.find(Handle(handle)))
        {
            self.kernel.set_label(id, label);
        }
        match by {
            Starter::Plan => self.launched(),
            Starter::Reload(attempt) => self.relaunched(attempt, Ok(())),
            Starter::Event(_) | Starter::Fault => {}
        }
    }
}
