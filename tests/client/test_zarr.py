# SPDX-License-Identifier: MIT
"""frames.ome.zarr against NumPy: how it is cut, every layout, recordings with nothing in them or very much; what
`render` makes when nothing else is asked for."""
import json
import math
import os

import h5py
import numpy as np
import pytest
import zarr

import environments
import nsr
import stacks

ALWAYS = {"plan.json", "manifest.json", "open_in_napari.py", "napari.json", "neuroglancer.json", "summary.h5",
          "summary.csv", "summary.png", stacks.STORE, "overview.ome.zarr"}
EVERY_LAYOUT = ["RegularGrid", "MaskedGrid", "Hexagonal", "Graph", "TriangularMesh", "Unheard", "Polar", "Line"]


def stack(bundle, name=stacks.STORE):
    return zarr.open_group(bundle / name, mode="r")["0"]


def agrees(bundle, values, kind="u16"):
    np.testing.assert_array_equal(stack(bundle)[:], stacks.codes(values, kind))
    nsr.run("verify", bundle)


# --- how it is cut ---

@pytest.mark.parametrize("n, segment, chunk", [(997, 1, 1), (997, 7, 7), (997, 100, 25), (997, 100, 1000), (997, 96, 32),
                                            (64, 64, 64), (65, 64, 16), (63, 64, 8), (2, 1, None), (700, None, 4),
                                            (700, None, None)])
def test_segments_and_chunks(tmp_path, n, segment, chunk):
    values = stacks.odd(n, 3, 4)
    words = [*(["--segment-frames", segment] if segment else []), *(["--chunk-frames", chunk] if chunk else [])]
    stacks.render(stacks.recording(tmp_path / "a.h5", values), tmp_path / "a.nsr", *words)
    agrees(tmp_path / "a.nsr", values)
    array, about = stack(tmp_path / "a.nsr"), nsr.output(tmp_path / "a.nsr", "zarr")["description"]
    assert array.shards[0] == about["shard_frames"] == nsr.manifest(tmp_path / "a.nsr")["segments"]["frames"]
    assert array.chunks[0] == about["chunk_frames"] and array.shards[0] % array.chunks[0] == 0
    if segment and chunk:
        assert array.chunks[0] == math.gcd(segment, chunk) and array.shards[0] == segment
    assert [path.name for path in stacks.shards(tmp_path / "a.nsr")] == [
        f"c.{k}.0.0" for k in range(math.ceil(n / array.shards[0]))]


def test_a_chunk_must_divide_a_segment(tmp_path):
    path = stacks.recording(tmp_path / "a.h5", stacks.odd(300))
    nsr.fails(nsr.USAGE, "render", path, "-o", tmp_path / "a.nsr", "--segment-frames", 100, "--chunk-frames", 30,
              says=["--chunk-frames 30", "25", "50"])
    assert not (tmp_path / "a.nsr/manifest.json").exists()


def test_the_cost_of_a_step_is_told(tmp_path):
    path = stacks.recording(tmp_path / "a.h5", stacks.odd(3000))
    done = stacks.render(path, tmp_path / "a.nsr", "--segment-frames", 100, "--chunk-frames", 10)
    assert "chunks of 10 frames, 300 in all; about 4 ms a step through dask" in done.err


def test_chunks_without_data_are_left_out(tmp_path):
    values = np.full((1000, 6, 9), np.nan, "f4")
    values[510:520] = 3
    values[777, 2, 2] = 4
    path = stacks.recording(tmp_path / "a.h5", values)
    stacks.render(path, tmp_path / "a.nsr", "--segment-frames", 100, "--chunk-frames", 10, "--zarr-codec", "none")
    agrees(tmp_path / "a.nsr", values)
    index = 10 * 16 + 4
    want = [index + (10 * 6 * 9 * 2 + 4) * (k in (5, 7)) for k in range(10)]
    assert [path.stat().st_size for path in stacks.shards(tmp_path / "a.nsr")] == want


