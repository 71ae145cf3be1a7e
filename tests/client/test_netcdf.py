# SPDX-License-Identifier: MIT
"""netCDF-4 as xarray writes the output of decoders, against what xarray itself decodes: values, seconds, colours at the
centres of the cells, in every order of the dimensions, packing and storage."""
import json

import numpy as np
import pytest
import xarray as xr
from PIL import Image

import nsr
import reference as ref

X, Y, N = np.linspace(2, 20, 7), np.linspace(-3, 5, 5), 60
EPOCH = "2024-03-05T10:00:00"


def mask(seed=3):
    """A hole, and a cell that has a value late only."""
    inside = np.random.default_rng(seed).random((7, 5)) > .3
    inside[0, 0], inside[3, 2] = True, False
    return inside


def posterior(n=N, states=0, start=80.04, seed=1):
    rng = np.random.default_rng(seed)
    inside = mask()
    shape = (n, states, 7, 5) if states else (n, 7, 5)
    values = rng.gamma(.5, .1, shape)
    values[..., ~inside] = np.nan
    values[:-2, ..., 0, 0] = np.nan
    values[n // 2] = np.nan
    dims = ("time", "state", "x_position", "y_position") if states else ("time", "x_position", "y_position")
    coords = {"time": start + np.arange(n) * .04, "x_position": X, "y_position": Y}
    if states:
        coords["state"] = ["Continuous", "Fragmented", "Local"][:states]
    return xr.DataArray(values, dims=dims, coords=coords, name="acausal_posterior")


def bins(field):
    """(frames, bins) as the program counts them: x slow, y fast, only cells that ever have a value."""
    field = field.sortby(["x_position", "y_position"]).transpose("time", "x_position", "y_position")
    values = field.values
    active = ~np.isnan(values).all(0)
    return values[:, active], active


def check_range(path, values, *words):
    have = nsr.run("range", path, "--json", *words).json
    finite = values[np.isfinite(values)]
    want = {"n_frames": len(values), "n_bins": values.shape[1], "n_nan": int(np.isnan(values).sum()),
            "n_finite": finite.size, "min": float(finite.min()), "max": float(finite.max())}
    assert {k: have[k] for k in want} == want


def check_pictures(tmp_path, path, values, active, *words, ranks=0):
    """Every frame shows the colours of its values at the centres of the active cells, and no data elsewhere."""
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "-o", out, "--format", "png", "--size", "420x300", *words, ranks=ranks)
    low, high = ref.limits(values, None, None)
    colours = ref.colours(values[:, None, :], low, high, "viridis", ref.LIGHTGRAY)[:, 0]
    a = np.asarray(nsr.manifest(out)["geometry"]["affine"], float).reshape(-1)[:6].reshape(2, 3)
    centres = np.stack(np.meshgrid(X, Y, indexing="ij"), -1)
    column, row = np.floor(centres @ a[:, :2].T + a[:, 2]).astype(int).transpose(2, 0, 1)
    for i, want in enumerate(colours):
        with Image.open(nsr.frame_png(out, i)) as image:
            have = np.asarray(image.convert("RGB"))[row, column]
        assert (have[active] == want).all(), f"frame {i}"
        assert (have[~active] == ref.LIGHTGRAY).all(), f"frame {i}"


def save(field, path, encoding=None, time=None, **how):
    encodings = {field.name: encoding or {}, **({"time": time} if time else {})}
    field.to_dataset().to_netcdf(path, encoding=encodings, **how)
    return path


