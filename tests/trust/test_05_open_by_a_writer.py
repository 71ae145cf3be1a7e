# SPDX-License-Identifier: MIT
"""A file that a writer still has open, or left open when it was killed. All values are above 0.5, so a 0 is a number
that nobody wrote."""
import os
import shutil
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest

import nsr

A = (np.random.default_rng(5).random((200, 4, 5)) / 2 + 0.5).astype("f4")
WRITER = """
import h5py, numpy as np, sys
kind, path, values = sys.argv[1], sys.argv[2], np.load(sys.argv[3])
file = h5py.File(path, "w", libver=("v110", "v110") if kind in ("flags", "swmr") else "earliest")
data = file.create_dataset("posterior", shape=values.shape, dtype="f4", chunks=(16, 4, 5), maxshape=(None, 4, 5))
file["time"] = np.arange(200) / 50
if kind == "swmr":
    file.swmr_mode = True
n = 100 if kind == "half" else 200
data[:n] = values[:n]
file.flush()
print("written", flush=True)
sys.stdin.readline()
file.close()
"""


class Writer:
    """Another process that writes the file and keeps it open."""

    def __init__(self, kind, path):
        np.save(path.with_suffix(".npy"), A)
        words = [sys.executable, "-c", WRITER, kind, path, path.with_suffix(".npy")]
        env = {key: value for key, value in os.environ.items() if key != "HDF5_USE_FILE_LOCKING"}
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def __enter__(self):
        assert self.process.stdout.readline() == "written\n"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.process.communicate("\n")


def writes(done):
    return [line for line in done.warnings if "open for writing" in line]


@pytest.mark.parametrize("kind, ranks", [("half", 0), ("whole", 0), ("half", 2)])
def test_warning_while_a_writer_has_it(tmp_path, kind, ranks):
    path = tmp_path / "a.h5"
    with Writer(kind, path) as writer:
        done = nsr.run("render", path, "-o", tmp_path / "a.nsr", ranks=ranks)
        assert len(writes(done)) == 1, done
        assert len(writes(nsr.run("info", path))) == 1
        writer.close()
    assert not writes(nsr.run("info", path))


def test_source_of_a_virtual_dataset(tmp_path):
    layout = h5py.VirtualLayout(A.shape, "f4")
    layout[:] = h5py.VirtualSource("a.h5", "posterior", A.shape)
    with h5py.File(tmp_path / "vds.h5", "w") as file:
        file.create_virtual_dataset("posterior", layout)
    with Writer("half", tmp_path / "a.h5"):
        assert len(writes(nsr.run("range", tmp_path / "vds.h5"))) == 1


def test_readers_are_no_writers(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["posterior"] = A
    with h5py.File(tmp_path / "a.h5", "r"):
        assert not nsr.run("range", tmp_path / "a.h5").warnings


@pytest.mark.parametrize("kind", ["flags", "swmr"])
def test_mark_of_a_killed_writer(tmp_path, kind):
    path = tmp_path / "a.h5"
    with Writer(kind, path) as writer:
        nsr.fails(nsr.DATA, "range", path, says=["marked as being written", "close it there"])
        writer.kill()
    done = nsr.fails(nsr.DATA, "range", path, says=["h5clear -s", "was killed"])
    assert "damaged" not in done.err and "newer format" not in done.err
    if shutil.which("h5clear"):
        subprocess.run(["h5clear", "-s", path], check=True)
        assert nsr.run("range", path, "--json").json["min"] == A.min()
