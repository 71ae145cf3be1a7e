# SPDX-License-Identifier: MIT
"""/dev/shm that is small, as in containers: the result is the same, or a message of ours names it. (The limits of control
groups: unit/test_cgroup.c.)"""
import shutil
import subprocess

import pytest

import nsr

ALONE = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size="$0" tmpfs /dev/shm && exec "$@"']


def may_mount():
    return shutil.which("unshare") and subprocess.run([*ALONE, "1M", "true"], capture_output=True).returncode == 0


@pytest.mark.parametrize("size", ["64M", "1M", "100k"])
def test_shared_memory(recording, size):
    if not may_mount():
        pytest.skip("this account cannot mount a /dev/shm of its own")
    done = subprocess.run([*ALONE, size, *nsr.command("range", recording, "--json", ranks=2)], env=nsr.ENV, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode in (nsr.OK, nsr.INTERNAL), done.stderr
    if done.returncode == nsr.INTERNAL:
        assert "/dev/shm is full" in done.stderr, done.stderr
