//! `[[service]]`.

use std::collections::BTreeMap;

use super::entries;
use super::field::Field;
use super::section::Section;
use super::value::{Drawing, values};
use crate::base::Value;
use crate::scenario::keys::SERVICE;
use crate::scenario::plan::Service;
use crate::scenario::problem::ProblemKind;
use crate::scenario::template::Target;

/// The services in the order of the file.
pub(super) fn services(top: &Section<'_>) -> Vec<Service> {
    let mut lines = BTreeMap::new();
    entries(top, "service", SERVICE, Target::Service, |section| {
        let name = section.required("name").and_then(|field| name(&field));
        let file = section.required("file").and_then(|field| field.name());
        let args = section.field("args").map(|field| arguments(&field)).unwrap_or_default();
        let service = Service { name: name?, file: file?, args, origin: section.origin() };
        if let Some(line) = lines.insert(service.name.clone(), service.origin.line)
            && let Some(field) = section.field("name")
        {
            let kind = ProblemKind::DuplicateName { name: service.name.clone(), what: "the service", line };
            section.report(field.place(), kind);
        }
        Some(service)
    })
}

/// A name that cannot be taken for a pattern, a local name or a handle.
fn name(field: &Field<'_>) -> Option<String> {
    let name = field.name()?;
    if name.contains(['*', '?']) || name.starts_with(['.', ':']) {
        return field.refuse(format!("`{name}` cannot be a name: it contains * or ?, or begins with . or :"));
    }
    Some(name)
}

/// What `skynet.newservice` can pass on: it makes texts of all.
fn arguments(field: &Field<'_>) -> Vec<Value> {
    let args = values(field, Drawing::Possible);
    for (arg, item) in args.iter().zip(field.items()) {
        if matches!(arg, Value::Table(_) | Value::Nil | Value::Pointer(_)) {
            item.wrong_type::<()>("a string, a number or a boolean");
        }
    }
    args
}
