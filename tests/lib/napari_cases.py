# SPDX-License-Identifier: MIT
"""What the launcher does in a real window beyond showing frames: one case a process, what came of it is JSON.

    python napari_cases.py CASE OUT.json BUNDLE WORD..."""
import gc
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

from napari_window import launcher, on_display, time_label


def case(name, bundle, *words, timeout=300):
    """Runs one, on a display of its own where there is none."""
    out = pathlib.Path(bundle).parent / f"{name}-{time.monotonic_ns()}.json"
    words = [sys.executable, __file__, name, str(out), str(bundle), *map(str, words)]
    done = subprocess.run(on_display(words), capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(out.read_text())


def images(viewer):
    return [layer for layer in viewer.layers if type(layer).__name__ == "Field" and layer.visible]


def box_of(viewer):
    from qtpy.QtWidgets import QDoubleSpinBox
    boxes = viewer.window._qt_window.findChildren(QDoubleSpinBox)
    return next(box for box in boxes if box.parent().findChild(object, "time"))


def under_mouse(module, bundle, *places):
    """What is told of places, y,x in data units, of the first frame."""
    viewer = module.open_bundle()
    layer, told = images(viewer)[-1], []
    for place in places:
        position = (layer.translate[0], *map(float, place.split(",")))
        status = layer.get_status(position, view_direction=np.array((1.0, 0, 0)), world=True,
                                  dims_displayed=list(viewer.dims.displayed))
        told.append([status["value"], status["coordinates"]])
    return told


def piece(module, bundle, span):
    """Some seconds: all steps of the slider, what each shows and reports, and the box."""
    viewer = module.open_bundle(span)
    layer, box = images(viewer)[-1], box_of(viewer)
    facts = {"steps": int(viewer.dims.nsteps[0]), "start": int(viewer.dims.current_step[0]), "texts": [], "sums": [],
             "box": [], "range": [box.minimum(), box.maximum()]}
    for i in range(layer.data.shape[0]):
        viewer.dims.set_current_step(0, i)
        facts["texts"].append(time_label(viewer).text())
        facts["sums"].append(int(layer._data_view.sum(dtype="i8")))
        facts["box"].append(box.value())
    return facts


def film(module, bundle):
    """The overview, step by step."""
    viewer = module.open_bundle(overview=True)
    layer = images(viewer)[-1]
    facts = {"layers": [[x.name, x.visible] for x in viewer.layers], "texts": [], "slices": []}
    for i in range(int(viewer.dims.nsteps[0])):
        viewer.dims.set_current_step(0, i)
        facts["texts"].append(time_label(viewer).text())
        facts["slices"].append(layer._data_view.tolist())
    return facts


def with_others(module, bundle, span, at):
    """Into a viewer that shows something of four axes and the whole bundle already: at a moment, what each reports."""
    import napari
    viewer = napari.Viewer()
    viewer.add_image(np.zeros((2, 3, 4, 5)), name="other", scale=(1, 0.001, 1, 1))
    told = []
    for words in ({}, {"time": span}):
        module.open_bundle(viewer=viewer, folder=bundle, **words)
    from qtpy.QtWidgets import QDoubleSpinBox, QLabel
    labels = viewer.window._qt_window.findChildren(QLabel, "time")
    viewer.dims.set_point(1, float(at))
    told.append([label.text() for label in labels])
    boxes = [x for x in viewer.window._qt_window.findChildren(QDoubleSpinBox) if x.suffix() == " s"]
    boxes[-1].setValue(float(at) + 1)
    told.append([label.text() for label in labels])
    return {"told": told, "labels": list(viewer.dims.axis_labels)}


def typed(module, bundle, *seconds):
    """Times typed into the box, and one more time after the slider has moved away."""
    viewer = module.open_bundle()
    box, found = box_of(viewer), []
    for text in seconds:
        box.setFocus()
        box.lineEdit().setText(text)
        box.lineEdit().returnPressed.emit()
        box.interpretText()
        viewer.window._qt_window.setFocus()
        found.append(time_label(viewer).text())
        viewer.dims.set_current_step(0, 0)
        box.setValue(box.value())
        if text == seconds[-1]:
            box.lineEdit().returnPressed.emit()
    return found


def animal(module, bundle, *frames):
    """Its points at frames; then, hidden by hand, whether it stays so."""
    viewer = module.open_bundle()
    layer, points = viewer.layers["position"], []
    for i in frames:
        viewer.dims.set_current_step(0, int(i))
        points.append(layer.data.tolist() if layer.visible else None)
    seen = next(int(i) for i, there in zip(frames, points) if there)
    viewer.dims.set_current_step(0, seen)
    layer.visible = False
    kept = []
    for i in (seen + 1, 0, seen):  # a frame without the animal between
        viewer.dims.set_current_step(0, i)
        kept.append(layer.visible)
    return {"points": points, "kept": kept}


def counted(module, bundle, tries):
    """Pieces of which napari's slider does not have all frames."""
    from napari.components import ViewerModel
    times, short = np.load(pathlib.Path(bundle) / "frame_times.npy"), []
    rng = np.random.default_rng(5)
    for _ in range(int(tries)):
        first, last = sorted(rng.choice(len(times), 2, replace=False))
        shown = module.Bundle(bundle, f"{times[first] - times[0]}:{times[last] - times[0]}")
        viewer = ViewerModel()
        viewer.add_layer(shown.image(shown.stack, "x"))
        if viewer.dims.nsteps[0] != shown.steps:
            short.append([int(first), int(last), shown.steps, int(viewer.dims.nsteps[0])])
    return short


def descriptors(module, bundle, times):
    """Open files after looking through all shards, once and many times over."""
    counts = []
    for _ in range(int(times)):
        shown = module.Bundle(bundle)
        for i in range(0, len(shown.stack), 32):
            shown.stack[i]
        counts.append(len(os.listdir("/proc/self/fd")))
        del shown
        gc.collect()
    return counts


CASES = {call.__name__: call for call in (under_mouse, piece, film, with_others, typed, animal, counted, descriptors)}

if __name__ == "__main__":
    name, out, path, *rest = sys.argv[1:]
    pathlib.Path(out).write_text(json.dumps(CASES[name](launcher(path), pathlib.Path(path), *rest)))
    sys.stdout.flush()
    os._exit(0)  # taking Qt and OpenGL apart at the end of Python may crash
