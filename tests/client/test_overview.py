# SPDX-License-Identifier: MIT
"""overview.ome.zarr, read by zarr-python: means and maxima of windows against NumPy; same bytes for any ranks and
threads; what a killed run and another style do; memory."""
import itertools
import resource
import warnings

import h5py
import numpy as np
import pytest

import nsr

zarr = pytest.importorskip("zarr", minversion="3")
STORE = "overview.ome.zarr"


def codes(values, lo, hi, top=65535):
    """As they are stored; top None: as float32."""
    if top is None:
        return np.where(np.isfinite(values), values, np.nan).astype("f4")
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = (values - lo) / (hi - lo) * (top - 1) if hi > lo else values * 0
        return np.where(np.isfinite(values), 1 + np.rint(scaled), 0).astype(int)


def levels(values):
    """[(means, maxima), ...] of windows of 64, of 4096, ...: until one has at most 64."""
    finite = np.where(np.isfinite(values), values, np.nan).astype("f8")
    found, span = [], 64
    while True:
        blocks = [finite[i:i + span] for i in range(0, len(finite), span)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            found.append((np.stack([np.nanmean(b, 0) for b in blocks]), np.stack([np.nanmax(b, 0) for b in blocks])))
        if len(blocks) <= 64:
            return found
        span *= 64


def agrees(bundle, values, top=65535):
    """A mean at the border of two stored integers may become either: sums of sums are rounded elsewhere than
    NumPy's."""
    finite = values[np.isfinite(values)].astype("f8")
    lo, hi = (finite.min(), finite.max()) if finite.size else (0, 0)
    group, want = zarr.open_group(bundle / STORE, mode="r"), levels(values)
    assert sorted(group.array_keys()) == [str(i) for i in range(len(want))]
    for i, (means, maxima) in enumerate(want):
        array = group[str(i)]
        have = array[:] if top is None else array[:].astype(int)
        assert array.dtype == {65535: "uint16", 255: "uint8", None: "float32"}[top]
        assert have.shape == (len(means), 2, *values.shape[1:])
        np.testing.assert_array_equal(have[:, 1], codes(maxima, lo, hi, top), err_msg=f"level {i}: max")
        if top is None:
            np.testing.assert_allclose(have[:, 0], means, rtol=1e-6, atol=1e-12)
            continue
        off = np.abs(have[:, 0] - codes(means, lo, hi, top))
        assert off.max() <= 1 and (off > 0).mean() < 1e-4 and not ((have[:, 0] == 0) ^ np.isnan(means)).any()


def recording(folder, values):
    with h5py.File(folder / "a.h5", "w") as file:
        file["p"] = values
    return folder / "a.h5"


def render(path, out, *words, ranks=0):
    return nsr.run("render", path, "-o", out, "--format", "overview", *words, ranks=ranks)


def odd_frames(n, h=5, w=7, dtype="f4"):
    """With bins and windows that have no data, and infinities, which are none."""
    rng = np.random.default_rng(n)
    values = rng.normal(size=(n, h, w))
    values[rng.random(values.shape) < 0.1] = np.nan
    values[rng.random(values.shape) < 0.01] = np.inf
    values[rng.random(values.shape) < 0.01] = -np.inf
    values[:, 2, 3] = np.nan
    values[128:192] = np.nan
    return values.astype(dtype)


@pytest.mark.parametrize("kind, top", [("u8", 255), ("f32", None)])
def test_other_numbers(tmp_path, kind, top):
    values = odd_frames(4999)
    render(recording(tmp_path, values), tmp_path / "a.nsr", "--zarr-dtype", kind)
    agrees(tmp_path / "a.nsr", values, top)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 997, 4096, 4097, 12289])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_windows(tmp_path, n, dtype):
    values = odd_frames(n, dtype=dtype)
    render(recording(tmp_path, values), tmp_path / "a.nsr")
    agrees(tmp_path / "a.nsr", values)


@pytest.mark.parametrize("segment", [1, 7, 63, 64, 100, 193, 5000])
def test_segments_may_cut_windows(tmp_path, segment):
    values = odd_frames(997 if segment == 1 else 4999)
    render(recording(tmp_path, values), tmp_path / "a.nsr", "--segment-frames", segment)
    agrees(tmp_path / "a.nsr", values)