ZLIB = {"zlib": True, "shuffle": True, "chunksizes": (11, 4, 3)}
VARIANTS = {
    "plain": {},
    "float32": {"dtype": "f4"},
    "zlib": ZLIB,
    "fill": {"dtype": "f4", "_FillValue": np.float32(-9999), **ZLIB},
    "int16": {"dtype": "i2", "scale_factor": 2.5e-5, "add_offset": .5, "_FillValue": np.int16(-32768), **ZLIB},
    "uint8": {"dtype": "u1", "scale_factor": 1 / 200, "_FillValue": np.uint8(255)},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_packing_and_storage(tmp_path, name):
    path = save(posterior().clip(0, 1), tmp_path / "a.nc", VARIANTS[name])
    with xr.open_dataset(path) as ds:
        values, active = bins(ds.acausal_posterior)
    check_range(path, values)
    check_pictures(tmp_path, path, values, active)


ORDERS = ["time x_position y_position", "time y_position x_position", "x_position y_position time"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("flip", [(), ("y_position",), ("x_position", "y_position")])
def test_orders_and_directions(tmp_path, order, flip):
    field = posterior()
    values, active = bins(field)
    stored = field.transpose(*order.split()).isel({k: slice(None, None, -1) for k in flip})
    path = save(stored, tmp_path / "a.nc")
    check_range(path, values)
    check_pictures(tmp_path, path, values, active)


@pytest.mark.parametrize("encoding", [{}, {"zlib": True, "chunksizes": (13, 1, 7, 3)}], ids=["contiguous", "chunks"])
@pytest.mark.parametrize("state", ["sum", None, "Fragmented", "1", "0"])
def test_states(tmp_path, state, encoding):
    field = posterior(states=2)
    path = save(field, tmp_path / "a.nc", encoding)
    shown = field.sum("state", skipna=False) if state in (None, "sum") else field.isel(state=0 if state == "0" else 1)
    values, active = bins(shown)
    words = ["--state", state] if state else []
    check_range(path, values, *words)
    check_pictures(tmp_path, path, values, active, *words, ranks=3)


def stacked(states=2, local=True):
    """Bins one after the other, as non_local_detector stores them; a local state has one bin and no place."""
    field = posterior(states=states)
    x, y = (c.ravel() for c in np.meshgrid(X, Y, indexing="ij"))
    values = field.values.reshape(N, -1)
    names = np.repeat(field.state.values, x.size)
    x, y = np.tile(x, states), np.tile(y, states)
    if local:
        values = np.concatenate([np.full((N, 1), .25), values], 1)
        names, x, y = np.r_[["At home"], names], np.r_[np.nan, x], np.r_[np.nan, y]
    ds = xr.Dataset({"acausal_posterior": (("time", "state_bins"), values),
                     "acausal_state_probabilities": (("time", "states"), np.random.default_rng(0).random((N, 5)))},
                    coords={"time": field.time, "state": ("state_bins", names.astype(object)),
                            "x_position": ("state_bins", x), "y_position": ("state_bins", y)})
    return field, ds


@pytest.mark.parametrize("state", ["sum", "Continuous", "Fragmented", "2"])
def test_stacked(tmp_path, state):
    field, ds = stacked()
    ds.to_netcdf(tmp_path / "a.nc")
    shown = field.sum("state", skipna=False) if state == "sum" else field.isel(state=0 if state == "Continuous" else 1)
    values, active = bins(shown)
    check_range(tmp_path / "a.nc", values, "--state", state)
    check_pictures(tmp_path, tmp_path / "a.nc", values, active, "--state", state)


def test_stacked_refusals(tmp_path):
    _, ds = stacked()
    ds.to_netcdf(tmp_path / "a.nc")
    nsr.fails(nsr.DATA, "range", tmp_path / "a.nc", "--state", "At home", says="position")
    nsr.fails(nsr.USAGE, "range", tmp_path / "a.nc", "--state", "Home", says=["At home, Continuous, Fragmented", "sum"])
    nsr.fails(nsr.USAGE, "range", tmp_path / "a.nc", "--state", "3", says="0 to 2")
    crooked = ds.assign_coords(x_position=("state_bins", np.random.default_rng(2).random(71)),
                               y_position=("state_bins", np.random.default_rng(3).random(71)))
    crooked.to_netcdf(tmp_path / "b.nc")
    nsr.fails(nsr.DATA, "range", tmp_path / "b.nc", says="grid")


def test_line(tmp_path):
    values = np.random.default_rng(5).random((N, 9))
    values[:, 4] = np.nan
    field = xr.DataArray(values, dims=("time", "position"), name="posterior",
                         coords={"time": np.arange(N) * .5, "position": np.linspace(9, 1, 9)})
    path = save(field, tmp_path / "a.nc")
    check_range(path, np.delete(values[:, ::-1], 4, 1))
    environment = nsr.run("info", path, "--json").json["environment"]
    assert (environment["layout"], environment["nx"], environment["n_active"]) == ("line", 9, 8)


@pytest.mark.parametrize("chunks", [None, (2, 13, 1, 4, 5)])
@pytest.mark.parametrize("io", ["auto", "hdf5", "mpio"])
def test_intervals(tmp_path, chunks, io):
    """Padded by xarray with the times of the other intervals; a frame without data inside an interval stays."""
    parts = [posterior(40, 2, 10, 1), posterior(25, 2, 100, 2), posterior(30, 2, 50, 3)]
    padded = xr.concat(parts, dim="intervals", join="outer")
    path = save(padded, tmp_path / "a.nc", {"zlib": True, "chunksizes": chunks} if chunks else {})
    shown = xr.concat([parts[0], parts[2], parts[1]], dim="time").sum("state", skipna=False)
    values, active = bins(shown)
    check_range(path, values, "--io", io)
    check_pictures(tmp_path, path, values, active, "--io", io, ranks=2)
    about = nsr.run("info", path, "--json").json
    have = [(i["number"], i["first"], i["end"]) for i in about["fields"][0]["intervals"]]
    assert have == [(0, 0, 40), (2, 40, 70), (1, 70, 95)]
    assert about["times"]["first"] == 10 and about["times"]["last"] == pytest.approx(100.96)
    for low, high in (50, 50.41), (10.19, 50.01), (99, 200):
        some = shown.sel(time=slice(low, high))
        have = nsr.run("range", path, "--json", "--clock", "file", "--time", f"{low}:{high}").json
        assert have["n_frames"] == some.sizes["time"]
        assert have["max"] == some.max()


UNITS = ["seconds since 2024-03-05T10:00:00", "milliseconds since 2024-03-05T09:00:00", "microseconds since 2024-03-05",
         "minutes since 2024-03-05T10:00:00", "hours since 2024-01-01", "days since 2024-03-01"]


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("calendar", ["proleptic_gregorian", "noleap"])
def test_seconds(tmp_path, units, calendar):
    when = xr.date_range(EPOCH, periods=N, freq="40ms", calendar=calendar, use_cftime=calendar == "noleap")
    whole = units.startswith(("milli", "micro"))
    path = save(posterior().assign_coords(time=when), tmp_path / "a.nc",
                time={"dtype": "i8" if whole else "f8", "units": units, "calendar": calendar})
    with xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True)) as ds:
        times = [(t - ds.time.values[0]).total_seconds() for t in ds.time.values]
    have = nsr.run("info", path, "--json").json["times"]
    assert have["path"] == "/time" and have["n"] == N
    assert have["last"] - have["first"] == pytest.approx(times[-1], abs=2e-5)
    for frame in 1, 17, N - 1:
        one = nsr.run("range", path, "--json", "--time", f"0:{times[frame] - .02}").json
        assert one["n_frames"] == frame


