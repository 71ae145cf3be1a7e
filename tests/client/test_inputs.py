# SPDX-License-Identifier: MIT
"""Files that other software wrote (data/README.md): info and range report of each what its writer reports, and its
pictures have the ancestor's colours, the right way up."""
import functools
import json

import numpy as np
import pytest
from PIL import Image

import nsr
import recordings as rec
import reference as ref

FIELDS = pytest.mark.parametrize("entry", rec.FIELDS, ids=rec.name)
COLOURED = [e for e in rec.FIELDS if rec.is_coloured(e)]


def read(command, entry, *words):
    """The program's answer; None where HDF5 is too old and the message gives a remedy."""
    done = nsr.run(command, *rec.words(entry), *words, code=None)
    if done.code == nsr.DATA and rec.needs_new_library(entry):
        assert "h5repack" in done.err and "libver" in done.err
        return None
    assert done.code == 0, done
    return done


# --- info ---

def check_field(entry, info):
    about = next(f for f in info["fields"] if f["path"] == entry["stored"]["path"])
    want = dict(entry["stored"])
    if about["bins_first"]:
        want["shape"] = want["shape"][::-1]
    assert {key: about[key] for key in want} == want
    assert about["bins_first"] == (entry["dataset"] == "f4_time_last")
    assert about["n_frames"] == entry["n_frames"]
    assert (about["conversion"], about["offset"]) == (entry.get("conversion", 1), entry.get("offset", 0))
    assert (about["scale_factor"], about["add_offset"]) == (entry.get("scale_factor", 1), entry.get("add_offset", 0))


def check_times(want, about):
    if want is None:
        assert about is None
        return
    assert about["n"] == want["n"]
    assert (about["first"], about["last"]) == pytest.approx((want["first"], want["last"]), abs=1e-9)
    if want["n"] > 1:
        assert about["regular"] == want["regular"]
        assert about["rate"] == pytest.approx((want["n"] - 1) / (want["last"] - want["first"]))


def extent_of(known):
    if "extent" in known:
        return known["extent"]
    edges = [known[name] for name in ("grid_edges_0", "grid_edges_1") if name in known]
    return np.ravel([e[[0, -1]] for e in edges])


def check_environment(entry, about):
    known = rec.environment(entry)
    assert about["n_active"] == entry["n_bins"]
    if entry["env"]:
        assert (about["layout"], about["units"]) == (str(known["layout_tag"]), "cm")
    if "grid_edges_0" in known and entry["env"] != "graph":
        assert about["nx"] == len(known["grid_edges_0"]) - 1
    if "grid_edges_1" in known:
        assert about["ny"] == len(known["grid_edges_1"]) - 1
    want = extent_of(known)
    if len(want) != 4:
        return
    have = np.ravel(about["extent"])
    if entry["env"] == "graph" or entry["file"] == "nwb/mesh.nwb":  # there of centres; what is drawn reaches out
        assert (have[::2] <= want[::2]).all() and (have[1::2] >= want[1::2]).all()
    else:
        assert have == pytest.approx(want)


@FIELDS
def test_info(entry):
    if not (done := read("info", entry, "--json")):
        return
    assert done.json["format"] == {"nwb": "nwb", "netcdf": "netcdf"}.get(entry["file"].split("/")[0], "hdf5")
    check_field(entry, done.json)
    check_times(entry["times"], done.json["times"])
    check_environment(entry, done.json["environment"])


# --- range ---

@pytest.mark.parametrize("io", ["direct", "hdf5"])
@FIELDS
def test_exact_range(entry, io):
    """Every type, byte order, filter and link, in both ways; mpio: see mpi/test_same_bytes_of_inputs.py."""
    done = nsr.run("range", *rec.words(entry), "--json", "--io", io, code=None)
    if done.code == nsr.USAGE and io == "direct":
        assert done.errors[0].startswith("--io direct: ") and entry["stored"]["path"] in done.err
        return
    if done.code and rec.needs_new_library(entry):
        assert done.code == nsr.DATA and "h5repack" in done.err
        return
    assert done.code == 0, done
    want = {"n_frames": entry["n_frames"], "n_bins": entry["n_bins"], "n_nan": entry["n_nan"],
            "n_posinf": entry["n_posinf"], "n_neginf": entry["n_neginf"], "n_finite": entry["n_finite"],
            "min": entry["finite_min"], "max": entry["finite_max"], "vmin": entry["range_global"][0],
            "vmax": entry["range_global"][1]}
    have = done.json
    assert {key: have[key] for key in want} == want


