//! All fault rules of a plan: as the kernel's interceptor, and for those who act on services.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::base::{MessageKind, Seed, Span, VirtualTime};
use crate::kernel::{
    Actor, CallFailure, FileAction, FileFailure, FileVerdict, Interceptor, Message, Ruling, Sending, Verdict,
};
use crate::scenario::{Budget, Domain, FaultKind, FaultRule, Restart};

use super::rule::{Draw, Rule, RuleCount, Subject};

/// A rule names a message type that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a message type")]
pub struct UnknownKind(pub String);

/// The rules at work. Clones share them: one is the kernel's, one is asked afterwards.
#[derive(Clone)]
pub struct FaultRules {
    rules: Rc<RefCell<Vec<Rule>>>,
    names: Rc<[String]>,
    crashes: Rc<RefCell<Crashes>>,
    /// From then on nothing acts.
    quiet_after: VirtualTime,
}

/// Services that crash in the middle of a call: that cannot wait until somebody has looked at the budget.
#[derive(Debug, Default)]
struct Crashes {
    spared: Spared,
    /// What was drawn for those that have crashed, in this order.
    drawn: Vec<Strike>,
}

/// Who may not crash now.
#[derive(Debug, Default)]
pub enum Spared {
    /// Nobody may.
    #[default]
    Everybody,
    /// By label.
    Some(BTreeSet<String>),
}

/// What a rule wants to do to a service that is about to handle a message. Whoever does it says so by
/// [`FaultRules::struck`].
#[derive(Clone, Debug)]
pub struct Strike {
    rule: usize,
    draw: Draw,
    /// What a service that is killed finds when it starts again.
    pub restart: Restart,
    /// The reload that it makes, by name.
    pub reload: Option<String>,
}

impl Strike {
    /// What shall happen, and how much of it.
    #[must_use]
    pub fn amounts(&self) -> &BTreeMap<FaultKind, u64> {
        &self.draw.amounts
    }
}

impl FaultRules {
    /// The rules of a plan, in order, with their streams at the beginning.
    ///
    /// # Errors
    /// When a rule names a message type that does not exist.
    pub fn new(rules: &[FaultRule], budget: &Budget, seed: Seed) -> Result<FaultRules, UnknownKind> {
        let names = rules.iter().map(|rule| rule.name.clone()).collect();
        let at_work = rules.iter().map(|rule| {
            Rule::new(rule, seed).ok_or_else(|| UnknownKind(rule.matches.kind.clone().unwrap_or_default()))
        });
        let rules = Rc::new(RefCell::new(at_work.collect::<Result<_, _>>()?));
        let crashes = Rc::default();
        Ok(FaultRules { rules, names, crashes, quiet_after: budget.quiet_after.unwrap_or(VirtualTime::MAX) })
    }

    /// From now on draws come from another seed.
    pub fn draw_from(&self, seed: Seed) {
        self.rules.borrow_mut().iter_mut().for_each(|rule| rule.draw_from(seed));
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

    /// Whether any rule is about this.
    #[must_use]
    pub fn are_about(&self, domain: Domain) -> bool {
        self.rules.borrow().iter().any(|rule| rule.domain() == domain)
    }

    /// What shall happen to a service that is about to handle a message.
    #[must_use]
    pub fn strike(&self, now: VirtualTime, from: Option<&str>, to: &str, message: &Message) -> Option<Strike> {
        let subject = Subject { domain: Domain::Turns, now, from, to, message: Some(message), path: None, call: None };
        let (rule, draw) = self.ask(&subject)?;
        draw.amounts.keys().any(|kind| kind.domain().is_some()).then(|| self.strike_of(rule, draw))
    }

    fn strike_of(&self, rule: usize, draw: Draw) -> Strike {
        let of_rule = |rule: &Rule| (rule.plan().restart, rule.plan().reload.clone());
        let (restart, reload) = self.rules.borrow().get(rule).map(of_rule).unwrap_or_default();
        Strike { rule, draw, restart, reload }
    }

    /// Whether services may crash in the middle of a call.
    #[must_use]
    pub fn crash_in_calls(&self) -> bool {
        self.rules.borrow().iter().any(|rule| rule.plan().doses.contains_key(&FaultKind::CrashInCall))
    }

    /// Who may not, until the next time.
    pub fn spare(&self, spared: Spared) {
        self.crashes.borrow_mut().spared = spared;
    }

    /// What was drawn for those that have crashed in a call since the last time, in this order.
    #[must_use]
    pub fn take_crashes(&self) -> Vec<Strike> {
        std::mem::take(&mut self.crashes.borrow_mut().drawn)
    }

    /// This of a strike has happened.
    pub fn struck(&self, strike: &Strike, kinds: &[FaultKind]) {
        self.note(strike.rule, &strike.draw, kinds);
    }

    /// What the rule of a strike is called.
    #[must_use]
    pub fn striker(&self, strike: &Strike) -> &str {
        self.rule_name(strike.rule)
    }

    /// The first rule that takes something, and what it drew. All are asked: what a rule counts and draws does
    /// not depend on the others.
    fn ask(&self, subject: &Subject<'_>) -> Option<(usize, Draw)> {
        if subject.now >= self.quiet_after {
            return None;
        }
        let mut rules = self.rules.borrow_mut();
        let mut taken = None;
        for (index, rule) in rules.iter_mut().enumerate() {
            let draw = rule.take(subject);
            if taken.is_none() {
                taken = draw.map(|draw| (index, draw));
            }
        }
        taken
    }

    fn note(&self, rule: usize, draw: &Draw, kinds: &[FaultKind]) {
        if let Some(rule) = self.rules.borrow_mut().get_mut(rule) {
            rule.note(draw, kinds);
        }
    }
}

/// What becomes of a message, and of which kinds that is.
fn verdict(draw: &Draw, message: &Message, waiting: usize) -> Option<(Verdict, Vec<FaultKind>)> {
    let has = |kind| draw.amounts.contains_key(&kind);
    let delay = draw.amounts.get(&FaultKind::Delay).map_or(Span::ZERO, |nanos| Span::from_nanos(*nanos));
    let overtaken = draw.amounts.get(&FaultKind::Reorder).and_then(|places| usize::try_from(*places).ok());
    let overtaken = overtaken.unwrap_or_default().min(waiting);
    // Only a request has somebody who waits for an error.
    let request = message.session.0 > 0 && !matches!(message.kind, MessageKind::RESPONSE | MessageKind::ERROR);
    Some(if has(FaultKind::Drop) {
        (Verdict::Drop, vec![FaultKind::Drop])
    } else if has(FaultKind::Error) && request {
        (Verdict::Error, vec![FaultKind::Error])
    } else if has(FaultKind::Duplicate) {
        (Verdict::Duplicate(delay), vec![FaultKind::Duplicate, FaultKind::Delay])
    } else if delay != Span::ZERO {
        (Verdict::Delay(delay), vec![FaultKind::Delay])
    } else if overtaken > 0 {
        (Verdict::Overtake(overtaken), vec![FaultKind::Reorder])
    } else {
        return None;
    })
}

impl Interceptor for FaultRules {
    fn judge(&mut self, sending: Sending<'_>, message: &Message) -> Option<Ruling> {
        // What a service sends to itself takes no way on which it could be lost.
        if message.source == sending.to {
            return None;
        }
        let Sending { now, from, to_label: to, .. } = sending;
        let subject =
            Subject { domain: Domain::Messages, now, from, to, message: Some(message), path: None, call: None };
        let (rule, draw) = self.ask(&subject)?;
        let (verdict, kinds) = verdict(&draw, message, sending.waiting)?;
        self.note(rule, &draw, &kinds);
        Some(Ruling { rule, verdict })
    }

