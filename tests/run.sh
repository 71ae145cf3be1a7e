#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every test, from nothing: installs what is missing, builds, runs. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'END'
usage: tests/run.sh [--preset NAME] [--only LABEL] [--long] [--ci]
  --preset NAME  build of CMakePresets.json to test (default: release); asan, tsan: under sanitizers
  --only LABEL   only these tests: unit, fuzz, style, cli, golden, client, mpi, fault, trust, slurm, mpich, mpiabi (a
                 regular expression)
  --long         the full counts, for hours
  --ci           afterwards also: warnings as errors with gcc and clang, unit tests and runs with sanitizers
END
}

preset=release only='' long=0 ci=no
while [ $# -gt 0 ]; do
    case $1 in
    --preset) preset=${2:?"--preset needs a name"}; shift ;;
    --only) only=${2:?"--only needs a label"}; shift ;;
    --long) long=1 ;;
    --ci) ci=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "run.sh: unknown option '$1'" >&2; usage >&2; exit 64 ;;
    esac
    shift
done

# The Python of the tests, and that of the tests in napari: those that were named, or our own environments, made anew
# when their list changed.
make_python() { # VARIABLE FOLDER LIST
    local venv=$PWD/build/$2 list=tests/$3
    if [ -n "${!1:-}" ]; then return; fi
    export "$1=$venv/bin/python"
    if cmp -s "$list" "$venv/requirements.txt"; then return; fi
    echo "making $venv" >&2
    mkdir -p build
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$list"
    cp "$list" "$venv/requirements.txt"
}

build() { # PRESET [TARGET]
    echo "== build $1" >&2
    cmake --preset "$1" -DNSR_PYTHON="$NSR_PYTHON" -DNSR_NAPARI_PYTHON="$NSR_NAPARI_PYTHON" -DNSR_LONG="$long" >&2
    cmake --build --preset "$1" ${2:+--target "$2"} >&2
}

run_tests() { # PRESET [CTEST OPTION...]
    echo "== test $1" >&2
    ctest --test-dir "build/$1" -j4 --output-on-failure --no-tests=error "${@:2}"
}

# A whole run on two ranks with sanitizers: made up, rendered, verified.
smoke() { # PRESET
    local program=$PWD/build/$1/nsrender-mpi folder
    folder=$(mktemp -d)
    echo "== run $1" >&2
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
    export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0 ASAN_OPTIONS=fast_unwind_on_malloc=0
    export TSAN_OPTIONS=ignore_noninstrumented_modules=1
    mpirun -n 2 --bind-to none "$program" synth "$folder/made-up.h5" --frames 600
    mpirun -n 2 --bind-to none "$program" render "$folder/made-up.h5" -o "$folder/made-up.nsr" --format png,video --threads 2
    mpirun -n 2 --bind-to none "$program" verify "$folder/made-up.nsr" --against "$folder/made-up.h5"
    rm -rf "$folder"
}

jobs/install-dependencies.sh build test napari
jobs/install-dependencies.sh slurm || echo "run.sh: no Slurm could be installed; the tests slurm are skipped" >&2
jobs/install-dependencies.sh mpich || echo "run.sh: no MPICH could be installed; the tests mpich are left out" >&2
make_python NSR_PYTHON venv requirements.txt
make_python NSR_NAPARI_PYTHON venv-napari requirements-napari.txt
[ "$preset" != tsan ] || jobs/install-dependencies.sh check
build "$preset"
run_tests "$preset" ${only:+-L "^($only)\$"}
[ $ci = yes ] || exit 0

build ci-gcc
if jobs/install-dependencies.sh check; then
    build ci-clang
    build tsan nsrender-mpi
    smoke tsan
else
    echo "run.sh: clang or its OpenMP could not be installed, so what needs them was left out: ci-clang, tsan" >&2
fi
build asan
run_tests asan -L "^(unit|fuzz)\$"
smoke asan
