//! Fingerprints, shrinking and what is kept, without playing anything.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::subsets::needed;
use super::sweep;
use super::{After, Beginning, Fingerprint, Judgement, Parents, Strategy, Trial, Trials, shrink, size};
use crate::base::{EventNumber, Handle, Seed, Session, VirtualTime};
use crate::scenario::{Action, Branch, Dose, FaultKind, Plan, Scenario};
use crate::world::{Failure, WaitingCall};

fn uncaught(service: &str, text: &str) -> Failure {
    Failure::Uncaught {
        service: service.to_owned(),
        text: text.to_owned(),
        at: VirtualTime::from_nanos(text.len() as u64),
        event: EventNumber(3),
    }
}

fn identity(failure: &Failure) -> String {
    Fingerprint::of(failure).to_string()
}

#[test]
fn numbers_lines_and_addresses_do_not_count() {
    let text = |number: u32, line: u32, handle: &str| {
        format!(
            "./room.lua:{line}: no user {number} at :{handle}\nstack traceback:\n\t[C]: in function 'error'\n\
             \t./room.lua:{line}: in upvalue 'find'\n\t./room.lua:{}: in function <./room.lua:{line}>",
            line + 9
        )
    };
    let one = identity(&uncaught("room1", &text(5, 10, "0000000a")));
    assert_eq!(one, identity(&uncaught("room1", &text(77, 12, "000000ff"))));
    assert!(one.ends_with("-error-room"), "{one}");
    assert_ne!(one, identity(&uncaught("room1", &text(5, 10, "0000000a").replace("find", "lose"))));
    assert_ne!(one, identity(&uncaught("room1", &text(5, 10, "0000000a").replace("no user", "two users"))));
}

#[test]
fn a_hang_is_who_waits_for_whom() {
    let call = |who: &str, session, since| WaitingCall {
        who: who.to_owned(),
        handle: Handle(session),
        for_whom: "db".to_owned(),
        session: Session(session as i32),
        since: VirtualTime::from_nanos(since),
        what: String::new(),
    };
    let hang = |calls: Vec<WaitingCall>| identity(&Failure::Hang { calls });
    let one = hang(vec![call("user1", 1, 5), call("user2", 2, 6)]);
    assert_eq!(one, hang(vec![call("user7", 9, 1), call("user1", 3, 9), call("user1", 4, 9)]));
    assert_ne!(one, hang(vec![call("room", 1, 5)]));
}

proptest! {
    /// Where exactly some elements are needed, exactly these stay.
    #[test]
    fn what_is_needed_stays(length in 0_usize..60, wanted: BTreeSet<u8>) {
        let wanted: Vec<usize> = wanted.into_iter().map(usize::from).filter(|index| *index < length).collect();
        let mut smallest = length;
        let kept = needed(length, |candidate| {
            let good = wanted.iter().all(|index| candidate.contains(index));
            assert!(candidate.len() < smallest, "candidates get smaller");
            if good {
                smallest = candidate.len();
            }
            good
        });
        prop_assert_eq!(kept, wanted);
    }

    /// Whatever the judge says, what comes out was judged good, or is what went in.
    #[test]
    fn only_what_was_good_is_taken(answers: Vec<bool>, length in 0_usize..30) {
        let mut answers = answers.into_iter();
        let mut last: Vec<usize> = (0..length).collect();
        let kept = needed(length, |candidate| {
            let good = answers.next().unwrap_or(false);
            if good {
                last = candidate.to_vec();
            }
            good
        });
        prop_assert_eq!(kept, last);
    }
}

const PLAN: &str = r#"
schema = 1
schedule = "random"
[[service]]
name = "a"
file = "a"
[[service]]
name = "b"
file = "b"
[[event]]
at = "1234567us"
log = "one"
[[event]]
at = "2s"
log = "two"
[[event]]
every = "1s"
log = "three"
[[fault]]
match = { to = "a" }
drop = { nth = [3, 8, 11] }
[[fault]]
match = { to = "b" }
delay = "1ms"
[[reload]]
name = "new code"
service = "b"
"#;

fn plan() -> Plan {
    let scenario = Scenario::from_toml("x.toml", PLAN).unwrap();
    scenario.expand(Seed(0))
}

fn logs(plan: &Plan, text: &str) -> bool {
    plan.events.iter().any(|event| event.action == Action::Log(text.to_owned()))
}

#[test]
fn a_plan_loses_all_that_the_failure_does_not_need() {
    let drops_the_eighth = |plan: &Plan| {
        plan.faults.iter().any(|rule| rule.doses.get(&FaultKind::Drop).is_some_and(|dose| dose.numbers().contains(&8)))
    };
    let (smallest, progress) = shrink(plan(), &mut |candidate| {
        if logs(candidate, "one") && drops_the_eighth(candidate) { Judgement::Same } else { Judgement::Different }
    });
    assert!(progress.taken > 0 && progress.tried >= progress.taken);
    assert_eq!(
        smallest.to_toml(),
        "schema = 1\nseed = 0\n\n[[event]]\nat = \"1s\"\nlog = \"one\"\n\n[[fault]]\nname = \"fault-1\"\nmatch = { to = \"a\" }\ndrop = { nth = [8] }\n"
    );
    assert!(size(&smallest) < size(&plan()));
}

