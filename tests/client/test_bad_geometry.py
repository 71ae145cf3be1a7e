# SPDX-License-Identifier: MIT
"""Geometry that cannot be right (LAYOUTS.md, bad geometry): refused with one message that names file and culprit, or
drawn by a rule that is written down, with a word about it where something is guessed."""
import json

import h5py
import numpy as np
import pytest
from PIL import Image

import nsr
import reference as ref

EDGES = [0, 1, 2, 3], [0, 1, 2]
MASK = np.ones((3, 2), bool)
SIDE = np.sqrt(0.75)
HEXAGONS = np.array([[0, 0], [1, 0], [2, 0], [0.5, SIDE], [1.5, SIDE], [1, 2 * SIDE]])
ANGLES = np.linspace(-np.pi, np.pi, 5)
CUBE = np.c_[HEXAGONS, HEXAGONS[:, 0]]
CORNERS = np.array([[3, 1], [5, 3], [3, 5], [1, 3], [9, 1]], float)
L_SHAPE = "POLYGON ((0 0, 24 0, 24 12, 12 12, 12 24, 0 24, 0 0))"


def environment(folder, layout, centers, mask=None, edges=(), **about):
    arrays = {f"grid_edges_{i}": np.asarray(e, float) for i, e in enumerate(edges)}
    if mask is not None:
        arrays["active_mask"] = mask
    np.savez_compressed(folder / "env.npz", bin_centers=np.asarray(centers, float), **arrays)
    text = {"schema_version": "Environment-v1", "n_dims": np.shape(centers)[1], "n_bins": len(centers), "units": "cm",
            "layout_type": layout, "layout_parameters": {}, **about}
    (folder / "env.json").write_text(json.dumps(text))
    return folder / "env.json"


def middles(mask, *edges):
    centers = np.meshgrid(*[(np.asarray(e[1:], float) + e[:-1]) / 2 for e in edges], indexing="ij")
    return np.stack([c[mask] for c in centers], axis=-1)


def grid(x=EDGES[0], y=EDGES[1], mask=MASK, centers=middles(MASK, *EDGES), **about):
    return dict(layout="RegularGrid", centers=centers, mask=mask, edges=(x, y), **about)


def cells(layout, change=(), to=0.0, **about):
    """Bins of which the environment has centres; one of them changed."""
    centers = HEXAGONS.copy()
    if change:
        centers[change] = to
    return dict(layout=layout, centers=centers, layout_parameters=about)


def polar(distances, angles):
    mask = np.ones((len(distances) - 1, len(angles) - 1), bool)
    return dict(layout="MaskedGrid", centers=middles(mask, distances, angles), mask=mask, edges=(distances, angles),
                coordinate_kind="polar")


def mesh(boundary, spacing=6.0):
    return dict(layout="TriangularMesh", centers=CORNERS, layout_parameters={
        "point_spacing": spacing, "boundary_polygon": {"__shapely_wkt__": boundary}})


def track(places=((0, 0), (6, 0), (6, 6)), order=((0, 1), (1, 2)), links=(), **about):
    nodes = [{"id": i, "pos": p} for i, p in enumerate(places)]
    centers = [[1, 0], [3, 0], [5, 0], [6, 1], [6, 3], [6, 5]]
    return dict(layout="Graph", centers=centers, edges=(np.arange(0, 15, 2.0),),
                mask=np.array([1, 1, 1, 0, 1, 1, 1], bool), graph={"links": list(links)}, layout_parameters={
                    "graph_definition": {"__nx_graph__": {"nodes": nodes, "links": []}}, "edge_spacing": [2.0],
                    "edge_order": order, **about})


def render(folder, bins_of_field, *words, code=nsr.OK, **made):
    """One frame over the environment."""
    env = environment(folder, **made)
    with h5py.File(folder / "a.h5", "w") as file:
        file["p"] = np.random.default_rng(1).random((3, bins_of_field))
    return nsr.run("render", folder / "a.h5", "--field", "p", "--environment", env, "-o", folder / "o.nsr",
                   *(words or ["--format", "hash"]), code=code, timeout=20)


