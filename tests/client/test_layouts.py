# SPDX-License-Identifier: MIT
"""Layouts through the program: the colour under every bin's centre, in every size and turned in every way, against
matplotlib's; what the layout command draws; what bad options answer. Bad geometry: test_bad_geometry.py."""
import itertools
import json

import h5py
import numpy as np
import pytest
from PIL import Image

import nsr
import reference as ref

TURNED = [[], ["--rotate", "90"], ["--rotate", "180", "--flip", "x"], ["--rotate", "270", "--flip", "y"]]
SIZED = [[], ["--size", "640x480"], ["--size", "300x500"]]


def environment(folder, layout, centers, mask=None, edges=(), **more):
    """A pair of files as the ancestor saves it."""
    centers = np.asarray(centers, float)
    centers = centers[:, None] if centers.ndim == 1 else centers
    mask = np.ones(len(centers), bool) if mask is None else mask
    arrays = {f"grid_edges_{i}": np.asarray(e, float) for i, e in enumerate(edges)}
    np.savez_compressed(folder / "env.npz", bin_centers=centers, active_mask=mask, **arrays)
    text = {"schema_version": "Environment-v1", "name": "test", "n_dims": centers.shape[1], "n_bins": len(centers),
            "layout_type": layout, "layout_parameters": {}, "grid_shape": list(mask.shape), "units": "cm", **more}
    (folder / "env.json").write_text(json.dumps(text))
    return folder / "env.json"


def grid_centers(mask, *edges):
    middles = [np.asarray(e[:-1]) + np.diff(e) / 2 for e in edges]
    return np.stack([m[mask] for m in np.meshgrid(*middles, indexing="ij")], axis=-1)


