# SPDX-License-Identifier: MIT
"""The bundle depends on the values and the options alone: not on ranks, threads, the way of reading or the storage. And
each stored byte is read about once a pass."""
import itertools
import os

import h5py
import pytest

import nsr
import shim

STORAGE = {
    "contiguous": {},
    "gzip": dict(chunks=(16, 23, 31), compression="gzip", shuffle=True),
    "automatic": dict(chunks=True, compression="gzip", compression_opts=1),
}
RENDER = ("--format", "png,video,hash", "--size", "160x120", "--sampling-rate", 120)  # four data frames in a video frame
FRAMES = 1001 if nsr.LONG else 417


@pytest.fixture(scope="module")
def files(place):
    """The same values in three kinds of storage."""
    made = place / "made-up.h5"
    nsr.run("synth", made, "--frames", FRAMES, "--grid", "23x31", "--seed", 3)
    with h5py.File(made) as file:
        values = file["posterior"][:]
    found = {}
    for name, how in STORAGE.items():
        found[name] = place / f"{name}.h5"
        with h5py.File(found[name], "w") as file:
            file.create_dataset("p", data=values, **how)
    return found


@pytest.fixture(scope="module")
def reference(files, place):
    """One process, one thread, the plainest input."""
    nsr.run("render", files["contiguous"], "-o", place / "reference.nsr", *RENDER, "--threads", 1, "--io", "direct")
    tree = nsr.tree(place / "reference.nsr")
    assert sum(name.endswith(".png") for name in tree) == FRAMES
    assert {"video.mp4", "hashes.txt", "plan.json"} < set(tree)
    return tree


def test_the_same_again(files, reference, tmp_path):
    nsr.run("render", files["contiguous"], "-o", tmp_path / "o.nsr", *RENDER)
    nsr.assert_same(tmp_path / "o.nsr", reference)


def combinations():
    """(ranks, threads, io, storage): all when there are hours, else each three of the first with one kind of storage, in
    turn."""
    every = itertools.product(enumerate((1, 2, 3, 7)), enumerate((1, 2)), enumerate(("direct", "hdf5", "mpio")),
                              enumerate(STORAGE))
    for (i, ranks), (j, threads), (k, io), (of, storage) in every:
        if nsr.LONG or (i + j + k) % len(STORAGE) == of:
            yield ranks, threads, io, storage


@pytest.mark.parametrize("ranks, threads, io, storage", list(combinations()))
def test_same_bytes(files, reference, tmp_path, ranks, threads, io, storage):
    nsr.run("render", files[storage], "-o", tmp_path / "o.nsr", *RENDER, "--threads", threads, "--io", io, ranks=ranks)
    nsr.assert_same(tmp_path / "o.nsr", reference, f"{storage}, {ranks} ranks, {threads} threads, {io}:")


@pytest.mark.parametrize("memory", ["24M", "64M", "2G"])
def test_memory_changes_no_byte(files, reference, tmp_path, memory):
    for storage in ("contiguous", "automatic"):
        out = tmp_path / f"{storage}.nsr"
        nsr.run("render", files[storage], "-o", out, *RENDER, "--memory", memory, ranks=2)
        nsr.assert_same(out, reference, f"{storage}, {memory}:")


def stored(path):
    with h5py.File(path) as file:
        return file["p"].id.get_storage_size()


@pytest.mark.parametrize("ranks", [0, 1, 3])
@pytest.mark.parametrize("storage", STORAGE)
def test_a_pass_reads_each_byte_once(files, tmp_path, storage, ranks):
    """As the program counts, and as a library between it and the system does."""
    log = tmp_path / "reads"
    bytes_stored, bytes_of_file = stored(files[storage]), os.path.getsize(files[storage])
    done = nsr.run("range", files[storage], "--json", "--io", "direct", ranks=ranks,
                   env=shim.env("", path=str(files[storage]), log=log))
    assert bytes_stored <= done.json["bytes_read"] <= 1.05 * bytes_stored
    around = bytes_of_file - bytes_stored + 300_000 * (ranks or 1)  # the library reads its own bookkeeping on each rank
    assert bytes_stored <= shim.counts(log)[1] <= 1.05 * bytes_stored + around


@pytest.mark.parametrize("storage", STORAGE)
def test_what_memory_keeps_is_not_read_again(files, tmp_path, storage):
    words = ("render", files[storage], "--format", "png", "--json", "--threads", 2)
    cold = shim.env("preadv2", path=str(files[storage]), at=1, do="EAGAIN", many=True)  # nothing is in the page cache
    kept = nsr.run(*words, "-o", tmp_path / "kept.nsr", "--memory", "1G", env=cold).json
    assert stored(files[storage]) <= kept["bytes_read"] <= 1.05 * stored(files[storage])
    again = nsr.run(*words, "-o", tmp_path / "again.nsr", "--memory", "24M").json
    assert again["bytes_read"] <= 2 * 1.05 * stored(files[storage])


def test_what_the_system_keeps_is_not_kept_twice(place, tmp_path):
    """Contiguous values in the page cache; no byte of the bundle depends on that."""
    path = place / "warm.h5"
    nsr.run("synth", path, "--frames", 4000, "--grid", "40x40")
    path.read_bytes()
    words = ("render", path, "--format", "hash", "-v")
    warm = nsr.run(*words, "-o", tmp_path / "warm.nsr")
    cold = nsr.run(*words, "-o", tmp_path / "cold.nsr",
                   env=shim.env("preadv2", path=str(path), at=1, do="EAGAIN", many=True))
    assert "page cache" in warm.err and "page cache" not in cold.err
    nsr.assert_same(tmp_path / "warm.nsr", tmp_path / "cold.nsr")


def test_a_chunk_row_that_does_not_fit_is_told(place, tmp_path):
    """Work items become single segments, chunks are read again, and both `plan` and the log report how many times."""
    path = place / "tall.h5"
    with h5py.File(path, "w") as file:  # one row of chunks: 4,096 frames of 2,500 bins
        data = file.create_dataset("p", (4096, 50, 50), "f4", chunks=(4096, 5, 10), compression="gzip", compression_opts=1)
        data[:, :2] = 0.5
    plan = nsr.run("plan", path, "--memory", "16M", "--json", "--format", "hash")
    roomy = nsr.run("plan", path, "--memory", "1G", "--json", "--format", "hash")
    assert roomy.json["read_amplification"] == 1 and plan.json["read_amplification"] > 1.5
    tight = nsr.run("render", path, "--memory", "16M", "-o", tmp_path / "tight.nsr", "--format", "hash")
    assert any("times" in warning for warning in tight.warnings)
    nsr.run("render", path, "--memory", "1G", "-o", tmp_path / "roomy.nsr", "--format", "hash")
    nsr.assert_same(tmp_path / "tight.nsr", tmp_path / "roomy.nsr")
