#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Opens the bundle in which this file lies in napari: python open_in_napari.py [--help]

Written by nsrender-mpi. It needs napari, zarr and NumPy, and works from any folder, also when the bundle was moved.
What it knows of the bundle stands in napari.json and in the metadata of frames.ome.zarr. From Python:

    import open_in_napari
    viewer = open_in_napari.open_bundle()
"""
import argparse
import functools
import gc
import json
import math
import mmap
import os
import pathlib
import shutil
import sys

INSTALL = "python -m pip install --upgrade 'napari[all]>=0.9' 'zarr>=3' napari-ome-zarr"
try:
    import napari
    import numpy as np
    import zarr
    from numcodecs import blosc
    for module, least in ((napari, (0, 9)), (zarr, (3, 0))):
        if tuple(map(int, module.__version__.split(".")[:2])) < least:
            raise ImportError(f"{module.__name__} {module.__version__} is too old")
except ImportError as missing:
    sys.exit(f"open_in_napari.py: {missing}. In an environment of its own:\n    {INSTALL}")

HERE = pathlib.Path(__file__).resolve().parent
NOT_STORED, CHECKSUM = 2**64 - 1, 4  # in the index of a shard; bytes behind it and behind chunks
TRAIL_POINTS = 24       # of the path behind the animal, the animal included
BLOCKS = ("mean", "max")  # channels of the overview
CLEAR = (0, 0, 0, 0)


# --- what is shown ---

class Stack:
    """Frames of one array of a store, as napari asks for them: stack[i], stack[i:i+1], stack[:, y, :]; NumPy comes out.

    Chunks are read straight from mapped shards where zarr-python would pack them as blosc or not at all, for its way
    takes milliseconds; the last ones are kept. `first` and `length` cut a piece out; `held` frames of the stack are one
    of the array. `made` makes what is shown of what is stored, as numbers of `made.dtype`."""

    def __init__(self, path, channel=None, first=0, length=None, held=1, made=None):
        self.array = zarr.open_array(path, mode="r")
        self.path, self.channel, self.first, self.held = path, channel, first, held
        self.type, self.per_chunk = self.array.dtype, self.array.chunks[0]
        self.shown, self.dtype = (made, made.dtype) if made else (lambda frames: frames, self.type)
        self.shape = (length or self.array.shape[0] * held, *self.array.shape[-2:])
        self.ndim, self.size = 3, math.prod(self.shape)
        self.unpack = self.unpacker()
        self.chunk = functools.lru_cache(4)(self.straight if self.unpack else self.decoded)
        self.shard = functools.lru_cache(4)(self.map)  # each takes a file descriptor and what was read of it

    def unpacker(self):
        """What makes plain numbers of a stored chunk; None where only zarr can."""
        codec = json.loads((self.path / "zarr.json").read_text())["codecs"][0]
        steps = {step["name"] for step in codec.get("configuration", {}).get("codecs", [])} - {"bytes", "crc32c"}
        if codec["name"] != "sharding_indexed" or not self.type.isnative or not steps <= {"blosc"}:
            return None
        self.channels = 1 if self.channel is None else self.array.shape[1]
        self.slots = self.array.shards[0] // self.per_chunk * self.channels
        return blosc.decompress if steps else lambda packed: packed

    def stored(self, begin, end):
        return self.array[begin:end] if self.channel is None else self.array[begin:end, self.channel]

    def decoded(self, chunk):
        return self.stored(chunk * self.per_chunk, (chunk + 1) * self.per_chunk)

    def map(self, shard):
        """A shard file, and its index: where each chunk begins, and its length with the checksum behind it."""
        name = ".".join(["c", str(shard), *"0" * (self.array.ndim - 1)])
        with open(self.path / name, "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return memoryview(data), np.frombuffer(data, "<u8", 2 * self.slots, len(data) - 16 * self.slots - CHECKSUM)

    def straight(self, chunk):
        shard, slot = divmod(chunk * self.channels + (self.channel or 0), self.slots)
        data, index = self.shard(shard)
        begin, size = map(int, index[2 * slot:2 * slot + 2])
        shape = (self.per_chunk, *self.shape[1:])
        if begin == NOT_STORED:
            return np.broadcast_to(self.type.type(self.array.fill_value), shape)
        return np.frombuffer(self.unpack(data[begin:begin + size - CHECKSUM]), self.type).reshape(shape)

    def frame(self, i):
        chunk, at = divmod((self.first + i) // self.held, self.per_chunk)
        return self.shown(self.chunk(chunk)[at])

    def frames(self, which):
        if len(which) == 1:
            return self.frame(which[0])[None]
        places = (self.first + np.array(which, int)) // self.held
        begin, end = (int(places.min()), int(places.max()) + 1) if len(places) else (0, 0)
        return self.shown(self.stored(begin, end)[places - begin])

    def __getitem__(self, key):
        time, *rest = key if isinstance(key, tuple) else (key,)
        if isinstance(time, slice):
            return self.frames(range(len(self))[time])[(slice(None), *rest)]
        return self.frame(range(len(self))[time])[tuple(rest)]

    def __len__(self):
        return self.shape[0]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)


class Floats:
    """Codes, with NaN for no data: for windows that begin above or below the lowest code."""
    dtype = np.dtype(np.float32)

    def __call__(self, codes):
        return np.where(codes == 0, np.float32(np.nan), codes).astype(np.float32)


class Levels:
    """Which colour a stored number has, counted from 1, where colours are not even steps (norms), or values outside the
    limits have colours of their own. 0: none."""
    dtype = np.dtype(np.uint16)

    def __init__(self, facts, type_):
        self.borders, self.positive = np.array(facts["norm"]["borders"]), facts["norm"]["positive"]
        self.table = None
        if type_.kind == "u":
            codes = np.arange(np.iinfo(type_).max + 1)
            self.table = self.levels(codes * facts["value"]["scale"] + facts["value"]["offset"])
            self.table[0] = 0

    def levels(self, values):
        level = 1 + np.searchsorted(self.borders, values, side="right")
        return np.where(np.isfinite(values) & ((values > 0) | (not self.positive)), level, 0).astype(self.dtype)

    def __call__(self, stored):
        return self.levels(stored) if self.table is None else self.table[stored]

    def values(self, level):
        """What is drawn so, as text."""
        ends = [f"{end:.6g}" for end in self.borders]
        return f"below {ends[0]}" if level == 1 else f"{ends[-1]} or above" if level > len(ends) else \
            f"{ends[level - 2]} to {ends[level - 1]}"


class NoFrames(ValueError):
    """No frame lies in the time that was asked for."""


class Clock:
    """Seconds of the frames: since the recording began, or as the file counts them (kind "file")."""

    def __init__(self, facts, kind):
        path = HERE / "frame_times.npy"
        self.n, self.pick = facts["frames"]["n"], facts["frames"]
        self.times = np.load(path, mmap_mode="r") if path.exists() else None
        self.zero = facts["time"]["zero"] if self.times is not None and kind == "session" else 0

    def seconds(self, i):
        """Without times every frame is one second long."""
        return float(i if self.times is None else self.times[i] - self.zero)

    def index(self, seconds):
        """The first frame that is not before."""
        if self.times is None:
            return min(max(math.ceil(seconds), 0), self.n)
        return int(np.searchsorted(self.times, seconds + self.zero - 1e-9))

    def span(self, text):
        """The frames of "T0:T1"; either end may be missing."""
        begin, _, end = text.partition(":")
        first, last = self.index(float(begin)) if begin else 0, self.index(float(end)) if end else self.n
        if first >= last:
            raise NoFrames(f"no frame lies in {text}; they lie from {self.text(0)} to {self.text(self.n - 1)}")
        return first, last

    def text(self, i):
        frame = f"frame {self.pick['first'] + i * self.pick['step']}"
        return frame if self.times is None else f"t = {self.seconds(i):.3f} s   {frame}"


class Bundle:
    """What the layers are made of. One step of the slider is `stride` frames."""

    def __init__(self, time=":", clock="session", overview=False):
        self.facts = json.loads((HERE / "napari.json").read_text())
        image = image_of("frames.ome.zarr")
        step = scale_of(image["datasets"][0])[0]
        self.levels = [(round(scale_of(level)[0] / step), HERE / "overview.ome.zarr" / level["path"])
                       for level in image_of("overview.ome.zarr").get("datasets", [])]
        self.clock = Clock(self.facts, clock)
        self.first, self.end = self.clock.span(time)
        self.stride = self.levels[0][0] if overview and self.levels else 1
        self.name, self.rows, self.columns = image["name"], self.facts["rows"], self.facts["columns"]
        self.low, self.high = self.facts["window"]
        self.colors, self.made = self.facts["colors"], None
        self.stack = self.open(HERE / "frames.ome.zarr" / image["datasets"][0]["path"])
        self.show_values()
        self.steps = -(-(self.end - self.first) // self.stride)
        self.axes = {
            "scale": (step * self.stride, self.rows["scale"], self.columns["scale"]),
            "translate": (self.clock.seconds(self.first), self.rows["origin"], self.columns["origin"]),
            "axis_labels": ("t", self.rows["axis"], self.columns["axis"]),
            "units": tuple(axis.get("unit", "pixel") for axis in image["axes"]),
        }
        self.flat = {"axis_labels": self.axes["axis_labels"][1:], "units": self.axes["units"][1:]}

    @property
    def mark(self):
        """A size that is seen well."""
        return 0.01 * math.hypot(*(n * scale for n, scale in zip(self.stack.shape[1:], self.axes["scale"][1:])))

    @property
    def is_line(self):
        return self.stack.shape[1] == 1

    def show_values(self):
        """How stored numbers are shown. Where code 0 lies below the window, it needs nothing else to have no colour."""
        self.zero_is_none = self.stack.type.kind == "u" and abs(self.low - 1) < 0.5
        if self.facts["norm"]:
            self.made, self.zero_is_none = Levels(self.facts, self.stack.type), True
            self.colors = self.facts["norm"]["colors"]
            self.high = len(self.colors) + 0.5
        elif self.stack.type.kind == "u" and not self.zero_is_none:
            self.made = Floats()
        if self.zero_is_none:
            self.low = 0.5
        if self.made:
            self.stack = self.open(self.stack.path)

    def open(self, path, channel=None, held=1):
        return Stack(path, channel, self.first, self.end - self.first, held, self.made)

    def blocks(self, level, channel):
        """A level of the overview frame by frame, as far as it lies in the piece that is open."""
        held, path = level
        first, end = self.first // held, -(-self.end // held)
        return Stack(path, channel, first, end - first, made=self.made)

    def image(self, data, name, **more):
        """The layer of a stack: colours in even steps as in the pictures, nothing where there is no data."""
        colors = [[int(c[i:i + 2], 16) / 255 for i in (1, 3, 5)] + [1] for c in self.colors]
        colormap = napari.utils.Colormap(colors, name="nsrender", interpolation="zero", nan_color=CLEAR,
                                         low_color=CLEAR if self.zero_is_none else None)
        return Field(data, name=name, rgb=False, multiscale=isinstance(data, list), colormap=colormap,
                     contrast_limits=(self.low, self.high), metadata={"value": self.value}, **{**self.axes, **more})

    def value(self, code):
        """What a number that is shown stands for."""
        if not np.isfinite(code) or (self.zero_is_none and code == 0):
            return "no data"
        if isinstance(self.made, Levels):
            return self.made.values(int(code))
        return f"{code * self.facts['value']['scale'] + self.facts['value']['offset']:.6g}"

    def place(self, xy):
        """x, y as rows and columns of the world."""
        return np.asarray(xy, float)[..., ["xy".index(axis["axis"]) for axis in (self.rows, self.columns)]]


def image_of(store):
    path = HERE / store / "zarr.json"
    return json.loads(path.read_text())["attributes"]["ome"]["multiscales"][0] if path.exists() else {}


def scale_of(level):
    return level["coordinateTransformations"][0]["scale"]


class Field(napari.layers.Image):
    """Tells values, not codes, at the bottom of the window."""

    def get_status(self, *arguments, **options):
        status = super().get_status(*arguments, **options)
        code = status.get("value", "").rpartition(", ")[2]  # multiscale layers name their level first
        if code:  # else the mouse is outside
            status["value"] = self.metadata["value"](float(code))
            status["coordinates"] = f"{status['coords']}: {status['value']}"
        return status


# --- layers ---

def add_frames(viewer, bundle):
    """The frames, or the film of the overview: what is seen first."""
    film = bundle.stride > 1
    viewer.add_layer(block_layer(bundle, 0, visible=True) if film else bundle.image(bundle.stack, bundle.name))


def add_overview(viewer, bundle):
    """Below the frames, hidden: mean and maximum of blocks of frames, each shown for as long as its block."""
    for channel in range(len(BLOCKS) if bundle.levels else 0):
        if channel or bundle.stride == 1:
            viewer.layers.insert(channel, block_layer(bundle, channel, visible=False))


def block_layer(bundle, channel, visible):
    held, path = bundle.levels[0]
    blocks = bundle.blocks((held, path), channel) if bundle.stride > 1 else bundle.open(path, channel, held)
    return bundle.image(blocks, f"{BLOCKS[channel]} of {held} frames", visible=visible)


def add_kymograph(viewer, bundle):
    """A line: time to the right, place upwards. From afar napari takes the levels of the overview."""
    for channel, what in enumerate(BLOCKS if bundle.levels else ("",)):
        levels = [bundle.stack]
        for level in bundle.levels:
            blocks = bundle.blocks(level, channel)
            levels += [blocks] if len(blocks) < len(levels[-1]) else []
        name = f"{bundle.name}, {what} from afar" if what else bundle.name
        viewer.add_layer(bundle.image(levels if len(levels) > 1 else bundle.stack, name, visible=what != "max"))


def add_regions(viewer, bundle):
    shapes = {"polygon": [], "point": []}
    for region in bundle.facts["regions"]:
        shapes[region["kind"]].append(region)
    for kind, regions in shapes.items():
        look = {"features": {"name": [region["name"] for region in regions]},
                "text": {"string": "{name}", "color": "white", "anchor": "upper_left"}, **bundle.flat}
        places = [bundle.place(region["xy"]) for region in regions]
        if kind == "polygon" and regions:
            viewer.add_shapes(places, shape_type="polygon", name="regions", edge_color="white",
                              edge_width=bundle.mark / 3, face_color="#ffffff26", **look)
        elif regions:
            viewer.add_points(np.concatenate(places), name="places", symbol="cross", face_color="white",
                              border_width=0, size=2 * bundle.mark, **look)


def add_position(viewer, bundle, trail):
    """The animal and a short path behind it: a small layer that moves, as all places in one would be cut at every step.
    Returns what moves it, or None."""
    path = HERE / "position.npy"
    if not path.exists():
        return None
    xy = np.load(path, mmap_mode="r")
    back = np.linspace(trail / bundle.axes["scale"][0] * bundle.stride, 0, TRAIL_POINTS).round().astype(int)
    size = np.full(TRAIL_POINTS, bundle.mark)
    color = np.ones((TRAIL_POINTS, 4))
    color[:, 3] = np.linspace(0.1, 0.7, TRAIL_POINTS)
    size[-1], color[-1] = 2 * size[-1], (1, 0.2, 0.2, 1)
    corner = np.tile(bundle.axes["translate"][1:], (TRAIL_POINTS, 1))
    layer = viewer.add_points(corner, name="position", size=size, face_color=color, border_width=0, **bundle.flat)

    def move(frame):
        points = bundle.place(xy[np.maximum(frame - back, 0)])
        known = np.isfinite(points).all(axis=1, keepdims=True)
        if layer.visible != known[-1]:
            layer.visible = bool(known[-1])
        if known[-1]:  # unknown places hide under the animal
            layer.data[:] = np.where(known, points, points[-1])  # setting data anew costs twice as much
            layer.refresh(extent=False, thumbnail=False)
    return move


# --- the window ---

def on_canvas(viewer):
    """What writes on the canvas: for pictures, as it costs a third of a step each time."""
    text = viewer.canvas.overlays.text
    text.position, text.font_size, text.visible = "top_left", 12, True

    def say(words):
        text.text = words
    return say


def follow(viewer, bundle, say, move):
    """Tells the exact time, of a line that of the place under the mouse; moves the animal."""
    def step(event=None):
        at = viewer.dims.current_step[0]
        if bundle.is_line:
            at = round((viewer.cursor.position[0] - bundle.axes["translate"][0]) / bundle.axes["scale"][0])
        frame = bundle.first + min(max(at, 0), bundle.steps - 1) * bundle.stride
        say(bundle.clock.text(frame))
        if move:
            move(frame)

    if bundle.is_line:
        viewer.cursor.events.position.connect(step)
    else:
        viewer.dims.events.current_step.connect(step)
        step()


def settle():
    """Lets the window take its place."""
    from qtpy.QtWidgets import QApplication
    for _ in range(10):
        QApplication.processEvents()


def go_to(viewer, bundle, seconds):
    step = (bundle.clock.index(seconds) - bundle.first) // bundle.stride
    if bundle.is_line:
        world = bundle.axes["translate"][0] + step * bundle.axes["scale"][0]
        viewer.scene.camera.center = (*viewer.scene.camera.center[:-1], world)
    else:
        viewer.dims.set_current_step(0, min(max(step, 0), bundle.steps - 1))


def add_go_to(viewer, bundle):
    """The exact time, and a box for the time to go to. Returns what writes the time."""
    from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QWidget
    panel, shown = QWidget(), QLabel(objectName="time")
    layout = QHBoxLayout(panel)
    box, timed = QDoubleSpinBox(), bundle.clock.times is not None
    box.setDecimals(3 if timed else 0)
    box.setSuffix(" s" if timed else "")
    box.setRange(bundle.clock.seconds(bundle.first), bundle.clock.seconds(bundle.end - 1))
    box.setKeyboardTracking(False)
    box.valueChanged.connect(lambda seconds: go_to(viewer, bundle, seconds))
    for part in shown, QLabel("go to"), box:
        layout.addWidget(part)
    viewer.window.add_dock_widget(panel, name="Seconds" if timed else "Frames", area="bottom")
    return shown.setText


def turn(viewer, bundle):
    """The picture the right way up: rows and columns count as they do in the data."""
    down, right = bundle.rows["scale"] > 0, bundle.columns["scale"] > 0
    if bundle.is_line:
        down, right = not right, True
        viewer.dims.order = (1, 2, 0)
    camera = viewer.scene.camera
    camera.orientation2d = "down" if down else "up", "right" if right else "left"
    viewer.dims.axis_labels = bundle.axes["axis_labels"]
    viewer.dims.set_current_step(0, 0)
    viewer.reset_view()
    if bundle.is_line:  # its places fill the window, its beginning stands on the left
        height, width = viewer.canvas.size
        length = bundle.stack.shape[2] * abs(bundle.columns["scale"])
        camera.zoom = max(camera.zoom, 0.9 * height / length)
        half = min(width / camera.zoom, bundle.steps * bundle.axes["scale"][0]) / 2
        camera.center = (*camera.center[:-1], bundle.axes["translate"][0] + half)


def open_bundle(time=":", clock="session", trail=1.0, overview=False, viewer=None, show=True, picture=False):
    """A viewer, or yours, with the bundle in it; for a picture with the time on the canvas."""
    bundle = Bundle(time, clock, overview)
    gc.freeze()  # else Python looks through all that was imported for what can go, 0.1 s each time
    viewer = viewer or napari.Viewer(title=f"{HERE.name}: {bundle.facts['field']}", show=show)
    (add_kymograph if bundle.is_line else add_frames)(viewer, bundle)
    say = add_go_to(viewer, bundle)
    settle()
    turn(viewer, bundle)
    move = None
    if not bundle.is_line:
        settle()  # the picture is there; what takes a moment more comes after it
        add_overview(viewer, bundle)
        add_regions(viewer, bundle)
        move = add_position(viewer, bundle, trail)
        viewer.layers.selection = {layer for layer in viewer.layers if isinstance(layer, Field) and layer.visible}
    follow(viewer, bundle, on_canvas(viewer) if picture else say, move)
    return viewer


def open_plugin():
    """What drag and drop onto napari does: no colours, no position, no exact time."""
    viewer = napari.Viewer()
    viewer.open(HERE / "frames.ome.zarr", plugin="napari-ome-zarr")
    return viewer


# --- pictures ---

def draw(bundle, path):
    """The first frame without napari, for machines that cannot open a window."""
    from imageio.v3 import imwrite
    values = bundle.stack[0].astype(float)
    values[(values == 0) & bundle.zero_is_none] = np.nan
    colors = np.array([[int(c[i:i + 2], 16) for i in (1, 3, 5)] + [255] for c in bundle.colors], np.uint8)
    level = np.clip((values - bundle.low) / (bundle.high - bundle.low) * len(colors), 0, len(colors) - 1)
    picture = np.where(np.isnan(level)[..., None], np.uint8(0), colors[np.nan_to_num(level).astype(int)])
    grow = max(1, 800 // max(level.shape))
    imwrite(path, picture.repeat(grow, 0).repeat(grow, 1))


def without_display():
    return sys.platform.startswith("linux") and not any(os.environ.get(name) for name in
                                                        ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def main():
    parser = argparse.ArgumentParser(description="Opens this bundle in napari.")
    parser.add_argument("--time", default=":", metavar="T0:T1", help="only these seconds; either end may be missing")
    parser.add_argument("--clock", choices=("session", "file"), default="session",
                        help="seconds count from the start of the recording, or as its file counts them")
    parser.add_argument("--trail", type=float, default=1, metavar="SECONDS", help="of the path behind the animal")
    parser.add_argument("--overview", action="store_true", help="the film of means and maxima of blocks of frames")
    parser.add_argument("--plugin", action="store_true", help="by napari-ome-zarr, as drag and drop does")
    parser.add_argument("--screenshot", metavar="FILE", help="writes a picture and ends")
    ask = parser.parse_args()
    mine = [sys.executable, *sys.argv]
    del sys.argv[1:]  # napari would take them for its own
    if ask.screenshot and without_display():
        if shutil.which("xvfb-run"):
            os.execvp("xvfb-run", ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *mine])
        print("open_in_napari.py: no display and no xvfb-run: the frame is drawn without a window", file=sys.stderr)
        return draw(Bundle(ask.time, ask.clock), ask.screenshot)
    viewer = open_plugin() if ask.plugin else open_bundle(ask.time, ask.clock, ask.trail, ask.overview,
                                                               picture=bool(ask.screenshot))
    if not ask.screenshot:
        return napari.run()
    settle()
    viewer.screenshot(ask.screenshot, canvas_only=True, flash=False)
    os._exit(0)  # taking Qt and OpenGL apart at the end of Python may crash


if __name__ == "__main__":
    try:
        main()
    except (OSError, NoFrames) as error:
        sys.exit(f"open_in_napari.py: {error}")
