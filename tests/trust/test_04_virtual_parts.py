# SPDX-License-Identifier: MIT
"""Sources of a virtual dataset that are missing: HDF5 gives fill values without an error; the program names the source
and its frames. All values are above 0.5, so a 0 is a number that nobody wrote."""
import os
import pathlib

import h5py
import numpy as np
import pytest
import zarr

import nsr
import sessions

N, SHAPE = 40, (6, 5)
LOST = {"moved": "is missing", "no_dataset": "is missing in its file", "cut": "cannot be opened as HDF5",
        "smaller": "another size", "directory": "cannot be opened as HDF5"}
rng = np.random.default_rng(4)
PARTS = [(rng.random((N, *SHAPE)) + 0.5).astype("f4") for _ in range(3)]


def write_part(path, values):
    with h5py.File(path, "w") as file:
        file["posterior"] = values


def write_parts(folder):
    folder.mkdir(exist_ok=True)
    for i, part in enumerate(PARTS):
        write_part(folder / f"part{i}.h5", part)


def write_virtual(path, select, shape=(3 * N, *SHAPE), name="part{}.h5"):
    """`select(layout, i, source)` maps source i."""
    layout = h5py.VirtualLayout(shape, "f4")
    for i, part in enumerate(PARTS):
        select(layout, i, h5py.VirtualSource(name.format(i), "posterior", part.shape))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("posterior", layout, fillvalue=0)
        file["time"] = np.arange(shape[0]) / 30


def in_a_row(layout, i, source):
    layout[N * i:N * i + N] = source


def lose(folder, kind):
    part = folder / "part1.h5"
    if kind == "cut":
        os.truncate(part, 1500)
    elif kind == "no_dataset":
        with h5py.File(part, "a") as file:
            file["other"] = file.pop("posterior")[:]
    elif kind == "smaller":
        write_part(part, PARTS[1][:10])
    else:
        part.rename(folder / "part1_old.h5")
        if kind == "directory":
            part.mkdir()


@pytest.fixture
def parts(tmp_path):
    write_parts(tmp_path)
    return tmp_path


def minimum(source, *words, code=nsr.OK):
    return nsr.run("range", source, "--json", *words, code=code).json["min"]


def bad_frames(source, tmp_path, **more):
    """Frames that are drawn as no data, and a check of all values that are left."""
    bundle = tmp_path / "filled.nsr"
    done = nsr.run("render", source, "-o", bundle, "--on-error", "fill", **more)
    assert any("virtual dataset" in line for line in done.warnings), done
    manifest = nsr.manifest(bundle)
    assert manifest["range"]["min"] > 0.5
    nsr.run("verify", bundle, "--against", source, code=None)
    return manifest["bad_frames"]


@pytest.mark.parametrize("kind, ranks", [(kind, 0) for kind in LOST] + [("moved", 2)])
def test_missing_source_is_named(parts, kind, ranks):
    source = parts / "vds.h5"
    write_virtual(source, in_a_row)
    lose(parts, kind)
    done = nsr.fails(nsr.DATA, "render", source, "-o", parts / "out.nsr", ranks=ranks,
                     says=["frames 40..79", "part1.h5", LOST[kind], "put it back"])
    assert sum("part1.h5" in line for line in done.warnings) == 1, done
    assert bad_frames(source, parts, ranks=ranks) == N


def test_whole_dataset_is_as_before(parts):
    write_virtual(parts / "vds.h5", in_a_row)
    done = nsr.run("render", parts / "vds.h5", "-o", parts / "out.nsr")
    assert not done.warnings and nsr.manifest(parts / "out.nsr")["bad_frames"] == 0
    nsr.run("verify", parts / "out.nsr", "--against", parts / "vds.h5")


def test_source_that_is_put_back_completes_the_bundle(parts):
    write_virtual(parts / "vds.h5", in_a_row)
    nsr.run("render", parts / "vds.h5", "-o", parts / "whole.nsr")
    lose(parts, "moved")
    nsr.run("render", parts / "vds.h5", "-o", parts / "out.nsr", "--vmin", 0.5, "--vmax", 1.5, code=nsr.DATA)
    (parts / "part1_old.h5").rename(parts / "part1.h5")
    nsr.run("render", parts / "vds.h5", "-o", parts / "out.nsr", "--vmin", 0.5, "--vmax", 1.5, "--replace")
    nsr.run("verify", parts / "out.nsr", "--against", parts / "vds.h5")


