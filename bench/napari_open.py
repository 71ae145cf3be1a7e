# SPDX-License-Identifier: MIT
"""Opens a recording with one client, steps through it, prints what that took. napari_open.py SPEC CLIENT STEPS

Opening begins when all is imported and, for arrays in memory, loaded. It is open when the first frame is seen as it
stays; whole when nothing is left to do."""
import importlib
import json
import sys
import time

START = time.perf_counter()
import napari  # noqa: E402, F401
import numpy as np  # noqa: E402
import pint  # noqa: E402
from napari_clients import CLIENTS, Pictures, Window, resident  # noqa: E402

for late in ("napari.window", "napari._qt.layer_controls", "pandas", "scipy.ndimage", "scipy.spatial.transform"):
    importlib.import_module(late)  # what napari imports when it opens
pint.get_application_registry().pixel  # is built when it is asked for
with open(sys.argv[1]) as file:
    spec = json.load(file)
open_it = CLIENTS[sys.argv[2]](spec)
pictures = Pictures()
imported, before = time.perf_counter(), resident()
viewer = open_it()
window = Window(viewer)
window.settle()
if not pictures.seen:
    window.paint()
whole, complete = time.perf_counter(), pictures.complete()
del pictures
after = resident()
window.step(1)
for frame in np.random.default_rng(1).integers(spec["frames"], size=int(sys.argv[3])):
    window.step(int(frame))
for frame in range(int(sys.argv[3])):
    window.step(frame)
end = resident()
viewer.close()
print(json.dumps({"before": imported - START, "open": complete - imported, "whole": whole - imported,
                  "added": after[0] - before[0], "end": end[0], "end_anonymous": end[1]}))
