# SPDX-License-Identifier: MIT
"""What of the input is shown belongs to a bundle's plan, also where the frames that identify the input have no data and
look alike: decoding of short events."""
import h5py
import numpy as np
import pytest
import xarray as xr

import environments
import nsr

N, EVENT = 1000, slice(400, 410)  # of the 64 spread frames none lies there
WORDS = ("--format", "png", "--size", "90x60", "--segment-frames", 100)


def states(folder):
    values = np.full((N, 2, 7, 5), np.nan, "f4")
    values[EVENT] = np.random.default_rng(1).random(values[EVENT].shape)
    coords = {"time": np.arange(N) * 0.04, "state": ["Continuous", "Fragmented"], "x_position": np.arange(7.0),
              "y_position": np.arange(5.0)}
    field = xr.DataArray(values, dims=("time", "state", "x_position", "y_position"), coords=coords, name="acausal_posterior")
    field.to_dataset().to_netcdf(folder / "a.nc")
    return folder / "a.nc"


def layers(folder):
    edges = np.arange(4.0)
    middle = (edges[1:] + edges[:-1]) / 2
    centers = np.stack(np.meshgrid(middle, middle, middle, indexing="ij"), -1).reshape(-1, 3)
    arrays = {"active_mask": np.ones((3, 3, 3), bool), **{f"grid_edges_{i}": edges for i in range(3)}}
    environments.save(folder / "room", "RegularGrid", (centers, arrays, {"grid_shape": [3, 3, 3]}))
    values = np.full((N, 27), np.nan, "f4")
    values[EVENT] = np.random.default_rng(1).random(values[EVENT].shape)
    with h5py.File(folder / "a.h5", "w") as file:
        file["p"] = values
    return folder / "a.h5", "--environment", folder / "room"


CHOICES = {"state": (lambda folder: (states(folder),), "--state", ["Continuous", "Fragmented", "sum"], "0"),
           "slice": (layers, "--slice", ["z=0.5", "z=1.5", "max"], "z=0.7")}


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("what", CHOICES)
def test_another_choice_is_refused_and_named(tmp_path, what, ranks):
    make, option, (first, *others), same = CHOICES[what]
    bundle, want = tmp_path / "o.nsr", tmp_path / "want.nsr"
    words = ("render", *make(tmp_path), *WORDS, "-o")
    nsr.run(*words, want, option, first)
    nsr.run(*words, bundle, option, first, "--share", "1/2", ranks=ranks)
    for other in others:
        for of in (bundle, want):
            before = nsr.stamps(of)
            nsr.fails(nsr.MISMATCH, *words, of, option, other, ranks=ranks, says=[option, "--replace"])
            assert nsr.stamps(of) == before
    nsr.run(*words, bundle, option, same, "--share", "2/2", ranks=ranks)  # the same in other words
    nsr.run("resume", bundle, ranks=ranks)
    assert {n: h for n, h in nsr.tree(bundle).items() if n != "plan.json"} == \
           {n: h for n, h in nsr.tree(want).items() if n != "plan.json"}
    nsr.run("verify", bundle, "--against", words[1])
