//! The scenarios of this repository, one test each, compared with `snapshots/` by the code behind
//! `skysim test`. A new scenario is added to the list below; the last test says so if it is not.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests may fail, and look at the host")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use skysim::cli::Exit;
use skysim::cli::suite::{self, Found, Outcome, Policy, Settings};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().unwrap()
}

fn found() -> Found {
    suite::discover(&[root().join("scenarios")]).unwrap()
}

/// What `skysim test` may write without `--accept`.
fn policy() -> Policy {
    if std::env::var_os("CI").is_some() { Policy::Compare } else { Policy::Propose }
}

fn outcome(name: &str) -> Outcome {
    let found = found();
    let case = found.cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no scenario {name}"));
    suite::run(case, &Settings::new(policy())).unwrap_or_else(|error| panic!("{error}"))
}

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        const LISTED: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            let outcome = outcome(stringify!($name));
            assert_eq!(outcome.exit, Exit::Passed, "\n{}", outcome.text);
        })*
    };
}

scenarios! {
    bank,
    chat_room,
    chat_room_flood,
    chat_room_newcomers,
    chat_room_reload,
    dependencies,
    dependencies_absent,
    dependencies_cycle,
    dependencies_death,
    error_recovery,
    error_recovery_crash,
    error_recovery_lost,
    error_recovery_sporadic,
    error_recovery_useless,
    graceful_shutdown,
    graceful_shutdown_storage,
    graceful_shutdown_twice,
    hot_reload,
    hot_reload_any_moment,
    hot_reload_busy,
    hot_reload_identity,
    hot_reload_inject,
    hot_reload_relaunch,
    hot_reload_swarm,
    immutable_state,
    immutable_state_conflict,
    immutable_state_outage,
    memory_management,
    memory_management_flood,
    memory_management_stop,
    memory_management_vanish,
    persistence,
    persistence_crash,
    persistence_disk,
    persistence_upgrade,
    stores,
    stores_cache,
    stores_crash,
    stores_disk,
    structured_service,
    structured_service_auth,
    structured_service_cache,
    structured_service_database,
    task_queue,
    task_queue_crash,
    task_queue_disk,
    task_queue_priorities,
    task_queue_shutdown,
    task_queue_workers,
    tiered_cache,
    tiered_cache_disk,
    tiered_cache_late_fill,
    tiered_cache_level_down,
    tiered_cache_restart,
    tiered_cache_stampede,
    tiered_cache_update,
    tutorial_chat_room,
    tutorial_chat_room_stays,
    tutorial_dependencies,
    tutorial_error_recovery,
    tutorial_graceful_shutdown,
    tutorial_hot_reload,
    tutorial_hot_reload_cached,
    tutorial_hot_reload_silent,
    tutorial_immutable_state,
    tutorial_memory_management,
    tutorial_persistence,
    tutorial_structured_service,
    tutorial_tiered_cache,
    tutorial_worker_pool,
    worker_pool,
    worker_pool_deaths,
    worker_pool_empty,
}

#[test]
fn all_are_listed_and_no_snapshot_is_an_orphan() {
    let found = found();
    let names: Vec<&str> = found.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, LISTED);
    let expected: BTreeSet<PathBuf> = names.iter().flat_map(|name| outcome(name).snapshots).collect();
    let orphans = suite::orphans(&found, &expected).unwrap();
    assert_eq!(orphans.files, Vec::<PathBuf>::new(), "remove them: skysim test --accept");
}