@pytest.mark.parametrize("name", json.loads((rec.DATA / "foreign.json").read_text()))
def test_filters_that_are_not_here_are_named(name, tmp_path):
    nsr.fails(nsr.DATA, "range", rec.folder() / "plain/filters.h5", "--field", name, "--grid", "149x1",
              says=[f"/{name}", f"({name})", "HDF5_PLUGIN_PATH", "h5repack"], env={"HDF5_PLUGIN_PATH": tmp_path})


# --- pictures ---

def wanted_colours(entry):
    """(frame, bin, 3), twice where sums in float64 move a colour: both are right. No data where it is transparent."""
    known = rec.expected(entry)
    for name in ("mpl_viridis", "mpl_viridis_f8", "formula_viridis"):
        if name in known:
            rgba = known[name].astype(int)
            yield np.where(rgba[..., 3:] == 0, ref.LIGHTGRAY, rgba[..., :3])


def places(entry):
    """Data coordinates, and the bin that is there: all centres, and random points well inside a drawn bin."""
    known = rec.environment(entry)
    at, bins = known["bin_centers"], np.arange(len(known["bin_centers"]))
    if "probe_safe" not in known or entry["file"] == "nwb/mesh.nwb":  # NWB has no triangles: points are drawn
        return at, bins
    safe = known["probe_safe"]
    return np.vstack([at, known["probe_xy"][safe]]), np.r_[bins, known["probe_bin"][safe]]


def pixels(bundle, number):
    with Image.open(nsr.frame_png(bundle, number)) as image:
        return np.asarray(image.convert("RGB"))


def under(image, affine, at):
    column, row = np.floor(affine[:, :2] @ np.transpose(at) + affine[:, 2:]).astype(int)
    return image[row, column]


@functools.cache
def levels_of(table):
    known = np.load(rec.folder() / "expected" / "luts.npz")[table]
    return {tuple(colour): level for level, colour in enumerate(known.tolist())}


def levels(colours, table):
    known = levels_of(table)
    return np.array([known.get(tuple(colour), -1) for colour in colours.reshape(-1, 3).tolist()])


def check_own_picture(image, affine, picture, known):
    """Cell for cell: nothing where no bin is, else a level apart at most (two where viridis has a colour twice). The
    ancestor's films divide the range by 255, its plots by 256."""
    x, y = ((e[1:] + e[:-1]) / 2 for e in (known["grid_edges_0"], known["grid_edges_1"]))
    cells = np.stack(np.meshgrid(x, y[::-1]), axis=-1).reshape(-1, 2)  # as the picture: row 0 is the highest y
    mine, its = levels(under(image, affine, cells), "mpl_viridis"), levels(picture, "napari_viridis")
    shown, is_bin = mine >= 0, known["bin_of_pixel"].ravel() >= 0
    assert not shown[~is_bin].any(), "a cell that is no bin has a colour"
    assert (abs(mine - its)[shown] <= 2).all()
    return shown.sum()


def check_blocks(image, geometry):
    """A cell of a uniform grid is one rectangle of pixels of one colour."""
    (x, y), (sx, sy), (columns, rows) = geometry["offset"], geometry["cell"], geometry["map"]
    cells = image[y:y + rows * sy, x:x + columns * sx].reshape(rows, sy, columns, sx, 3)
    assert (cells == cells[:, :1, :, :1]).all(), "a cell has more than one colour"


