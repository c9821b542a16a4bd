//! What messages, coroutines and services cost: `cargo bench --bench services`.

mod measure;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use measure::{Recording, time};
use mlua::Lua;

/// Pieces of work in one run, for each kind of work.
const WORK: [(&str, u64); 6] =
    [("call", 20_000), ("send", 20_000), ("table", 5_000), ("spread", 20_000), ("fork", 20_000), ("newservice", 500)];

/// Runs of `count` pieces, scaled to what criterion asks for.
fn scaled(iterations: u64, count: u64, run: impl Fn() -> Duration) -> Duration {
    let rounds = iterations.div_ceil(count).max(1);
    let total: Duration = (0..rounds).map(|_| run()).sum();
    total.mul_f64(iterations as f64 / (rounds * count) as f64)
}

fn services(criterion: &mut Criterion) {
    for (what, count) in WORK {
        criterion.bench_function(what, |bencher| {
            bencher.iter_custom(|iterations| scaled(iterations, count, || time(what, count, None, Recording::Off)));
        });
    }
    criterion.bench_function("call, traced", |bencher| {
        bencher.iter_custom(|iterations| scaled(iterations, 20_000, || time("call", 20_000, None, Recording::On)));
    });
}

fn bare_lua(criterion: &mut Criterion) {
    let lua = Lua::new();
    let limit = lua.load(include_str!("lua/limit.lua")).into_function().expect("good Lua");
    criterion.bench_function("bare Lua limit of a call", |bencher| {
        bencher
            .iter_custom(|iterations| measure::host_time(|| black_box(limit.call::<()>(iterations)).expect("it ends")));
    });
}

fn configured() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
}

criterion_group! { name = benches; config = configured(); targets = bare_lua, services }
criterion_main!(benches);
