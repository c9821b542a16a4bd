//! The dialect `tutorial`: its names, and what `docs/tutorial.md` says of a tutorial's listings. These are not here: where
//! `SKYSIM_TUTORIAL` names the tutorial's Markdown file, its listings are played, as they are written, in the places of
//! our own services of `scenarios/tutorial_*`.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests may fail, and look at the host")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What somebody has given this variable, if anybody has.
fn given(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

fn skysim(args: &[&str], path: &Path) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skysim"));
    command.args(args).arg(path).env_clear().stdin(Stdio::null()).output().unwrap()
}

/// The document of a run.
fn run(args: &[&str], path: &Path) -> Json {
    let output = skysim(&[&["run", "--format", "json"], args].concat(), path);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn failures(document: &Json) -> Vec<String> {
    let failures = document["run"]["failures"].as_array().unwrap();
    failures.iter().map(|failure| failure["text"].as_str().unwrap().to_owned()).collect()
}

/// The names of `scenarios/tutorial_*`.
fn scenarios() -> Vec<String> {
    let entries = fs::read_dir(root().join("scenarios")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with("tutorial_"));
    names.sort();
    names
}

/// What `docs/tutorial.md` says that skysim said of a listing, by the scenario in which it was played.
fn said() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("docs/tutorial.md")).unwrap();
    let sections = text.split("<!-- said: ").skip(1).map(|section| {
        let (name, rest) = section.split_once(" -->\n```text\n").expect("a block of text behind the name");
        let (block, _) = rest.split_once("\n```").expect("the end of the block");
        (name.to_owned(), block.lines().map(|line| line.trim().to_owned()).collect())
    });
    sections.collect()
}

#[test]
fn the_text_tells_of_every_scenario() {
    let said = said();
    assert_eq!(said.keys().collect::<Vec<_>>(), scenarios().iter().collect::<Vec<_>>());
    assert!(said.values().all(|lines| lines.iter().all(|line| !line.is_empty())));
}

/// What a scenario has for the listings to lean on, although there is a listing of that name, too.
fn is_given(file: &Path) -> bool {
    file.extension() != Some("lua".as_ref()) || fs::read_to_string(file).unwrap().starts_with("-- Given: ")
}

/// Copies a folder, and puts listings into the places of the files that have their paths. Returns how many.
fn copy(from: &Path, to: &Path, listings: &Path) -> usize {
    let mut replaced = 0;
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        let (from, to, listing) = (from.join(&name), to.join(&name), listings.join(&name));
        if from.is_dir() {
            replaced += copy(&from, &to, &listing);
        } else if listing.is_file() && !is_given(&from) {
            fs::copy(listing, to).unwrap();
            replaced += 1;
        } else {
            fs::copy(from, to).unwrap();
        }
    }
    replaced
}

