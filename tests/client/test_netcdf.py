# SPDX-License-Identifier: MIT
"""netCDF-4 as xarray writes the output of decoders, against what xarray itself decodes: values, seconds, colours at the
centres of the cells, in every order of the dimensions, packing and storage."""
import json
import signal
import time

import netCDF4
import numpy as np
import pytest
import xarray as xr
from PIL import Image

import nsr
import recordings
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


def check_pictures(tmp_path, path, values, active, *words, ranks=0, at=(X, Y)):
    """Every frame shows the colours of its values at the centres of the active cells, and no data elsewhere."""
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "-o", out, "--format", "png", "--size", "420x300", *words, ranks=ranks)
    low, high = ref.limits(values, None, None)
    colours = ref.colours(values[:, None, :], low, high, "viridis", ref.LIGHTGRAY)[:, 0]
    a = np.asarray(nsr.manifest(out)["geometry"]["affine"], float).reshape(-1)[:6].reshape(2, 3)
    centres = np.stack(np.meshgrid(*at, indexing="ij"), -1)
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


# --- files of the decoders, and what xarray writes of them ---

def rows(field):
    """(frames, cells) in the order of the program, and the axes."""
    if "position" in field.dims:
        field = field.sortby("position")
        return field.values, (field.position.values,)
    field = field.sortby(["x_position", "y_position"]).transpose("time", "x_position", "y_position")
    return field.values.reshape(len(field), -1), (field.x_position.values, field.y_position.values)


def unstacked(field, state):
    """Stacked bins on their grid; a bin without a position has no place."""
    kept = np.isfinite(field.x_position.values)
    if state != "sum":
        kept &= field.state.values == state
    field = field.isel(state_bins=np.flatnonzero(kept))
    x, ix = np.unique(field.x_position.values, return_inverse=True)
    y, iy = np.unique(field.y_position.values, return_inverse=True)
    values = np.full((len(field), x.size, y.size), np.nan, field.dtype)
    for k in range(ix.size):
        here = values[:, ix[k], iy[k]]
        values[:, ix[k], iy[k]] = np.where(np.isnan(here), field.values[:, k], here + field.values[:, k])
    return xr.DataArray(values, dims=("time", "x_position", "y_position"),
                        coords={"time": field.time, "x_position": x, "y_position": y})


def shown(field, state):
    if "state_bins" in field.dims:
        return unstacked(field, state or "sum")
    if "state" not in field.dims:
        return field
    return field.sum("state", skipna=False) if state in (None, "sum") else field.sel(state=state)


def seconds(field):
    times = field.time.values
    return (times - times[0]) / np.timedelta64(1, "s") if times.dtype.kind == "M" else times - times[0]


DECODED = [("f4_cf_ms", None, None), ("grouped", "posterior", None), ("nld_states", None, None),
           ("nld_states", None, "Continuous"), ("nld_states", None, "Fragmented"), ("packed_i2", None, None),
           ("packed_u1", None, None), ("rtc_decoder", None, None), ("rtc_decoder", "likelihood", None),
           ("rtc_states", None, None), ("rtc_states", None, "sum"), ("rtc_states", "causal_posterior", "Continuous"),
           ("rtc_states", "acausal_posterior", "Fragmented"), ("rtc_line", None, None), ("t_y_x", None, None),
           ("unlimited", None, None), ("y_descending", None, None)]


