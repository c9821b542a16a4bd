//! `[[reload]]`: how services are given new code.

use std::collections::BTreeMap;

use super::field::Field;
use super::names::Names;
use super::section::Section;
use super::value::{Drawing, values};
use crate::base::Value;
use crate::scenario::event::Content;
use crate::scenario::keys::{RELOAD, WRITE};
use crate::scenario::problem::ProblemKind;
use crate::scenario::reload::{Direction, Identity, NewFile, Reload, ReloadOutcome, ReloadWay};

/// The reloads in the order of the file.
pub(super) fn reloads(top: &Section<'_>, names: &Names) -> Vec<Reload> {
    let mut lines = BTreeMap::new();
    let tables = top.field("reload").map(|field| field.tables()).unwrap_or_default();
    let mut reloads = Vec::new();
    for (index, (table, span)) in tables.into_iter().enumerate() {
        let title = format!("[[reload]] {}", index + 1);
        let section = Section::open(table, span.clone(), title, RELOAD, top.context());
        let Some(reload) = reload(&section, names) else { continue };
        if let Some(line) = lines.insert(reload.name.clone(), reload.origin.line) {
            let place = section.field("name").map_or(span, |field| field.place());
            let kind = ProblemKind::DuplicateName { name: reload.name.clone(), what: "the reload", line };
            section.report(place, kind);
        }
        reloads.push(reload);
    }
    reloads
}

fn reload(section: &Section<'_>, names: &Names) -> Option<Reload> {
    let name = section.required("name").and_then(|field| field.name());
    let service = section.required("service").and_then(|field| names.one(&field));
    let way = way(section);
    let outcome = section.field("expect").map_or(Some(ReloadOutcome::Any), |field| outcome(&field));
    let back = section.field("back").and_then(|field| field.boolean());
    let identity = section.field("identity").and_then(|field| field.boolean()) == Some(true);
    if identity {
        section.refuse_beside(&["write", "back"], "identity");
    }
    Some(Reload {
        name: name?,
        service: service?,
        way: way?,
        files: section.field("write").map(|field| files(&field, section)).unwrap_or_default(),
        outcome: outcome?,
        direction: if back == Some(true) { Direction::Back } else { Direction::Forward },
        identity: if identity { Identity::Promised } else { Identity::Unsaid },
        may_differ: section.texts("may_differ"),
        origin: section.origin(),
    })
}

fn way(section: &Section<'_>) -> Option<ReloadWay> {
    let how = section.field("how").map_or(Some("message".to_owned()), |field| field.text())?;
    if !matches!(&*how, "inject" | "snax") {
        section.refuse_alone(&["file"], "`how = \"inject\"` or `\"snax\"`");
    }
    if how != "handover" {
        section.refuse_alone(&["export", "import"], "`how = \"handover\"`");
    }
    if matches!(&*how, "relaunch" | "handover") {
        section.refuse_alone(&["args"], "`how = \"message\"`, `\"inject\"` or `\"snax\"`");
    }
    let list = |key, default: &[&str]| match section.field(key) {
        Some(field) => values(&field, Drawing::Impossible),
        None => default.iter().map(|word| Value::from(*word)).collect(),
    };
    let file = || section.required("file").and_then(|field| field.name());
    match &*how {
        "message" => Some(ReloadWay::Message(list("args", &["reload"]))),
        "inject" => Some(ReloadWay::Inject { file: file()?, args: list("args", &[]) }),
        "snax" => Some(ReloadWay::Snax { file: file()?, args: list("args", &[]) }),
        "relaunch" => Some(ReloadWay::Relaunch),
        "handover" => {
            Some(ReloadWay::Handover { export: list("export", &["export"]), import: list("import", &["import"]) })
        }
        other => section
            .field("how")?
            .refuse(format!("`{other}` is no way to reload; there are message, inject, snax, relaunch and handover")),
    }
}

fn files(field: &Field<'_>, section: &Section<'_>) -> Vec<NewFile> {
    let read = |(table, span)| {
        let section = Section::open(table, span, "`write`".to_owned(), WRITE, section.context());
        let path = section.required("path").and_then(|field| field.name());
        Some(NewFile { path: path?, content: content(&section)? })
    };
    field.tables().into_iter().filter_map(read).collect()
}

/// What a file is given.
pub(super) fn content(section: &Section<'_>) -> Option<Content> {
    let key = section.exactly_one(&["from", "text"], "what the file contains")?;
    Some(match key {
        "from" => Content::File(section.field(key)?.name()?),
        _ => Content::Text(section.text(key)?),
    })
}

fn outcome(field: &Field<'_>) -> Option<ReloadOutcome> {
    let text = field.text()?;
    let all = [ReloadOutcome::Any, ReloadOutcome::Done, ReloadOutcome::Refused];
    let found = all.into_iter().find(|outcome| outcome.as_str() == text);
    found.or_else(|| field.refuse(format!("`{text}` is neither `done` nor `refused` nor `any`")))
}
