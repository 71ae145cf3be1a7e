# SPDX-License-Identifier: MIT
"""Sources: how fast values come out of every kind of file and filter, against h5py reading the same slabs.

Files of a GB are one block of a made-up recording, again and again; chunks are filtered once and copied as they are.
"read" is bench-sources, which does nothing but read. "h5py" is peers/slabs.py doing the same: into a buffer that is
used again, which is its fastest way. Both end with native floats: packed numbers unpacked, halves widened, states
summed. "range" is the program from start to end, against h5py + NumPy finding minimum and maximum, without imports.
GB are those of the dataset without filters. What inflating costs depends on the processor and on the zlib in h5py; the
limit is a loop that does nothing but read, inflate with libdeflate, unshuffle, and find minimum and maximum."""
import math
import os
from dataclasses import dataclass, field

import h5py
import hdf5plugin
import numpy as np

from measure import Group, Row, say, threads

BLOCK = 8192  # frames
GB = 1e9
SLAB = 512    # frames, unless chunks are deeper
DEEP = (2048, 4, 4)  # as h5py chooses chunks for long recordings
GZIP = {"compression": "gzip", "compression_opts": 4}
SHUFFLE = {"shuffle": True, **GZIP}


@dataclass
class Kind:
    """A dataset to be read. `put`: in what file, in what form. Decoded: outside HDF5's lock, so that threads pay."""
    name: str
    dtype: str = "<f4"
    filters: dict = field(default_factory=dict)  # what h5py's create_dataset takes
    chunk: tuple = ()
    put: str = "plain"
    decoded: bool = False


def chunked(name, filters, dtype="<f4", chunk=(64, 40, 40), put="plain", decoded=True):
    return Kind(name, dtype, filters, chunk, put, decoded)


def blosc(codec):
    return hdf5plugin.Blosc(cname=codec, shuffle=hdf5plugin.Blosc.SHUFFLE)


KINDS = [
    Kind("float32"), Kind("float64", "<f8"), Kind("float16", "<f2", decoded=True), Kind("float32, big-endian", ">f4"),
    Kind("packed int16", "<i2", put="packed", decoded=True),
    Kind("bins first", put="turned"),
    chunked("bins first, gzip (MATLAB)", {**GZIP, "compression_opts": 3}, chunk=(1600, 64), put="turned"),
    chunked("chunks", {}, decoded=False),
    chunked("gzip", GZIP),
    chunked("shuffle+gzip", SHUFFLE),
    chunked("shuffle+gzip, few bins a chunk", SHUFFLE, chunk=DEEP),
    chunked("shuffle+gzip, float64", SHUFFLE, "<f8"),
    chunked("shuffle+gzip, float16", SHUFFLE, "<f2"),
    chunked("shuffle+gzip, big-endian", SHUFFLE, ">f4"),
    chunked("shuffle+gzip, packed int16", SHUFFLE, "<i2", put="packed"),
    chunked("shuffle+gzip+fletcher32", {**SHUFFLE, "fletcher32": True}),
    chunked("fletcher32", {"fletcher32": True}),
    chunked("lzf", {"compression": "lzf"}),
    chunked("shuffle+lzf", {"compression": "lzf", "shuffle": True}),
    chunked("blosc (lz4, shuffle)", blosc("lz4")),
    chunked("blosc (zstd, shuffle)", blosc("zstd")),
    chunked("zstd", hdf5plugin.Zstd()),
    chunked("shuffle+zstd", {"shuffle": True, **hdf5plugin.Zstd()}),
    chunked("lz4", hdf5plugin.LZ4()),
    chunked("szip, through HDF5", {"compression": "szip"}, decoded=False),
    chunked("scaleoffset int16, through HDF5", {"scaleoffset": 0}, "<i2", put="packed", decoded=False),
    Kind("NWB", put="nwb"),
    chunked("NWB, gzip", GZIP, put="nwb"),
    Kind("netCDF-4, sum of 2 states", put="netcdf"),
    chunked("netCDF-4, sum of 2 states, shuffle+gzip", SHUFFLE, chunk=(64, 2, 40, 40), put="netcdf"),
    chunked("netCDF-4, as before, cells never visited", SHUFFLE, chunk=(64, 2, 40, 40), put="netcdf off the track"),
]