def test_all_sources_are_missing(parts):
    write_virtual(parts / "vds.h5", in_a_row)
    for i in range(3):
        (parts / f"part{i}.h5").unlink()
    nsr.fails(nsr.DATA, "render", parts / "vds.h5", "-o", parts / "out.nsr", "--threads", 1, says="part0.h5")
    assert "part0.h5 is missing" in nsr.run("info", parts / "vds.h5").err


def test_interleaved_frames(parts):
    def every_third(layout, i, source):
        layout[i::3] = source
    write_virtual(parts / "vds.h5", every_third)
    lose(parts, "moved")
    assert bad_frames(parts / "vds.h5", parts) == N


def test_part_of_every_frame(parts):
    def columns(layout, i, source):
        layout[:, :, 5 * i:5 * i + 5] = source
    write_virtual(parts / "vds.h5", columns, shape=(N, 6, 15))
    lose(parts, "moved")
    nsr.fails(nsr.DATA, "render", parts / "vds.h5", "-o", parts / "out.nsr", says=["frames 0..39", "part1.h5"])


def test_gap_that_nothing_maps_stays_fill(parts):
    def two(layout, i, source):
        if i != 1:
            layout[N * i:N * i + N] = source
    write_virtual(parts / "vds.h5", two)
    done = nsr.run("render", parts / "vds.h5", "-o", parts / "out.nsr")
    assert not done.warnings and nsr.manifest(parts / "out.nsr")["range"]["min"] == 0


def outer_of(mappings, frames, inner_shape=(3 * N, *SHAPE), inner="inner.h5", shape=SHAPE):
    """`mappings`: pairs of what is filled and what is taken."""
    layout = h5py.VirtualLayout((frames, *shape), "f4")
    for filled, taken in mappings:
        layout[filled] = h5py.VirtualSource(inner, "posterior", inner_shape)[taken]
    return layout


def write_outer(path, layout):
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("posterior", layout, fillvalue=0)
    return path


def check_lost(source, tmp_path):
    """The frames that HDF5 gives fill values for, which are no values of the sources, are drawn as no data."""
    with h5py.File(source) as file:
        lost = (file["posterior"][:] == 0).any((1, 2))
    bundle = tmp_path / "filled.nsr"
    done = nsr.run("render", source, "-o", bundle, "--on-error", "fill", "--format", "zarr", "--replace")
    drawn = zarr.open_array(bundle / "frames.ome.zarr/0", mode="r")[:]
    np.testing.assert_array_equal((drawn == 0).all((1, 2)), lost)
    assert bool(done.warnings) == lost.any()
    return lost.sum()


def every_third(layout, i, source):
    layout[i::3] = source


A = np.s_[:]
NESTED = {  # name: (the inner dataset, (mappings, frames of the outer one), frames that are lost)
    "in a row": (in_a_row, ([(np.s_[:120], A), (np.s_[120:], A)], 240), 80),
    "a piece": (in_a_row, ([(A, np.s_[20:100])], 80), 40),
    "nothing that is lost": (in_a_row, ([(np.s_[:40], np.s_[:40]), (np.s_[40:], np.s_[80:])], 80), 0),
    "every other frame": (in_a_row, ([(A, np.s_[1::2])], 60), 20),
    "outer interleaved": (in_a_row, ([(np.s_[0::2], A), (np.s_[1::2], A)], 240), 80),
    "inner interleaved": (every_third, ([(np.s_[:120], A), (np.s_[120:], A)], 240), 80),
    "both interleaved": (every_third, ([(np.s_[0::2], A), (np.s_[1::2], A)], 240), 80),
    "seven of inner interleaved": (every_third, ([(np.s_[::2], np.s_[3:24:3]), (np.s_[1::2], np.s_[1:22:3])], 14), 7),
    "columns": (in_a_row, ([(np.s_[:, :, :2], np.s_[:, :, 3:]), (np.s_[:, :, 2:], np.s_[:, :, :3])], 120), 40),
}


@pytest.mark.parametrize("case", NESTED)
def test_virtual_dataset_of_virtual_datasets(parts, case):
    inner, outer, n = NESTED[case]
    write_virtual(parts / "inner.h5", inner)
    source = write_outer(parts / "outer.h5", outer_of(*outer))
    assert minimum(source) > 0.5
    lose(parts, "moved")
    assert check_lost(source, parts) == n
    if n:
        nsr.fails(nsr.DATA, "render", source, "-o", parts / "out.nsr", says=["part1.h5", "is missing"])


