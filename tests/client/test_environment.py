# SPDX-License-Identifier: MIT
"""Environments of every layout, as saved pairs and in NWB: the right colour at the centre of every bin, from any number
of ranks; and what does not fit is refused by name."""
import json

import h5py
import numpy as np
import pytest
from PIL import Image

import nsr
import reference as ref
from environments import LAYOUTS, grid, points, save


def write_nwb(path, layout, made, values):
    """A table whose columns are padded to the longest, the texts repeated in every row."""
    centers, arrays, about = made
    text = h5py.string_dtype()
    edges = [arrays[k].tolist() for k in sorted(arrays) if k.startswith("grid_edges")] if "grid_shape" in about else []
    cells = int(np.prod(about["grid_shape"])) if edges else 0
    links = np.array([[i, i + 1] for i in range(len(centers) - 1)])
    rows = max(len(centers), cells, 2) + 5

    def padded(array, like):
        out = np.zeros((rows, *array.shape[1:]), like)
        out[:len(array)] = array
        return out

    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        series = file.create_group("processing/analysis/posterior")
        series.attrs["neurodata_type"] = "TimeSeries"
        series["data"] = values
        series["timestamps"] = np.arange(len(values)) / 10
        table = file.create_group("scratch/spatial_environment")
        table.attrs["neurodata_type"] = "DynamicTable"
        table["bin_centers"] = padded(centers, "f8")
        table["edges"] = padded(links, "i8")
        table["edge_weights"] = padded(np.hypot(*(centers[1:] - centers[:-1]).T), "f8")
        table["active_mask"] = padded(arrays["active_mask"].ravel() if edges else np.zeros(0), "i1")
        metadata = {"schema_version": "1.0", "layout_type": "MaskedGrid" if layout == "Polar" else layout,
                    "units": "cm", "n_bins": len(centers), "n_edges": len(links), "n_dims": 2,
                    "coordinate_kind": about.get("coordinate_kind", "cartesian")}
        grid_data = {"grid_edges": edges, "grid_shape": about["grid_shape"], "total_grid_cells": cells} if edges else {}
        table.create_dataset("metadata", data=[json.dumps(metadata)] * rows, dtype=text)
        table.create_dataset("grid_data", data=[json.dumps(grid_data)] * rows, dtype=text)
    return path


def fields(n_bins):
    values = np.random.default_rng(n_bins).random((4, n_bins)).astype("f4")
    values[1, ::3] = np.nan
    return values


def check_centers(bundle, centers, values):
    geometry = nsr.manifest(bundle)["geometry"]
    where = np.floor(np.c_[centers, np.ones(len(centers))] @ np.array(geometry["affine"]).T).astype(int)
    for i, want in enumerate(ref.colours(values, *ref.limits(values))):
        with Image.open(nsr.frame_png(bundle, i)) as image:
            have = np.asarray(image.convert("RGB"))[where[:, 1], where[:, 0]]
        assert not (differ := np.flatnonzero((have != want).any(-1))).size, f"frame {i}: bins {differ}"


def render(out, *words, ranks=0):
    nsr.run("render", *words, "-o", out, "--format", "png", "--size", "300x260", "--unroll" if "Polar" in str(out) else
            "--quiet", ranks=ranks)
    return out


@pytest.mark.parametrize("layout", LAYOUTS)
def test_saved_pair(tmp_path, layout):
    made = LAYOUTS[layout]()
    values = fields(len(made[0]))
    pair = save(tmp_path / "env", layout, made)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = values
    for ranks, name in enumerate(("env.json", "env.npz", "env")):
        out = render(tmp_path / f"{layout}{ranks}.nsr", tmp_path / "a.h5", "--environment", pair.with_name(name),
                     ranks=ranks)
        check_centers(out, made[0], values)
    about = nsr.run("info", tmp_path / "a.h5", "--environment", pair, "--json").json["environment"]
    assert about["n_bins"] == about["n_active"] == len(made[0]) and about["units"] == "cm"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nwb(tmp_path, layout):
    made = LAYOUTS[layout]()
    values = fields(len(made[0]))
    path = write_nwb(tmp_path / "a.nwb", layout, made, values)
    check_centers(render(tmp_path / f"{layout}.nsr", path, "--field", "posterior"), made[0], values)