def hexagons(folder):
    width = 5.0
    at = [((k % 8 + k // 8 % 2 / 2) * width, k // 8 * width * np.sqrt(3) / 2) for k in range(56) if k % 9]
    return environment(folder, "Hexagonal", at, layout_parameters={"hexagon_width": width}), np.array(at)


def grid(folder, step):
    """step 0: even. Some cells are not active."""
    x, y = (np.cumsum(np.r_[0, 2 + step * np.sin(np.arange(n))]) for n in (13, 9))
    mask = np.arange(13 * 9).reshape(13, 9) % 7 != 3
    centers = grid_centers(mask, x, y)
    return environment(folder, "MaskedGrid", centers, mask, (x, y)), centers


def polar(folder, rings=False):
    """As a rectangle of distance and angle, or as ring sectors in the plane around the animal."""
    r, angle = np.linspace(0, 30, 6), np.linspace(-np.pi, np.pi, 13)
    mask = np.ones((5, 12), bool)
    centers = grid_centers(mask, r, angle)
    made = environment(folder, "MaskedGrid", centers, mask, (r, angle), coordinate_kind="polar")
    around = np.stack([centers[:, 0] * np.cos(centers[:, 1]), centers[:, 0] * np.sin(centers[:, 1])], axis=-1)
    return made, around if rings else centers


LAYOUTS = {"hexagons": hexagons, "grid": lambda f: grid(f, 0), "uneven": lambda f: grid(f, 0.5), "polar": polar,
           "rings": lambda f: polar(f, True)}
OPTIONS = {layout: ["--rings"] if layout == "rings" else [] for layout in LAYOUTS}


def recording(folder, n_bins, frames=3):
    values = np.random.default_rng(1).random((frames, n_bins)).astype("f4")
    values[1, ::5] = np.nan
    with h5py.File(folder / "a.h5", "w") as file:
        file["p"] = values
    return folder / "a.h5", values


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def at_centers(image, affine, centers):
    columns, rows = np.floor(centers @ affine[:, :2].T + affine[:, 2]).astype(int).T
    height, width = image.shape[:2]
    assert ((columns >= 0) & (rows >= 0) & (columns < width) & (rows < height)).all()
    return image[rows, columns]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_colours_at_centres(tmp_path, layout):
    env, centers = LAYOUTS[layout](tmp_path)
    path, values = recording(tmp_path, len(centers))
    want = ref.colours(values, *ref.limits(values))
    for i, (size, turned) in enumerate(itertools.product(SIZED, TURNED)):
        out = tmp_path / f"{i}.nsr"
        nsr.run("render", path, "--environment", env, "-o", out, "--format", "png", *size, *turned,
                *OPTIONS[layout])
        affine = np.array(nsr.manifest(out)["geometry"]["affine"], float)
        for frame, expected in enumerate(want):
            image = pixels(nsr.frame_png(out, frame))
            assert (at_centers(image, affine, centers) == expected).all(), (size, turned, frame)
            assert not size or image.shape[1::-1] == tuple(map(int, size[1].split("x")))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_map_shows_every_bin_where_it_is(tmp_path, layout):
    """Neighbours differ in colour, and a colour at a centre is none of background and no data."""
    env, centers = LAYOUTS[layout](tmp_path)
    path, _ = recording(tmp_path, len(centers))
    said = nsr.run("layout", path, "--environment", env, "-o", tmp_path / "map.png", "--size", "1200x1000", "--json",
                   *OPTIONS[layout])
    image, document = pixels(tmp_path / "map.png"), said.json
    assert image.shape == (1000, 1200, 3) == (document["height"], document["width"], 3)
    assert document["n_bins"] == len(centers)
    affine = np.array(document["affine"])
    aside = np.array([0.3, 0.05 if layout == "polar" else 0.3]) * (layout != "rings")
    corner = at_centers(image, affine, centers + aside)
    assert not (corner == ref.WHITE).all(-1).any() and not (corner == ref.LIGHTGRAY).all(-1).any()
    assert "orientation: " in said.err and said.err.count("orientation: ") == 1
    first = (tmp_path / "map.png").read_bytes()
    nsr.run("layout", path, "--environment", env, "-o", tmp_path / "map.png", "--size", "1200x1000", *OPTIONS[layout])
    assert (tmp_path / "map.png").read_bytes() == first


def test_map_of_a_bare_array_says_which_way_up(tmp_path):
    path, _ = recording(tmp_path, 12)
    for origin, says in (("upper", "x right, y down"), ("lower", "x right, y up")):
        done = nsr.run("layout", path, "--grid", "3x4", "--origin", origin, "-o", tmp_path / "map.png")
        assert f"orientation: {says}" in done.err
    done = nsr.run("layout", path, "--grid", "3x4", "--rotate", "90", "-o", tmp_path / "map.png")
    assert "orientation: x up, y right" in done.err


def test_same_map_on_ranks(tmp_path):
    path, _ = recording(tmp_path, 12)
    for ranks in (0, 2):
        nsr.run("layout", path, "--grid", "3x4", "-o", tmp_path / f"{ranks}.png", ranks=ranks)
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "2.png").read_bytes()


@pytest.mark.parametrize("words", [[], ["--unroll"]], ids=["by itself", "unrolled"])
def test_polar_is_a_plain_grid(tmp_path, words):
    """Distance to the right and angle up, as the ancestor draws it."""
    env, _ = polar(tmp_path)
    path, values = recording(tmp_path, 60)
    nsr.run("render", path, "--environment", env, "-o", tmp_path / "o.nsr", "--format", "png", *words)
    want = ref.colours(values, *ref.limits(values))
    for frame in range(3):
        image = pixels(nsr.frame_png(tmp_path / "o.nsr", frame))
        cell = image.shape[1] // 5
        assert image.shape[:2] == (12 * cell, 5 * cell)
        plain = want[frame].reshape(5, 12, 3).swapaxes(0, 1)[::-1]
        assert (image == plain.repeat(cell, 0).repeat(cell, 1)).all()


def test_view_cuts_whole_bins(tmp_path):
    env, centers = grid(tmp_path, 0)
    path, values = recording(tmp_path, len(centers))
    nsr.run("render", path, "--environment", env, "-o", tmp_path / "o.nsr", "--format", "png", "--view", "4,12,2,10")
    inside = ((centers > [4, 2]) & (centers < [12, 10])).all(1)
    affine = np.array(nsr.manifest(tmp_path / "o.nsr")["geometry"]["affine"], float)
    image = pixels(nsr.frame_png(tmp_path / "o.nsr", 0))
    assert image.shape == (800, 800, 3) and inside.sum() > 10
    assert (at_centers(image, affine, centers[inside]) == ref.colours(values, *ref.limits(values))[0][inside]).all()


@pytest.mark.parametrize("layout", ["hexagons", "rings"])
def test_video_has_the_size_and_the_background(tmp_path, layout):
    env, centers = LAYOUTS[layout](tmp_path)
    path, _ = recording(tmp_path, len(centers))
    nsr.run("render", path, "--environment", env, "-o", tmp_path / "o.nsr", "--every-frame", *OPTIONS[layout])
    geometry = nsr.manifest(tmp_path / "o.nsr")["geometry"]
    assert max(geometry["width"], geometry["height"]) == 800
    assert geometry["width"] % 2 == geometry["height"] % 2 == 0


@pytest.mark.parametrize("words,says", [
    (["--view", "1,2,3"], "X0,X1,Y0,Y1"), (["--view", "2,1,0,1"], "X0 must lie below X1"),
    (["--view", "500,600,0,10"], "no bins between 500 and 600"), (["--rotate", "45"], "Choose 0, 90, 180 or 270"),
    (["--flip", "z"], "Choose x or y"), (["--size", "31x40"], "even"), (["--track-width", "-1"], "track-width"),
])
def test_bad_geometry_options(tmp_path, words, says):
    env, centers = grid(tmp_path, 0)
    path, _ = recording(tmp_path, len(centers))
    nsr.fails(nsr.USAGE, "layout", path, "--environment", env, "-o", tmp_path / "map.png", *words, says=[says])
    assert not (tmp_path / "map.png").exists()


def test_map_cannot_be_written(tmp_path):
    path, _ = recording(tmp_path, 12)
    nsr.fails(nsr.CREATE, "layout", path, "--grid", "3x4", "-o", tmp_path / "gone" / "map.png", says=["gone"])
    nsr.fails(nsr.USAGE, "layout", path, "--grid", "3x4", says=["output"])