@pytest.mark.parametrize("name, variable, state", DECODED, ids=lambda v: v or "-")
def test_decoded(tmp_path, name, variable, state):
    """All values, times and colours of a file, and those of single frames."""
    path = recordings.folder() / "netcdf" / f"{name}.nc"
    with xr.open_dataset(path, group="decode" if name == "grouped" else None) as ds:
        if name == "grouped":
            with xr.open_dataset(path) as root:
                ds = ds.assign_coords(root.coords)
        if state and "state" in ds.dims and state not in ds.state.values:
            state = str(ds.state.values[0 if state == "Continuous" else 1])
        field = shown(ds[variable or "acausal_posterior"].load(), state)
    values, at = rows(field)
    active = ~np.isnan(values).all(0)
    words = [*(["--field", variable] if variable else []), *(["--state", state] if state else [])]
    check_range(path, values[:, active], *words)
    if len(at) == 2:
        check_pictures(tmp_path, path, values[:, active], active.reshape(at[0].size, at[1].size), *words, ranks=2, at=at)
    about = nsr.run("info", path, "--json", *words).json
    assert about["environment"]["n_active"] == active.sum()
    since = seconds(field)
    assert about["times"]["n"] == len(field)
    assert about["times"]["last"] - about["times"]["first"] == pytest.approx(since[-1], abs=1e-5)
    for i in 1, 60, len(field) - 1:
        one = nsr.run("range", path, "--json", "--frames", f"{i}:{i + 1}", *words).json
        finite = values[i][np.isfinite(values[i])]
        assert (one["min"], one["max"]) == (finite.min(), finite.max())
        until = nsr.run("range", path, "--json", "--time", f"0:{(since[i - 1] + since[i]) / 2}", *words).json
        assert until["n_frames"] == i


# --- intervals ---

def spans(listed):
    return [(i["number"], i["first_frame"], i["n_frames"]) for i in listed]


def pad(*parts):
    """As spyglass stores the runs over several intervals: each is padded with the times of the others."""
    return xr.concat(parts, dim="intervals", join="outer")


def check_intervals(tmp_path, path, field, listed):
    """Values, times and interval numbers of all frames, in `info` and in the bundle."""
    values, active = bins(field)
    check_range(path, values)
    check_pictures(tmp_path, path, values, active, ranks=2)
    about = nsr.run("info", path, "--json").json
    manifest = nsr.manifest(tmp_path / "o.nsr")
    told = about["fields"][0]["intervals"]
    assert spans(told) == listed and manifest["intervals"] == told
    times = field.time.values
    for i in told:
        last = i["first_frame"] + i["n_frames"] - 1
        assert (i["t0"], i["t1"]) == (times[i["first_frame"]], times[last])
    assert (about["times"]["n"], about["times"]["first"], about["times"]["last"]) == (len(times), times[0], times[-1])
    assert (manifest["times"]["first"], manifest["times"]["last"]) == (times[0], times[-1])


@pytest.mark.parametrize("chunks", [None, (2, 13, 1, 4, 5)])
@pytest.mark.parametrize("io", ["auto", "hdf5", "mpio"])
def test_intervals(tmp_path, chunks, io):
    """Padded by xarray with the times of the other intervals; a frame without data inside an interval stays."""
    parts = [posterior(40, 2, 10, 1), posterior(25, 2, 100, 2), posterior(30, 2, 50, 3)]
    path = save(pad(*parts), tmp_path / "a.nc", {"zlib": True, "chunksizes": chunks} if chunks else {})
    field = xr.concat([parts[0], parts[2], parts[1]], dim="time").sum("state", skipna=False)
    values, active = bins(field)
    check_range(path, values, "--io", io)
    check_pictures(tmp_path, path, values, active, "--io", io, ranks=2)
    about = nsr.run("info", path, "--json").json
    assert spans(about["fields"][0]["intervals"]) == [(0, 0, 40), (2, 40, 30), (1, 70, 25)]
    assert about["times"]["first"] == 10 and about["times"]["last"] == pytest.approx(100.96)
    for low, high in (50, 50.41), (10.19, 50.01), (99, 200):
        some = field.sel(time=slice(low, high))
        have = nsr.run("range", path, "--json", "--clock", "file", "--time", f"{low}:{high}").json
        assert have["n_frames"] == some.sizes["time"]
        assert have["max"] == some.max()


