//! `[[model]]`.

use super::field::Field;
use super::names::Names;
use super::section::Section;
use crate::scenario::keys::{KEY_MAX, MODEL};
use crate::scenario::model::{DEFAULT_STEPS, Model, ModelOrder};

/// The models in the order of the file.
pub(super) fn models(top: &Section<'_>, names: &Names) -> Vec<Model> {
    let tables = top.field("model").map(|field| field.tables()).unwrap_or_default();
    let sections = tables.into_iter().enumerate().map(|(index, (table, span))| {
        Section::open(table, span, format!("[[model]] {}", index + 1), MODEL, top.context())
    });
    sections.filter_map(|section| model(&section, names)).collect()
}

fn model(section: &Section<'_>, names: &Names) -> Option<Model> {
    let service = section.required("service").and_then(|field| names.one(&field));
    let path = section.required("file").and_then(|field| field.name());
    let name = section.field("name").and_then(|field| field.name());
    let order = section.field("order").and_then(|field| order(&field));
    let key = section.field("key").and_then(|field| field.integer(1, KEY_MAX));
    let steps = section.field("steps").and_then(|field| field.count());
    let path = path?;
    Some(Model {
        name: name.unwrap_or_else(|| path.clone()),
        service: service?,
        path,
        order: order.unwrap_or_default(),
        key,
        steps: steps.unwrap_or(DEFAULT_STEPS),
        origin: section.origin(),
    })
}

fn order(field: &Field<'_>) -> Option<ModelOrder> {
    let text = field.text()?;
    let found = ModelOrder::ALL.into_iter().find(|order| order.name() == text);
    found.or_else(|| field.refuse(format!("`{text}` is neither `answered` nor `linearizable`")))
}
