# SPDX-License-Identifier: MIT
"""Files that other software wrote (data/README.md): the same numbers and the same colours as the ancestor has."""
import json
import pathlib
import shutil

import h5py
import numpy as np
import pytest
from PIL import Image

import nsr

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
FIELDS = json.loads((DATA / "fields.json").read_text())
NAMES = [f"{e['file']}:{e['dataset']}" for e in FIELDS]
ENVIRONMENT = ("--environment", DATA / "nwb" / "grid.nwb")


def words_of(entry):
    return (DATA / entry["file"], "--field", entry["dataset"], *(ENVIRONMENT if entry["file"].startswith("plain") else ()))


@pytest.mark.parametrize("io", ["direct", "hdf5", "mpio"])
def test_exact_ranges(io):
    """Every type, byte order, filter and link, read in every way."""
    for entry in FIELDS:
        done = nsr.run("range", *words_of(entry)[:3], "--json", "--io", io, code=None)
        if done.code and io == "direct":  # may refuse by name what it does not know
            assert done.code in (nsr.USAGE, nsr.DATA) and "direct" in done.err, done
            continue
        assert done.code == 0, f"{entry['dataset']}: {done}"
        want = {"n_frames": entry["n_frames"], "n_bins": entry["n_bins"], "n_nan": entry["n_nan"],
                "n_posinf": entry["n_posinf"], "n_neginf": entry["n_neginf"], "n_finite": entry["n_finite"],
                "min": entry["finite_min"], "max": entry["finite_max"], "vmin": entry["range_global"][0],
                "vmax": entry["range_global"][1]}
        have = done.json
        assert {key: have[key] for key in want} == want, entry["dataset"]


@pytest.mark.parametrize("entry", FIELDS, ids=NAMES)
def test_colours(entry, tmp_path):
    """Every pixel of the frames that the ancestor coloured; orientation, mask and no data included."""
    known = np.load(DATA / entry["expected"])
    if "rgb_frames" not in known or "mpl_viridis" not in known:
        pytest.skip("the ancestor gives no colours for this field")
    nsr.run("render", *words_of(entry), "-o", tmp_path / "o.nsr", "--format", "png", "--cmap", "viridis")
    geometry = np.load(DATA / "expected" / "geometry" / "grid.npz")
    bins, shape = geometry["bin_of_pixel"], nsr.manifest(tmp_path / "o.nsr")["geometry"]
    for i, frame in enumerate(known["rgb_frames"]):
        with Image.open(nsr.frame_png(tmp_path / "o.nsr", frame)) as image:
            have = np.asarray(image.convert("RGB"))
        (x, y), (sx, sy) = shape["offset"], shape["cell"]
        rows, columns = bins.shape
        cells = have[y:y + rows * sy, x:x + columns * sx].reshape(rows, sy, columns, sx, 3)
        assert (cells == cells[:, :1, :, :1]).all(), "a cell has more than one colour"
        ways = [known[key][i].astype(int) for key in ("mpl_viridis", "mpl_viridis_f8") if key in known]
        wanted = [np.where((bins >= 0)[..., None], way[np.maximum(bins, 0), :3], 211) for way in ways]
        differ = np.min([(cells[:, 0, :, 0] != want).any(-1) for want in wanted], axis=0)
        assert not differ.any(), f"frame {frame}: {differ.sum()} bins differ"


def test_geometry_of_the_environment(tmp_path):
    """x to the right, y up; the affine sends every bin's centre into its cell; pixels keep the proportion of bins."""
    nsr.run("render", DATA / "nwb/grid.nwb", "--field", "posterior", "-o", tmp_path / "o.nsr", "--format", "hash")
    known, geometry = np.load(DATA / "expected" / "geometry" / "grid.npz"), nsr.manifest(tmp_path / "o.nsr")["geometry"]
    affine = np.array(geometry["affine"])
    column, row = affine @ np.vstack([known["bin_centers"].T, np.ones(len(known["bin_centers"]))])
    (sx, sy), (x, y) = geometry["cell"], geometry["offset"]
    cells = ((row - y) // sy).astype(int), ((column - x) // sx).astype(int)
    assert (known["bin_of_pixel"][cells] == np.arange(len(known["bin_centers"]))).all()
    pitch = np.diff(known["grid_edges_0"]).mean() / np.diff(known["grid_edges_1"]).mean()
    assert abs(sx / sy / pitch - 1) < 0.05
    assert max(geometry["width"], geometry["height"]) <= 800


def test_info_of_an_nwb_file():
    info = nsr.run("info", DATA / "nwb/grid.nwb", "--json").json
    assert info["format"] == "nwb"
    fields = {f["path"].split("/")[-2]: f for f in info["fields"]}
    assert {"posterior", "rate_map", "scaled_counts"} <= set(fields)
    assert (fields["rate_map"]["shape"], fields["rate_map"]["chunks"]) == ([24, 149], [7, 19])
    environment = info["environment"]
    assert (environment["layout"], environment["n_bins"], environment["n_active"]) == ("RegularGrid", 149, 149)
    assert environment["units"] == "cm"


def test_times_of_an_nwb_series(tmp_path):
    """timestamps, or starting_time and rate, whichever the series has."""
    for field, entry in (("posterior", "posterior"), ("rate_map", "rate_map")):
        out = tmp_path / f"{field}.nsr"
        nsr.run("render", DATA / "nwb/grid.nwb", "--field", field, "-o", out, "--format", "hash")
        known = np.load(DATA / f"expected/nwb/grid.nwb/processing.analysis.{entry}.data.npz")["frame_times"]
        times = nsr.manifest(out)["times"]
        assert (times["first"], times["last"]) == pytest.approx((known[0], known[-1]), abs=1e-9)


def test_a_series_without_times(tmp_path):
    path = shutil.copy(DATA / "nwb/grid.nwb", tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        del file["processing/analysis/posterior/timestamps"]
    nsr.run("render", path, "--field", "posterior", "-o", tmp_path / "o.nsr", "--format", "png,video")
    assert nsr.output(tmp_path / "o.nsr", "video")["frames"] == 48  # every data frame is one output frame


def test_damaged_environments_of_an_nwb_file(tmp_path):
    """Each ends with 65 and says what is wrong, or goes on where that is possible."""
    def text(column, value):
        return lambda g: g[column].__setitem__(slice(None), value)

    def drop(*columns):
        def change(g):
            for column in columns:
                del g[column]
        return change
    cases = {"metadata": text("metadata", "{not json"), "grid_data": text("grid_data", '{"grid_edges": [[0, 1], [1'),
             "edges": text("grid_data", '{"grid_edges": [[0, 2, 1], [0, 1]]}'), "active_mask": drop("active_mask"),
             "centers": drop("bin_centers"), "counts": text("metadata", json.dumps({"n_bins": 9999})),
             "deep": text("metadata", "[" * 20000 + "]" * 20000), "nan": lambda g: g["bin_centers"].__setitem__(3, np.nan)}
    for name, change in cases.items():
        path = shutil.copy(DATA / "nwb/grid.nwb", tmp_path / f"{name}.nwb")
        with h5py.File(path, "r+") as file:
            change(file["scratch/spatial_environment"])
        done = nsr.run("render", path, "--field", "posterior", "-o", tmp_path / f"{name}.nsr", "--format", "hash", code=None)
        assert done.code in (nsr.OK, nsr.DATA, nsr.USAGE), f"{name}: {done}"
        assert done.code == 0 or len(done.errors) == 1
        if name in ("metadata", "grid_data", "edges"):
            assert done.code == nsr.DATA, f"{name}: {done}"
