# SPDX-License-Identifier: MIT
"""The length of a segment follows from the input and the options alone: by bytes, and so that there are enough."""
import h5py
import pytest

import nsr


@pytest.mark.parametrize("n, want", [(100, 64), (32_767, 64), (32_768, 128), (131_072, 512), (1_000_000, 2048), (40_000_000, 16384)])
def test_segments_depend_on_the_number_of_frames(tmp_path, n, want):
    """The largest power of two that leaves 256 segments, at least 64, of tiny frames at most 16,384."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("p", (n, 2, 3), "f4", chunks=(min(n, 65536), 2, 3))
    plan = nsr.run("plan", tmp_path / "a.h5", "--json", "--format", "hash").json
    assert (plan["frames_per_segment"], plan["n_segments"]) == (want, -(-n // want))


def test_segments_of_many_bins_are_shorter(tmp_path):
    """Until one segment's part of a stack has at most 64 MB, and 4096 frames."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("p", (4_000_000, 300, 300), "f4", chunks=(1, 300, 300))
        file.create_dataset("q", (4_000_000, 30, 30), "f4", chunks=(100, 30, 30))
    plan = nsr.run("plan", tmp_path / "a.h5", "--json", "--format", "hash", "--field", "p").json
    assert plan["frames_per_segment"] == 256 and 256 * 300 * 300 * 2 <= 64 << 20 < 512 * 300 * 300 * 2
    assert nsr.run("plan", tmp_path / "a.h5", "--json", "--field", "q").json["frames_per_segment"] == 4096


def test_segments_for_4096_workers(tmp_path):
    """Where the stack's parts still have 4 MB."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("p", (10_000_000, 40, 40), "f4", chunks=(100, 40, 40))
        file.create_dataset("q", (1_000_000, 40, 40), "f4", chunks=(100, 40, 40))
    plan = {field: nsr.run("plan", tmp_path / "a.h5", "--json", "--field", field).json for field in "pq"}
    assert plan["p"]["frames_per_segment"] == 2048 and plan["p"]["n_segments"] > 4096
    assert plan["q"]["frames_per_segment"] == 2048 and 2048 * 1600 * 2 > 4 << 20 > 1024 * 1600 * 2


def test_more_workers_than_segments(recording, tmp_path):
    done = nsr.run("plan", recording, "--segment-frames", 400, "--threads", 2, ranks=3)
    assert "for 6 workers" in done.warnings[0] and "without work" in done.warnings[0], done


def test_segments_are_explained(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("q", (1000, 3, 3), "f4")
    assert "at least 256 segments" in nsr.run("plan", tmp_path / "a.h5", "--field", "q").out
