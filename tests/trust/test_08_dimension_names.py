# SPDX-License-Identifier: MIT
"""A dimension with a role by its name keeps it wherever it stands, or the field is refused with the transpose that
helps: nothing is guessed against a name."""
import itertools

import h5py
import numpy as np
import pytest

import nsr

SIZE = {"time": 30, "x": 6, "y": 5, "state": 2, "x_position": 6, "y_position": 5, "trial": 1}
rng = np.random.default_rng(8)


def write(path, dims, netcdf=True, sizes=SIZE):
    with h5py.File(path, "w") as file:
        if netcdf:
            file.attrs["_NCProperties"] = np.bytes_("version=2,netcdf=4.9.2,hdf5=1.14.0")
        field = file.create_dataset("posterior", data=rng.random([sizes[d] for d in dims]).astype("f4"))
        for i, name in enumerate(dims):
            file[name] = np.arange(sizes[name]) / 2.0
            file[name].make_scale(name)
            field.dims[i].label = name
            field.dims[i].attach_scale(file[name])
    return path


def check(path, dims, **more):
    """Frames are times, or the field is refused."""
    done = nsr.run("info", write(path, dims, **more), "--json", "--field", "posterior", code=None)
    if done.code == nsr.OK and "transpose(" not in str(done.json.get("environment_problem")):
        assert done.json["fields"][0]["n_frames"] == SIZE["time"], (dims, done)
        return True
    assert "transpose('time'" in done.err + done.out, (dims, done)
    return False


@pytest.mark.parametrize("netcdf", [True, False])
def test_every_order_of_two_and_three(tmp_path, netcdf):
    for names in (("time", "x"), ("time", "x", "y")):
        shown = {dims: check(tmp_path / "a.nc", dims, netcdf=netcdf) for dims in itertools.permutations(names)}
        assert all(shown[dims] for dims in shown if "time" in (dims[0], dims[-1])), shown
        assert not any(shown[dims] for dims in shown if "time" not in (dims[0], dims[-1])), shown


def test_orders_of_four(tmp_path):
    for dims in [("time", "state", "x", "y"), ("time", "x", "y", "state"), ("state", "time", "x", "y"),
                 ("x", "y", "state", "time"), ("x", "time", "y", "state")]:
        path = write(tmp_path / "a.nc", dims)
        if dims[0] == "time":
            nsr.run("plan", path)
        else:
            nsr.fails(nsr.DATA, "plan", path, "--field", "posterior", says="transpose('time', ")
            nsr.fails(nsr.DATA, "plan", path, says=["/posterior", "transpose('time', ", "no other dataset can be a field"])


def test_four_dimensions_without_a_format(tmp_path):
    """Plain HDF5: the reason stands in the message, also without --field."""
    for dims, says in [(("state", "time", "x", "y"), "transpose('time', 'state', 'x', 'y')"), (("time", "state", "x", "y"), "is 4-D")]:
        path = write(tmp_path / "a.h5", dims, netcdf=False)
        for command in ("info", "plan"):
            nsr.fails(nsr.DATA, command, path, says=["/posterior", says])
    with h5py.File(path, "a") as file:
        for name in "bc":
            file[name] = rng.random((2, 3, 4, 5))
    nsr.fails(nsr.DATA, "plan", path, says=["/b: is 4-D", "2 other datasets of four or more dimensions"])
    with h5py.File(path, "a") as file:
        file["d"] = rng.random((20, 12))
    nsr.run("plan", path, "--grid", "3x4")


def test_time_in_the_middle_names_the_transpose(tmp_path):
    path = write(tmp_path / "a.nc", ("x", "time", "y"))
    nsr.fails(nsr.DATA, "render", path, "-o", tmp_path / "o.nsr", says=["('x', 'time', 'y')", "transpose('time', 'x', 'y')"])


def test_trial_of_length_one(tmp_path):
    path = write(tmp_path / "a.nc", ("trial", "time", "x"))
    nsr.fails(nsr.DATA, "render", path, "-o", tmp_path / "o.nsr", says="isel(trial=0).transpose('time', 'x')")


def test_map_without_time_is_no_recording(tmp_path):
    path = write(tmp_path / "a.nc", ("x_position", "y_position"))
    nsr.fails(nsr.DATA, "render", path, "--field", "posterior", "-o", tmp_path / "o.nsr", says=["x_position", "time"])
