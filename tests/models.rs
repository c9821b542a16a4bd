//! The models of shipped scenarios find what no other property of theirs does: a line of a service is replaced, and the
//! same runs fail with the model and pass without it.

use std::fs;
use std::ops::Range;
use std::path::Path;

use said::Said;
use skysim::base::Seed;
use skysim::scenario::{Plan, Scenario};
use skysim::schedule::PORTFOLIO;
use skysim::world::{Decision, Failure, RunReport, Verdict, World, WorldOptions};

mod said;

/// Runs of an exploration, by their numbers, in one of which at least a planted bug is found, and in none anything without it.
const RUNS: Range<u64> = 120..130;

/// What came of a run, and what it said.
fn run(plan: &Plan, replaced: Option<(&str, &str)>) -> (RunReport, String) {
    let said = Said::default();
    let mut world = World::new(plan, WorldOptions::new(Box::new(said.clone()))).expect("a world");
    if let Some((path, text)) = replaced {
        world.replace_file(path, text.as_bytes()).expect("the node has that file");
    }
    let report = world.run();
    (report, String::from_utf8_lossy(&said.take()).into_owned())
}

/// A run's plan, as an exploration makes it.
fn plan(scenario: &Scenario, index: u64) -> Plan {
    let mut plan = scenario.expand(Seed(scenario.seed().0 + index));
    PORTFOLIO[(index % PORTFOLIO.len() as u64) as usize].clone_into(&mut plan.schedule);
    plan
}

fn check(name: &str, file: &str, right: &str, wrong: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let scenario = Scenario::read(&folder).unwrap_or_else(|error| panic!("{error}"));
    let text = fs::read_to_string(scenario.outline().folder.join(file)).expect("a file of the scenario");
    assert_eq!(text.matches(right).count(), 1, "{file} has changed");
    let altered = text.replace(right, wrong);
    let mut found = 0;
    for index in RUNS {
        let plan = plan(&scenario, index);
        let (report, said) = run(&plan, None);
        assert_eq!(report.verdict, Verdict::Passed, "{name} {index}: {:?}\n{said}", report.failures);
        assert!(report.models.iter().all(|model| model.operations > 10 && model.decision == Decision::Decided));
        let (report, _) = run(&plan, Some((file, &altered)));
        found += usize::from(matches!(report.failures.as_slice(), [Failure::Model(_)]));
        let unwatched = Plan { models: Vec::new(), ..plan };
        let (report, said) = run(&unwatched, Some((file, &altered)));
        let by = &report.failures;
        assert_eq!(report.verdict, Verdict::Passed, "{name} {index}: something else finds it: {by:?}\n{said}");
    }
    assert!(found > 0, "{name}: the model does not find it");
}

#[test]
fn half_of_a_row() {
    let right = "local rows, reason = query(READ, key)";
    let wrong = "local rows, reason = query(READ, key)\n\tskynet.sleep(4)\n\tlocal again = rows and query(READ, key)\n\t\
        if again and rows[1] then rows[1].version = again[1].version end";
    check("tiered_cache_update", "services/database.lua", right, wrong);
}
