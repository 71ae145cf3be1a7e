# SPDX-License-Identifier: MIT
"""A stack the way a skilled user makes it: h5py, NumPy, zarr-python. zarr_script.py FILE OUT CHUNK SHARD [all|default]

The array is the program's: same stored integers, chunks, shards, codec, checksums; a slab is a shard, so that nothing
is written twice, and buffers are used again. all: also the numbers of the overview (its first level) and of the
summary. default: what zarr-python makes of the floats when asked for nothing."""
import sys
import warnings

import h5py
import numpy as np
import zarr
from common import Clock, minmax
from zarr.codecs import BloscCodec, Crc32cCodec

STEPS = 65534


def code(room, block, low, high):
    """1 .. 65535, in double precision; 0 where there is no data."""
    room = room[:len(block)]
    with np.errstate(invalid="ignore"):
        np.subtract(block, low, out=room)
        room /= high - low
        room *= STEPS
        np.rint(room, out=room)
        room += 1
    np.nan_to_num(room, copy=False, nan=0)
    return room.astype(np.uint16)


def overview_and_summary(block):
    """Mean and maximum of 64 frames; of each frame what the summary has."""
    frames = block.reshape(len(block), -1)
    parts = [frames[start:start + 64] for start in range(0, len(frames), 64)]
    total = np.nansum(frames, axis=1, dtype=np.float64)
    share = frames / total[:, None]
    return ([(np.nanmean(part, axis=0, dtype=np.float64), np.nanmax(part, axis=0)) for part in parts],
            np.nanmin(frames, axis=1), np.nanmax(frames, axis=1), total, np.isfinite(frames).sum(axis=1),
            np.nan_to_num(frames, nan=-np.inf).argmax(axis=1), -np.nansum(share * np.log(share), axis=1))


def make_codes(data, out, chunk, shard, everything):
    low, high = minmax(data, len(data))
    array = zarr.create_array(out, shape=data.shape, chunks=(chunk, *data.shape[1:]), shards=(shard, *data.shape[1:]),
                              dtype="uint16", fill_value=0, dimension_names=("t", "y", "x"),
                              compressors=[BloscCodec(cname="lz4", clevel=5, shuffle="shuffle", typesize=2),
                                           Crc32cCodec()],
                              chunk_key_encoding={"name": "default", "separator": "."})
    found = []
    block, room = np.empty((shard, *data.shape[1:]), data.dtype), np.empty((shard, *data.shape[1:]))
    for start in range(0, len(data), shard):
        end = min(len(data), start + shard)
        data.read_direct(block, np.s_[start:end], np.s_[:end - start])
        array[start:end] = code(room, block[:end - start], low, high)
        if everything:
            found.append(overview_and_summary(block[:end - start]))


def make_default(data, out):
    array = zarr.create_array(out, shape=data.shape, dtype=data.dtype)
    step = array.chunks[0]
    for start in range(0, len(data), step):
        array[start:start + step] = data[start:start + step]


path, out, chunk, shard = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
warnings.simplefilter("ignore")  # bins without values
with Clock():
    with h5py.File(path) as file:
        data = file["posterior"]
        if sys.argv[5:] == ["default"]:
            make_default(data, out)
        else:
            make_codes(data, out, chunk, shard, sys.argv[5:] == ["all"])
