# SPDX-License-Identifier: MIT
"""The protocol of segments: small frames and default options, where writing down what is finished costs most.

Against zarr-python writing the same array in one process. tests/fault/shim.c counts flushes of the bundle; slow_flush.c
adds 100 ms to each, as on the file system of a cluster. `join` gets all parts of the summary and the overview."""
import json
import os
import subprocess

from measure import Group, Row


def array_of(bench, path):
    """Frames of a chunk and of a shard that the program chooses."""
    out = os.path.join(bench.scratch, "chosen.nsr")
    subprocess.run([bench.program, "render", path, "-o", out, "--quiet"], check=True)
    with open(os.path.join(out, "frames.ome.zarr/0/zarr.json")) as file:
        about = json.load(file)
    return (about["codecs"][0]["configuration"]["chunk_shape"][0],
            about["chunk_grid"]["configuration"]["chunk_shape"][0])


def small_frames(bench):
    frames = bench.pick(100_000, 10_000)
    path = bench.recording("small-frames.h5", "--frames", frames)
    quarter = bench.recording("a-quarter.h5", "--frames", frames // 4)

    def render(name, *words, of=path, **more):
        return bench.nsr(name, "render", of, "-o", "{out}", *words, **more)

    def join(name, of, n):
        return bench.nsr(name, "join", "{out}", amount=n, before=render("share", "--share", "1/1", of=of))

    def preload(library):
        return {"LD_PRELOAD": os.path.abspath(os.path.join(bench.limits, library))}

    counting = {**preload("shim.so"), "SHIM_CALLS": "fsync,syncfs", "SHIM_PATH": "{out}", "SHIM_LOG": "{calls}"}
    usual = "render"
    jobs = [render(usual), render("render, 1 thr", "--threads", "1"), render("flushes counted", env=counting),
            render("slow flushes", env=preload("slow_flush.so")),
            join("join", path, frames), join("join a quarter", quarter, frames // 4),
            bench.peer("zarr-python", "zarr_script.py", path, "{out}", *array_of(bench, path))]
    rows = [Row("time against zarr-python, same array", "wall", usual, "zarr-python", "<=", 0.5),
            Row("the same with one thread", "wall", "render, 1 thr", "zarr-python", "", 0),
            Row("system time, seconds", "sys", usual, "", "<=", 0.5),
            Row("flushes: 50, and one a second", "calls", "flushes counted", "", "<=", 60),
            Row("100 ms more for each flush: time against the same without", "wall", "slow flushes", usual, "<=", 1.5),
            Row("join, seconds for each further frame", "wall", "join", "", "<=", 1e-6, beyond="join a quarter"),
            Row("join, seconds a frame, with all that is done once", "wall", "join", "", "", 0)]
    return Group(f"{frames:,} frames of 40x40, default options", jobs, rows, bench.pick(5, 1), [path, quarter],
                 large=True)


def groups(bench):
    return [small_frames(bench)]
