# SPDX-License-Identifier: MIT
"""Counts of clipped values belong to the colour limits that they are reported with: other limits of a stack change no
frame, so the counts are then those of the new limits or none, never those of the old ones."""
import h5py
import numpy as np
import pytest

import nsr


@pytest.fixture(scope="module")
def values(place):
    numbers = np.random.default_rng(3).random((300, 8, 10)).astype("f4")
    with h5py.File(place / "a.h5", "w") as f:
        f["rate"] = numbers
    return numbers


def counts(values, low, high):
    return {"below": int((values < low).sum()), "above": int((values > high).sum()), "no_data": 0}


@pytest.mark.parametrize("ranks", [0, 2])
def test_other_limits(place, values, tmp_path, ranks):
    render = ["render", place / "a.h5", "-o", tmp_path / "o.nsr"]
    assert nsr.run(*render, "--vmin=0.2", "--vmax=0.9", ranks=ranks) and \
        nsr.manifest(tmp_path / "o.nsr")["clipped"] == counts(values, 0.2, 0.9)
    done = nsr.run(*render, "--vmin=0.5", "--vmax=0.6", "--json", ranks=ranks)
    found = nsr.manifest(tmp_path / "o.nsr")
    assert done.json["clipped"] == found["clipped"] == {"below": None, "above": None, "no_data": 0}
    assert all(segment[:2] == [None, None] for segment in found["clipped_by_segment"])
    assert "clipped: not counted" in done.err and "0 rendered in this run" in done.err
    done = nsr.run(*render, "--vmin=0", "--vmax=0.6", ranks=ranks)
    assert nsr.manifest(tmp_path / "o.nsr")["clipped"] == {"below": 0, "above": None, "no_data": 0}
    nsr.run(*render, "--vmin=-1", "--vmax=2", ranks=ranks)
    assert nsr.manifest(tmp_path / "o.nsr")["clipped"] == counts(values, -1, 2)


def test_frames_that_are_rendered_count_again(place, values, tmp_path):
    render = ["render", place / "a.h5", "-o", tmp_path / "o.nsr"]
    nsr.run(*render, "--vmin=0.2")
    nsr.run(*render, "--vmin=0.5", "--format", "zarr,hash")
    assert nsr.manifest(tmp_path / "o.nsr")["clipped"] == counts(values, np.float32(0.5), 1)


def test_some_segments_of_other_limits(place, values, tmp_path):
    """A damaged segment is rendered with the new limits; the sum stays unknown."""
    render = ["render", place / "a.h5", "-o", tmp_path / "o.nsr", "--segment-frames", 64, "--format", "zarr"]
    nsr.run(*render, "--vmin=0.2")
    next((tmp_path / "o.nsr").rglob("c.1.0.0")).unlink()
    nsr.run(*render, "--vmin=0.5")
    found = nsr.manifest(tmp_path / "o.nsr")
    assert found["clipped"]["below"] is None and found["clipped"]["above"] == 0
    assert [segment[0] is None for segment in found["clipped_by_segment"]] == [True, False, True, True, True]
    assert found["clipped_by_segment"][1][0] == int((values[64:128] < 0.5).sum())
