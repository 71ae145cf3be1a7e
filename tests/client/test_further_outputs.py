# SPDX-License-Identifier: MIT
"""Outputs that are added to a bundle that stands, and what they may change of the others: limits are those of the last
run, range and geometry those of the stack. Afterwards `resume` has nothing to do."""
import json

import h5py
import numpy as np
import pytest

import environments
import nsr
import shim
import stacks

PICTURES = ["--format", "png", "--size", "36x24"]


@pytest.fixture(scope="module")
def path(place):
    return stacks.recording(place / "a.h5", np.random.default_rng(1).gamma(0.5, size=(300, 6, 9)).astype("f4"))


@pytest.fixture
def bundle(tmp_path):
    return tmp_path / "o.nsr"


def options(bundle):
    return json.loads((bundle / "plan.json").read_text())["options"]


def nothing_to_do(bundle, path):
    before = nsr.stamps(bundle)
    nsr.run("verify", bundle, "--against", path)
    assert "nothing to do" in nsr.run("resume", bundle).err
    assert nsr.stamps(bundle) == before


# --- limits ---

@pytest.mark.parametrize("first, then", [
    (["--percentile", "1,99"], ["--limits", "minmax"]), (["--limits", "minmax"], ["--percentile", "1,99"]),
    (["--percentile", "1,99"], []), ([*PICTURES, "--sample", 5], PICTURES),
    ([*PICTURES, "--sample", 5, "--seed", 3], [*PICTURES, "--range-stride", 7]),
    ([*PICTURES, "--range-stride", 7], [*PICTURES, "--percentile", "5,95"])],
    ids=lambda words: " ".join(map(str, words)))
def test_limits_are_those_of_the_last_run(path, bundle, tmp_path, first, then):
    stacks.render(path, bundle, *first)
    stacks.render(path, bundle, *then)
    nothing_to_do(bundle, path)
    stacks.render(path, tmp_path / "fresh.nsr", *then)
    nsr.assert_same(bundle, tmp_path / "fresh.nsr")


def test_range_leaves_the_options_of_outputs_alone(path, bundle):
    stacks.render(path, bundle, "--limits", "minmax")
    before = options(bundle)
    nsr.run("range", path, "-o", bundle, "--percentile", "1,50,99")
    assert options(bundle) == before
    nsr.run("resume", bundle)
    nothing_to_do(bundle, path)


# --- the range of a stack ---

@pytest.mark.parametrize("words", [["--sample", "100"], ["--range-stride", "3"]], ids=" ".join)
def test_an_estimate_beside_a_stack_is_refused(path, bundle, words):
    stacks.render(path, bundle)
    before = nsr.stamps(bundle)
    for command in (["render", path, "-o", bundle, *PICTURES], ["range", path, "-o", bundle]):
        nsr.fails(nsr.USAGE, *command, *words, says=["zarr", "all frames", "--percentile", "another -o"])
        nsr.fails(nsr.USAGE, *command, *words, ranks=2)
    assert {name: nsr.stamps(bundle)[name] for name in before} == before
    nothing_to_do(bundle, path)


def test_a_stack_of_values_keeps_its_estimate(path, bundle):
    stacks.render(path, bundle, "--zarr-dtype", "f32", "--sample", 100)
    nsr.fails(nsr.USAGE, "render", path, "-o", bundle, "--format", "png", says=["zarr", "100 of 300", "all frames"])
    stacks.render(path, bundle, "--format", "png", "--sample", 100)
    nothing_to_do(bundle, path)


def test_a_stack_may_replace_the_estimate_of_pictures(path, bundle):
    stacks.render(path, bundle, *PICTURES, "--sample", 100)
    stacks.render(path, bundle)
    assert nsr.manifest(bundle)["range"]["exact"]
    nsr.run("verify", bundle, "--against", path)


# --- geometry ---

TURNS = [["--rotate", "90"], ["--flip", "x"], ["--origin", "lower"], ["--axes", "txy"], ["--view", "0,4,0,4"]]