NOT_A_PLACE = "is not finite, or beyond 1e150"
REFUSED = {
    # edges
    "edges decrease": (grid(x=[3, 2, 1, 0]), "grid_edges of axis 0: number 1 is not finite or not increasing"),
    "edges repeat": (grid(x=[0, 1, 1, 3]), "grid_edges of axis 0: number 2 is not finite or not increasing"),
    "an edge is NaN": (grid(y=[0, np.nan, 2]), "grid_edges of axis 1: number 1 is not finite"),
    "an edge is infinite": (grid(y=[0, 1, np.inf]), "grid_edges of axis 1: number 2 is not finite"),
    "an edge beyond 1e150": (grid(x=[0, 1, 2, 1e200]), "grid_edges of axis 0: number 3 is not finite"),
    "one edge": (grid(x=[0]), "grid_edges_0 is no list of two or more edges"),
    "no edges": (grid(x=[]), "grid_edges_0 is no list of two or more edges"),
    "a cell too thin to draw": (grid(x=[0, 1, 1 + 1e-9, 3]), "need a picture of 1000000000x"),
    # mask
    "mask transposed": (grid(mask=MASK.T), "active_mask has another shape than grid_edges"),
    "mask flat": (grid(mask=MASK.ravel()), "active_mask has another shape than grid_edges"),
    "mask larger": (grid(mask=np.ones((3, 3), bool)), "active_mask has another shape than grid_edges"),
    "mask without bins": (grid(mask=MASK & False), "active_mask has 0 active cells, but n_bins is 6"),
    "mask of fewer bins": (grid(mask=np.array([[1, 1], [1, 1], [1, 0]], bool)), "active_mask has 5 active cells"),
    # counts
    "n_bins of others": (grid(n_bins=7), "n_bins is 7"), "n_bins is text": (grid(n_bins="six"), "n_bins is missing"),
    "n_bins is negative": (grid(n_bins=-6), "n_bins is -6; it must lie in"), "no bins": (grid(n_bins=0), "n_bins is 0"),
    "n_bins is huge": (grid(n_bins=2 ** 40), "n_bins is 1099511627776; it must lie in"),
    "fewer centres": (grid(centers=middles(MASK, *EDGES)[:5], n_bins=6), "bin_centers has 2 dimensions, 5 x 2 numbers"),
    "n_dims of others": (grid(n_dims=3), "n_dims 3"), "shape of others": (grid(grid_shape=[2, 3]), "grid_shape has 2"),
    # centres
    **{f"{layout}: a centre is {to:g}": (cells(layout, (3, 1), to), f"bin_centers of bin 3 {NOT_A_PLACE}")
       for layout in ("Hexagonal", "Graph", "TriangularMesh", "Unheard") for to in (np.nan, np.inf, 1e200)},
    "hexagons in a cube": (dict(layout="Hexagonal", centers=CUBE), "hexagons of 3 dimensions"),
    "points in a cube": (dict(layout="Unheard", centers=CUBE), "bin_centers of 3 dimensions"),
    "points of a line that do not increase": (dict(layout="Unheard", centers=HEXAGONS[:, :1]), "and increase"),
    # polar
    "distances below 0": (polar([-1, 1, 2], ANGLES), "polar bins of negative distance"),
    "more than a circle": (polar([0, 1, 2], 1.1 * ANGLES), "polar bins overlap: their angles span 6.9"),
    "degrees": (polar([0, 1, 2], np.degrees(ANGLES)), "polar bins overlap: their angles span 360 radians"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case, tmp_path):
    made, words = REFUSED[case]
    done = render(tmp_path, 6, code=nsr.DATA, **made)
    assert len(done.errors) == 1 and words in done.errors[0], done
    assert "env.json" in done.errors[0] or words.startswith("need a picture")
    assert not (tmp_path / "o.nsr").exists()


@pytest.mark.parametrize("n_bins", [5, 7])
def test_bins_counted_otherwise_than_the_field(n_bins, tmp_path):
    """Both numbers, both files."""
    for made in (grid(), cells("Hexagonal"), cells("Unheard")):
        done = render(tmp_path, n_bins, code=nsr.DATA, **made)
        assert f"a.h5: /p has {n_bins} bins" in done.errors[0] and done.errors[0].endswith("env.json has 6")


# Drawn all the same: what the log must say (nothing where the rule needs no word).
DRAWN = {
    "grid: a centre is NaN": (grid(centers=np.where(np.arange(12).reshape(6, 2) == 3, np.nan, middles(MASK, *EDGES))),
                              "bin_centers of bin 1 is not finite; drawn from grid_edges and active_mask"),
    "hexagons wider than their distance": (cells("Hexagonal", hexagon_width=3.0),
                                           "only 1 apart, hexagons of width 3 would overlap; drawn 1 wide"),
    **{f"hexagons of width {width}": (cells("Hexagonal", hexagon_width=width), "")
       for width in (0.0, -1.0, "wide", 1e300)},
    "hexagons in one place": (cells("Hexagonal", 3, HEXAGONS[0]), "cells overlap in"),
    "points in one place": (cells("Unheard", 3, HEXAGONS[0]), ""),
    "pieces in one place": (cells("Graph", 3, HEXAGONS[0]), ""),
    "a bin far from all": (cells("Hexagonal", 5, 1e4), "have no pixel of their own"),
    "an unknown layout": (cells("Voronoi"), "layout 'Voronoi' is not known here; its bins are drawn as points"),
    "links to no bin": (track(links=[{"source": 0, "target": 99}]), "edge 0 leads from bin 0 to bin 99, out of"),
    "a track without a node": (track(order=[[0, 1], [1, 9]]), ""),
    "a track of one place": (track(order=[[0, 0], [1, 2]]), ""),
    "nodes that are no places": (track(places=(("a", 1), (6, 0), (6, 6))), ""),
    "negative gaps": (track(edge_spacing=[-2.0]), ""), "no gaps": (track(edge_spacing=[]), ""),
    **{f"boundary {text}": (mesh(text), "the triangles of this mesh are not stored; its bins are drawn as points")
       for text in ("", "POLYGON EMPTY", "POLYGON ((0 0, 24 0))", "POLYGON ((0 0, 24 nan, 1 1, 0 0))", "CIRCLE (1)",
                    "POLYGON ((0 0, 24 0, 24 12", "POLYGON ((0 0, 24 24, 24 0, 0 24, 0 0))")},
    **{f"mesh of spacing {n:g}": (mesh(L_SHAPE, n), "drawn as points") for n in (0, -1, 1e-9, 1e300)},
}


@pytest.mark.parametrize("case", DRAWN)
def test_drawn_by_a_rule(case, tmp_path):
    made, words = DRAWN[case]
    done = render(tmp_path, len(made["centers"]), **made)
    assert words in done.err, done
    geometry = nsr.manifest(tmp_path / "o.nsr")["geometry"]
    assert geometry["n_active"] == len(made["centers"]) and np.isfinite(geometry["affine"]).all()


def test_good_geometry_needs_no_warning(tmp_path):
    for name, made in {"grid": grid(), "hexagons": cells("Hexagonal", hexagon_width=1.0), "track": track(),
                       "mesh": mesh(L_SHAPE), "polar": polar([0, 1, 2], ANGLES)}.items():
        (tmp_path / name).mkdir()
        assert render(tmp_path / name, len(made["centers"]), **made).warnings == []


def colours_near(image, affine, place, reach):
    """Of the pixels within `reach` of a place, how many have which colour."""
    column, row = np.floor(affine[:, :2] @ place + affine[:, 2]).astype(int)
    cut = image[max(row - reach, 0):row + reach + 1, max(column - reach, 0):column + reach + 1].reshape(-1, 3)
    found, times = np.unique(cut, axis=0, return_counts=True)
    return {tuple(colour): n for colour, n in zip(found.tolist(), times.tolist())}


@pytest.mark.parametrize("layout, shown", [("Unheard", 0), ("Graph", 0), ("Hexagonal", 3)])
def test_two_bins_in_one_place(layout, shown, tmp_path):
    """Of points and pieces the first is shown, of cells the later one; the other one has a pixel at its centre."""
    render(tmp_path, 6, "--format", "png", "--size", "200x200", **cells(layout, 3, HEXAGONS[0]))
    with h5py.File(tmp_path / "a.h5") as file:
        values = file["p"][:]
    with Image.open(nsr.frame_png(tmp_path / "o.nsr", 0)) as picture:
        image = np.asarray(picture.convert("RGB"))
    affine = np.array(nsr.manifest(tmp_path / "o.nsr")["geometry"]["affine"])
    near = colours_near(image, affine, HEXAGONS[0], 5)
    colours = ref.colours(values, *ref.limits(values))[0]
    first, second = (near.get(tuple(colours[bin_].tolist()), 0) for bin_ in (shown, 3 - shown))
    assert first > 20 and second == 1, near
