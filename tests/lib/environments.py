# SPDX-License-Identifier: MIT
"""One small environment of every layout: centres, arrays and texts, and the pair of files the ancestor saves."""
import json

import numpy as np

BOUNDARY = "POLYGON ((0 0, 24 0, 24 12, 12 12, 12 24, 0 24, 0 0))"


def grid(uneven=False):
    edges = [np.arange(6.0), np.arange(4.0) - 1]
    if uneven:
        edges = [np.array([0, 1, 2.5, 3, 5, 5.25]), np.array([-2.0, 0, 1, 4])]
    mask = np.ones((5, 3), bool)
    mask[1, 0] = mask[4, 2] = False
    centers = np.stack(np.meshgrid(*[(e[1:] + e[:-1]) / 2 for e in edges], indexing="ij"), -1)[mask]
    return centers, {"active_mask": mask, "grid_edges_0": edges[0], "grid_edges_1": edges[1]}, {"grid_shape": [5, 3]}


def polar():
    edges = [np.arange(0, 31, 10.0), np.linspace(-np.pi, np.pi, 9)]
    centers = np.stack(np.meshgrid(*[(e[1:] + e[:-1]) / 2 for e in edges], indexing="ij"), -1).reshape(-1, 2)
    return centers, {"active_mask": np.ones((3, 8), bool), "grid_edges_0": edges[0], "grid_edges_1": edges[1]}, {
        "grid_shape": [3, 8], "coordinate_kind": "polar"}


def hexagons():
    rows, columns = np.mgrid[:4, :5]
    centers = np.stack([6.0 * columns + 3 * (rows % 2), 6 * np.sqrt(0.75) * rows], -1).reshape(-1, 2)
    return np.delete(centers, 7, 0), {}, {"layout_parameters": {"hexagon_width": 6.0}}


def track():
    """Two sides of a corner, 3 bins each, with a gap of 2 where nothing is."""
    centers = np.array([[1, 0], [3, 0], [5, 0], [6, 1], [6, 3], [6, 5]], float)
    nodes = [{"id": i, "pos": p} for i, p in enumerate([[0.0, 0.0], [6.0, 0.0], [6.0, 6.0]])]
    about = {"graph_definition": {"__nx_graph__": {"nodes": nodes, "links": []}}, "edge_order": [[0, 1], [1, 2]],
             "edge_spacing": [2.0], "bin_size": 2.0}
    return centers, {"active_mask": np.array([1, 1, 1, 0, 1, 1, 1], bool),
                     "grid_edges_0": np.array([0, 2, 4, 6, 8, 10, 12, 14.0])}, {"layout_parameters": about}


def mesh():
    """One square of four triangles, of which a corner is missing; the L-shaped boundary has more."""
    centers = np.array([[3, 1], [5, 3], [3, 5], [1, 3], [9, 1]], float)
    return centers, {}, {"layout_parameters": {"point_spacing": 6.0, "boundary_polygon": {"__shapely_wkt__": BOUNDARY}}}


def points():
    return np.random.default_rng(3).permutation(np.stack(np.mgrid[:6, :5], -1).reshape(-1, 2) * 2.0)[:24], {}, {}


LAYOUTS = {"RegularGrid": grid, "MaskedGrid": lambda: grid(True), "Hexagonal": hexagons, "Graph": track,
           "TriangularMesh": mesh, "Unheard": points, "Polar": polar}


def save(path, layout, made):
    """What the ancestor's to_file writes, as far as it matters."""
    centers, arrays, about = made
    links = [{"source": i, "target": i + 1, "distance": float(np.linalg.norm(centers[i + 1] - centers[i]))}
             for i in range(len(centers) - 1)]
    path.with_suffix(".json").write_text(json.dumps({
        "schema_version": "Environment-v1", "layout_type": "MaskedGrid" if layout == "Polar" else layout,
        "n_bins": len(centers), "n_dims": centers.shape[1], "units": "cm", "graph": {"links": links}, **about}))
    np.savez_compressed(path.with_suffix(".npz"), bin_centers=centers, **arrays)
    return path
