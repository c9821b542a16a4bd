//! `[node]`.

use indexmap::IndexMap;
use toml::de::DeValue;

use super::field::Field;
use super::section::Section;
use super::value::scalar;
use crate::base::Value;
use crate::scenario::keys::NODE;
use crate::scenario::plan::{NodeSettings, PairsOrder};
use crate::scenario::problem::ProblemKind;
use crate::scenario::walltime::WallTime;

/// The keys that a real config file gives itself.
const OF_CONFIG: [&str; 12] = [
    "start",
    "luaservice",
    "lua_path",
    "lua_cpath",
    "snax",
    "preload",
    "lualoader",
    "bootstrap",
    "thread",
    "harbor",
    "logger",
    "profile",
];

/// The node; everything by default if the file has none.
pub(super) fn node(top: &Section<'_>) -> NodeSettings {
    let Some(section) = top.field("node").and_then(|field| section(&field)) else {
        return NodeSettings::default();
    };
    if section.field("config").is_some() {
        section.refuse_beside(&OF_CONFIG, "config");
    }
    NodeSettings {
        start: section.text("start"),
        luaservice: section.text("luaservice"),
        lua_path: section.text("lua_path"),
        lua_cpath: section.text("lua_cpath"),
        snax: section.text("snax"),
        preload: section.text("preload"),
        lualoader: section.text("lualoader"),
        bootstrap: section.text("bootstrap"),
        thread: section.field("thread").and_then(|field| field.integer(1, 1024)),
        harbor: section.field("harbor").and_then(|field| field.integer(0, 255)),
        logger: section.text("logger"),
        profile: section.field("profile").and_then(|field| field.boolean()),
        env: section.field("env").map(|field| environment(&field)).unwrap_or_default(),
        config: section.field("config").and_then(|field| field.name()),
        skynet: section.field("skynet").and_then(|field| field.name()),
        first_session: section.field("first_session").and_then(|field| field.integer(0, i32::MAX as u64)),
        pairs: section.field("pairs").and_then(|field| pairs(&field)).unwrap_or_default(),
        start_time: section.field("start_time").and_then(|field| start_time(&field)).unwrap_or_default(),
    }
}

/// `[node]`, or the only `[[node]]`.
fn section<'a>(field: &Field<'a>) -> Option<Section<'a>> {
    let DeValue::Array(_) = field.value() else { return field.section("[node]", NODE) };
    match &*field.items() {
        [only] => only.section("[[node]]", NODE),
        [_, second, ..] => {
            field.context().report(second.place(), ProblemKind::SeveralNodes);
            None
        }
        [] => None,
    }
}

fn environment(field: &Field<'_>) -> IndexMap<String, Value> {
    let Some(table) = field.table("a table") else { return IndexMap::new() };
    let entry = |(key, value)| {
        let key: &toml::Spanned<std::borrow::Cow<'_, str>> = key;
        let name = key.get_ref().to_string();
        scalar(&Field::new(name.clone(), value, field.context())).map(|value| (name, value))
    };
    table.iter().filter_map(entry).collect()
}

fn pairs(field: &Field<'_>) -> Option<PairsOrder> {
    match field.text()?.as_str() {
        "table" => Some(PairsOrder::Table),
        "shuffled" => Some(PairsOrder::Shuffled),
        _ => field.refuse("write \"table\" or \"shuffled\""),
    }
}

fn start_time(field: &Field<'_>) -> Option<WallTime> {
    match field.value() {
        DeValue::String(_) => field.parsed(str::parse),
        DeValue::Datetime(moment) => match moment.to_string().parse() {
            Ok(moment) => Some(moment),
            Err(error) => field.refuse(error),
        },
        _ => field.wrong_type("a moment, such as \"2024-01-01T00:00:00Z\""),
    }
}
