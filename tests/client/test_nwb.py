# SPDX-License-Identifier: MIT
"""NWB as pynwb writes it, against what pynwb itself reads: values, clocks, scales, links, chunks; and what info lists
of the rest of a session."""
import datetime
import json

import h5py
import numpy as np
import pytest
from PIL import Image

import nsr
import recordings as rec
import reference as ref

pynwb = pytest.importorskip("pynwb")
behavior = pytest.importorskip("pynwb.behavior")
DataChunkIterator = pytest.importorskip("hdmf.data_utils").DataChunkIterator
H5DataIO = pynwb.H5DataIO

pytestmark = pytest.mark.filterwarnings("ignore")  # of pynwb, about itself
FRAMES, ROWS, COLUMNS = 40, 4, 6
BINS = ROWS * COLUMNS
GRID = ("--grid", f"{ROWS}x{COLUMNS}")


def values():
    made = np.random.default_rng(8).normal(2, 1, (FRAMES, BINS)).astype("f4")
    made[3, 4], made[5, 6], made[7, 8] = np.nan, np.inf, -np.inf
    return made


def session():
    return pynwb.NWBFile(session_description="made up", identifier="1", session_start_time=datetime.datetime(
        2024, 3, 5, tzinfo=datetime.timezone.utc))


def write(path, nwb):
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(nwb)
    return path


def one(path, place="analysis", **about):
    """A file with one series called map."""
    nwb = session()
    series = pynwb.TimeSeries(name="map", **{"unit": "Hz", **about})
    if place == "acquisition":
        nwb.add_acquisition(series)
    elif place == "scratch":
        nwb.add_scratch(series)
    elif place == "analysis":
        nwb.add_analysis(series)
    else:
        nwb.create_processing_module(place, "made up").add(series)
    return write(path, nwb)


def read(path, find):
    """Values and seconds, as pynwb gives them."""
    with pynwb.NWBHDF5IO(path, "r") as io:
        series = find(io.read())
        data, times = series.data[:], series.get_timestamps()[:]
    return np.asarray(data), np.asarray(times)


def map_of(nwb):
    return next(o for o in nwb.objects.values() if o.name == "map")


def check_range(path, data, *words):
    have, finite = nsr.run("range", path, *words, "--json").json, data[np.isfinite(data)]
    assert (have["n_frames"], have["n_bins"]) == data.shape
    assert (have["min"], have["max"]) == (finite.min(), finite.max())
    assert (have["n_nan"], have["n_posinf"], have["n_neginf"]) == (
        np.isnan(data).sum(), np.isposinf(data).sum(), np.isneginf(data).sum())


def check_pictures(path, data, out, *words):
    nsr.run("render", path, *words, *GRID, "-o", out, "--format", "png", "--size", "60x40")
    for i, want in enumerate(ref.colours(data, *ref.limits(data))):
        with Image.open(nsr.frame_png(out, i)) as image:
            assert (np.asarray(image.convert("RGB")) == ref.picture(want.reshape(ROWS, COLUMNS, 3), (60, 40))).all()


def check_clock(path, times, *words):
    about = nsr.run("info", path, *words, "--json").json["times"]
    assert about["n"] == len(times)
    assert (about["first"], about["last"]) == pytest.approx((times[0], times[-1]), abs=1e-12)
    assert about["rate"] == pytest.approx((len(times) - 1) / (times[-1] - times[0]))


# --- a series ---

CLOCKS = {"timestamps": {"timestamps": 7 + np.cumsum(np.random.default_rng(1).uniform(0.01, 0.03, FRAMES))},
          "rate": {"starting_time": 3.25, "rate": 40.0}}


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("place", ["acquisition", "analysis", "scratch", "behavior"])
def test_series_wherever_it_lies(tmp_path, place, clock):
    path = one(tmp_path / "a.nwb", place, data=values(), **CLOCKS[clock])
    data, times = read(path, map_of)
    check_range(path, data)
    check_clock(path, times)
    check_pictures(path, data, tmp_path / "o.nsr")
    manifest = nsr.manifest(tmp_path / "o.nsr")
    assert (manifest["times"]["first"], manifest["times"]["last"]) == pytest.approx((times[0], times[-1]), abs=1e-12)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u1", "i8"])
