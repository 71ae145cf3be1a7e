# SPDX-License-Identifier: MIT
"""What `render` makes by itself, stack, overview, summary and launcher together: the same bytes for any ranks, threads
and ways of reading; killed at any moment it goes on, and until it is finished no viewer can open a part of it; another
style touches no frame."""
import itertools
import json
import random
import time

import h5py
import numpy as np
import pytest
import zarr

import nsr
import stacks

FRAMES, SEGMENT = 3001, 50
WORDS = ["--segment-frames", SEGMENT, "--chunk-frames", 25]
MOMENTS = 20 if nsr.LONG else 5
HOW = list(itertools.product([1, 2, 3, 7], [1, 2], ["auto", "direct", "hdf5", "mpio"]))


@pytest.fixture(scope="module")
def files(place):
    """Packed and plain, with times, positions and stretches without data."""
    plain, packed = place / "plain.h5", place / "packed.h5"
    nsr.run("synth", plain, "--frames", FRAMES, "--grid", "23x31", "--seed", 3)
    with h5py.File(plain) as source, h5py.File(packed, "w") as file:
        for name in source:
            if name != "posterior":
                source.copy(name, file)
        file.create_dataset("posterior", data=source["posterior"][:], chunks=(64, 8, 31), compression="gzip")
    return {"plain": plain, "packed": packed}


@pytest.fixture(scope="module")
def reference(files, place):
    """One process, one thread."""
    done = stacks.render(files["packed"], place / "reference.nsr", *WORDS, "--threads", 1, "--io", "hdf5")
    tree = nsr.tree(place / "reference.nsr")
    assert len([name for name in tree if name.startswith(f"{stacks.STORE}/0/c.")]) == 61
    assert {"open_in_napari.py", "napari.json", "summary.h5", "frame_times.npy", "position.npy"} < set(tree)
    return tree, done.seconds


@pytest.mark.parametrize("ranks, threads, io", HOW if nsr.LONG else HOW[::3])
def test_same_bytes(files, reference, tmp_path, ranks, threads, io):
    stacks.render(files["packed"], tmp_path / "o.nsr", *WORDS, "--threads", threads, "--io", io, ranks=ranks)
    nsr.assert_same(tmp_path / "o.nsr", reference[0], f"{ranks} ranks, {threads} threads, {io}:")


@pytest.mark.parametrize("words", [["--memory", "24M"], ["--memory", "2G"], []], ids=" ".join)
def test_same_bytes_of_another_storage(files, reference, tmp_path, words):
    """Where values lie in the file is no part of the bundle, but the identity of the input is part of the plan."""
    stacks.render(files["plain"], tmp_path / "o.nsr", *WORDS, *words, ranks=2)
    nsr.assert_same(tmp_path / "o.nsr", reference[0])


def test_shares(files, reference, tmp_path):
    """Three runs without a launcher make a third each; none can be opened before they are joined."""
    bundle = tmp_path / "o.nsr"
    for k in (1, 2, 3):
        stacks.render(files["packed"], bundle, *WORDS, "--share", f"{k}/3")
        assert not stacks.can_be_opened(bundle)
    nsr.run("join", bundle, ranks=2)
    nsr.assert_same(bundle, reference[0])


# --- killed ---

def half_a_stack(bundle):
    """Can be opened, and is not whole."""
    return stacks.can_be_opened(bundle) and len(stacks.shards(bundle)) < 61


def kill_at(moment, bundle, words, ranks):
    with nsr.Running(*words, ranks=ranks) as running:
        while running.seconds < moment and running.process.poll() is None:
            assert not half_a_stack(bundle)
            time.sleep(0.005)
        running.kill_all()
        running.wait(30)


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_and_resumed(files, reference, tmp_path, moment):
    rng, bundle = random.Random(moment), tmp_path / "o.nsr"
    begin = ["render", files["packed"], "-o", bundle, *WORDS]
    for _ in range(2):  # a resumed run is killed as well
        words = ["resume", bundle] if (bundle / "plan.json").exists() else begin
        kill_at(rng.uniform(0.2, 1.2) * reference[1], bundle, words, rng.choice((0, 2, 3)))
        assert not half_a_stack(bundle)
    nsr.run(*(["resume", bundle] if (bundle / "plan.json").exists() else begin), ranks=rng.choice((0, 1, 3, 4)))
    nsr.assert_same(bundle, reference[0])
    assert not (bundle / "parts").exists() and not list(bundle.rglob("*.tmp-*"))


