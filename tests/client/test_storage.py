# SPDX-License-Identifier: MIT
"""Plain HDF5 as h5py writes it: counts, minimum and maximum are NumPy's, whatever the storage and the way of reading;
guesses are reported, and options overrule them."""
import h5py
import numpy as np
import pytest

import nsr

FRAMES, BINS = 40, 24
WAYS = ("direct", "hdf5")


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "input.h5", "w") as made:
        yield made


def values():
    made = np.random.default_rng(1).normal(0, 40, (FRAMES, BINS))
    made[3, 4], made[5, 6], made[7, 8] = np.nan, np.inf, -np.inf
    return made


def done(file, *words, command="range", code=nsr.OK):
    name = file.filename
    file.close()
    return nsr.run(command, name, *words, "--json", code=code)


def agree(run, want):
    want = np.asarray(want)
    finite = want[np.isfinite(want)]
    got = run.json
    assert (got["n_frames"], got["n_bins"]) == want.shape
    assert (got["min"], got["max"]) == (finite.min(), finite.max())
    assert (got["n_nan"], got["n_posinf"], got["n_neginf"]) == (
        np.isnan(want).sum(), np.isposinf(want).sum(), np.isneginf(want).sum())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("how", [
    {}, {"chunks": (7, 5), "compression": "lzf"}, {"chunks": (7, 5), "compression": "gzip", "shuffle": True},
    {"chunks": (7, 5), "fletcher32": True}, {"chunks": (7, 5), "compression": "lzf", "shuffle": True, "fletcher32": True},
    {"chunks": (64, 64), "maxshape": (None, None), "compression": "gzip"}], ids=str)
@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
def test_filters(file, dtype, how, way):
    data = values().astype(dtype)
    file.create_dataset("field", data=data, **how)
    agree(done(file, "--io", way), data.astype(np.float64))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["|i1", "|u1", "<i2", ">u2", ">i4", "<u4", "<i8", ">u8", "?"])
def test_whole_numbers(file, dtype, way):
    info = np.iinfo(np.uint8 if dtype == "?" else dtype)
    data = np.random.default_rng(2).integers(info.min, info.max, (FRAMES, BINS), np.dtype(dtype).newbyteorder("=")
                                             if dtype != "?" else np.uint8, endpoint=True)
    data = (data % 2 == 0) if dtype == "?" else data.astype(dtype)
    file.create_dataset("field", data=data)
    agree(done(file, "--io", way), data.astype(np.float64))


def test_committed_type(file):
    file["named"] = np.dtype(">i2")
    data = np.arange(FRAMES * BINS, dtype=">i2").reshape(FRAMES, BINS)
    file.create_dataset("field", dtype=file["named"], shape=data.shape)[...] = data
    agree(done(file, "--field", "field"), data.astype(np.float64))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_packed(file, kind, way):
    stored = np.random.default_rng(3).integers(-300, 300, (FRAMES, BINS)).astype(np.int16)
    field = file.create_dataset("field", data=stored, chunks=(7, 5), compression="gzip")
    field.attrs["scale_factor"], field.attrs["add_offset"] = kind(0.01), kind(-1.5)
    field.attrs["_FillValue"], field.attrs["missing_value"] = np.int16(-7), np.int16(12)
    want = stored.astype(kind) * kind(0.01) + kind(-1.5)
    want[(stored == -7) | (stored == 12)] = np.nan
    run = done(file, "--io", way)
    agree(run, want)
    assert "scale_factor" in run.err and "-7, 12" in run.err


def test_unsigned_in_signed(file):
    field = file.create_dataset("field", data=np.arange(FRAMES * BINS).reshape(FRAMES, BINS).astype(np.int8))
    field.attrs["_Unsigned"], field.attrs["_FillValue"] = "true", np.int8(-1)
    run = done(file)
    assert (run.json["min"], run.json["max"]) == (0, 254)


# --- frames first or last ---