    fn judge_timer(&mut self, actor: Actor<'_>) -> Option<(usize, Span)> {
        let (rule, draw) = self.ask(&actor_in(Domain::Timers, actor, None))?;
        let late = Span::from_nanos(*draw.amounts.get(&FaultKind::Late)?);
        self.note(rule, &draw, &[FaultKind::Late]);
        Some((rule, late))
    }

    fn judge_launch(&mut self, actor: Actor<'_>) -> Option<usize> {
        let (rule, draw) = self.ask(&actor_in(Domain::Launches, actor, None))?;
        draw.amounts.get(&FaultKind::LaunchFails)?;
        self.note(rule, &draw, &[FaultKind::LaunchFails]);
        Some(rule)
    }

    fn judge_file(&mut self, actor: Actor<'_>, path: &str, action: FileAction) -> Option<(usize, FileVerdict)> {
        let (rule, draw) = self.ask(&actor_in(Domain::Files, actor, Some(path)))?;
        let writing = action == FileAction::Write;
        let mut kinds = Vec::new();
        let mut amount = |kind| draw.amounts.get(&kind).inspect(|_| kinds.push(kind)).copied();
        let failure = match amount(FaultKind::FileError) {
            Some(_) => Some(FileFailure::Error),
            None if !writing => None,
            None => match amount(FaultKind::DiskFull) {
                Some(_) => Some(FileFailure::Full),
                None => amount(FaultKind::ShortWrite).map(FileFailure::Short),
            },
        };
        let slow = amount(FaultKind::SlowDisk).map_or(Span::ZERO, Span::from_nanos);
        self.note(rule, &draw, &kinds);
        (!kinds.is_empty()).then_some((rule, FileVerdict { failure, slow }))
    }

    fn judge_call(&mut self, actor: Actor<'_>, name: &str) -> Option<(usize, CallFailure)> {
        let label = actor.label;
        let subject = Subject { call: Some(name), ..actor_in(Domain::Calls, actor, None) };
        let (rule, draw) = self.ask(&subject)?;
        let mut crashes = self.crashes.borrow_mut();
        let may_crash = matches!(&crashes.spared, Spared::Some(spared) if !spared.contains(label));
        if may_crash && draw.amounts.contains_key(&FaultKind::CrashInCall) {
            self.note(rule, &draw, &[FaultKind::CrashInCall]);
            crashes.drawn.push(self.strike_of(rule, draw));
            return Some((rule, CallFailure::Crash));
        }
        draw.amounts.get(&FaultKind::Throw)?;
        self.note(rule, &draw, &[FaultKind::Throw]);
        Some((rule, CallFailure::Throw))
    }

    fn rule_name(&self, rule: usize) -> &str {
        self.names.get(rule).map_or("", String::as_str)
    }
}

fn actor_in<'a>(domain: Domain, actor: Actor<'a>, path: Option<&'a str>) -> Subject<'a> {
    Subject { domain, now: actor.now, from: None, to: actor.label, message: None, path, call: None }
}
