# SPDX-License-Identifier: MIT
"""How render scales beyond this machine: a model of its scheduling, checked against real runs here.

usage: bench/scale_model.py PROGRAM [FOLDER] [--picture FILE.png]  -- needs numpy, h5py, matplotlib, cc; five minutes

The model is the deal of src/base/queue.c event by event: segment i of rank r has number r + i*ranks; a worker takes its
own rank's segments from the front, then those of the richest rank of its node from the back, never of another node.
Each segment waits for its operations in the one queue of the file system, and then takes its time, longer on a slow
node. It is checked against runs of 1 to 64 ranks whose segments sleep, so that two processors are enough for them, also
with ranks that sleep longer, and, as root with Slurm, on four nodes of tests/cluster of which one is slow."""
import argparse
import heapq
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np

import scale

ROOT = pathlib.Path(__file__).resolve().parents[1]
FRAMES, SEGMENTS = 20000, 313  # of the runs that check the model
BOUND = 0.10             # largest error of the model
LATENCY = 30e-6          # seconds of a message between nodes
CORES = 64               # of a node; a rank on each
WORKERS = (64, 128, 256, 512, 1024, 2048, 4096)
COUNT = {"collectives": 142, "a segment": 2, "a rank": 16}  # calls that open, make or rename a file of the bundle


# --- the model ---

class Queues:
    """What is left of each rank's share: (next, end) indices of its own numbering."""

    def __init__(self, segments, ranks, per_node):
        self.ranks, self.per_node = ranks, per_node
        self.left = [[0, max(0, math.ceil((segments - rank) / ranks))] for rank in range(ranks)]

    def take(self, rank):
        mine = self.left[rank]
        if mine[0] < mine[1]:
            mine[0] += 1
            return rank + (mine[0] - 1) * self.ranks
        node = rank // self.per_node * self.per_node
        rich = max(range(node, min(node + self.per_node, self.ranks)), key=lambda r: self.left[r][1] - self.left[r][0])
        if self.left[rich][0] == self.left[rich][1]:
            return None
        self.left[rich][1] -= 1
        return rich + self.left[rich][1] * self.ranks


def render_seconds(costs, ranks, per_node, slowness=lambda rank: 1, rate=math.inf, a_segment=0, a_rank=0):
    """Until the last of `ranks` workers has ended. `costs`: seconds of each segment; `rate`: operations a second that the
    file system serves, one after another; `a_segment` and `a_rank`: operations that each makes."""
    queues, served, end = Queues(len(costs), ranks, per_node), 0.0, 0.0
    free = [(0.0, rank, True) for rank in range(ranks)]
    while free:
        now, rank, first = heapq.heappop(free)
        if first:
            served = max(served, now) + a_rank / rate
            heapq.heappush(free, (served, rank, False))
            continue
        segment = queues.take(rank)
        if segment is None:
            end = max(end, now)
            continue
        served = max(served, now) + a_segment / rate
        heapq.heappush(free, (served + costs[segment] * slowness(rank), rank, False))
    return end


# --- real runs ---