def test_times_outside_all_intervals(tmp_path):
    """Times in no interval are not shown, before, between and behind; those of the frames that are stay."""
    whole = posterior(90, start=5)
    first, second = whole.isel(time=slice(10, 35)), whole.isel(time=slice(50, 80))
    padded = pad(first, second).reindex(time=whole.time)
    padded = xr.concat([padded, padded.isel(intervals=[0]) * np.nan], dim="intervals")  # an interval without values
    path = save(padded, tmp_path / "a.nc")
    check_intervals(tmp_path, path, xr.concat([first, second], dim="time"), [(0, 0, 25), (1, 25, 30)])
    assert not [w for w in nsr.run("range", path).warnings if "time" in w]


def test_interval_borders_that_two_share(tmp_path):
    """position.loc[a:b], position.loc[b:c]: the frame at b is shown once."""
    whole = posterior(60)
    other = posterior(60, seed=9)
    parts = [whole.isel(time=slice(0, 36)), other.isel(time=slice(35, 60))]
    path = save(pad(*parts), tmp_path / "a.nc")
    want = xr.concat([parts[0], parts[1].isel(time=slice(1, None))], dim="time")
    check_intervals(tmp_path, path, want, [(0, 0, 36), (1, 36, 24)])
    assert "overlap: 1 frames" in " ".join(nsr.run("range", path).warnings)


def test_an_interval_inside_another(tmp_path):
    whole = posterior(60)
    path = save(pad(whole.isel(time=slice(20, 28)), whole), tmp_path / "a.nc")
    check_intervals(tmp_path, path, whole, [(1, 0, 60)])
    assert "overlap: 8 frames" in " ".join(nsr.run("range", path).warnings)


def test_a_stretch_of_the_frames_of_intervals(tmp_path):
    """--frames counts the frames that are shown; the numbers stay those of the file."""
    parts = [posterior(40, start=10), posterior(30, start=50)]
    path = save(pad(*parts), tmp_path / "a.nc")
    nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png", "--size", "100x80", "--frames", "30:60:2")
    manifest = nsr.manifest(tmp_path / "o.nsr")
    assert manifest["selection"] == {"first": 30, "step": 2, "n": 15}
    assert spans(manifest["intervals"]) == [(0, 0, 40), (1, 40, 30)]
    assert manifest["times"]["first"] == pytest.approx(11.2) and manifest["times"]["last"] == pytest.approx(50.72)


# --- what coordinates say ---

PACKED = {"x_position": {"dtype": "i2", "scale_factor": .5, "add_offset": 3.0, "_FillValue": np.int16(-1)},
          "y_position": {"dtype": "i4", "scale_factor": .25, "_FillValue": np.int32(-99)},
          "time": {"dtype": "i4", "scale_factor": .001, "add_offset": 40.0, "_FillValue": None}}


def test_packed_coordinates(tmp_path):
    field = posterior().assign_coords(time=80 + np.arange(N) * .25)
    field.to_dataset().to_netcdf(tmp_path / "a.nc", encoding=PACKED)
    with xr.open_dataset(tmp_path / "a.nc") as ds:
        values, active = bins(ds.acausal_posterior)
        times = ds.time.values
    check_pictures(tmp_path, tmp_path / "a.nc", values, active)
    about = nsr.run("info", tmp_path / "a.nc", "--json").json
    assert about["environment"]["extent"] == [[.5, 21.5], [-4, 6]]
    have = about["times"]["first"], about["times"]["last"], about["times"]["regular"]
    assert have == (pytest.approx(times[0]), pytest.approx(times[-1]), True)


def test_packed_positions_of_stacked_bins(tmp_path):
    field, ds = stacked()
    pack = {"dtype": "i2", "scale_factor": .5, "add_offset": 3.0, "_FillValue": np.int16(-999)}
    ds.to_netcdf(tmp_path / "a.nc", encoding={"x_position": pack, "y_position": pack})
    values, active = bins(field.sum("state", skipna=False))
    check_range(tmp_path / "a.nc", values)
    check_pictures(tmp_path, tmp_path / "a.nc", values, active)


