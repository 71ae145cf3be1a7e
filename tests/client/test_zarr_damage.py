# SPDX-License-Identifier: MIT
"""Bundles with a stack that something happened to: `verify` names what is damaged and touches nothing, `render` and
`resume` make again that alone, and afterwards no byte differs."""
import functools
import os
import shutil

import numpy as np
import pytest
import zarr

import nsr
import stacks

SHARDS = [f"{stacks.STORE}/0/c.{k}.0.0" for k in range(8)]
SHARD = SHARDS[3]
WORDS = ["--segment-frames", 64, "--chunk-frames", 16]
CODECS = ["lz4", "zstd", "none"]


def flip(at):
    def change(path):
        content = bytearray(path.read_bytes())
        content[at] ^= 0x10
        path.write_bytes(content)
    return change


def cut(path):
    os.truncate(path, path.stat().st_size - 1)


def longer(path):
    path.write_bytes(path.read_bytes() + b"\0")


def longer_in_front(path):
    path.write_bytes(b"\0" + path.read_bytes())


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


# (file, what happens to it, whether its length shows it)
HARM = {
    "byte in the first chunk": (SHARD, flip(40), False), "header of a chunk": (SHARD, flip(0), False),
    "index": (SHARD, flip(-20), False), "checksum of the index": (SHARD, flip(-1), False),
    "missing": (SHARD, remove, True), "short": (SHARD, cut, True), "long": (SHARD, longer, True),
    "long in front": (SHARD, longer_in_front, True), "empty": (SHARD, empty, True),
    "last shard": (SHARDS[7], cut, True),
    "no metadata": (f"{stacks.STORE}/zarr.json", remove, True),
    "metadata": (f"{stacks.STORE}/zarr.json", flip(30), False),
    "no metadata of the array": (f"{stacks.STORE}/0/zarr.json", remove, True),
    "metadata of the array": (f"{stacks.STORE}/0/zarr.json", flip(100), False),
    "empty metadata of the array": (f"{stacks.STORE}/0/zarr.json", empty, True),
    "launcher": ("open_in_napari.py", cut, True), "facts": ("napari.json", flip(5), False),
    "state": ("neuroglancer.json", remove, True), "positions": ("position.npy", cut, True),
    "overview": ("overview.ome.zarr/0/c.0.0.0.0", flip(100), False),
    "no overview": ("overview.ome.zarr/0/c.0.0.0.0", remove, True),
    "metadata of the overview": ("overview.ome.zarr/zarr.json", cut, True),
    "summary": ("summary.h5", flip(3000), False), "table": ("summary.csv", cut, True),
    "chart": ("summary.png", remove, True), "times": ("frame_times.npy", flip(200), False),
}


CASES = [(codec, what) for what, (name, _, _) in HARM.items() for codec in (CODECS if name in SHARDS else ["lz4"])]


@pytest.fixture(scope="module")
def whole(recording, place):
    """whole(codec): a bundle that nothing happened to."""
    @functools.cache
    def make(codec):
        stacks.render(recording, place / f"{codec}.nsr", *WORDS, "--zarr-codec", codec)
        return place / f"{codec}.nsr"
    return make


@pytest.fixture
def copied(whole, tmp_path):
    """copied(codec) -> (the bundle to be harmed, the good one)"""
    def copy(codec="lz4"):
        shutil.copytree(whole(codec), tmp_path / "a.nsr")
        return tmp_path / "a.nsr", whole(codec)
    return copy


def store_of(name):
    """The output that a file belongs to."""
    if name.startswith("overview"):
        return "overview"
    return "summary" if name.startswith(("summary", "frame_times")) else "zarr"


def made_again(before, after, name):
    """Beside the damaged file: nothing of other outputs, and no other shard. What is written at the end anyhow, small
    texts, does not count."""
    again = {path for path in before if after[path] != before[path] and not path.endswith((".json", ".py"))} - {name}
    assert all(store_of(path) == store_of(name) for path in again - {"position.npy"}), again
    assert store_of(name) != "zarr" or not any("/c." in path for path in again), again