@pytest.mark.parametrize("selection", [slice(3, 990, 7), slice(600, 601), slice(900, None)])
def test_integers_follow_the_selection(tmp_path, selection):
    """The exact range is that of the selection."""
    values = stacks.odd(1000)
    words = ":".join("" if part is None else str(part) for part in (selection.start, selection.stop, selection.step)).rstrip(":")
    words += ":" * (":" not in words)
    stacks.render(stacks.recording(tmp_path / "a.h5", values), tmp_path / "a.nsr", "--frames", words)
    agrees(tmp_path / "a.nsr", values[selection])


# --- pixels ---

@pytest.mark.parametrize("scale", [1, 2, 5])
def test_scale(tmp_path, scale):
    values = stacks.odd(100)
    path = stacks.recording(tmp_path / "a.h5", values)
    stacks.render(path, tmp_path / "a.nsr", "--zarr-scale", scale, "--segment-frames", 30)
    want = stacks.codes(values).repeat(scale, 1).repeat(scale, 2)
    np.testing.assert_array_equal(stack(tmp_path / "a.nsr")[:], want)
    overview = stack(tmp_path / "a.nsr", "overview.ome.zarr")[:]
    np.testing.assert_array_equal(overview, overview[:, :, ::scale, ::scale].repeat(scale, 2).repeat(scale, 3))
    group = zarr.open_group(tmp_path / "a.nsr" / stacks.STORE, mode="r").attrs["ome"]["multiscales"][0]
    assert group["datasets"][0]["coordinateTransformations"][0]["scale"][1:] == [1 / scale, 1 / scale]
    nsr.run("verify", tmp_path / "a.nsr", "--against", path)


@pytest.mark.parametrize("flip", [["--origin", "lower"], ["--rotate", "90"], ["--flip", "x"], ["--axes", "txy"]])
def test_turned(tmp_path, flip):
    values = stacks.odd(70)
    stacks.render(stacks.recording(tmp_path / "a.h5", values), tmp_path / "a.nsr", *flip)
    turn = {"lower": lambda v: v[:, ::-1], "90": lambda v: np.rot90(v, 1, (1, 2)), "x": lambda v: v[:, :, ::-1],
            "txy": lambda v: v.swapaxes(1, 2)}[flip[1]]
    agrees(tmp_path / "a.nsr", turn(values))


def environment(folder, layout, n=130):
    """(path, centres, values) of a recording with an environment beside it. Line: a strip of 40 bins, two inactive."""
    if layout == "Line":
        active = np.arange(40) % 15 != 9
        edges = np.arange(41) * 2.5
        centers = ((edges[1:] + edges[:-1]) / 2)[active][:, None]
        made = centers, {"active_mask": active, "grid_edges_0": edges}, {"grid_shape": [40]}
    else:
        made = environments.LAYOUTS[layout]()
    environments.save(folder / "env", "MaskedGrid" if layout == "Line" else layout, made)
    values = stacks.odd(n, 1, len(made[0]))[:, 0]
    values[0] = np.random.default_rng(1).permutation(len(made[0])) / 10  # distinguishes the bins
    return stacks.recording(folder / "a.h5", values), made[0], values


@pytest.mark.parametrize("layout, words", [
    *((name, []) for name in EVERY_LAYOUT),
    ("Graph", ["--unroll"]), ("Polar", ["--rings"]), ("Hexagonal", ["--zarr-size", "90x61"]),
    ("MaskedGrid", ["--rotate", "90"]), ("RegularGrid", ["--zarr-scale", "3"]), ("Line", ["--zarr-dtype", "u8"])],
    ids=lambda word: "".join(word))
