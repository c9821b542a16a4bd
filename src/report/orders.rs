//! How many of all orders an exploration has played, and what that says of the others.

use serde_json::{Value as Json, json};

use crate::explore::orders::Covered;

/// What ended a walk before it was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// So many runs were asked for.
    Runs,
    /// The time was over.
    Time,
    /// Somebody stopped it.
    Stopped,
    /// Runs with endless loops, which take too long.
    Loops,
}

impl Bound {
    const fn words(self) -> &'static str {
        match self {
            Bound::Runs => "--seeds ended it",
            Bound::Time => "--for ended it",
            Bound::Stopped => "it was interrupted",
            Bound::Loops => "endless loops ended it",
        }
    }
}

/// A walk through all orders.
#[derive(Clone, Debug)]
pub struct OrdersAccount {
    /// The schedule, as it was asked for.
    pub name: String,
    /// The most preemptions.
    pub preemptions: Option<u32>,
    /// What was covered.
    pub covered: Covered,
    /// Why no two orders were taken for the same, if none were.
    pub all_differ: Option<&'static str>,
    /// What ended it, if it is not over.
    pub ended_by: Option<Bound>,
    /// Runs that failed, and so ended early.
    pub failed: u64,
}

impl OrdersAccount {
    /// In lines.
    pub(super) fn told(&self) -> String {
        let Covered { orders, again, same, beyond, open } = self.covered;
        let within = match self.preemptions {
            None => String::new(),
            Some(1) => " with at most 1 preemption".to_owned(),
            Some(most) => format!(" with at most {most} preemptions"),
        };
        let mut text = match self.ended_by {
            None => format!("{}: every order{within} was played: {orders}\n", self.name),
            Some(bound) => format!(
                "{}: {orders} orders{within} were played, and NOT all: {}; at least {open} more are to be tried\n",
                self.name,
                bound.words()
            ),
        };
        let mut line = |words: String| text.push_str(&format!("  {words}\n"));
        match self.all_differ {
            Some(why) => line(format!("no two orders were taken for the same: {why}")),
            None => line(format!(
                "orders in which only turns that commute change places count as one: {same} turns were left out, {again} runs came to an order again"
            )),
        }
        if beyond > 0 {
            line(format!("{beyond} turns were beyond the bound on preemptions"));
        }
        if self.failed > 0 {
            line(format!("{} runs ended with a failure: what may come after it was not played", self.failed));
        }
        text
    }

    /// For `--format json`.
    pub(super) fn summary(&self) -> Json {
        let Covered { orders, again, same, beyond, open } = self.covered;
        json!({
            "schedule": self.name,
            "whole": self.ended_by.is_none(),
            "orders": orders,
            "again": again,
            "left_out_as_same": same,
            "beyond_preemptions": beyond,
            "open": open,
            "reduced": self.all_differ.is_none(),
        })
    }
}