@pytest.mark.parametrize("entry", COLOURED, ids=rec.name)
def test_pictures(entry, tmp_path):
    """At the centre of every bin, and wherever else the ancestor has a bin; grids as in its own picture."""
    if not read("render", entry, "-o", tmp_path / "o.nsr", "--format", "png"):
        return
    geometry, known, colours = nsr.manifest(tmp_path / "o.nsr")["geometry"], rec.environment(entry), rec.expected(entry)
    affine, ways, (at, bins), shown = np.array(geometry["affine"]), list(wanted_colours(entry)), places(entry), 0
    for i, number in enumerate(colours["rgb_frames"]):
        image = pixels(tmp_path / "o.nsr", number)
        have = under(image, affine, at)
        wrong = bins[np.min([(have != way[i][bins]).any(-1) for way in ways], axis=0)]
        assert not wrong.size, f"frame {number}: bins {sorted(set(wrong.tolist()))}"
        check_blocks(image, geometry)
        if colours["napari_viridis"].ndim == 4:
            shown += check_own_picture(image, affine, colours["napari_viridis"][i], known)
    assert shown or colours["napari_viridis"].ndim < 4


@pytest.mark.parametrize("env", ["grid", "polygon", "pixel", "polar"])
def test_proportions_of_a_grid(env, tmp_path):
    """The affine sends every bin's centre into its cell, and pixels keep the proportion of bins."""
    entry = rec.find(f"plain/env_{env}.h5", "fields")
    nsr.run("render", *rec.words(entry), "-o", tmp_path / "o.nsr", "--format", "hash")
    known, geometry = rec.geometry(env), nsr.manifest(tmp_path / "o.nsr")["geometry"]
    column, row = np.array(geometry["affine"]) @ np.vstack([known["bin_centers"].T, np.ones(len(known["bin_centers"]))])
    (sx, sy), (x, y) = geometry["cell"], geometry["offset"]
    cells = ((row - y) // sy).astype(int), ((column - x) // sx).astype(int)
    assert (known["bin_of_pixel"][cells] == np.arange(len(known["bin_centers"]))).all()
    pitch = np.diff(known["grid_edges_0"]).mean() / np.diff(known["grid_edges_1"]).mean()
    assert abs(sx / sy / (1 if env == "polar" else pitch) - 1) < 0.05  # a distance and an angle have no proportion
    assert max(geometry["width"], geometry["height"]) <= 800


@pytest.mark.parametrize("file, environment", [("plain/env_grid1d.h5", "grid1d"), ("netcdf/rtc_line.nc", None)])
def test_a_line(file, environment, tmp_path):
    """The first position on the left, the last on the right; the ancestor draws none, but knows the peak."""
    entry = next(e for e in rec.FIELDS if e["file"] == file)
    nsr.run("render", *rec.words(entry), "-o", tmp_path / "o.nsr", "--format", "png", "--size", "640x80")
    known, limits = rec.expected(entry), nsr.manifest(tmp_path / "o.nsr")["limits"]
    at = rec.geometry(environment)["bin_centers"][:, 0] if environment else known["position"]
    (per_unit, _, first), _ = nsr.manifest(tmp_path / "o.nsr")["geometry"]["affine"]
    strip = levels(pixels(tmp_path / "o.nsr", 24)[40, np.floor(per_unit * at + first).astype(int)], "mpl_viridis")
    assert (np.diff(per_unit * at) > 0).all() and strip.argmax() == known["frame_argmax"][24]
    peak = (known["frame_max"][24] - limits["vmin"]) / (limits["vmax"] - limits["vmin"])
    assert abs(strip.max() - min(int(peak * 256), 255)) <= 1


def test_several_fields_keep_their_times(tmp_path):
    """Those of the recording, for each."""
    fields = [rec.find("plain/several.h5", f"session/{name}") for name in ("rate_map", "posterior", "value_function")]
    words = [word for entry in fields for word in ("--field", entry["stored"]["path"])]
    nsr.run("render", rec.folder() / "plain/several.h5", "--environment", rec.folder() / "env/hex", *words, "-o",
            tmp_path / "o.nsr", "--format", "hash")
    for entry in fields:
        times = nsr.manifest(tmp_path / "o.nsr" / entry["dataset"].split("/")[-1])["times"]
        assert (times["first"], times["last"]) == (entry["times"]["first"], entry["times"]["last"])