# --- files ---

def block_of(kind, base):
    """The first frames as the kind stores them, and on which axis frames are."""
    if "packed" in kind.put:
        scale = np.nanmax(base) / 32000
        return np.where(np.isnan(base), -32768, np.rint(base / scale)).astype(kind.dtype), 0
    if kind.put == "turned":
        return np.ascontiguousarray(base.reshape(len(base), -1).T), 1
    if "netcdf" in kind.put:
        if "off" not in kind.put:  # the recording has cells that are never visited, which makes us look for them
            base = np.nan_to_num(base)
        return np.stack([base * np.float32(0.75), base * np.float32(0.25)], 1), 0
    return base.astype(kind.dtype), 0


def place(kind, file):
    """The group, the name and the path of the dataset, with what marks such a file."""
    if kind.put == "nwb":
        file.attrs.update({"nwb_version": "2.7.0", "neurodata_type": "NWBFile", "namespace": "core"})
        series = file.create_group("acquisition/posterior")
        series.attrs.update({"neurodata_type": "TimeSeries", "namespace": "core"})
        series["starting_time"] = 0.0
        series["starting_time"].attrs.update({"rate": 500.0, "unit": "seconds"})
        return series, "data"
    return file, "acausal_posterior" if "netcdf" in kind.put else "posterior"


def describe(kind, file, data, base):
    if "packed" in kind.put:
        data.attrs.update({"scale_factor": np.nanmax(base) / 32000, "add_offset": np.float32(0),
                           "_FillValue": np.int16(-32768)})
    if kind.put == "nwb":
        data.attrs.update({"conversion": 1.0, "offset": 0.0, "resolution": -1.0, "unit": "1"})
    if kind.put == "turned":
        file["time"] = np.arange(data.shape[1]) * 0.002  # it determines the axis of the frames
    if "netcdf" in kind.put:
        file.attrs["_NCProperties"] = "version=2,h5netcdf"
        values = {"time": np.arange(data.shape[0]) * 0.002, "state": ["continuous", "fragmented"],
                  "x_position": np.arange(40.0), "y_position": np.arange(40.0)}
        for i, (name, scale) in enumerate(values.items()):
            file[name] = scale
            file[name].make_scale(name)
            data.dims[i].attach_scale(file[name])


def fill(data, block, axis, times):
    """The block `times` times, along the axis. Chunks are copied behind each other without being filtered again.
    Returns the stored chunks of one block."""
    def at(k):
        return (slice(None),) * axis + (slice(k * BLOCK, (k + 1) * BLOCK),)
    data[at(0)] = block
    if not data.chunks:
        for k in range(1, times):
            data[at(k)] = block
        return []
    corners = [data.id.get_chunk_info(i).chunk_offset for i in range(data.id.get_num_chunks())]
    stored = [(corner, *data.id.read_direct_chunk(corner)) for corner in corners]
    for k in range(1, times):
        for corner, mask, raw in stored:
            there = tuple(c + k * BLOCK * (i == axis) for i, c in enumerate(corner))
            data.id.write_direct_chunk(there, raw, mask)
    return [raw for _, _, raw in stored]


def write_chunks(path, stored, times):
    """The stored chunks alone, for the limit: length, bytes."""
    with open(path, "wb") as file:
        for raw in stored * times:
            file.write(len(raw).to_bytes(8, "little") + raw)


