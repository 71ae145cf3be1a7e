# SPDX-License-Identifier: MIT
"""What a stack must hold, worked out from the values with NumPy and the rules of the manual alone; and recordings that
are hard for stacks."""
import pathlib

import h5py
import numpy as np

import nsr

STORE = "frames.ome.zarr"
TOP = {"u8": 255, "u16": 65535}
TYPES = {"u8": "uint8", "u16": "uint16", "f32": "float32"}


def limits(values):
    """Of a stack: the exact finite range."""
    finite = np.asarray(values)[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def codes(values, kind="u16", window=None):
    """0 and NaN: no data."""
    low, high = window or limits(values)
    finite = np.isfinite(values)
    wide = np.where(finite, values, low).astype("f8")
    if kind == "f32":
        return np.where(finite, wide, np.nan).astype("f4")
    steps = TOP[kind] - 1
    t = (wide - low) / (high - low) * steps if high > low else wide * 0
    return np.where(finite, 1 + np.rint(t), 0).astype(TYPES[kind])


def recording(path, values, **more):
    """A bare array, or what `more` names beside it."""
    with h5py.File(path, "w") as file:
        file["p"] = values
        for name, array in more.items():
            file[name] = array
    return path


def odd(n, h=6, w=9, dtype="f4"):
    """Peaks, holes, infinities, a dead bin, and stretches without any data."""
    rng = np.random.default_rng(n)
    values = rng.gamma(0.3, size=(n, h, w))
    if np.issubdtype(dtype, np.integer):
        return np.rint(values * 1000 - 300).astype(dtype)
    values[rng.random(values.shape) < 0.05] = np.nan
    values[rng.random(values.shape) < 0.005] = np.inf
    values[rng.random(values.shape) < 0.005] = -np.inf
    if h * w > 2:
        values[:, h // 2, w // 2] = np.nan
    values[n // 3:n // 2] = np.nan
    return values.astype(dtype)


def render(path, out, *words, ranks=0, **how):
    return nsr.run("render", path, "-o", out, *words, ranks=ranks, **how)


def shards(bundle):
    """In the order of time."""
    found = (pathlib.Path(bundle) / STORE / "0").glob("c.*")
    return sorted(found, key=lambda path: int(path.name.split(".")[1]))


def can_be_opened(bundle):
    """Some zarr.json lies there, by which viewers open a part of a stack or of an overview."""
    return any(pathlib.Path(bundle).glob("*.ome.zarr/**/zarr.json"))
