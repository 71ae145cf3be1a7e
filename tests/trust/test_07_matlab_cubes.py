# SPDX-License-Identifier: MIT
"""Cubes of MATLAB v7.3: the file has all dimensions reversed, and rows of MATLAB are y. A cube shows the same picture as
the plain HDF5 file with frames x rows (y) x columns (x)."""
import h5py
import numpy as np
import pytest

import nsr

N, NY, NX = 20, 6, 4
CUBE = np.random.default_rng(7).random((N, NY, NX))
STORED = {"data(y,x,t)": CUBE.transpose(0, 2, 1), "data(t,y,x)": CUBE.transpose(2, 1, 0)}


def matlab(path, **arrays):
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, (array, kind) in arrays.items():
            file[name] = array
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
    return path


def times(n=N):
    return (np.arange(n) / 50).reshape(n, 1), "double"


def pictures(source, *words):
    out = source.with_suffix(".nsr")
    done = nsr.run("render", source, *words, "-o", out, "--format", "png", "--size", f"{10 * NX}x{10 * NY}", "--replace")
    return [nsr.frame_png(out, i).read_bytes() for i in (0, 3, N - 1)], done.err


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    path = tmp_path_factory.mktemp("usual") / "usual.h5"
    with h5py.File(path, "w") as file:
        file["data"], file["t"] = CUBE, times()[0]
    return pictures(path)[0]


@pytest.mark.parametrize("kind", STORED)
def test_rows_are_y(tmp_path, usual, kind):
    source = matlab(tmp_path / "a.mat", data=(STORED[kind], "double"), t=times())
    have, err = pictures(source)
    assert have == usual
    assert "rows of MATLAB are y" in next(line for line in err.splitlines() if line.startswith("orientation:"))


def test_square_cube(tmp_path):
    """The shape cannot decide; the attribute does."""
    cube = np.random.default_rng(8).random((N, 5, 5))
    source = matlab(tmp_path / "a.mat", data=(cube.transpose(0, 2, 1), "single"), t=times())
    plain = tmp_path / "b.h5"
    with h5py.File(plain, "w") as file:
        file["data"], file["t"] = cube, times()[0]
    assert pictures(source)[0] == pictures(plain)[0]


def test_axes_override(tmp_path, usual):
    """data(x,y,t) with x in the rows: the file has frames x y x x."""
    source = matlab(tmp_path / "a.mat", data=(CUBE, "double"), t=times())
    have, err = pictures(source, "--axes", "tyx")
    assert have == usual and "rows of MATLAB" not in err


def test_empty_arrays_are_neither_times_nor_fields(tmp_path):
    """An empty array is the list of its sizes: for two frames it has the length of their times."""
    source = matlab(tmp_path / "a.mat", data=(CUBE[:2], "double"), t=(np.array([0, 24], "u8"), "double"))
    with h5py.File(source, "a") as file:
        file["t"].attrs["MATLAB_empty"] = np.uint8(1)
    assert nsr.run("info", source, "--json").json["times"] is None