def test_a_resumed_run_keeps_shards(files, reference, tmp_path):
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", files["packed"], "-o", bundle, *WORDS, ranks=2) as running:
        running.wait_for(lambda: (bundle / "segments").exists() and len(nsr.records(bundle)) >= 6)
        running.kill_all()
        running.wait()
    kept = {name: stamp for name, stamp in nsr.stamps(bundle).items() if name.startswith(f"{stacks.STORE}/0/c.")
            and int(name.split(".")[-3]) in nsr.records(bundle)}
    assert len(kept) >= 6 and not stacks.can_be_opened(bundle)
    nsr.run("resume", bundle, ranks=3)
    after = nsr.stamps(bundle)
    assert all(after[name] == stamp for name, stamp in kept.items())
    nsr.assert_same(bundle, reference[0])


def test_hidden_while_made_again(files, tmp_path):
    """Another codec replaces all shards of a finished bundle: as soon as the first goes, viewers see nothing."""
    bundle = tmp_path / "o.nsr"
    stacks.render(files["packed"], bundle, *WORDS)
    words = ["render", files["packed"], "-o", bundle, *WORDS, "--zarr-codec", "zstd"]
    with nsr.Running(*words, "--threads", 1) as running:
        running.wait_for(lambda: (bundle / "segments").exists() and not (bundle / stacks.STORE / "zarr.json").exists())
        running.kill_all()
        running.wait()
    assert not (bundle / stacks.STORE / "zarr.json").exists() and not (bundle / "manifest.json").exists()
    nsr.run(*words, ranks=2)
    stacks.render(files["packed"], tmp_path / "fresh.nsr", *WORDS, "--zarr-codec", "zstd")
    nsr.assert_same(bundle, tmp_path / "fresh.nsr")


# --- another style ---

STYLES = [["--vmin", "0.01", "--vmax", "0.02"], ["--cmap", "magma"], ["--nodata-color", "#ff0000", "--vmax", "0.1"]]


@pytest.mark.parametrize("style", STYLES, ids=" ".join)
@pytest.mark.parametrize("ranks", [0, 3])
def test_another_style_touches_no_frame(files, tmp_path, style, ranks):
    """What it writes is what a fresh run writes."""
    bundle, fresh = tmp_path / "o.nsr", tmp_path / "fresh.nsr"
    stacks.render(files["packed"], bundle, *WORDS)
    before, tree = nsr.stamps(bundle), nsr.tree(bundle)
    done = stacks.render(files["packed"], bundle, *WORDS, *style, ranks=ranks)
    assert "0 rendered in this run" in done.err or "finished" in done.err
    after = nsr.stamps(bundle)
    kept = [name for name in before if "/c." in name or name in ("summary.h5", "summary.csv", "frame_times.npy")]
    assert len(kept) > 61 and all(after[name] == before[name] for name in kept)
    stacks.render(files["packed"], fresh, *WORDS, *style)
    nsr.assert_same(bundle, fresh)
    now = nsr.tree(bundle)
    assert now["napari.json"] != tree["napari.json"]
    if "--vmax" in style:
        assert all(now[name] != tree[name] for name in (f"{stacks.STORE}/zarr.json", "overview.ome.zarr/zarr.json"))
    nsr.run("verify", bundle, "--against", files["packed"])


def test_another_style_draws_pictures_again(files, tmp_path):
    """Of a bundle that has both, the pictures alone."""
    words = ["--frames", "0:120", "--segment-frames", 40, "--format", "zarr,png", "--size", "62x46"]
    stacks.render(files["packed"], tmp_path / "o.nsr", *words)
    before = nsr.stamps(tmp_path / "o.nsr")
    stacks.render(files["packed"], tmp_path / "o.nsr", *words, "--cmap", "magma")
    after = nsr.stamps(tmp_path / "o.nsr")
    same = {name for name in before if after.get(name) == before[name]}
    assert {name for name in before if "/c." in name or name == "summary.h5"} <= same
    assert not any(name.endswith(".png") and name.startswith("frames/") for name in same)
    stacks.render(files["packed"], tmp_path / "fresh.nsr", *words, "--cmap", "magma")
    nsr.assert_same(tmp_path / "o.nsr", tmp_path / "fresh.nsr")


def test_the_colors_of_the_launcher(files, tmp_path):
    """As matplotlib's, with the window of the display in stored integers."""
    stacks.render(files["packed"], tmp_path / "o.nsr", *WORDS, "--cmap", "magma", "--vmin", "0.01", "--vmax", "0.02")
    facts = json.loads((tmp_path / "o.nsr/napari.json").read_text())
    assert len(facts["colors"]) == 256 and facts["colors"][0] == "#000004" and facts["colors"][255] == "#fcfdbf"
    with h5py.File(files["packed"]) as file:
        low, high = stacks.limits(file["posterior"][:])
    np.testing.assert_allclose(facts["window"], [1 + (v - low) / (high - low) * 65534 for v in (0.01, 0.02)])
    array = zarr.open_group(tmp_path / "o.nsr" / stacks.STORE, mode="r")["0"]
    np.testing.assert_allclose(array.attrs["scale_factor"], (high - low) / 65534)
