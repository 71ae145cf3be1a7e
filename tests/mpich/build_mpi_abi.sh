#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the program with the ABI of MPI 5 and the newest HDF5: the MPI is the wheel `mpich` of PyPI, the HDF5 the source
# that the crate hdf5-metno-src carries, since no package has a parallel HDF5 for this ABI. Five minutes.
# Beside it lies the wheel of Intel MPI, the second library of this ABI, in FOLDER/intel.
# usage: build_mpi_abi.sh FOLDER; ends with 77 where a package cannot be had
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: build_mpi_abi.sh FOLDER" >&2; exit 64; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)

skip() { echo "build_mpi_abi.sh: $1 cannot be installed here, so the ABI of MPI 5 is not tested" >&2; exit 77; }

install() { # VENV PACKAGE...
    python3 -m venv "$folder/$1"
    "$folder/$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "${@:2}"
}

install venv 'mpich>=5' 'cmake>=3.26,<4' || skip 'the wheel mpich'
# Its libfabric is for networks; within a node it needs none.
install intel 'impi-rt>=2021.17' || echo "build_mpi_abi.sh: no Intel MPI here; its tests are skipped" >&2
mpi=$folder/venv/bin

if [ ! -e "$folder/hdf5/lib/libhdf5.so" ]; then
    command -v cargo >/dev/null || skip cargo
    mkdir -p "$folder/crate/src"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\n[dependencies]\nhdf5-metno-src = "0.10"\n' >"$folder/crate/Cargo.toml"
    echo 'fn main() {}' >"$folder/crate/src/main.rs"
    cargo vendor --quiet --manifest-path "$folder/crate/Cargo.toml" "$folder/crate/vendor" >/dev/null ||
        skip 'the crate hdf5-metno-src'
    "$mpi/cmake" -S "$folder/crate/vendor/hdf5-metno-src/ext/hdf5" -B "$folder/hdf5-build" -G Ninja \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$folder/hdf5" -DCMAKE_C_COMPILER="$mpi/mpicc_abi" \
        -DHDF5_ENABLE_PARALLEL=ON -DHDF5_ENABLE_ZLIB_SUPPORT=ON -DHDF5_ENABLE_SZIP_SUPPORT=OFF -DBUILD_STATIC_LIBS=OFF \
        -DBUILD_TESTING=OFF -DHDF5_BUILD_CPP_LIB=OFF -DHDF5_BUILD_HL_LIB=OFF -DHDF5_BUILD_TOOLS=OFF \
        -DHDF5_BUILD_EXAMPLES=OFF -DHDF5_BUILD_FORTRAN=OFF
    "$mpi/cmake" --build "$folder/hdf5-build" --target install
fi

cmake -S "$here" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DNSR_TESTS=OFF \
    -DMPI_C_COMPILER="$mpi/mpicc_abi" -DMPIEXEC_EXECUTABLE="$mpi/mpiexec" -DHDF5_ROOT="$folder/hdf5"
cmake --build "$folder/build" --target nsrender-mpi
