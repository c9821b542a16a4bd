//! Databases and caches: what the real ones answer, what faults do to them, and that they are the node's own.

#![expect(clippy::unwrap_used, reason = "tests may fail")]

use std::fs;
use std::path::Path;

use said::Said;
use skysim::base::Seed;
use skysim::scenario::{Plan, Scenario};
use skysim::trace::Tracer;
use skysim::world::{RunReport, Verdict, World, WorldOptions, single};

#[path = "../said/mod.rs"]
mod said;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How a plan went, and what was printed: without the log.
fn run(plan: &Plan) -> (RunReport, String) {
    let said = Said::default();
    let mut options = WorldOptions::new(Box::new(said.clone()));
    options.tracer = Tracer::digest_only();
    let report = World::new(plan, options).unwrap_or_else(|error| panic!("{error}")).run();
    let all = String::from_utf8_lossy(&said.take()).into_owned();
    let printed = all.lines().filter(|line| !line.starts_with("[:"));
    (report, printed.map(|line| format!("{line}\n")).collect())
}

/// The body of a service as a plan, and the folder that it is in.
fn service(body: &str) -> (tempfile::TempDir, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("local skynet = require \"skynet\"\nskynet.start(function()\n{body}\nend)\n");
    fs::write(folder.path().join("main.lua"), text).unwrap();
    let plan = single(&folder.path().join("main.lua")).unwrap();
    (folder, plan)
}

fn printed(body: &str) -> String {
    let (_folder, plan) = service(body);
    run(&plan).1
}

#[track_caller]
fn same(expected: &str, actual: &str) {
    let difference = similar::TextDiff::from_lines(expected, actual);
    assert!(expected == actual, "\n{}", difference.unified_diff().context_radius(1).header("the real one", "skysim"));
}

#[test]
fn lsqlite3_is_as_the_lua_module() {
    let script = include_str!("../../src/lua/native/stock/lsqlite3.lua");
    same(include_str!("../../src/lua/native/stock/lsqlite3.txt"), &printed(script));
}

#[test]
fn redis_answers_as_redis() {
    let plan = single(&root().join("tests/stores/redis.lua")).unwrap();
    let (report, answers) = run(&plan);
    assert_eq!(report.verdict, Verdict::Passed, "{:?}", report.failures);
    same(include_str!("redis_replies.txt"), &answers);
}

/// What a service could learn of the host, or of others.
const OBSERVED: &str = r#"
    local db = require "lsqlite3".open "a.db"
    local function one(sql)
        for value in db:urows(sql) do
            return value
        end
    end
    print(one "select datetime('now')", one "select datetime('now', 'localtime')")
    skynet.sleep(150)
    print(one "select strftime('%f', 'now')")
    print(one "select random()", one "select random()", one "select hex(randomblob(8))")
    db:exec "create table t(a); insert into t values(1)"
    db:exec "begin; insert into t values(2)"
    local journal = io.open("a.db-journal", "rb")
    print(journal:read "a":gsub("[^ -~]", function(byte) return ("%02x"):format(byte:byte()) end))
    print(db, db:prepare "select 1")
"#;

#[test]
fn time_and_chance_are_the_nodes() {
    let first = printed(OBSERVED);
    assert!(first.starts_with("2024-01-01 00:00:00\t2024-01-01 00:00:00\n01.500\n"), "{first}");
    let (_folder, mut plan) = service(OBSERVED);
    plan.seed = Seed(1);
    assert_ne!(run(&plan).1.lines().nth(2), first.lines().nth(2), "another seed");
    same(&first, &printed(OBSERVED));
}

#[test]
fn runs_in_other_threads_do_not_matter() {
    let alone = printed(OBSERVED);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..4).map(|_| scope.spawn(|| printed(OBSERVED))).collect();
        for other in running {
            same(&alone, &other.join().unwrap());
        }
    });
}

#[test]
fn nothing_of_the_host_is_in_reach() {
    let outside = tempfile::tempdir().unwrap();
    let place = outside.path().display().to_string();
    let text = printed(&format!(
        r#"
        local sqlite3 = require "lsqlite3"
        print(sqlite3.open "{place}/a.db")
        local db = sqlite3.open "file:b.db?vfs=unix"
        print(db:exec "create table t(a)", require "lfs".attributes("file:b.db?vfs=unix", "mode"))
        print(db:exec "attach 'file:{place}/c.db?vfs=unix' as other", db:errmsg())
        print(db:exec("attach '" .. "{place}/d.db" .. "' as other; create table other.t(a)"))
        print(db:exec "select load_extension('{place}/x')", db:errmsg())
        print(db:exec "vacuum into 'file:{place}/e.db?vfs=unix'", db:errmsg())
        for mode in db:urows "pragma journal_mode = wal" do print(mode) end
        "#
    ));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "nil\t14\tunable to open database file",
            "0\tfile",
            "23\tnot authorized",
            "14",
            "1\tnot authorized to use function: load_extension",
            "23\tauthorization denied",
            "delete",
        ]
    );
}

