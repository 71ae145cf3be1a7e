# SPDX-License-Identifier: MIT
"""Where the animal was, and the regions of an environment, as the launcher gets them: against NumPy's interpolation and
the text of the file."""
import json

import h5py
import numpy as np
import pytest

import environments
import nsr
import sessions


@pytest.fixture(scope="module")
def session(place):
    values = np.random.default_rng(1).random((sessions.N, sessions.BINS)).astype("f4")
    return sessions.write(place / "session.nwb", values)


def positions(path, bundle, *words, field=sessions.FIELD):
    done = nsr.run("render", path, "--field", field, "-o", bundle, *words)
    made = bundle / "position.npy"
    return (np.load(made) if made.exists() else None), done


def interpolated(times, clock, xy):
    """NaN before, after, in gaps of more than ten steps, and beside samples that are NaN."""
    want = np.stack([np.interp(times, clock, xy[:, i]) for i in (0, 1)], axis=1)
    after = np.clip(np.searchsorted(clock, times), 1, len(clock) - 1)
    gap = clock[after] - clock[after - 1] > 10 * np.median(np.diff(clock))
    want[(times < clock[0]) | (times > clock[-1]) | gap] = np.nan
    return want


def series_of(path):
    with h5py.File(path) as file:
        return file[sessions.SERIES]["timestamps"][:], file[sessions.SERIES]["data"][:]


@pytest.mark.parametrize("words, selection", [((), slice(None)), (("--frames", "200:1400:7"), slice(200, 1400, 7))])
def test_series(session, tmp_path, words, selection):
    have, _ = positions(session, tmp_path / "a.nsr", *words)
    times = sessions.frame_times()[selection]
    want = interpolated(times, *series_of(session))
    assert have.dtype == "f4" and have.shape == want.shape and 0 < np.isnan(want).sum() < want.size
    np.testing.assert_array_equal(np.isnan(have), np.isnan(want))
    np.testing.assert_allclose(have, want, atol=1e-4)


def test_samples_that_are_none(session, tmp_path):
    """A sample that is NaN leaves its neighbours' lines open, and nothing else."""
    path = tmp_path / "holes.nwb"
    path.write_bytes(session.read_bytes())
    with h5py.File(path, "a") as file:
        file[sessions.SERIES]["data"][100:103] = np.nan
    have, _ = positions(path, tmp_path / "a.nsr")
    clock, xy = series_of(path)
    want, times = interpolated(sessions.frame_times(), clock, xy), sessions.frame_times()
    want[(times > clock[99]) & (times < clock[103])] = np.nan
    np.testing.assert_array_equal(np.isnan(have), np.isnan(want))


@pytest.mark.parametrize("none", [[100], [100, 101, 102], [0, 1], [-1], range(1, 569, 2)], ids=str)
@pytest.mark.parametrize("what", [np.nan, np.inf])
def test_samples_without_times(session, tmp_path, none, what):
    """They leave a gap between the samples around them, and nothing else; nor do they make steps seem long or short."""
    path = tmp_path / "holes.nwb"
    path.write_bytes(session.read_bytes())
    with h5py.File(path, "a") as file:
        stamps = file[sessions.SERIES]["timestamps"][:]
        stamps[list(none)] = what
        file[sessions.SERIES]["timestamps"][:] = stamps
    have, _ = positions(path, tmp_path / "a.nsr")
    clock, xy = series_of(session)
    times = sessions.frame_times()
    want = interpolated(times, clock, xy)
    for i in np.arange(len(clock))[list(none)]:
        before, after = clock[:i][np.isfinite(stamps[:i])], clock[i + 1:][np.isfinite(stamps[i + 1:])]
        want[(times > max(before, default=-np.inf)) & (times < min(after, default=np.inf))] = np.nan
    np.testing.assert_array_equal(np.isnan(have), np.isnan(want))
    np.testing.assert_allclose(have, want, atol=1e-4)


def test_more_samples_without_times_than_are_read_at_once(session, tmp_path):
    path = tmp_path / "holes.nwb"
    path.write_bytes(session.read_bytes())
    clock = np.linspace(51, 71, 200_000)
    xy = sessions.true_path(clock)
    stamps = clock.copy()
    stamps[60_000:150_000] = np.nan
    with h5py.File(path, "a") as file:
        series = file[sessions.SERIES]
        del series["timestamps"], series["data"]
        series["timestamps"], series["data"] = stamps, xy
    have, _ = positions(path, tmp_path / "a.nsr")
    times = sessions.frame_times()
    want = interpolated(times, clock, xy)
    want[(times > clock[59_999]) & (times < clock[150_000])] = np.nan
    assert not np.isnan(want[times > clock[150_000]]).all()
    np.testing.assert_allclose(have, want, atol=1e-4)


def test_a_frame_at_the_time_of_the_last_known_sample(session, tmp_path):
    path = tmp_path / "holes.nwb"
    path.write_bytes(session.read_bytes())
    with h5py.File(path, "a") as file:
        series = file[sessions.SERIES]
        times = file[sessions.FIELD.replace("data", "timestamps")][:]
        stamps, at = series["timestamps"][:], np.searchsorted(times, series["timestamps"][99])
        stamps[99], stamps[100:103] = times[at], np.nan
        series["timestamps"][:] = stamps
        xy = series["data"][99]
    have, _ = positions(path, tmp_path / "a.nsr")
    np.testing.assert_array_equal(have[at], xy.astype("f4"))
    assert np.isnan(have[at + 1]).all()


