# SPDX-License-Identifier: MIT
"""Measures the program against peers and limits and reports whether the bars hold. Started by run.sh."""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys

import faults
import percentiles
import protocol
import sources
import zarr_stack
from measure import Bench, Group, Row, threads

SIZE = "800x600"


def posterior(path):
    """Where the values lie: offset (None when chunked) and bytes."""
    import h5py
    with h5py.File(path) as file:
        data = file["posterior"]
        return data.id.get_offset(), data.size * data.dtype.itemsize


# --- the groups: what is compared with what ---

def range_contiguous(bench):
    path = bench.recording("plain.h5", "--frames", bench.pick(500_000, 50_000))
    offset, size = posterior(path)
    jobs, rows = [bench.peer("h5py+numpy", "numpy_range.py", path)], []
    for n in threads():
        jobs += [bench.nsr(f"range, {n} thr", "range", path, "--percentile", "none", "--threads", str(n)),
                 bench.limit(f"pread+min/max, {n} thr", "range", path, offset, size, n)]
        rows += [Row(f"speed against pread + min/max, {n} thread{'s' * (n > 1)}", "wall", f"pread+min/max, {n} thr",
                     f"range, {n} thr", ">=", 0.8)]
    rows += [Row("CPU against h5py + NumPy", "cpu", "range, 1 thr", "h5py+numpy", "<=", 0.65)]
    return Group("range, contiguous float32", jobs, rows, bench.pick(7, 2), [path])


def range_gzip(bench):
    path = bench.recording("gzip.h5", "--frames", bench.pick(100_000, 10_000), "--storage", "gzip")
    jobs = [bench.peer("h5py+numpy", "numpy_range.py", path)]
    jobs += [bench.nsr(f"range, {n} thr", "range", path, "--percentile", "none", "--threads", str(n))
             for n in threads()]
    rows = [Row("CPU against h5py + NumPy", "cpu", "range, 1 thr", "h5py+numpy", "<=", 0.45)]
    rows += [Row(f"speed of {n} threads against 1", "wall", "range, 1 thr", f"range, {n} thr", ">=", 1.7)
             for n in threads()[1:]]
    return Group("range, gzip + shuffle", jobs, rows, bench.pick(5, 2), [path])


def png(bench):
    frames, few = bench.pick(10_000, 500), bench.pick(200, 40)
    path = bench.recording("png.h5", "--frames", frames)
    jobs = [bench.nsr("render png", "render", path, "-o", "{out}", "--format", "png", "--size", SIZE, "--max-files",
                      "1000000", "--threads", "1", amount=frames),
            bench.limit("libpng RGB", "png", path, posterior(path)[0], few, 40, 40, *SIZE.split("x"), amount=few,
                        reports=True),
            bench.peer("neurospatial", "neurospatial_frames.py", "png", path, few, "{out}", amount=few)]
    rows = [Row("CPU a frame against libpng's RGB default", "cpu", "render png", "libpng RGB", "<=", 1 / 8),
            Row("CPU a frame against neurospatial, correct frames", "cpu", "render png", "neurospatial", "<=", 1 / 12)]
    return Group(f"PNG, 40x40 bins to {SIZE}", jobs, rows, bench.pick(3, 1), [path])


def video(bench):
    frames, few = bench.pick(4_000, 600), bench.pick(200, 40)
    path = bench.recording("video.h5", "--frames", frames)
    words = ["--format", "video", "--size", SIZE, "--preset", "ultrafast", "--crf", "23", "--every-frame"]
    jobs = [bench.nsr(f"render video, {n} thr", "render", path, "-o", "{out}", *words, "--threads", str(n),
                      amount=frames) for n in threads()]
    jobs += [bench.peer("rgb24 pipe", "ffmpeg_pipe.py", path, frames, SIZE, "ultrafast", "{out}.mp4", amount=frames),
             bench.peer("neurospatial", "neurospatial_frames.py", "video", path, few, "{out}.mp4", amount=few)]
    one = jobs[0].name
    rows = [Row("CPU a frame against neurospatial, correct video", "cpu", one, "neurospatial", "<=", 0.1),
            Row("CPU against an rgb24 pipe into ffmpeg, same preset", "cpu", one, "rgb24 pipe", "<=", 0.5)]
    rows += [Row(f"speed of {n} workers against 1", "wall", one, f"render video, {n} thr", ">=", 1.7)
             for n in threads()[1:]]
    return Group(f"video, 40x40 bins to {SIZE}, ultrafast", jobs, rows, bench.pick(3, 1), [path])