def test_layouts(tmp_path, layout, words):
    """Every pixel shows one bin in all frames or never anything, and a bin's centre shows the bin."""
    path, centers, values = environment(tmp_path, layout)
    stacks.render(path, tmp_path / "a.nsr", "--environment", tmp_path / "env.json", *words)
    about, have = nsr.output(tmp_path / "a.nsr", "zarr")["description"], stack(tmp_path / "a.nsr")[:]
    want = stacks.codes(values, "u8" if "u8" in words else "u16")
    assert have.shape == (len(values), about["height"], about["width"])
    bin_of = {code: k for k, code in enumerate(want[0])} | {0: -1}
    assert len(bin_of) == len(centers) + 1
    shown = np.vectorize(bin_of.__getitem__)(have[0])
    np.testing.assert_array_equal(have, np.where(shown >= 0, want[:, shown], 0))
    assert set(shown.ravel()) - {-1} == set(range(len(centers)))
    if layout == "Line" or "--unroll" in words:
        assert about["height"] == 1 and shown[0].max() == len(centers) - 1
    if "--unroll" not in words:
        at_centers(about, shown, centers, "--rings" in words)
    if layout == "Hexagonal":
        nearest_of_hexagons(about, shown, centers)
    nsr.run("verify", tmp_path / "a.nsr", "--against", path)


def at_centers(about, shown, centers, rings):
    if rings:
        centers = np.stack([centers[:, 0] * np.cos(centers[:, 1]), centers[:, 0] * np.sin(centers[:, 1])], -1)
    points = np.c_[centers, np.ones((len(centers), 3 - centers.shape[1]))]
    if centers.shape[1] == 1:
        points[:, 1] = 0
    column, row = np.floor(points @ np.array(about["affine"]).T).astype(int).T
    row = row * 0 if about["height"] == 1 else row
    np.testing.assert_array_equal(shown[row, column], np.arange(len(centers)))


def nearest_of_hexagons(about, shown, centers):
    """A pixel inside shows the bin whose centre is nearest to its own, where that is not a tie."""
    affine = np.array(about["affine"])
    rows, columns = np.mgrid[:about["height"], :about["width"]]
    where = np.linalg.solve(affine[:, :2], np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5]) - affine[:, 2:]).T
    distance = np.linalg.norm(where[:, None] - centers, axis=-1)
    order = np.sort(distance, 1)
    clear = (order[:, 1] - order[:, 0] > 1e-6) & (shown.ravel() >= 0)
    assert clear.mean() > 0.5
    np.testing.assert_array_equal(shown.ravel()[clear], distance.argmin(1)[clear])


def test_units_of_the_environment(tmp_path):
    path, _, _ = environment(tmp_path, "RegularGrid")
    stacks.render(path, tmp_path / "a.nsr", "--environment", tmp_path / "env.json", "--sampling-rate", 50)
    image = zarr.open_group(tmp_path / "a.nsr" / stacks.STORE, mode="r").attrs["ome"]["multiscales"][0]
    assert [axis.get("unit") for axis in image["axes"]] == ["second", "centimeter", "centimeter"]
    assert image["datasets"][0]["coordinateTransformations"][0]["scale"] == [0.02, 1, 1]


@pytest.mark.parametrize("rate", [30, 59.94, 120, 25, 1000, 29.97])
@pytest.mark.parametrize("zero", [0, 1.7e9])
def test_the_time_step_adds_up(tmp_path, rate, zero):
    """Unix times are rounded to 0.2 us, one by one; the step leads to the last frame all the same."""
    times = zero + np.arange(20000) / rate
    path = stacks.recording(tmp_path / "a.h5", np.random.default_rng(0).random((20000, 1, 2)).astype("f4"), time=times)
    stacks.render(path, tmp_path / "a.nsr")
    image = zarr.open_group(tmp_path / "a.nsr" / stacks.STORE, mode="r").attrs["ome"]["multiscales"][0]
    step = image["datasets"][0]["coordinateTransformations"][0]["scale"][0]
    assert abs(step * 19999 - (times[-1] - times[0])) <= 4 * np.spacing(times[-1])
    assert len(repr(step)) <= len(repr(1 / rate)) and (step == 1 / rate or rate in (30, 59.94, 120, 29.97))