def test_rate(session, tmp_path):
    """A clock of a beginning and a rate."""
    path = tmp_path / "rate.nwb"
    path.write_bytes(session.read_bytes())
    with h5py.File(path, "a") as file:
        series = file[sessions.SERIES]
        del series["timestamps"]
        series["starting_time"] = 49.5
        series["starting_time"].attrs["rate"] = 25.0
        xy = series["data"][:]
    have, _ = positions(path, tmp_path / "a.nsr")
    want = interpolated(sessions.frame_times(), 49.5 + np.arange(len(xy)) / 25, xy)
    np.testing.assert_allclose(have, want, atol=1e-4)


def test_row_a_frame(place, recording, tmp_path):
    have, _ = positions(recording, tmp_path / "a.nsr", "--frames", "3:400:5", field="posterior")
    with h5py.File(recording) as file:
        np.testing.assert_array_equal(have, file["position"][3:400:5].astype("f4"))


@pytest.mark.parametrize("units, words, shown", [
    ("cells", (), True), ("cm", (), False), (None, (), False), ("cm", ("--environment", "env"), True),
    (None, ("--environment", "env"), True)])
def test_units_of_rows(tmp_path, units, words, shown):
    """Bins of a bare array lie at whole numbers: positions in centimetres would lie beside the picture."""
    made = environments.grid()
    environments.save(tmp_path / "env", "RegularGrid", made)
    rng = np.random.default_rng(0)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = rng.random((20, len(made[0]))) if words else rng.random((20, 5, 3))
        file["position"] = rng.random((20, 2)) * 90
        if units:
            file["position"].attrs["units"] = units
        want = file["position"][:].astype("f4")
    words = [tmp_path / word if word == "env" else word for word in words]
    have, done = positions(tmp_path / "a.h5", tmp_path / "a.nsr", *words, field="p")
    told = [warning for warning in done.warnings if "animal" in warning]
    if shown:
        np.testing.assert_array_equal(have, want)
        assert not told
    else:
        assert have is None and len(told) == 1 and "--environment" in told[0]
        assert (units or "unknown") in told[0]


def test_series_without_an_environment(session, tmp_path):
    """A grid alone has no centimetres."""
    have, done = positions(session, tmp_path / "a.nsr", "--grid", f"1x{sessions.BINS}")
    assert have is None and any("positions in cm" in warning for warning in done.warnings)


@pytest.mark.parametrize("spoil", ["type", "columns", "short", "none"])
def test_no_positions(session, tmp_path, spoil):
    """What is no series of positions is left out; the bundle is made all the same."""
    path = tmp_path / "spoilt.nwb"
    path.write_bytes(session.read_bytes())
    with h5py.File(path, "a") as file:
        series = file[sessions.SERIES]
        if spoil == "type":
            series.attrs["neurodata_type"] = "TimeSeries"
        elif spoil == "none":
            del file["processing/behavior"]
        elif spoil == "columns":
            del series["data"]
            series["data"] = np.zeros(10)
        else:
            del series["timestamps"]
            series["timestamps"] = np.arange(10.0)
    assert positions(path, tmp_path / "a.nsr")[0] is None


# --- regions ---

def regions_of(bundle):
    return {region["name"]: region for region in json.loads((bundle / "napari.json").read_text())["regions"]}


def test_regions_of_nwb(session, tmp_path):
    positions(session, tmp_path / "a.nsr")
    goal, start = regions_of(tmp_path / "a.nsr").values()
    assert goal["kind"] == "point" and goal["xy"] == [sessions.REGIONS[0]["geom"]]
    assert start["kind"] == "polygon" and start["xy"] == sessions.REGIONS[1]["geom"]["coordinates"][0]


def test_regions_of_saved(tmp_path):
    """Known units are used, unknown ones are reported."""
    made = environments.grid()
    environments.save(tmp_path / "env", "RegularGrid", made)
    about = json.loads((tmp_path / "env.json").read_text())
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    about["regions"] = [
        {"name": "well", "kind": "point", "geom": [1.5, 2]}, {"name": "deep", "kind": "point", "geom": [1, 2, 3]},
        {"name": "arm", "kind": "polygon", "geom": {"type": "Polygon", "coordinates": [ring]}},
        {"name": "odd", "kind": "polygon", "geom": {"type": "Polygon", "coordinates": 7}}, 5,
        {"name": None, "geom": {}}]
    (tmp_path / "env.json").write_text(json.dumps(about))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = np.random.default_rng(0).random((5, about["n_bins"]))
    _, done = positions(tmp_path / "a.h5", tmp_path / "a.nsr", "--environment", tmp_path / "env.json", field="p")
    have = regions_of(tmp_path / "a.nsr")
    assert list(have) == ["well", "arm"] and have["arm"]["xy"] == ring and have["well"]["xy"] == [[1.5, 2]]
    assert len([warning for warning in done.warnings if "region" in warning]) == 4