def test_columns_of_a_source_that_are_there(parts):
    """The second third of every frame of the inner dataset is lost."""
    def columns(layout, i, source):
        layout[:, :, 5 * i:5 * i + 5] = source
    write_virtual(parts / "inner.h5", columns, shape=(N, 6, 15))
    lose(parts, "moved")
    shape = (N, 6, 15)
    whole = write_outer(parts / "outer.h5", outer_of([(np.s_[:N], np.s_[:, :, 10:]), (np.s_[N:], np.s_[:, :, 3:8])], 2 * N, shape))
    assert check_lost(whole, parts) == N


def test_three_levels_and_numbered_sources(parts):
    """part%b.h5 are virtual, and take from other files."""
    for i in range(3):
        (parts / f"part{i}.h5").rename(parts / f"deep{i}.h5")
    for i in range(3):
        halves = h5py.VirtualLayout((N, *SHAPE), "f4")
        source = h5py.VirtualSource(f"deep{i}.h5", "posterior", (N, *SHAPE))
        rest = h5py.VirtualSource("deep0.h5", "posterior", (N, *SHAPE))
        halves[:20], halves[20:] = source[:20], rest[20:]
        write_outer(parts / f"part{i}.h5", halves)
    write_numbered(parts / "inner.h5")
    source = write_outer(parts / "outer.h5", outer_of([(np.s_[:60], np.s_[30:90])], 60))
    nsr.fails(nsr.DATA, "render", source, "-o", parts / "out.nsr", says=["inner.h5:posterior has more sources than HDF5 finds"])
    with h5py.File(parts / "inner.h5", "r+") as file:
        assert file["posterior"].shape[0] == 3 * N
    assert check_lost(source, parts) == 0
    (parts / "deep1.h5").unlink()
    assert check_lost(parts / "inner.h5", parts) == 20
    assert check_lost(source, parts) == 20


def test_a_source_of_another_shape_is_lost_as_a_whole(parts):
    """Nobody tells where its frames went."""
    write_virtual(parts / "inner.h5", in_a_row)
    layout = h5py.VirtualLayout((9 * N, 2, 5), "f4")
    layout[:] = h5py.VirtualSource("inner.h5", "posterior", (3 * N, *SHAPE))
    source = write_outer(parts / "outer.h5", layout)
    assert minimum(source) > 0.5
    lose(parts, "moved")
    nsr.fails(nsr.DATA, "render", source, "-o", parts / "out.nsr", says=["frames 0..359", "part1.h5 is missing"])


def create_numbered(where, name, shape=SHAPE, pattern="part%b.h5", source="posterior"):
    """printf-style names: part%b.h5 fills the b-th block of an unlimited selection."""
    space = h5py.h5s.create_simple((N, *shape), (h5py.h5s.UNLIMITED, *shape))
    space.select_hyperslab((0,) * (1 + len(shape)), (h5py.h5s.UNLIMITED, *(1,) * len(shape)), (N, *(1,) * len(shape)),
                           (N, *shape))
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_fill_value(np.zeros((), "f4"))
    dcpl.set_virtual(space, pattern.encode(), source.encode(), h5py.h5s.create_simple((N, *shape)))
    full = h5py.h5s.create_simple((N, *shape), (h5py.h5s.UNLIMITED, *shape))
    h5py.h5d.create(where.id, name.encode(), h5py.h5t.IEEE_F32LE, full, dcpl)


def write_numbered(path):
    with h5py.File(path, "w") as file:
        create_numbered(file, "posterior")


def test_numbered_sources(parts):
    write_numbered(parts / "vds.h5")
    done = nsr.run("info", parts / "vds.h5", "--json")
    assert done.json["fields"][0]["n_frames"] == 3 * N and not done.warnings
    assert minimum(parts / "vds.h5") > 0.5


@pytest.mark.parametrize("number, ranks", [(0, 0), (1, 0), (1, 2)])
def test_numbered_source_that_is_missing_before_another(parts, number, ranks):
    """HDF5 would end the dataset there."""
    write_numbered(parts / "vds.h5")
    (parts / f"part{number}.h5").unlink()
    assert nsr.run("info", parts / "vds.h5", "--json").json["fields"][0]["n_frames"] == 3 * N
    nsr.fails(nsr.DATA, "render", parts / "vds.h5", "-o", parts / "out.nsr", ranks=ranks,
              says=[f"frames {N * number}..{N * number + N - 1}", f"part{number}.h5 is missing"])
    assert bad_frames(parts / "vds.h5", parts, ranks=ranks) == N