class Runs:
    """Runs of the program whose segments sleep when they open their file of the stack."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.shim = scale.build(folder)["shim"]
        subprocess.run([program, "synth", folder / "walk.h5", "--frames", str(FRAMES), "--grid", "40x40"], check=True,
                       stdout=subprocess.DEVNULL)

    def script(self, milliseconds, rank, slow_ranks):
        """A program that sleeps `milliseconds` a segment, twice that on the ranks of a shell pattern."""
        path = self.folder / "sleeps"
        path.write_text(f'#!/bin/sh\nexport SHIM_MS={milliseconds} SHIM_CALLS=open SHIM_PATH=frames.ome SHIM_AT=1 SHIM_DO=nap '
                        f'SHIM_MANY=1\ncase {rank} in {slow_ranks}) SHIM_MS={2 * milliseconds} ;; esac\n'
                        f'LD_PRELOAD={self.shim} exec {self.program} "$@"\n')
        path.chmod(0o755)
        return path

    def seconds(self, launch, milliseconds, rank="$OMPI_COMM_WORLD_RANK", slow_ranks="none", env=None):
        shutil.rmtree(self.folder / "o.nsr", ignore_errors=True)
        run = subprocess.run([*launch, self.script(milliseconds, rank, slow_ranks), "render", self.folder / "walk.h5",
                              "-o", self.folder / "o.nsr", "--threads", "1"], capture_output=True, text=True,
                             env=scale.ENV | {"OMPI_MCA_mpi_yield_when_idle": "1"} | (env or {}), timeout=300)
        if run.returncode:
            sys.exit(f"{launch} ended with {run.returncode}:\n{run.stderr[-2000:]}")
        return float(re.search(r"seconds: .*render ([0-9.]+)", run.stderr + run.stdout)[1])


def milliseconds_for(ranks):
    """The run lasts 6 seconds, and longer where two processors need a second to start so many ranks."""
    return round(1000 * (6 if ranks < 32 else 12) * ranks / SEGMENTS)


class Comparison:
    def __init__(self):
        self.worst = 0
        print("| runs of this machine | measured, s | model, s | error |\n|---|---|---|---|")

    def add(self, what, measured, modelled):
        error = modelled / measured - 1
        self.worst = max(self.worst, abs(error))
        print(f"| {what} | {measured:.2f} | {modelled:.2f} | {100 * error:+.1f} % |", flush=True)


def mpirun(ranks):
    return ["mpirun", "-n", str(ranks), "--bind-to", "none"]


def compare(runs):
    """A segment takes its sleep and the same work everywhere, which the run of one rank tells."""
    found = Comparison()
    work = runs.seconds(mpirun(1), milliseconds_for(1)) / SEGMENTS - milliseconds_for(1) / 1000
    for ranks in scale.RANKS[1:]:
        sleep = milliseconds_for(ranks)
        found.add(f"{ranks} ranks", runs.seconds(mpirun(ranks), sleep),
                  render_seconds([sleep / 1000 + work] * SEGMENTS, ranks, ranks))
    for ranks in (4, 16):
        sleep = milliseconds_for(ranks)
        found.add(f"{ranks} ranks, each second one slow", runs.seconds(mpirun(ranks), sleep, slow_ranks="*[13579]"),
                  render_seconds([sleep / 1000 + work] * SEGMENTS, ranks, ranks, lambda rank: 1 + rank % 2))
    compare_nodes(runs, work, found)
    return found.worst


def compare_nodes(runs, work, found):
    """Sixteen ranks on four nodes of which the first is slow: nobody helps it."""
    if os.getuid() != 0 or not shutil.which("slurmctld"):
        print("(nodes of their own were not compared: that needs root and Slurm)")
        return
    cluster, folder = ROOT / "tests/cluster/cluster.sh", runs.folder / "cluster"
    subprocess.run([cluster, "start", folder], check=True, env=os.environ | {"OWNER": str(os.getpid())})
    try:
        launch = [cluster, "run", folder, "srun", "--mpi=pmix", "-N4", "-n16", "-c1", "--mem-per-cpu=500M"]
        for slow in ("none", "n0"):
            sleep = milliseconds_for(16)
            found.add(f"16 ranks on 4 nodes, {'equal' if slow == 'none' else 'one slow'}",
                      runs.seconds(launch, sleep, rank="$SLURMD_NODENAME", slow_ranks=slow),
                      render_seconds([sleep / 1000 + work] * SEGMENTS, 16, 4,
                                     lambda rank: 2 if slow == "n0" and rank < 4 else 1))
    finally:
        subprocess.run([cluster, "stop", folder], check=True)


# --- what it says of a cluster ---

def plan_of(runs, frames):
    """Of a recording of 40 x 40 bins, as the program plans it; nothing of its values is ever written."""
    path = runs.folder / "long.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("posterior", (frames, 1600), "f4")
    said = subprocess.run([runs.program, "plan", path, "--grid", "40x40", "--json"], capture_output=True, text=True, check=True)
    return json.loads(said.stdout)


def measured_costs(runs):
    """Seconds a frame of every segment of a real run by one worker."""
    logs = runs.folder / "logs"
    subprocess.run([runs.program, "render", runs.folder / "walk.h5", "-o", runs.folder / "log.nsr", "--threads", "1",
                    "--format", "zarr,video", "--log-dir", logs, "--quiet"], check=True)
    lines = [json.loads(line) for path in logs.iterdir() for line in path.read_text().splitlines()]
    return np.array([line["seconds"] for line in lines if line.get("event") == "segment"]) / (FRAMES / SEGMENTS)


# How many times as long segments take on the first node, and operations a second that the file system serves.
CASES = {"equal nodes": (1, math.inf), "one node at half speed": (2, math.inf),
         "10,000 file operations a second": (1, 1e4), "1,000 file operations a second": (1, 1e3)}


def predict(runs, frames):
    plan = plan_of(runs, frames)
    draw = np.random.default_rng(1)
    costs = draw.choice(measured_costs(runs), plan["n_segments"]) * plan["frames_per_segment"]
    work, table = costs.sum(), {}
    for name, (slow, rate) in CASES.items():
        for workers in WORKERS:
            seconds = render_seconds(costs, workers, CORES, lambda rank: slow if rank < CORES else 1, rate,
                                     COUNT["a segment"], COUNT["a rank"])
            seconds += COUNT["collectives"] * math.ceil(math.log2(workers)) * LATENCY
            table[name, workers] = (seconds, work / workers / seconds)
    return plan, work, table


def show(plan, work, table):
    print(f"\n{plan['n_frames']} frames, {plan['n_segments']} segments, {work:.0f} s of work; seconds (efficiency)\n")
    print("| workers |", " | ".join(f"{n:,}" for n in WORKERS), "|\n|---|", "---|" * len(WORKERS), sep="")
    for name in CASES:
        print(f"| {name} |", " | ".join(f"{table[name, n][0]:.3g} ({table[name, n][1]:.2f})" for n in WORKERS), "|")


def draw_picture(path, plan, table):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(7, 4), dpi=100, layout="constrained")
    for name, mark in zip(CASES, "os^D"):
        axes.plot(WORKERS, [table[name, n][1] for n in WORKERS], marker=mark, label=name)
    axes.set(xscale="log", ylim=(0, 1.02), xlabel="workers (ranks x threads), on nodes of 64 cores", ylabel="efficiency",
             title=f"A model of render: {plan['n_frames']:,} frames, {plan['n_segments']:,} segments")
    axes.set_xticks(WORKERS, [f"{n:,}" for n in WORKERS])
    axes.minorticks_off()
    axes.grid(alpha=.3)
    axes.legend(fontsize=8)
    figure.savefig(path, pil_kwargs={"optimize": True})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--picture", type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=10_000_000)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(dir=options.folder))
    try:
        runs = Runs(options.program.resolve(), folder)
        worst = compare(runs)
        plan, work, table = predict(runs, options.frames)
        show(plan, work, table)
        if options.picture:
            draw_picture(options.picture, plan, table)
    finally:
        shutil.rmtree(folder)
    print(f"{'ok    ' if worst <= BOUND else 'FAILED'}  the model is within {100 * BOUND:.0f} % of every run ({100 * worst:.1f} %)")
    return 0 if worst <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