def write(bench, kind, base):
    """Makes the file. Returns its name, the path of the dataset and its size without filters."""
    path = os.path.join(bench.scratch, "source.h5")
    block, axis = block_of(kind, base)
    times = bench.pick(-(-2**30 // block.nbytes), 2)
    shape = tuple(n * times if i == axis else n for i, n in enumerate(block.shape))
    with h5py.File(path, "w") as file:
        group, name = place(kind, file)
        data = group.create_dataset(name, shape, block.dtype, chunks=kind.chunk or None, **kind.filters)
        stored = fill(data, block, axis, times)
        describe(kind, file, data, base)
        if has_limit(kind):
            write_chunks(path + ".chunks", stored, times)
        return path, data.name, data.size * data.dtype.itemsize


# --- what is compared ---

def has_limit(kind):
    """Shuffle + gzip of floats in chunks of whole frames, which need not be scattered: what libdeflate takes can be
    measured."""
    return kind.filters == SHUFFLE and kind.dtype in ("<f4", "<f8") and kind.put == "plain" and kind.chunk != DEEP


def slab_of(kind):
    return max(SLAB, kind.chunk[kind.put == "turned"] if kind.chunk else 0)


def group_of(bench, kind, base):
    say(f"a file: {kind.name}")
    path, name, size = write(bench, kind, base)
    slab, amount = slab_of(kind), size / GB
    jobs = [bench.peer("h5py", "slabs.py", "read", path, name, slab, amount=amount),
            bench.peer("h5py+numpy", "slabs.py", "range", path, name, slab, amount=amount)]
    jobs += [bench.helper(f"read, {n} thr", "bench-sources", path, slab, n, name, amount=amount) for n in threads()]
    jobs += [bench.nsr("range, 1 thr", "range", path, "--percentile", "none", "--field", name, "--threads", "1",
                       amount=amount)]
    rows = [Row("speed against h5py", "wall", "h5py", "read, 1 thr", ">=", 1),
            Row("CPU against h5py + NumPy", "cpu", "range, 1 thr", "h5py+numpy", "", 0)]
    if has_limit(kind):
        chunk = math.prod(kind.chunk) * np.dtype(kind.dtype).itemsize
        jobs += [bench.limit("libdeflate", "inflate", path + ".chunks", np.dtype(kind.dtype).itemsize, chunk,
                             amount=amount, reports=True)]
        rows += [Row("CPU of libdeflate, unshuffle, minimum and maximum alone", "cpu", "range, 1 thr", "libdeflate", "<=",
                     0.45 / 0.38)]
    rows += [Row(f"speed of {n} threads against 1", "wall", "read, 1 thr", f"read, {n} thr",
                 *((">=", 1.7) if kind.decoded else ("", 0))) for n in threads()[1:]]
    inputs = [path, *([path + ".chunks"] if has_limit(kind) else [])]
    return Group(kind.name, jobs, rows, bench.pick(3, 2), inputs)


def groups(bench):
    """One after the other, so that there is one file at a time."""
    recording = bench.recording("sources.h5", "--frames", BLOCK)
    with h5py.File(recording) as file:
        base = file["posterior"][:]
    for kind in KINDS:
        if bench.kinds and not any(word in kind.name for word in bench.kinds):
            continue
        made = group_of(bench, kind, base)
        yield made
        for path in made.inputs:
            os.remove(path)


# --- what it prints: a line a kind ---

def cell(row):
    if row is None:
        return ""
    return f"{row['value']:.2f}" + ("" if not row["bar"] else " ok" if row["ok"] else " MISS")


def table(results):
    kinds = {}
    for row in results:
        kinds.setdefault(row["group"], []).append(row)
    lines = [("GB/s", "h5py", *(f"read, {n} thr" for n in threads()), "against h5py", "CPU of range", "against limit",
              *("2 thr against 1" for _ in threads()[1:]))]
    for name, (speed, cpu, *both) in kinds.items():
        limit = both.pop(0) if both and "libdeflate" in both[0]["what"] else None
        rates = [speed["over_median"], speed["under_median"], *(row["under_median"] for row in both)]
        lines.append((name, *(f"{1 / rate:.2f}" for rate in rates), cell(speed), cell(cpu), cell(limit),
                      *map(cell, both)))
    bars = (">= 1", "", "<= 1.18", *(">= 1.7, decoded" for _ in threads()[1:]))
    lines.append(("", "", *("" for _ in threads()), *bars))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths)))
                     for line in lines)
