# SPDX-License-Identifier: MIT
"""A session as a lab has it: an NWB file with an environment, a field on an uneven clock, and an animal on a clock of
its own."""
import shutil

import h5py
import numpy as np

N, BINS = 1500, 149
FIELD = "/processing/analysis/belief/data"
SERIES = "processing/behavior/Position/animal"


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


def write(path, environment, values):
    """The animal's clock begins late, ends early and has a gap of a second."""
    shutil.copy(environment, path)
    with h5py.File(path, "a") as file:
        add_series(file, FIELD.removesuffix("/data"), "TimeSeries", values, frame_times(), "1")
        file.require_group("processing/behavior/Position").attrs["neurodata_type"] = "Position"
        clock = np.arange(51, 71, 1 / 30)
        clock = clock[(clock < 55) | (clock > 56)]
        add_series(file, SERIES, "SpatialSeries", true_path(clock), clock, "cm")
    return path
