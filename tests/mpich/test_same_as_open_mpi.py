# SPDX-License-Identifier: MIT
"""A build with another MPI and its HDF5 makes the same bytes, and each goes on where the other stopped."""
import os
import subprocess

import pytest

import nsr

WORDS = ("--format", "zarr,video,png,hash", "--size", "48x36", "--segment-frames", 50)


def other(*words):
    """The program that was built with Open MPI."""
    subprocess.run([os.environ["NSR_OTHER_BIN"], *map(str, words)], check=True, timeout=60, capture_output=True)


@pytest.fixture(scope="module")
def undisturbed(recording, place):
    other("render", recording, "-o", place / "other.nsr", *WORDS)
    return nsr.tree(place / "other.nsr")


def test_it_is_another_mpi(place):
    assert os.environ["NSR_MPI"] in nsr.run("--version", "--json").json["mpi"]


@pytest.mark.parametrize("ranks, threads, io", [(0, 2, "direct"), (1, 1, "hdf5"), (3, 2, "direct"), (7, 1, "direct"), (2, 1, "mpio")])
def test_same_bytes(recording, undisturbed, tmp_path, ranks, threads, io):
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", *WORDS, "--threads", threads, "--io", io, ranks=ranks)
    nsr.assert_same(tmp_path / "o.nsr", undisturbed)


def test_one_goes_on_after_the_other(recording, undisturbed, tmp_path):
    bundle = tmp_path / "o.nsr"
    other("render", recording, "-o", bundle, *WORDS, "--share", "1/2")
    nsr.run("resume", bundle, ranks=2)
    nsr.assert_same(bundle, undisturbed)
