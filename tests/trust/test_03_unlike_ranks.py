# SPDX-License-Identifier: MIT
"""Ranks that differ in threads and memory divide the frames without gaps, and so find the same bins as one rank."""
import subprocess

import netCDF4
import numpy as np
import pytest

import nsr

N = 4060


@pytest.fixture(scope="module")
def recording(place):
    """20 x 30 cells, of which two never have a value and 400 have one in a single frame each."""
    rng = np.random.default_rng(3)
    values = rng.random((N, 20, 30)).astype("f4")
    flat = values.reshape(N, -1)
    rare = rng.permutation(600)[:402]
    flat[:, rare] = np.nan
    for cell, frame in zip(rare[:400], rng.permutation(N)[:400]):
        flat[frame, cell] = .5
    path = place / "rare.nc"
    with netCDF4.Dataset(path, "w") as file:
        for name, length, unit in (("time", N, "s"), ("x_position", 20, "cm"), ("y_position", 30, "cm")):
            file.createDimension(name, length)
            axis = file.createVariable(name, "f8", name)
            axis[:], axis.units = np.arange(length), unit
        file.createVariable("posterior", "f4", ("time", "x_position", "y_position"))[:] = values
    return path


def start(recording, out, *ranks):
    """Each rank with options of its own."""
    words = ["mpirun", "--bind-to", "none"]
    for own in ranks:
        words += [":"] * (own is not ranks[0]) + ["-n", "1", nsr.BIN, "render", str(recording), "-o", str(out), *own]
    done = subprocess.run(words, env=nsr.MPI_ENV, capture_output=True, text=True,
                          timeout=60 * nsr.PATIENCE)
    assert done.returncode == 0, done.stderr
    return nsr.tree(out)


@pytest.mark.parametrize("ranks", [
    [["--threads", "1", "--memory", "1M"], ["--threads", "2", "--memory", "1M"]],
    [["--threads", "2", "--memory", "1M"], ["--threads", "1", "--memory", "1M"]],
    [["--threads", "1", "--memory", "1M"], ["--threads", "1", "--memory", "300k"]],
    [["--threads", "1", "--memory", "500k"], ["--threads", "2", "--memory", "3M"], ["--threads", "1", "--memory", "1M"]],
])
def test_same_bins(recording, tmp_path, ranks):
    for own in ranks:
        own += ["--segment-frames", "100"]
    nsr.run("render", recording, "-o", tmp_path / "alone.nsr", "--segment-frames", 100)
    alone = nsr.manifest(tmp_path / "alone.nsr")
    made = start(recording, tmp_path / "many.nsr", *ranks)
    assert nsr.manifest(tmp_path / "many.nsr")["input"]["n_bins"] == alone["input"]["n_bins"] == 598
    nsr.assert_same(made, nsr.tree(tmp_path / "alone.nsr"))
