//! The tables of a scenario file below its top.

use toml_edit::{Array, InlineTable, Value as Toml};

use super::value::{value, values};
use super::{Lines, integer, since_start};
use crate::base::{Span, Value};
use crate::scenario::event::{Action, Answer, Content, DEFAULT_KIND, Event, Trigger};
use crate::scenario::fault::{Dose, FaultMatch, FaultRule, Idleness, Restart};
use crate::scenario::fault_kind::{FaultKind, Form};
use crate::scenario::glob::Glob;
use crate::scenario::model::{DEFAULT_STEPS, Model, ModelOrder};
use crate::scenario::pin::{MessageName, Pin};
use crate::scenario::plan::{Budget, Check, CheckMoment, Expect, NodeSettings, Outcome, PairsOrder, Service, Waiting};
use crate::scenario::reload::{Direction, Identity, Reload, ReloadOutcome, ReloadWay};

pub(super) fn node(node: &NodeSettings, text: &mut Lines) {
    if *node == NodeSettings::default() {
        return;
    }
    text.header("[node]");
    text.optional("start", node.start.as_ref());
    text.optional("luaservice", node.luaservice.as_ref());
    text.optional("lua_path", node.lua_path.as_ref());
    text.optional("lua_cpath", node.lua_cpath.as_ref());
    text.optional("snax", node.snax.as_ref());
    text.optional("preload", node.preload.as_ref());
    text.optional("lualoader", node.lualoader.as_ref());
    text.optional("bootstrap", node.bootstrap.as_ref());
    text.optional("thread", node.thread.map(i64::from));
    text.optional("harbor", node.harbor.map(i64::from));
    text.optional("logger", node.logger.as_ref());
    text.optional("profile", node.profile);
    text.optional("config", node.config.as_ref());
    text.optional("skynet", node.skynet.as_ref());
    if node.start_time != NodeSettings::default().start_time {
        text.entry("start_time", node.start_time.to_string());
    }
    text.optional("first_session", node.first_session.map(i64::from));
    if node.pairs == PairsOrder::Shuffled {
        text.entry("pairs", "shuffled");
    }
    text.inline("env", node.env.iter().map(|(key, item)| (key.as_str(), value(item))).collect());
}

pub(super) fn service(service: &Service, text: &mut Lines) {
    text.header("[[service]]");
    text.entry("name", &service.name);
    text.entry("file", &service.file);
    if !service.args.is_empty() {
        text.entry("args", values(&service.args));
    }
}

pub(super) fn reload(reload: &Reload, text: &mut Lines) {
    text.header("[[reload]]");
    text.entry("name", &reload.name);
    text.entry("service", &reload.service);
    if !matches!(reload.way, ReloadWay::Message(_)) {
        text.entry("how", reload.way.name());
    }
    text.optional("file", reload.way.file());
    match &reload.way {
        ReloadWay::Message(args) => text.entry("args", values(args)),
        ReloadWay::Inject { args, .. } | ReloadWay::Snax { args, .. } if args.is_empty() => {}
        ReloadWay::Inject { args, .. } | ReloadWay::Snax { args, .. } => text.entry("args", values(args)),
        ReloadWay::Relaunch => {}
        ReloadWay::Handover { export, import } => {
            text.entry("export", values(export));
            text.entry("import", values(import));
        }
    }
    if !reload.files.is_empty() {
        let files = reload.files.iter().map(|file| Toml::from(written(&file.path, &file.content)));
        text.entry("write", files.collect::<Array>());
    }
    if reload.outcome != ReloadOutcome::Any {
        text.entry("expect", reload.outcome.as_str());
    }
    if reload.direction == Direction::Back {
        text.entry("back", true);
    }
    if reload.identity == Identity::Promised {
        text.entry("identity", true);
    }
    text.texts("may_differ", &reload.may_differ);
}

/// A file and what it is given.
fn written(path: &str, content: &Content) -> InlineTable {
    let content = match content {
        Content::File(file) => ("from", file.as_str()),
        Content::Text(text) => ("text", text.as_str()),
    };
    InlineTable::from_iter([("path", path), content])
}