def test_the_step_of_uneven_times_is_their_median(tmp_path):
    times = 1.7e9 + np.cumsum(np.where(np.arange(3001) % 100, 0.02, 0.1))
    path = stacks.recording(tmp_path / "a.h5", np.random.default_rng(0).random((3001, 1, 2)).astype("f4"), time=times)
    stacks.render(path, tmp_path / "a.nsr")
    image = zarr.open_group(tmp_path / "a.nsr" / stacks.STORE, mode="r").attrs["ome"]["multiscales"][0]
    assert image["datasets"][0]["coordinateTransformations"][0]["scale"][0] == 0.02


# --- recordings with little in them ---

ODD = {"all NaN": np.full((130, 4, 5), np.nan, "f4"), "constant": np.full((130, 4, 5), -2.5, "f4"),
       "zeros": np.zeros((130, 4, 5), "i4"), "infinite": np.full((130, 4, 5), np.inf, "f8"),
       "one frame": stacks.odd(1)[:1] * 0 + np.arange(54, dtype="f4").reshape(6, 9), "prime": stacks.odd(8191, 2, 3),
       "one bin": stacks.odd(1000, 1, 1, dtype="i4").astype("f4"), "one value": np.full((1, 1, 1), 7.0),
       "huge": np.array([-1e308, 0, 1e308, np.nan]).reshape(4, 1, 1),
       "tiny": np.array([0, 5e-324, 1e-310]).reshape(3, 1, 1),
       "near": (1 + np.arange(6) * 2.0**-52).reshape(6, 1, 1)}


@pytest.mark.parametrize("kind", ["u8", "u16"])
@pytest.mark.parametrize("what", ODD)
def test_odd_recordings(tmp_path, what, kind):
    path = stacks.recording(tmp_path / "a.h5", ODD[what])
    stacks.render(path, tmp_path / "a.nsr", "--zarr-dtype", kind)
    with np.errstate(over="ignore"):
        low, high = stacks.limits(ODD[what])
        if math.isfinite(high - low):
            agrees(tmp_path / "a.nsr", ODD[what], kind)
    assert stack(tmp_path / "a.nsr", "overview.ome.zarr").shape[0] == math.ceil(len(ODD[what]) / 64)
    nsr.run("verify", tmp_path / "a.nsr", "--against", path)
    json.loads((tmp_path / "a.nsr/napari.json").read_text())


def test_nothing_selected(tmp_path):
    path = stacks.recording(tmp_path / "a.h5", stacks.odd(100), time=np.arange(100) / 10)
    for words in (["--frames", "50:50"], ["--frames", "100:200"], ["--time", "90:91"]):
        nsr.fails(nsr.USAGE, "render", path, "-o", tmp_path / "a.nsr", *words)
        assert not (tmp_path / "a.nsr").exists()


