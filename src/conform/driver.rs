//! The Lua service that plays a plan on real Skynet: the plan as a table, and `driver.lua` behind it.

use std::fmt::Write as _;
use std::path::Path;

use super::literal::{list, text};
use crate::base::{MessageKind, Span, Value, VirtualTime};
use crate::faults::kind_by_name;
use crate::scenario::{Action, Content, Event, Glob, Plan, Trigger};

/// What the service is called.
pub const DRIVER: &str = "skysim_conform_driver";

/// The last line that it logs: what comes behind it is the node's end.
pub const LAST_WORDS: &str = "skysim: the timeline is over";

/// The service, in Lua.
const PLAYER: &str = include_str!("driver.lua");

/// Nanoseconds.
const MILLISECOND: u64 = 1_000_000;
const TICK: u64 = 10 * MILLISECOND;

/// The source of the driver that plays `plan` until a moment. `read` gives the text of a file that the plan names.
///
/// # Errors
/// In words: a value that Lua source cannot give, a message type that nobody knows, a file that cannot be read.
pub fn driver(
    plan: &Plan,
    until: VirtualTime,
    transcript: &Path,
    read: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<String, String> {
    let mut source = String::from("local plan = {\n");
    let mut put = |key: &str, value: &str| {
        let _ = writeln!(source, "\t{key} = {value},");
    };
    put("transcript", &text(transcript.as_os_str().as_encoded_bytes()));
    put("last_words", &text(LAST_WORDS.as_bytes()));
    put("until_ms", &(until.as_nanos() / MILLISECOND).to_string());
    if let Some(start) = &plan.node.start {
        put("start", &text(start.as_bytes()));
    }
    let names: Vec<Value> = plan.services.iter().map(|service| Value::from(&*service.name)).collect();
    put("order", &format!("{{ {} }}", list(&names).unwrap_or_default()));
    put("services", &services(plan));
    let (kinds, texts) = kinds(plan)?;
    put("kinds", &kinds);
    put("texts", &texts);
    source.push_str("\tevents = {\n");
    for (index, event) in plan.events.iter().enumerate() {
        let _ = writeln!(source, "\t\t{},", entry(index, event, &read)?);
    }
    source.push_str("\t},\n}\n\n");
    source.push_str(PLAYER);
    Ok(source)
}

fn services(plan: &Plan) -> String {
    let mut table = String::from("{ ");
    for service in &plan.services {
        // The launcher makes words of them, as the scenario does.
        let args = crate::world::argument_text(&service.file, &service.args);
        let words = args.split(|byte| *byte == b' ').skip(1).map(text);
        let words: Vec<String> = words.collect();
        let (name, file) = (text(service.name.as_bytes()), text(service.file.as_bytes()));
        let _ = write!(table, "[{name}] = {{ file = {file}, args = {{ {} }} }}, ", words.join(", "));
    }
    table.push('}');
    table
}

/// The message types that the driver has to make known, by name, and those of them that carry text.
fn kinds(plan: &Plan) -> Result<(String, String), String> {
    let mut named: Vec<(&str, MessageKind)> = Vec::new();
    for event in &plan.events {
        let (Action::Call { kind, .. } | Action::Send { kind, .. }) = &event.action else { continue };
        let known = kind_by_name(kind).ok_or_else(|| format!("there is no message type `{kind}`"))?;
        let built_in = [MessageKind::LUA, MessageKind::DEBUG, MessageKind::RESPONSE, MessageKind::ERROR];
        if !built_in.contains(&known) && !named.contains(&(kind, known)) {
            named.push((kind, known));
        }
    }
    let table = |parts: Vec<String>| format!("{{ {} }}", parts.join(", "));
    let kinds = named.iter().map(|(name, kind)| format!("[{}] = {}", text(name.as_bytes()), kind.0)).collect();
    let texts = named.iter().filter(|(_, kind)| !kind.is_packed());
    let texts = texts.map(|(name, _)| format!("[{}] = true", text(name.as_bytes()))).collect();
    Ok((table(kinds), table(texts)))
}

fn entry(index: usize, event: &Event, read: impl Fn(&str) -> Result<Vec<u8>, String>) -> Result<String, String> {
    let mut fields = vec![format!("number = {index}")];
    match &event.trigger {
        Trigger::At(at) => fields.push(format!("at = {}", at.as_nanos() / MILLISECOND)),
        Trigger::Every { period, from, to, times } => {
            fields.push(format!("at = {}, period = {}", from.as_nanos() / MILLISECOND, milliseconds(*period)));
            let to = to.map_or("math.maxinteger".to_owned(), |to| (to.as_nanos() / MILLISECOND).to_string());
            fields.push(format!("last = {to}"));
            fields.extend(times.map(|times| format!("times = {times}")));
        }
        Trigger::When(_) => return Err("it waits for a message".to_owned()),
    }
    let mut add = |key: &str, value: &str| fields.push(format!("{key} = {value}"));
    let mut name = |action: &str, to: &str| {
        add("action", &text(action.as_bytes()));
        add("to", &text(to.as_bytes()));
    };
    match &event.action {
        Action::Call { to, args, kind, .. } => {
            name("call", to);
            add("kind", &text(kind.as_bytes()));
            add("args", &arguments(args)?);
        }
        Action::Send { to, args, kind } => {
            name("send", to.as_str());
            add("kind", &text(kind.as_bytes()));
            add("args", &arguments(args)?);
        }
        Action::Inject { to, file, args } => {
            name("inject", to.as_str());
            add("file", &text(file.as_bytes()));
            add("source", &text(&read(file)?));
            add("args", &arguments(args)?);
        }
        Action::Kill { service, restart_after } => end(&mut fields, "kill", service, *restart_after),
        Action::Exit { service, restart_after } => end(&mut fields, "exit", service, *restart_after),
        Action::Restart(service) => name("restart", service.as_str()),
        Action::Write { path, content } => {
            name("write", "");
            add("path", &text(path.as_bytes()));
            let bytes = match content {
                Content::File(name) => read(name)?,
                Content::Text(text) => text.clone().into_bytes(),
            };
            add("text", &text(&bytes));
        }
        Action::Log(line) => {
            name("log", "");
            add("text", &text(line.as_bytes()));
        }
        Action::Pause(_) | Action::Resume(_) => return Err("it pauses a service".to_owned()),
        Action::Reload(_) => return Err("it reloads a service".to_owned()),
    }
    Ok(format!("{{ {} }}", fields.join(", ")))
}

fn end(fields: &mut Vec<String>, action: &str, service: &Glob, restart_after: Option<Span>) {
    let to = text(service.as_str().as_bytes());
    fields.push(format!("action = \"{action}\", to = {to}"));
    fields.extend(restart_after.map(|after| format!("after = {}", after.as_nanos().div_ceil(TICK))));
}

fn arguments(args: &[Value]) -> Result<String, String> {
    let values = list(args).ok_or("a pointer means nothing in another process")?;
    Ok(format!("function() return {values} end"))
}

/// At least one: an event without a period would happen for ever at the same moment.
fn milliseconds(span: Span) -> u64 {
    (span.as_nanos() / MILLISECOND).max(1)
}