def test_times_that_cannot_be_told(tmp_path):
    field = posterior()
    field.time.attrs["units"] = "months since 2024-01-01"
    done = nsr.run("info", save(field, tmp_path / "a.nc"), "--json")
    assert done.json["times"] is None
    assert any("differ in length" in line for line in done.warnings), done


def several(**named):
    base = posterior()
    return xr.Dataset({name: base.copy(data=base.values * factor) for name, factor in named.items()})


RULES = [(dict(posterior=1, causal_posterior=2, acausal_posterior=3, likelihood=4), 3),
         (dict(posterior=1, causal_posterior=2, likelihood=4), 2), (dict(posterior=1, other=2, likelihood=4), 1),
         (dict(other=2, log_likelihood=3, likelihood=4), 2)]


@pytest.mark.parametrize("named, factor", RULES, ids=range(len(RULES)))
def test_which_variable(tmp_path, named, factor):
    several(**named).to_netcdf(tmp_path / "a.nc")
    done = nsr.run("range", tmp_path / "a.nc", "--json")
    most = np.nanmax(posterior().values)
    assert done.json["max"] == most * factor
    assert "is shown" in done.err
    for name, other in named.items():
        assert nsr.run("range", tmp_path / "a.nc", "--json", "--field", name).json["max"] == most * other


def test_no_variable_by_itself(tmp_path):
    several(one=1, two=2).to_netcdf(tmp_path / "a.nc")
    nsr.fails(nsr.DATA, "range", tmp_path / "a.nc", says=["/one", "/two", "--field"])
    several(likelihood=1).to_netcdf(tmp_path / "b.nc")
    nsr.fails(nsr.DATA, "range", tmp_path / "b.nc", says=["likelihood", "--field"])
    nsr.fails(nsr.USAGE, "range", tmp_path / "a.nc", "--field", "one", "--state", "0", says="no states")


def test_strange_dimensions(tmp_path):
    values = np.random.default_rng(1).random((6, 2, 3, 4))
    xr.Dataset({"a": (("time", "lon", "lat", "depth"), values)}).to_netcdf(tmp_path / "a.nc")
    nsr.fails(nsr.DATA, "range", tmp_path / "a.nc", "--field", "a", says=["lon", "lat", "depth", "x_position"])
    field = posterior().assign_coords(x_position=[1, 2, 3, 3, 4, 5, 6])
    nsr.fails(nsr.DATA, "range", save(field, tmp_path / "b.nc"), says=["x_position", "increase"])
    bare = posterior().drop_vars(["x_position", "y_position", "time"])
    done = nsr.run("info", save(bare, tmp_path / "c.nc"), "--json")
    assert done.json["environment"]["extent"] == [[-.5, 6.5], [-.5, 4.5]] and done.json["times"] is None
    assert len(done.warnings) == 2


def test_nothing_but_nan(tmp_path):
    field = posterior() * np.nan
    have = nsr.run("range", save(field, tmp_path / "a.nc"), "--json").json
    assert (have["n_bins"], have["n_nan"], have["n_finite"]) == (35, 35 * N, 0)


@pytest.mark.parametrize("io", ["auto", "hdf5", "mpio"])
def test_ranks_agree(tmp_path, io):
    """Cells that have values on one rank's share only are found by all."""
    field = posterior(500)
    path = save(field, tmp_path / "a.nc", {"zlib": True, "chunksizes": (7, 7, 3)})
    values, _ = bins(field)
    for ranks in 1, 2, 5:
        have = nsr.run("range", path, "--json", "--io", io, ranks=ranks).json
        assert (have["n_bins"], have["n_nan"]) == (values.shape[1], np.isnan(values).sum())
