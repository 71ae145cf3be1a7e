# SPDX-License-Identifier: MIT
"""The bundle in a real napari window: by its launcher, and by napari-ome-zarr. What is shown is compared with stored
integers, colours, times and positions worked out by NumPy from the recording."""
import importlib.util
import json
import subprocess
import sys

import h5py
import numpy as np
import pytest
from matplotlib.colors import LogNorm, Normalize, PowerNorm, SymLogNorm

import napari_window
import nsr
import reference as ref
import sessions

pytestmark = [pytest.mark.filterwarnings("ignore"),  # of the viewer's own modules
              pytest.mark.skipif(not importlib.util.find_spec("napari"),
                                 reason="tests/requirements-napari.txt is not installed")]

FRAMES = [0, 1, 2, 63, 64, 65, 500, 749, 1498, 1499]
STEPS = 200 if nsr.LONG else 40


@pytest.fixture(scope="module")
def values():
    """A bump that wanders; a frame without data, and single values."""
    rng = np.random.default_rng(3)
    values = np.exp(-np.arange(sessions.BINS) / 40) * rng.random((sessions.N, sessions.BINS)) - 0.2
    values[rng.random(values.shape) < 0.05] = np.nan
    values[64] = np.nan
    return values.astype("f4")


@pytest.fixture(scope="module")
def bundle(place, session):
    """Made in one place, then moved."""
    made, moved = place / "made.nsr", place / "elsewhere" / "moved.nsr"
    nsr.run("render", session, "--field", sessions.FIELD, "-o", made)
    moved.parent.mkdir()
    return made.rename(moved)


@pytest.fixture(scope="module")
def shown(bundle, place):
    folder = place / "somewhere"
    folder.mkdir()
    return napari_window.show(bundle, FRAMES, cwd=folder, steps=STEPS)


def image(values):
    """Rows from the top: highest y; NaN where there is no bin."""
    cells = np.full((len(values), *sessions.ACTIVE.shape), np.nan)
    cells[:, sessions.ACTIVE] = values
    return cells.transpose(0, 2, 1)[:, ::-1]


def codes(values):
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    pixels = image(values.astype("f8"))
    return np.where(np.isnan(pixels), 0, 1 + np.rint((pixels - low) / (high - low) * 65534)).astype("u2")


# --- by the launcher ---

def test_slices_are_the_codes(shown, values):
    assert (shown["slice"] == codes(values)[FRAMES]).all()


def name_of(bundle):
    return json.loads((bundle / "frames.ome.zarr/zarr.json").read_text())["attributes"]["ome"]["multiscales"][0]["name"]


def test_layers(shown, bundle):
    """The frames on top of a hidden overview, the animal and the regions above; the image lies where the bins lie."""
    layers = {layer["name"]: layer for layer in shown["facts"]["layers"]}
    assert list(layers) == ["mean of 64 frames", "max of 64 frames", name_of(bundle), "regions", "places", "position"]
    assert [layer["visible"] for layer in layers.values()][:4] == [False, False, True, True]
    frames = layers[name_of(bundle)]
    assert shown["facts"]["shape"] == [sessions.N, *sessions.ACTIVE.shape[::-1]]
    assert frames["units"] == ["second", "centimeter", "centimeter"] and frames["labels"] == ["t", "y", "x"]
    step = np.diff(sessions.frame_times())
    assert np.allclose(frames["scale"], [np.median(step), -np.diff(sessions.Y)[0], np.diff(sessions.X)[0]], rtol=1e-6)
    assert np.allclose(frames["translate"], [0, sessions.centers(sessions.Y)[-1], sessions.centers(sessions.X)[0]])
    assert layers["mean of 64 frames"]["scale"] == frames["scale"]


def test_regions(shown):
    """A polygon's corners and a place, y before x."""
    layers = {layer["name"]: layer for layer in shown["facts"]["layers"]}
    goal, start = sessions.REGIONS
    assert layers["regions"]["kind"] == "Shapes" and layers["places"]["kind"] == "Points"
    corners = np.array(start["geom"]["coordinates"][0])[:, ::-1]
    assert np.allclose(layers["regions"]["data"], [corners[:len(layers["regions"]["data"][0])]])
    assert len(layers["regions"]["data"][0]) >= len(corners) - 1
    assert np.allclose(layers["places"]["data"], [goal["geom"][::-1]])
    assert layers["regions"]["units"] == ["centimeter", "centimeter"]