#[test]
fn when_time_is_over_the_best_so_far_is_taken() {
    let mut asked = 0;
    let (smallest, progress) = shrink(plan(), &mut |candidate| {
        asked += 1;
        match asked {
            1 | 2 if logs(candidate, "three") => Judgement::Same,
            1 | 2 => Judgement::Different,
            _ => Judgement::OutOfTime,
        }
    });
    assert_eq!((progress.tried, asked), (3, 3));
    assert!(logs(&smallest, "three") && smallest != plan());
}

#[test]
fn runs_are_a_function_of_their_number() {
    let trials = Trials { first: Seed(5), strategy: Strategy::Portfolio };
    assert_eq!((trials.nth(0).seed, trials.nth(0).schedule.as_str()), (Seed(5), "skynet"));
    assert_eq!(trials.nth(9).seed, Seed(14));
    let schedules: BTreeSet<String> = (0..64).map(|index| trials.nth(index).schedule).collect();
    assert!(schedules.len() > 1);
    let one = Trials { first: Seed(u64::MAX), strategy: Strategy::One("random".to_owned()) };
    assert_eq!((one.nth(1).seed, one.nth(1).schedule.as_str()), (Seed(0), "random"));
}

#[test]
fn futures_have_one_beginning() {
    let beginning = |after| Beginning { schedule: "fair".to_owned(), end: VirtualTime::from_nanos(7), after };
    let trials = |after| Trials { first: Seed(5), strategy: Strategy::Futures(beginning(after)) };
    let of = |after, index| trials(after).nth(index);
    let third = of(After::Portfolio, 3);
    assert_eq!((third.seed, third.schedule.as_str()), (Seed(5), "fair"));
    let branch = Branch {
        at: VirtualTime::from_nanos(7),
        seed: Seed(8),
        schedule: of(After::Portfolio, 3).branches[0].schedule.clone(),
    };
    assert_eq!(third.apply(plan()), Plan { branches: vec![branch.clone()], ..plan() });
    assert!(branch.schedule.is_some() && of(After::Same, 3).branches[0].schedule.is_none());
    assert!((0..99).all(|index| of(After::Portfolio, index).detect().is_empty()));
    assert_ne!(branch.chance(), branch.seed, "the streams of the beginning do not come again");
}

#[test]
fn every_second_run_goes_on_where_something_new_was_reached() {
    let trials = Trials { first: Seed(5), strategy: Strategy::Portfolio };
    let end = VirtualTime::from_nanos(1_000);
    let mut parents = Parents::default();
    assert_eq!(parents.nth(1, &trials), trials.nth(1), "nobody has reached anything");
    // However long each took, and whoever was ready first.
    let batch = |numbers: &[u64]| numbers.iter().map(|index| (trials.nth(*index), end)).collect::<Vec<_>>();
    let mut others = Parents::default();
    for (parents, numbers) in [(&mut parents, [0, 1, 2, 3]), (&mut others, [3, 1, 0, 2])] {
        parents.add(batch(&numbers), &BTreeSet::from([1, 3, 77]));
    }
    let of = |parents: &Parents, index| parents.nth(index, &trials);
    let children: Vec<Trial> = (0..200).map(|index| of(&parents, index)).collect();
    assert_eq!(children, (0..200).map(|index| of(&others, index)).collect::<Vec<_>>());
    let mut of_parents = BTreeSet::new();
    for (index, child) in children.iter().enumerate() {
        assert_eq!(child.index, index as u64);
        if index % 2 == 0 {
            assert_eq!(*child, trials.nth(child.index));
            continue;
        }
        let [branch] = &child.branches[..] else { panic!("{child:?}") };
        assert!(branch.at < end && branch.seed == Seed(5 + child.index) && branch.schedule.is_some());
        of_parents.insert(child.seed);
    }
    assert_eq!(of_parents, BTreeSet::from([Seed(6), Seed(8)]));
    // A child that has reached something has children: with what it branched at before they do.
    parents.add(vec![(children[7].clone(), end)], &BTreeSet::from([7]));
    let grandchildren: Vec<Trial> =
        (8..400).map(|index| of(&parents, index)).filter(|run| run.branches.len() == 2).collect();
    assert!(grandchildren.len() > 20, "{}", grandchildren.len());
    for run in grandchildren {
        assert!(run.branches[0] == children[7].branches[0] && run.branches[0].at < run.branches[1].at);
    }
}

#[test]
fn a_sweep_has_one_fault_after_the_other() {
    let all = plan();
    let none = sweep::without_faults(&all);
    assert!(none.faults.iter().all(|rule| rule.doses.values().all(|dose| dose.is_idle())));
    let target = sweep::Target { rule: "fault-2".to_owned(), number: 4 };
    let one = sweep::with_one_fault(&all, &target);
    assert_eq!(one.faults[0], none.faults[0]);
    assert_eq!(one.faults[1].doses[&FaultKind::Delay], Dose::Amounts([(4, 1_000_000)].into()));
    let trials = Trials { first: Seed(5), strategy: Strategy::Sweep("fair".to_owned(), vec![target.clone()]) };
    assert_eq!((trials.nth(0).seed, trials.nth(0).target), (Seed(5), Some(target)));
    assert_eq!(trials.nth(0).apply(all), one);
}