#[test]
fn what_is_said_of_the_listings_is_what_skysim_says() {
    let Some(tutorial) = given("SKYSIM_TUTORIAL") else {
        eprintln!("skipped: SKYSIM_TUTORIAL is not set");
        return;
    };
    let temporary = tempfile::tempdir().unwrap();
    let project = temporary.path().join("project");
    let made = skysim(&["new", "--from", &tutorial], &project);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut wrong = Vec::new();
    for name in scenarios() {
        let folder = temporary.path().join(&name);
        let own = root().join("scenarios").join(&name);
        let mut replaced = copy(&own, &folder, &project);
        let toml = fs::read_to_string(folder.join("scenario.toml")).unwrap();
        // One scenario leads to the files of another.
        if let Some((_, other)) = toml.split_once("folder  = \"../") {
            let other = other.split('"').next().unwrap();
            replaced += copy(&root().join("scenarios").join(other), &temporary.path().join(other), &project);
        }
        assert!(replaced > 0, "{name} has no file in which a listing could stand");
        // What is expected of our own service is another matter.
        let toml: Vec<&str> = toml.lines().filter(|line| !line.starts_with("outcome")).collect();
        fs::write(folder.join("scenario.toml"), toml.join("\n")).unwrap();
        let document = run(&[], &folder);
        let failures = failures(&document);
        for line in &said()[&name] {
            if !failures.iter().any(|failure| failure.contains(line)) {
                wrong.push(format!("{name}: nobody said `{line}`, but\n  {}", failures.join("\n  ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A scenario in a folder of its own.
struct Project(tempfile::TempDir);

impl Project {
    fn new(dialect: &str, more: &str, files: &[(&str, &str)]) -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        let toml = format!(
            "schema = 1\n{dialect}\n[node]\nluaservice = \"./?.lua\"\n{more}\n\
             [[service]]\nname = \"other\"\nfile = \"other\"\n[[service]]\nname = \"main\"\nfile = \"main\"\n\
             [[event]]\nat = \"10s\"\ncall = {{ to = \"main\", args = [], expect = [\"all is well\"] }}\n"
        );
        for (path, text) in [("scenario.toml", &*toml)].iter().chain(files) {
            fs::write(project.path().join(path), text).unwrap();
        }
        project
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

const OTHER: &str = r#"
local skynet = require "skynet"
local got = {}
skynet.dispatch("system", function(session, _, ...)
	got = { ... }
	if session ~= 0 then skynet.retpack(...) end
end)
skynet.dispatch("lua", function() skynet.retpack(got) end)
skynet.start(function()
	skynet.register "A_NAME_LONGER_THAN_FIFTEEN_BYTES"
end)
"#;

const MAIN: &str = r#"
local skynet = require "skynet"
local ticks, cancelled = {}, false
local name = "A_NAME_LONGER_THAN_FIFTEEN_BYTES"

local original = { list = { 1, 2 } }
original.self = original
local copied = table.deepcopy(original)
assert(copied ~= original and copied.list ~= original.list and copied.list[2] == 2 and copied.self == copied)
assert(lfs.currentdir and require "db_pool".new() and require "cache".connect())

skynet.dispatch("lua", function()
	local found = 0
	for file in lfs.dir "." do found = found + (file == "main.lua" and 1 or 0) end
	assert(found == 1)
	assert(skynet.query "NOBODY" == nil and skynet.query(name) == skynet.localname("." .. name))
	assert(skynet.call(skynet.query(name), "system", "x", 1) == "x")
	skynet.send(skynet.query(name), "system", "y", { 2 })
	local got = skynet.call(skynet.query(name), "lua")
	assert(got[1] == "y" and got[2][1] == 2)
	assert(#ticks == 2 and ticks[1] == 6 and ticks[2] == 101, table.concat(ticks, " "))
	assert(not cancelled)
	-- A service that is killed by its address is gone, as ever.
	local worker = skynet.newservice("snlua", "other")
	skynet.kill(worker)
	assert(not pcall(skynet.call, worker, "lua"))
	assert(PRELOADED == WANTED)
	skynet.retpack "all is well"
end)

skynet.start(function()
	local start = skynet.now()
	local function tick() ticks[#ticks + 1] = skynet.now() - start end
	skynet.timeout(1005, tick)
	skynet.timeout(55, tick)
	local state = { timer = skynet.timeout(2000, function() cancelled = true end) }
	skynet.kill(table.deepcopy(state).timer)
	skynet.kill(state.timer)
end)
"#;

#[track_caller]
fn assert_passes(project: &Project, args: &[&str]) {
    let document = run(args, &project.path());
    assert_eq!(document["verdict"], "passed", "{args:?}: {:#?}", failures(&document));
}

fn with_all_names() -> Project {
    Project::new("dialect = \"tutorial\"", "", &[("main.lua", MAIN), ("other.lua", OTHER)])
}

/// With a file that the node preloads itself.
fn with_a_preload() -> Project {
    let main = MAIN.replace("WANTED", "\"main\"");
    let own = "PRELOADED = ...\nassert(table.deepcopy or SERVICE_PATH ~= './')\n";
    let files = [("main.lua", &*main), ("other.lua", OTHER), ("own.lua", own)];
    Project::new("dialect = \"tutorial\"", "preload = \"own.lua\"", &files)
}

#[test]
fn every_name_is_there() {
    assert_passes(&with_all_names(), &[]);
}

#[test]
fn a_file_of_the_nodes_own_is_preloaded_as_well() {
    assert_passes(&with_a_preload(), &[]);
}

#[test]
fn all_this_is_so_with_the_library_of_a_real_checkout() {
    let Some(home) = given("SKYNET_HOME") else {
        eprintln!("skipped: SKYNET_HOME is not set");
        return;
    };
    for project in [with_all_names(), with_a_preload()] {
        assert_passes(&project, &["--skynet", &home]);
    }
}

#[test]
fn without_the_dialect_none_is() {
    for dialect in ["", "dialect = \"skynet\""] {
        let project = Project::new(dialect, "", &[("main.lua", MAIN), ("other.lua", OTHER)]);
        let failures = failures(&run(&[], &project.path()));
        assert!(failures.iter().any(|failure| failure.contains("did not start")), "{failures:?}");
    }
}

/// A service that is written for real Skynet runs as it does there.
#[test]
fn a_service_may_register_what_it_needs_itself() {
    let other = OTHER.replace(
        "local got",
        "require 'skynet.manager'\nskynet.register_protocol { name = 'system', id = skynet.PTYPE_SYSTEM, \
         pack = skynet.pack, unpack = skynet.unpack }\nlocal got",
    );
    let project = Project::new("dialect = \"tutorial\"", "", &[("main.lua", MAIN), ("other.lua", &other)]);
    assert_passes(&project, &[]);
}

/// What is to be changed before the service runs on a real server.
#[test]
fn each_use_is_told_once() {
    let check = "return function(world)\n\tlocal told = {}\n\tfor _, event in ipairs(world.events) do\n\
        \t\tif event.service == 'main' and event.name == 'dialect' then told[#told + 1] = event.data end\n\tend\n\
        \terror(table.concat(told, ' '))\nend\n";
    let more = "[[check]]\nname = \"told\"\nat_end = \"told.lua\"\n";
    let files = [("main.lua", MAIN), ("other.lua", OTHER), ("told.lua", check)];
    let project = Project::new("dialect = \"tutorial\"", more, &files);
    let failures = failures(&run(&[], &project.path()));
    let expected = "table.deepcopy skynet.timeout skynet.kill skynet.query skynet.newservice";
    assert!(failures[0].contains(expected), "{failures:?}");
}