def test_colours(shown):
    """256 even steps as in the pictures; no data lies below the lowest colour."""
    facts = shown["facts"]["image"]
    assert facts["limits"] == [0.5, 65535] and facts["dtype"] == "uint16" and not facts["multiscale"]
    assert facts["low"] == [0, 0, 0, 0]
    assert np.allclose(np.array(facts["colors"])[:, :3] * 255, ref.palette()[:256], atol=0.51)


def check_canvas(shown, want):
    level = np.clip(np.floor((want - 0.5) / (65535 - 0.5) * 256), 0, 255).astype(int)
    check_colours(shown, np.where((want == 0)[..., None], 0, ref.palette()[:256].astype(int)[level]))


def check_colours(shown, colours, off=0, distinct=30):
    """The colour in the middle of each bin, where the camera puts it: the right way up. `off`: bins that may differ;
    `distinct`: colours that must be seen."""
    canvas, (cy, cx, zoom) = shown["canvas"], shown["camera"]
    rows = np.rint(canvas.shape[0] / 2 - (sessions.centers(sessions.Y)[::-1] - cy) * zoom).astype(int)
    columns = np.rint(canvas.shape[1] / 2 + (sessions.centers(sessions.X) - cx) * zoom).astype(int)
    have = canvas[np.ix_(rows, columns)][..., :3].astype(int)
    wrong = (np.abs(have - colours) > 3).any(-1).sum()
    assert wrong <= off, f"{wrong} colours are others than those of their values, or of neighbours"
    assert len(np.unique(have.reshape(-1, 3), axis=0)) > distinct


def test_canvas(shown, values):
    assert shown["facts"]["orientation"] == ["up", "right"]
    check_canvas(shown, codes(values)[FRAMES[-1]].astype(float))


def test_exact_time(shown):
    """Not what scale and index would make of it."""
    seconds = sessions.frame_times() - sessions.frame_times()[0]
    assert shown["facts"]["texts"] == [f"t = {seconds[i]:.3f} s   frame {i}" for i in FRAMES]


def test_go_to(shown):
    value, step = shown["facts"]["went"]
    assert step == np.searchsorted(sessions.frame_times() - sessions.frame_times()[0], value - 0.0005)


def test_position(shown):
    """The animal by a straight line between samples; nowhere before, behind, and where there are none for long."""
    times = sessions.frame_times()
    for i, points in zip(FRAMES, shown["position"]):
        if not 51 <= times[i] <= 70.96 or 55 < times[i] < 56:
            assert np.isnan(points).all()
        else:
            assert np.allclose(points[-1], sessions.true_path(times[[i]])[0, ::-1], atol=0.02), i


def test_steps_are_quick(shown):
    """The animal costs at most 10 ms of a step. The cost of the whole step is printed; bench/napari judges it."""
    facts = shown["facts"]
    moves = np.array(facts["moves"]) * 1e3
    print(f"\nopened in {facts['opened']:.2f} s; ms of {STEPS} steps (taken, painted): {facts['steps']}; "
          f"the animal: {np.median(moves):.2f}, 95 %: {np.quantile(moves, 0.95):.2f}")
    assert len(moves) >= 2 * STEPS and np.median(moves) <= 10


# --- by the plugin ---

def test_plugin(bundle, values):
    shown = napari_window.show(bundle, FRAMES, how="plugin")
    layer = shown["facts"]["layers"][0]
    assert (shown["slice"] == codes(values)[FRAMES]).all()
    assert layer["units"] == ["second", "centimeter", "centimeter"] and layer["labels"] == ["t", "y", "x"]
    steps = np.median(np.diff(sessions.frame_times())), np.diff(sessions.Y)[0], np.diff(sessions.X)[0]
    assert np.allclose(layer["scale"], steps, rtol=1e-6) and shown["facts"]["image"]["limits"] == [1, 65535]
    assert layer["name"].endswith(name_of(bundle))


# --- other stacks ---

@pytest.mark.parametrize("words", [("--zarr-codec", "none"), ("--zarr-codec", "zstd"), ("--zarr-dtype", "f32"),
                                   ("--zarr-dtype", "u8"), ("--zarr-codec", "none", "--zarr-dtype", "f32"),
                                   ("--vmin", 0.1), ("--vmin", -3)])
