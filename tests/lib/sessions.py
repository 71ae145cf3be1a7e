# SPDX-License-Identifier: MIT
"""A session as a lab has it: an NWB file with an environment, a field on an uneven clock, and an animal on a clock of
its own."""
import json

import h5py
import numpy as np

import geometry

N = 1500
FIELD = "/processing/analysis/belief/data"
SERIES = "processing/behavior/Position/animal"
X, Y = np.linspace(-2.8, 82.9, 16), np.linspace(-2.9, 62.4, 12)
ACTIVE = np.random.default_rng(9).random((15, 11)) < 0.9
BINS = int(ACTIVE.sum())
REGIONS = [{"name": "goal", "kind": "point", "geom": [40.03, 29.77], "metadata": {}},
           {"name": "start", "kind": "polygon", "metadata": {},
            "geom": {"type": "Polygon", "coordinates": [[[-3, -3], [4, -3], [4, 3], [-3, 3], [-3, -3]]]}}]


def centers(edges):
    return (edges[:-1] + edges[1:]) / 2


def environment():
    places = np.stack(np.meshgrid(centers(X), centers(Y), indexing="ij"), -1)[ACTIVE]
    return places, {"active_mask": ACTIVE, "grid_edges_0": X, "grid_edges_1": Y}, {"grid_shape": list(ACTIVE.shape)}


def frame_times():
    """100 Hz from second 50 on, a little uneven, with a gap of 7 s."""
    times = 50 + np.arange(N) * 0.01 + np.random.default_rng(2).uniform(0, 0.004, N)
    times[N // 2:] += 7
    return times


def true_path(times):
    return np.stack([40 + 35 * np.cos(times), 30 + 25 * np.sin(1.3 * times)], axis=1)


def add_series(file, path, kind, data, times, unit):
    group = file.create_group(path)
    group.attrs["neurodata_type"] = kind
    group["data"] = data
    group["data"].attrs["unit"] = unit
    group["timestamps"] = times
    return group


def write(path, values):
    """The animal's clock begins late, ends early and has a gap of a second."""
    geometry.write_nwb(path, "RegularGrid", environment(), values)
    with h5py.File(path, "a") as file:
        table = file["scratch/spatial_environment"]
        text = json.dumps({"format": "Regions-v1", "regions": REGIONS})
        table.create_dataset("regions", data=[text] * len(table["metadata"]), dtype=h5py.string_dtype())
        add_series(file, FIELD.removesuffix("/data"), "TimeSeries", values, frame_times(), "1")
        file.require_group("processing/behavior/Position").attrs["neurodata_type"] = "Position"
        clock = np.arange(51, 71, 1 / 30)
        clock = clock[(clock < 55) | (clock > 56)]
        add_series(file, SERIES, "SpatialSeries", true_path(clock), clock, "cm")
    return path


def write_one_field(path):
    """The session of the pages: a posterior that follows the animal, and no other field."""
    rng = np.random.default_rng(3)
    x, y = environment()[0].T
    true_x, true_y = true_path(frame_times()).T[:, :, None]
    values = np.exp(-((x - true_x) ** 2 + (y - true_y) ** 2) / 200) + 0.02 * rng.random((N, BINS))
    write(path, (values / values.sum(axis=1, keepdims=True)).astype("f4"))
    with h5py.File(path, "a") as file:
        del file["processing/analysis/posterior"]