def memory(bench):
    counts = {"10 k": 10_000, "1 M": bench.pick(1_000_000, 100_000)}
    jobs, paths = [], []
    for name, frames in counts.items():
        path = bench.recording(f"memory-{frames}.h5", "--frames", frames)
        paths += [path]
        jobs += [bench.nsr(f"range, {name}", "range", path, "--percentile", "none", "--memory", "64M"),
                 bench.nsr(f"percentiles, {name}", "range", path, "--percentile", "1,99", "--json", "--memory", "64M"),
                 bench.nsr(f"render null, {name}", "render", path, "-o", "{out}", "--format", "null",
                           "--memory", "64M")]
    rows = [Row(f"peak memory of {job}, many frames against 10 k", "rss", f"{job}, 1 M", f"{job}, 10 k", "~", 0.05)
            for job in ("range", "render null")]
    rows += [Row("peak memory of percentiles, MB", "rss", "percentiles, 1 M", "", "<=", 64 + 40)]
    return Group("memory, --memory 64M", jobs, rows, bench.pick(3, 1), paths)


def start(bench):
    path = bench.recording("start.h5", "--frames", 100)
    job = bench.nsr("render 100 png", "render", path, "-o", "{out}", "--format", "png")
    return Group("start", [job], [Row("100 PNG frames without mpirun, seconds", "wall", job.name, "", "<=", 0.15)],
                 bench.pick(7, 3), [path])


def alone(make):
    """A bench of one group."""
    return lambda bench: [make(bench)]


GROUPS = {"range": alone(range_contiguous), "gzip": alone(range_gzip), "percentiles": percentiles.groups,
          "sources": sources.groups, "png": alone(png),
          "video": alone(video), "memory": alone(memory), "start": alone(start), "zarr": zarr_stack.groups,
          "faults": faults.groups, "protocol": protocol.groups}


# --- what it prints ---

def amount_text(row, value):
    if value is None:
        return ""
    if row["quantity"] == "rss":
        return f"{value:.1f} MB"
    if row["quantity"] in ("gb", "files", "folders", "calls"):
        return f"{value:.3g} GB" if row["quantity"] == "gb" else f"{value:.0f}"
    return f"{value:.3f} s" if value >= 0.1 else f"{value * 1e3:.3f} ms" if value >= 1e-4 else f"{value * 1e6:.3f} us"


def value_text(value):
    return f"{value:.3f}" if value >= 0.01 else f"{value:.2g}"


def table(results):
    lines = [("", "A", "", "B", "", "A/B", "bar", "")]
    for row in results:
        lines += [(row["what"], row["over"], amount_text(row, row["over_median"]), row["under"],
                   amount_text(row, row["under_median"]), value_text(row["value"]), row["bar"],
                   "ok" if row["ok"] else "FAILS")]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def machine(bench):
    from importlib.metadata import version
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    packages = ("neurospatial", "numpy", "h5py", "hdf5plugin", "matplotlib", "zarr")
    copies = {n: json.loads(subprocess.run([os.path.join(bench.limits, "memcpy"), str(n)], check=True,
                                           capture_output=True).stdout) for n in threads()}
    return {"cpu": cpu, "cpus": len(os.sched_getaffinity(0)), "system": platform.platform(), "load": os.getloadavg()[0],
            "memcpy_gb_s": {n: c["amount"] / c["wall"] / 1e9 for n, c in copies.items()},
            "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}}}


def main():
    parser = argparse.ArgumentParser(description="the program against peers and limits")
    parser.add_argument("--quick", action="store_true", help="few frames and rounds: does everything run? no verdict")
    parser.add_argument("--only", default=",".join(GROUPS), help=f"comma-separated: {', '.join(GROUPS)}")
    parser.add_argument("--kinds", help="of the sources only those with one of these comma-separated words in the name")
    parser.add_argument("--program", required=True)
    parser.add_argument("--limits", required=True, help="directory of the built limits")
    parser.add_argument("--scratch", required=True, help="directory for inputs and outputs (12 GB)")
    parser.add_argument("--json", required=True, help="file for the results")
    args = parser.parse_args()
    unknown = set(args.only.split(",")) - set(GROUPS)
    if unknown:
        parser.error(f"no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    bench = Bench(args.program, args.limits, args.scratch, args.quick, args.kinds.split(",") if args.kinds else [])
    try:
        about = machine(bench)
        # All outputs stay until the end: after many deletions file systems create files slowly for minutes.
        results = [{"bench": name, **row} for name in args.only.split(",") for group in GROUPS[name](bench)
                   for row in bench.judge(group)]
    finally:
        shutil.rmtree(bench.scratch, ignore_errors=True)
    with open(args.json, "w") as file:
        json.dump({"quick": args.quick, "machine": about, "rows": results}, file, indent=1)
    print(f"{about['cpu']}, {about['cpus']} cpus; memcpy "
          + ", ".join(f"{speed:.1f} GB/s ({n} thr)" for n, speed in about["memcpy_gb_s"].items()))
    of_sources = [row for row in results if row["bench"] == "sources"]
    if len(results) > len(of_sources):
        print(table([row for row in results if row["bench"] != "sources"]))
    if of_sources:
        print(sources.table(of_sources))
    return 0 if args.quick or all(row["ok"] for row in results) else 1


if __name__ == "__main__":
    sys.exit(main())