def test_stacks(place, session, values, words):
    """The launcher's array against zarr's own reading; whatever the window, no data differs from low values."""
    made = place / ("-".join(map(str, words)) + ".nsr")
    nsr.run("render", session, "--field", sessions.FIELD, "-o", made, *words)
    module = napari_window.launcher(made)
    bundle = module.Bundle()
    stack, whole = bundle.stack, np.asarray(module.zarr.open_array(made / "frames.ome.zarr/0", mode="r")[:])
    none = np.isnan(image(values))
    if whole.dtype.kind == "u":
        assert (none == (whole == 0)).all()
        whole = whole if stack.dtype == whole.dtype else np.where(whole == 0, np.nan, whole).astype("f4")
    every = slice(None)
    for key in (0, 64, -1, slice(3, 4), slice(60, 70), every, (5, every, 2), (slice(7, 900, 3), 1, slice(2, 5)),
                (every, slice(2, 3)), (every, every, 4), slice(1200, 3, -70), slice(9, 9), (slice(9, 9), 1),
                slice(9, 10**6), (slice(9, 10), every, 3)):
        assert np.array_equal(stack[key], whole[key], equal_nan=whole.dtype.kind == "f"), key
    layer = bundle.image(stack, "x")
    below = layer.contrast_limits[0] > 0 and layer.colormap.low_color is not None
    assert below != (stack.dtype.kind == "f"), "no data must be below the window, or NaN"


NORMS = [(LogNorm(1e-3, 0.8), ("--norm", "log"), {"under": "red"}),
         (PowerNorm(0.5, vmin=-0.1, vmax=0.5), ("--norm", "power", "--gamma", 0.5), {}),
         (SymLogNorm(0.05, vmin=-0.2, vmax=0.8), ("--norm", "symlog", "--linthresh", 0.05), {}),
         (Normalize(0.1, 0.4), (), {"under": "#123456", "over": "magenta"})]


@pytest.mark.parametrize("kind", ["u16", "u8", "f32"])
@pytest.mark.parametrize("norm, words, ends", NORMS, ids=["log", "power", "symlog", "ends"])
def test_norms(place, session, values, norm, words, ends, kind):
    """The numbers of colours by matplotlib's norms, of the values that the stack holds."""
    made = place / f"{type(norm).__name__}-{kind}.nsr"
    words = [*words, *(word for name, color in ends.items() for word in (f"--{name}", color))]
    nsr.run("render", session, "--field", sessions.FIELD, "-o", made, "--zarr-dtype", kind, "--vmin", norm.vmin,
            "--vmax", norm.vmax, *words)
    module = napari_window.launcher(made)
    bundle, stored = module.Bundle(), module.zarr.open_array(made / "frames.ome.zarr/0", mode="r")
    held = np.asarray(stored[:], "f8")
    if kind != "f32":
        held = np.where(held == 0, np.nan, held * stored.attrs["scale_factor"] + stored.attrs["add_offset"])
    colours = ref.normed_colours(held, norm, **ends)
    have = np.array([[0, 0, 0], *([int(c[i:i + 2], 16) for i in (1, 3, 5)] for c in bundle.colors)])[bundle.stack[:]]
    seen = np.isfinite(held) if not isinstance(norm, LogNorm) else held > 0
    assert (bundle.stack[:][~seen] == 0).all() and seen.any()
    differ = (have != colours).any(-1) & seen
    assert differ.mean() < 1e-4, "only a value at a border may round to the other side"
    where = np.argwhere(seen[700])[len(values) % seen[700].sum()]
    low, high = (text.replace("below ", "-inf to ").replace(" or above", " to inf").split(" to ")
                 for text in [bundle.value(bundle.stack[700][tuple(where)])] * 2)
    assert float(low[0]) - 1e-6 <= held[700][tuple(where)] <= float(high[1]) + 1e-6
    assert bundle.value(0) == "no data"


