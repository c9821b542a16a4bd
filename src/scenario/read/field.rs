//! The value of one key, read as what it has to be. Whatever is wrong is reported and gives `None`.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::context::Context;
use super::section::Section;
use crate::base::{Span, VirtualTime};
use crate::scenario::keys::Key;
use crate::scenario::problem::ProblemKind;
use crate::scenario::template::{Draw, Slot};

/// A value and the key that it belongs to.
pub(super) struct Field<'a> {
    key: String,
    value: &'a Spanned<DeValue<'a>>,
    context: &'a Context<'a>,
}

impl<'a> Field<'a> {
    pub(super) fn new(key: String, value: &'a Spanned<DeValue<'a>>, context: &'a Context<'a>) -> Field<'a> {
        Field { key, value, context }
    }

    pub(super) fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn place(&self) -> Range<usize> {
        self.value.span()
    }

    pub(super) fn context(&self) -> &'a Context<'a> {
        self.context
    }

    /// Says that the value has the wrong type.
    pub(super) fn wrong_type<T>(&self, wanted: &'static str) -> Option<T> {
        let kind = ProblemKind::WrongType { key: self.key.clone(), wanted, found: type_name(self.value()) };
        self.context.report(self.place(), kind);
        None
    }

    /// Says why the value makes no sense.
    pub(super) fn refuse<T>(&self, reason: impl fmt::Display) -> Option<T> {
        let kind = ProblemKind::Refused { key: self.key.clone(), reason: reason.to_string() };
        self.context.report(self.place(), kind);
        None
    }

    /// A text.
    pub(super) fn text(&self) -> Option<String> {
        match self.value() {
            DeValue::String(text) => Some(self.context.substitute(text)),
            _ => self.wrong_type("a string"),
        }
    }

    /// A text that is not empty.
    pub(super) fn name(&self) -> Option<String> {
        let text = self.text()?;
        if text.is_empty() { self.refuse("the text is empty") } else { Some(text) }
    }

    /// An array of texts.
    pub(super) fn texts(&self) -> Vec<String> {
        match self.value() {
            DeValue::Array(_) => self.items().iter().filter_map(Field::text).collect(),
            _ => self.wrong_type("an array of strings").unwrap_or_default(),
        }
    }

    /// The elements of an array; empty for anything else.
    pub(super) fn items(&self) -> Vec<Field<'a>> {
        let DeValue::Array(array) = self.value() else { return Vec::new() };
        array.iter().map(|item| Field::new(self.key.clone(), item, self.context)).collect()
    }

    /// A text that has a meaning of its own, such as a size.
    pub(super) fn parsed<T, E: fmt::Display>(&self, read: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        match read(&self.text()?) {
            Ok(value) => Some(value),
            Err(error) => self.refuse(error),
        }
    }

    /// A span of time, as text with a unit.
    pub(super) fn span(&self) -> Option<Span> {
        match self.value() {
            DeValue::String(_) => self.parsed(Span::from_str),
            DeValue::Integer(number) => self.refuse(format!(
                "{number} has no unit: write \"{number}ms\", \"{number}s\" or \"{number} ticks\" (1 tick = 10 ms)"
            )),
            DeValue::Float(number) => {
                let number = number.as_str();
                self.refuse(format!("{number} has no unit: write \"{number}ms\" or \"{number}s\""))
            }
            _ => self.wrong_type("a duration with its unit, such as \"250ms\""),
        }
    }

    /// A span since the start of the run.
    pub(super) fn moment(&self) -> Option<VirtualTime> {
        Some(VirtualTime::ZERO + self.span()?)
    }

    /// A span, or two that it is between.
    pub(super) fn span_range(&self) -> Option<(Span, Span)> {
        let DeValue::Array(_) = self.value() else {
            let span = self.span()?;
            return Some((span, span));
        };
        let items = self.items();
        let [low, high] = &*items else {
            return self.refuse("a range has two ends, as in [\"1ms\", \"80ms\"]");
        };
        let (low, high) = (low.span(), high.span());
        let (low, high) = (low?, high?);
        if low > high {
            self.refuse(format!("the range ends ({high}) before it begins ({low})"))
        } else {
            Some((low, high))
        }
    }

    /// A span, or two between which it is drawn when the template is expanded; gives both ends.
    pub(super) fn drawn_span(&self, slot: Slot) -> Option<(Span, Span)> {
        let (low, high) = self.span_range()?;
        if matches!(self.value(), DeValue::Array(_)) {
            self.context.hole(&self.key, slot, Draw::Span(low, high));
        }
        Some((low, high))
    }

    /// An integer between two others.
    pub(super) fn integer<T>(&self, low: u64, high: u64) -> Option<T>
    where
        T: TryFrom<u64>,
    {
        let DeValue::Integer(number) = self.value() else { return self.wrong_type("an integer") };
        let value = u64::from_str_radix(number.as_str(), number.radix()).ok();
        match value.filter(|value| (low..=high).contains(value)).and_then(|value| T::try_from(value).ok()) {
            Some(value) => Some(value),
            None if high == i64::MAX as u64 => self.refuse(format!("{number} is not an integer from {low} up")),
            None => self.refuse(format!("{number} is not an integer from {low} to {high}")),
        }
    }

    /// A count, at least 1.
    pub(super) fn count(&self) -> Option<u64> {
        self.integer(1, i64::MAX as u64)
    }

    /// A number from 0 to 1.
    pub(super) fn probability(&self) -> Option<f64> {
        let (number, text) = match self.value() {
            DeValue::Float(number) => (number.as_str().parse().ok(), number.as_str()),
            DeValue::Integer(number) => (number.as_str().parse().ok(), number.as_str()),
            _ => return self.wrong_type("a number from 0 to 1"),
        };
        match number.filter(|number: &f64| (0.0..=1.0).contains(number)) {
            Some(number) => Some(number + 0.0),
            None => self.refuse(format!("{text} is not a probability: write a number from 0 (never) to 1 (always)")),
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value() {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("true or false"),
        }
    }

    /// A table with these keys.
    pub(super) fn section(&self, name: &str, keys: &'static [Key]) -> Option<Section<'a>> {
        let table = self.table("a table")?;
        Some(Section::open(table, self.place(), name.to_owned(), keys, self.context))
    }

    /// A table whose keys are free.
    pub(super) fn table(&self, wanted: &'static str) -> Option<&'a DeTable<'a>> {
        match self.value() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong_type(wanted),
        }
    }

    /// The tables of an array of tables.
    pub(super) fn tables(&self) -> Vec<(&'a DeTable<'a>, Range<usize>)> {
        let DeValue::Array(_) = self.value() else {
            if let DeValue::Table(_) = self.value() {
                let key = &self.key;
                return self.refuse(format!("there can be several: write [[{key}]], not [{key}]")).unwrap_or_default();
            }
            return self.wrong_type("an array of tables").unwrap_or_default();
        };
        self.items().iter().filter_map(|item| Some((item.table("a table")?, item.place()))).collect()
    }
}

/// What messages call the type of a value.
fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