def test_centers_beside_the_field(tmp_path):
    centers = points()[0]
    values = fields(len(centers))
    with h5py.File(write_nwb(tmp_path / "a.nwb", "Unheard", points(), values), "r+") as file:
        del file["scratch/spatial_environment"]
        file["processing/analysis/bin_centers/data"] = centers[None]
    check_centers(render(tmp_path / "o.nsr", tmp_path / "a.nwb", "--field", "posterior"), centers, values)


def test_values_of_inactive_cells_do_not_count(tmp_path):
    """A field for all cells of the grid, y first: drawn right, and its range is that of the bins."""
    centers, arrays, about = grid()
    pair = save(tmp_path / "env", "RegularGrid", (centers, arrays, about))
    cube = np.full((4, 3, 5), 99, "f4")
    values = fields(len(centers))
    cube.transpose(0, 2, 1)[:, arrays["active_mask"]] = values
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = cube
    check_centers(render(tmp_path / "o.nsr", tmp_path / "a.h5", "--environment", pair), centers, values)


def cube_environment(path):
    edges = np.array([0.0, 1, 3])
    mask = np.ones((2, 2, 2), bool)
    mask[0, 0, 1] = mask[1, 1] = False
    middle = (edges[1:] + edges[:-1]) / 2
    centers = np.stack(np.meshgrid(middle, middle, middle, indexing="ij"), -1)[mask]
    save(path, "RegularGrid", (centers, {"active_mask": mask, **{f"grid_edges_{i}": edges for i in range(3)}},
                               {"grid_shape": [2, 2, 2]}))
    return mask, centers


@pytest.mark.parametrize("words, layers", [("z=0.5", [0]), ("z=3", [1]), ("max", [0, 1])])
def test_slices(tmp_path, words, layers):
    mask, centers = cube_environment(tmp_path / "env")
    values = fields(len(centers))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = values
    out = render(tmp_path / "o.nsr", tmp_path / "a.h5", "--environment", tmp_path / "env", "--slice", words)
    cube = np.full((4, 2, 2, 2), np.nan)
    cube[:, mask] = values
    active = mask[:, :, layers].any(-1)
    flat = np.fmax.reduce(cube[..., layers], axis=-1)[:, active]
    middle = np.array([0.5, 2])
    check_centers(out, np.stack(np.meshgrid(middle, middle, indexing="ij"), -1)[active], flat.astype("f4"))


def test_a_cube_needs_a_slice(tmp_path):
    _, centers = cube_environment(tmp_path / "env")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = fields(len(centers))
    done = nsr.run("render", tmp_path / "a.h5", "--environment", tmp_path / "env", "-o", tmp_path / "o.nsr",
                   code=nsr.USAGE)
    assert "--slice z=VALUE" in done.err and "z = 0.5, 2" in done.err


@pytest.mark.parametrize("change, words", [
    ({"schema_version": "Environment-v9"}, "Environment-v9"), ({"layout_type": None}, "layout_type"),
    ({"n_bins": 14}, "n_bins"), ({"grid_shape": [5, 4]}, "grid_shape"), ({"n_dims": 3}, "dimensions")])
def test_refused(tmp_path, change, words):
    centers, arrays, about = grid()
    save(tmp_path / "env", "RegularGrid", (centers, arrays, {**about, **change}))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = fields(len(centers))
    done = nsr.run("render", tmp_path / "a.h5", "--environment", tmp_path / "env", "-o", tmp_path / "o.nsr",
                   code=nsr.DATA)
    assert words in done.err and "env.json" in done.err and not (tmp_path / "o.nsr").exists()
