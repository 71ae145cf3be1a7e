# SPDX-License-Identifier: MIT
"""Libraries of fault/, compiled when first needed, and runs with shim.c."""
import atexit
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "fault"


@functools.cache
def library(name="shim"):
    folder = tempfile.mkdtemp(prefix="nsr-shim-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, f"{name}.so")
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", path, FOLDER / f"{name}.c", "-ldl",
                    "-lpthread"], check=True, timeout=60)
    return path


def env(calls, path="", at=0, do="", rank=None, many=False, log="", least=""):
    """For nsr.run(..., env=...): the at-th of the calls whose path holds `path` fails as `do` specifies."""
    said = {"LD_PRELOAD": library(), "SHIM_CALLS": calls, "SHIM_PATH": path, "SHIM_AT": at, "SHIM_DO": do,
            "SHIM_RANK": "" if rank is None else rank, "SHIM_MANY": "1" if many else "", "SHIM_LOG": log, "SHIM_LEAST": least}
    return {name: value for name, value in said.items() if value != ""}


def counts(log):
    """(calls, bytes read) summed over the processes that ended by themselves."""
    rows = [tuple(map(int, line.split())) for line in pathlib.Path(log).read_text().splitlines()]
    return tuple(map(sum, zip(*rows)))
