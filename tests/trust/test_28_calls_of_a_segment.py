# SPDX-License-Identifier: MIT
"""What a segment costs in calls of the file system, and a short run in flushes."""
import shutil

import pytest

import nsr
import shim


def calls_of(recording, bundle, call, path, segment_frames):
    log = bundle.parent / f"{call}-{segment_frames}.log"
    nsr.run("render", recording, "-o", bundle, "--segment-frames", segment_frames, "--threads", 1, env=shim.env(call, path, log=log))
    shutil.rmtree(bundle)
    return shim.counts(log)[0]


@pytest.mark.parametrize("call, most", [("open", 6), ("rename", 1), ("mkdir", 0), ("unlink", 2), ("fsync,syncfs", 0)])
def test_calls_of_a_segment(recording, tmp_path, call, most):
    """Of the default outputs, for each further segment: three files are written, and the joins read two of them, the
    summary's twice. Two are removed at the end."""
    few, many = (calls_of(recording, tmp_path / "o.nsr", call, "o.nsr", frames) for frames in (64, 16))
    assert 0 <= many - few <= most * (32 - 8) + 1, f"{call}: {few} of 8 segments, {many} of 32"


def test_flushes_of_a_short_run(recording, tmp_path):
    assert calls_of(recording, tmp_path / "o.nsr", "fsync,syncfs", "o.nsr", 64) <= 5
