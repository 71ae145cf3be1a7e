#!/bin/sh
# SPDX-License-Identifier: MIT
# The program against peers and limits: tables, and build/bench.json.
# Usage: bench/run.sh [--quick] [--only GROUP,...] [--kinds WORD,...]
# NSR_BIN: a program already built, with bench-sources, bench-kernels and bench-stack beside it.
# BENCH_SCRATCH: where 12 GB of recordings may lie for a while (default: build).
set -eu
cd "$(dirname "$0")/.."
program=${NSR_BIN:-build/release/nsrender-mpi}
scratch=${BENCH_SCRATCH:-build}
mkdir -p build/bench "$scratch"

if [ -z "${NSR_BIN:-}" ]; then
    cmake --preset release >/dev/null
    cmake --build --preset release >/dev/null
    cmake --build --preset release --target bench-sources bench-kernels bench-stack >/dev/null
fi
for limit in launch memcpy range png inflate; do
    ${CC:-cc} -std=c17 -D_GNU_SOURCE -O3 -march=native -fopenmp "bench/limits/$limit.c" -o "build/bench/$limit" \
        -lpng -ldeflate -lm
done
for preloaded in bench/slow_flush.c tests/fault/shim.c; do
    ${CC:-cc} -O1 -shared -fPIC "$preloaded" -o "build/bench/$(basename "$preloaded" .c).so" -ldl
done

python=build/venv-bench/bin/python
if ! cmp -s bench/requirements.txt build/venv-bench/installed.txt; then
    python3 -m venv build/venv-bench
    $python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
    cp bench/requirements.txt build/venv-bench/installed.txt
fi
exec $python bench/bench.py --program "$program" --limits build/bench --scratch "$scratch" --json build/bench.json "$@"
