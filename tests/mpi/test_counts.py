# SPDX-License-Identifier: MIT
"""What a rank asks of MPI and of the file system, as the number of ranks grows: no count grows with its square, the
input is opened once a rank, and the number of collective calls is constant."""
import json
import pathlib
import subprocess

import pytest

import nsr
import shim

RANKS = (2, 8, 16)


@pytest.fixture(scope="module")
def recording(place):
    nsr.run("synth", place / "made-up.h5", "--frames", 4096, "--grid", "8x8", "--seed", 5)
    return place / "made-up.h5"


@pytest.fixture(scope="module")
def library(place):
    source = pathlib.Path(__file__).parent / "count_mpi.c"
    subprocess.run(["mpicc", "-O1", "-shared", "-fPIC", "-o", place / "count.so", source], check=True, timeout=60)
    return place / "count.so"


def counts(recording, folder, library, ranks):
    """The largest count of any rank, and sums over all."""
    log = folder / f"{ranks}.jsonl"
    env = {"LD_PRELOAD": str(library), "COUNT_LOG": str(log)}
    nsr.run("render", recording, "-o", folder / f"{ranks}.nsr", "--threads", 1, ranks=ranks, env=env, timeout=100)
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(rows) == ranks
    return {key: (max(row[key] for row in rows), sum(row[key] for row in rows)) for key in rows[0]}


@pytest.fixture(scope="module")
def found(recording, place, library):
    return {ranks: counts(recording, place, library, ranks) for ranks in RANKS}


def test_collective_calls_are_constant(found):
    for key in ("reductions", "broadcasts", "gathers", "windows"):
        assert len({found[ranks][key][0] for ranks in RANKS}) == 1, (key, found)
    assert 10 < found[2]["reductions"][0] <= 70, found


def test_bytes_are_linear(found):
    """Gathered on a node: some bytes for each rank."""
    assert found[16]["gathered_bytes"][1] * 2 == found[8]["gathered_bytes"][1] * 4, found
    assert 0 < found[16]["gathered_bytes"][1] <= 64 * 16


@pytest.mark.parametrize("ranks", RANKS)
def test_the_input_is_opened_once_a_rank(recording, tmp_path, ranks):
    log = tmp_path / "log"
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--threads", 1, ranks=ranks, timeout=100,
            env=shim.env("open", "made-up.h5", log=str(log)))
    assert ranks <= shim.counts(log)[0] <= ranks + 2
