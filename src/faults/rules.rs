//! All fault rules of a plan, as the kernel's interceptor.

use std::cell::RefCell;
use std::rc::Rc;

use crate::base::Seed;
use crate::kernel::{Interceptor, Message, Ruling, Sending};
use crate::scenario::FaultRule;

use super::rule::{Rule, RuleCount};

/// A rule names a message type that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a message type")]
pub struct UnknownKind(pub String);

/// The rules at work. Clones share them: one is the kernel's, one is asked afterwards.
#[derive(Clone)]
pub struct FaultRules {
    rules: Rc<RefCell<Vec<Rule>>>,
    names: Rc<[String]>,
}

impl FaultRules {
    /// The rules of a plan, in order, with their streams at the beginning.
    ///
    /// # Errors
    /// When a rule names a message type that does not exist.
    pub fn new(rules: &[FaultRule], seed: Seed) -> Result<FaultRules, UnknownKind> {
        let names = rules.iter().map(|rule| rule.name.clone()).collect();
        let at_work = rules.iter().map(|rule| {
            Rule::new(rule, seed).ok_or_else(|| UnknownKind(rule.matches.kind.clone().unwrap_or_default()))
        });
        Ok(FaultRules { rules: Rc::new(RefCell::new(at_work.collect::<Result<_, _>>()?)), names })
    }

    /// What each rule did so far.
    #[must_use]
    pub fn counts(&self) -> Vec<RuleCount> {
        self.rules.borrow().iter().map(Rule::count).collect()
    }

    /// The rules with what they drew so far in place of what they draw: the same run again gives
    /// the same effects, whatever the seed.
    #[must_use]
    pub fn pinned(&self) -> Vec<FaultRule> {
        self.rules.borrow().iter().map(Rule::pinned).collect()
    }
}

impl Interceptor for FaultRules {
    fn judge(&mut self, sending: Sending<'_>, message: &Message) -> Option<Ruling> {
        // What a service sends to itself takes no way on which it could be lost.
        if message.source == sending.to {
            return None;
        }
        let mut rules = self.rules.borrow_mut();
        let (index, rule) = rules
            .iter_mut()
            .enumerate()
            .find_map(|(index, rule)| if rule.takes(&sending, message) { Some((index, rule)) } else { None })?;
        Some(Ruling { rule: index, verdict: rule.decide(message)? })
    }

    fn rule_name(&self, rule: usize) -> &str {
        self.names.get(rule).map_or("", String::as_str)
    }
}