pub(super) fn event(event: &Event, text: &mut Lines) {
    text.header("[[event]]");
    match &event.trigger {
        Trigger::At(moment) => text.entry("at", since_start(*moment)),
        Trigger::Every { period, from, to, times } => {
            text.entry("every", period.to_string());
            text.entry("from", since_start(*from));
            text.optional("to", to.map(since_start));
            text.optional("times", times.map(integer));
        }
        Trigger::When(occasion) => {
            let mut table = InlineTable::from_iter([("service", occasion.service.as_str())]);
            put(&mut table, "message", occasion.message.as_ref().map(Glob::as_str));
            put(&mut table, "nth", (occasion.nth != 1).then(|| integer(occasion.nth)));
            put(&mut table, "kind", occasion.kind.as_ref());
            text.entry("when", table);
        }
    }
    action(&event.action, text);
}

fn action(action: &Action, text: &mut Lines) {
    match action {
        Action::Call { to, args, kind, expect } => {
            let mut table = message(to, args, kind);
            match expect {
                Answer::Any => {}
                Answer::Values(expected) => put(&mut table, "expect", Some(values(expected))),
                Answer::Error(part) => put(&mut table, "expect_error", Some(part)),
            }
            text.entry("call", table);
        }
        Action::Send { to, args, kind } => text.entry("send", message(to.as_str(), args, kind)),
        Action::Kill { service, restart_after } => ending("kill", service, *restart_after, text),
        Action::Exit { service, restart_after } => ending("exit", service, *restart_after, text),
        Action::Restart(service) => text.entry("restart", service.as_str()),
        Action::Pause(service) => text.entry("pause", service.as_str()),
        Action::Resume(service) => text.entry("resume", service.as_str()),
        Action::Write { path, content } => text.entry("write", written(path, content)),
        Action::Inject { to, file, args } => {
            let mut table = InlineTable::from_iter([("to", to.as_str()), ("file", file)]);
            put(&mut table, "args", (!args.is_empty()).then(|| values(args)));
            text.entry("inject", table);
        }
        Action::Reload(name) => text.entry("reload", name),
        Action::Log(line) => text.entry("log", line),
    }
}

fn message(to: &str, args: &[Value], kind: &String) -> InlineTable {
    let mut table = InlineTable::from_iter([("to", to)]);
    put(&mut table, "args", (!args.is_empty()).then(|| values(args)));
    put(&mut table, "type", (kind != DEFAULT_KIND).then_some(kind));
    table
}

fn ending(key: &str, service: &Glob, restart_after: Option<Span>, text: &mut Lines) {
    text.entry(key, service.as_str());
    text.optional("restart_after", restart_after.map(|span| span.to_string()));
}

pub(super) fn fault(rule: &FaultRule, text: &mut Lines) {
    text.header("[[fault]]");
    text.entry("name", &rule.name);
    text.inline("match", matches(&rule.matches));
    for (kind, amount) in &rule.doses {
        text.entry(kind.name(), dose(*kind, amount));
    }
    if !rule.doses.keys().any(|kind| kind.domain().is_some()) {
        // A rule has to say what it does, even if that is nothing.
        text.entry("drop", false);
    }
    text.optional("with", rule.reload.as_ref());
    if rule.restart == Restart::Clean {
        text.entry("restart", "clean");
    }
    if rule.idleness == Idleness::Allowed {
        text.entry("optional", true);
    }
}

pub(super) fn budget(budget: &Budget, text: &mut Lines) {
    if *budget == Budget::default() {
        return;
    }
    text.header("[budget]");
    text.optional("down", budget.down.map(i64::from));
    text.texts("keep", &budget.keep.iter().map(|glob| glob.as_str().to_owned()).collect::<Vec<_>>());
    text.optional("quiet_after", budget.quiet_after.map(since_start));
}

