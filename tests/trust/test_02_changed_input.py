# SPDX-License-Identifier: MIT
"""An input that was changed between two runs is not taken for the old one, also where no sampled row shows it."""
import os
import shutil

import h5py
import netCDF4
import numpy as np
import pytest

import nsr
import shim

N, H, W, SEGMENT = 600, 6, 9, 50
WORDS = ("--format", "png,video", "--size", "36x24", "--segment-frames", SEGMENT, "--threads", 1)
SAMPLED = [i * (N - 1) // 63 for i in range(64)]


def values(seed=3):
    return np.random.default_rng(seed).random((N, H, W), "f4")


def turned(frames=range(N)):
    """The same numbers with the bins of some frames in another order, but not in those that are sampled."""
    array = values()
    for i in set(frames) - set(SAMPLED):
        array[i] = array[i, ::-1, ::-1]
    return array


def write(path, array):
    with h5py.File(path, "w") as file:
        file["p"] = array
        file["times"] = np.arange(N) / 30.0


@pytest.fixture
def recording(tmp_path):
    write(tmp_path / "a.h5", values())
    return tmp_path / "a.h5"


def render(recording, out, *words, **how):
    return nsr.run("render", recording, "-o", out, *WORDS, *words, **how)


def same_as_new(bundle, recording, out, *words):
    render(recording, out, *words)
    nsr.assert_same(bundle, out)
    nsr.run("verify", bundle, "--against", recording)


@pytest.mark.parametrize("ranks", [0, 2])
def test_between_two_shares(recording, tmp_path, ranks):
    bundle = tmp_path / "o.nsr"
    render(recording, bundle, "--share", "1/2", ranks=ranks)
    write(recording, turned())
    done = render(recording, bundle, "--share", "2/2", ranks=ranks)
    assert "its values are compared" in done.err and "6 rendered" in done.err
    nsr.fails(nsr.STOPPED, "join", bundle, says="6 of 12 segments are missing", ranks=ranks)
    assert "6 rendered" in nsr.run("resume", bundle, ranks=ranks).err
    same_as_new(bundle, recording, tmp_path / "new.nsr")


@pytest.mark.parametrize("frames, again", [((), 0), (range(100, 150), 1), (range(120, 260), 4), (range(N), 12)])
@pytest.mark.parametrize("command", ["render", "resume"])
def test_of_a_finished_bundle(recording, tmp_path, frames, again, command):
    """Only the segments with other values are rendered again."""
    bundle = tmp_path / "o.nsr"
    render(recording, bundle)
    write(recording, turned(frames))
    done = nsr.run("resume", bundle) if command == "resume" else render(recording, bundle)
    assert "its values are compared" in done.err
    assert (f"{again} rendered" if again else "nothing to do") in done.err
    same_as_new(bundle, recording, tmp_path / "new.nsr")


def test_killed_while_it_is_made_anew(recording, tmp_path):
    """What the killed run has made stays; what it had not reached is still known to be old."""
    bundle = tmp_path / "o.nsr"
    render(recording, bundle)
    write(recording, turned(range(0, 300)))
    nsr.run("resume", bundle, "--threads", 1, env=shim.env("rename", "frames/000003", 1, "exit"), code=99)
    done = nsr.run("resume", bundle)
    assert "3 rendered" in done.err
    same_as_new(bundle, recording, tmp_path / "new.nsr")


def test_another_range_is_another_input(recording, tmp_path):
    """Stored integers and colours are relative to it, so nothing of the bundle would stay."""
    bundle, array = tmp_path / "o.nsr", values()
    render(recording, bundle)
    before = nsr.stamps(bundle)
    array[next(i for i in range(N) if i not in SAMPLED), 0, 0] = 7
    write(recording, array)
    nsr.fails(nsr.MISMATCH, "resume", bundle, says=["its values differ", "--replace"])
    assert nsr.stamps(bundle) == before


@pytest.mark.parametrize("finished", [True, False])
def test_frames_that_cannot_be_read_any_more(tmp_path, finished):
    """What was made of them stays."""
    path, bundle = tmp_path / "a.h5", tmp_path / "o.nsr"
    with h5py.File(path, "w") as file:
        file.create_dataset("p", data=values(), chunks=(10, H, W), compression=1)
        chunk = file["p"].id.get_chunk_info_by_coord((100, 0, 0))
    render(path, bundle, *(() if finished else ("--share", "1/2")))
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 8:chunk.byte_offset + chunk.size - 4] = bytes(chunk.size - 12)
    path.write_bytes(content)
    done = render(path, bundle)
    assert ("nothing to do" if finished else "6 rendered") in done.err
    nsr.run("verify", bundle)


