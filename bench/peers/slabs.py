# SPDX-License-Identifier: MIT
"""A field of any kind with h5py, so many frames at a time. slabs.py read|range FILE DATASET SLAB

read: into a buffer that is used again, the fastest that h5py has; then values, where stored numbers are none yet.
range: what everybody writes: slices, made values, nanmin and nanmax."""
import sys
import warnings

import h5py
import hdf5plugin  # noqa: F401  (h5py learns its filters)
import numpy as np
from common import Clock


def values(data, slab):
    """Native floats: the slab itself, if it has this type already."""
    if "scale_factor" in data.attrs:
        empty = slab == data.attrs["_FillValue"]
        slab = slab * np.float32(data.attrs["scale_factor"]) + np.float32(data.attrs["add_offset"])
        slab[empty] = np.nan
    if data.ndim == 4:
        slab = slab.sum(axis=1)
    return slab.astype(np.float64 if slab.dtype.itemsize == 8 else np.float32, copy=False)


def read(data, axis, spans):
    shape = list(data.shape)
    shape[axis] = spans[0][1]
    room = np.empty(shape, data.dtype)
    for start, end in spans:
        data.read_direct(room, frames(axis, start, end), frames(axis, 0, end - start))
        values(data, room)


def find_range(data, axis, spans):
    low, high = np.inf, -np.inf
    for start, end in spans:
        slab = values(data, data[frames(axis, start, end)])
        low, high = min(low, np.nanmin(slab)), max(high, np.nanmax(slab))
    print(f"min {low!r} max {high!r}", file=sys.stderr)


def frames(axis, start, end):
    return (slice(None),) * axis + (slice(start, end),)


job, name, path, slab = {"read": read, "range": find_range}[sys.argv[1]], sys.argv[2], sys.argv[3], int(sys.argv[4])
warnings.simplefilter("ignore")  # a slab without values
with Clock():
    with h5py.File(name) as file:
        data = file[path]
        axis = 1 if data.ndim == 2 else 0  # bins first
        n = data.shape[axis]
        job(data, axis, [(start, min(n, start + slab)) for start in range(0, n, slab)])
