//! `limits`, `allow`, `[[check]]` and `[expect]`.

use super::field::Field;
use super::names::Names;
use super::section::{Section, similar};
use crate::scenario::detector::Detector;
use crate::scenario::keys::{ALLOW, CHECK, EXPECT, LIMITS, MOMENTS};
use crate::scenario::plan::{Allow, Check, CheckMoment, Expect, Limits, Outcome, Permission, Waiting};
use crate::scenario::size::parse_size;
use crate::scenario::version::VersionPlace;

pub(super) fn limits(top: &Section<'_>) -> Limits {
    let mut limits = Limits::default();
    if let Some(section) = top.field("limits").and_then(|field| field.section("limits", LIMITS)) {
        limits.memory = section.field("memory").and_then(|field| field.parsed(parse_size));
        limits.events = section.field("events").and_then(|field| field.count());
        if let Some(count) = section.field("instructions").and_then(|field| field.count()) {
            limits.instructions = count;
        }
        if let Some(count) = section.field("services").and_then(|field| field.count()) {
            limits.services = u32::try_from(count).unwrap_or(u32::MAX);
        }
    }
    limits
}

pub(super) fn allow(top: &Section<'_>) -> Allow {
    let Some(section) = top.field("allow").and_then(|field| field.section("allow", ALLOW)) else {
        return Allow::default();
    };
    let bytecode = match section.field("bytecode").and_then(|field| field.boolean()) {
        Some(true) => Permission::Allowed,
        _ => Permission::Refused,
    };
    Allow { bytecode, native: section.texts("native"), detectors: detectors(&section, "detectors") }
}

/// A list of detectors by name.
pub(super) fn detectors(section: &Section<'_>, key: &'static str) -> Vec<Detector> {
    let Some(field) = section.field(key) else { return Vec::new() };
    if field.texts().is_empty() {
        return Vec::new();
    }
    let detector = |item: Field<'_>| {
        let name = item.text()?;
        let found = Detector::by_name(&name);
        if found.is_some() {
            return found;
        }
        let names = Detector::ALL.map(Detector::name);
        match similar(&name, names.into_iter()) {
            Some(meant) => item.refuse(format!("no detector is called `{name}`; did you mean `{meant}`?")),
            None => item.refuse(format!("no detector is called `{name}`; there are {}", names.join(", "))),
        }
    };
    field.items().into_iter().filter_map(detector).collect()
}

pub(super) fn checks(top: &Section<'_>) -> Vec<Check> {
    let tables = top.field("check").map(|field| field.tables()).unwrap_or_default();
    let read = |(number, (table, span)): (usize, (_, _))| {
        let section = Section::open(table, span, format!("[[check]] {}", number + 1), CHECK, top.context());
        let key = section.exactly_one(&MOMENTS, "when it must hold")?;
        let path = section.field(key)?.name()?;
        let within = section.field("within");
        let moment = match key {
            "always" => CheckMoment::Always,
            "eventually" => CheckMoment::Eventually { within: section.required("within")?.span()? },
            _ => CheckMoment::AtEnd,
        };
        if within.is_some() && key != "eventually" {
            section.refuse_alone(&["within"], "`eventually`");
        }
        let name = match section.field("name") {
            Some(field) => field.name()?,
            None => path.clone(),
        };
        Some(Check { name, moment, path, origin: section.origin() })
    };
    tables.into_iter().enumerate().filter_map(read).collect()
}

pub(super) fn expect(top: &Section<'_>, names: &Names) -> Expect {
    let Some(section) = top.field("expect").and_then(|field| field.section("[expect]", EXPECT)) else {
        return Expect::default();
    };
    let snapshot = section.field("snapshot");
    if let Some(field) = &snapshot {
        for item in field.items() {
            let _ = names.pattern(&item);
        }
    }
    Expect {
        logs: section.texts("logs"),
        logs_no: section.texts("logs_no"),
        prints: section.texts("prints"),
        prints_no: section.texts("prints_no"),
        errors: section.texts("errors"),
        waiting: section.field("waiting").and_then(|field| waiting(&field)).unwrap_or_default(),
        snapshot: snapshot.map(|field| field.texts()).unwrap_or_default(),
        versions: versions(&section, names),
        outcome: section.field("outcome").and_then(|field| outcome(&field)).unwrap_or_default(),
    }
}

fn versions(section: &Section<'_>, names: &Names) -> Vec<VersionPlace> {
    let items = section.field("versions").map(|field| field.items()).unwrap_or_default();
    let place = |field: &Field<'_>| {
        let place: VersionPlace = field.parsed(str::parse)?;
        names.known(field, place.service())?;
        Some(place)
    };
    items.iter().filter_map(place).collect()
}

fn waiting(field: &Field<'_>) -> Option<Waiting> {
    match &*field.text()? {
        "allow" => Some(Waiting::Allow),
        "forbid" => Some(Waiting::Forbid),
        other => field.refuse(format!("`{other}` is neither `allow` nor `forbid`")),
    }
}

fn outcome(field: &Field<'_>) -> Option<Outcome> {
    let text = field.text()?;
    match &*text {
        "pass" => Some(Outcome::Pass),
        "fail" => Some(Outcome::Fail(String::new())),
        _ => match text.strip_prefix("fail:") {
            Some(reason) => Some(Outcome::Fail(reason.strip_prefix(' ').unwrap_or(reason).to_owned())),
            None => field.refuse(format!("`{text}` is neither `pass` nor `fail: TEXT` (a part of the verdict)")),
        },
    }
}
