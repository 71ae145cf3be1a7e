# SPDX-License-Identifier: MIT
"""The ancestor's frames. neurospatial_frames.py png|video FILE FRAMES OUT

png: PersistentFigureRenderer, its fastest way to a correct picture of each frame (the one behind its notebook widget).
video: animate_fields(backend="video", show_regions=True). Without show_regions its videos of grids are blank after the
first frame; the frames of the file are counted, outside the clock, to be sure that these are not."""
import contextlib
import io
import os
import subprocess
import sys

import h5py
import matplotlib
import numpy as np
from common import Clock

matplotlib.use("Agg")
from neurospatial import Environment  # noqa: E402
from neurospatial.animation.backends.widget_backend import PersistentFigureRenderer  # noqa: E402
from neurospatial.animation.rendering import compute_global_colormap_range  # noqa: E402

kind, name, count, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]


def load():
    """Its grids are (x, y) with y fastest; ours are rows (y) of columns (x)."""
    with h5py.File(name) as file:
        data = file["posterior"]
        fields = data[:count].transpose(0, 2, 1).reshape(count, -1)
        return np.ascontiguousarray(fields), file["time"][:count], data.shape[2], data.shape[1]


def environment(nx, ny):
    return Environment.from_grid_mask(np.ones((nx, ny), bool), (np.arange(nx + 1.0), np.arange(ny + 1.0)))


def distinct_frames():
    """Frames of the video that differ: a blank video has two."""
    text = subprocess.run(["ffmpeg", "-v", "error", "-i", out, "-f", "framemd5", "-"], check=True, capture_output=True,
                          text=True).stdout
    return len({line.split(",")[-1] for line in text.splitlines() if not line.startswith("#")})


def make_png(env, fields):
    os.makedirs(out)
    with Clock():
        low, high = compute_global_colormap_range(fields)
        renderer = PersistentFigureRenderer(env, "viridis", low, high)
        for i, field in enumerate(fields):
            with open(os.path.join(out, f"frame_{i:07d}.png"), "wb") as file:
                file.write(renderer.render(field, i))
        renderer.close()


def make_video(env, fields, times):
    clock = Clock()
    with contextlib.redirect_stdout(io.StringIO()) as said:  # it talks on stdout
        with clock:
            env.animate_fields(fields, backend="video", save_path=out, frame_times=times, n_workers=1,
                               show_regions=True)
    distinct = distinct_frames()
    if distinct < count // 2:
        sys.exit(f"{out}: only {distinct} different frames of {count}: this is not the correct video")
    print(said.getvalue().splitlines()[-1])


fields, times, nx, ny = load()
env = environment(nx, ny)
if kind == "png":
    make_png(env, fields)
else:
    make_video(env, fields, times)