@pytest.mark.parametrize("codec, what", CASES)
def test_damage(copied, recording, codec, what):
    bundle, good = copied(codec)
    name, harm, tells = HARM[what]
    harm(bundle / name)
    before = nsr.stamps(bundle)
    done = nsr.run("verify", bundle, "--json", code=nsr.DATA)
    assert len(done.errors) == 1 and nsr.stamps(bundle) == before and not done.json["ok"]
    segment = SHARDS.index(name) if name in SHARDS else None
    assert [(problem["path"], problem["segment"]) for problem in done.json["problems"]] == [(name, segment)]
    assert f"  {name}: " in nsr.run("verify", bundle, code=nsr.DATA).out
    again = ["resume", bundle] if len(what) % 2 else ["render", recording, "-o", bundle, *WORDS, "--zarr-codec", codec]
    nsr.run(*again, *([] if tells else ["--check", "hash"]))
    nsr.assert_same(bundle, good)
    made_again({**before, name: None}, nsr.stamps(bundle), name)
    nsr.run("verify", bundle, "--against", recording)


def test_a_folder_where_a_shard_was(copied):
    """Nothing but a message, until it is away."""
    bundle, good = copied()
    (bundle / SHARD).unlink()
    (bundle / SHARD).mkdir()
    nsr.fails(nsr.DATA, "verify", bundle)
    nsr.fails(nsr.IO, "resume", bundle, says=SHARD)
    (bundle / SHARD).rmdir()
    nsr.run("resume", bundle)
    nsr.assert_same(bundle, good)


@pytest.mark.parametrize("ranks", [0, 3])
def test_damage_of_several(copied, ranks):
    """All are named, and all made again at once."""
    bundle, good = copied()
    names = [SHARDS[k] for k in (0, 2, 5)]
    for name, harm in zip(names, (flip(20), remove, cut)):
        harm(bundle / name)
    before = nsr.stamps(bundle)
    done = nsr.run("verify", bundle, "--json", code=nsr.DATA, ranks=ranks)
    assert sorted((p["path"], p["segment"]) for p in done.json["problems"]) == list(zip(names, (0, 2, 5)))
    assert "3 rendered in this run" in nsr.run("resume", bundle, "--check", "hash", ranks=ranks).err
    nsr.assert_same(bundle, good)
    after = nsr.stamps(bundle)
    assert {path for path in before if "/c." in path and after[path] != before[path]} == {names[0], names[2]}


def test_exchanged_shards(copied):
    """Each is sound, and stands for another."""
    bundle, good = copied()
    one, two = (bundle / SHARDS[k] for k in (1, 6))
    content = one.read_bytes(), two.read_bytes()
    one.write_bytes(content[1])
    two.write_bytes(content[0])
    done = nsr.run("verify", bundle, "--json", code=nsr.DATA)
    assert {p["segment"] for p in done.json["problems"]} == {1, 6}
    nsr.run("resume", bundle, "--check", "hash")
    nsr.assert_same(bundle, good)


def test_changed_integers_with_a_right_checksum(copied, recording):
    """Written by another program, all checksums right: the hash shows it, and so do the values of the input."""
    bundle, good = copied("none")
    array = zarr.open_group(bundle / stacks.STORE, mode="r+")["0"]
    frame = int(np.flatnonzero(array[:, 3, 3])[100])
    array[frame, 3, 3] = (code := int(array[frame, 3, 3])) + (3 if code < 60000 else -3)
    assert zarr.open_group(bundle / stacks.STORE, mode="r")["0"][frame, 3, 3] != code
    for words in ([], ["--against", recording]):
        done = nsr.run("verify", bundle, "--json", *words, code=nsr.DATA)
        assert {(p["path"], p["segment"]) for p in done.json["problems"]} == {(SHARDS[frame // 64], frame // 64)}
    assert any(f"frame {frame}, row 3, column 3" in p["what"] for p in done.json["problems"])
    nsr.run("resume", bundle, "--check", "hash")
    nsr.assert_same(bundle, good)


def test_resume_finds_nothing_to_do(copied):
    bundle, _ = copied()
    before = nsr.stamps(bundle)
    for words in ([], ["--check", "hash"]):
        nsr.run("resume", bundle, *words)
        assert nsr.stamps(bundle) == before