#[test]
fn an_endless_statement_ends() {
    let (_folder, mut plan) = service(
        r#"local db = require "lsqlite3".open_memory()
        print(db:exec "with recursive t(a) as (select 1 union all select a + 1 from t) select max(a) from t", db:errmsg())"#,
    );
    plan.limits.instructions = 20_000_000;
    assert_eq!(run(&plan).1, "9\tinterrupted\n");
}

#[test]
fn a_closed_statement_is_nobodys() {
    let text = printed(
        r#"local sqlite3 = require "lsqlite3"
        local db = sqlite3.open_memory()
        local statement = db:prepare "select 1, 2, 3"
        statement:step()
        local forged = setmetatable({}, { __gc = function() statement:finalize() end })
        forged = nil
        print(pcall(function()
            for _ = 1, 1e5 do statement:get_values() end
        end))
        local meta = getmetatable(db)
        print(pcall(meta.__index.exec, debug.setmetatable(coroutine.create(print), nil), "x"))
        for _, value in ipairs { 1, "x", io.stdout } do
            print((pcall(meta.__index.exec, value, "x")))
        end
        db:close()
        meta.__gc(db)
        print(statement, db)"#,
    );
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("false\t"), "{text}");
    assert!(text.ends_with("sqlite virtual machine (closed)\tsqlite database (closed)\n"), "{text}");
}

/// A scenario of `scenarios/stores*` with some of its services' text replaced; the plans that seeds give.
fn altered(name: &str, file: &str, changes: &[(&str, &str)]) -> (tempfile::TempDir, Scenario) {
    let folder = tempfile::tempdir().unwrap();
    for part in ["services", "checks", "lib"] {
        fs::create_dir(folder.path().join(part)).unwrap();
        for entry in fs::read_dir(root().join("scenarios/stores").join(part)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join(part).join(path.file_name().unwrap())).unwrap();
        }
    }
    let server = root().join("src/lua/library/service/sqlite_server.lua");
    fs::copy(server, folder.path().join("services/altered_server.lua")).unwrap();
    let toml = fs::read_to_string(root().join("scenarios").join(name).join("scenario.toml")).unwrap();
    let toml = toml.replace("folder = \"../stores\"\n", "").replace("\"sqlite_server\"", "\"altered_server\"");
    fs::write(folder.path().join("scenario.toml"), toml).unwrap();
    let path = folder.path().join("services").join(file);
    let mut text = fs::read_to_string(&path).unwrap();
    for (old, new) in changes {
        assert_eq!(text.matches(old).count(), 1, "{file} has not one `{old}`");
        text = text.replace(old, new);
    }
    fs::write(&path, text).unwrap();
    let scenario = Scenario::read(folder.path()).unwrap();
    (folder, scenario)
}

/// How many of the first seeds fail a check.
fn failing(scenario: &Scenario, seeds: u64) -> usize {
    let verdicts = (0..seeds).map(|seed| run(&scenario.expand(Seed(seed))).0.verdict);
    verdicts.filter(|verdict| *verdict != Verdict::Passed).count()
}

#[test]
fn a_database_without_transactions_loses_money() {
    let nothing = [("\"BEGIN IMMEDIATE\"", "\"SELECT 1\""), ("\"COMMIT\"", "\"SELECT 1\"")];
    let (_folder, scenario) = altered("stores_crash", "altered_server.lua", &nothing);
    assert!(failing(&scenario, 5) > 0);
}

#[test]
fn a_database_that_does_not_sync_loses_what_it_answered() {
    let off = [("\tdb = opened\n", "\tdb = opened\n\tdb:exec \"PRAGMA synchronous = OFF\"\n")];
    let (_folder, scenario) = altered("stores_crash", "altered_server.lua", &off);
    assert!(failing(&scenario, 20) > 0);
}

#[test]
fn a_cache_that_is_not_told_has_old_balances() {
    let half = [("forget(key(source), key(target))", "forget(key(source))")];
    let (_folder, scenario) = altered("stores_cache", "accounts.lua", &half);
    assert!(failing(&scenario, 10) > 0);
}

#[test]
fn looking_changes_nothing_and_shows_what_is_open() {
    let plan = Scenario::read(&root().join("scenarios/stores")).unwrap().expand(Seed(3));
    let (report, _) = run(&plan);
    assert_eq!(report.verdict, Verdict::Passed, "{:?}", report.failures);
    let mut looked = plan;
    looked.expect.snapshot = vec!["database".to_owned()];
    let (with_look, _) = run(&looked);
    assert_eq!(with_look.digest, report.digest);
    let text = &with_look.snapshots["database"];
    assert!(text.contains("db = userdata :sqlite3") && text.contains("bank.db"), "{text}");
}