def test_windows_follow_the_selection(tmp_path):
    values = odd_frames(3000)
    render(recording(tmp_path, values), tmp_path / "a.nsr", "--frames", "5:2990:3")
    agrees(tmp_path / "a.nsr", values[5:2990:3])


@pytest.mark.parametrize("fill", [np.nan, -2.5])
def test_all_alike(tmp_path, fill):
    values = np.full((300, 3, 4), fill, "f4")
    render(recording(tmp_path, values), tmp_path / "a.nsr")
    agrees(tmp_path / "a.nsr", values)


@pytest.mark.parametrize("width", [0, 1e-15, 1e-13, 1e-11], ids=str)
@pytest.mark.parametrize("base", [1e10 / 3, -1e10 / 3, 1e14 / 7, 1 / 3])
def test_means_that_rounding_puts_beside_all_values(tmp_path, base, width):
    """Of many equal values whose sum is not exact: it is data all the same."""
    values = base * (1 + width * np.random.default_rng(5).random((5000, 3, 4)))
    values[:, 0, 0], values[:, 0, 1] = values.min(), values.max()
    path = recording(tmp_path, values)
    render(path, tmp_path / "a.nsr")
    group = zarr.open_group(tmp_path / "a.nsr" / STORE, mode="r")
    for level in "01":
        assert group[level][:].all()
        assert (group[level][:, 1, 0, 1] == group[level][:].max()).all()


def test_values_that_float32_cannot_hold(tmp_path):
    values = np.random.default_rng(1).random((300, 3, 4))
    values[200, 1, 1] = 1e39
    path = recording(tmp_path, values)
    for words in ([], ["--sample", 5]):
        nsr.fails(nsr.USAGE, "render", path, "-o", tmp_path / "a.nsr", "--format", "overview", "--zarr-dtype", "f32", *words,
                  says=["f32", "1e+39", "u16"])
        assert not (tmp_path / "a.nsr" / STORE / "zarr.json").exists()


def test_one_dimension_is_a_kymograph(tmp_path):
    """One row of bins: the overview as it is shows position against time."""
    values = np.random.default_rng(1).random((1000, 1, 40)).astype("f4")
    render(recording(tmp_path, values), tmp_path / "a.nsr")
    agrees(tmp_path / "a.nsr", values)


def test_metadata(tmp_path):
    values = odd_frames(12289)
    render(recording(tmp_path, values), tmp_path / "a.nsr", "--sampling-rate", "50", "--vmin", "-1", "--vmax", "2")
    group = zarr.open_group(tmp_path / "a.nsr" / STORE, mode="r")
    image = group.attrs["ome"]["multiscales"][0]
    assert [axis["name"] for axis in image["axes"]] == ["t", "c", "y", "x"]
    steps = [level["coordinateTransformations"] for level in image["datasets"]]
    np.testing.assert_allclose([s[0]["scale"][0] for s in steps], [64 / 50, 4096 / 50])
    np.testing.assert_allclose([s[1]["translation"][0] for s in steps], [63 / 2 / 50, 4095 / 2 / 50])
    channels = group.attrs["ome"]["omero"]["channels"]
    assert [c["label"] for c in channels] == ["mean", "max"]
    lo, hi = np.float64(values[np.isfinite(values)].min()), np.float64(values[np.isfinite(values)].max())
    window = channels[0]["window"]
    np.testing.assert_allclose([window["start"], window["end"]],
                               [1 + (v - lo) / (hi - lo) * 65534 for v in (-1.0, 2.0)])


def test_same_bytes(tmp_path):
    path = recording(tmp_path, odd_frames(20011))
    words = ["--segment-frames", "100"]
    render(path, tmp_path / "one.nsr", *words, "--threads", "1")
    for ranks, threads in itertools.product((1, 2, 3), (1, 2)):
        out = tmp_path / f"{ranks}-{threads}.nsr"
        render(path, out, *words, "--threads", threads, ranks=ranks)
        nsr.assert_same(out, tmp_path / "one.nsr", f"{ranks} ranks, {threads} threads:")


