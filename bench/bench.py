# SPDX-License-Identifier: MIT
"""Measures the program against peers and limits and says whether the bars hold. Started by run.sh.

Jobs of a group run in turn, A B C A B C: a noisy neighbour then hits all of them. Kept is the median, over the rounds,
of the ratio of two jobs of the same round, never a time. CPU is user + system of a whole process with its children; of
Python peers it is the job alone, without imports, in their favour."""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "peers")
SIZE = "800x600"


@dataclass
class Job:
    """One command. `{out}` in it becomes a name that no earlier run has used. `amount`: frames; results are per frame."""
    name: str
    argv: list
    amount: float = 1
    reports: bool = False  # the last line of its stdout has its own wall and cpu


@dataclass
class Row:
    """`over` / `under` of one quantity (per frame), or `over` alone, against a bar."""
    what: str
    quantity: str  # wall, cpu (seconds) or rss (MB)
    over: str
    under: str
    sense: str     # <=, >= or ~ (differs by less than the bar)
    bar: float

    def holds(self, value):
        return {"<=": value <= self.bar, ">=": value >= self.bar, "~": abs(value - 1) < self.bar}[self.sense]

    def bar_text(self):
        return f"1 ± {self.bar:g}" if self.sense == "~" else f"{self.sense} {self.bar:.3g}"


@dataclass
class Group:
    title: str
    jobs: list
    rows: list
    rounds: int
    inputs: list = field(default_factory=list)


class Bench:
    def __init__(self, program, limits, scratch, quick):
        self.program, self.limits, self.quick = program, limits, quick
        self.scratch = os.path.join(scratch, f"bench-{os.getpid()}")
        self.runs = 0
        os.makedirs(self.scratch)

    # --- commands ---

    def nsr(self, name, *words, amount=1.0):
        return Job(name, [self.program, *words, "--progress", "none", "--quiet"], amount)

    def limit(self, name, program, *words, amount=1.0, reports=False):
        return Job(name, [os.path.join(self.limits, program), *map(str, words)], amount, reports)

    def peer(self, name, script, *words, amount=1.0):
        return Job(name, [sys.executable, os.path.join(PEERS, script), *map(str, words)], amount, reports=True)

    def pick(self, full, quick):
        return quick if self.quick else full

    def recording(self, name, *words):
        path = os.path.join(self.scratch, name)
        subprocess.run([self.program, "synth", path, "--grid", "40x40", *map(str, words)], check=True,
                       stdout=subprocess.DEVNULL)
        return path

    # --- measuring ---

    def run(self, job):
        self.runs += 1
        out, result = (os.path.join(self.scratch, f"{name}-{self.runs:04d}") for name in ("out", "result"))
        argv = [os.path.join(self.limits, "launch"), result, *(word.replace("{out}", out) for word in job.argv)]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            tail = done.stderr.decode(errors="replace")[-2000:]
            sys.exit(f"bench: {' '.join(argv[2:])}: exit {done.returncode}\n{tail}")
        with open(result) as file:
            use = json.load(file)
        use.update(json.loads(done.stdout.splitlines()[-1]) if job.reports else {})
        return {"wall": use["wall"] / job.amount, "cpu": use["cpu"] / job.amount, "rss": use["rss"]}

    def rounds_of(self, group):
        for path in group.inputs:  # virtual machines give page cache back: a file unused for minutes is slow again
            with open(path, "rb", buffering=0) as file:
                while file.read(1 << 24):
                    pass
        for job in group.jobs if group.rounds > 1 else []:
            self.run(job)  # warm-up
        for number in range(group.rounds):
            say(f"{group.title}: round {number + 1} of {group.rounds}")
            yield {job.name: self.run(job) for job in group.jobs}

    def judge(self, group):
        rounds = list(self.rounds_of(group))
        for row in group.rows:
            pairs = [(r[row.over][row.quantity], r[row.under][row.quantity] if row.under else 1.0) for r in rounds]
            value = statistics.median(a / b for a, b in pairs)
            yield {"group": group.title, "what": row.what, "quantity": row.quantity, "over": row.over,
                   "under": row.under,
                   "over_median": statistics.median(a for a, _ in pairs),
                   "under_median": statistics.median(b for _, b in pairs) if row.under else None,
                   "value": value, "bar": row.bar_text(), "ok": row.holds(value),
                   "amounts": {j.name: j.amount for j in group.jobs if j.name in (row.over, row.under)}}


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


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
        jobs += [bench.nsr(f"range, {n} thr", "range", path, "--threads", str(n)),
                 bench.limit(f"pread+min/max, {n} thr", "range", path, offset, size, n)]
        rows += [Row(f"speed against pread + min/max, {n} thread{'s' * (n > 1)}", "wall", f"pread+min/max, {n} thr",
                     f"range, {n} thr", ">=", 0.8)]
    rows += [Row("CPU against h5py + NumPy", "cpu", "range, 1 thr", "h5py+numpy", "<=", 0.65)]
    return Group("range, contiguous float32", jobs, rows, bench.pick(7, 2), [path])


