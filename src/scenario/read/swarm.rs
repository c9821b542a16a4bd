//! `[budget]` and `[swarm]`.

use super::fault;
use super::field::Field;
use super::names::Names;
use super::section::{Section, similar};
use crate::scenario::fault_kind::FaultKind;
use crate::scenario::glob::Glob;
use crate::scenario::keys::{BUDGET, SWARM};
use crate::scenario::plan::Budget;
use crate::scenario::swarm::{Swarm, SwarmKind};

pub(super) fn budget(top: &Section<'_>) -> Budget {
    let Some(section) = top.field("budget").and_then(|field| field.section("[budget]", BUDGET)) else {
        return Budget::default();
    };
    let keep = section.field("keep").map(|field| field.items()).unwrap_or_default();
    Budget {
        down: section.field("down").and_then(|field| field.integer(0, u32::MAX.into())),
        keep: keep.iter().filter_map(Field::name).map(Glob::new).collect(),
        quiet_after: section.field("quiet_after").and_then(|field| field.moment()),
    }
}

pub(super) fn swarm(top: &Section<'_>, names: &Names) -> Option<Swarm> {
    let section = top.field("swarm")?.section("[swarm]", SWARM)?;
    let kinds = section.field("kinds").map(|field| field.items()).unwrap_or_default();
    let matches = section.field("match").and_then(|field| fault::matches(&field));
    Some(Swarm {
        kinds: kinds.iter().filter_map(|field| kind(field, names)).collect(),
        matches: matches.unwrap_or_default(),
    })
}

fn kind(field: &Field<'_>, names: &Names) -> Option<SwarmKind> {
    let name = field.name()?;
    if name == FaultKind::Reload.name() && !names.has_reloads() {
        return field.refuse("there is no [[reload]] that could be drawn");
    }
    let found = SwarmKind::all().find(|kind| kind.name() == name);
    if found.is_some() {
        return found;
    }
    let names: Vec<&str> = SwarmKind::all().map(SwarmKind::name).collect();
    match similar(&name, names.iter().copied()) {
        Some(meant) => field.refuse(format!("no fault is called `{name}`; did you mean `{meant}`?")),
        None => field.refuse(format!("no fault is called `{name}`; there are {}", names.join(", "))),
    }
}
