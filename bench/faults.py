# SPDX-License-Identifier: MIT
"""What goes wrong costs little: a damaged chunk against the same file undamaged, many datasets against few, and the
memory that HDF5 takes beside what --memory allows. CPU time, which other work on the machine does not change."""
import os
import sys

import h5py
import numpy as np

from measure import Group, Row

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "lib"))
from many_names import scales  # noqa: E402, the tests make the same files

DEEP, SIDE = 4_000, 20  # frames of a chunk, and bins on each side: 6.4 MB
NSR_DATA = 65           # the exit code of an input that cannot be read


def damage(path, chunk):
    """The middle of the stored bytes of a chunk."""
    with h5py.File(path) as file:
        where = file["p"].id.get_chunk_info(chunk)
    with open(path, "r+b") as file:
        file.seek(where.byte_offset + where.size // 2)
        file.write(b"\xff" * 30)


def deep(bench, name, damaged):
    path = os.path.join(bench.scratch, name)
    values = np.random.default_rng(1).integers(0, 50, (10 * DEEP, SIDE, SIDE)).astype("f4")
    with h5py.File(path, "w") as file:
        file.create_dataset("p", data=values, chunks=(DEEP, SIDE, SIDE), compression="gzip", compression_opts=1)
    for chunk in damaged:
        damage(path, chunk)
    return path


def one_chunk(bench):
    good, bad = deep(bench, "whole.h5", []), deep(bench, "damaged.h5", [3])

    def render(name, path, *words, **more):
        return bench.nsr(name, "render", path, "-o", "{out}", "--threads", "1", *words, **more)

    stopped = render("render, which fails", bad, code=NSR_DATA)
    jobs = [render("render", good), stopped, render("render, filled", bad, "--on-error", "fill"),
            bench.nsr("resume, which fails", "resume", "{out}", "--threads", "1", code=NSR_DATA, before=stopped)]
    rows = [Row(f"one chunk of {DEEP:,} frames is damaged, and the run fails", "cpu", stopped.name, "render", "<=", 1.5),
            Row("the same with --on-error fill", "cpu", "render, filled", "render", "<=", 1.5),
            Row("resume, which fails again", "cpu", "resume, which fails", "render", "<=", 1.5)]
    return Group("a damaged chunk, against the whole file", jobs, rows, bench.pick(5, 1), [good, bad])


def scaled(bench, n):
    path = os.path.join(bench.scratch, f"scales-{n}.h5")
    with h5py.File(path, "w") as file:
        scales(file, n)
    return path


def many_datasets(bench):
    few, many = bench.pick((1_000, 4_000), (100, 400))
    jobs = [bench.nsr(f"info, {n:,}", "info", scaled(bench, n), amount=n) for n in (few, many)]
    rows = [Row(f"a dataset with scales: of {many:,} against of {few:,}", "cpu", jobs[1].name, jobs[0].name, "<=", 1.5)]
    return Group("opening a file of many datasets", jobs, rows, bench.pick(5, 1), [])


def memory(bench):
    path = bench.recording("chunks.h5", "--frames", bench.pick(100_000, 10_000), "--storage", "gzip")
    job = bench.nsr("render, HDF5", "render", path, "-o", "{out}", "--memory", "64M", "--io", "hdf5")
    rows = [Row("peak memory of --memory 64M --io hdf5, MB", "rss", job.name, "", "<=", 64 + 40)]
    return Group("memory of HDF5", [job], rows, bench.pick(3, 1), [path])


def groups(bench):
    return [one_chunk(bench), many_datasets(bench), memory(bench)]
