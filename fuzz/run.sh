#!/bin/sh
# Builds the fuzz targets and runs each for a number of seconds: fuzz/run.sh SECONDS [TARGET…]
# FUZZ_SEED makes a run repeatable (0, the default, is a new one each time).
# With the stable toolchain: sanitizers and coverage are switched on by RUSTC_BOOTSTRAP. Findings are left in fuzz/artifacts/.
set -eu
cd "$(dirname "$0")"
seconds=${1:-60}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- parse run differential
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
 -Zsanitizer=address -Ccodegen-units=16 --cfg fuzzing"
cargo build --release --target "$host" --bins
target=${CARGO_TARGET_DIR:-target}
for name in "$@"; do
    mkdir -p "corpus/$name" "artifacts/$name"
    case $name in
        parse) seeds="seeds/run ../tests/language ../examples" ;;
        *) seeds="seeds/$name" ;;
    esac
    echo "== $name, $seconds seconds"
    ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0 "$target/$host/release/$name" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" -timeout=20 -rss_limit_mb=3000 -max_len=4096 \
        -dict=tansy.dict -artifact_prefix="artifacts/$name/" -print_final_stats=1 -verbosity=0 "corpus/$name" $seeds ||
        { echo "== $name: a finding in fuzz/artifacts/$name"; exit 1; }
done
