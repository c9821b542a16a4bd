#!/usr/bin/env bash
# run.sh TARGET [SECONDS]: builds the driver on stable Rust, instrumented for AFL++ (Debian's `afl++`),
# and fuzzes one target. Everything it writes is below $FUZZ (default /tmp/skysim-fuzz); a run goes on
# where the last one stopped.
set -euo pipefail
target=$1 seconds=${2:-600}
here=$(cd "$(dirname "$0")" && pwd)
work=${FUZZ:-/tmp/skysim-fuzz}
triple=$(rustc -vV | sed -n 's/host: //p')
mkdir -p "$work/out"

# With --target, build scripts and macros stay without instrumentation.
RUSTFLAGS="-C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=3 \
	-C llvm-args=-sanitizer-coverage-trace-pc-guard -C llvm-args=-sanitizer-coverage-prune-blocks=0 \
	-C link-arg=/usr/lib/afl/afl-compiler-rt.o -C link-arg=-Wl,--allow-multiple-definition" \
	cargo build --release --manifest-path "$here/Cargo.toml" --target "$triple" --target-dir "$work/target"
driver=$work/target/$triple/release/skysim-fuzz
[ -d "$work/seeds" ] || "$driver" seeds "$work/seeds"

seeds=$work/seeds/$target
[ ! -d "$work/out/$target/default/queue" ] || seeds=-
export AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_MAP_SIZE=1000000 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
afl-fuzz -i "$seeds" -o "$work/out/$target" -V "$seconds" -t 4000 -m none -G 65000 -- "$driver" "$target"