def test_scales_and_units(tmp_path, dtype):
    """Shown as stored; info has what pynwb has, and the log reports what the numbers would be."""
    stored = np.random.default_rng(2).integers(0, 99, (FRAMES, BINS)).astype(dtype)
    path = one(tmp_path / "a.nwb", data=stored, unit="volts", conversion=0.25, offset=-3.0, rate=10.0)
    with pynwb.NWBHDF5IO(path, "r") as io:
        series = map_of(io.read())
        want, in_unit = (series.conversion, series.offset, series.unit), series.get_data_in_units()
        assert (in_unit == stored * 0.25 - 3).all()
    about = nsr.run("info", path, "--json").json["fields"][0]
    assert (about["conversion"], about["offset"], about["unit"]) == want == (0.25, -3, "volts")
    assert (about["dtype"], about["shape"]) == (np.dtype(dtype).str, [FRAMES, BINS])
    check_range(path, stored)
    assert "in volts they would be stored * 0.25 + -3" in nsr.run("range", path).err


def test_another_series_has_the_data_and_the_clock(tmp_path):
    nwb = session()
    first = pynwb.TimeSeries(name="map", data=values(), unit="Hz", **CLOCKS["timestamps"])
    nwb.add_acquisition(first)
    nwb.create_processing_module("analysis", "made up").add([
        pynwb.TimeSeries(name="both", data=first, timestamps=first, unit="Hz"),
        pynwb.TimeSeries(name="clock", data=values()[::-1], timestamps=first, unit="Hz")])
    path = write(tmp_path / "a.nwb", nwb)
    for name in ("both", "clock"):
        data, times = read(path, lambda nwb, name=name: nwb.processing["analysis"][name])
        check_range(path, data, "--field", name)
        check_clock(path, times, "--field", name)
        check_pictures(path, data, tmp_path / f"{name}.nsr", "--field", name)


def test_data_in_another_file(tmp_path):
    """A linked container: written by one session, referred to by the next."""
    (tmp_path / "raw").mkdir()
    one(tmp_path / "raw" / "a.nwb", "acquisition", data=values(), **CLOCKS["rate"])
    with pynwb.NWBHDF5IO(tmp_path / "raw" / "a.nwb", "r") as raw:
        nwb, series = session(), map_of(raw.read())
        nwb.add_acquisition(series)
        with pynwb.NWBHDF5IO(tmp_path / "b.nwb", "w", manager=raw.manager) as io:
            io.write(nwb, link_data=True)
    data, times = values(), 3.25 + np.arange(FRAMES) / 40
    words = ("--field", "/acquisition/map/data")
    check_range(tmp_path / "b.nwb", data, *words)
    check_clock(tmp_path / "b.nwb", times, *words)
    check_pictures(tmp_path / "b.nwb", data, tmp_path / "o.nsr", *words)


@pytest.mark.parametrize("buffer_size", [1, 7, 64])
def test_chunks_of_an_iterator(tmp_path, buffer_size):
    """Written piece by piece, into a dataset that grows; with and without compression."""
    for name, how in (("plain", {}), ("gzip", {"compression": "gzip", "shuffle": True})):
        pieces = DataChunkIterator(data=iter(values()), buffer_size=buffer_size, maxshape=(None, BINS),
                                   dtype=np.dtype("f4"))
        path = one(tmp_path / f"{name}.nwb", data=H5DataIO(pieces, **how) if how else pieces, rate=20.0)
        data, times = read(path, map_of)
        assert (np.isnan(data) == np.isnan(values())).all()
        about = nsr.run("info", path, "--json").json["fields"][0]
        assert about["storage"] == "chunked" and about["filters"] == ("shuffle+gzip" if how else "")
        check_range(path, data)
        check_clock(path, times)
        check_pictures(path, data, tmp_path / f"{name}.nsr")


# --- the ancestor's session ---

# In these lie the schemas that pynwb needs; test_inputs.py has the others.
@pytest.mark.parametrize("kind", ["grid", "hex", "polar"])
def test_environment_in_scratch(kind):
    """info has the counts, units and the extent that pynwb finds in the table."""
    path = rec.folder() / f"nwb/{kind}.nwb"
    with pynwb.NWBHDF5IO(path, "r", load_namespaces=True) as io:
        table = io.read().scratch["spatial_environment"].to_dataframe()
    metadata = json.loads(table["metadata"].iloc[0])
    centers = np.stack(table["bin_centers"].to_numpy())[:metadata["n_bins"]]
    about = nsr.run("info", path, "--field", "posterior", "--json").json["environment"]
    assert about["n_bins"] == about["n_active"] == metadata["n_bins"] and about["units"] == metadata["units"]
    assert about["layout"] == metadata["layout_type"] and about["from"] == "/scratch/spatial_environment"
    low, high = np.array(about["extent"]).T
    assert (low < centers.min(0)).all() and (centers.max(0) < high).all()