def test_killed_and_resumed(tmp_path):
    path, out = tmp_path / "a.h5", tmp_path / "a.nsr"
    nsr.run("synth", path, "--frames", "40000", "--grid", "30x30")
    render(path, tmp_path / "whole.nsr", "--segment-frames", "64")
    with nsr.Running("render", path, "-o", out, "--format", "overview", "--segment-frames", "64", "--threads", 1) as running:
        running.wait_for(lambda: (out / "segments").exists() and len(nsr.records(out)) >= 3)
        for pid in [*nsr.descendants(running.process.pid), running.process.pid]:
            nsr.kill(pid)
        running.process.communicate()
    kept = nsr.records(out)
    assert 3 <= len(kept) < 625 and not (out / STORE / "zarr.json").exists()
    said = render(path, out, "--segment-frames", "64")
    assert f"{625 - len(kept)} rendered in this run" in said.err
    nsr.assert_same(out, tmp_path / "whole.nsr")


def test_killed_while_joining(tmp_path):
    """Half a pyramid is made again from the parts."""
    path, out = tmp_path / "a.h5", tmp_path / "a.nsr"
    nsr.run("synth", path, "--frames", "40000", "--grid", "30x30")
    render(path, tmp_path / "whole.nsr")
    with nsr.Running("render", path, "-o", out, "--format", "overview") as running:
        running.wait_for(lambda: list((out / STORE).glob("0/c.*")))
        for pid in [*nsr.descendants(running.process.pid), running.process.pid]:
            nsr.kill(pid)
        running.process.communicate()
    render(path, out)
    nsr.assert_same(out, tmp_path / "whole.nsr")


def test_another_style_writes_metadata_only(tmp_path):
    path = recording(tmp_path, odd_frames(5000))
    render(path, tmp_path / "a.nsr")
    before = nsr.stamps(tmp_path / "a.nsr")
    render(path, tmp_path / "a.nsr", "--vmax", "1.5")
    after = nsr.stamps(tmp_path / "a.nsr")
    shards = [name for name in before if "/c." in name]
    assert shards and all(before[name] == after[name] for name in shards)
    group = zarr.open_group(tmp_path / "a.nsr" / STORE, mode="r")
    lo, hi = (np.float64(v) for v in (lambda x: (x.min(), x.max()))(odd_frames(5000)[np.isfinite(odd_frames(5000))]))
    np.testing.assert_allclose(group.attrs["ome"]["omero"]["channels"][1]["window"]["end"],
                               1 + (1.5 - lo) / (hi - lo) * 65534)
    nsr.run("verify", tmp_path / "a.nsr")


@pytest.mark.parametrize("name", ["zarr.json", "0/zarr.json", "0/c.0.0.0.0", "1/c.0.0.0.0"])
def test_damage_is_found_and_made_again(tmp_path, name):
    path = recording(tmp_path, odd_frames(5000))
    render(path, tmp_path / "a.nsr")
    before = nsr.tree(tmp_path / "a.nsr")
    damaged = tmp_path / "a.nsr" / STORE / name
    damaged.write_bytes(damaged.read_bytes()[:-1])
    nsr.fails(nsr.DATA, "verify", tmp_path / "a.nsr")
    render(path, tmp_path / "a.nsr")
    assert nsr.tree(tmp_path / "a.nsr") == before
    damaged.unlink()
    render(path, tmp_path / "a.nsr")
    assert nsr.tree(tmp_path / "a.nsr") == before


def test_memory_of_a_million_bins(tmp_path):
    """300 frames of a million bins, which lie in the file as zeros that were never written: a gigabyte."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        field = file.create_dataset("p", (300, 1000, 1000), "f4", chunks=(1, 1000, 1000), fillvalue=0)
        field[77, 3, 5] = 1
    render(tmp_path / "a.h5", tmp_path / "a.nsr", "--memory", "300M", "--threads", "1")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 500 << 10
    array = zarr.open_group(tmp_path / "a.nsr" / STORE, mode="r")["0"]
    assert array.shape == (5, 2, 1000, 1000)
    assert array[1, 1, 3, 5] == 65535 and array[1, 0, 3, 5] == 1 + round(65534 / 64) and (array[0] == 1).all()
