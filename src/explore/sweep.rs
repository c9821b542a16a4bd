//! A sweep: what goes well, over and over, each time with one fault more: the rules of a plan act on one match only,
//! first on the first one, then on the second, and so on. So no step of the way is left untried.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::faults::RuleCount;
use crate::scenario::{Dose, FaultRule, Plan};

/// One match of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The rule's name.
    pub rule: String,
    /// The match, from 1.
    pub number: u64,
}

/// The plan with rules that count and do nothing.
#[must_use]
pub fn without_faults(plan: &Plan) -> Plan {
    let faults = plan.faults.iter().map(|rule| acting_on(rule, None)).collect();
    Plan { faults, ..plan.clone() }
}

/// The plan in which nothing goes wrong but this.
#[must_use]
pub fn with_one_fault(plan: &Plan, target: &Target) -> Plan {
    let faults = plan.faults.iter().map(|rule| acting_on(rule, (rule.name == target.rule).then_some(target.number)));
    Plan { faults: faults.collect(), ..plan.clone() }
}

/// Everything that rules could have acted on in a run.
#[must_use]
pub fn targets(counts: &[RuleCount]) -> Vec<Target> {
    let of_rule = |count: &RuleCount| {
        let rule = count.name.clone();
        (1..=count.matches).map(move |number| Target { rule: rule.clone(), number })
    };
    counts.iter().flat_map(of_rule).collect()
}

/// The rule as far as it acts on this match; of an amount the largest.
fn acting_on(rule: &FaultRule, number: Option<u64>) -> FaultRule {
    let only = |dose: &Dose| match dose {
        Dose::Probability(_) | Dose::Matches(_) => Dose::Matches(number.into_iter().collect()),
        Dose::Amount(_, high) => Dose::Amounts(number.into_iter().map(|number| (number, *high)).collect()),
        Dose::Amounts(amounts) => {
            let high = amounts.values().max().copied().unwrap_or_default();
            Dose::Amounts(number.into_iter().map(|number| (number, high)).collect::<BTreeMap<u64, u64>>())
        }
    };
    FaultRule { doses: rule.doses.iter().map(|(kind, dose)| (*kind, only(dose))).collect(), ..rule.clone() }
}
