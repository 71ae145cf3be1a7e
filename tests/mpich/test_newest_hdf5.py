# SPDX-License-Identifier: MIT
"""A build with HDF5 2 reads what HDF5 2 wrote, also where HDF5 1.10 can only name the remedy."""
import h5py
import numpy as np
import pytest

import nsr
import recordings as rec

NEW = [entry for entry in rec.FIELDS if rec.needs_new_library(entry)]


def test_it_is_hdf5_2():
    assert NEW and int(nsr.run("--version", "--json").json["hdf5"].split(".")[0]) >= 2


@pytest.mark.parametrize("io", ["direct", "hdf5"])
@pytest.mark.parametrize("entry", NEW, ids=rec.name)
def test_range(entry, io):
    have = nsr.run("range", *rec.words(entry), "--json", "--io", io).json
    assert (have["min"], have["max"], have["n_nan"]) == (entry["finite_min"], entry["finite_max"], entry["n_nan"])


@pytest.mark.parametrize("entry", NEW, ids=rec.name)
def test_every_frame(entry, tmp_path):
    nsr.run("render", *rec.words(entry), "-o", tmp_path / "o.nsr", ranks=2)
    want = rec.expected(entry)
    with h5py.File(tmp_path / "o.nsr/summary.h5") as summary:
        np.testing.assert_array_equal(summary["min"][()], want["frame_min"])
        np.testing.assert_array_equal(summary["max"][()], want["frame_max"])
