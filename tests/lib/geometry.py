# SPDX-License-Identifier: MIT
"""Fields on made-up environments: NWB tables of them, and a look at the picture where their bins are."""
import json

import h5py
import numpy as np
from PIL import Image

import nsr
import reference as ref


def write_nwb(path, layout, made, values):
    """A table whose columns are padded to the longest, the texts repeated in every row."""
    centers, arrays, about = made
    text = h5py.string_dtype()
    edges = [arrays[k].tolist() for k in sorted(arrays) if k.startswith("grid_edges")] if "grid_shape" in about else []
    cells = int(np.prod(about["grid_shape"])) if edges else 0
    links = np.array([[i, i + 1] for i in range(len(centers) - 1)])
    rows = max(len(centers), cells, 2) + 5

    def padded(array, like):
        out = np.zeros((rows, *array.shape[1:]), like)
        out[:len(array)] = array
        return out

    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        series = file.create_group("processing/analysis/posterior")
        series.attrs["neurodata_type"] = "TimeSeries"
        series["data"] = values
        series["timestamps"] = np.arange(len(values)) / 10
        table = file.create_group("scratch/spatial_environment")
        table.attrs["neurodata_type"] = "DynamicTable"
        table["bin_centers"] = padded(centers, "f8")
        table["edges"] = padded(links, "i8")
        table["edge_weights"] = padded(np.hypot(*(centers[1:] - centers[:-1]).T), "f8")
        table["active_mask"] = padded(arrays["active_mask"].ravel() if edges else np.zeros(0), "i1")
        metadata = {"schema_version": "1.0", "layout_type": "MaskedGrid" if layout == "Polar" else layout,
                    "units": "cm", "n_bins": len(centers), "n_edges": len(links), "n_dims": 2,
                    "coordinate_kind": about.get("coordinate_kind", "cartesian")}
        grid_data = {"grid_edges": edges, "grid_shape": about["grid_shape"], "total_grid_cells": cells} if edges else {}
        table.create_dataset("metadata", data=[json.dumps(metadata)] * rows, dtype=text)
        table.create_dataset("grid_data", data=[json.dumps(grid_data)] * rows, dtype=text)
    return path


def fields(n_bins):
    values = np.random.default_rng(n_bins).random((4, n_bins)).astype("f4")
    values[1, ::3] = np.nan
    return values


def check_centers(bundle, centers, values):
    geometry = nsr.manifest(bundle)["geometry"]
    where = np.floor(np.c_[centers, np.ones(len(centers))] @ np.array(geometry["affine"]).T).astype(int)
    for i, want in enumerate(ref.colours(values, *ref.limits(values))):
        with Image.open(nsr.frame_png(bundle, i)) as image:
            have = np.asarray(image.convert("RGB"))[where[:, 1], where[:, 0]]
        assert not (differ := np.flatnonzero((have != want).any(-1))).size, f"frame {i}: bins {differ}"
