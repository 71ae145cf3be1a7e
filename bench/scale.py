# SPDX-License-Identifier: MIT
"""What all ranks together ask of MPI and of the file system, for more and more ranks on this machine.

usage: bench/scale.py PROGRAM [FOLDER] -- needs mpicc and cc; prints the table of docs/SCALING.md. Counts do not depend
on the speed of the machine. Each count of a file system call is a run of its own under tests/fault/shim.c."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
RANKS = (1, 2, 4, 8, 16, 32, 64)
CALLS = {"input opened": ("open", "walk.h5"), "bundle opened": ("open", "o.nsr"), "renamed": ("rename", "o.nsr"),
         "flushed": ("fsync,syncfs", "o.nsr")}
ENV = os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                    "OMPI_MCA_rmaps_base_oversubscribe": "1"}


def build(folder):
    libraries = {}
    for name, compiler, source in (("mpi", "mpicc", "tests/mpi/count_mpi.c"), ("shim", "cc", "tests/fault/shim.c")):
        libraries[name] = folder / f"{name}.so"
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", libraries[name], ROOT / source, "-ldl"], check=True)
    return libraries


def render(program, folder, ranks, settings):
    """`settings` reach the program, not mpirun."""
    shutil.rmtree(folder / "o.nsr", ignore_errors=True)
    subprocess.run(["mpirun", "-n", str(ranks), "--bind-to", "none", "env", *(f"{k}={v}" for k, v in settings.items()), program,
                    "render", folder / "walk.h5", "-o", folder / "o.nsr", "--threads", "1", "--quiet"], check=True, env=ENV)


def lines_of(log):
    return log.read_text().splitlines() if log.exists() else []


def counts(program, folder, libraries, ranks):
    log = folder / f"mpi-{ranks}.jsonl"
    render(program, folder, ranks, {"LD_PRELOAD": libraries["mpi"], "COUNT_LOG": log})
    rows = [json.loads(line) for line in lines_of(log)]
    found = {"reductions a rank": max(row["reductions"] for row in rows),
             "broadcasts a rank": max(row["broadcasts"] for row in rows),
             "bytes gathered": sum(row["gathered_bytes"] for row in rows)}
    for name, (call, path) in CALLS.items():
        log = folder / f"{name.replace(' ', '-')}-{ranks}.log"
        render(program, folder, ranks, {"LD_PRELOAD": libraries["shim"], "SHIM_CALLS": call, "SHIM_PATH": path, "SHIM_LOG": log})
        found[name] = sum(int(line.split()[0]) for line in lines_of(log))
    return found


def main(program, place=None):
    folder = pathlib.Path(tempfile.mkdtemp(dir=place))
    libraries = build(folder)
    subprocess.run([program, "synth", folder / "walk.h5", "--frames", "20000", "--grid", "40x40"], check=True, stdout=subprocess.DEVNULL)
    table = {ranks: counts(program, folder, libraries, ranks) for ranks in RANKS}
    print("| all ranks together |", " | ".join(map(str, RANKS)), "|\n|---|", "---|" * len(RANKS), sep="")
    for name in table[1]:
        print(f"| {name} |", " | ".join(str(table[ranks][name]) for ranks in RANKS), "|")
    held = {"the input is opened at most ranks + 2 times": all(table[p]["input opened"] <= p + 2 for p in RANKS),
            "at most 70 reductions a run": all(table[p]["reductions a rank"] <= 70 for p in RANKS),
            "gathered bytes grow with the ranks, not with their square":
                table[64]["bytes gathered"] <= 4 * table[16]["bytes gathered"]}
    for what, holds in held.items():
        print(f"{'ok    ' if holds else 'FAILED'}  {what}")
    shutil.rmtree(folder)
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
