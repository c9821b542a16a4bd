//! A plan as TOML, in the order of the format's keys. What is as by default is left out, so that a
//! plan is as short as one written by hand. Reads back to an equal plan.

mod tables;
mod value;

use toml_edit::{Array, InlineTable, Key};

use self::tables::{budget, check, event, expect, fault, model, node, pin, reload, service};
use super::branch::Branch;
use super::plan::{Allow, DEFAULT_COST, DEFAULT_SCHEDULE, Dialect, Limits, Permission, Plan};
use super::size::format_size;
use crate::base::{Seed, VirtualTime};

impl Plan {
    /// The plan as the text of a scenario file that stands in [`Plan::folder`].
    #[must_use]
    pub fn to_toml(&self) -> String {
        self.written(None)
    }

    /// The plan as the text of a scenario file that stands elsewhere. `folder` leads from there to
    /// [`Plan::folder`], and is written into the file.
    #[must_use]
    pub fn to_toml_elsewhere(&self, folder: &str) -> String {
        self.written(Some(folder))
    }

    fn written(&self, folder: Option<&str>) -> String {
        let mut text = Lines::default();
        text.entry("schema", 1);
        text.entry_unless_default("title", &self.title, &String::new());
        text.entry("seed", seed(self.seed));
        text.optional("until", self.until.map(since_start));
        text.entry_unless_default("schedule", &self.schedule, &DEFAULT_SCHEDULE.to_owned());
        if self.cost != DEFAULT_COST {
            text.entry("cost", self.cost.to_string());
        }
        match &*self.branches {
            [] => {}
            [only] => text.inline("branch", branch(only)),
            several => text.entry("branch", toml_edit::Array::from_iter(several.iter().map(branch))),
        }
        text.optional("folder", folder);
        text.inline("limits", limits(&self.limits));
        text.inline("allow", allow(&self.allow));
        let detect: Vec<String> = self.detect.iter().map(|detector| detector.name().to_owned()).collect();
        text.texts("detect", &detect);
        if self.buggify == Permission::Refused {
            text.entry("buggify", false);
        }
        if self.dialect == Dialect::Tutorial {
            text.entry("dialect", "tutorial");
        }
        node(&self.node, &mut text);
        self.services.iter().for_each(|entry| service(entry, &mut text));
        self.reloads.iter().for_each(|entry| reload(entry, &mut text));
        self.events.iter().for_each(|entry| event(entry, &mut text));
        self.faults.iter().for_each(|entry| fault(entry, &mut text));
        budget(&self.budget, &mut text);
        self.pins.iter().for_each(|entry| pin(entry, &mut text));
        self.checks.iter().for_each(|entry| check(entry, &mut text));
        self.models.iter().for_each(|entry| model(entry, &mut text));
        expect(&self.expect, &mut text);
        text.0
    }
}

/// A moment, as the span since the start that the file has.
fn since_start(moment: VirtualTime) -> String {
    moment.since(VirtualTime::ZERO).to_string()
}

/// TOML's integers end where i64 ends.
fn seed(seed: Seed) -> toml_edit::Value {
    i64::try_from(seed.0).map_or_else(|_| seed.to_string().into(), Into::into)
}

fn branch(branch: &Branch) -> InlineTable {
    let mut table = InlineTable::from_iter([("at", since_start(branch.at))]);
    table.insert("seed", seed(branch.seed));
    if let Some(schedule) = &branch.schedule {
        table.insert("schedule", schedule.as_str().into());
    }
    table
}

fn limits(limits: &Limits) -> InlineTable {
    let mut table = InlineTable::new();
    if let Some(memory) = limits.memory {
        table.insert("memory", format_size(memory).into());
    }
    if limits.instructions != Limits::default().instructions {
        table.insert("instructions", integer(limits.instructions).into());
    }
    if limits.services != Limits::default().services {
        table.insert("services", integer(limits.services.into()).into());
    }
    if let Some(events) = limits.events {
        table.insert("events", integer(events).into());
    }
    table
}

fn allow(allow: &Allow) -> InlineTable {
    let mut table = InlineTable::new();
    if allow.bytecode == Permission::Allowed {
        table.insert("bytecode", true.into());
    }
    if !allow.native.is_empty() {
        table.insert("native", allow.native.iter().collect::<Array>().into());
    }
    if !allow.detectors.is_empty() {
        table.insert("detectors", allow.detectors.iter().map(|detector| detector.name()).collect::<Array>().into());
    }
    table
}

/// A count as TOML has it; larger ones than TOML can write cannot have been read.
fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The text of a file, line by line.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// The header of a table, below an empty line.
    fn header(&mut self, header: &str) {
        self.0.push_str(&format!("\n{header}\n"));
    }

    fn entry(&mut self, key: &str, value: impl Into<toml_edit::Value>) {
        let value = value.into().decorated("", "");
        self.0.push_str(&format!("{} = {value}\n", Key::new(key)));
    }

    fn entry_unless_default(&mut self, key: &str, value: &String, default: &String) {
        if value != default {
            self.entry(key, value);
        }
    }

    fn optional(&mut self, key: &str, value: Option<impl Into<toml_edit::Value>>) {
        if let Some(value) = value {
            self.entry(key, value);
        }
    }

    /// A table in one line, unless it is empty.
    fn inline(&mut self, key: &str, table: InlineTable) {
        if !table.is_empty() {
            self.entry(key, table);
        }
    }

    /// An array of texts, unless it is empty.
    fn texts(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.entry(key, texts.iter().collect::<Array>());
        }
    }
}
