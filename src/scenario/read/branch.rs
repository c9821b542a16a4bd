//! `branch`.

use super::section::Section;
use crate::scenario::branch::Branch;
use crate::scenario::keys::BRANCH;

pub(super) fn branch(top: &Section<'_>) -> Option<Branch> {
    let section = top.field("branch")?.section("branch", BRANCH)?;
    // Each is looked at, so that all that is wrong is told at once.
    let at = section.required("at").and_then(|field| field.moment());
    let seed = section.required("seed").and_then(|field| super::seed(&field));
    let schedule = section.field("schedule").and_then(|field| field.name());
    Some(Branch { at: at?, seed: seed?, schedule })
}