@pytest.mark.parametrize("turn", TURNS, ids=" ".join)
@pytest.mark.parametrize("ranks", [0, 2])
def test_pictures_beside_a_turned_stack(path, bundle, turn, ranks):
    """Turned as well, or both in one run; anything else is refused and changes nothing."""
    size = ["--format", "png"]
    stacks.render(path, bundle, *turn)
    before = nsr.stamps(bundle)
    nsr.fails(nsr.MISMATCH, "render", path, "-o", bundle, *size, ranks=ranks, says=["zarr", turn[0], "--format", "-o"])
    nsr.fails(nsr.MISMATCH, "range", path, "-o", bundle, says="--axes") if turn[0] == "--axes" else None
    assert nsr.stamps(bundle) == before
    stacks.render(path, bundle, *size, *turn)
    nothing_to_do(bundle, path)
    stacks.render(path, bundle, "--format", "zarr,png", ranks=ranks)
    nothing_to_do(bundle, path)


def test_turned_pictures_beside_a_stack(path, bundle, tmp_path):
    stacks.render(path, bundle)
    nsr.fails(nsr.MISMATCH, "render", path, "-o", bundle, "--format", "png", "--rotate", "180", says="--rotate")
    stacks.render(path, bundle, "--format", "png,zarr", "--rotate", "180")
    nothing_to_do(bundle, path)
    stacks.render(path, tmp_path / "fresh.nsr", "--format", "png,zarr", "--rotate", "180")
    nsr.assert_same(bundle, tmp_path / "fresh.nsr")


def test_a_stack_beside_turned_pictures(path, bundle):
    stacks.render(path, bundle, "--format", "png", "--rotate", "90")
    nsr.fails(nsr.MISMATCH, "render", path, "-o", bundle, "--format", "zarr", says=["png", "--rotate"])
    stacks.render(path, bundle, "--format", "zarr", "--rotate", "90")
    nothing_to_do(bundle, path)


def test_a_table_has_no_orientation(path, bundle):
    stacks.render(path, bundle, "--rotate", "90")
    stacks.render(path, bundle, "--format", "summary")
    nothing_to_do(bundle, path)


def test_an_environment_that_is_left_out(path, bundle, tmp_path):
    edges = [np.arange(7.0), np.arange(10.0)]
    centers = np.stack(np.meshgrid(*[(e[1:] + e[:-1]) / 2 for e in edges], indexing="ij"), -1).reshape(-1, 2)
    environment = environments.save(tmp_path / "room.json", "RegularGrid", (
        centers, {"active_mask": np.ones((6, 9), bool), "grid_edges_0": edges[0], "grid_edges_1": edges[1]},
        {"grid_shape": [6, 9]}))
    stacks.render(path, bundle, "--environment", environment)
    nsr.fails(nsr.MISMATCH, "render", path, "-o", bundle, "--format", "png", says=["zarr", "--environment"])
    stacks.render(path, bundle, "--format", "png", "--environment", environment)
    nothing_to_do(bundle, path)


def test_several_fields(tmp_path, bundle):
    with h5py.File(tmp_path / "two.h5", "w") as file:
        for i, name in enumerate("ab"):
            file[name] = np.random.default_rng(i).random((300, 6, 9)).astype("f4")
    words = ["render", tmp_path / "two.h5", "-o", bundle, "--field", "a,b"]
    nsr.run(*words, "--rotate", "90")
    before = nsr.stamps(bundle)
    nsr.fails(nsr.MISMATCH, *words, "--format", "png", says="--rotate", ranks=2)
    assert nsr.stamps(bundle) == before
    nsr.run("resume", bundle)
    assert {name: stamp for name, stamp in nsr.stamps(bundle).items() if "/c." in name} == \
        {name: stamp for name, stamp in before.items() if "/c." in name}
    nsr.run("verify", bundle, "--against", tmp_path / "two.h5")


# --- killed ---

def shards(bundle):
    return {name: stamp for name, stamp in nsr.stamps(bundle).items() if "frames.ome.zarr/0/c." in str(name)}


def test_killed_and_repeated(path, bundle):
    """What was not named is left as it was begun, though the bundle is not finished any more."""
    stacks.render(path, bundle, "--zarr-dtype", "u8", "--zarr-codec", "zstd")
    words, before = ["render", path, "-o", bundle, *PICTURES], shards(bundle)
    with nsr.Running(*words, "--threads", 1, env=shim.env("open", ".png", 1, "nap", many=True)) as running:
        running.wait_for(lambda: not (bundle / "manifest.json").exists())
        running.kill_all()
        running.wait()
    nsr.run(*words, ranks=2)
    assert len(before) > 3 and shards(bundle) == before
    assert options(bundle)["zarr-dtype"] == "u8" and options(bundle)["zarr-codec"] == "zstd"
    nothing_to_do(bundle, path)
