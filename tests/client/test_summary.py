# SPDX-License-Identifier: MIT
"""summary.h5, .csv, .png and frame_times.npy: every column against NumPy, on fields made to break it; same bytes for
any ranks and threads; what a killed run, a damaged file and another style do."""
import itertools
import json
import os
import warnings

import h5py
import numpy as np
import pytest
import xarray as xr
from PIL import Image

import environments
import nsr

COLUMNS = ["frame", "time", "min", "max", "mean", "argmax", "x", "y", "entropy", "n_finite"]
FILES = ["summary.h5", "summary.csv", "summary.png", "frame_times.npy"]


def entropy(row):
    """In nats, of the finite values divided by their sum."""
    values = row[np.isfinite(row)].astype("f8")
    if not values.size or values.min() < 0 or values.sum() == 0:
        return np.nan
    p = values / values.sum()
    p = p[p > 0]
    return -(p * np.log(p)).sum() + 0.0


def expected(values, centers, times=None, frames=None):
    values = np.asarray(values).reshape(len(values), -1)
    finite = np.where(np.isfinite(values), values, np.nan).astype("f8")
    none = np.isnan(finite).all(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        least, most, mean = np.nanmin(finite, 1), np.nanmax(finite, 1), np.nanmean(finite, 1)
    argmax = np.where(none, -1, np.where(np.isnan(finite), -np.inf, finite).argmax(1))
    place = np.where(none[:, None], np.nan, np.asarray(centers, float)[argmax])
    want = {"frame": np.arange(len(values)) if frames is None else frames, "min": least, "max": most, "mean": mean,
            "argmax": argmax, "x": place[:, 0], "y": place[:, 1], "entropy": np.array([entropy(v) for v in values]),
            "n_finite": np.isfinite(finite).sum(1)}
    return want if times is None else {**want, "time": times}


def table(bundle):
    with h5py.File(bundle / "summary.h5") as file:
        return {name: column[:] for name, column in file.items()}


def lines(bundle):
    text = (bundle / "summary.csv").read_text()
    names = text.split("\n", 1)[0].split(",")
    rows = np.genfromtxt(bundle / "summary.csv", delimiter=",", skip_header=1, ndmin=2)
    assert text.endswith("\n") and rows.shape[1] == len(names)
    return dict(zip(names, rows.T))


def agrees(bundle, want):
    have, written = table(bundle), lines(bundle)
    assert sorted(have) == sorted(want) and list(written) == [c for c in COLUMNS if c in want]
    for name, column in want.items():
        whole = name in ("frame", "argmax", "n_finite")
        assert have[name].dtype == ("<i8" if whole else "<f8"), name
        exact = name not in ("mean", "entropy")
        np.testing.assert_allclose(have[name], column, rtol=0 if exact else 1e-12, atol=0 if exact else 1e-13, err_msg=name)
        np.testing.assert_array_equal(written[name], have[name], err_msg=f"{name}: .csv against .h5")


def recording(folder, values, times=None):
    with h5py.File(folder / "a.h5", "w") as file:
        file["p"] = values
        if times is not None:
            file["t"] = times
    return folder / "a.h5"


def pixel_centers(height, width):
    """Of a bare array: x is the column, y is the row."""
    return [(x, y) for y in range(height) for x in range(width)]


def render(path, out, *words, ranks=0, env=None):
    return nsr.run("render", path, "-o", out, "--format", "summary", *words, ranks=ranks, env=env)


def odd_frames(dtype):
    """Random, sparse, peaked and constant frames, and those that have no number or no entropy."""
    rng = np.random.default_rng(5)
    values = rng.random((211, 7, 9)) ** 8
    values[10:20] *= rng.random((10, 7, 9)) < 0.1
    values[20] = 0
    values[21] = 0.25
    values[22] = 0
    values[22, 3, 4] = 1e-3
    values[23:26] = np.nan
    values[26, ::2] = np.nan
    values[27, 1, 1] = -1
    values[28] *= -1
    values[29] *= np.logspace(-290 if dtype == "f8" else -40, 0, 9)
    values[30, 2] = np.inf
    values[31, 4, :3] = -np.inf
    values[32] = np.inf
    values[33] = -0.0
    values[34, 2:5] = values[34].max()
    values[35] = np.finfo(dtype).tiny
    values[36] *= 1e30
    return values.astype(dtype)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_every_column(tmp_path, dtype):
    values, times = odd_frames(dtype), np.cumsum(np.random.default_rng(2).random(211)) + 1.5e9
    path = recording(tmp_path, values, times)
    render(path, tmp_path / "a.nsr", "--times-from", "t", "--segment-frames", "50")
    agrees(tmp_path / "a.nsr", expected(values, pixel_centers(7, 9), times))
    np.testing.assert_array_equal(np.load(tmp_path / "a.nsr/frame_times.npy"), times)
    assert np.load(tmp_path / "a.nsr/frame_times.npy", mmap_mode="r").dtype == "<f8"


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_wide_frames(tmp_path, dtype):
    """More bins than a batch of the kernels, in a number that no batch divides; the peak at every kind of place."""
    values = np.random.default_rng(3).random((40, 1, 5003)).astype(dtype)
    for frame, at in enumerate([0, 1, 255, 256, 257, 511, 512, 5002]):
        values[frame, 0, at] = 2
    values[8, 0, 300::512] = 2
    path = recording(tmp_path, values)
    render(path, tmp_path / "a.nsr")
    agrees(tmp_path / "a.nsr", expected(values, pixel_centers(1, 5003)))


@pytest.mark.parametrize("shape", [(1, 4, 5), (1, 1, 1), (997, 1, 1), (64, 2, 3), (65, 2, 3)])
def test_few_frames_and_bins(tmp_path, shape):
    values = np.random.default_rng(4).random(shape).astype("f4")
    path = recording(tmp_path, values)
    render(path, tmp_path / "a.nsr", "--sampling-rate", "10")
    agrees(tmp_path / "a.nsr", expected(values, pixel_centers(*shape[1:]), np.arange(shape[0]) / 10))


def test_times_are_seconds(tmp_path):
    values, times = odd_frames("f4"), 5000 + np.arange(211) * 40
    path = recording(tmp_path, values, times)
    with h5py.File(path, "a") as file:
        file["t"].attrs["units"] = "ms"
    render(path, tmp_path / "a.nsr")
    agrees(tmp_path / "a.nsr", expected(values, pixel_centers(7, 9), times * 0.001))
    np.testing.assert_array_equal(np.load(tmp_path / "a.nsr/frame_times.npy"), times * 0.001)


def test_times_that_cannot_be_used(tmp_path):
    values = odd_frames("f4")
    done = render(recording(tmp_path, values, -np.arange(211.0)), tmp_path / "a.nsr")
    assert any("going on without times" in warning for warning in done.warnings)
    agrees(tmp_path / "a.nsr", expected(values, pixel_centers(7, 9)))
    assert not (tmp_path / "a.nsr/frame_times.npy").exists()


@pytest.mark.parametrize("value, mean", [(1e308, np.inf), (1e-310, 1e-310)])
def test_sums_that_are_no_normal_numbers(tmp_path, value, mean):
    render(recording(tmp_path, np.full((3, 3, 4), value)), tmp_path / "a.nsr")
    have = table(tmp_path / "a.nsr")
    assert (have["min"] == value).all() and np.isnan(have["entropy"]).all()
    assert np.isinf(have["mean"]).all() if mean == np.inf else np.allclose(have["mean"], mean, rtol=1e-9, atol=0)


@pytest.mark.parametrize("fill", [np.nan, 3.5, 0])
def test_all_alike(tmp_path, fill):
    values = np.full((70, 3, 4), fill, "f4")
    render(recording(tmp_path, values), tmp_path / "a.nsr")
    agrees(tmp_path / "a.nsr", expected(values, pixel_centers(3, 4)))


def test_whole_numbers_and_a_selection(tmp_path):
    """Every seventh frame of a field of integers; without times there is neither a column nor a file of them."""
    values = np.random.default_rng(6).integers(0, 1000, (500, 4, 4)).astype("i4")
    path = recording(tmp_path, values)
    render(path, tmp_path / "a.nsr", "--frames", "3:490:7")
    frames = np.arange(3, 490, 7)
    agrees(tmp_path / "a.nsr", expected(values[frames], pixel_centers(4, 4), frames=frames))
    assert not (tmp_path / "a.nsr/frame_times.npy").exists()


def hexagons():
    at = [((k % 8 + k // 8 % 2 / 2) * 5.0, k // 8 * 5.0 * np.sqrt(3) / 2) for k in range(56) if k % 9]
    return "Hexagonal", np.array(at), {"active_mask": np.ones(len(at), bool)}


def masked_grid(kind=None):
    """Uneven cells, x slow, some of which are no bins."""
    x, y = np.cumsum([1, 2, 1, 3, 1, 2.5]), np.linspace(0, 3, 9) if kind else np.cumsum(np.arange(9)) * 0.5
    mask = np.arange(40).reshape(5, 8) % 7 != 3
    middles = [e[:-1] + np.diff(e) / 2 for e in (x, y)]
    at = np.stack([m[mask] for m in np.meshgrid(*middles, indexing="ij")], axis=-1)
    return "MaskedGrid", at, {"active_mask": mask, "grid_edges_0": x, "grid_edges_1": y}


def strip():
    """y is not known."""
    edges = np.array([0, 1, 3, 4, 8.0])
    at = (edges[:-1] + edges[1:]) / 2
    return "RegularGrid", np.c_[at, np.full(4, np.nan)], {"active_mask": np.ones(4, bool), "grid_edges_0": edges}


def polar():
    return masked_grid("polar")


def environment(folder, layout, centers, arrays, kind):
    """As the ancestor saves it."""
    axes = int(np.isfinite(centers[0]).sum())
    np.savez_compressed(folder / "env.npz", bin_centers=centers[:, :axes], **arrays)
    text = {"schema_version": "Environment-v1", "name": "test", "n_dims": axes, "n_bins": len(centers), "units": "cm",
            "layout_type": layout, "layout_parameters": {"hexagon_width": 5.0}, "coordinate_kind": kind,
            "grid_shape": list(arrays["active_mask"].shape)}
    (folder / "env.json").write_text(json.dumps(text))
    return folder / "env.json"


UNEVEN_X, UNEVEN_Y = np.array([2, 6, 10, 29, 33.0]), np.array([-4, -3, 1.5, 9])


def track():
    """In one dimension centres are all there is, and they are not the middles of what is drawn."""
    return "Graph", np.c_[UNEVEN_X, np.full(5, np.nan)], {"active_mask": np.ones(5, bool)}


def bent_track():
    at = np.array([[0, 0], [2, 0], [9, 0], [9, 5], [9, 6.5]])
    return "Graph", at, {"active_mask": np.ones(5, bool)}


def mesh():
    return "TriangularMesh", environments.mesh()[0], {"active_mask": np.ones(5, bool)}


def points():
    at = np.random.default_rng(1).uniform(-50, 50, (30, 2))
    return "Unheard", at, {"active_mask": np.ones(30, bool)}


def peaks_lie_at(folder, path, values, centers, *words):
    render(path, folder / "a.nsr", *words)
    have, want = table(folder / "a.nsr"), expected(values, centers)
    assert len(np.unique(want["argmax"])) == len(centers), "every bin has a peak"
    for name in ("x", "y"):
        np.testing.assert_allclose(have[name], want[name], rtol=1e-14, atol=1e-13)


def units_of(bundle):
    with h5py.File(bundle / "summary.h5") as file:
        return {name: column.attrs.get("units") for name, column in file.items()}


def peaked(frames, *shape):
    """Every bin has the largest value of some frame."""
    values = np.random.default_rng(7).random((frames, *shape)).astype("f4")
    flat = values.reshape(frames, -1)
    flat[np.arange(frames), np.arange(frames) % flat.shape[1]] = 2
    return values


@pytest.mark.parametrize("made", [hexagons, masked_grid, polar, strip, track, bent_track, mesh, points])
def test_peak_lies_at_the_centre_of_its_bin(tmp_path, made):
    layout, centers, arrays = made()
    env = environment(tmp_path, layout, centers, arrays, "polar" if made is polar else "cartesian")
    values = peaked(80, len(centers))
    peaks_lie_at(tmp_path, recording(tmp_path, values), values, centers, "--environment", env)
    units = units_of(tmp_path / "a.nsr")
    assert units["x"] == "cm" and units["y"] == ("rad" if made is polar else "cm") and units["entropy"] == "nat"
    with h5py.File(tmp_path / "a.nsr/summary.h5") as file:
        assert all(column.attrs["description"] for column in file.values()) and file.attrs["field"] == "/p"


@pytest.mark.parametrize("ranks", [0, 2])
def test_peak_at_coordinates_of_netcdf(tmp_path, ranks):
    """Uneven ones, of which y is stored from above; every rank has them."""
    values = peaked(80, 5, 4)
    field = xr.DataArray(values, dims=("time", "x_position", "y_position"), name="posterior",
                         coords={"time": np.arange(80.0), "x_position": UNEVEN_X, "y_position": UNEVEN_Y})
    field.isel(y_position=slice(None, None, -1)).to_dataset().to_netcdf(tmp_path / "a.nc")
    centers = np.stack(np.meshgrid(UNEVEN_X, UNEVEN_Y, indexing="ij"), -1).reshape(-1, 2)
    render(tmp_path / "a.nc", tmp_path / "a.nsr", "--segment-frames", "16", ranks=ranks)
    have, want = table(tmp_path / "a.nsr"), expected(values, centers)
    assert (have["x"] == want["x"]).all() and (have["y"] == want["y"]).all()


@pytest.mark.parametrize("x, y, want", [("cm", "cm", "cm"), ("cm", "rad", None), ("cm", None, None), (None, None, None)])
def test_segments_of_coordinates(tmp_path, x, y, want):
    """Units of x are not those of y: a unit is given where both have it."""
    field = xr.DataArray(peaked(20, 5, 4), dims=("time", "x_position", "y_position"), name="posterior",
                         coords={"time": np.arange(20.0), "x_position": UNEVEN_X, "y_position": UNEVEN_Y})
    for name, unit in (("x_position", x), ("y_position", y)):
        field[name].attrs = {"units": unit} if unit else {}
    field.to_dataset().to_netcdf(tmp_path / "a.nc")
    render(tmp_path / "a.nc", tmp_path / "a.nsr")
    units = units_of(tmp_path / "a.nsr")
    assert units["x"] == want and units["y"] == want
    assert nsr.manifest(tmp_path / "a.nsr")["geometry"]["units"] == (want or "")


def test_peak_at_dimension_scales(tmp_path):
    values = peaked(80, 4, 5)
    path = recording(tmp_path, values)
    with h5py.File(path, "a") as file:
        for i, (name, at) in enumerate({"time": np.arange(80) / 7, "y": UNEVEN_Y, "x": UNEVEN_X}.items()):
            file[name] = at
            file[name].make_scale(name)
            file["p"].dims[i].attach_scale(file[name])
    peaks_lie_at(tmp_path, path, values, [(x, y) for y in UNEVEN_Y for x in UNEVEN_X])


def linear_nwb(path, values, **about):
    """A series, and beside it a table of the bins: a linear track."""
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        series = file.create_group("processing/analysis/posterior")
        series.attrs["neurodata_type"] = "TimeSeries"
        series["data"], series["timestamps"] = values, np.arange(len(values)) / 10
        series["data"].attrs.update(about)
        bins = file.create_group("processing/analysis/bins")
        bins.attrs["neurodata_type"] = "DynamicTable"
        bins["id"], bins["linear_position"] = np.arange(5), UNEVEN_X
    return path


def test_peak_at_a_table_of_bins(tmp_path):
    values = peaked(80, 5)
    path = linear_nwb(tmp_path / "a.nwb", values)
    peaks_lie_at(tmp_path, path, values, np.c_[UNEVEN_X, np.full(5, np.nan)])


@pytest.mark.parametrize("about", [{}, {"conversion": 1.0, "offset": 0.0}, {"conversion": 0.25}, {"offset": -3.0}])
def test_segments_of_values(tmp_path, about):
    """Those of NWB are of converted values; what is shown as stored has them where nothing is converted."""
    path = linear_nwb(tmp_path / "a.nwb", peaked(20, 5), unit="volts", **about)
    nsr.run("render", path, "-o", tmp_path / "a.nsr", "--format", "summary,zarr")
    want = None if about.get("conversion", 1) != 1 or about.get("offset", 0) else "volts"
    units = units_of(tmp_path / "a.nsr")
    assert [units[name] for name in ("min", "max", "mean")] == [want] * 3 and units["time"] == "s"
    array = json.loads((tmp_path / "a.nsr/frames.ome.zarr/0/zarr.json").read_text())
    assert array["attributes"].get("units") == want


@pytest.mark.parametrize("origin", ["upper", "lower"])
def test_origin_turns_the_picture_alone(tmp_path, origin):
    """Of a bare array: x is the column and y the row, whichever way y points."""
    values = peaked(80, 4, 5)
    peaks_lie_at(tmp_path, recording(tmp_path, values), values, pixel_centers(4, 5), "--origin", origin)


@pytest.mark.parametrize("origin", ["upper", "lower"])
def test_origin_says_where_rows_lie(tmp_path, origin):
    """Of an environment: `upper` means that row 0 is the highest y."""
    layout, centers, arrays = masked_grid()
    mask = arrays["active_mask"]
    env = environment(tmp_path, layout, centers, arrays, "cartesian")
    values = peaked(80, len(centers))
    rows = np.full((80, *mask.shape), np.nan, "f4")
    rows[:, mask] = values
    rows = rows.transpose(0, 2, 1)[:, ::-1 if origin == "upper" else 1]
    peaks_lie_at(tmp_path, recording(tmp_path, rows), values, centers, "--environment", env, "--origin", origin)


def test_same_bytes(tmp_path):
    values = odd_frames("f4")
    path = recording(tmp_path, values, np.arange(211) / 3)
    words = ["--times-from", "t", "--segment-frames", "16"]
    render(path, tmp_path / "one.nsr", *words, "--threads", "1")
    for ranks, threads in itertools.product((1, 2, 3), (1, 2)):
        out = tmp_path / f"{ranks}-{threads}.nsr"
        render(path, out, *words, "--threads", threads, ranks=ranks)
        nsr.assert_same(out, tmp_path / "one.nsr", f"{ranks} ranks, {threads} threads:")


# --- summary.png: where its panels lie, and their colours ---

LEFT, RIGHT, TOP, PANEL, PITCH = 90, 1200 - 24, 58, 150, 184
COLORS = {"range": (0, (0.12, 0.40, 0.66)), "x": (1, (0.10, 0.52, 0.45)), "y": (2, (0.55, 0.36, 0.62)),
          "entropy": (3, (0.72, 0.43, 0.09))}


def picture(bundle):
    with Image.open(bundle / "summary.png") as image:
        return np.asarray(image.convert("RGB")).astype(int)


def rows_in(pixels, name, share, least=0.6):
    """Rows of a panel, from 0, that are so far its colour at this share of its width; a band is it to 0.28."""
    panel, color = COLORS[name]
    top, column = TOP + panel * PITCH, round(LEFT + share * (RIGHT - LEFT))
    ground = 255 * np.array([0.965, 0.97, 0.975])
    away, there = ground - pixels[top:top + PANEL, column], ground - 255 * np.array(color)
    how_far = away @ there / (there @ there)
    rows = (how_far > least) & (abs(away - how_far[:, None] * there).max(-1) < 20)
    return np.flatnonzero(rows[2:-2]) + 2


def row_of(value, least, most):
    """In a panel that shows 0.06 of the span more on either side."""
    margin = 0.06 * (most - least)
    return PANEL * (most + margin - value) / (most - least + 2 * margin)


def halves():
    """First every other frame is wide, so that a column, of two frames, has the range of one; the peak moves."""
    values = np.full((2000, 4, 6), 0.45)
    values[:, 1, 2], values[:, 0, 0] = 0.6, 0.4
    values[:1000:2, 1, 2], values[:1000:2, 0, 0] = 1, 0
    values[1000:, 1, 2], values[1000:, 3, 5] = 0.45, 0.6
    return values


def test_panels(tmp_path):
    """Band, mean, peak and entropy lie where the table has them."""
    path = recording(tmp_path, halves())
    render(path, tmp_path / "a.nsr")
    pixels, have = picture(tmp_path / "a.nsr"), table(tmp_path / "a.nsr")
    for share, low, high, x, y in ((0.23, 0, 1, 2, 1), (0.83, 0.4, 0.6, 5, 3)):
        band = rows_in(pixels, "range", share, 0.2)
        assert abs(band.min() - row_of(high, 0, 1)) < 2 and abs(band.max() - row_of(low, 0, 1)) < 2
        frame = int(share * 2000)
        mean, entropy = (have[name][frame:frame + 2].mean() for name in ("mean", "entropy"))
        shown = (have["entropy"].min(), have["entropy"].max())
        for name, value, of in (("range", mean, (0, 1)), ("x", x, (2, 5)), ("y", y, (1, 3)), ("entropy", entropy, shown)):
            rows = rows_in(pixels, name, share)
            assert rows.size and abs(rows.mean() - row_of(value, *of)) < 3, name


def test_nothing_is_drawn_in_a_gap(tmp_path):
    """Of known times: where nothing was recorded there is neither a band nor a line, also within a column."""
    times = np.arange(2000) + np.where(np.arange(2000) < 999, 0, 1000)
    path = recording(tmp_path, halves(), times)
    render(path, tmp_path / "a.nsr", "--times-from", "t")
    pixels = picture(tmp_path / "a.nsr")
    for name in COLORS:
        drawn = [bool(rows_in(pixels, name, share).size) for share in (0.1, 0.32, 0.345, 0.5, 0.655, 0.68, 0.9)]
        assert drawn == [True, True, False, False, False, True, True], name
    assert not rows_in(pixels, "range", 0.5, 0.2).size


def labels_of(pixels, panel):
    """The numbers at the side of a panel, as pixels."""
    top = TOP + panel * PITCH
    dark = (pixels[top - 10:top + PANEL + 10, :LEFT - 5] < 150).all(-1)
    inked = dark.any(1)
    starts = np.flatnonzero(np.diff(inked.astype(int), prepend=0) == 1)
    return [dark[start:start + 12].tobytes() for start in starts]


@pytest.mark.parametrize("at", [4_500_000, -4_500_000, 0.123456, 1e9])
def test_numbers_at_the_side_differ(tmp_path, at):
    """However small the span is against the values: of coordinates and of values."""
    y = at + np.arange(5) * abs(at) * 3e-6
    values = peaked(80, 5, 5) * at * 1e-6 + at
    path = recording(tmp_path, values.astype("f8"))
    with h5py.File(path, "a") as file:
        for i, (name, scale) in enumerate({"time": np.arange(80) / 7, "y": y, "x": np.arange(5.0)}.items()):
            file[name] = scale
            file[name].make_scale(name)
            file["p"].dims[i].attach_scale(file[name])
    render(path, tmp_path / "a.nsr")
    for panel in range(4):
        labels = labels_of(picture(tmp_path / "a.nsr"), panel)
        assert 3 <= len(labels) == len(set(labels)), f"panel {panel}"


def test_picture(tmp_path):
    """The panels have curves in their colours, and frames without data are marked where they are."""
    values = np.random.default_rng(8).random((3000, 6, 6)).astype("f4")
    values[1500:1600] = np.nan
    render(recording(tmp_path, values), tmp_path / "a.nsr")
    pixels = picture(tmp_path / "a.nsr")
    red = (pixels[:, :, 0] > 180) & (pixels[:, :, 1] < 90) & (pixels[:, :, 2] < 90)
    rows, columns = np.nonzero(red[-80:])
    strip = columns[rows == np.bincount(rows).argmax()]
    assert abs(strip.min() - (LEFT + (RIGHT - LEFT) * 1500 / 2999)) < 3
    assert abs(strip.max() - (LEFT + (RIGHT - LEFT) * 1599 / 2999)) < 3
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50


def killed(path, out, *words):
    """Ends a run when some segments, but not all, are done."""
    with nsr.Running("render", path, "-o", out, "--format", "summary", *words) as running:
        running.wait_for(lambda: len(nsr.records(out)) >= 3 if (out / "segments").exists() else False)
        for pid in [*nsr.descendants(running.process.pid), running.process.pid]:
            nsr.kill(pid)
        running.process.communicate()


def test_killed_and_resumed(tmp_path):
    path, out = tmp_path / "a.h5", tmp_path / "a.nsr"
    nsr.run("synth", path, "--frames", "40000", "--grid", "30x30")
    render(path, tmp_path / "whole.nsr", "--segment-frames", "64")
    killed(path, out, "--segment-frames", "64", "--threads", "1")
    kept = nsr.records(out)
    assert 3 <= len(kept) < 625
    said = render(path, out, "--segment-frames", "64")
    assert f"{625 - len(kept)} rendered in this run" in said.err
    nsr.assert_same(out, tmp_path / "whole.nsr")


@pytest.mark.parametrize("ranks", [2, 3, 7])
def test_files_that_all_ranks_write(tmp_path, ranks):
    """Each writes slices of whole megabytes."""
    path, out, want = tmp_path / "a.h5", tmp_path / "a.nsr", tmp_path / "one.nsr"
    nsr.run("synth", path, "--frames", "70000", "--grid", "2x2")
    words = ["--format", "summary", "--segment-frames", "8192"]
    nsr.run("render", path, "-o", want, *words)
    nsr.run("render", path, "-o", out, *words, ranks=ranks)
    assert (out / "summary.h5").stat().st_size > 5e6 and (out / "summary.csv").stat().st_size > 5e6
    nsr.assert_same(out, want)


def test_killed_while_joining(tmp_path):
    path, out = tmp_path / "a.h5", tmp_path / "a.nsr"
    nsr.run("synth", path, "--frames", "400000", "--grid", "2x2")
    render(path, tmp_path / "whole.nsr")
    with nsr.Running("render", path, "-o", out, "--format", "summary") as running:
        running.wait_for(lambda: list(out.glob(".summary.h5.tmp-*")) or (out / "summary.h5").exists())
        for pid in [*nsr.descendants(running.process.pid), running.process.pid]:
            nsr.kill(pid)
        running.process.communicate()
    assert not (out / "manifest.json").exists()
    render(path, out)
    nsr.assert_same(out, tmp_path / "whole.nsr")


@pytest.mark.parametrize("name", FILES)
def test_damage_is_found_and_made_again(tmp_path, name):
    path = recording(tmp_path, odd_frames("f4"), np.arange(211) / 3)
    words = ["--times-from", "t", "--segment-frames", "64"]
    render(path, tmp_path / "a.nsr", *words)
    before = nsr.tree(tmp_path / "a.nsr")
    nsr.run("verify", tmp_path / "a.nsr")
    data = bytearray((tmp_path / "a.nsr" / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "a.nsr" / name).write_bytes(data)
    nsr.fails(nsr.DATA, "verify", tmp_path / "a.nsr")
    nsr.run("resume", tmp_path / "a.nsr", "--check", "hash")
    assert nsr.tree(tmp_path / "a.nsr") == before
    (tmp_path / "a.nsr" / name).unlink()
    render(path, tmp_path / "a.nsr", *words)
    assert nsr.tree(tmp_path / "a.nsr") == before


def test_manifest_lists_the_files(tmp_path):
    render(recording(tmp_path, odd_frames("f4"), np.arange(211.0)), tmp_path / "a.nsr", "--times-from", "t")
    listed = {file["path"]: file["bytes"] for file in nsr.output(tmp_path / "a.nsr", "summary")["other_files"]}
    assert listed == {name: os.path.getsize(tmp_path / "a.nsr" / name) for name in FILES}
    assert json.loads((tmp_path / "a.nsr/manifest.json").read_text())["outputs"][0]["frames"] == 211
