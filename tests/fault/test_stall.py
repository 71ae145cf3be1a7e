# SPDX-License-Identifier: MIT
"""--stall-timeout: workers that stand still end the run with 75, and each rank says where it was."""
import re

import pytest

import nsr
import shim

WORDS = ("--segment-frames", 16, "--threads", 1, "--stall-timeout", 2)


def hang(calls, path):
    """A file system that does not answer for a minute."""
    return {**shim.env(calls, path, 1, "nap", many=True), "SHIM_MS": "60000"}


@pytest.mark.parametrize("ranks", [0, 3])
def test_a_worker_that_hangs_in_the_system(recording, tmp_path, ranks):
    bundle = tmp_path / "o.nsr"
    done = nsr.run("render", recording, "-o", bundle, *WORDS, ranks=ranks, code=None, timeout=50,
                   env=hang("write,pwrite", "frames.ome.zarr/0"))
    assert done.code == nsr.STOPPED and done.seconds < 40, done
    where = r"rank \d on \S+, worker 0: at segment \d+ since [2-9]"
    assert re.search(where, done.err) and "hangs in the system" in done.err, done
    nsr.run("resume", bundle)
    nsr.run("verify", bundle, "--against", recording)


def test_slow_work_is_no_stall(recording, tmp_path):
    """Every call takes its time, and frames are finished."""
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", *WORDS,
            env={**shim.env("read,pread", "made-up.h5", 1, "nap", many=True), "SHIM_MS": "100"})
