# SPDX-License-Identifier: MIT
"""Steps of the slider, clients in turn in one window, each the only layer that is seen. napari_steps.py SPEC STEPS ROUNDS

All layers count frames and pixels. "NumPy" is an array of the stack's codes in memory: what napari itself takes.
"launcher, whole" is a window of its own: with the time on screen, the animal and the overview's hidden layers."""
import json
import sys

import napari
import numpy as np
from napari_clients import IN_MEMORY, CLIENTS, Window, clients, launcher_of
from napari_data import repeated

PLAIN = {"scale": (1, 1, 1), "translate": (0, 0, 0), "units": ("pixel",) * 3}


def add_numpy(viewer, spec):
    codes = repeated(spec["codes"], np.uint16, spec["frames"])
    bundle = launcher_of(spec["bundles"]["lz4"]).Bundle()
    return viewer.add_layer(bundle.image(np.array(codes) if spec["frames"] <= IN_MEMORY else codes, "NumPy", **PLAIN))


def add_launcher(viewer, spec, codec):
    bundle = launcher_of(spec["bundles"][codec]).Bundle()
    return viewer.add_layer(bundle.image(bundle.stack, codec, **PLAIN))


def add_of(viewer, spec, client):
    """The first layer of what the client opens."""
    if client.startswith("launcher"):
        return add_launcher(viewer, spec, "none" if "none" in client else "lz4")
    theirs = CLIENTS[client](spec)()
    layer = next(layer for layer in theirs.layers if layer.ndim == 3)
    rgb = layer.rgb
    mine = viewer.add_image(layer.data, rgb=rgb, multiscale=False, name=client, **PLAIN,
                            **({} if rgb else {"contrast_limits": layer.contrast_limits, "colormap": layer.colormap}))
    theirs.close()
    return mine


def turn(window, layers, name, frames):
    for other, layer in layers.items():
        layer.visible = other == name
    window.settle()
    for frame in frames[:3]:  # the first may be seen already
        window.step(int(frame) + 10)
    return [window.step(int(frame)) for frame in frames]


def main(path, steps, rounds):
    with open(path) as file:
        spec = json.load(file)
    viewer = napari.Viewer()
    layers = {"NumPy": add_numpy(viewer, spec), **{name: add_of(viewer, spec, name) for name in clients(spec)}}
    window, whole = Window(viewer), Window(CLIENTS["launcher"](spec)())
    rng = np.random.default_rng(1)
    for _ in range(rounds):
        first, jumps = rng.integers(spec["frames"] - steps - 20), rng.integers(spec["frames"] - 20, size=steps)
        for kind, frames in (("sequential", np.arange(first, first + steps)), ("random", jumps)):
            times = {name: turn(window, layers, name, frames) for name in layers}
            times["launcher, whole"] = turn(whole, {}, "", frames)
            for name, each in times.items():
                sliced, painted = np.transpose(each)
                print(json.dumps({"kind": kind, "client": name, "slice": sliced.tolist(), "painted": painted.tolist()}),
                      flush=True)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
