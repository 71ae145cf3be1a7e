# SPDX-License-Identifier: MIT
"""Stacks and overviews through the readers that people have: zarr-python, tensorstore, xarray, zarrita (JavaScript).
And the official schemas of OME-NGFF 0.5."""
import functools
import importlib.util
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys

import jsonschema
import numpy as np
import ome_zarr_models.v05
import pytest
import referencing
import referencing.jsonschema
import tensorstore
import xarray
import zarr

import nsr
import stacks

PACKED = [("f4", *how) for how in itertools.product(stacks.TYPES, ["lz4", "zstd", "none"])]
NUMBERS = [(dtype, kind, "lz4") for dtype, kind in itertools.product(["f8", "i2", "i4", "u1"], stacks.TYPES)]
ZARRITA = """import { writeFileSync } from "node:fs";
import FileSystemStore from "@zarrita/storage/fs";
import * as zarr from "zarrita";
const [store, path, out] = process.argv.slice(2);
const array = await zarr.open(zarr.root(new FileSystemStore(store)).resolve(path), { kind: "array" });
const { data, shape } = await zarr.get(array);
writeFileSync(out, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
console.log(JSON.stringify({ shape, dtype: array.dtype }));
"""


@pytest.fixture(scope="module")
def zarrita(place):
    """read(store, path) -> array; None where node is missing."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    if not shutil.which("node", path=path) or not shutil.which("npm", path=path):
        return None
    folder = place / "node"
    folder.mkdir()

    def run(*words, timeout):
        done = subprocess.run(words, cwd=folder, env=dict(os.environ, PATH=path), capture_output=True, text=True,
                              timeout=timeout)
        assert not done.returncode, done.stderr
        return done.stdout

    def read(store, path):
        about = json.loads(run("node", "read.mjs", store, path, "out", timeout=60))
        return np.fromfile(folder / "out", about["dtype"]).reshape(about["shape"])

    (folder / "read.mjs").write_text(ZARRITA)
    run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "zarrita@0.7.5", timeout=180)
    return read


def with_zarr(store, path):
    return zarr.open_group(store, mode="r")[path.strip("/")][:]


def with_tensorstore(store, path):
    where = {"driver": "file", "path": f"{store}{path}/"}
    return tensorstore.open({"driver": "zarr3", "kvstore": where}).result().read().result()


def with_xarray(store, name="0"):
    return xarray.open_zarr(store, consolidated=False)[name]


@pytest.fixture(scope="module")
def typed(place):
    """typed(dtype) -> (path, values): a recording of these numbers."""
    @functools.cache
    def make(dtype):
        values = stacks.odd(397, dtype=dtype)
        return stacks.recording(place / f"{dtype}.h5", values), values
    return make


@pytest.mark.parametrize("dtype, kind, codec", PACKED + NUMBERS)
def test_every_integer(typed, tmp_path, dtype, kind, codec, zarrita):
    path, values = typed(dtype)
    stacks.render(path, tmp_path / "a.nsr", "--zarr-dtype", kind, "--zarr-codec", codec, "--segment-frames", 100)
    store, want = tmp_path / "a.nsr" / stacks.STORE, stacks.codes(values, kind)
    for read in filter(None, (with_zarr, with_tensorstore, zarrita)):
        have = read(store, "/0")
        assert have.dtype == stacks.TYPES[kind]
        np.testing.assert_array_equal(have, want)
    check_values(tmp_path / "a.nsr", values, kind)


def check_values(bundle, values, kind):
    """xarray decodes by the CF attributes: values within the stated error, NaN where nothing was. Slices, too."""
    have = with_xarray(bundle / stacks.STORE)
    assert have.dims == ("t", "y", "x") and have.attrs["long_name"] == "/p"
    want, whole = np.where(np.isfinite(values), values, np.nan).astype("f8"), have.values
    np.testing.assert_array_equal(np.isnan(whole), np.isnan(want))
    np.testing.assert_array_equal(have[390:, 2].values, whole[390:, 2])
    bound = nsr.output(bundle, "zarr")["description"]["stored"]["error_bound"]
    low, high = stacks.limits(values)
    step = (high - low) / (stacks.TOP[kind] - 1) if kind in stacks.TOP else max(-low, high) * 2.0**-23
    assert 0 <= bound <= step / 2 * (1 + 1e-6) and np.nanmax(np.abs(whole - want)) <= bound * (1 + 1e-6)


@pytest.mark.parametrize("dtype, kind, codec", PACKED)
def test_overview_through_all_readers(typed, tmp_path, dtype, kind, codec, zarrita):
    path, values = typed(dtype)
    stacks.render(path, tmp_path / "a.nsr", "--zarr-dtype", kind, "--zarr-codec", codec)
    store = tmp_path / "a.nsr/overview.ome.zarr"
    first = with_zarr(store, "/0")
    assert first.shape == (7, 2, *values.shape[1:]) and first.dtype == stacks.TYPES[kind]
    finite = np.where(np.isfinite(values), values, -np.inf)
    most = np.stack([finite[i:i + 64].max(0) for i in range(0, len(finite), 64)])
    np.testing.assert_array_equal(first[:, 1], stacks.codes(most, kind, stacks.limits(values)))
    np.testing.assert_array_equal(with_tensorstore(store, "/0"), first)
    if zarrita:
        np.testing.assert_array_equal(zarrita(store, "/0"), first)
    decoded = with_xarray(store)
    assert decoded.dims == ("t", "c", "y", "x")
    np.testing.assert_array_equal(np.isnan(decoded.values), np.isnan(first) if kind == "f32" else first == 0)


def test_levels_of_the_overview_in_xarray(tmp_path):
    """Levels share the name of their axis t, not its length: one is opened at a time."""
    values = np.random.default_rng(6).random((5000, 4, 5)).astype("f4")
    stacks.render(stacks.recording(tmp_path / "a.h5", values), tmp_path / "a.nsr")
    store, names = tmp_path / "a.nsr/overview.ome.zarr", ["0", "1"]
    for name, span in zip(names, (64, 4096)):
        others = [other for other in names if other != name]
        level = xarray.open_zarr(store, consolidated=False, drop_variables=others)[name]
        assert level.dims == ("t", "c", "y", "x") and level.shape[0] == -(-5000 // span)
        blocks = [values[i:i + span] for i in range(0, 5000, span)]
        step = (values.max() - values.min()) / 65534
        for channel, reduce in enumerate((np.mean, np.max)):
            want = [reduce(block.astype("f8"), 0) for block in blocks]
            np.testing.assert_allclose(level[:, channel], want, rtol=0, atol=step)


# --- what the metadata must be ---

@pytest.fixture(scope="module")
def schema():
    """check(document) against image.schema and strict_image.schema of OME-NGFF 0.5, as ngff-zarr ships them."""
    home = pathlib.Path(importlib.util.find_spec("ngff_zarr").origin).parent / "spec/0.5/schemas"
    loaded = {path.name: json.loads(path.read_text()) for path in home.glob("*.schema")}
    kind = referencing.jsonschema.DRAFT202012
    registry = referencing.Registry().with_resources(
        (text["$id"], referencing.Resource.from_contents(text, default_specification=kind)) for text in loaded.values())

    def check(document):
        for name in ("image.schema", "strict_image.schema"):
            jsonschema.Draft202012Validator(loaded[name], registry=registry).validate(document)
    return check


@pytest.fixture(scope="module")
def timed(place):
    """13,000 frames, so that the overview has two levels, with irregular times."""
    values = np.random.default_rng(4).random((13000, 4, 5)).astype("f4")
    times = 1.5e9 + np.cumsum(np.random.default_rng(5).choice([0.02, 0.02, 0.02, 0.5], 13000))
    stacks.recording(place / "timed.h5", values, time=times)
    return place / "timed.h5", values, times


@pytest.mark.parametrize("words", [
    [], ["--zarr-dtype", "u8", "--vmin", "0.2", "--vmax", "0.7"], ["--zarr-dtype", "f32"],
    ["--zarr-scale", "2", "--vmin", "-5", "--vmax", "9"]], ids=" ".join)
def test_schemas(timed, tmp_path, schema, words):
    stacks.render(timed[0], tmp_path / "a.nsr", *words)
    for name in (stacks.STORE, "overview.ome.zarr"):
        store = tmp_path / "a.nsr" / name
        document = json.loads((store / "zarr.json").read_text())
        schema(document["attributes"])
        model = ome_zarr_models.v05.Image.from_zarr(zarr.open_group(store, mode="r"))
        assert [axis.name for axis in model.ome_attributes.multiscales[0].axes][::-1][:2] == ["x", "y"]
        for channel in document["attributes"]["ome"]["omero"]["channels"]:
            window = channel["window"]
            assert window["min"] <= window["start"] < window["end"] <= window["max"] and len(channel["color"]) == 6


def test_a_broken_document_is_not_valid(schema):
    with pytest.raises(jsonschema.ValidationError):
        schema({"ome": {"version": "0.5", "multiscales": [{"axes": []}]}})


def test_axes_and_window(timed, tmp_path):
    path, values, times = timed
    stacks.render(path, tmp_path / "a.nsr", "--frames", "0:13000:2", "--vmin", "0.25", "--vmax", "0.5")
    group = zarr.open_group(tmp_path / "a.nsr" / stacks.STORE, mode="r").attrs["ome"]
    image, selected = group["multiscales"][0], values[::2]
    assert [(a["name"], a["type"], a.get("unit")) for a in image["axes"]] == [
        ("t", "time", "second"), ("y", "space", None), ("x", "space", None)]
    scale = image["datasets"][0]["coordinateTransformations"][0]["scale"]
    np.testing.assert_allclose(scale, [np.median(np.diff(times[::2])), 1, 1], rtol=1e-4)
    low, high = stacks.limits(selected)
    window = group["omero"]["channels"][0]["window"]
    np.testing.assert_allclose([window["start"], window["end"]],
                               [1 + (v - low) / (high - low) * 65534 for v in (0.25, 0.5)], rtol=1e-12)
    np.testing.assert_array_equal(with_zarr(tmp_path / "a.nsr" / stacks.STORE, "/0"), stacks.codes(selected))
    np.testing.assert_array_equal(np.load(tmp_path / "a.nsr/frame_times.npy"), times[::2])


@pytest.mark.parametrize("kind", stacks.TYPES)
def test_state_for_neuroglancer(timed, tmp_path, kind):
    """x and y on screen, t as the slider; the window in whole stored integers, or values."""
    path, values, times = timed
    stacks.render(path, tmp_path / "a.nsr", "--vmin", "0.25", "--vmax", "0.5", "--zarr-dtype", kind)
    state = json.loads((tmp_path / "a.nsr/neuroglancer.json").read_text())
    assert state["displayDimensions"] == ["x", "y"] and state["layout"] == "xy"
    step, unit = state["dimensions"]["t"]
    assert unit == "s" and abs(step / np.median(np.diff(times)) - 1) < 1e-4
    assert state["dimensions"]["x"] == state["dimensions"]["y"] == [1, ""]
    assert np.allclose(state["position"], [values.shape[2] / 2, values.shape[1] / 2, 0.5])
    layer, = state["layers"]
    assert layer["source"].endswith("frames.ome.zarr/|zarr3:") and layer["type"] == "image"
    begin, end = layer["shaderControls"]["normalized"]["range"]
    low, high = stacks.limits(values)
    steps = {"u8": 254, "u16": 65534}.get(kind)
    want = [1 + (v - low) / (high - low) * steps if steps else v for v in (0.25, 0.5)]
    assert [begin, end] == ([np.floor(want[0]), np.ceil(want[1])] if steps else want)
