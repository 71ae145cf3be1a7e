# SPDX-License-Identifier: MIT
"""One damaged chunk fails all its frames at once: its cost does not grow with their number, exactly they are marked, and
all others have their values."""
import re

import h5py
import netCDF4
import numpy as np
import pytest
import zarr

import nsr

N, DEEP, SEGMENT = 12000, 1200, 1500


def damage(dataset, origin):
    mask, stored = dataset.id.read_direct_chunk(origin)
    dataset.id.write_direct_chunk(origin, (stored[:20] + b"\xff" * 30 + stored[50:])[:len(stored)], mask)


def write(path, chunks, damaged, n=N):
    """Damages the first chunk of some chunk rows."""
    values = np.random.default_rng(17).integers(1, 200, (n, 4, 5)).astype("f4")
    with h5py.File(path, "w") as file:
        field = file.create_dataset("rate", data=values, chunks=chunks, compression="gzip")
        for row in damaged:
            damage(field, (row * chunks[0], 0, 0))
    bad = np.isin(np.arange(n) // chunks[0], damaged)
    return path, values, bad


def read(done):
    return done.json["bytes_read"]


@pytest.mark.parametrize("io", ["direct", "hdf5"])
@pytest.mark.parametrize("chunks, damaged", [((DEEP, 4, 5), [0, 9]), ((DEEP, 2, 1), [3]), ((100, 4, 5), [7, 8, 60])])
def test_cost_and_values(tmp_path, chunks, damaged, io):
    path, values, bad = write(tmp_path / "a.h5", chunks, damaged)
    good, _, _ = write(tmp_path / "good.h5", chunks, [])
    fine, hurt = (nsr.run("range", p, "--io", io, "--json", "--percentile", "1,99", code=c) for p, c in ((good, 0), (path, nsr.DATA)))
    assert hurt.json["n_bad_frames"] == bad.sum()
    assert read(hurt) < 3 * read(fine), (read(hurt), read(fine))
    stopped = nsr.fails(nsr.DATA, "render", path, "-o", tmp_path / "stop.nsr", "--io", io, "--segment-frames", SEGMENT)
    assert int(re.search(r"frames (\d+)\.\.", stopped.errors[0])[1]) in [row * chunks[0] for row in damaged]
    done = nsr.run("render", path, "-o", tmp_path / "a.nsr", "--io", io, "--segment-frames", SEGMENT, "--on-error", "fill")
    assert float(re.search(r"\((\S+) x the stored field", done.err)[1]) < 3, done
    stored = zarr.open_array(tmp_path / "a.nsr/frames.ome.zarr/0", mode="r")[:]
    assert ((stored == 0).all((1, 2)) == bad).all() and (stored[~bad] > 0).all()
    nsr.run("render", good, "-o", tmp_path / "b.nsr", "--io", io, "--segment-frames", SEGMENT)
    np.testing.assert_array_equal(stored[~bad], zarr.open_array(tmp_path / "b.nsr/frames.ome.zarr/0", mode="r")[:][~bad])


@pytest.mark.parametrize("words", [("--frames", "1199:3602"), ("--frames", "1::7"), ("--frames", "0:12000:1201"),
                                   ("--memory", "300k"), ("--memory", "300k", "--frames", "5::3")], ids=" ".join)
def test_selections(tmp_path, words):
    path, _, bad = write(tmp_path / "a.h5", (DEEP, 4, 5), [1, 2, 5])
    frames = slice(*[int(x) if x else None for x in words[words.index("--frames") + 1].split(":")]) if "--frames" in words else slice(None)
    done = nsr.run("render", path, "-o", tmp_path / "a.nsr", "--on-error", "fill", "--segment-frames", SEGMENT, *words)
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
    nsr.run("render", path, "-o", tmp_path / "a.nsr", "--on-error", "fill", "--segment-frames", SEGMENT)
    nsr.run("render", path, "-o", tmp_path / "b.nsr", "--on-error", "fill", "--segment-frames", SEGMENT, ranks=ranks)
    nsr.assert_same(tmp_path / "b.nsr", tmp_path / "a.nsr")


def write_netcdf(path, values, chunks, damaged):
    """posterior([intervals,] time, x_position, y_position), one interval starting where the one before ends."""
    names = ("intervals", "time", "x_position", "y_position")[-values.ndim:]
    with netCDF4.Dataset(path, "w") as file:
        for name, length in zip(names, values.shape):
            file.createDimension(name, length)
            if name != "intervals":
                file.createVariable(name, "f8", name)[:] = np.arange(length)
        file["time"].units = "s"
        file.createVariable("posterior", "f4", names, zlib=True, chunksizes=chunks)[:] = values
    with h5py.File(path, "r+") as file:
        for origin in damaged:
            damage(file["posterior"], origin)
    return path


@pytest.mark.parametrize("words", [(), ("--memory", "1M", "--threads", "1"), ("--io", "hdf5")], ids=" ".join)
def test_cells_whose_only_value_is_beside_the_damage(tmp_path, words):
    """Eight chunks fit a window of the search for cells with values; one of them is damaged."""
    values = np.random.default_rng(3).random((2000, 20, 30)).astype("f4")
    flat = values.reshape(2000, -1)
    flat[:, :300] = np.nan
    flat[np.arange(300) * 3 + 50, np.arange(300)] = .5  # in frames 50, 53 .. 947
    path = write_netcdf(tmp_path / "a.nc", values, (50, 20, 30), [(150, 0, 0), (500, 0, 0)])
    lost = np.isin(np.arange(300) * 3 + 50, [*range(150, 200), *range(500, 550)]).sum()
    done = nsr.run("range", path, "--json", *words, code=nsr.DATA)
    assert done.json["n_bad_frames"] == 100
    assert f"{600 - lost} of 600 cells have a value" in done.err
    assert [w for w in done.warnings if "100 of 2000 frames cannot be read and count as empty" in w]


def test_intervals_beside_the_damage(tmp_path):
    """An interval begins in its first readable frame with a value."""
    values = np.full((2, 2400, 4, 5), np.nan, "f4")
    values[0, 100:1500] = values[1, 1500:2300] = .5
    path = write_netcdf(tmp_path / "a.nc", values, (1, 400, 4, 5), [(0, 0, 0, 0), (1, 1600, 0, 0)])
    told = nsr.run("info", path, "--json").json["fields"][0]["intervals"]
    assert [(i["number"], i["first_frame"], i["n_frames"]) for i in told] == [(0, 0, 1100), (1, 1100, 800)]
    done = nsr.run("range", path, "--json", code=nsr.DATA)
    assert done.json["n_bad_frames"] == 400
    assert [w for w in done.warnings if "800 of 4800 frames cannot be read and count as empty" in w]
