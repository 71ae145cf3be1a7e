# SPDX-License-Identifier: MIT
"""Damage to a bundle that is mended by shares: each makes its own segments, and touches no record of another."""
import json
import os
import re
import shutil

import pytest

import nsr
import stacks

WORDS = ("--segment-frames", 50)  # ten segments
VIDEO = ("--format", "video", "--size", "36x24", *WORDS)
PICTURES = ("--format", "png", "--size", "36x24", *WORDS)
RANKS = pytest.mark.parametrize("ranks", [0, 2])


def share(recording, bundle, k, *words, ranks=0):
    """How many segments it made."""
    done = stacks.render(recording, bundle, *words, "--share", f"{k}/2", ranks=ranks)
    return int(re.search(r"\b(\d+) rendered in this run", done.err).group(1))


def segments_with(bundle, output):
    return {u for u, record in nsr.record_of(bundle).items() if output in record["outputs"]} - {10}


def cut(path):
    os.truncate(path, path.stat().st_size - 1)


@RANKS
@pytest.mark.parametrize("name, output", [("summary.csv", "summary"), ("overview.ome.zarr/0/c.0.0.0.0", "overview")])
def test_a_damaged_whole_output(recording, finished, bundle, name, output, ranks):
    cut(bundle / name)
    assert share(recording, bundle, 2, *WORDS, ranks=ranks) == 5
    assert segments_with(bundle, output) == {5, 6, 7, 8, 9}
    nsr.fails(nsr.STOPPED, "join", bundle, says="5 of 10 segments")
    assert share(recording, bundle, 1, *WORDS, ranks=ranks) == 5
    nsr.run("join", bundle, ranks=ranks)
    nsr.assert_same(bundle, finished)


@RANKS
def test_a_damaged_head_of_a_video(recording, tmp_path, ranks):
    bundle, want = tmp_path / "o.nsr", tmp_path / "want.nsr"
    stacks.render(recording, want, *VIDEO)
    shutil.copytree(want, bundle)
    content = bytearray((bundle / "video.mp4").read_bytes())
    content[40] ^= 0x55
    (bundle / "video.mp4").write_bytes(content)
    assert share(recording, bundle, 1, *VIDEO, "--check", "hash", ranks=ranks) == 5
    share(recording, bundle, 2, *VIDEO, "--check", "hash", ranks=ranks)
    nsr.run("join", bundle, ranks=ranks)
    nsr.assert_same(bundle, want)


def test_a_whole_output_of_two_ages(recording, finished, bundle):
    """One share lost a record, so its part of the summary is made again: what the other share has in the joined files
    cannot be put beside it."""
    share(recording, bundle, 1, *PICTURES)
    nsr.drop_record(bundle, 0)
    share(recording, bundle, 1, *PICTURES)
    assert nsr.record_of(bundle)[9]["outputs"]["summary"]["path"] == "summary.h5", "there is no part of it"
    nsr.fails(nsr.STOPPED, "join", bundle, says="missing")
    share(recording, bundle, 2, *PICTURES)
    nsr.run("join", bundle)
    nsr.run("verify", bundle)
    now = nsr.tree(bundle)
    assert all(now[name] == content for name, content in nsr.tree(finished).items() if name != "plan.json")
