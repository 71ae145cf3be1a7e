# SPDX-License-Identifier: MIT
"""A joined video is what was rendered, whichever node wrote which page. What is flushed when is tested by
test_26_group_commit.py."""
import pytest

import nsr
import shim

WORDS = ("--format", "video", "--size", "480x360", "--segment-frames", 50)


@pytest.fixture(scope="module")
def undisturbed(recording, place):
    nsr.run("render", recording, "-o", place / "want.nsr", *WORDS)
    return place / "want.nsr"


@pytest.mark.parametrize("ranks, rank", [(0, None), (3, 0)])
def test_a_page_that_another_node_wrote_over(recording, undisturbed, tmp_path, ranks, rank):
    bundle = tmp_path / "o.nsr"
    env = shim.env("copy", "video.mp4", 4, "lose", rank=rank)
    nsr.fails(nsr.IO, "render", recording, "-o", bundle, *WORDS, ranks=ranks, env=env,
              says=["video.mp4: segment 3 is not in the file as it was written", "check the file system"])
    assert not (bundle / "manifest.json").exists() and not (bundle / "video.mp4").exists()
    nsr.run("resume", bundle, "--check", "hash", ranks=ranks)
    nsr.assert_same(bundle, undisturbed)


@pytest.mark.parametrize("ranks", [2, 3, 7])
def test_slices_of_ranks(recording, undisturbed, tmp_path, ranks):
    """The head and all tables are written by those whose slice they lie in; most ranks have nothing to write here."""
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", *WORDS, ranks=ranks)
    nsr.assert_same(tmp_path / "o.nsr", undisturbed)
