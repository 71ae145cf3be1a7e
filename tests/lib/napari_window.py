# SPDX-License-Identifier: MIT
"""A real napari window with a bundle in it, as a program of its own: what it shows comes back as a file.

    python napari_window.py BUNDLE launcher|plugin FRAME,FRAME,... STEPS OUT.npz

`show` starts it, on a display of its own where there is none. The arrays of OUT: `slice` what the layer shows at each
frame, `canvas` the picture of the last one with that layer alone, `camera` its center and zoom, `position` the points
of the animal; `facts` is JSON. STEPS of the slider, in order and at random, are timed."""
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import numpy as np


def on_display(words):
    """A command as it must be started here."""
    if os.environ.get("DISPLAY") or not shutil.which("xvfb-run"):
        return words
    return ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *words]


def show(bundle, frames, how="launcher", cwd=None, steps=0, timeout=300):
    out = pathlib.Path(cwd or bundle).parent / f"{how}-{time.monotonic_ns()}.npz"
    words = [sys.executable, __file__, str(bundle), how, ",".join(map(str, frames)), str(steps), str(out)]
    done = subprocess.run(on_display(words), cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    shown = dict(np.load(out))
    shown["facts"] = json.loads(str(shown["facts"]))
    return shown


def launcher(bundle):
    spec = importlib.util.spec_from_file_location("open_in_napari", pathlib.Path(bundle) / "open_in_napari.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def timed(module):
    """Notes how long the animal takes to move: of this thread's own time, so that a busy machine does not count."""
    add, took = module.add_position, []

    def add_timed(*arguments):
        move = add(*arguments)

        def move_timed(frame):
            begin = time.thread_time()
            move(frame)
            took.append(time.thread_time() - begin)
        return move and move_timed
    module.add_position = add_timed
    return took


def go(viewer, steps):
    """Milliseconds of each step: until it is taken, and until it is painted."""
    from qtpy.QtWidgets import QApplication
    took = []
    for i in steps:
        begin = time.perf_counter()
        viewer.dims.set_current_step(0, int(i))
        taken = time.perf_counter()
        QApplication.processEvents()
        took.append(((taken - begin) * 1e3, (time.perf_counter() - begin) * 1e3))
    return np.median(took, axis=0).round(2).tolist()


def time_label(viewer):
    from qtpy.QtWidgets import QLabel
    return viewer.window._qt_window.findChild(QLabel, "time")


def look(layer):
    return {"name": layer.name, "visible": layer.visible, "scale": layer.scale.tolist(), "kind": type(layer).__name__,
            "translate": layer.translate.tolist(), "units": [str(unit) for unit in layer.units],
            "labels": list(layer.axis_labels),
            "data": np.asarray(layer.data).tolist() if type(layer).__name__ in ("Shapes", "Points") else []}


def look_image(layer):
    return {"limits": list(layer.contrast_limits), "dtype": str(layer.dtype), "multiscale": layer.multiscale,
            "colors": np.asarray(layer.colormap.map(np.linspace(0.5, 255.5, 256) / 256)).tolist(),
            "low": None if layer.colormap.low_color is None else list(map(float, layer.colormap.low_color))}


def main(bundle, how, frames, n_steps, out):
    import napari
    module = launcher(bundle)
    moves, begin = timed(module), time.perf_counter()
    viewer = module.open_plugin() if how == "plugin" else module.open_bundle()
    module.settle()
    opened = time.perf_counter() - begin
    layer = [x for x in viewer.layers if isinstance(x, napari.layers.Image) and x.visible][-1]
    slices, points, texts = [], [], []
    for i in frames:
        viewer.dims.set_current_step(0, i)
        slices.append(np.asarray(layer._data_view))
        texts.append(time_label(viewer).text() if how == "launcher" else "")
        if "position" in viewer.layers:
            points.append(np.where(viewer.layers["position"].visible, viewer.layers["position"].data, np.nan))
    n = layer.data.shape[0]
    steps = {"in order": go(viewer, np.arange(n_steps) % n),
             "random": go(viewer, np.random.default_rng(0).integers(0, n, n_steps))} if n_steps else {}
    facts = {"layers": [look(x) for x in viewer.layers], "image": look_image(layer), "shape": list(layer.data.shape),
             "texts": texts, "opened": opened, "steps": steps, "moves": sorted(moves), "title": viewer.title,
             "order": list(viewer.dims.order), "orientation": [str(x) for x in viewer.scene.camera.orientation2d]}
    if how == "launcher" and not layer.multiscale:
        from qtpy.QtWidgets import QDoubleSpinBox
        box = next(x for x in viewer.window._qt_window.findChildren(QDoubleSpinBox) if x.suffix() == " s")
        box.setValue(box.minimum() + 0.6 * (box.maximum() - box.minimum()))
        facts["went"] = [box.value(), int(viewer.dims.current_step[0])]
    viewer.dims.set_current_step(0, frames[-1])
    for other in viewer.layers:
        other.visible = other is layer
    module.settle()
    camera = viewer.scene.camera
    canvas = viewer.screenshot(canvas_only=True, flash=False)
    np.savez(out, slice=np.array(slices), canvas=canvas, camera=[*camera.center[-2:], camera.zoom],
             position=np.array(points), facts=json.dumps(facts))
    os._exit(0)  # taking Qt and OpenGL apart at the end of Python may crash


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], [int(x) for x in sys.argv[3].split(",")], int(sys.argv[4]), sys.argv[5])
