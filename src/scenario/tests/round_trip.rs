//! A plan that was written reads back as the same plan.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::{FULL, read};
use crate::base::{Seed, Span, Table, Value, VirtualTime};
use crate::scenario::{
    Action, Answer, Branch, Content, Direction, Domain, Dose, Event, FaultKind, FaultMatch, FaultRule, Form, Glob,
    Identity, Idleness, MessageName, NewFile, Occasion, Origin, Outcome, Pin, Plan, Reload, ReloadOutcome, ReloadWay,
    Restart, Service, Trigger,
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", "\\PC{1,12}", Just("a\n'''\"\"\"\\\t\r\u{7f}b".to_owned())]
}

fn name() -> impl Strategy<Value = String> {
    "[a-z:*?é ]{1,8}"
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![any::<u64>().prop_map(Span::from_nanos), (0_u64..99).prop_map(Span::from_millis)]
}

fn moment() -> impl Strategy<Value = VirtualTime> {
    span().prop_map(|span| VirtualTime::ZERO + span)
}

fn count() -> impl Strategy<Value = u64> {
    1..=i64::MAX as u64
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("nan equals nothing", |x| !x.is_nan()).prop_map(Value::Float),
        Just(Value::Float(f64::INFINITY)),
        text().prop_map(|text| Value::String(text.into_bytes())),
        vec(any::<u8>(), 0..6).prop_map(Value::String),
        any::<u64>().prop_map(Value::Pointer),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let key = prop_oneof![
            text().prop_map(|text| Value::String(text.into_bytes())),
            Just(Value::from("int")),
            Just(Value::from("table")),
            inner.clone()
        ];
        let pairs = vec((key, inner.clone()), 0..3);
        (vec(inner, 0..3), pairs).prop_map(|(array, pairs)| Value::Table(Table { array, pairs }))
    })
}

fn values() -> impl Strategy<Value = Vec<Value>> {
    vec(value(), 0..3)
}

fn branch() -> impl Strategy<Value = Branch> {
    let schedule = option::of(prop_oneof![Just("fair".to_owned()), Just("pct:3".to_owned())]);
    (moment(), any::<u64>(), schedule).prop_map(|(at, seed, schedule)| Branch { at, seed: Seed(seed), schedule })
}

fn trigger() -> impl Strategy<Value = Trigger> {
    let when = (name(), option::of(name()), count(), option::of(text()));
    prop_oneof![
        moment().prop_map(Trigger::At),
        (1..u64::MAX, moment(), option::of(span()), option::of(count())).prop_map(|(period, from, to, times)| {
            Trigger::Every { period: Span::from_nanos(period), from, to: to.map(|to| from + to), times }
        }),
        when.prop_map(|(service, message, nth, kind)| {
            Trigger::When(Occasion { service: Glob::new(service), message: message.map(Glob::new), nth, kind })
        }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let glob = || name().prop_map(Glob::new);
    let answer = prop_oneof![Just(Answer::Any), values().prop_map(Answer::Values), text().prop_map(Answer::Error)];
    let content = prop_oneof![text().prop_map(Content::File), text().prop_map(Content::Text)];
    prop_oneof![
        ("[a-z]{1,8}", values(), text(), answer).prop_map(|(to, args, kind, expect)| Action::Call {
            to,
            args,
            kind,
            expect
        }),
        (glob(), values(), text()).prop_map(|(to, args, kind)| Action::Send { to, args, kind }),
        (glob(), option::of(span())).prop_map(|(service, restart_after)| Action::Kill { service, restart_after }),
        (glob(), option::of(span())).prop_map(|(service, restart_after)| Action::Exit { service, restart_after }),
        glob().prop_map(Action::Restart),
        glob().prop_map(Action::Pause),
        glob().prop_map(Action::Resume),
        (text(), content).prop_map(|(path, content)| Action::Write { path, content }),
        (glob(), text(), values()).prop_map(|(to, file, args)| Action::Inject { to, file, args }),
        Just(Action::Reload("r".to_owned())),
        text().prop_map(Action::Log),
    ]
}

fn dose(kind: FaultKind) -> BoxedStrategy<Option<(FaultKind, Dose)>> {
    let dose = match kind.form() {
        Form::Chance => prop_oneof![
            (f64::MIN_POSITIVE..=1.0).prop_map(Dose::Probability),
            btree_set(count(), 0..4).prop_map(Dose::Matches)
        ]
        .boxed(),
        Form::Span | Form::Count => {
            // What TOML can write, and never nothing at all.
            let amount = || 1..=i64::MAX as u64;
            let range = (amount(), amount()).prop_map(|(a, b)| Dose::Amount(a.min(b), a.max(b)));
            let amounts = btree_map(1..u64::MAX, amount(), 0..4).prop_map(Dose::Amounts);
            prop_oneof![amount().prop_map(|amount| Dose::Amount(amount, amount)), range, amounts].boxed()
        }
    };
    option::of(dose.prop_map(move |dose| (kind, dose))).boxed()
}

/// Of one domain, with what may go with all of them.
fn doses() -> impl Strategy<Value = std::collections::BTreeMap<FaultKind, Dose>> {
    use Domain::{Files, Launches, Messages, Timers};
    proptest::sample::select(vec![Messages, Files, Launches, Timers]).prop_flat_map(|domain| {
        let kinds = FaultKind::ALL.into_iter();
        let kinds = kinds.filter(|kind| kind.domain() == Some(domain) || *kind == FaultKind::Probability);
        let doses: Vec<_> = kinds.map(dose).collect();
        doses.prop_map(|doses| doses.into_iter().flatten().collect())
    })
}

fn fault() -> impl Strategy<Value = FaultRule> {
    let window = (option::of(span()), option::of(1..u64::MAX / 2)).prop_map(|(after, length)| {
        let after = after.map(|after| VirtualTime::from_nanos(after.as_nanos() / 2));
        (after, length.map(|length| after.unwrap_or_default() + Span::from_nanos(length)))
    });
    let matches = (option::of(name()), option::of(text()), option::of(count()), window);
    (matches, doses(), any::<bool>()).prop_map(|(matches, doses, optional)| {
        let (from, kind, nth, (after, before)) = matches;
        let from = from.map(Glob::new);
        let (to, command, path) = (from.clone(), from.clone(), from.clone());
        let matches = FaultMatch { to, command, path, call: None, from, kind, nth, after, before };
        let idleness = if optional { Idleness::Allowed } else { Idleness::Vacuous };
        let (restart, reload) = (Restart::Kept, None);
        FaultRule { name: "rule".into(), matches, doses, restart, reload, idleness, origin: Origin::default() }
    })
}

/// Always called `r`, as the events say.
fn reload() -> impl Strategy<Value = Reload> {
    let way = prop_oneof![
        values().prop_map(ReloadWay::Message),
        (text(), values()).prop_map(|(file, args)| ReloadWay::Inject { file, args }),
        (text(), values()).prop_map(|(file, args)| ReloadWay::Snax { file, args }),
        Just(ReloadWay::Relaunch),
        (values(), values()).prop_map(|(export, import)| ReloadWay::Handover { export, import }),
    ];
    let content = prop_oneof![text().prop_map(Content::File), text().prop_map(Content::Text)];
    let files = vec((text(), content).prop_map(|(path, content)| NewFile { path, content }), 0..3);
    let outcome = proptest::sample::select(vec![ReloadOutcome::Any, ReloadOutcome::Done, ReloadOutcome::Refused]);
    let direction = proptest::sample::select(vec![Direction::Forward, Direction::Back]);
    (way, files, outcome, direction, vec(text(), 0..3)).prop_map(|(way, files, outcome, direction, may_differ)| {
        let (name, service) = ("r".to_owned(), "s".to_owned());
        let promised = files.is_empty() && direction == Direction::Forward;
        let identity = if promised { Identity::Promised } else { Identity::Unsaid };
        Reload { name, service, way, files, outcome, direction, identity, may_differ, origin: Origin::default() }
    })
}

fn pin() -> impl Strategy<Value = Pin> {
    let message = || {
        let parts = (name(), option::of(text()), option::of(text()), option::of(text()), count());
        parts.prop_map(|(to, from, kind, command, nth)| MessageName { to, from, kind, command, nth })
    };
    let different =
        (message(), message()).prop_filter("a message cannot wait for itself", |(hold, after)| hold != after);
    different.prop_map(|(hold, after)| Pin { hold, after, origin: Origin::default() })
}

fn plan() -> impl Strategy<Value = Plan> {
    let event =
        (trigger(), action()).prop_map(|(trigger, action)| Event { trigger, action, origin: Origin::default() });
    let outcome = prop_oneof![Just(Outcome::Pass), "\\PC{0,5}".prop_map(Outcome::Fail)];
    (
        any::<u64>(),
        text(),
        option::of(moment()),
        vec(event, 0..4),
        (option::of(fault()), vec(pin(), 0..3), reload(), vec(branch(), 0..4)),
        outcome,
        values(),
    )
        .prop_map(|(seed, title, until, events, (fault, pins, reload, mut branches), outcome, args)| {
            let mut plan = Plan { seed: Seed(seed), title, until, events, ..Plan::empty("full/scenario.toml") };
            plan.folder = "full".into();
            // So that events may name services which the file does not declare.
            plan.node.start = Some("main".into());
            plan.faults.extend(fault);
            plan.reloads.push(reload);
            plan.pins = pins;
            branches.sort_by_key(|branch| branch.at);
            branches.dedup_by_key(|branch| branch.at);
            plan.branches = branches;
            plan.expect.outcome = outcome;
            let scalar = |arg: &Value| !matches!(arg, Value::Table(_) | Value::Nil | Value::Pointer(_));
            let args = args.into_iter().filter(scalar).collect();
            plan.services.push(Service { name: "s".into(), file: "s".into(), args, origin: Origin::default() });
            plan
        })
}

#[test]
fn the_full_file_becomes_a_plan() {
    let mut plan = read(FULL).expand(Seed(u64::MAX));
    plan.folder = "full".into();
    let again = read(&plan.to_toml());
    assert_eq!(again.expand(again.seed()), plan);
    assert_eq!(again.expand(again.seed()).to_toml(), plan.to_toml());
}

#[test]
fn a_plan_may_stand_elsewhere() {
    let plan = read("schema = 1").expand(Seed(0));
    assert_eq!(read(&plan.to_toml_elsewhere("../chat")).outline().folder.to_string_lossy(), "full/../chat");
}

proptest! {
    #[test]
    fn every_plan_reads_back(plan in plan()) {
        let text = plan.to_toml();
        let again = read(&text);
        prop_assert_eq!(again.expand(again.seed()), plan, "{}", text);
    }
}
