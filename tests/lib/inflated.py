# SPDX-License-Identifier: MIT
"""Small files that inflate to much, and the memory that the program takes for them."""
import functools
import pathlib
import struct
import tempfile
import zlib

import h5py
import numpy as np

import nsr
import shim

MB = 1 << 20


@functools.cache
def zeros(n):
    """A zlib stream of n zero bytes, a thousandth as long. The pieces are equal, so that this takes no time."""
    piece = 4 * MB
    squeeze = zlib.compressobj(9)
    head = squeeze.compress(bytes(piece)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    same = squeeze.compress(bytes(piece)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    assert n >= piece and n % piece == 0
    ends = zlib.compressobj(9, wbits=-15).flush()
    return head + same * (n // piece - 1) + ends + struct.pack(">I", (n % 65521) << 16 | 1)


def chunk_of_zeros(file, path, shape, dtype, chunk, bytes_of_chunk=None, most=None):
    """A dataset whose every chunk is one stream of zeros, of the length of a chunk or another."""
    dataset = file.create_dataset(path, shape, dtype, chunks=chunk, maxshape=(None,) * len(shape), compression="gzip")
    size = int(np.prod(chunk)) * dataset.dtype.itemsize
    stream = zeros(bytes_of_chunk or size)
    grid = [range(0, n, c) for n, c in zip(shape, chunk)]
    for at in list(np.stack(np.meshgrid(*grid, indexing="ij"), -1).reshape(-1, len(shape)))[:most]:
        dataset.id.write_direct_chunk(tuple(map(int, at)), stream)
    return dataset


def is_sanitized():
    """Sanitizers keep freed memory."""
    return b"__asan_init" in pathlib.Path(nsr.BIN).read_bytes() or b"__tsan_init" in pathlib.Path(nsr.BIN).read_bytes()


def run(*words, **how):
    """As nsr.run; also the most memory of a rank, in MB (0 where it cannot be told)."""
    if is_sanitized():
        return nsr.run(*words, **how), 0
    with tempfile.NamedTemporaryFile("r") as log:
        done = nsr.run(*words, **how, env={"LD_PRELOAD": shim.library("peak"), "PEAK_LOG": log.name})
        return done, max(map(int, log.read().split())) / 1024


@functools.cache
def floor(*words, ranks=0):
    """The memory of the same command for a tiny file."""
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place, "tiny.h5")
        with h5py.File(path, "w") as file:
            file["field"] = np.random.default_rng(0).random((20, 4, 4), "f4")
        own = [pathlib.Path(place, "out.nsr") if word == "{out}" else word for word in words[1:]]
        return run(words[0], path, *own, ranks=ranks)[1]
