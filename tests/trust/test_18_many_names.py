# SPDX-License-Identifier: MIT
"""The time to open a file grows with the number of its datasets, scales, environments and names of states, and not with
the square. Four times as many take about four times as long; quadratic, sixteen times. CPU time is compared, because
the machine may have other work."""
import json
import resource

import h5py
import numpy as np
import pytest

import nsr
from many_names import scales

MOST = 8


def netcdf(file, n):
    file.attrs["_NCProperties"] = "version=2"
    scales(file, n)


def nwb(file, n):
    """As many series as environments, none of which has their number of bins."""
    file.attrs.update(nwb_version="2.6", neurodata_type="NWBFile")
    for i in range(n):
        group = file.create_group(f"processing/p{i:05d}")
        group.attrs["neurodata_type"] = "TimeSeries"
        group["data"] = np.ones((4, 5), "f4")
        file[f"scratch/e{i:05d}/metadata"] = json.dumps({"n_bins": 99 + i, "about": "x" * 500})


def groups(file, n):
    """Groups of one name, and many datasets in none of which the name means one."""
    for i in range(n):
        file.create_group(f"a{i:05d}/x")
        file[f"b{i:05d}"] = np.ones((4, 5), "f4")


def states(file, n):
    """A stack of bins, each with a state of its own name."""
    n *= 48
    file.attrs["_NCProperties"] = "version=2"
    data = file.create_dataset("posterior", data=np.ones((4, n), "f4"))
    for axis, (name, length) in enumerate((("time", 4), ("state_bins", n))):
        scale = file.create_dataset(name, data=np.arange(float(length)))
        scale.make_scale(name)
        data.dims[axis].attach_scale(scale)
    file["x_position"] = np.arange(float(n))
    file.create_dataset("state", data=[f"room {i:07d}" for i in range(n)], dtype=h5py.string_dtype())


def cpu_seconds(*words):
    def used():
        of = resource.getrusage(resource.RUSAGE_CHILDREN)
        return of.ru_utime + of.ru_stime

    before = used()
    nsr.run(*words, code=None)
    return used() - before


@pytest.mark.parametrize("make", [scales, netcdf, nwb, groups, states], ids=lambda make: make.__name__)
def test_time_is_linear(tmp_path, make):
    sizes = (200, 800)
    for n in sizes:
        with h5py.File(tmp_path / f"{n}.h5", "w") as file:
            make(file, n)
    for words in [("range",), ("info",), ("range", "--field", "x")]:
        few, many = (cpu_seconds(words[0], tmp_path / f"{n}.h5", *words[1:]) for n in sizes)
        assert many < MOST * few, (words, few, many)


def test_the_first_name_counts(tmp_path):
    """Of several links to a scale the first by name is its name, with one or many datasets, and through other files."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        scales(file, 40)
        file["d00007"].dims[0].attach_scale(file["t00007"])
        file["another name"] = file["t00007"]
        file["group/zz"] = file["b00007"]
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["there"] = h5py.ExternalLink("a.h5", "/d00007")
    for path, field in ((tmp_path / "a.h5", "d00007"), (tmp_path / "b.h5", "there")):
        times = nsr.run("info", path, "--field", field, "--json").json["times"]
        assert times is None or times["path"] == "/another name", times
    assert nsr.run("info", tmp_path / "a.h5", "--field", "d00007", "--json").json["times"]["path"] == "/another name"


def test_states_keep_their_order(tmp_path):
    """Equal names are one state, in the order in which they come in the file."""
    names = ["b", "a", "b", "c", "a", "", "c", "b"]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        states(file, 1)
        del file["state"], file["posterior"], file["state_bins"], file["x_position"]
        data = file.create_dataset("posterior", data=np.ones((4, len(names)), "f4"))
        scale = file.create_dataset("state_bins", data=np.arange(float(len(names))))
        scale.make_scale("state_bins")
        data.dims[0].attach_scale(file["time"])
        data.dims[1].attach_scale(scale)
        file["x_position"] = np.arange(float(len(names)))
        file.create_dataset("state", data=names, dtype=h5py.string_dtype())
    assert "states b, a, c, :" in nsr.run("range", tmp_path / "a.h5").err
    for name, bins in (("a", 2), ("b", 3), ("c", 2), ("3", 1)):
        fields = nsr.run("info", tmp_path / "a.h5", "--state", name, "--json").json["fields"]
        assert fields[0]["n_bins"] == bins, (name, fields)
