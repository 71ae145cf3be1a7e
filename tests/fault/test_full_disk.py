# SPDX-License-Identifier: MIT
"""A full disk stops the run after the first failure, not segment after segment: 74, finished segments kept, and the same command
goes on once there is room."""
import contextlib
import os
import subprocess

import pytest

import nsr
import stacks

STACK = ("--segment-frames", 64)
RENDER = ("--format", "png,video", "--size", "320x240", "--segment-frames", 64)


@contextlib.contextmanager
def small_disk(folder, size):
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True,
                          text=True, timeout=20, check=False)
    if done.returncode:
        pytest.skip(f"a small tmpfs could not be mounted, which takes root: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], timeout=20, check=True)


def grow(folder, size):
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], timeout=20, check=True)


@pytest.fixture(scope="module")
def files(place):
    path = place / "made-up.h5"
    nsr.run("synth", path, "--frames", 1500, "--grid", "40x30", "--seed", 17)
    return path


@pytest.fixture(scope="module")
def undisturbed(files, place):
    nsr.run("render", files, "-o", place / "reference.nsr", *RENDER)
    return nsr.tree(place / "reference.nsr")


@pytest.mark.parametrize("ranks", [0, 3])
@pytest.mark.parametrize("size", ["400k", "2M", "4M"])
def test_a_full_disk(files, undisturbed, tmp_path, ranks, size):
    with small_disk(tmp_path / "disk", size) as disk:
        bundle = disk / "o.nsr"
        done = nsr.fails(nsr.IO, "render", files, "-o", bundle, *RENDER, ranks=ranks, timeout=20, says=["o.nsr", "space", "room"])
        assert not (bundle / "manifest.json").exists()
        finished = nsr.records(bundle)
        assert size == "400k" or finished, "nothing was finished"
        left = list(bundle.rglob("*.tmp-*"))
        assert not left, f"the run that failed left {left[:3]}"
        assert done.err.count("No space left") == 1
        kept = {n: s for n, s in nsr.stamps(bundle).items()
                if n.startswith("frames/") and int(n.split("/")[1]) in finished}
        nsr.fails(nsr.IO, "resume", bundle, says="room")  # still full: nothing gets worse
        assert set(finished) <= set(nsr.records(bundle))
        grow(disk, "64M")
        nsr.run("resume", bundle, ranks=ranks)
        after = nsr.stamps(bundle)
        assert all(after[n] == s for n, s in kept.items()), "a finished segment was made again"
        nsr.assert_same(bundle, undisturbed)


@pytest.fixture(scope="module")
def whole_stack(files, place):
    stacks.render(files, place / "stack.nsr", *STACK)
    return nsr.tree(place / "stack.nsr")


@pytest.mark.parametrize("ranks", [0, 3])
@pytest.mark.parametrize("size", ["1M", "2M"])
def test_a_full_disk_under_a_stack(files, whole_stack, tmp_path, ranks, size):
    """Shards and parts of overview and summary are written."""
    with small_disk(tmp_path / "disk", size) as disk:
        bundle = disk / "o.nsr"
        done = nsr.fails(nsr.IO, "render", files, "-o", bundle, *STACK, ranks=ranks, timeout=20, says=["o.nsr", "space", "room"])
        assert done.err.count("No space left") == 1
        assert not (bundle / "manifest.json").exists() and not stacks.can_be_opened(bundle)
        finished = nsr.records(bundle)
        assert finished, "nothing was finished"
        left = list(bundle.rglob("*.tmp-*"))
        assert not left, f"the run that failed left {left[:3]}"
        kept = {n: s for n, s in nsr.stamps(bundle).items()
                if n.startswith(f"{stacks.STORE}/0/c.") and int(n.split(".")[-3]) in finished}
        grow(disk, "64M")
        nsr.run("resume", bundle, ranks=ranks)
        after = nsr.stamps(bundle)
        assert all(after[n] == s for n, s in kept.items()), "a finished shard was made again"
        nsr.assert_same(bundle, whole_stack)


@pytest.mark.parametrize("ranks", [0, 2])
def test_no_room_for_the_joined_summary(files, whole_stack, tmp_path, ranks):
    """The parts stay, no viewer opens the stack, and `join` goes on once there is room."""
    with small_disk(tmp_path / "disk", "64M") as disk:
        bundle = disk / "o.nsr"
        stacks.render(files, bundle, *STACK, "--share", "1/1")
        room = os.statvfs(disk)
        grow(disk, (room.f_blocks - room.f_bfree) * room.f_frsize + (100 << 10))
        nsr.fails(nsr.IO, "join", bundle, ranks=ranks, says=["o.nsr", "room"])
        assert not (bundle / "manifest.json").exists() and not (bundle / stacks.STORE / "zarr.json").exists()
        assert len(nsr.records(bundle)) == 24 and not list(bundle.rglob("*.tmp-*"))
        grow(disk, "64M")
        nsr.run("join", bundle, ranks=ranks)
        nsr.assert_same(bundle, whole_stack)


def test_segments_are_not_tried_one_after_the_other(files, tmp_path):
    """Only the segments in hand fail: after the first failure no other is begun."""
    with small_disk(tmp_path / "disk", "2M") as disk:
        done = nsr.fails(nsr.IO, "render", files, "-o", disk / "o.nsr", *RENDER, "--progress", "json", "--threads", 2)
        assert done.seconds < 10
        status = nsr.run("status", disk / "o.nsr", "--json").json
        assert status["missing"] + status["failed"] >= status["n_segments"] // 2
        assert status["failed"] <= 2


def test_no_room_for_the_joined_video(files, undisturbed, tmp_path):
    """The parts fit and the video does not: the parts stay, and `resume` only joins."""
    with small_disk(tmp_path / "disk", "64M") as disk:
        bundle = disk / "o.nsr"
        nsr.run("render", files, "-o", bundle, *RENDER)
        used = sum(f.stat().st_blocks * 512 for f in bundle.rglob("*"))
        video = (bundle / "video.mp4").stat().st_size
        subprocess.run(["rm", "-rf", str(bundle)], check=True, timeout=20)
        grow(disk, used + video // 2)
        nsr.fails(nsr.IO, "render", files, "-o", bundle, *RENDER, says="room")
        assert len(nsr.records(bundle)) == 24
        grow(disk, "64M")
        frames = {n: s for n, s in nsr.stamps(bundle).items() if n.startswith("frames/")}
        nsr.run("resume", bundle)
        assert {n: s for n, s in nsr.stamps(bundle).items() if n.startswith("frames/")} == frames
        nsr.assert_same(bundle, undisturbed)


def test_synth_on_a_full_disk(tmp_path):
    with small_disk(tmp_path / "disk", "1M") as disk:
        nsr.fails(nsr.IO, "synth", disk / "a.h5", "--frames", 5000, "--grid", "40x40", says="a.h5")
        nsr.fails(nsr.IO, "synth", disk / "b.h5", "--frames", 5000, "--grid", "40x40", ranks=2, says="b.h5")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system read-only")
def test_a_read_only_disk(files, tmp_path):
    with small_disk(tmp_path / "disk", "4M") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, timeout=20)
        nsr.fails(nsr.CREATE, "render", files, "-o", disk / "o.nsr", says=["o.nsr", "read-only"], ranks=2)
