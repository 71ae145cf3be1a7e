# SPDX-License-Identifier: MIT
"""A small file cannot take much memory: what is inflated is bounded before it is read, in the field and in all that
stands beside it, and --memory holds for every way of reading. Memory is the most that a rank ever had, without that of
the same command for a tiny file."""
import json
import zipfile
import zlib

import h5py
import numpy as np
import pytest

import environments
import inflated
import nsr
import sessions
from inflated import MB, chunk_of_zeros

N, HUGE = 200, 3200 * MB
MOST = 300  # MB; each of these files would take thousands


def write(path, n=N):
    """A field, and a group of the file for more."""
    file = h5py.File(path, "w")
    file["field"] = np.random.default_rng(19).random((n, 4, 4), "f4")
    return file


def check(words, code=nsr.OK, says=(), ranks=0, most=MOST):
    done, peak = inflated.run(*words, code=code, ranks=ranks)
    text = done.err.lower()
    assert all(word.lower() in text for word in says), done
    assert len(done.errors) == (done.code != nsr.OK), done
    assert peak - inflated.floor("range", ranks=ranks) < most, (peak, done)
    return done


# --- what stands beside the field ---

def other_length(file):
    chunk_of_zeros(file, "timestamps", (HUGE // 8,), "f8", (4 * MB,))


def one_chunk(file):
    chunk_of_zeros(file, "timestamps", (N,), "f8", (HUGE // 8,))


def longer_than_said(file):
    chunk_of_zeros(file, "timestamps", (N,), "f8", (MB,), bytes_of_chunk=HUGE)


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("make, code, says", [(other_length, nsr.OK, ["has length"]),
                                              (one_chunk, nsr.DATA, ["/timestamps", "3200 MB", "h5repack", "--sampling-rate"]),
                                              (longer_than_said, nsr.DATA, ["/timestamps", "inflates to more"])])
def test_times(tmp_path, make, code, says, ranks):
    with write(tmp_path / "a.h5") as file:
        make(file)
    check(("render", tmp_path / "a.h5", "-o", tmp_path / "a.nsr", "--times-from", "/timestamps") if code else
          ("range", tmp_path / "a.h5"), code, says, ranks)
    check(("info", tmp_path / "a.h5"), None)
    if code:
        check(("range", tmp_path / "a.h5", "--sampling-rate", 30))


@pytest.mark.parametrize("chunk, longer", [((HUGE // 16, 2), None), ((MB, 2), HUGE)])
def test_positions(tmp_path, chunk, longer):
    """Everything else is rendered."""
    path = sessions.write(tmp_path / "a.nwb", np.random.default_rng(1).random((sessions.N, sessions.BINS)).astype("f4"))
    with h5py.File(path, "a") as file:
        n = len(file[sessions.SERIES]["data"])
        del file[sessions.SERIES]["data"]
        chunk_of_zeros(file[sessions.SERIES], "data", (n, 2), "f8", chunk, longer)
    check(("render", path, "--field", sessions.FIELD, "-o", tmp_path / "a.nsr"), says=["without the animal"])


def netcdf(path, axis):
    with h5py.File(path, "w") as file:
        file.attrs["_NCProperties"] = "version=2"
        file["rate"] = np.random.default_rng(1).random((N, 64), "f4")
        file["time"] = np.arange(N) / 30
        axis(file)
        for k, name in enumerate(("time", "x")):
            file[name].make_scale(name)
            file["rate"].dims[k].attach_scale(file[name])
    return path


@pytest.mark.parametrize("chunk, longer", [((HUGE // 8,), None), ((MB,), HUGE)])
def test_coordinates(tmp_path, chunk, longer):
    path = netcdf(tmp_path / "a.nc", lambda file: chunk_of_zeros(file, "x", (64,), "f8", chunk, longer))
    check(("render", path, "-o", tmp_path / "a.nsr"), nsr.DATA, ["x"])


@pytest.mark.parametrize("length", [4 * MB, 64 * MB])
def test_names_of_states(tmp_path, length):
    with h5py.File(tmp_path / "a.nc", "w") as file:
        file.attrs["_NCProperties"] = "version=2"
        file["posterior"] = np.ones((4, 64), "f4")
        for axis, (name, n) in enumerate((("time", 4), ("state_bins", 64))):
            file.create_dataset(name, data=np.arange(float(n))).make_scale(name)
            file["posterior"].dims[axis].attach_scale(file[name])
        file["x_position"] = np.arange(64.)
        chunk_of_zeros(file, "state", (64,), f"S{length}", (1,))
    check(("info", tmp_path / "a.nc"), None)
    check(("render", tmp_path / "a.nc", "-o", tmp_path / "a.nsr"), None)


def json_text(values):
    """{"n_bins": 16, "a": [0,0,...]}"""
    return b'{"n_bins": 16, "a": [' + b"0," * (values - 1) + b"0]}"


def test_json_in_the_file(tmp_path):
    """16 M values: 32 MB of text, 30 kB in the file, a gigabyte as a tree."""
    text = json_text(16 * MB)
    with write(tmp_path / "a.nwb") as file:
        file.attrs.update(nwb_version="2.6", neurodata_type="NWBFile")
        stored = file.create_dataset("scratch/place/metadata", (1,), f"S{len(text)}", chunks=(1,), compression="gzip")
        stored.id.write_direct_chunk((0,), zlib.compress(text, 9))
        file["scratch/place"].attrs["neurodata_type"] = "DynamicTable"
    check(("range", tmp_path / "a.nwb", "--field", "/field"))
    check(("render", tmp_path / "a.nwb", "--field", "/field", "-o", tmp_path / "a.nsr", "--environment",
           f"{tmp_path / 'a.nwb'}:/scratch/place"), nsr.DATA, ["/scratch/place"])


def test_saved_environment(tmp_path):
    with write(tmp_path / "a.h5"):
        pass
    environments.save(tmp_path / "env", "RegularGrid", environments.grid())
    good = json.loads((tmp_path / "env.json").read_text())
    words = ("render", tmp_path / "a.h5", "-o", tmp_path / "a.nsr", "--environment", tmp_path / "env")
    (tmp_path / "env.json").write_bytes(json_text(16 * MB))
    check(words, nsr.DATA, ["env.json", "512 MB"])
    (tmp_path / "env.json").write_text(json.dumps(good))
    with zipfile.ZipFile(tmp_path / "env.npz", "w", zipfile.ZIP_DEFLATED) as archive, \
            archive.open("bin_centers.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "<f8", "fortran_order": False, "shape": (8 * MB, 2)})
        for _ in range(128):
            member.write(bytes(MB))
    check(words, nsr.DATA, ["bin_centers"])


# --- the field ---

WAYS = [("direct", 0), ("hdf5", 0), ("mpio", 2)]


@pytest.mark.parametrize("io, ranks", WAYS)
def test_chunks_of_the_field(tmp_path, io, ranks):
    """Larger than the memory; larger than they claim: then they are damaged."""
    with h5py.File(tmp_path / "one.h5", "w") as file:
        chunk_of_zeros(file, "field", (1000, 40, 40), "f4", (500000, 40, 40), 3200000000 // (4 * MB) * 4 * MB)
    words = ("--io", io, "--memory", "64M")
    check(("range", tmp_path / "one.h5", *words), nsr.DATA, ["/field", "h5repack", "--memory"], ranks)
    with h5py.File(tmp_path / "lies.h5", "w") as file:
        chunk_of_zeros(file, "field", (1000, 40, 40), "f4", (500, 40, 40), HUGE, most=1)
    done, peak = inflated.run("range", tmp_path / "lies.h5", *words, "--json", ranks=ranks, code=nsr.DATA)
    assert done.json["n_bad_frames"] == 500, done
    assert peak - inflated.floor("range", ranks=ranks) < MOST


def test_million_times(tmp_path):
    """An honest recording: 10 million frames, whose times are 80 MB in one chunk."""
    n = 10_000_000
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("field", (n, 2), "u1", chunks=(n // 10, 2), compression="gzip", fillvalue=3)
        file.create_dataset("timestamps", data=np.arange(n) / 500, chunks=(n,), compression="gzip", compression_opts=1)
    times = nsr.run("info", tmp_path / "a.h5", "--json").json["times"]
    assert (times["first"], times["last"]) == (0, (n - 1) / 500), times
    assert nsr.run("plan", tmp_path / "a.h5", "--grid", "2x1", "--json").json["n_frames"] == n


# --- --memory ---

def recording(path, chunk, n=12000):
    """A hundred megabytes of which each chunk is the same."""
    values = np.random.default_rng(2).integers(0, 9, chunk).astype("f4")
    stored = zlib.compress(values.tobytes(), 1)
    with h5py.File(path, "w") as file:
        field = file.create_dataset("field", (n, 40, 40), "f4", chunks=chunk, compression="gzip")
        for at in np.ndindex(*(-(-size // c) for size, c in zip(field.shape, chunk))):
            field.id.write_direct_chunk(tuple(k * c for k, c in zip(at, chunk)), stored)
    return path


@pytest.mark.parametrize("chunk, io, ranks", [*(((2500, 3, 3), *way) for way in WAYS), ((4000, 10, 10), "hdf5", 0)])
def test_memory_option(place, tmp_path, chunk, io, ranks):
    path = place / f"{chunk[0]}.h5"
    if not path.exists():
        recording(path, chunk)
    words = ("--io", io, "--memory", "64M", "--threads", 2)
    for command in (("range", path), ("render", path, "-o", tmp_path / "a.nsr")):
        done, peak = inflated.run(*command, *words, ranks=ranks)
        own = ("range", *words) if command[0] == "range" else ("render", "-o", "{out}", *words)
        assert not [w for w in done.warnings if "memory" in w], done
        assert peak - inflated.floor(*own, ranks=ranks) < 64 * 1.1, (command, peak)


def test_fewer_workers(place, tmp_path):
    """Two workers would each have too little memory for a row of chunks, and read it again and again."""
    path = place / "4000.h5"
    if not path.exists():
        recording(path, (4000, 10, 10))
    small = ("--memory", "64M", "--threads", 2)
    plan = nsr.run("plan", path, *small, "--json").json
    assert plan["threads"] == 1 and plan["read_amplification"] < 1.3, plan
    assert nsr.run("plan", path, "--memory", "1G", "--threads", 2, "--json").json["threads"] == 2
    for name, words in (("a", small), ("b", ("--memory", "64M", "--threads", 1)), ("c", ("--threads", 2))):
        nsr.run("render", path, "-o", tmp_path / f"{name}.nsr", *words)
    nsr.assert_same(tmp_path / "a.nsr", tmp_path / "b.nsr")
    nsr.assert_same(tmp_path / "a.nsr", tmp_path / "c.nsr")
