//! The names of services that a file may use.

use std::collections::BTreeSet;

use super::field::Field;
use super::section::similar;
use crate::scenario::glob::Glob;
use crate::scenario::plan::Plan;
use crate::scenario::problem::ProblemKind;
use crate::scenario::reload::Reload;

/// Whether all services that a file can name are known from the file.
enum Coverage {
    /// They are: the file itself starts them.
    All,
    /// They are not: its main service or config file starts services as well.
    Some,
}

/// The declared services and reloads.
pub(super) struct Names {
    declared: BTreeSet<String>,
    reloads: BTreeSet<String>,
    coverage: Coverage,
}

impl Names {
    pub(super) fn of(plan: &Plan) -> Names {
        let declared = plan.services.iter().map(|service| service.name.clone()).collect();
        let own_code = plan.node.start.is_some() || plan.node.config.is_some() || plan.node.bootstrap.is_some();
        let coverage = if own_code { Coverage::Some } else { Coverage::All };
        Names { declared, reloads: BTreeSet::new(), coverage }
    }

    /// The file has these reloads.
    pub(super) fn add_reloads(&mut self, reloads: &[Reload]) {
        self.reloads = reloads.iter().map(|reload| reload.name.clone()).collect();
    }

    /// Whether the file has any.
    pub(super) fn has_reloads(&self) -> bool {
        !self.reloads.is_empty()
    }

    /// The name of a reload.
    pub(super) fn reload(&self, field: &Field<'_>) -> Option<String> {
        let name = field.name()?;
        if self.reloads.contains(&name) {
            return Some(name);
        }
        let known: Vec<&str> = self.reloads.iter().map(String::as_str).collect();
        match similar(&name, known.iter().copied()) {
            Some(meant) => field.refuse(format!("no [[reload]] is called `{name}`; did you mean `{meant}`?")),
            None if known.is_empty() => field.refuse(format!("no [[reload]] is called `{name}`: the file has none")),
            None => field.refuse(format!("no [[reload]] is called `{name}`; there are {}", known.join(", "))),
        }
    }

    /// The name of one service.
    pub(super) fn one(&self, field: &Field<'_>) -> Option<String> {
        let name = self.pattern(field)?;
        match name.literal() {
            Some(name) => Some(name.to_owned()),
            None => field.refuse(format!("`{name}` is a pattern, and a call has one receiver: name one service")),
        }
    }

    /// The name of a service, or a pattern for several.
    pub(super) fn pattern(&self, field: &Field<'_>) -> Option<Glob> {
        let pattern = Glob::new(field.name()?);
        let unknown = pattern.literal().filter(|name| !name.starts_with('.') && !self.declared.contains(*name));
        if let (Some(name), Coverage::All) = (unknown, &self.coverage) {
            self.report_unknown(field, name);
        }
        Some(pattern)
    }

    /// A name of one service that is part of a text.
    pub(super) fn known(&self, field: &Field<'_>, name: &str) -> Option<()> {
        match self.coverage {
            Coverage::All if !self.declared.contains(name) => {
                self.report_unknown(field, name);
                None
            }
            Coverage::All | Coverage::Some => Some(()),
        }
    }

    fn report_unknown(&self, field: &Field<'_>, name: &str) {
        let suggestion = similar(name, self.declared.iter().map(String::as_str)).map(str::to_owned);
        let kind = ProblemKind::UnknownService { name: name.to_owned(), suggestion };
        field.context().report(field.place(), kind);
    }
}
