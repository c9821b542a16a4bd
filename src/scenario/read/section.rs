//! A table of the file: refuses keys that it does not have, and hands out the others.

use std::ops::Range;

use toml::de::DeTable;

use super::context::Context;
use super::field::Field;
use crate::scenario::keys::{Key, TOP};
use crate::scenario::plan::Origin;
use crate::scenario::problem::ProblemKind;

/// One table, with the keys that it may have.
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    /// What messages call it, such as `[node]`.
    name: String,
    completeness: Completeness,
    context: &'a Context<'a>,
}

/// Whether missing keys can be told from misspelt ones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Completeness {
    /// All keys are known: what is missing is missing.
    Known,
    /// There are unknown keys, and they were reported; one of them may be the missing one.
    Doubtful,
}

impl<'a> Section<'a> {
    /// Opens a table. Keys not in `keys` are reported, with what they may have meant.
    pub(super) fn open(
        table: &'a DeTable<'a>,
        span: Range<usize>,
        name: String,
        keys: &'static [Key],
        context: &'a Context<'a>,
    ) -> Section<'a> {
        let mut section = Section { table, span, name, completeness: Completeness::Known, context };
        for (key, _) in table.iter() {
            if keys.iter().all(|known| known.name != key.get_ref()) {
                let key_name = key.get_ref().to_string();
                let advice = advice(&key_name, keys);
                section.completeness = Completeness::Doubtful;
                section.report(key.span(), ProblemKind::UnknownKey { key: key_name, place: section.name(), advice });
            }
        }
        section
    }

    /// What messages call it.
    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    /// Where it begins.
    pub(super) fn origin(&self) -> Origin {
        self.context.origin(self.span.start)
    }

    pub(super) fn context(&self) -> &'a Context<'a> {
        self.context
    }

    /// Notes a problem.
    pub(super) fn report(&self, place: Range<usize>, kind: ProblemKind) {
        self.context.report(place, kind);
    }

    /// Notes a problem of the table as a whole.
    pub(super) fn report_here(&self, kind: ProblemKind) {
        self.report(self.span.clone(), kind);
    }

    /// The value of a key, if it is there.
    pub(super) fn field(&self, key: &'static str) -> Option<Field<'a>> {
        let (key, value) = self.table.get_key_value(key)?;
        Some(Field::new(key.get_ref().to_string(), value, self.context))
    }

    /// The value of a key that must be there.
    pub(super) fn required(&self, key: &'static str) -> Option<Field<'a>> {
        let field = self.field(key);
        if field.is_none() && self.completeness == Completeness::Known {
            self.report_here(ProblemKind::MissingKey { key, place: self.name() });
        }
        field
    }

    /// A text.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        self.field(key)?.text()
    }

    /// A list of texts; empty if it is not there.
    pub(super) fn texts(&self, key: &'static str) -> Vec<String> {
        self.field(key).map(|field| field.texts()).unwrap_or_default()
    }

    /// Which of `keys` are there.
    pub(super) fn present(&self, keys: &[&'static str]) -> Vec<&'static str> {
        keys.iter().copied().filter(|key| self.table.contains_key(*key)).collect()
    }

    /// Which one of `keys` is there; it is a problem if none is, or several are.
    pub(super) fn exactly_one(&self, keys: &[&'static str], meaning: &'static str) -> Option<&'static str> {
        match *self.present(keys) {
            [key] => Some(key),
            [] => {
                self.report_unsaid(keys, meaning, "one");
                None
            }
            ref found @ [.., last] => {
                let kind = ProblemKind::SaidTwice { place: self.name(), meaning, found: list(found) };
                self.report(self.key_place(last)?, kind);
                None
            }
        }
    }

    /// Says that none of `keys` is there.
    pub(super) fn report_unsaid(&self, keys: &[&'static str], meaning: &'static str, needed: &'static str) {
        if self.completeness == Completeness::Known {
            self.report_here(ProblemKind::Unsaid { place: self.name(), meaning, needed, keys: list(keys) });
        }
    }

    /// Says of every key of `keys` that is there that it means nothing without `needs`.
    pub(super) fn refuse_alone(&self, keys: &[&'static str], needs: &'static str) {
        for key in self.present(keys) {
            if let Some(place) = self.key_place(key) {
                self.report(place, ProblemKind::Alone { place: self.name(), key: key.into(), needs });
            }
        }
    }

    /// Says of every key of `keys` that is there that it excludes `other`.
    pub(super) fn refuse_beside(&self, keys: &[&'static str], other: &'static str) {
        for key in self.present(keys) {
            if let Some(place) = self.key_place(key) {
                self.report(place, ProblemKind::Conflict { place: self.name(), key: key.into(), other });
            }
        }
    }

    fn key_place(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }
}

/// `a`, `b`, `c`
fn list(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

/// What an unknown key may have meant.
fn advice(unknown: &str, keys: &'static [Key]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    if let Some(name) = similar(unknown, names.iter().copied()) {
        return format!("did you mean `{name}`?");
    }
    if TOP.iter().any(|key| key.name == unknown) {
        return format!("`{unknown}` belongs to the top of the file, before the first [table]");
    }
    format!("the keys here are {}", list(&names))
}

/// The most similar of some names, if one is similar enough to be what was meant.
pub(crate) fn similar<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // Comparing takes the product of both lengths, and no name is that long.
    if wrong.len() > 100 {
        return None;
    }
    names
        .map(|name| (strsim::damerau_levenshtein(&wrong.to_lowercase(), name), name))
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
