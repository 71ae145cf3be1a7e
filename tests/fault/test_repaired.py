# SPDX-License-Identifier: MIT
"""Frames that were drawn as no data (`--on-error fill`) are seen when the input is repaired: as a whole, in part, and
whatever frames the range is of. What cannot be read any better is left alone."""
import re
import shutil

import h5py
import numpy as np
import pytest

import nsr
import stacks

WORDS = ("--segment-frames", 50, "--on-error", "fill")
PICTURES = ("--format", "png,video", "--size", "36x24", *WORDS)
STRIDE = ("--format", "png", "--size", "36x24", "--range-stride", 50, *WORDS)
RANKS = pytest.mark.parametrize("ranks", [0, 3])


@pytest.fixture(scope="module")
def good(place):
    """400 frames in chunks of 10."""
    path = place / "good.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("p", data=np.random.default_rng(1).random((400, 6, 9), "f4"), chunks=(10, 6, 9), compression=4)
    return path


def damage(good, path, *frames):
    """A copy of the file in which the chunks of these frames cannot be inflated."""
    with h5py.File(good) as file:
        chunks = [file["p"].id.get_chunk_info_by_coord((frame, 0, 0)) for frame in frames]
    content = bytearray(good.read_bytes())
    for chunk in chunks:
        content[chunk.byte_offset + 8:chunk.byte_offset + chunk.size - 4] = bytes(chunk.size - 12)
    path.write_bytes(content)


def made_now(done):
    return int(re.search(r"\b(\d+) rendered in this run", done.err).group(1))


@RANKS
@pytest.mark.parametrize("words", [WORDS, PICTURES], ids=["stack", "pictures"])
def test_a_part_is_repaired(good, tmp_path, words, ranks):
    path, bundle, fresh = tmp_path / "a.h5", tmp_path / "o.nsr", tmp_path / "fresh.nsr"
    damage(good, path, 110, 310)
    stacks.render(path, bundle, *words, ranks=ranks)
    assert nsr.manifest(bundle)["bad_frames"] == 20
    damage(good, path, 310)
    done = stacks.render(path, bundle, *words, ranks=ranks)
    assert nsr.manifest(bundle)["bad_frames"] == 10
    stacks.render(path, fresh, *words)
    nsr.assert_same(bundle, fresh)
    assert words == WORDS or made_now(done) == 1
    nsr.run("verify", bundle, "--against", path)
    stamps = nsr.stamps(bundle)
    stacks.render(path, bundle, *words, ranks=ranks)
    assert nsr.stamps(bundle) == stamps, "there was nothing to do"


def test_another_part_is_damaged_now(good, tmp_path):
    """As many frames as before cannot be read, and not the same: what was made of good ones stays."""
    path, bundle = tmp_path / "a.h5", tmp_path / "o.nsr"
    damage(good, path, 110)
    stacks.render(path, bundle, *PICTURES)
    damage(good, path, 310)
    assert made_now(stacks.render(path, bundle, *PICTURES)) == 1
    assert nsr.manifest(bundle)["bad_frames"] == 0
    stacks.render(good, tmp_path / "fresh.nsr", *PICTURES)
    shots = [{n: h for n, h in nsr.tree(b).items() if n != "plan.json"} for b in (bundle, tmp_path / "fresh.nsr")]
    nsr.assert_same(*shots)


@RANKS
def test_the_range_is_of_some_good_frames(good, tmp_path, ranks):
    path, bundle, fresh = tmp_path / "a.h5", tmp_path / "o.nsr", tmp_path / "fresh.nsr"
    damage(good, path, 110, 310)
    stacks.render(path, bundle, *STRIDE, ranks=ranks)
    assert nsr.manifest(bundle)["bad_frames"] == 20 and nsr.manifest(bundle)["range"]["n_bad_frames"] == 0
    stamps = nsr.stamps(bundle)
    stacks.render(path, bundle, *STRIDE, ranks=ranks)
    assert nsr.stamps(bundle) == stamps, "segments were made again though nothing was repaired"
    damage(good, path, 310)
    assert made_now(stacks.render(path, bundle, *STRIDE, ranks=ranks)) == 1
    stacks.render(path, fresh, *STRIDE)
    nsr.assert_same(bundle, fresh)


def test_a_stopped_run_keeps_filled_segments(good, tmp_path):
    """Segments that are not made yet are no sign of a repair."""
    path, bundle = tmp_path / "a.h5", tmp_path / "o.nsr"
    damage(good, path, 10, 310)
    for share in ("1/2", "2/2"):
        stacks.render(path, bundle, *PICTURES, "--share", share)
    shutil.rmtree(bundle / "frames" / "000007")
    stamps = nsr.stamps(bundle)
    stacks.render(path, bundle, *PICTURES)
    assert nsr.stamps(bundle)["frames/000000/frame_0000010.png"] == stamps["frames/000000/frame_0000010.png"]
    assert nsr.manifest(bundle)["bad_frames"] == 20
