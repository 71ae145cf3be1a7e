# SPDX-License-Identifier: MIT
"""One damaged chunk fails all its frames at once: its cost does not grow with their number, exactly they are marked, and
all others have their values."""
import re

import h5py
import numpy as np
import pytest
import zarr

import nsr

N, DEEP = 40000, 4000


def write(path, chunks, damaged, n=N):
    values = np.random.default_rng(17).integers(1, 200, (n, 4, 5)).astype("f4")
    with h5py.File(path, "w") as file:
        field = file.create_dataset("rate", data=values, chunks=chunks, compression="gzip")
        at = [field.id.get_chunk_info(i) for i in range(field.id.get_num_chunks())]
    with open(path, "r+b") as file:
        for chunk in at:
            if chunk.chunk_offset[0] // chunks[0] in damaged and chunk.chunk_offset[2] == 0:
                file.seek(chunk.byte_offset + 20)
                file.write(b"\xff" * 30)
    bad = np.isin(np.arange(n) // chunks[0], damaged)
    return path, values, bad


def read(done):
    return done.json["bytes_read"]


@pytest.mark.parametrize("io", ["direct", "hdf5"])
@pytest.mark.parametrize("chunks, damaged", [((DEEP, 4, 5), [0, 9]), ((DEEP, 2, 1), [3]), ((100, 4, 5), [7, 8, 200])])
def test_cost_and_values(tmp_path, chunks, damaged, io):
    path, values, bad = write(tmp_path / "a.h5", chunks, damaged)
    good, _, _ = write(tmp_path / "good.h5", chunks, [])
    fine, hurt = (nsr.run("range", p, "--io", io, "--json", "--percentile", "1,99", code=c) for p, c in ((good, 0), (path, nsr.DATA)))
    assert hurt.json["n_bad_frames"] == bad.sum()
    assert read(hurt) < 3 * read(fine), (read(hurt), read(fine))
    nsr.fails(nsr.DATA, "render", path, "-o", tmp_path / "stop.nsr", "--io", io, "--segment-frames", 5000, says=f"frames {np.argmax(bad)}..")
    done = nsr.run("render", path, "-o", tmp_path / "a.nsr", "--io", io, "--segment-frames", 5000, "--on-error", "fill")
    assert float(re.search(r"\((\S+) x the stored field", done.err)[1]) < 3, done
    stored = zarr.open_array(tmp_path / "a.nsr/frames.ome.zarr/0", mode="r")[:]
    assert ((stored == 0).all((1, 2)) == bad).all() and (stored[~bad] > 0).all()
    nsr.run("render", good, "-o", tmp_path / "b.nsr", "--io", io, "--segment-frames", 5000)
    np.testing.assert_array_equal(stored[~bad], zarr.open_array(tmp_path / "b.nsr/frames.ome.zarr/0", mode="r")[:][~bad])


@pytest.mark.parametrize("words", [("--frames", "3999:12002"), ("--frames", "1::7"), ("--frames", "0:40000:4001"),
                                   ("--memory", "300k"), ("--memory", "300k", "--frames", "5::3")], ids=" ".join)
def test_selections(tmp_path, words):
    path, _, bad = write(tmp_path / "a.h5", (DEEP, 4, 5), [1, 2, 5])
    frames = slice(*[int(x) if x else None for x in words[words.index("--frames") + 1].split(":")]) if "--frames" in words else slice(None)
    done = nsr.run("render", path, "-o", tmp_path / "a.nsr", "--on-error", "fill", "--segment-frames", "2000", *words)
    stored = zarr.open_array(tmp_path / "a.nsr/frames.ome.zarr/0", mode="r")[:]
    assert ((stored == 0).all((1, 2)) == bad[frames]).all()
    assert nsr.manifest(tmp_path / "a.nsr")["bad_frames"] == bad[frames].sum()


def test_every_chunk_but_one(tmp_path):
    """More damaged chunks than are remembered, in one window."""
    path, _, bad = write(tmp_path / "a.h5", (1, 4, 5), [i for i in range(6000) if i != 4321], n=6000)
    done = nsr.run("range", path, "--json", code=nsr.DATA)
    assert done.json["n_bad_frames"] == 5999


@pytest.mark.parametrize("ranks", [2])
def test_ranks(tmp_path, ranks):
    path, _, _ = write(tmp_path / "a.h5", (DEEP, 4, 5), [3])
    nsr.run("render", path, "-o", tmp_path / "a.nsr", "--on-error", "fill", "--segment-frames", 5000)
    nsr.run("render", path, "-o", tmp_path / "b.nsr", "--on-error", "fill", "--segment-frames", 5000, ranks=ranks)
    nsr.assert_same(tmp_path / "b.nsr", tmp_path / "a.nsr")
