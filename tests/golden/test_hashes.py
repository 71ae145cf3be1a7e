# SPDX-License-Identifier: MIT
"""The levels of a fixed recording, frame by frame, against hashes that are checked in: what no compressor, palette or
library version may change. After a change that is meant to move pixels, write them again and look at the pictures:

    NSR_GOLDEN=write python3 -m pytest tests/golden
"""
import os
import pathlib

import h5py
import numpy as np
import pytest

import nsr

GOLDEN = pathlib.Path(__file__).parent / "hashes"


def values(dtype):
    """Whole-number arithmetic only, so that every machine makes the same file: a slope, gaps, infinities, a
    constant."""
    i = np.arange(24 * 9 * 13).reshape(24, 9, 13)
    v = ((i * 7919 % 1009) - 200) / dtype(64)
    v[i % 97 == 5] = np.nan
    v[7] = np.nan
    v[8] = 3
    v[9, 0, :2] = np.inf, -np.inf
    return v.astype(dtype)


@pytest.fixture(scope="module")
def recording(place):
    path = place / "golden.h5"
    with h5py.File(path, "w") as file:
        file["f4"], file["f8"] = values(np.float32), values(np.float64)
    return path


@pytest.mark.parametrize("name, words", [
    ("auto", ["--field", "f4"]),
    ("double", ["--field", "f8"]),
    ("size", ["--field", "f4", "--size", "200x150"]),
    ("limits", ["--field", "f4", "--vmin", "0", "--vmax", "10.1"]),
    ("selection", ["--field", "f8", "--frames", "3:20:4", "--origin", "lower", "--axes", "txy"]),
])
def test_hashes(recording, tmp_path, name, words):
    found, golden = [], GOLDEN / f"{name}.txt"
    for ranks, threads in ((0, 1), (0, 2), (2, 1), (3, 2)):
        bundle = tmp_path / f"{ranks}-{threads}.nsr"
        nsr.run("render", recording, "-o", bundle, "--format", "hash", "--segment-frames", 4, *words, "--threads", threads,
                ranks=ranks)
        found.append((bundle / "hashes.txt").read_text())
    have, = set(found)
    if os.environ.get("NSR_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(have)
    assert have == golden.read_text()


def test_both_types_give_the_same_levels():
    """Multiples of 1/64 are exact in both."""
    assert (GOLDEN / "auto.txt").read_text() == (GOLDEN / "double.txt").read_text()
