//! The names of services that a file may use.

use std::collections::BTreeSet;

use super::field::Field;
use super::section::similar;
use crate::scenario::glob::Glob;
use crate::scenario::plan::Plan;
use crate::scenario::problem::ProblemKind;

/// Whether all services that a file can name are known from the file.
enum Coverage {
    /// They are: the file itself starts them.
    All,
    /// They are not: its main service or config file starts services as well.
    Some,
}

/// The declared services.
pub(super) struct Names {
    declared: BTreeSet<String>,
    coverage: Coverage,
}

impl Names {
    pub(super) fn of(plan: &Plan) -> Names {
        let declared = plan.services.iter().map(|service| service.name.clone()).collect();
        let own_code = plan.node.start.is_some() || plan.node.config.is_some() || plan.node.bootstrap.is_some();
        Names { declared, coverage: if own_code { Coverage::Some } else { Coverage::All } }
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

    fn report_unknown(&self, field: &Field<'_>, name: &str) {
        let suggestion = similar(name, self.declared.iter().map(String::as_str)).map(str::to_owned);
        let kind = ProblemKind::UnknownService { name: name.to_owned(), suggestion };
        field.context().report(field.place(), kind);
    }
}
