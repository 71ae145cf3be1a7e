# SPDX-License-Identifier: MIT
"""Steps of the slider, clients in turn in one window, each alone to be seen. napari_steps.py SPEC STEPS ROUNDS

All layers count frames and pixels. "NumPy" is an array of the stack's stored integers in memory: what napari itself
takes.
"launcher, whole" has the time on screen, too, and the animal with its trail."""
import json
import sys

import napari
import numpy as np
from napari_clients import Window, ancestor_frames, clients, launcher_of, loaded

PLAIN = {"scale": (1, 1, 1), "translate": (0, 0, 0), "units": ("pixel",) * 3}
WHOLE = "launcher, whole"


def add_numpy(viewer, spec):
    bundle = launcher_of(spec["bundles"]["lz4"]).Bundle()
    return [viewer.add_layer(bundle.image(loaded(spec, "codes", "memory"), "NumPy", **PLAIN))]


def add_launcher(viewer, spec, codec):
    bundle = launcher_of(spec["bundles"][codec]).Bundle()
    return [viewer.add_layer(bundle.image(bundle.stack, codec, **PLAIN))]


def add_plugin(viewer, spec):
    layers = viewer.open(spec["bundles"]["lz4"] + "/frames.ome.zarr", plugin="napari-ome-zarr")
    for layer in layers:
        layer.scale, layer.units, layer.translate = PLAIN["scale"], PLAIN["units"], PLAIN["translate"]
    return layers


def add_ancestor(viewer, spec, kind):
    return [viewer.add_image(ancestor_frames(spec, kind), rgb=True, multiscale=False, name=kind, **PLAIN)]


ADD = {
    "NumPy": add_numpy,
    "launcher": lambda viewer, spec: add_launcher(viewer, spec, "lz4"),
    "launcher, codec none": lambda viewer, spec: add_launcher(viewer, spec, "none"),
    "napari-ome-zarr": add_plugin,
    "neurospatial, memory": lambda viewer, spec: add_ancestor(viewer, spec, "memory"),
    "neurospatial, memmap": lambda viewer, spec: add_ancestor(viewer, spec, "memmap"),
}


def add_whole(viewer, spec):
    """Its layers, and what it does at each step."""
    module, before = launcher_of(spec["bundles"]["lz4"]), list(viewer.layers)
    bundle = module.Bundle()
    bundle.axes.update(PLAIN)
    bundle.start, bundle.step = 0, 1
    bundle.flat["units"] = PLAIN["units"][1:]
    module.add_frames(viewer, bundle)
    move = module.add_position(viewer, bundle, 30)
    known = tuple(viewer.dims.events.current_step.callbacks)
    module.follow(viewer, bundle, module.add_go_to(viewer, bundle), move)
    calls = [call for call in viewer.dims.events.current_step.callbacks if call not in known]
    return [layer for layer in viewer.layers if layer not in before and layer.visible], calls


class Stage:
    """One client's layers are seen, and what it does at a step is done; the others rest."""

    def __init__(self, viewer, spec):
        self.viewer, self.window = viewer, Window(viewer)
        self.layers = {name: ADD[name](viewer, spec) for name in ["NumPy", *clients(spec)]}
        self.layers[WHOLE], self.calls = add_whole(viewer, spec)
        self.connected = True

    def show(self, name):
        for layer in self.viewer.layers:
            layer.visible = layer in self.layers[name]
        if self.connected != (name == WHOLE):
            self.connected = name == WHOLE
            for call in self.calls:
                step = self.viewer.dims.events.current_step
                step.connect(call) if self.connected else step.disconnect(call)
        self.window.settle()

    def times(self, name, frames):
        self.show(name)
        for frame in frames[:3]:  # the first may be seen already
            self.window.step(int(frame) + 10)
        return np.transpose([self.window.step(int(frame)) for frame in frames])


def main(path, steps, rounds):
    with open(path) as file:
        spec = json.load(file)
    stage, rng, last = Stage(napari.Viewer(), spec), np.random.default_rng(1), spec["frames"] - steps - 20
    for _ in range(rounds):
        first, jumps = rng.integers(last), rng.integers(last, size=steps)
        for kind, frames in (("sequential", np.arange(first, first + steps)), ("random", jumps)):
            for name in stage.layers:
                sliced, painted = stage.times(name, frames)
                print(json.dumps({"kind": kind, "client": name, "slice": sliced.tolist(),
                                  "painted": painted.tolist()}), flush=True)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
