//! `memory_growth`: a service that holds more and more is found, and one that holds much is not.

use crate::detect::services;
use crate::support::{Ran, Test};

/// Seeds with which a service that cleans up is looked at.
const SEEDS: u32 = 6;

/// A gate with rounds of a login, something said, and a logout; `logout` is what it does then.
fn gate(logout: &str, top: &str) -> Test {
    let lua = format!(
        r#"
local sessions, count, oldest, said = {{}}, 0, 0, {{}}
local command = {{}}
function command.login()
	count = count + 1
	sessions[count] = {{ id = count, since = skynet.now() }}
end
function command.say(text)
	table.insert(said, text)
	if #said > 100 then table.remove(said, 1) end
end
function command.logout()
	oldest = oldest + 1
	{logout}
end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, name) command[name](name) end)
end)
"#
    );
    let events = ["login", "say", "logout"].map(|name| {
        format!("[[event]]\nevery = \"10ms\"\nfrom = \"1s\"\ntimes = 1500\nsend = {{ to = \"gate\", args = [\"{name}\"] }}\n")
    });
    services(&[("gate", &lua)], &format!("{top}---\n{}", events.concat()))
}

fn observed(ran: &Ran) -> bool {
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let observations = document["run"]["observations"].as_array().unwrap();
    observations.iter().any(|noted| noted["detector"] == "memory_growth")
}

/// Switches it on.
const ON: &str = "detect = [\"memory_growth\"]\n";

#[test]
fn sessions_that_are_never_removed() {
    let ran = gate("", ON).run(&["run", "s"]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    assert!(ran.stderr.contains("gate holds more and more: `sessions` had "), "{}", ran.transcript());
    let ran = gate("", "").run(&["run", "s", "--format", "json"]);
    assert!(ran.status == 0 && !observed(&ran), "off by default\n{}", ran.transcript());
}

#[test]
fn coroutines_that_are_never_woken() {
    let ran = gate("sessions[oldest] = nil skynet.fork(skynet.wait)", ON).run(&["run", "s", "--format", "json"]);
    assert!(ran.stdout.contains("`waiting coroutines` had"), "{}", ran.transcript());
}

#[test]
fn who_cleans_up_is_not_named() {
    let test = gate("sessions[oldest] = nil", ON);
    for seed in 0..SEEDS {
        let schedule = if seed == 0 { "skynet" } else { "random" };
        let ran = test.run(&["run", "s", "--format", "json", "--schedule", schedule, "--seed", &seed.to_string()]);
        assert!(ran.status == 0 && !observed(&ran), "seed {seed}\n{}", ran.transcript());
    }
}

#[test]
fn looking_changes_nothing() {
    let watched = gate("sessions[oldest] = nil", ON);
    let unwatched = gate("sessions[oldest] = nil", "");
    watched.run(&["run", "s", "--trace", "trace"]);
    unwatched.run(&["run", "s", "--trace", "trace"]);
    assert_eq!(watched.read("trace"), unwatched.read("trace"));
}