def series_of(nwb):
    """(path, kind, series) of everything that has places and directions."""
    module = nwb.processing["behavior"]
    for holder in ("Position", "CompassDirection"):
        for series in module[holder].spatial_series.values():
            yield f"/processing/behavior/{holder}/{series.name}", holder, series
    for series in module["PoseEstimation"].pose_estimation_series.values():
        yield f"/processing/behavior/PoseEstimation/{series.name}", "PoseEstimation", series


def listed(path):
    return {o["path"]: o for o in nsr.run("info", path, "--json").json["overlays"]}


@pytest.mark.parametrize("kind", ["grid", "hex"])
def test_what_info_lists_of_a_session(kind):
    """Positions, poses, directions: shape, unit and clock as pynwb has them."""
    path = rec.folder() / f"nwb/{kind}.nwb"
    have = listed(path)
    with pynwb.NWBHDF5IO(path, "r", load_namespaces=True) as io:
        nwb, seen = io.read(), 0
        for name, holder, series in series_of(nwb):
            about = have[name]
            assert (about["kind"], about["shape"], about["units"]) == (holder, list(series.data.shape), series.unit)
            rate = {"starting_time": series.starting_time, "rate": series.rate}
            assert about["times"] == (f"{name}/timestamps" if series.rate is None else rate)
            seen += 1
        assert seen == 7
        assert have["/units"]["shape"] == [len(nwb.units)] and have["/units"]["times"] == "/units/spike_times"


@pytest.mark.parametrize("kind", ["grid", "hex"])
def test_events_and_trials_are_listed(kind):
    path = rec.folder() / f"nwb/{kind}.nwb"
    have = listed(path)
    with pynwb.NWBHDF5IO(path, "r", load_namespaces=True) as io:
        nwb = io.read()
        for name in ("laps", "region_crossings", "rewards"):
            about = have[f"/processing/behavior/{name}"]
            assert about["shape"] == [len(nwb.processing["behavior"][name])]
            assert (about["units"], about["times"]) == ("seconds", f"/processing/behavior/{name}/timestamp")
        trials = have["/intervals/trials"]
        assert trials["shape"] == [len(nwb.trials)] and trials["times"] == "/intervals/trials/start_time"


def test_what_info_lists_of_a_file_made_here(tmp_path):
    """As pynwb alone writes it: intervals and epochs, interval and event series, speed."""
    nwb = session()
    nwb.add_epoch(1.0, 2.0, ["a"])
    nwb.add_trial(start_time=1.0, stop_time=3.0)
    module = nwb.create_processing_module("behavior", "made up")
    places = pynwb.behavior.Position(name="Position")
    places.create_spatial_series(name="nose", data=np.zeros((9, 2)), reference_frame="corner", unit="m", rate=30.0)
    epochs = behavior.BehavioralEpochs(name="BehavioralEpochs")
    epochs.add_interval_series(pynwb.misc.IntervalSeries(name="runs", data=[1, -1], timestamps=[1.0, 2.0]))
    events = behavior.BehavioralEvents(name="BehavioralEvents")
    events.create_timeseries(name="licks", data=np.ones(5), unit="count", timestamps=np.arange(5.0))
    module.add([places, epochs, events, pynwb.TimeSeries(name="map", data=values(), unit="Hz", rate=10.0)])
    path = write(tmp_path / "a.nwb", nwb)
    have = listed(path)
    assert have["/processing/behavior/Position/nose"] == {
        "path": "/processing/behavior/Position/nose", "kind": "Position", "shape": [9, 2], "units": "m",
        "times": {"starting_time": 0, "rate": 30}}
    for name, length, times in (("/processing/behavior/BehavioralEpochs/runs", 2, "/timestamps"),
                                ("/processing/behavior/BehavioralEvents/licks", 5, "/timestamps"),
                                ("/intervals/trials", 1, "/start_time"), ("/intervals/epochs", 1, "/start_time")):
        assert (have[name]["shape"], have[name]["times"]) == ([length], name + times)
    assert [f["path"] for f in nsr.run("info", path, "--json").json["fields"]] == ["/processing/behavior/map/data"]


def test_a_series_without_a_clock(tmp_path):
    """Every data frame is one output frame, and a warning gives the reason."""
    path = one(tmp_path / "a.nwb", data=values(), **CLOCKS["timestamps"])
    with h5py.File(path, "r+") as file:
        del file["analysis/map/timestamps"]
    done = nsr.run("render", path, *GRID, "-o", tmp_path / "o.nsr", "--format", "hash,video")
    assert nsr.output(tmp_path / "o.nsr", "video")["frames"] == FRAMES
    assert any("timestamps" in line and "starting_time" in line for line in done.warnings)
