# SPDX-License-Identifier: MIT
"""Limits of colours as they are found today. percentiles.py WHAT FILE FRAMES

nanpercentile: NumPy, of an array in memory (loading it is not counted). dask: its approximate percentile, over the
file. neurospatial: exact minimum and maximum, of a memory map. neurospatial-subset: percentiles of 10,000 frames of it."""
import sys
import warnings

import h5py
import numpy as np
from common import Clock

WHAT, PATH, FRAMES = sys.argv[1], sys.argv[2], int(sys.argv[3])
PERCENTS = (1, 99)


def mapped():
    """Frames x bins, as a memory map of the file."""
    with h5py.File(PATH) as file:
        data = file["posterior"]
        return np.memmap(PATH, data.dtype, "r", data.id.get_offset(), data.shape)[:FRAMES].reshape(FRAMES, -1)


def nanpercentile():
    values = np.array(mapped())
    with Clock():
        return np.nanpercentile(values, PERCENTS)


def dask():
    import dask
    import dask.array
    with dask.config.set(scheduler="single-threaded"), h5py.File(PATH) as file:
        data = file["posterior"]
        array = dask.array.from_array(data, chunks=(1024, *data.shape[1:]))[:FRAMES]
        import dask.array.percentile  # noqa: F401
        with Clock():
            values = array.ravel()
            return dask.array.percentile(values[~dask.array.isnan(values)], list(PERCENTS), internal_method="dask").compute()


def neurospatial():
    from neurospatial.animation.rendering import compute_global_colormap_range
    values = mapped()
    with Clock():
        return compute_global_colormap_range(values)


def subset():
    from neurospatial.animation.core import estimate_colormap_range_from_subset
    values = mapped()
    with Clock():
        return estimate_colormap_range_from_subset(values, seed=0)


warnings.simplefilter("ignore")  # frames without values
found = {"nanpercentile": nanpercentile, "dask": dask, "neurospatial": neurospatial, "neurospatial-subset": subset}[WHAT]()
print(f"{WHAT}: {found}", file=sys.stderr)