def sparse(path, n, h, w, frames):
    """As large as wanted: chunks that were never written read as NaN. `frames`: {number: values}."""
    with h5py.File(path, "w") as file:
        field = file.create_dataset("p", (n, h, w), "f4", chunks=(max(1, min(n, 4096 // (h * w))), h, w), fillvalue=np.nan)
        for frame, values in frames.items():
            field[frame] = values
    return path


def test_more_values_than_31_bits_count(tmp_path):
    """2.2 thousand million values of which nearly all were never written: the last ones are where they belong."""
    n, h, w = 22_000, 250, 400
    ramp = np.arange(h * w, dtype="f4").reshape(h, w)
    frames = {0: ramp, 7: -ramp, 21_474: ramp, 21_475: ramp / 2, n - 1: ramp[::-1]}
    assert n * h * w > 2**31 and 21_474 * h * w < 2**31 < 21_475 * h * w
    path = sparse(tmp_path / "a.h5", n, h, w, frames)
    done = stacks.render(path, tmp_path / "a.nsr", "--zarr-dtype", "u8", timeout=300)
    array, least, most = stack(tmp_path / "a.nsr"), -ramp.max(), ramp.max()
    for frame, values in frames.items():
        np.testing.assert_array_equal(array[frame], stacks.codes(values, "u8", (least, most)))
    assert not array[8:300:50].any() and not array[21_476:n - 1:100].any()
    overview = stack(tmp_path / "a.nsr", "overview.ome.zarr")
    np.testing.assert_array_equal(overview[-1, 1], stacks.codes(ramp[::-1], "u8", (least, most)))
    with h5py.File(tmp_path / "a.nsr/summary.h5") as file:
        assert set(np.flatnonzero(file["n_finite"][:])) == set(frames)
    print(f"{n * h * w / 1e9:.1f} thousand million values in {done.seconds:.1f} s")


# --- what is made ---

def test_what_is_made_by_default(tmp_path, recording):
    stacks.render(recording, tmp_path / "a.nsr")
    bundle = tmp_path / "a.nsr"
    top = {path.name for path in bundle.iterdir()}
    assert top == ALWAYS | {"frame_times.npy", "position.npy"}
    listed = {part["path"] for output in nsr.manifest(bundle)["outputs"]
              for part in [*output["segments"], *output["other_files"]]}
    files = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}
    assert files - listed == {"manifest.json", "plan.json"}, "the manifest names every file"
    assert listed - files == {"overview.ome.zarr"} and {o["format"] for o in nsr.manifest(bundle)["outputs"]} == {
        "zarr", "overview", "summary"}


def test_without_times_and_positions(tmp_path):
    stacks.render(stacks.recording(tmp_path / "a.h5", stacks.odd(100)), tmp_path / "a.nsr")
    assert {path.name for path in (tmp_path / "a.nsr").iterdir()} == ALWAYS


def test_the_plan_knows_the_files(tmp_path, recording):
    plan = nsr.run("plan", recording, "--json").json["outputs"]
    stacks.render(recording, tmp_path / "a.nsr")
    made = nsr.manifest(tmp_path / "a.nsr")["outputs"]
    assert {o["format"]: o["files"] for o in plan} == {o["format"]: o["files"] for o in made}


def test_several_fields(tmp_path):
    """A bundle each, with stored integers of its own range, and the same window of the display."""
    values = {"a": stacks.odd(300), "b": stacks.odd(300, dtype="f8") * 7 - 3}
    with h5py.File(tmp_path / "two.h5", "w") as file:
        for name, array in values.items():
            file[name] = array
    stacks.render(tmp_path / "two.h5", tmp_path / "o.nsr", "--field", "a,b", ranks=2)
    low, high = stacks.limits(values["b"])
    assert low < stacks.limits(values["a"])[0] and high > stacks.limits(values["a"])[1]
    for name, array in values.items():
        agrees(tmp_path / "o.nsr" / name, array)
        own = stacks.limits(array)
        window = json.loads((tmp_path / "o.nsr" / name / "napari.json").read_text())["window"]
        np.testing.assert_allclose(window, [1 + (v - own[0]) / (own[1] - own[0]) * 65534 for v in (low, high)])
    nsr.run("verify", tmp_path / "o.nsr", "--against", tmp_path / "two.h5")


@pytest.mark.parametrize("n", [100, 10_000, 1_000_000])
def test_files_and_folders(tmp_path, n):
    """At most 1,200 files and 20 folders, also for a million frames."""
    path = sparse(tmp_path / "a.h5", n, 2, 2, {0: np.eye(2), n - 1: np.eye(2) * 3})
    stacks.render(path, tmp_path / "a.nsr", timeout=120)
    paths = list((tmp_path / "a.nsr").rglob("*"))
    files = sum(path.is_file() for path in paths)
    assert files <= 1200 and len(paths) - files <= 20
    assert stack(tmp_path / "a.nsr").shape == (n, 2, 2)


# --- verify --against ---

def changed(path, frame, row, column, value):
    """So that the program does not notice at once: the time of the last change stays."""
    stamp = path.stat()
    with h5py.File(path, "r+") as file:
        before = file["p"][frame, row, column]
        file["p"][frame, row, column] = value
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    return before


@pytest.mark.parametrize("kind, ranks", [("u8", 0), ("u16", 3), ("f32", 0)])
def test_against(tmp_path, kind, ranks):
    """Values that differ by more than the error are found wherever they are, on any rank; nothing is written."""
    values = np.random.default_rng(2).random((1000, 6, 9)).astype("f4")
    path = stacks.recording(tmp_path / "a.h5", values)
    stacks.render(path, tmp_path / "a.nsr", "--zarr-dtype", kind, "--segment-frames", 100)
    before = nsr.stamps(tmp_path / "a.nsr")
    nsr.run("verify", tmp_path / "a.nsr", "--against", path, ranks=ranks)
    bound = nsr.output(tmp_path / "a.nsr", "zarr")["description"]["stored"]["error_bound"]
    for frame, row, column in [(0, 0, 0), (501, 3, 4), (777, 5, 8), (999, 5, 8)]:
        good = values[frame, row, column]
        changed(path, frame, row, column, good + np.float32(max(2.2 * bound, 1e-4)) * (1 if good < 0.5 else -1))
        done = nsr.run("verify", tmp_path / "a.nsr", "--against", path, ranks=ranks, code=nsr.DATA)
        assert len(done.errors) == 1 and ("of another input" in done.out or f": segment {frame // 100}: " in done.out)
        assert changed(path, frame, row, column, good) != good
    nsr.run("verify", tmp_path / "a.nsr", "--against", path, ranks=ranks)
    assert nsr.stamps(tmp_path / "a.nsr") == before


@pytest.mark.parametrize("words", [["--sample", "5"], ["--range-stride", "100"]], ids=" ".join)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_float32_knows_no_range(tmp_path, dtype, words):
    """Values far beyond an estimated range are stored and compared like all others, and no bound is given for them."""
    values = np.random.default_rng(3).random((1000, 6, 9)).astype(dtype)
    values[777, 3, 3] = 1e30 / 3
    path = stacks.recording(tmp_path / "a.h5", values)
    stacks.render(path, tmp_path / "a.nsr", "--zarr-dtype", "f32", *words)
    np.testing.assert_array_equal(stack(tmp_path / "a.nsr")[:], values.astype("f4"))
    nsr.run("verify", tmp_path / "a.nsr", "--against", path)
    stored = nsr.output(tmp_path / "a.nsr", "zarr")["description"]["stored"]
    assert stored.get("error_bound") == (0 if dtype == "f4" else None)
    changed(path, 555, 2, 2, np.nextafter(np.float32(values[555, 2, 2]), np.float32(2)))
    nsr.fails(nsr.DATA, "verify", tmp_path / "a.nsr", "--against", path)


@pytest.mark.parametrize("words", [[], ["--sample", 5]])
def test_values_that_float32_cannot_hold(tmp_path, words):
    values = np.random.default_rng(3).random((1000, 6, 9))
    values[777, 3, 3] = -1e39
    path = stacks.recording(tmp_path / "a.h5", values)
    nsr.fails(nsr.USAGE, "render", path, "-o", tmp_path / "a.nsr", "--zarr-dtype", "f32", *words,
              says=["f32", "1e+39", "u16"])
    assert not stacks.can_be_opened(tmp_path / "a.nsr")


# --- a file that is changed between two runs of a bundle ---

@pytest.mark.parametrize("value", [-9.0, 9.0])
@pytest.mark.parametrize("dtype, words", [("f4", []), ("f8", ["--zarr-dtype", "u8", "--zarr-scale", "2"]),
                                          ("f4", ["--rotate", "90"])])
def test_values_outside_the_range_are_noticed(tmp_path, value, dtype, words):
    """Neither clipped nor taken for no data: the run ends, and what is finished stays."""
    values = np.random.default_rng(2).random((1000, 6, 9)).astype(dtype)
    path, bundle = stacks.recording(tmp_path / "a.h5", values), tmp_path / "a.nsr"
    words = [*words, "--segment-frames", "100"]
    stacks.render(path, bundle, *words, "--share", "1/2")
    before = changed(path, 770, 5, 8, value)
    nsr.fails(nsr.DATA, "render", path, "-o", bundle, *words, "--share", "2/2", says=["a.h5", f"{value:g}", "--replace"])
    nsr.fails(nsr.DATA, "resume", bundle, ranks=2, says=f"{value:g}")
    assert not stacks.can_be_opened(bundle)
    changed(path, 770, 5, 8, before)
    nsr.run("resume", bundle)
    nsr.run("verify", bundle, "--against", path)


def test_maxima_outside_the_range_are_noticed(tmp_path):
    """By the join, where the overview stands alone."""
    path = stacks.recording(tmp_path / "a.h5", np.random.default_rng(2).random((1000, 6, 9)))
    words = ["render", path, "-o", tmp_path / "a.nsr", "--format", "overview", "--segment-frames", "100"]
    nsr.run(*words, "--share", "1/2")
    changed(path, 770, 5, 8, 9.0)
    nsr.run(*words, "--share", "2/2")
    nsr.fails(nsr.DATA, "join", tmp_path / "a.nsr", ranks=2, says=["a.h5", "holds 9", "--replace"])
    assert not stacks.can_be_opened(tmp_path / "a.nsr")


def test_integers_that_the_manifest_believes(tmp_path):
    """A shard of a slightly other recording, with its hash in the manifest: good by itself, not against the input."""
    values = np.random.default_rng(2).random((1000, 6, 9)).astype("f4")
    path = stacks.recording(tmp_path / "a.h5", values)
    other = values.copy()
    other[432, 1, 5] = 0.25 if values[432, 1, 5] > 0.5 else 0.75
    stacks.recording(tmp_path / "b.h5", other)
    for name in "ab":
        stacks.render(tmp_path / f"{name}.h5", tmp_path / f"{name}.nsr", "--segment-frames", 100)
    shard = tmp_path / "a.nsr" / stacks.STORE / "0/c.4.0.0"
    shard.write_bytes((tmp_path / "b.nsr" / stacks.STORE / "0/c.4.0.0").read_bytes())
    nsr.fails(nsr.DATA, "verify", tmp_path / "a.nsr")
    manifest = nsr.manifest(tmp_path / "a.nsr")
    part = next(o for o in manifest["outputs"] if o["format"] == "zarr")["segments"][4]
    part.update(nsr.output(tmp_path / "b.nsr", "zarr")["segments"][4])
    (tmp_path / "a.nsr/manifest.json").write_text(json.dumps(manifest))
    nsr.run("verify", tmp_path / "a.nsr")
    done = nsr.run("verify", tmp_path / "a.nsr", "--against", path, "--json", code=nsr.DATA)
    assert [(p["path"], p["segment"]) for p in done.json["problems"]] == [(f"{stacks.STORE}/0/c.4.0.0", 4)]
    assert "frame 432, row 1, column 5" in done.json["problems"][0]["what"]


@pytest.mark.parametrize("words, says", [(["--format", "png"], "png would make 300 files"),
                                         (["--segment-frames", 1], "zarr would make 306 files")])
def test_many_files_are_refused_before_anything_is_made(tmp_path, words, says):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["field"] = np.zeros((300, 4, 5), "f4")
    nsr.fails(nsr.USAGE, "render", tmp_path / "a.h5", "-o", tmp_path / "o.nsr", *words, "--max-files", 20,
              says=[says, "--max-files"])
    assert not (tmp_path / "o.nsr").exists()
