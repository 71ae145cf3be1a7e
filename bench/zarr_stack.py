# SPDX-License-Identifier: MIT
"""Stacks: a recording of 100x100 bins into frames.ome.zarr, against zarr-python writing the same array, and memcpy.

Segments have the length that a recording of a million frames has. The program makes the overview and the summary, too,
which the peer does only where it says: "stack" is the program with the stack as its only output (bench/stack.c).
"overview" and "summary" are also made alone. GB are of values as float32. Of a million frames of a small grid only files
and folders are counted."""
from measure import Group, Row, threads

GB = 1e9
BINS, CHUNK, SHARD = 100, 64, 1024
MILLION = 1_000_000


def speed(bench):
    frames = bench.pick(50_000, 5_000)
    path = bench.recording("stack.h5", "--frames", frames, "--grid", f"{BINS}x{BINS}")
    amount, lengths = frames * BINS * BINS * 4 / GB, ("--segment-frames", str(SHARD), "--chunk-frames", str(CHUNK))

    def render(name, outputs, n):
        return bench.nsr(name, "render", path, "-o", "{out}", "--format", outputs, *lengths, "--threads", str(n),
                         amount=amount)

    jobs = [render(f"render, {n} thr", "zarr", n) for n in threads()]
    alone = "stack"
    jobs += [bench.helper(alone, "bench-stack", "render", path, "-o", "{out}", "--format", "zarr", *lengths,
                          "--threads", 1, "--progress", "none", "--quiet", amount=amount, reports=False)]
    jobs += [render(outputs, outputs, 1) for outputs in ("overview", "summary")]
    jobs += [bench.peer(name, "zarr_script.py", path, "{out}", CHUNK, SHARD, *more, amount=amount)
             for name, more in (("zarr-python", ()), ("the same and all numbers", ("all",)),
                                ("zarr-python's default", ("default",)))]
    jobs += [bench.limit("memcpy", "memcpy", 1, amount=2**30 / GB, reports=True)]
    one = jobs[0].name
    rows = [Row("CPU of the stack alone against zarr-python, same array", "cpu", alone, "zarr-python", "<=", 0.3),
            Row("CPU of stack, overview and summary against the same", "cpu", one, "zarr-python", "", 0),
            Row("CPU against zarr-python and NumPy, same numbers", "cpu", one, "the same and all numbers", "<=", 0.3),
            Row("speed of the stack alone against zarr-python", "wall", "zarr-python", alone, "", 0)]
    rows += [Row(f"speed against memcpy, {n} thread{'s' * (n > 1)}", "wall", "memcpy", f"render, {n} thr", "", 0)
             for n in threads()]
    rows += [Row(f"speed of {n} threads against 1", "wall", one, f"render, {n} thr", "", 0) for n in threads()[1:]]
    rows += [Row(f"CPU of {part} alone against all", "cpu", part, one, "", 0)
             for part in ("overview", "summary")]
    rows += [Row("bytes against float32", "gb", one, "", "<=", 1),
             Row("bytes against zarr-python's default, which keeps floats", "gb", one, "zarr-python's default", "", 0)]
    return Group(f"stack, {BINS}x{BINS}", jobs, rows, bench.pick(3, 1), [path], large=True)


def files(bench):
    frames = bench.pick(MILLION, MILLION // 10)
    path = bench.recording("small.h5", "--frames", frames, "--grid", "4x4")
    job = bench.nsr("render, small grid", "render", path, "-o", "{out}", "--format", "zarr")
    rows = [Row(f"files of {frames:,} frames", "files", job.name, "", "<=", 1200),
            Row(f"folders of {frames:,} frames", "folders", job.name, "", "<=", 20)]
    return Group("files", [job], rows, 1, [])


def groups(bench):
    return [speed(bench), files(bench)]
