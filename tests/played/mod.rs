//! Whole runs through the library: a scenario from a few texts, and a run that says the same again from the plan of what
//! it drew.

use skysim::base::Seed;
use skysim::scenario::{Plan, Scenario};
use skysim::trace::Tracer;
use skysim::world::{RunReport, Verdict, World, WorldOptions};

#[path = "../said/mod.rs"]
mod said;

use said::Said;

pub const HEAD: &str = "schema = 1\n[node]\nluaservice = \"./?.lua\"\n";

/// A service that answers with what its handlers return.
pub const ACTOR: &str = r#"
local skynet = require "skynet"
require "skynet.manager"
local handlers = {}
HANDLERS
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(handlers[command](...))
	end)
end)
"#;

pub fn actor(handlers: &str) -> String {
    ACTOR.replace("HANDLERS", handlers)
}

pub fn scenario(toml: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, Scenario) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    std::fs::write(folder.path().join("scenario.toml"), format!("{HEAD}{toml}")).expect("a file");
    let scenario = Scenario::read(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    (folder, scenario)
}

pub fn run(plan: &Plan) -> (RunReport, String) {
    let said = Said::default();
    let mut options = WorldOptions::new(Box::new(said.clone()));
    options.tracer = Tracer::digest_only();
    let report = World::new(plan, options).unwrap_or_else(|error| panic!("{error}")).run();
    (report, String::from_utf8_lossy(&said.take()).into_owned())
}

/// Runs the plan and the plan of what it drew, which must be the same run.
pub fn twice(plan: &Plan) -> (RunReport, String) {
    let (report, said) = run(plan);
    let pinned = report.pin(plan);
    assert!(pinned.faults.iter().all(|rule| !rule.is_random()));
    let read = Scenario::from_toml(&plan.file, &pinned.to_toml()).unwrap_or_else(|error| panic!("{error}"));
    let (again, said_again) = run(&read.expand(read.seed()));
    let effects = |report: &RunReport| -> Vec<u64> { report.faults.iter().map(|count| count.effects).collect() };
    assert_eq!(effects(&report), effects(&again), "{}", pinned.to_toml());
    assert_eq!(said, said_again, "{}", pinned.to_toml());
    assert_eq!(report.digest, again.digest, "{}", pinned.to_toml());
    (report, said)
}

pub fn passes(toml: &str, files: &[(&str, &str)]) -> String {
    let (_folder, scenario) = scenario(toml, files);
    let (report, said) = twice(&scenario.expand(Seed(1)));
    let failures: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    assert_eq!((report.verdict, failures), (Verdict::Passed, vec![]), "{said}");
    said
}

pub fn service(name: &str) -> String {
    format!("[[service]]\nname = \"{name}\"\nfile = \"{name}\"\n")
}

pub fn call(at: &str, to: &str, args: &str, expect: &str) -> String {
    format!("[[event]]\nat = \"{at}\"\ncall = {{ to = \"{to}\", args = {args}, {expect} }}\n")
}
