# SPDX-License-Identifier: MIT
"""Opening and stepping in napari, clients against each other: tables, and whether the bars hold. Started by napari.sh.

Opening and memory: each client in a process of its own, in turn. Open: the first frame is seen as it stays; whole: what
the launcher adds after it (the overview, the animal) is there, too. Steps: all clients in one window, in turn; what counts
is the median, over the rounds, of the ratio of two medians of the same round. "Slice" is napari's set_current_step,
"painted" ends when the picture is on the canvas; without a graphics card painting takes most."""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version

import napari_data
from measure import say
from napari_clients import clients

HERE = os.path.dirname(os.path.abspath(__file__))
NUMPY, OURS, PLAIN, PLUGIN, WHOLE = "NumPy", "launcher", "launcher, codec none", "napari-ome-zarr", "launcher, whole"
LIVE = "neurospatial, memmap"
COLD = ", not in memory"


def run(script, *words):
    """The lines of JSON that a process prints."""
    argv = [sys.executable, os.path.join(HERE, script), *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench: {' '.join(argv)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


# --- measuring ---

def open_cold(path, spec, name):
    """When nothing of the recording is in memory, as for somebody who comes to look at it."""
    napari_data.forget(spec["whole"], *spec["bundles"].values())
    return run("napari_open.py", path, name, 0)[-1]


def measure_open(path, spec, names, rounds, steps):
    turns = []
    for i in range(rounds):
        say(f"opening: round {i + 1} of {rounds}")
        turns.append({name: run("napari_open.py", path, name, steps)[-1] for name in names})
        if spec["whole"]:
            turns[-1].update({name + COLD: open_cold(path, spec, name) for name in (OURS, LIVE)})
    names = list(turns[0])
    found = {name: {key: statistics.median(turn[name][key] for turn in turns) for key in turns[0][name]}
             for name in names}
    for name in names:
        live = LIVE + COLD if name.endswith(COLD) else LIVE
        found[name]["ratio"] = statistics.median(turn[name]["open"] / turn[live]["open"] for turn in turns)
    return found


def percentile(values, share):
    return sorted(values)[round(share * (len(values) - 1))]


def measure_steps(path, rounds, steps):
    """By (sequential or random, client): slice and painted, each with median, p95, and the ratio to NumPy."""
    say("steps")
    turns = {}
    for line in run("napari_steps.py", path, steps, rounds):
        turns.setdefault((line["kind"], line["client"]), []).append(line)
    found = {}
    for (kind, name), mine in turns.items():
        for part in ("slice", "painted"):
            middle = [statistics.median(turn[part]) for turn in mine]
            floor = [statistics.median(turn[part]) for turn in turns[kind, NUMPY]]
            found[f"{kind}, {part}", name] = {
                "median": statistics.median(middle),
                "p95": percentile([value for turn in mine for value in turn[part]], 0.95),
                "ratio": statistics.median(a / b for a, b in zip(middle, floor)),
                "over": statistics.median(a - b for a, b in zip(middle, floor))}
    return found


# --- judging ---

def bars(frames, opened, steps):
    """What, value, bar."""
    yield "memory at the end, launcher, MB", opened[OURS]["end"], 450
    yield "memory at the end, launcher, codec none, MB", opened[PLAIN]["end"], 450
    if frames == 100_000:
        yield "opening against neurospatial, not in memory", opened[OURS + COLD]["ratio"], 1 / 3
        yield "opening against neurospatial, in memory", opened[OURS]["ratio"], 1 / 3
    if frames == 1_000_000:
        yield "opening, s", opened[OURS]["open"], 3
    for name, sequential, jump in ((OURS, 1.15, 1.6), (PLAIN, 1.1, 1.1)):
        yield f"slice against NumPy, sequential, {name}", steps["sequential, slice", name]["ratio"], sequential
        yield f"slice against NumPy, random, {name}", steps["random, slice", name]["ratio"], jump
    yield "a random step painted, napari-ome-zarr, ms", steps["random, painted", PLUGIN]["median"], 60
    more = steps["sequential, painted", WHOLE]["median"] - steps["sequential, painted", OURS]["median"]
    yield "time on screen and the animal, painted, ms more", more, 10


def table(lines):
    widths = [max(len(str(line[i])) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def tables(size):
    lines = [(f"{size['frames']:,} frames", "imports s", "open s", "whole s", "MB added", "MB at the end", "not of files")]
    lines += [(name, *(f"{row[key]:.2f}" for key in ("before", "open", "whole")),
               *(f"{row[key]:.0f}" for key in ("added", "end", "end_anonymous"))) for name, row in size["open"].items()]
    kinds = [f"{kind}, {part}" for kind in ("sequential", "random") for part in ("slice", "painted")]
    yield table(lines)
    lines = [("ms (p95), against NumPy", *kinds)]
    for name in dict.fromkeys(name for _, name in size["steps"]):
        cells = [size["steps"][kind, name] for kind in kinds]
        lines.append((name, *(f"{c['median']:.1f} ({c['p95']:.0f}) {c['ratio']:.2f}" for c in cells)))
    yield table(lines)
    yield table([(what, f"{value:.3g}", f"<= {bar:.3g}", "ok" if value <= bar else "FAILS")
                 for what, value, bar in bars(size["frames"], size["open"], size["steps"])])


def measure(args, frames):
    with tempfile.TemporaryDirectory(dir=args.scratch) as folder:
        say(f"{frames:,} frames")
        spec, path = napari_data.make(args.program, folder, frames), os.path.join(folder, "spec.json")
        with open(path, "w") as file:
            json.dump(spec, file)
        load = [os.getloadavg()[0]]
        opened = measure_open(path, spec, clients(spec), *((1, 20) if args.quick else (3, 100)))
        load.append(os.getloadavg()[0])
        steps = measure_steps(path, *((5, 10) if args.quick else (30, 10)))
        load.append(os.getloadavg()[0])
        return {"frames": frames, "segment": spec["segment"], "chunk": spec["chunk"], "load": load, "open": opened,
                "steps": steps}


def main():
    parser = argparse.ArgumentParser(description="clients in napari against each other")
    parser.add_argument("--quick", action="store_true", help="few steps and rounds: does everything run? no verdict")
    parser.add_argument("--frames", default="10000,100000,1000000", help="comma-separated")
    parser.add_argument("--program", required=True)
    parser.add_argument("--scratch", required=True, help="directory for recordings and bundles (2 GB)")
    parser.add_argument("--json", required=True, help="file for the results")
    args = parser.parse_args()
    sizes = [measure(args, int(frames)) for frames in args.frames.split(",")]
    versions = {name: version(name) for name in ("napari", "napari-ome-zarr", "neurospatial", "zarr", "numpy", "PyQt6")}
    with open(args.json, "w") as file:
        json.dump({"quick": args.quick, "system": platform.platform(), "cpus": len(os.sched_getaffinity(0)),
                   "versions": versions,
                   "sizes": [{**size, "steps": [{"what": what, "client": name, **row}
                                                for (what, name), row in size["steps"].items()]} for size in sizes]},
                  file, indent=1)
    for size in sizes:
        print(*tables(size), f"load {', '.join(f'{load:.1f}' for load in size['load'])}; segments of {size['segment']}, "
              f"chunks of {size['chunk']}", sep="\n\n", end="\n\n")
    held = all(value <= bar for size in sizes for _, value, bar in bars(size["frames"], size["open"], size["steps"]))
    return 0 if args.quick or held else 1


if __name__ == "__main__":
    sys.exit(main())
