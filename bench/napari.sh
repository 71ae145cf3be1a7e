#!/bin/sh
# SPDX-License-Identifier: MIT
# Opening and stepping in napari: tables, and build/bench-napari.json.
# Usage: bench/napari.sh [--quick] [--frames N,...]
# NSR_BIN: a program already built. BENCH_SCRATCH: where 2 GB may lie for a while (default: build).
# BENCH_PYTHON: of an environment with bench/requirements-napari.txt. Without a display it takes xvfb-run's.
set -eu
cd "$(dirname "$0")/.."
program=${NSR_BIN:-build/release/nsrender-mpi}
scratch=${BENCH_SCRATCH:-build}
mkdir -p build/bench "$scratch"

if [ -z "${NSR_BIN:-}" ]; then
    cmake --preset release >/dev/null
    cmake --build --preset release >/dev/null
fi

python=${BENCH_PYTHON:-build/venv-bench-napari/bin/python}
if [ -z "${BENCH_PYTHON:-}" ] && ! cmp -s bench/requirements-napari.txt build/venv-bench-napari/installed.txt; then
    python3 -m venv build/venv-bench-napari
    $python -m pip install --quiet --disable-pip-version-check -r bench/requirements-napari.txt
    cp bench/requirements-napari.txt build/venv-bench-napari/installed.txt
fi

export NAPARI_CONFIG="$PWD/build/bench/napari.yaml" # not the user's
set -- "$python" bench/napari_bench.py --program "$program" --scratch "$scratch" --json build/bench-napari.json "$@"
[ -n "${DISPLAY:-}" ] || set -- xvfb-run -a -s "-screen 0 1600x1000x24" "$@"
exec "$@"
