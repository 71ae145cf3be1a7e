# SPDX-License-Identifier: MIT
"""The clients that napari_bench.py compares: how each opens a long recording, what its layer is, what a step takes."""
import importlib.util
import os
import pathlib
import time
import warnings

import numpy as np
from napari_data import BINS, repeated

warnings.simplefilter("ignore")

IN_MEMORY = 100_000  # frames: more floats than these do not fit


def launcher_of(bundle):
    """The module that lies in the bundle."""
    spec = importlib.util.spec_from_file_location("launcher", os.path.join(bundle, "open_in_napari.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def loaded(spec, what, kind):
    """The recording's floats, or the stack's stored integers. memory: as loaded before; else, and where they do not
    fit, mapped files, which are in memory, too."""
    if what == "floats" and spec["whole"]:
        values = np.memmap(spec["whole"], np.float32, "r").reshape(spec["frames"], BINS, BINS)
    else:
        values = repeated(spec[what], {"floats": np.float32, "codes": np.uint16}[what], spec["frames"])
    return np.array(values) if kind == "memory" and spec["frames"] <= IN_MEMORY else values


# --- preparing (imports, what is in memory before) gives a function that opens a viewer ---

def launcher(spec, codec="lz4"):
    module = launcher_of(spec["bundles"][codec])
    return module.open_bundle


def plugin(spec):
    import napari
    import napari_ome_zarr  # noqa: F401
    store = os.path.join(spec["bundles"]["lz4"], "frames.ome.zarr")

    def open_it():
        viewer = napari.Viewer()
        viewer.open(store, plugin="napari-ome-zarr")
        return viewer
    return open_it


def ancestor_input(spec, kind):
    from neurospatial import Environment
    fields = loaded(spec, "floats", kind)
    rows, columns = fields.shape[1:]
    env = Environment.from_grid_mask(np.ones((rows, columns), bool), (np.arange(rows + 1.0), np.arange(columns + 1.0)))
    return env, fields.reshape(len(fields), -1), np.arange(len(fields)) / 30


def ancestor(spec, kind):
    env, fields, times = ancestor_input(spec, kind)
    return lambda: env.animate_fields(fields, backend="napari", frame_times=times)


def ancestor_frames(spec, kind):
    """What it gives napari: pictures made when they are asked for."""
    import matplotlib
    from neurospatial.animation.backends.napari_backend import _create_lazy_field_renderer
    env, fields, _ = ancestor_input(spec, kind)
    colors = matplotlib.colormaps["viridis"](np.arange(256), bytes=True)[:, :3]
    return _create_lazy_field_renderer(env, fields, colors, 0.0, float(np.nanmax(fields[:1000])))


CLIENTS = {
    "launcher": launcher,
    "launcher, codec none": lambda spec: launcher(spec, "none"),
    "napari-ome-zarr": plugin,
    "neurospatial, memory": lambda spec: ancestor(spec, "memory"),
    "neurospatial, memmap": lambda spec: ancestor(spec, "memmap"),
}


def clients(spec):
    return [name for name in CLIENTS if spec["frames"] <= IN_MEMORY or name != "neurospatial, memory"]


# --- opening and steps ---

class Pictures:
    """All that is painted while a window opens, and when."""

    def __init__(self):
        from napari._vispy.canvas import NapariSceneCanvas
        from vispy import gloo
        paint, self.seen = NapariSceneCanvas.on_draw, []
        self.end = lambda: setattr(NapariSceneCanvas, "on_draw", paint)

        def on_draw(canvas, event):
            paint(canvas, event)
            self.seen.append((time.perf_counter(), gloo.read_pixels()))
        NapariSceneCanvas.on_draw = on_draw

    def complete(self):
        """When the window looked as it does now, but for small things like the animal."""
        self.end()
        last = self.seen[-1][1]
        return next(when for when, picture in self.seen
                    if picture.shape == last.shape and (picture == last).all(axis=2).mean() > 0.95)


class Window:
    """Times steps of the slider, and waits until they are painted."""

    def __init__(self, viewer):
        from qtpy.QtWidgets import QApplication
        self.viewer, self.drawn, self.work = viewer, False, QApplication.processEvents
        viewer.window._qt_viewer.canvas._scene_canvas.events.draw.connect(self.saw)

    def saw(self, event=None):
        self.drawn = True

    def paint(self, patience=5):
        """Until the canvas was drawn. A step to a frame like the last one may draw nothing."""
        end = time.perf_counter() + patience
        while not self.drawn and time.perf_counter() < end:
            self.work()
        return self.drawn

    def settle(self):
        for _ in range(10):
            self.work()

    def step(self, frame):
        """Milliseconds until set_current_step returns, and until the picture is there."""
        self.work()
        self.drawn = False
        start = time.perf_counter()
        self.viewer.dims.set_current_step(0, frame)
        sliced = time.perf_counter()
        if not self.paint():
            raise RuntimeError(f"frame {frame} was not painted")
        return 1e3 * (sliced - start), 1e3 * (time.perf_counter() - start)


def resident():
    """MB of this process: all, and without pages of files."""
    facts = dict(line.split(":") for line in pathlib.Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return [int(facts[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")]