def orient(file, *words, shape=(BINS, FRAMES), **times):
    file.create_dataset("field", data=np.arange(np.prod(shape), dtype="f4").reshape(shape))
    for name, n in times.items():
        file[name] = 100 + np.arange(n) / 25
    run = done(file, "--field", "field", *words)
    return (run.json["n_frames"], run.json["n_bins"]), run


def test_frames_first_by_default(file):
    assert orient(file)[0] == (BINS, FRAMES)


def test_bins_first_by_times(file):
    found, run = orient(file, time=FRAMES)
    assert found == (FRAMES, BINS)
    assert "bins first" in run.err and "/time has length 40" in run.err and "--axes tb" in run.err


def test_bins_first_by_named_times(file):
    assert orient(file, "--times-from", "clock", clock=FRAMES)[0] == (FRAMES, BINS)


def test_bins_first_by_grid(file):
    assert orient(file, "--grid", "4x6")[0] == (FRAMES, BINS)


def test_axes_decide(file):
    assert orient(file, "--axes", "tb", time=FRAMES)[0] == (BINS, FRAMES)


def test_axes_say_bins_first(file):
    assert orient(file, "--axes", "bt")[0] == (FRAMES, BINS)


def test_cube_with_frames_last(file):
    found, run = orient(file, shape=(4, 6, FRAMES), time=FRAMES)
    assert found == (FRAMES, 24) and "--axes tyx" in run.err


def test_axes_of_two_for_a_cube(file):
    file["field"] = np.zeros((3, 4, 5))
    run = done(file, "--axes", "bt", code=nsr.USAGE)
    assert "--axes bt" in run.err


def test_square_is_doubted(file):
    found, run = orient(file, "--grid", "4x6", shape=(24, 24))
    assert found == (24, 24) and any("both ways" in line for line in run.warnings)


def test_same_pictures_either_way(tmp_path):
    data = np.random.default_rng(4).random((FRAMES, BINS)).astype("f4")
    made = {}
    for name, stored, how in (("first", data, {}), ("last", data.T, {}), ("tiles", data.T, {"chunks": (5, 7)})):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file.create_dataset("field", data=stored, **how)
            file["time"] = np.arange(FRAMES) / 20 + 0.5
        nsr.run("render", tmp_path / f"{name}.h5", "--field", "field", "--grid", "4x6", "-o", tmp_path / f"{name}.nsr",
                "--format", "hash")
        made[name] = (tmp_path / f"{name}.nsr" / "hashes.txt").read_text()
    assert made["first"] == made["last"] == made["tiles"]


# --- times to doubt ---

def doubts(file, times):
    file["field"] = values()
    file["time"] = times
    return done(file, "--field", "field").warnings


def test_frame_numbers(file):
    assert any("frame numbers" in line and "--sampling-rate" in line for line in doubts(file, np.arange(FRAMES)))


def test_unix_times_in_float32(file):
    assert any("float32" in line for line in doubts(file, (1.6e9 + np.arange(FRAMES) / 25).astype("f4")))


def test_good_times(file):
    assert doubts(file, 5 + np.arange(FRAMES) / 25) == []


# --- what cannot be read ---

def test_unknown_filter_is_named(file):
    """A file of h5py whose filter number is changed to one that is not here."""
    lzf, bitshuffle = (number.to_bytes(2, "little") for number in (32000, 32008))
    file.create_dataset("field", data=values(), chunks=(10, BINS), compression="lzf")
    name = file.filename
    file.close()
    with open(name, "rb") as made:
        content = made.read()
    assert lzf in content
    with open(name, "wb") as made:
        made.write(content.replace(lzf, bitshuffle))
    run = nsr.run("range", name, code=nsr.DATA)
    assert "32008 (bitshuffle)" in run.err and "HDF5_PLUGIN_PATH" in run.err
    assert "hdf5plugin" in run.err and "h5repack needs the filter too" in run.err


def test_never_written(file):
    file.create_dataset("field", (10**9, BINS), "f4", chunks=(100, BINS))
    run = done(file, code=nsr.DATA)
    assert "not one chunk" in run.err and run.seconds < 10