def rooms(how):
    """Three states, the last of them in another place; given per state, or per bin."""
    field, ds = stacked(3, local=False)
    here = np.repeat(np.array(["track", "track", "box"], object), 35)
    ds = ds.assign_coords(x_position=("state_bins", np.where(here == "box", ds.x_position / 2 + 1, ds.x_position)))
    if how == "bins":
        return field, ds.assign_coords(environment=("state_bins", here))
    shares = (("time", "states"), np.random.default_rng(0).random((N, 3)))
    ds = ds.drop_vars("acausal_state_probabilities").assign(acausal_state_probabilities=shares)
    ds = ds.assign_coords(states=("states", ["Continuous", "Fragmented", "Local"]),
                          environments=("states", ["track", "track", "box"]))
    return field, ds.assign_coords(state_ind=("state_ind", np.repeat([0, 1, 2], 35))) if how == "numbers" else ds


@pytest.mark.parametrize("how", ["numbers", "names", "bins"])
def test_several_environments(tmp_path, how):
    """A picture shows one of them: all of its states, or one."""
    path = tmp_path / "a.nc"
    field, ds = rooms(how)
    ds.to_netcdf(path)
    nsr.fails(nsr.USAGE, "range", path, says=["2 environments", "track, box", "--state"])
    nsr.fails(nsr.USAGE, "range", path, "--state", "sum", says="2 environments")
    both = field.isel(state=[0, 1]).sum("state", skipna=False)
    for state, want in ("track", both), ("Fragmented", field.isel(state=1)), ("1", field.isel(state=1)):
        values, active = bins(want)
        check_range(path, values, "--state", state)
        assert nsr.run("info", path, "--json", "--state", state).json["environment"]["extent"] == [[.5, 21.5], [-4, 6]]
    check_pictures(tmp_path, path, *bins(both), "--state", "track")
    about = nsr.run("info", path, "--json", "--state", "box").json
    assert about["environment"]["extent"] == [[1.25, 11.75], [-4, 6]]
    check_range(path, bins(field.isel(state=2))[0], "--state", "box")


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
    rule = "goes before causal_posterior" if "posterior" in named else "the only one with positions"
    assert "is shown" in done.err and rule in done.err
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


# --- several fields ---

@pytest.mark.parametrize("ranks", [0, 3])
@pytest.mark.parametrize("encoding", [{}, {"zlib": True, "chunksizes": (13, 7, 3)}], ids=["contiguous", "chunks"])
def test_several_fields(tmp_path, ranks, encoding):
    """Each is as if it were alone: dimensions, times and bytes."""
    ds = several(causal_posterior=2, acausal_posterior=3, third=1)
    path = tmp_path / "a.nc"
    ds.to_netcdf(path, encoding={name: encoding for name in ds})
    words = ["--format", "png,hash", "--size", "210x150", "--range-mode", "each"]
    fields = [word for name in ds for word in ("--field", name)]
    done = nsr.run("render", path, "-o", tmp_path / "all.nsr", *fields, *words, ranks=ranks)
    assert not done.warnings and looks(done) == 3
    assert looks(nsr.run("render", path, "-o", tmp_path / "all.nsr", *fields, *words, ranks=ranks)) == 0
    for name in ds:
        nsr.run("render", path, "-o", tmp_path / f"{name}.nsr", "--field", name, *words)
        nsr.assert_same(tmp_path / "all.nsr" / name, tmp_path / f"{name}.nsr")
        both = nsr.manifest(tmp_path / "all.nsr" / name), nsr.manifest(tmp_path / f"{name}.nsr")
        assert both[0]["times"]["first"] == 80.04
        for key in "times", "geometry", "range", "selection":
            assert both[0][key] == both[1][key]


# --- the look at all frames ---