@pytest.mark.parametrize("how", ["moved", "copied", "touched"])
@pytest.mark.parametrize("finished", [True, False])
def test_equal_values_in_another_file(recording, tmp_path, how, finished):
    bundle, there = tmp_path / "o.nsr", tmp_path / "b.h5"
    render(recording, bundle, *(() if finished else ("--share", "1/2")))
    if how == "moved":
        os.rename(recording, there)
    elif how == "copied":
        shutil.copy(recording, there)
    else:
        there = recording
        os.utime(there, (1, 1))
    done = render(there, bundle)
    assert ("nothing to do" if finished else "6 rendered") in done.err
    assert ("its values are compared" in done.err) == (how != "moved")
    done = render(there, bundle)
    assert "nothing to do" in done.err and ("its values are compared" in done.err) == (finished and how != "moved")


def whole_of(file, dataset):
    layout = h5py.VirtualLayout((N, H, W), "f4")
    layout[:] = h5py.VirtualSource(file, dataset, (N, H, W))
    return layout


@pytest.mark.parametrize("kind", ["external", "virtual", "raw", "raw of virtual"])
def test_files_that_hold_the_values(tmp_path, kind):
    """The input itself is not touched."""
    source, recording, bundle = tmp_path / "source.h5", tmp_path / "a.h5", tmp_path / "o.nsr"
    write(source, values())
    with h5py.File(recording, "w") as file:
        file["times"] = np.arange(N) / 30.0
        if kind == "external":
            file["p"] = h5py.ExternalLink("source.h5", "p")
        elif kind == "virtual":
            file.create_virtual_dataset("p", whole_of("source.h5", "p"))
        else:
            source = tmp_path / "source.raw"
            values().tofile(source)
            with h5py.File(tmp_path / "of_raw.h5", "w") as other:
                for there in (file, other):
                    there.create_dataset("raw", (N, H, W), "f4", external=[(source.name, 0, h5py.h5f.UNLIMITED)])
            if kind == "raw":
                file.move("raw", "p")
            else:
                file.create_virtual_dataset("p", whole_of("of_raw.h5", "raw"))
    render(recording, bundle, "--field", "p")
    assert "nothing to do" in render(recording, bundle, "--field", "p").err
    turned(range(100, 150)).tofile(source) if "raw" in kind else write(source, turned(range(100, 150)))
    assert "1 rendered" in render(recording, bundle, "--field", "p").err
    same_as_new(bundle, recording, tmp_path / "new.nsr", "--field", "p")


def test_what_a_plan_knows_of_cells(tmp_path):
    """A cell that had no value in any frame has one now."""
    path, bundle = tmp_path / "a.nc", tmp_path / "o.nsr"

    def put(frame, cell):
        with netCDF4.Dataset(path, "w") as file:
            for name, n in (("time", N), ("y", H), ("x", W)):
                file.createDimension(name, n)
                file.createVariable(name, "f8", (name,))[:] = np.arange(n)
            array = values().astype("f4")
            array[:, 2, 3] = np.nan
            array[frame, 2, 3] = cell
            file.createVariable("p", "f4", ("time", "y", "x"))[:] = array
    put(5, np.nan)
    render(path, bundle, "--share", "1/2")
    put(5, 0.5)
    nsr.fails(nsr.MISMATCH, "render", path, "-o", bundle, *WORDS, "--share", "2/2", says="made with another")
