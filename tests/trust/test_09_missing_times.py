# SPDX-License-Identifier: MIT
"""Marks for missing values count in times and coordinates as in fields; equal times are called equal."""
import h5py
import numpy as np
import pytest

import nsr

N = 120
A = np.random.default_rng(9).random((N, 5, 4)).astype("f4")
STEPS = np.arange(N)


def netcdf(path, times, values=A, fields=None, **attributes):
    """What the netCDF library writes: dimensions are scales, and variables name them."""
    with h5py.File(path, "w") as file:
        file.attrs["_NCProperties"] = np.bytes_("version=2,netcdf=4.9.2,hdf5=1.14.0")
        for name, array in {"time": times, "x_position": np.arange(5) * 2.0, "y_position": np.arange(4) * 2.0}.items():
            file[name] = array
            file[name].make_scale(name)
        for name, value in attributes.items():
            file["time"].attrs[name] = value
        file["posterior"] = values
        for name, value in (fields or {}).items():
            file["posterior"].attrs[name] = value
        for i, name in enumerate(("time", "x_position", "y_position")):
            file["posterior"].dims[i].attach_scale(file[name])
    return path


def plain(path, times, **attributes):
    with h5py.File(path, "w") as file:
        file["posterior"], file["time"] = A, times
        file["time"].attrs.update(attributes)
    return path


def warning(path, *words):
    done = nsr.run("plan", path, *words)
    assert len(done.warnings) == 1, done
    return done.warnings[0]


def marked(dtype, mark, at):
    times = (1_700_000 + 20 * STEPS).astype(dtype)
    times[at] = mark
    return times


MARKS = {
    "fill": ("i8", -1, {"_FillValue": np.int64(-1)}),
    "list": ("i4", -7, {"missing_value": np.array([-5, -6, -7, -8, -9], "i4")}),
    "both": ("f8", -7, {"_FillValue": np.array([-1.0]), "missing_value": np.array([-7.0])}),
    "unsigned": ("i2", -3, {"_FillValue": np.int16(-3), "_Unsigned": "true"}),
    "not_a_time": ("i8", -2**63, {}),
    "default_i4": ("i4", -2147483647, {}),
    "default_f8": ("f8", 9.969209968386869e36, {}),
}


@pytest.mark.parametrize("kind", MARKS)
@pytest.mark.parametrize("at", [0, 50, N - 1])
def test_missing_time_names_its_frame(tmp_path, kind, at):
    dtype, mark, attributes = MARKS[kind]
    times = marked(dtype, mark, at) if dtype != "i2" else np.where(STEPS == at, mark, 20 * STEPS).astype("i2")
    path = netcdf(tmp_path / "a.nc", times, units="milliseconds since 1970-01-01", **attributes)
    assert f"the time of frame {at} is missing" in warning(path)
    about = nsr.run("info", path, "--json").json["times"]
    assert (about["first"] is None, about["last"] is None) == (at == 0, at == N - 1)


def test_plain_hdf5_has_marks_too(tmp_path):
    path = plain(tmp_path / "a.h5", np.where(STEPS == 9, -1, STEPS / 50), _FillValue=-1.0)
    assert "the time of frame 9 is missing" in warning(path)
    nsr.fails(nsr.DATA, "render", path, "--times-from", "time", "-o", tmp_path / "o.nsr", says="frame 9 is missing")
    nsr.run("render", path, "--sampling-rate", 50, "-o", tmp_path / "o.nsr")


@pytest.mark.parametrize("sign, dtype", [("true", "i2"), ("false", "u2")])
def test_sign_of_times(tmp_path, sign, dtype):
    """Signed and unsigned integers of the other kind: the times are whole, and increase over the border."""
    wanted = (32700 + STEPS) if sign == "true" else (STEPS - 60)
    path = netcdf(tmp_path / "a.nc", wanted.astype("u2" if sign == "true" else "i2").view(dtype), units="ms",
                  _Unsigned=sign)
    done = nsr.run("plan", path)
    assert not done.warnings
    about = nsr.run("info", path, "--json").json["times"]
    assert (about["first"], about["last"]) == pytest.approx((wanted[0] / 1000, wanted[-1] / 1000))


def test_equal_times_are_called_equal(tmp_path):
    times = STEPS / 50
    times[31] = times[30]
    text = warning(plain(tmp_path / "a.h5", times))
    assert "frame 31 has the same time as the frame before" in text and "behind" not in text
    times[31] = 0
    assert "behind" in warning(plain(tmp_path / "b.h5", times))


@pytest.mark.parametrize("n", [1, 4, 5, 13, 16])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_all_marks_of_a_field_count(tmp_path, n, dtype):
    marks = -1.0 - np.arange(n)
    values = A.astype(dtype)
    values[3, 2, :] = marks[-1]
    values[4, 2, :] = marks[0]
    path = netcdf(tmp_path / "a.nc", STEPS / 50, values, {"missing_value": marks.astype(dtype)}, units="s")
    about = nsr.run("range", path, "--json").json
    assert about["min"] == values[values > 0].min() and about["n_nan"] == 8


def test_signed_field_of_unsigned_type(tmp_path):
    values = np.arange(N * 20).reshape(A.shape) % 100 - 50
    values[0, 0, 0] = -99
    path = netcdf(tmp_path / "a.nc", STEPS / 50, values.astype("i1").view("u1"),
                  {"_Unsigned": "false", "_FillValue": np.uint8(256 - 99)}, units="s")
    about = nsr.run("range", path, "--json").json
    assert (about["min"], about["max"], about["n_nan"]) == (-50, 49, 1)


def test_more_marks_than_are_known_are_refused(tmp_path):
    path = netcdf(tmp_path / "a.nc", STEPS / 50, A, {"missing_value": -np.arange(17, dtype="f4")}, units="s")
    nsr.fails(nsr.DATA, "render", path, "--field", "posterior", "-o", tmp_path / "o.nsr", says=["17 marks", "16"])