fn matches(matches: &FaultMatch) -> InlineTable {
    let mut table = InlineTable::new();
    put(&mut table, "from", matches.from.as_ref().map(Glob::as_str));
    put(&mut table, "to", matches.to.as_ref().map(Glob::as_str));
    put(&mut table, "type", matches.kind.as_ref());
    put(&mut table, "command", matches.command.as_ref().map(Glob::as_str));
    put(&mut table, "path", matches.path.as_ref().map(Glob::as_str));
    put(&mut table, "call", matches.call.as_ref().map(Glob::as_str));
    put(&mut table, "nth", matches.nth.map(integer));
    put(&mut table, "after", matches.after.map(since_start));
    put(&mut table, "before", matches.before.map(since_start));
    table
}

fn dose(kind: FaultKind, dose: &Dose) -> Toml {
    let amount = |amount: u64| match kind.form() {
        Form::Span => Toml::from(Span::from_nanos(amount).to_string()),
        Form::Count | Form::Chance => integer(amount).into(),
    };
    match dose {
        Dose::Probability(probability) => (*probability).into(),
        Dose::Amount(low, high) if low == high => amount(*low),
        Dose::Amount(low, high) => Toml::from_iter([amount(*low), amount(*high)]),
        Dose::Matches(numbers) => {
            let numbers: Array = numbers.iter().map(|number| integer(*number)).collect();
            InlineTable::from_iter([("nth", numbers)]).into()
        }
        Dose::Amounts(amounts) => {
            let amounts = amounts.iter().map(|(number, value)| (number.to_string(), amount(*value)));
            InlineTable::from_iter([("nth", InlineTable::from_iter(amounts))]).into()
        }
    }
}

pub(super) fn pin(pin: &Pin, text: &mut Lines) {
    text.header("[[pin]]");
    text.entry("hold", message_name(&pin.hold));
    text.entry("after", message_name(&pin.after));
}

fn message_name(name: &MessageName) -> InlineTable {
    let mut table = InlineTable::from_iter([("to", &name.to)]);
    put(&mut table, "from", name.from.as_ref());
    put(&mut table, "type", name.kind.as_ref());
    put(&mut table, "command", name.command.as_ref());
    put(&mut table, "nth", (name.nth != 1).then(|| integer(name.nth)));
    table
}

pub(super) fn check(check: &Check, text: &mut Lines) {
    text.header("[[check]]");
    if check.name != check.path {
        text.entry("name", &check.name);
    }
    let key = match check.moment {
        CheckMoment::Always => "always",
        CheckMoment::Eventually { .. } => "eventually",
        CheckMoment::AtEnd => "at_end",
    };
    text.entry(key, &check.path);
    if let CheckMoment::Eventually { within } = check.moment {
        text.entry("within", within.to_string());
    }
}

pub(super) fn model(model: &Model, text: &mut Lines) {
    text.header("[[model]]");
    if model.name != model.path {
        text.entry("name", &model.name);
    }
    text.entry("service", &model.service);
    text.entry("file", &model.path);
    if model.order != ModelOrder::default() {
        text.entry("order", model.order.name());
    }
    text.optional("key", model.key.map(integer));
    if model.steps != DEFAULT_STEPS {
        text.entry("steps", integer(model.steps));
    }
}

pub(super) fn expect(expect: &Expect, text: &mut Lines) {
    if *expect == Expect::default() {
        return;
    }
    text.header("[expect]");
    text.texts("logs", &expect.logs);
    text.texts("logs_no", &expect.logs_no);
    text.texts("prints", &expect.prints);
    text.texts("prints_no", &expect.prints_no);
    text.texts("errors", &expect.errors);
    if expect.waiting == Waiting::Allow {
        text.entry("waiting", "allow");
    }
    text.texts("snapshot", &expect.snapshot);
    text.texts("versions", &expect.versions.iter().map(ToString::to_string).collect::<Vec<_>>());
    match &expect.outcome {
        Outcome::Pass => {}
        Outcome::Fail(reason) if reason.is_empty() => text.entry("outcome", "fail"),
        Outcome::Fail(reason) => text.entry("outcome", format!("fail: {reason}")),
    }
}

fn put(table: &mut InlineTable, key: &str, value: Option<impl Into<Toml>>) {
    if let Some(value) = value {
        table.insert(key, value.into());
    }
}
