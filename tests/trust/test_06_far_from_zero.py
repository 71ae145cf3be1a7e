# SPDX-License-Identifier: MIT
"""Stacks of float32: doubles that it cannot tell apart are refused, doubles that u16 stores better give a warning."""
import h5py
import numpy as np
import pytest
import zarr

import nsr

R = np.random.default_rng(20).random((60, 6, 5))
REFUSED = {"offset_1e9": 1e9 + R, "offset_1e15": 1e15 + R * 8, "tiny": R * 1e-300, "subnormal": R * 5e-310,
           "one_step": np.where(R > .5, 1.0, np.nextafter(1.0, 2)), "i8_far": (2**62 + (R * 1000)).astype("i8"),
           "below_0": -1e12 - R, "mixed": np.where(R > .9, np.nan, 1e9 + R)}
WARNED = {"offset_1e6": 1e6 + R, "offset_1e4": 1e4 + R, "i4_far": (2**30 + R * 1e6).astype("i4"), "border": 1e7 + R * 1.3}
GOOD = {"near": R, "wide": (R - .5) * 1e30, "constant": np.full_like(R, 7.25), "constant_nan": np.where(R < .1, np.nan, 1e9),
        "nothing": np.full_like(R, np.nan), "f4_far": (1e9 + R * 1e4).astype("f4"), "negative": -R}


@pytest.fixture
def render(tmp_path):
    def do(values, *words, **how):
        path, out = tmp_path / "a.h5", tmp_path / "a.nsr"
        with h5py.File(path, "w") as file:
            file["a"] = values
        return nsr.run("render", path, "-o", out, *words, **how), out
    return do


@pytest.mark.parametrize("output, name", [("zarr", name) for name in REFUSED] + [("overview", "offset_1e9")])
def test_refused(render, name, output):
    done, out = render(REFUSED[name], "--zarr-dtype", "f32", "--format", output, code=nsr.USAGE)
    assert len(done.errors) == 1 and "cannot tell the values of /a apart" in done.errors[0] and "u16" in done.errors[0]
    assert not (out / "plan.json").exists()


@pytest.mark.parametrize("name", WARNED)
def test_warned(render, name):
    done, out = render(WARNED[name], "--zarr-dtype", "f32")
    assert sum("use u16" in line for line in done.warnings) == 1, done
    off = np.abs(zarr.open_array(out / "frames.ome.zarr/0", mode="r")[:].astype("f8") - WARNED[name]).max()
    assert off <= nsr.output(out, "zarr")["description"]["stored"]["error_bound"]


@pytest.mark.parametrize("name", GOOD)
def test_nothing_to_say(render, name):
    assert not [line for line in render(GOOD[name], "--zarr-dtype", "f32")[0].warnings if "f32" in line]


@pytest.mark.parametrize("ranks", [0, 2])
def test_ranks_and_u16(render, ranks):
    render(REFUSED["offset_1e9"], "--zarr-dtype", "f32", ranks=ranks, code=nsr.USAGE)
    done, out = render(REFUSED["offset_1e9"], ranks=ranks)
    stored = zarr.open_array(out / "frames.ome.zarr/0", mode="r")[:]
    assert not done.warnings and len(np.unique(stored)) > 1700
