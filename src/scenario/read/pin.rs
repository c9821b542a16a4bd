//! `[[pin]]`: which of two messages is handled first.

use super::field::Field;
use super::section::Section;
use crate::scenario::keys::{MESSAGE, PIN};
use crate::scenario::pin::{MessageName, Pin};

/// The pins in the order of the file.
pub(super) fn pins(top: &Section<'_>) -> Vec<Pin> {
    let tables = top.field("pin").map(|field| field.tables()).unwrap_or_default();
    let sections = tables
        .into_iter()
        .enumerate()
        .map(|(index, (table, span))| Section::open(table, span, format!("[[pin]] {}", index + 1), PIN, top.context()));
    sections.filter_map(|section| pin(&section)).collect()
}

fn pin(section: &Section<'_>) -> Option<Pin> {
    let hold = section.required("hold").and_then(|field| message(&field));
    let after = section.required("after").and_then(|field| message(&field));
    let pin = Pin { hold: hold?, after: after?, origin: section.origin() };
    if pin.hold == pin.after {
        return section.field("after")?.refuse("a message cannot wait for itself");
    }
    Some(pin)
}

/// Not checked against the names of the file: the runtime's own services have messages, too.
fn message(field: &Field<'_>) -> Option<MessageName> {
    let section = field.section(&format!("`{}`", field.key()), MESSAGE)?;
    let to = section.required("to").and_then(|field| field.name());
    Some(MessageName {
        to: to?,
        from: section.field("from").and_then(|field| field.name()),
        kind: section.field("type").and_then(|field| field.name()),
        command: section.text("command"),
        nth: section.field("nth").and_then(|field| field.count()).unwrap_or(1),
    })
}