def test_norm_in_the_window(place, session, values):
    """The canvas shows the colours of the pictures."""
    made, norm = place / "log.nsr", LogNorm(1e-3, 0.8)
    nsr.run("render", session, "--field", sessions.FIELD, "-o", made, "--norm", "log", "--vmin", norm.vmin, "--vmax",
            norm.vmax, "--over", "magenta")
    shown = napari_window.show(made, FRAMES[-1:])
    want = ref.normed_colours(image(values)[FRAMES[-1:]].astype("f8"), norm, over="magenta")[0]
    none = ~(image(values)[FRAMES[-1]] > 0)
    check_colours(shown, np.where(none[..., None], 0, want), off=2, distinct=20)
    run_of = run(made, "--screenshot", place / "frame.png",
                 env={**{k: v for k, v in nsr.ENV.items() if k != "DISPLAY"}, "PATH": str(place)})
    assert run_of.returncode == 0, run_of.stderr
    import matplotlib.image
    picture = (matplotlib.image.imread(place / "frame.png") * 255).round().astype(int)
    grow = len(picture) // len(none)
    first = ref.normed_colours(image(values)[:1].astype("f8"), norm, over="magenta")[0]
    drawn = picture[grow // 2::grow, grow // 2::grow]
    seen = image(values)[0] > 0
    assert (drawn[seen][:, :3] == first[seen]).all(-1).mean() > 0.99 and (drawn[~seen][:, 3] == 0).all()


def test_line(place):
    """A track of one dimension: time against place, from afar by the overview."""
    path, n = place / "track.h5", 9000
    values = np.random.default_rng(4).random((n, 40)).astype("f4")
    with h5py.File(path, "w") as file:
        file["p"] = values
        file["time"] = np.arange(n) * 0.02
    nsr.run("render", path, "--field", "p", "--grid", "1x40", "-o", place / "track.nsr")
    shown = napari_window.show(place / "track.nsr", [0])
    facts = shown["facts"]
    assert facts["image"]["multiscale"] and facts["order"] == [1, 2, 0]
    assert [layer["visible"] for layer in facts["layers"]] == [True, False]
    assert len(np.unique(shown["canvas"].reshape(-1, 4), axis=0)) > 100


# --- the program ---

def run(bundle, *words, cwd=None, env=None):
    return subprocess.run([sys.executable, bundle / "open_in_napari.py", *map(str, words)], cwd=cwd, env=env, text=True,
                          capture_output=True, timeout=300, check=False)


def test_screenshot(bundle, place):
    """Without a display; in a folder that is not the bundle's. From T0 on as `--time` counts; also by the plugin."""
    import matplotlib.image
    env = {name: value for name, value in nsr.ENV.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    pictures = []
    for words in (("--time", "1:2"), ("--time", "1:1.5"), ("--time", "2:3"), ("--plugin",)):
        done = run(bundle, "--screenshot", place / "a.png", *words, cwd=place, env=env)
        assert done.returncode == 0, done.stderr
        pictures.append(matplotlib.image.imread(place / "a.png"))
        assert len(np.unique(pictures[-1].reshape(-1, pictures[-1].shape[-1]), axis=0)) > 50
    assert np.array_equal(*pictures[:2]) and not np.array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("store", ["frames.ome.zarr", "overview.ome.zarr"])
def test_ome_zarr_py(bundle, store):
    """Its command finds an image, its reader every pixel."""
    import zarr
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader
    done = subprocess.run([sys.executable, "-c", "import sys; from ome_zarr.cli import main; main(sys.argv[1:])", "info",
                           str(bundle / store)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "Multiscales" in done.stdout, done.stdout + done.stderr
    node, = list(Reader(parse_url(str(bundle / store)))())
    for i, level in enumerate(node.data):
        assert np.array_equal(np.asarray(level), zarr.open_array(bundle / store / str(i), mode="r")[:])


def test_time_that_is_not_there(bundle):
    done = run(bundle, "--time", "900:", "--screenshot", "x.png", env={**nsr.ENV, "DISPLAY": ":none"})
    assert done.returncode == 1 and "no frame lies in 900:" in done.stderr and "Traceback" not in done.stderr


def test_without_napari(bundle, place):
    """The message gives the command to type."""
    (place / "lacking").mkdir()
    (place / "lacking/napari.py").write_text("raise ImportError('No module named napari')\n")
    done = run(bundle, env={**nsr.ENV, "PYTHONPATH": str(place / "lacking")})
    assert done.returncode == 1 and "pip install" in done.stderr and "Traceback" not in done.stderr