def range_gzip(bench):
    path = bench.recording("gzip.h5", "--frames", bench.pick(100_000, 10_000), "--storage", "gzip")
    jobs = [bench.peer("h5py+numpy", "numpy_range.py", path)]
    jobs += [bench.nsr(f"range, {n} thr", "range", path, "--threads", str(n)) for n in threads()]
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
        jobs += [bench.nsr(f"range, {name}", "range", path, "--memory", "64M"),
                 bench.nsr(f"render null, {name}", "render", path, "-o", "{out}", "--format", "null",
                           "--memory", "64M")]
    rows = [Row(f"peak memory of {job}, many frames against 10 k", "rss", f"{job}, 1 M", f"{job}, 10 k", "~", 0.05)
            for job in ("range", "render null")]
    return Group("memory, --memory 64M", jobs, rows, bench.pick(3, 1), paths)


def start(bench):
    path = bench.recording("start.h5", "--frames", 100)
    job = bench.nsr("render 100 png", "render", path, "-o", "{out}", "--format", "png")
    return Group("start", [job], [Row("100 PNG frames without mpirun, seconds", "wall", job.name, "", "<=", 0.15)],
                 bench.pick(7, 3), [path])


GROUPS = {"range": range_contiguous, "gzip": range_gzip, "png": png, "video": video, "memory": memory, "start": start}


def threads():
    return [1, 2] if len(os.sched_getaffinity(0)) > 1 else [1]


# --- what it prints ---

def amount_text(row, value):
    if value is None:
        return ""
    if row["quantity"] == "rss":
        return f"{value:.1f} MB"
    return f"{value:.3f} s" if value >= 0.1 else f"{value * 1e3:.3f} ms"


def table(results):
    lines = [("", "A", "", "B", "", "A/B", "bar", "")]
    for row in results:
        lines += [(row["what"], row["over"], amount_text(row, row["over_median"]), row["under"],
                   amount_text(row, row["under_median"]), f"{row['value']:.3f}", row["bar"],
                   "ok" if row["ok"] else "FAILS")]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def machine(bench):
    from importlib.metadata import version
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    packages = ("neurospatial", "numpy", "h5py", "matplotlib")
    copies = {n: json.loads(subprocess.run([os.path.join(bench.limits, "memcpy"), str(n)], check=True,
                                           capture_output=True).stdout) for n in threads()}
    return {"cpu": cpu, "cpus": len(os.sched_getaffinity(0)), "system": platform.platform(), "load": os.getloadavg()[0],
            "memcpy_gb_s": {n: c["amount"] / c["wall"] / 1e9 for n, c in copies.items()},
            "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}}}


def main():
    parser = argparse.ArgumentParser(description="the program against peers and limits")
    parser.add_argument("--quick", action="store_true", help="few frames and rounds: does everything run? no verdict")
    parser.add_argument("--only", default=",".join(GROUPS), help=f"comma-separated: {', '.join(GROUPS)}")
    parser.add_argument("--program", required=True)
    parser.add_argument("--limits", required=True, help="directory of the built limits")
    parser.add_argument("--scratch", required=True, help="directory for inputs and outputs (12 GB)")
    parser.add_argument("--json", required=True, help="file for the results")
    args = parser.parse_args()
    unknown = set(args.only.split(",")) - set(GROUPS)
    if unknown:
        parser.error(f"no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    bench = Bench(args.program, args.limits, args.scratch, args.quick)
    try:
        about = machine(bench)
        # All files stay until the end: after many deletions file systems create files slowly for minutes.
        results = [row for name in args.only.split(",") for row in bench.judge(GROUPS[name](bench))]
    finally:
        shutil.rmtree(bench.scratch, ignore_errors=True)
    with open(args.json, "w") as file:
        json.dump({"quick": args.quick, "machine": about, "rows": results}, file, indent=1)
    print(f"{about['cpu']}, {about['cpus']} cpus; memcpy "
          + ", ".join(f"{speed:.1f} GB/s ({n} thr)" for n, speed in about["memcpy_gb_s"].items()))
    print(table(results))
    return 0 if args.quick or all(row["ok"] for row in results) else 1


if __name__ == "__main__":
    sys.exit(main())
