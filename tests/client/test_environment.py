# SPDX-License-Identifier: MIT
"""Environments of every layout, as saved pairs and in NWB: the right colour at the centre of every bin, from any number
of ranks; and what does not fit is refused by name."""
import json
import shutil

import h5py
import numpy as np
import pytest

import nsr
import recordings as rec
import sessions
from environments import LAYOUTS, grid, points, save
from geometry import check_centers, fields, write_nwb



def render(out, *words, ranks=0):
    nsr.run("render", *words, "-o", out, "--format", "png", "--size", "300x260", ranks=ranks)
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


# --- the ancestor's damaged environments ---

BROKEN = json.loads((rec.DATA / "broken_environments.json").read_text())


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("name", BROKEN)
def test_damaged(name, ranks, tmp_path):
    """Refused with one message that names file and culprit; or, where a picture can be made, drawn with a warning."""
    case, (file, _, environment) = BROKEN[name], name.partition(" + ")
    folder = rec.folder() / "broken"
    words = ["--environment", folder / environment] if environment else []
    done = nsr.run("render", folder / file, "--field", case["dataset"], *words, "-o", tmp_path / "o.nsr", "--format",
                   "hash", ranks=ranks, code=None, timeout=20)
    assert done.code in case["exit_codes"], done
    said = done.warnings if done.code == 0 else done.errors
    assert len(done.errors) == (done.code != 0) and (tmp_path / "o.nsr").exists() == (done.code == 0)
    assert any(word.lower() in line.lower() for word in case["message_any_of"] for line in said), done
    assert (environment or file) in said[0]


def columns(**values):
    return lambda table: [table[column].__setitem__(slice(None), value) for column, value in values.items()]


def without(column):
    return lambda table: table.__delitem__(column)


@pytest.mark.parametrize("change, words", {
    "metadata": (columns(metadata="{not json"), ["metadata", "JSON"]),
    "grid_data": (columns(grid_data='{"grid_edges": [[0, 1], [1'), ["grid_data", "JSON"]),
    "edges": (columns(grid_data='{"grid_edges": [[0, 2, 1], [0, 1]]}'), ["grid_shape"]),
    "counts": (columns(metadata=json.dumps({"n_bins": 9999})), ["layout_type"]),
    "deep": (columns(metadata="[" * 20000 + "]" * 20000), ["metadata", "JSON"]),
    "no mask": (without("active_mask"), ["active_mask"]),
}.values())
def test_damaged_tables(tmp_path, change, words):
    path = shutil.copy(rec.folder() / "nwb/grid.nwb", tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        del file["scratch/spatial_rates_environment"]
        change(file["scratch/spatial_environment"])
    nsr.fails(nsr.DATA, "render", path, "--field", "posterior", "-o", tmp_path / "o.nsr", says=[
        "a.nwb", "/scratch/spatial_environment", *words])


def test_a_grid_in_a_table_needs_no_centres(tmp_path):
    """It is drawn from its edges and its mask."""
    path = shutil.copy(rec.folder() / "nwb/grid.nwb", tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        del file["scratch/spatial_environment/bin_centers"]
    for name, made in (("want", rec.folder() / "nwb/grid.nwb"), ("have", path)):
        nsr.run("render", made, "--field", "posterior", "-o", tmp_path / name, "--format", "hash")
    assert (tmp_path / "have/hashes.txt").read_bytes() == (tmp_path / "want/hashes.txt").read_bytes()


@pytest.mark.parametrize("flat", [True, False])
def test_the_range_that_a_bundle_remembers_is_of_active_bins(tmp_path, flat):
    """Of all cells those are shown that the environment in the input calls active: by `range -o`, too."""
    values = np.random.default_rng(1).random((300, *sessions.ACTIVE.shape)).astype("f4")
    values[:, ~sessions.ACTIVE] = 5
    path, out = tmp_path / "a.nwb", tmp_path / "o.nsr"
    write_nwb(path, "RegularGrid", sessions.environment(), values.reshape(300, -1) if flat else values)
    words = [path, "--field", "/processing/analysis/posterior/data"]
    ranged = nsr.run("range", *words, "-o", out, "--json", ranks=2).json
    assert ranged["max"] == values[:, sessions.ACTIVE].max() and ranged["n_finite"] == 300 * sessions.BINS
    nsr.run("render", *words, "-o", out)
    assert nsr.run("range", *words, "-o", out, "--json").json["max"] == ranged["max"]
    assert "nothing to do" in nsr.run("resume", out).err
    assert nsr.run("range", *words, "--json").json["max"] == 5