def test_numbered_source_that_is_missing_after_all_others(parts):
    """It may never have been there."""
    write_numbered(parts / "vds.h5")
    (parts / "part2.h5").unlink()
    done = nsr.run("range", parts / "vds.h5", "--json")
    assert done.json["n_frames"] == 2 * N and done.json["min"] > 0.5 and not done.warnings


@pytest.mark.parametrize("where", ["absolute", "beside", "prefix", "link", "cwd"])
def test_sources_are_looked_for_where_hdf5_does(tmp_path, where):
    there, other = tmp_path / "there", tmp_path / "other"
    write_parts(there)
    other.mkdir()
    source = (other if where in ("absolute", "prefix", "cwd") else there) / "vds.h5"
    write_virtual(source, in_a_row, name=str(there / "part{}.h5") if where == "absolute" else "part{}.h5")
    if where == "link":
        os.symlink(source, other / "link.h5")
        source = other / "link.h5"
    more = {"env": {"HDF5_VDS_PREFIX": str(there)} if where == "prefix" else None, "cwd": there if where == "cwd" else None}
    done = nsr.run("range", source, "--json", **more)
    assert done.json["min"] > 0.5 and not done.warnings


def test_times_of_a_missing_source_are_no_times(parts):
    layout = h5py.VirtualLayout((3 * N,), "f8")
    for i in range(3):
        with h5py.File(parts / f"clock{i}.h5", "w") as file:
            file["time"] = np.arange(N * i, N * i + N) / 30
        layout[N * i:N * i + N] = h5py.VirtualSource(f"clock{i}.h5", "time", (N,))
    with h5py.File(parts / "timed.h5", "w") as file:
        file["posterior"] = np.concatenate(PARTS)
        file.create_virtual_dataset("time", layout, fillvalue=0)
    assert not nsr.run("plan", parts / "timed.h5").warnings
    (parts / "clock1.h5").unlink()
    done = nsr.run("plan", parts / "timed.h5")
    assert any("clock1.h5" in line for line in done.warnings), done
    assert any("the time of frame 40" in line for line in done.warnings), done


def write_clocks(folder):
    """Times and positions of 3 N frames, a file for each N."""
    for i in range(3):
        with h5py.File(folder / f"clock{i}.h5", "w") as file:
            file["time"] = np.arange(N * i, N * i + N, dtype="f4") / 32
            file["position"] = np.full((N, 2), i + 1, "f4")


def test_numbered_times_with_a_gap(parts):
    """HDF5 would end them there, and then they would not be the times of the frames."""
    write_clocks(parts)
    with h5py.File(parts / "timed.h5", "w") as file:
        file["posterior"] = np.concatenate(PARTS)
        create_numbered(file, "time", (), "clock%b.h5", "time")
    assert not nsr.run("plan", parts / "timed.h5").warnings
    (parts / "clock1.h5").unlink()
    assert nsr.run("info", parts / "timed.h5", "--json").json["times"]["n"] == 3 * N
    done = nsr.run("plan", parts / "timed.h5")
    assert any("clock1.h5 is missing" in line for line in done.warnings), done
    assert any("the time of frame 40" in line for line in done.warnings), done


def positions_without_the_second_clock(parts, source, *words):
    (parts / "clock1.h5").unlink()
    done = nsr.run("render", source, "-o", parts / "out.nsr", *words)
    assert any("clock1.h5 is missing" in line for line in done.warnings), done
    return np.load(parts / "out.nsr/position.npy")


def test_numbered_positions_with_a_gap(parts):
    write_clocks(parts)
    with h5py.File(parts / "placed.h5", "w") as file:
        file["posterior"] = np.concatenate(PARTS)
        create_numbered(file, "position", (2,), "clock%b.h5", "position")
        file["position"].attrs["units"] = "cells"
    whole = nsr.run("render", parts / "placed.h5", "-o", parts / "whole.nsr")
    assert not whole.warnings
    expected = np.load(parts / "whole.nsr/position.npy")
    expected[N:2 * N] = np.nan
    np.testing.assert_array_equal(positions_without_the_second_clock(parts, parts / "placed.h5"), expected)


