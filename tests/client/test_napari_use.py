# SPDX-License-Identifier: MIT
"""How the launcher is used: pieces of time, the overview, other layers, the mouse, typed times; its messages about
damaged bundles. Values by NumPy from the recording."""
import importlib.util
import json
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

import napari_window
import nsr
import sessions
from napari_cases import case

pytestmark = [pytest.mark.filterwarnings("ignore"),  # of the viewer's own modules
              pytest.mark.skipif(not importlib.util.find_spec("napari"),
                                 reason="tests/requirements-napari.txt is not installed")]


@pytest.fixture(scope="module")
def values():
    values = np.random.default_rng(8).random((sessions.N, sessions.BINS)) + 1
    values[sessions.N // 3] = np.nan
    return values.astype("f4")


@pytest.fixture(scope="module")
def bundle(place, session):
    nsr.run("render", session, "--field", sessions.FIELD, "-o", place / "session.nsr")
    return place / "session.nsr"


@pytest.fixture(scope="module")
def bare(place):
    """No times, and every third frame of some."""
    path = place / "bare.h5"
    with h5py.File(path, "w") as file:
        file["p"] = np.random.default_rng(9).random((700, 6, 5)).astype("f4")
    nsr.run("render", path, "-o", place / "bare.nsr", "--frames", "100:500:3")
    return place / "bare.nsr"


def since_start():
    return sessions.frame_times() - sessions.frame_times()[0]


def sums_of(bundle):
    import zarr
    return zarr.open_array(bundle / "frames.ome.zarr/0", mode="r")[:].sum(axis=(1, 2), dtype="i8")


# --- the mouse ---

def place_of(bin_):
    """y,x of a bin."""
    x, y = np.argwhere(sessions.ACTIVE)[bin_]
    return f"{sessions.centers(sessions.Y)[y]},{sessions.centers(sessions.X)[x]}"


@pytest.mark.parametrize("words", [(), ("--vmin", 1.2), ("--zarr-dtype", "f32")])
def test_under_mouse(place, session, values, words):
    """The value to six digits, whatever napari would print for stored integers; nothing outside."""
    made = place / ("mouse" + "-".join(map(str, words)) + ".nsr")
    nsr.run("render", session, "--field", sessions.FIELD, "-o", made, *words)
    bins = [0, 17, 60]
    told = case("under_mouse", made, *map(place_of, bins), "-500,-500")
    step = 0 if "f32" in words else (np.nanmax(values) - np.nanmin(values)) / 65534
    for (text, line), bin_ in zip(told, bins):
        assert abs(float(text) - values[0, bin_]) <= step / 2 + 1e-5 and line.endswith(": " + text)
    assert told[-1][0] == ""


def test_under_mouse_of_a_line(place):
    path, data = place / "track.h5", np.random.default_rng(4).random((3000, 40)).astype("f4")
    with h5py.File(path, "w") as file:
        file["p"], file["time"] = data, np.arange(3000) * 0.02
    nsr.run("render", path, "--field", "p", "--grid", "1x40", "-o", place / "track.nsr")
    (text, _), (outside, _) = case("under_mouse", place / "track.nsr", "0,11", "0,-30")
    assert 0 <= float(text) <= 1 and outside == ""


def test_line_on_the_clock_of_the_file(place):
    """Where the numbers of seconds are too large for the canvas, the picture is the same."""
    import matplotlib.image
    path = place / "unix.h5"
    with h5py.File(path, "w") as file:
        file["p"], file["time"] = np.random.default_rng(4).random((900, 20)).astype("f4"), 1.7e9 + np.arange(900) * 0.02
    nsr.run("render", path, "--field", "p", "--grid", "1x20", "-o", place / "unix.nsr")
    env = {name: value for name, value in nsr.ENV.items() if name != "DISPLAY"}
    for clock in ("session", "file"):
        subprocess.run([sys.executable, place / "unix.nsr/open_in_napari.py", "--clock", clock, "--screenshot",
                        place / f"{clock}.png"], check=True, env=env, timeout=120)
    pictures = [matplotlib.image.imread(place / f"{clock}.png") for clock in ("session", "file")]
    assert np.array_equal(*pictures) and len(np.unique(pictures[0].reshape(-1, pictures[0].shape[-1]), axis=0)) > 50


# --- time ---

def test_piece(bundle):
    """Half open, over the gap: each frame is there, reported and shown, and the slider begins with the first."""
    shown = case("piece", bundle, "7.2:15")
    which = np.flatnonzero((since_start() >= 7.2) & (since_start() < 15))
    assert shown["start"] == 0 and shown["steps"] == len(which) > 50
    assert shown["texts"] == [f"t = {since_start()[i]:.3f} s   frame {i}" for i in which]
    assert shown["sums"] == sums_of(bundle)[which].tolist()
    assert np.allclose(shown["box"], since_start()[which], atol=6e-4)
    assert np.allclose(shown["range"], since_start()[which[[0, -1]]], atol=6e-4)


def test_all_frames_are_counted(bundle):
    assert case("counted", bundle, 200) == []


def test_frames_without_times(bare):
    """Frames keep the numbers that they have in the recording."""
    shown, numbers = case("piece", bare, "250:401"), range(250, 401, 3)
    assert shown["texts"] == [f"frame {i}" for i in numbers] and shown["box"] == list(numbers)
    assert shown["sums"] == sums_of(bare)[50:101].tolist() and shown["steps"] == len(numbers)
    assert case("typed", bare, "130", "131") == ["frame 130", "frame 133"]


def test_typed_times(bundle):
    """A time as it stands on screen brings its frame back."""
    frames = [1, 2, 400, 749, 750, 1499]
    texts = [f"{since_start()[i]:.3f}" for i in frames]
    assert case("typed", bundle, *texts) == [f"t = {text} s   frame {i}" for text, i in zip(texts, frames)]


def test_film(bundle):
    import zarr
    shown = case("film", bundle)
    stored = zarr.open_array(bundle / "overview.ome.zarr/0", mode="r")[:, 0]
    assert shown["layers"][:2] == [["mean of 64 frames", True], ["max of 64 frames", False]]
    assert np.array_equal(shown["slices"], stored)
    assert shown["texts"] == [f"t = {since_start()[i]:.3f} s   frame {i}" for i in range(0, sessions.N, 64)]


def test_with_others(bundle):
    """Each counts its own frames from its own start, whatever else the viewer shows."""
    shown = case("with_others", bundle, "2:6", 3.5)
    for at, texts in zip((3.5, 4.5), shown["told"]):
        for text in texts:
            assert abs(float(text.split()[2]) - at) < 0.02, text
    assert shown["labels"][1:] == ["t", "y", "x"]


# --- the animal ---

def test_animal(bundle):
    """Behind the gap the trail begins behind the gap; what was hidden by hand stays hidden."""
    times, gap = sessions.frame_times(), sessions.N // 2
    frames = [gap - 1, gap + 3, gap + 90]
    shown = case("animal", bundle, 0, *frames)
    assert shown["points"][0] is None and shown["kept"] == [False, False, False]
    for i, points in zip(frames, shown["points"][1:]):
        ages = np.linspace(1, 0, 24)
        which = np.append(np.searchsorted(times, times[i] - ages - 0.0005)[:-1], i)
        known = (times[which] >= 51) & ~((times[which] > 55) & (times[which] < 56))
        path = sessions.true_path(times)[:, ::-1]
        want = np.where(known[:, None], path[which], path[i])
        assert np.allclose(points, want, atol=0.02), i


# --- what cannot be shown ---

def refuse(bundle, *words):
    """Ends with one line, without a window."""
    done = subprocess.run([sys.executable, bundle / "open_in_napari.py", *map(str, words)], text=True,
                          capture_output=True, timeout=120, check=False, env={**nsr.ENV, "DISPLAY": ":none"})
    assert done.returncode in (1, 2) and "Traceback" not in done.stderr, done.stderr
    return done.stderr


@pytest.mark.parametrize("name, harm, said", [
    ("frames.ome.zarr/zarr.json", None, "is missing: the bundle is not finished"),
    ("frames.ome.zarr/0/zarr.json", b"{", "not finished, or damaged"),
    ("overview.ome.zarr/zarr.json", None, "is missing"),
    ("napari.json", b'{"frames": ', "not finished, or damaged"),
    ("frame_times.npy", 200, "not finished, or damaged"),
    ("frame_times.npy", None, "is missing")])
def test_unfinished(place, bundle, name, harm, said):
    broken = place / "broken.nsr"
    shutil.copytree(bundle, broken, dirs_exist_ok=True)
    if harm is None:
        (broken / name).unlink()
    else:
        (broken / name).write_bytes((broken / name).read_bytes()[:harm] if isinstance(harm, int) else harm)
    message = refuse(broken)
    assert said in message and name.removesuffix("/zarr.json") in message and "nsrender-mpi verify" in message


@pytest.mark.parametrize("words, said", [(("--time", "0:10:00"), "give two numbers as T0:T1"),
                                         (("--time", "soon:"), "give two numbers as T0:T1"),
                                         (("--time", "5"), "give two numbers as T0:T1"),
                                         (("--time", "nan:"), "no frame lies in nan:"),
                                         (("--plugin", "--time", "1:2"), "without --time")])
def test_words(bundle, words, said):
    assert said in refuse(bundle, *words)


def test_without_display(bundle):
    done = subprocess.run([sys.executable, bundle / "open_in_napari.py"], text=True, capture_output=True, timeout=120,
                          check=False, env={name: value for name, value in nsr.ENV.items() if "DISPLAY" not in name})
    assert done.returncode == 1 and "no display: copy the bundle" in done.stderr and "Traceback" not in done.stderr


def test_without_qt(place, bundle):
    """napari can be imported without Qt; the message gives the command to type."""
    (place / "lacking").mkdir(exist_ok=True)
    (place / "lacking/qtpy.py").write_text("raise ImportError('No Qt bindings could be found')\n")
    done = subprocess.run([sys.executable, bundle / "open_in_napari.py"], text=True, capture_output=True, timeout=120,
                          check=False, env={**nsr.ENV, "DISPLAY": ":none", "PYTHONPATH": str(place / "lacking")})
    assert done.returncode == 1 and "pip install" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_cut_along_time(bundle):
    """Never more than a chunk at once beside what was asked for."""
    import zarr
    module = napari_window.launcher(bundle)
    stack, held = module.Bundle().stack, []
    chunk = stack.chunk
    stack.chunk = lambda i: held.append(i) or chunk(i)
    whole = zarr.open_array(bundle / "frames.ome.zarr/0", mode="r")[:]
    assert np.array_equal(stack[:, 3:4, :], whole[:, 3:4, :]) and np.array_equal(stack[::-200], whole[::-200])
    count = -(-len(stack) // stack.per_chunk)
    assert held[:count] == list(range(count)), "each chunk once, in order"


def test_damaged_chunk(place, bundle):
    """Found when the frame is shown; the others are shown."""
    broken = place / "chunk.nsr"
    shutil.copytree(bundle, broken)
    module = napari_window.launcher(broken)
    shown = module.Bundle()
    shard = broken / "frames.ome.zarr/0/c.1.0.0"
    data = bytearray(shard.read_bytes())
    data[len(data) // 4] ^= 1
    shard.write_bytes(data)
    assert shown.stack[0].shape == shown.stack.shape[1:]
    with pytest.raises(module.Refused, match="checksum"):
        for i in range(shown.stack.per_chunk, len(shown.stack)):
            shown.stack[i]


def test_descriptors(bundle):
    counts = case("descriptors", bundle, 12)
    assert max(counts) <= counts[0] + 1, counts


def test_another_folder(place, bundle, bare):
    """One launcher opens any bundle."""
    module = napari_window.launcher(bundle)
    assert module.Bundle(bare).name != module.Bundle().name
    assert json.loads((bare / "napari.json").read_text())["time"]["known"] is False
