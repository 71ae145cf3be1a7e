# SPDX-License-Identifier: MIT
"""Bad input and failures: alone and on three ranks the same code and the same one message, which says what and where;
no hang, no crash, and nothing with a final name where nothing was made."""
import json
import os
import pathlib
import resource
import shutil
import time

import h5py
import numpy as np
import pytest
from PIL import Image

import nsr
import recordings as rec

BROKEN_FILES = pathlib.Path(__file__).resolve().parents[1] / "data" / "broken"
BROKEN = json.loads((BROKEN_FILES.parent / "broken.json").read_text())
RANKS = pytest.mark.parametrize("ranks", [0, 3])
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")


@pytest.fixture(scope="module")
def intact(place):
    """256 frames of 6 x 5 bins in chunks of 16 frames; 4 segments."""
    path = place / "intact.h5"
    values = np.random.default_rng(3).random((256, 6, 5), dtype="f4")
    with h5py.File(path, "w") as file:
        file.create_dataset("p", data=values, chunks=(16, 6, 5), compression="gzip", shuffle=True)
        file["time"] = np.arange(256) / 30
    return path


def render(path, bundle, *words):
    return ("render", path, "-o", bundle, "--format", "png,video", *words)


# --- the ancestor's broken files ---

@RANKS
@pytest.mark.parametrize("name", [n for n, c in BROKEN.items() if c["verdict"] == "refuse"])
def test_refused(name, tmp_path, ranks):
    case = BROKEN[name]
    done = nsr.run(*render(BROKEN_FILES / name, tmp_path / "o.nsr", "--field", case["dataset"], "--grid", "5x13"), ranks=ranks,
                   code=None, timeout=15)
    assert done.code in case["exit_codes"], done
    if done.code:
        assert len(done.errors) == 1, done
        assert not (tmp_path / "o.nsr").exists()
    said = done.err.lower()
    assert any(word.lower() in said for word in case["message_any_of"]), done
    assert name in done.err


@pytest.mark.parametrize("name", ["all_nan.h5", "all_inf.h5"])
def test_without_a_finite_value(name, tmp_path):
    done = nsr.run(*render(BROKEN_FILES / name, tmp_path / "o.nsr", "--field", "fields", "--grid", "5x13"), ranks=2)
    assert any(word in warning for warning in done.warnings for word in BROKEN[name]["message_any_of"])
    limits = nsr.manifest(tmp_path / "o.nsr")["limits"]
    assert [limits["vmin"], limits["vmax"]] == BROKEN[name]["range"]