def test_numbered_times_of_positions_with_a_gap(parts):
    """Fill values are no times: the animal is not drawn where its clock is missing."""
    write_clocks(parts)
    source = sessions.write(parts / "a.nwb", np.ones((sessions.N, sessions.BINS), "f4"))
    with h5py.File(source, "a") as file:
        series, clock = file[sessions.SERIES], sessions.frame_times()[0] + np.arange(3 * N) / 32
        del series["timestamps"], series["data"]
        series["data"] = sessions.true_path(clock)
        create_numbered(series, "timestamps", (), "clock%b.h5", "time")
    for i in range(3):
        with h5py.File(parts / f"clock{i}.h5", "a") as file:
            file["time"][:] = clock[N * i:N * i + N]
    nsr.run("render", source, "-o", parts / "whole.nsr", "--field", sessions.FIELD)
    whole = np.load(parts / "whole.nsr/position.npy")
    times = sessions.frame_times()
    there = (times < clock[N - 1]) | (times > clock[2 * N])
    got = positions_without_the_second_clock(parts, source, "--field", sessions.FIELD)
    np.testing.assert_array_equal(got[there], whole[there])
    assert np.isnan(got[~there][1:-1]).all()


@pytest.fixture
def raw_parts(tmp_path):
    for i, part in enumerate(PARTS):
        part.tofile(tmp_path / f"part{i}.raw")
        with h5py.File(tmp_path / f"part{i}.h5", "w") as file:
            file.create_dataset("posterior", part.shape, "f4", external=[(f"part{i}.raw", 0, h5py.h5f.UNLIMITED)])
    write_virtual(tmp_path / "vds.h5", in_a_row)
    return tmp_path


def cut(path):
    os.truncate(path, path.stat().st_size - 4)


@pytest.mark.parametrize("harm", [cut, pathlib.Path.unlink], ids=["cut short", "missing"])
def test_raw_file_of_a_field(raw_parts, harm):
    """HDF5 reads zeros behind the end of a raw file."""
    assert minimum(raw_parts / "part1.h5") > 0.5
    harm(raw_parts / "part1.raw")
    nsr.fails(nsr.DATA, "range", raw_parts / "part1.h5", says=["part1.h5", "part1.raw", "missing, cut short"])


@pytest.mark.parametrize("short", [0, 1, 2])
def test_raw_files_that_share_the_values(tmp_path, short):
    values = np.ones((30, 4), "f4")
    files = [(f"{i}.raw", 8, values[:10].nbytes if i < 2 else h5py.h5f.UNLIMITED) for i in range(3)]
    for name, offset, _ in files:
        (tmp_path / name).write_bytes(bytes(offset) + values[:10].tobytes())
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("p", values.shape, "f4", external=files)
    assert minimum(tmp_path / "a.h5") == 1
    cut(tmp_path / files[short][0])
    nsr.fails(nsr.DATA, "range", tmp_path / "a.h5", says=[files[short][0], "cut short"])


@pytest.mark.parametrize("harm", [cut, pathlib.Path.unlink], ids=["cut short", "missing"])
def test_raw_file_of_a_source(raw_parts, harm):
    """It is looked for beside the source, as that of a field is beside the field's file."""
    assert minimum(raw_parts / "vds.h5") > 0.5
    harm(raw_parts / "part1.raw")
    nsr.fails(nsr.DATA, "render", raw_parts / "vds.h5", "-o", raw_parts / "out.nsr",
              says=["frames 40..79", "part1.h5", "an external raw file that is missing"])
    assert bad_frames(raw_parts / "vds.h5", raw_parts) == N


@pytest.mark.parametrize("prefix", ["${ORIGIN}/raw", "{}/raw"])
def test_raw_files_in_another_folder(raw_parts, prefix):
    (raw_parts / "raw").mkdir()
    for file in raw_parts.glob("*.raw"):
        file.rename(raw_parts / "raw" / file.name)
    env = {"HDF5_EXTFILE_PREFIX": prefix.replace("{}", str(raw_parts))}
    for name in ("vds.h5", "part2.h5"):
        done = nsr.run("range", raw_parts / name, "--json", env=env)
        assert done.json["min"] > 0.5 and not done.warnings
        nsr.fails(nsr.DATA, "range", raw_parts / name)
