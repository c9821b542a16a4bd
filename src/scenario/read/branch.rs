//! `branch`, or several of them.

use toml::de::DeValue;

use super::field::Field;
use super::section::Section;
use crate::scenario::branch::Branch;
use crate::scenario::keys::BRANCH;

/// The branches in the order of time.
pub(super) fn branches(top: &Section<'_>) -> Vec<Branch> {
    let Some(field) = top.field("branch") else { return Vec::new() };
    let several = match field.value() {
        DeValue::Array(_) => field.items(),
        _ => vec![field],
    };
    let mut branches: Vec<Branch> = Vec::new();
    for field in several {
        let Some(branch) = branch(&field) else { continue };
        match branches.last() {
            Some(before) if before.at >= branch.at => {
                let (at, before) = (branch.at, before.at);
                field.refuse::<()>(format!("a run cannot branch at {at} after it has branched at {before}"));
            }
            _ => branches.push(branch),
        }
    }
    branches
}

fn branch(field: &Field<'_>) -> Option<Branch> {
    let section = field.section("branch", BRANCH)?;
    // Each is looked at, so that all that is wrong is told at once.
    let at = section.required("at").and_then(|field| field.moment());
    let seed = section.required("seed").and_then(|field| super::seed(&field));
    let schedule = section.field("schedule").and_then(|field| field.name());
    Some(Branch { at: at?, seed: seed?, schedule })
}