def claims(path, frames):
    """A long recording of which only the last frame is stored: the rest is NaN, and has to be gone through."""
    with netCDF4.Dataset(path, "w") as f:
        for name, size in ("time", None), ("x_position", 100), ("y_position", 100):
            f.createDimension(name, size)
            f.createVariable(name, "f8", (name,))[:] = np.arange(size or frames) * .5
        chunks = (250, 100, 100)
        values = f.createVariable("posterior", "f8", ("time", "x_position", "y_position"), zlib=True, complevel=1,
                                  chunksizes=chunks, fill_value=np.nan)
        values[frames - 1] = np.pad(np.random.default_rng(1).random((98, 98)), 1, constant_values=np.nan)
    return path


@pytest.fixture(scope="module")
def endless(place):
    return claims(place / "endless.nc", 1_000_000)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1], ids=lambda s: s.name)
@pytest.mark.parametrize("ranks", [0, 2])
def test_the_look_can_be_stopped(tmp_path, endless, number, ranks):
    words = ["render", endless, "-o", tmp_path / "o.nsr", "--format", "png"]
    with nsr.Running(*words, ranks=ranks) as running:
        running.wait_for(lambda: len(running.ranks()) >= ranks and running.seconds > 1.5)
        begin = time.monotonic()
        running.signal(number)
        done = running.wait(20)
    assert time.monotonic() - begin < (1.5 if not ranks else 6)
    if ranks == 0 or number == signal.SIGUSR1:  # mpirun itself ends with a code of its own after the others
        assert done.code == nsr.STOPPED, done
        assert len(done.errors) == 1 and "run again" in done.errors[0]
    assert not (tmp_path / "o.nsr").exists()


@pytest.mark.parametrize("command", ["info", "plan"])
def test_a_long_recording_is_not_read_to_be_told_of(endless, command):
    done = nsr.run(command, endless, "--json")
    assert done.seconds < 10 and "too long to be read now" in done.err
    if command == "info":
        assert done.json["fields"][0]["searched"] is False and done.json["environment"]["n_active"] == 10_000


@pytest.fixture(scope="module")
def masked(place):
    """Long enough that a look ends early only by memory of the bundle, with two intervals."""
    return save(pad(posterior(400, start=10), posterior(300, start=50)), place / "masked.nc")


def looks(done):
    return done.err.count("were read in")


def test_the_bundle_remembers(tmp_path, masked):
    bundle = tmp_path / "o.nsr"
    words = ["--format", "png", "--size", "100x80", "--segment-frames", 64]
    assert looks(nsr.run("range", masked, "-o", bundle, *words[4:])) == 1
    for k in 1, 2, 3:
        assert looks(nsr.run("render", masked, "-o", bundle, *words, "--share", f"{k}/3")) == 0
    assert looks(nsr.run("join", bundle)) == 0
    assert looks(nsr.run("render", masked, "-o", bundle, *words[2:], "--format", "hash", ranks=2)) == 0
    assert looks(nsr.run("verify", bundle, "--against", masked)) == 1
    once = tmp_path / "once.nsr"
    assert looks(nsr.run("render", masked, "-o", once, "--format", "png,hash", *words[2:])) == 1
    nsr.assert_same(bundle, once)
    assert nsr.manifest(bundle)["intervals"] == nsr.manifest(once)["intervals"]


def test_what_is_remembered_wrongly_is_looked_for(tmp_path, masked):
    bundle = tmp_path / "o.nsr"
    words = [masked, "-o", bundle, "--format", "png", "--size", "100x80"]
    nsr.run("render", *words)
    plan = json.loads((bundle / "plan.json").read_text())
    for known in 7, {}, {"cells": 36}, {**plan["known"], "with_values": "xyz"}, {**plan["known"], "intervals": [[0, 9]]}:
        (bundle / "plan.json").write_text(json.dumps({**plan, "known": known}))
        assert looks(nsr.run("render", *words)) == 1