@pytest.mark.parametrize("name", ["huge_claim.h5", "huge_chunk.h5"])
@pytest.mark.parametrize("command", ["info", "plan"])
def test_huge_claims_cost_nothing(name, command):
    """A file of a kilobyte that claims 10^9 frames, or chunks of 390 MB: answered at once, in little memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = nsr.run(command, BROKEN_FILES / name, "--field", "fields", "--grid", "5x13", "--json",
                   *(["--format", "hash"] if command == "plan" else []), code=None, timeout=20)
    assert done.code in BROKEN[name]["exit_codes"], done
    assert done.seconds < 5
    assert max(0, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - before) < 500_000  # kB
    if command == "info":
        assert done.json["fields"][0]["n_frames"] >= 4_000_000


@RANKS
@pytest.mark.parametrize("name", [n for n, c in BROKEN.items() if c["verdict"] == "partial"])
def test_damaged_chunks_of_the_ancestor(name, tmp_path, ranks):
    """The other frames are right, the run names the wrong ones and does not end with 0."""
    case, bundle = BROKEN[name], tmp_path / "o.nsr"
    words = ("--field", case["dataset"], "--grid", "5x13", "--segment-frames", 8)
    done = nsr.fails(nsr.DATA, *render(BROKEN_FILES / name, bundle, *words), ranks=ranks)
    assert any(word in done.errors[0].lower() for word in case["message_any_of"])
    assert "16" in done.errors[0] and "23" in done.errors[0], "which frames"
    assert "1 of 6 segments" in done.errors[0] and "--on-error fill" in done.errors[0]
    assert nsr.records(bundle) == [0, 1, 3, 4, 5] and not (bundle / "manifest.json").exists()
    assert not (bundle / "video.mp4").exists()
    nsr.run(*render(BROKEN_FILES / name, bundle, *words, "--on-error", "fill"), ranks=ranks)
    assert nsr.manifest(bundle)["bad_frames"] == 8


# --- damaged chunks of our own ---

def damage(intact, path, *chunks):
    shutil.copy(intact, path)
    with h5py.File(path) as file:
        infos = [file["p"].id.get_chunk_info(c) for c in chunks]
    with open(path, "r+b") as file:
        for info in infos:
            file.seek(info.byte_offset + info.size // 2)
            file.write(bytes(255 for _ in range(min(20, info.size // 3))))
    return path


@pytest.mark.parametrize("io", ["direct", "hdf5", "mpio"])
@pytest.mark.parametrize("ranks", [0, 3])
def test_bad_frames_fail_their_segments_only(intact, tmp_path, io, ranks):
    path, bundle = damage(intact, tmp_path / "a.h5", 6, 7, 13), tmp_path / "o.nsr"  # frames 96..127, 208..223
    words = render(path, bundle, "--segment-frames", 64, "--io", io, "--field", "p")
    done = nsr.fails(nsr.DATA, *words, ranks=ranks, says=["a.h5", "2 of 4 segments"])
    assert nsr.records(bundle) == [0, 2], done
    status = nsr.run("status", bundle, "--json").json
    assert (status["done"], status["failed"], status["missing"]) == (2, 2, 0)
    assert "a.h5" in status["first_failure"]
    assert "--on-error fill" in nsr.run("status", bundle).out
    found = nsr.run("range", path, "--field", "p", "--json", "--on-error", "fill", "--io", io, ranks=ranks).json
    assert found["complete"] is False
    with h5py.File(intact) as file:
        good = np.delete(file["p"][:], [*range(96, 128), *range(208, 224)], axis=0)
    assert (found["min"], found["max"], found["n_finite"]) == (good.min(), good.max(), good.size)
    stamps = {n: s for n, s in nsr.stamps(bundle).items() if n.startswith("frames/")}
    filled = nsr.run("resume", bundle, "--on-error", "fill", ranks=ranks)
    assert any("48" in warning for warning in filled.warnings), "how many frames could not be read"
    assert all(nsr.stamps(bundle)[n] == s for n, s in stamps.items()), "a finished segment was made again"
    assert nsr.manifest(bundle)["bad_frames"] == 48
    for frame, empty in ((95, False), (96, True), (127, True), (128, False), (208, True), (224, False)):
        with Image.open(nsr.frame_png(bundle, frame)) as image:
            colours = image.convert("RGB").getcolors()
        assert (len(colours) == 1 and colours[0][1] == (211, 211, 211)) == empty


def test_fill_is_the_same_for_all_ranks(intact, tmp_path):
    path = damage(intact, tmp_path / "a.h5", 3)
    for ranks in (0, 2, 3):
        nsr.run(*render(path, tmp_path / f"{ranks}.nsr", "--field", "p", "--on-error", "fill"), ranks=ranks)
        nsr.assert_same(tmp_path / f"{ranks}.nsr", tmp_path / "0.nsr")


def test_all_frames_bad(intact, tmp_path):
    path = damage(intact, tmp_path / "a.h5", *range(16))
    nsr.fails(nsr.DATA, *render(path, tmp_path / "o.nsr", "--field", "p"), ranks=2, says="a.h5")


def test_a_repaired_input_goes_on(intact, tmp_path):
    """The bad chunk comes back (a copy was damaged on its way): what was made stays, if the range is the same."""
    path, bundle = damage(intact, tmp_path / "a.h5", 6), tmp_path / "o.nsr"
    nsr.fails(nsr.DATA, *render(path, bundle, "--field", "p", "--segment-frames", 64, "--vmin", 0, "--vmax", 1))
    shutil.copy(intact, path)
    done = nsr.run("resume", bundle, code=None)
    assert done.code in (nsr.OK, nsr.MISMATCH), done  # a damaged row may be one of the 64 of the identity
    if done.code == nsr.OK:
        nsr.run(*render(intact, tmp_path / "want.nsr", "--field", "p", "--segment-frames", 64, "--vmin", 0, "--vmax", 1))
        assert {n: h for n, h in nsr.tree(bundle).items() if n.startswith("frames/")} == \
               {n: h for n, h in nsr.tree(tmp_path / "want.nsr").items() if n.startswith("frames/")}


# --- files made here ---

@pytest.fixture(scope="module")
def several(place):
    path = place / "several.h5"
    values = np.random.default_rng(4).random((20, 30), dtype="f4")
    with h5py.File(path, "w") as file:
        for name in ("session/posterior", "session/value_function", "decode/posterior"):
            file[name] = values
    return path


@RANKS
def test_no_such_field_lists_what_is_there(several, tmp_path, ranks):
    done = nsr.fails(nsr.DATA, *render(several, tmp_path / "o.nsr", "--field", "postrior", "--grid", "5x6"), ranks=ranks,
                     says=["several.h5", "postrior", "value_function"])
    assert done.errors[0].count("posterior") >= 1


@RANKS
@pytest.mark.parametrize("words", [[], ["--field", "posterior"]])
def test_several_candidates_are_listed(several, tmp_path, words, ranks):
    nsr.fails(nsr.DATA, *render(several, tmp_path / "o.nsr", *words, "--grid", "5x6"), ranks=ranks,
              says=["several.h5", "session/posterior", "decode/posterior", *([] if words else ["--field"])])
    nsr.run("info", several)


@RANKS
def test_bins_do_not_match_the_grid(several, tmp_path, ranks):
    field = ("--field", "value_function")
    nsr.fails(nsr.DATA, *render(several, tmp_path / "o.nsr", *field, "--grid", "5x7"), ranks=ranks, says=["30", "35", "bins"])
    nsr.fails(nsr.USAGE, *render(several, tmp_path / "o.nsr", *field), ranks=ranks, says=["30 bins", "--grid"])
    data = rec.folder() / "nwb/grid.nwb"
    nsr.fails(nsr.DATA, *render(several, tmp_path / "o.nsr", *field, "--environment", data), ranks=ranks, says=["30", "149"])


USAGE = {
    "--size too small": (["--size", "4x4"], ["--size", "4x4", "at least", "6"]),
    "--size not a size": (["--size", "large"], ["--size"]),
    "--frames outside": (["--frames", "0:300"], ["0:300", "255"]),
    "--frames all outside": (["--frames", "400:500"], ["400:500", "255"]),
    "--frames empty": (["--frames", "10:10"], ["--frames"]),
    "--frames no numbers": (["--frames", "a:b"], ["--frames"]),
    "--time outside": (["--time", "100:200"], ["--time"]),
    "--time empty": (["--time", "3:2"], ["--time"]),
    "vmin > vmax": (["--vmin", "2", "--vmax", "1"], ["vmin", "vmax"]),
    "vmin = vmax": (["--vmin", "1", "--vmax", "1"], ["vmin", "vmax"]),
    "vmin above the data": (["--vmin", "5"], ["vmin", "5"]),
    "vmin nan": (["--vmin", "nan"], ["vmin"]),
    "unknown colormap": (["--cmap", "viridsi"], ["viridsi", "viridis"]),
    "unknown colour": (["--nodata-color", "ligthgray"], ["ligthgray", "lightgray"]),
    "unknown format": (["--format", "pgn"], ["pgn", "png"]),
    "unknown option": (["--fromat", "png"], ["--fromat", "--format"]),
    "unknown word": (["--resample", "meen"], ["meen", "mean"]),
    "segment of no frames": (["--segment-frames", "0"], ["--segment-frames"]),
    "share outside": (["--share", "4/3"], ["--share"]),
    "share zero": (["--share", "0/3"], ["--share"]),
    "fps zero": (["--fps", "0"], ["--fps"]),
    "speed negative": (["--speed", "-1"], ["--speed"]),
    "memory nonsense": (["--memory", "lots"], ["--memory"]),
    "threads zero": (["--threads", "0"], ["--threads"]),
    "too many files": (["--max-files", "100"], ["256 files", "--max-files"]),
    "size far too large": (["--size", "2000000x2000000"], ["--size"]),
    "a value is missing": (["--cmap"], ["--cmap"]),
    "an empty field": (["--field", ""], ["--field"]),
}


@pytest.mark.parametrize("what", USAGE)
def test_usage(intact, tmp_path, what):
    words, says = USAGE[what]
    field = () if "--field" in words else ("--field", "p")
    done = nsr.fails(nsr.USAGE, *render(intact, tmp_path / "o.nsr", *field, *words), says=says)
    on_ranks = nsr.fails(nsr.USAGE, *render(intact, tmp_path / "o.nsr", *field, *words), ranks=3)
    assert on_ranks.errors == done.errors
    assert not (tmp_path / "o.nsr").exists()


@RANKS
def test_missing_arguments(ranks):
    nsr.fails(nsr.USAGE, "render", ranks=ranks)
    nsr.fails(nsr.USAGE, "rendr", "a.h5", ranks=ranks, says=["rendr", "render"])
    nsr.fails(nsr.NO_INPUT, "resume", "/nowhere/o.nsr", ranks=ranks, says="/nowhere/o.nsr")
    nsr.fails(nsr.NO_INPUT, "status", "/nowhere/o.nsr", ranks=ranks)
    nsr.fails(nsr.NO_INPUT, "verify", "/nowhere/o.nsr", ranks=ranks)
    nsr.fails(nsr.NO_INPUT, "join", "/nowhere/o.nsr", ranks=ranks)


def test_render_needs_a_place(intact):
    nsr.fails(nsr.USAGE, "render", intact, says="-o")


@RANKS
def test_a_colormap_file(intact, tmp_path, ranks):
    words = render(intact, tmp_path / "o.nsr", "--field", "p", "--cmap")
    nsr.fails(nsr.NO_INPUT, *words, "./gone.txt", ranks=ranks, says="gone.txt", cwd=tmp_path)
    for text, says in (("1 2 3\n" * 255, "255"), ("1 2 3\n" * 257, "256"), ("1 2\n" * 256, "bad.txt"), ("300 0 0\n" * 256, "bad.txt"),
                       ("nan 0 0\n" * 256, "bad.txt"), ("", "bad.txt")):
        (tmp_path / "bad.txt").write_text(text)
        nsr.fails(nsr.DATA, *words, tmp_path / "bad.txt", ranks=ranks, says=["bad.txt", says])


UNKNOWN = 399  # of the range that HDF5 keeps for tests


@RANKS
def test_an_unknown_filter_is_named(tmp_path, ranks):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((10, 4, 4))
        plist.set_filter(UNKNOWN, h5py.h5z.FLAG_OPTIONAL)  # an unknown filter: left out while writing
        space, kind = h5py.h5s.create_simple((20, 4, 4)), h5py.h5t.IEEE_F32LE
        data = h5py.Dataset(h5py.h5d.create(file.id, b"p", kind, space, plist))
        for first in (0, 10):
            data.id.write_direct_chunk((first, 0, 0), np.ones((10, 4, 4), "f4").tobytes())
    done = nsr.fails(nsr.DATA, *render(path, tmp_path / "o.nsr"), ranks=ranks, says="a.h5")
    assert str(UNKNOWN) in done.errors[0]


@RANKS
def test_unusable_inputs(tmp_path, ranks):
    for path, code in ((tmp_path, None), ("/dev/null", nsr.DATA), ("/proc/self/mem", None), (tmp_path / "gone.h5", nsr.NO_INPUT),
                       ("", None)):
        done = nsr.run(*render(path, tmp_path / "o.nsr"), ranks=ranks, code=code, timeout=20)
        assert done.code in (nsr.DATA, nsr.NO_INPUT, nsr.USAGE, nsr.IO) and len(done.errors) == 1, done
    assert not (tmp_path / "o.nsr").exists()


@pytest.mark.parametrize("seed", range(40 if nsr.LONG else 8))
def test_random_damage_never_crashes(intact, tmp_path, seed):
    """Bytes anywhere in the file change, or its end is missing: an answer or a message, in seconds, in bounded
    memory."""
    rng = np.random.default_rng(seed)
    data = bytearray(intact.read_bytes())
    for at in rng.integers(0, min(len(data), 6000) if seed % 2 else len(data), 12):
        data[at] = rng.integers(0, 256)
    if seed % 5 == 0:
        data = data[:rng.integers(100, len(data))]
    path = tmp_path / "a.h5"
    path.write_bytes(data)
    for words in (("info", path), render(path, tmp_path / "o.nsr", "--field", "p", "--memory", "64M")):
        done = nsr.run(*words, code=None, timeout=30)
        assert done.code in (nsr.OK, nsr.DATA, nsr.IO, nsr.NO_INPUT, nsr.USAGE), done
        assert done.code == 0 or len(done.errors) == 1, done


# --- failures of the place of the result ---

@RANKS
def test_a_file_where_a_directory_is_wanted(intact, tmp_path, ranks):
    (tmp_path / "o.nsr").write_text("mine")
    nsr.fails(nsr.CREATE, *render(intact, tmp_path / "o.nsr", "--field", "p"), ranks=ranks, says=["o.nsr", "file"])
    assert (tmp_path / "o.nsr").read_text() == "mine"
    nsr.fails(nsr.CREATE, *render(intact, tmp_path / "o.nsr" / "below", "--field", "p"), ranks=ranks, says="o.nsr")


@RANKS
def test_a_directory_of_something_else(intact, tmp_path, ranks):
    """Nothing of the user's is touched, also not by --replace."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("mine")
    for more in ((), ("--replace",)):
        nsr.fails(nsr.CREATE, *render(intact, tmp_path / "home", "--field", "p", *more), ranks=ranks, says="home")
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["thesis.txt"]


