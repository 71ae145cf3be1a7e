# SPDX-License-Identifier: MIT
"""/dev/shm that is small, as in containers: the result is the same, or a message of ours names it. (The limits of control
groups: unit/test_cgroup.c; many cpus: unit/test_machine.c.)"""
import shutil
import subprocess

import pytest

import nsr
import shim

ALONE = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size="$0" tmpfs /dev/shm && exec "$@"']


def may_mount():
    return shutil.which("unshare") and subprocess.run([*ALONE, "1M", "true"], capture_output=True).returncode == 0


@pytest.mark.parametrize("size", ["64M", "1M", "100k", "4k"])
def test_shared_memory(recording, size):
    if not may_mount():
        pytest.skip("this account cannot mount a /dev/shm of its own")
    done = subprocess.run([*ALONE, size, *nsr.command("range", recording, "--json", ranks=2)], env=nsr.ENV, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == (nsr.INTERNAL if size == "4k" else nsr.OK), done.stderr
    assert ("/dev/shm is full" in done.stderr) == (size == "4k"), done.stderr


def test_full_shared_memory(recording):
    """Open MPI would wait for ever."""
    small = {"LD_PRELOAD": shim.library("small_machine"), "SMALL_SHM": "0"}
    nsr.fails(nsr.INTERNAL, "range", recording, ranks=2, env=small, says=["/dev/shm is full", "--shm-size"])
    nsr.run("range", recording, ranks=1, env=small)


def test_mpi_without_threads(recording):
    small = {"LD_PRELOAD": shim.library("small_machine"), "SMALL_PROVIDED": "0"}
    nsr.fails(nsr.INTERNAL, "range", recording, ranks=2, env=small, says="MPI_THREAD_FUNNELED")
    nsr.run("range", recording, env=small)