@RANKS
def test_no_parent_directory(intact, tmp_path, ranks):
    nsr.fails(nsr.CREATE, *render(intact, tmp_path / "no" / "such" / "o.nsr", "--field", "p"), ranks=ranks, says="o.nsr")
    nsr.fails(nsr.CREATE, *render(intact, "/proc/o.nsr", "--field", "p"), ranks=ranks, says="/proc/o.nsr")


def test_a_file_in_the_way_inside_the_bundle(intact, tmp_path):
    for name in ("frames", "segments", "parts", "locks"):
        bundle = tmp_path / name / "o.nsr"
        bundle.mkdir(parents=True)
        (bundle / name).write_text("")
        nsr.fails(nsr.CREATE, *render(intact, bundle, "--field", "p"), ranks=2)


def test_the_command_line_costs_nothing(intact, tmp_path):
    """A mistake is answered at once and the input not even opened."""
    begin = time.monotonic()
    nsr.fails(nsr.USAGE, "render", "/nowhere.h5", "-o", tmp_path / "o.nsr", "--fps", "none")
    assert time.monotonic() - begin < 1


# --- times ---

@pytest.mark.parametrize("name, change, says", [
    ("backwards", lambda t: np.concatenate([t[:100], t[100:101] - 1, t[101:]]), ["increas", "100"]),
    ("repeated", lambda t: np.where(np.arange(256) == 100, t[99], t), ["increas", "100"]),
    ("nan", lambda t: np.where(np.arange(256) == 100, np.nan, t), ["100"]),
    ("infinite", lambda t: np.where(np.arange(256) == 255, np.inf, t), ["255"]),
    ("short", lambda t: t[:-6], ["250", "256"]),
    ("huge", lambda t: t * 1e300, [])])
def test_times_that_cannot_be_used(intact, tmp_path, name, change, says):
    """Named by the user: 65. Only found: a warning, and each data frame is one output frame."""
    path = tmp_path / "a.h5"
    with h5py.File(intact) as source, h5py.File(path, "w") as file:
        file["p"], file["my_clock"], file["time"] = source["p"][:], change(source["time"][:]), change(source["time"][:])
    words = ("--field", "p", "--segment-frames", 64)
    if name == "huge":
        done = nsr.run(*render(path, tmp_path / "o.nsr", *words, "--times-from", "my_clock"), code=None, timeout=60)
        assert done.code in (nsr.USAGE, nsr.DATA), done
        assert len(done.errors) == 1
        return
    nsr.fails(nsr.DATA, *render(path, tmp_path / "o.nsr", *words, "--times-from", "my_clock"), says=["my_clock", *says])
    nsr.fails(nsr.DATA, *render(path, tmp_path / "o.nsr", *words, "--times-from", "my_clock"), ranks=2)
    done = nsr.run(*render(path, tmp_path / "o.nsr", *words), ranks=2)
    assert any(all(word in warning for word in says) for warning in done.warnings), done
    assert nsr.output(tmp_path / "o.nsr", "video")["frames"] == 256
