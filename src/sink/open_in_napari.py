#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Opens the bundle in which this file lies in napari: python open_in_napari.py [--help]

Written by nsrender-mpi. It needs napari, zarr and NumPy, and works from any folder, also after the bundle was moved.
It reads napari.json and the metadata of frames.ome.zarr. From Python: open_bundle()."""
import argparse
import contextlib
import functools
import gc
import importlib.util
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
    for module, least in ((napari, (0, 9)), (zarr, (3, 0))):
        if tuple(map(int, module.__version__.split(".")[:2])) < least:
            raise ImportError(f"{module.__name__} {module.__version__} is too old")
except ImportError as missing:
    sys.exit(f"open_in_napari.py: {missing}. In an environment of its own:\n    {INSTALL}")
try:
    from google_crc32c import value as checksum
    from numcodecs import blosc
except ImportError:  # they come with zarr 3; without them zarr unpacks the chunks, more slowly
    blosc = None

HERE = pathlib.Path(__file__).resolve().parent
NOT_STORED, CHECKSUM = 2**64 - 1, 4  # offset of a missing chunk; bytes of the checksums in a shard
HALF_MS = 0.0005        # seconds; times are shown and typed with milliseconds
TRAIL_POINTS = 24       # points of the path behind the animal, the animal included
CHANNELS = ("mean", "max")  # of the overview
CLEAR = (0, 0, 0, 0)


class Refused(Exception):
    """A reason why the bundle cannot be shown, in one line."""


def damaged(path, why):
    return Refused(f"{path}: {why}: the bundle is not finished, or damaged; nsrender-mpi verify tells what to do")


def read(reader, path):
    try:
        return reader(path)
    except (FileNotFoundError, ValueError) as error:
        raise damaged(path, "is missing" if isinstance(error, FileNotFoundError) else error) from None


facts_in = functools.partial(read, lambda path: json.loads(path.read_text()))
numbers_in = functools.partial(read, functools.partial(np.load, mmap_mode="r"))
array_in = functools.partial(read, functools.partial(zarr.open_array, mode="r"))


# --- what is shown ---

class Stack:
    """Frames of one array of a store, indexed as napari does: stack[i], stack[i:i+1], stack[:, y, :] are NumPy arrays.

    Chunks that are packed by blosc or not at all are read directly from memory-mapped shards, because zarr-python takes
    milliseconds for each; the last ones are kept. `first` and `length` select a piece. Each frame of the array is shown
    for `held` frames of the stack. `made` converts stored numbers to the numbers that are shown, of `made.dtype`."""

    def __init__(self, path, channel=None, first=0, length=None, held=1, made=None):
        self.array = array_in(path)
        self.path, self.channel, self.first, self.held = path, channel, first, held
        self.type, self.per_chunk = self.array.dtype, self.array.chunks[0]
        self.shown, self.dtype = (made, made.dtype) if made else (lambda frames: frames, self.type)
        self.shape = (length or self.array.shape[0] * held, *self.array.shape[-2:])
        self.ndim, self.size = 3, math.prod(self.shape)
        self.unpack = self.unpacker()
        self.chunk = functools.lru_cache(4)(self.straight if self.unpack else self.decoded)
        self.shard = functools.lru_cache(4)(self.map)  # each takes a file descriptor, and memory for what was read

    def unpacker(self):
        """The function that unpacks a stored chunk; None if only zarr can."""
        codec = facts_in(self.path / "zarr.json")["codecs"][0]
        steps = {step["name"] for step in codec.get("configuration", {}).get("codecs", [])} - {"bytes", "crc32c"}
        known = {"blosc"} if blosc else set()
        if codec["name"] != "sharding_indexed" or not self.type.isnative or not steps <= known:
            return None
        self.channels = 1 if self.channel is None else self.array.shape[1]
        self.slots = self.array.shards[0] // self.per_chunk * self.channels
        return self.unpack_blosc if steps else lambda chunk, stored: stored[:-CHECKSUM]

    def unpack_blosc(self, chunk, stored):
        packed = bytes(stored[:-CHECKSUM])
        if checksum(packed) != int.from_bytes(stored[-CHECKSUM:], "little"):
            raise damaged(self.path, f"the checksum of chunk {chunk} is wrong")
        return blosc.decompress(packed)

    def decoded(self, chunk):
        frames = slice(chunk * self.per_chunk, (chunk + 1) * self.per_chunk)
        return self.array[frames] if self.channel is None else self.array[frames, self.channel]

    def map(self, shard):
        """A shard file, and its index: offset and length of each chunk, checksum included."""
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
        return np.frombuffer(self.unpack(chunk, data[begin:begin + size]), self.type).reshape(shape)

    def frame(self, i):
        chunk, at = divmod((self.first + i) // self.held, self.per_chunk)
        return self.shown(self.chunk(chunk)[at])

    def frames(self, which, rest):
        """Chunk by chunk, so that a slice along time takes little memory."""
        places = (self.first + np.array(which, int)) // self.held
        parts = np.split(places, np.flatnonzero(np.diff(places // self.per_chunk)) + 1)
        return np.concatenate([self.shown(self.chunk(int(part[0]) // self.per_chunk)[(slice(None), *rest)]
                                          [part % self.per_chunk]) for part in parts])

    def __getitem__(self, key):
        time, *rest = key if isinstance(key, tuple) else (key,)
        which = range(len(self))[time]
        if not isinstance(time, slice):
            return self.frame(which)[tuple(rest)]
        if len(which) > 1:
            return self.frames(which, rest)
        return self.frame(which[0] if which else 0)[None][(slice(len(which)), *rest)]

    def __len__(self):
        return self.shape[0]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)


class Floats:
    """Stored integers as floats, NaN for no data: for limits that begin above or below the lowest integer."""
    dtype = np.dtype(np.float32)

    def __call__(self, stored):
        return np.where(stored == 0, np.float32(np.nan), stored).astype(np.float32)


class Levels:
    """The colour of a stored number, counted from 1; 0 is no data. For colours that are not even steps (norms), and for
    colours of values outside the limits."""
    dtype = np.dtype(np.uint16)

    def __init__(self, facts, type_):
        self.borders, self.positive = np.array(facts["norm"]["borders"]), facts["norm"]["positive"]
        self.table = None
        if type_.kind == "u":
            stored = np.arange(np.iinfo(type_).max + 1)
            self.table = self.levels(stored * facts["value"]["scale"] + facts["value"]["offset"])
            self.table[0] = 0

    def levels(self, values):
        level = 1 + np.searchsorted(self.borders, values, side="right")
        return np.where(np.isfinite(values) & ((values > 0) | (not self.positive)), level, 0).astype(self.dtype)

    def __call__(self, stored):
        return self.levels(stored) if self.table is None else self.table[stored]

    def values(self, level):
        """The values that have this colour, as text."""
        ends = [f"{end:.6g}" for end in self.borders]
        return f"below {ends[0]}" if level == 1 else f"{ends[-1]} or above" if level > len(ends) else \
            f"{ends[level - 2]} to {ends[level - 1]}"


class Clock:
    """Times of the frames in seconds: since the recording began (kind "session"), or as the file counts them (kind
    "file"). Without times the numbers of frames in the recording take their place."""

    def __init__(self, folder, facts, kind):
        self.n, self.selection = facts["frames"]["n"], facts["frames"]
        self.times = numbers_in(folder / "frame_times.npy") if facts["time"]["known"] else None
        self.zero = facts["time"]["zero"] if kind == "session" else 0

    def frame(self, i):
        return self.selection["first"] + i * self.selection["step"]

    def seconds(self, i):
        return float(self.frame(i) if self.times is None else self.times[i] - self.zero)

    def index(self, seconds):
        """The first frame at or after this time, to the millisecond; takes arrays too."""
        if self.times is not None:
            return np.searchsorted(self.times, seconds + self.zero - HALF_MS)
        return np.clip(np.ceil((seconds - self.selection["first"]) / self.selection["step"]), 0, self.n).astype(int)

    def span(self, text):
        """The frames of "T0:T1"; either end may be missing."""
        try:
            begin, end = text.split(":")
            first, last = self.index(np.array([float(begin or "-inf"), float(end or "inf")]))
        except ValueError:
            raise Refused(f"--time {text}: give two numbers as T0:T1; either may be missing") from None
        if first >= last:
            raise Refused(f"no frame lies in {text}; they lie from {self.text(0)} to {self.text(self.n - 1)}")
        return int(first), int(last)

    def text(self, i):
        frame = f"frame {self.frame(i)}"
        return frame if self.times is None else f"t = {self.seconds(i):.3f} s   {frame}"


class Bundle:
    """A bundle that is open: its stores, axes and colours. One step of the slider is `stride` frames."""

    def __init__(self, folder=HERE, time=":", clock="session", overview=False):
        self.folder, self.facts = folder, facts_in(folder / "napari.json")
        image, film = image_of(folder / "frames.ome.zarr"), image_of(folder / "overview.ome.zarr")
        step = scale_of(image["datasets"][0])[0]
        self.levels = [(round(scale_of(level)[0] / step), folder / "overview.ome.zarr" / level["path"])
                       for level in film["datasets"]]
        self.clock = Clock(folder, self.facts, clock)
        self.first, self.end = self.clock.span(time)
        self.stride = self.levels[0][0] if overview else 1
        self.name, self.rows, self.columns = image["name"], self.facts["rows"], self.facts["columns"]
        self.low, self.high = self.facts["window"]
        self.colors, self.made = self.facts["colors"], None
        self.stack = self.open(folder / "frames.ome.zarr" / image["datasets"][0]["path"])
        self.show_values()
        self.steps = -(-(self.end - self.first) // self.stride)
        self.is_line, (height, width) = self.stack.shape[1] == 1, self.stack.shape[1:]
        self.start = self.clock.seconds(self.first)
        if self.is_line:  # the canvas uses single precision, too little for times as files count them
            self.start += self.clock.zero - self.facts["time"]["zero"]
        self.step = self.stride * (step if self.clock.times is not None else self.clock.selection["step"])
        self.step = whole_step(self.start, self.step, self.steps)
        self.axes = {
            "scale": (self.step, self.rows["scale"], self.columns["scale"]),
            "translate": (self.start, self.rows["origin"], self.columns["origin"]),
            "axis_labels": ("t", self.rows["axis"], self.columns["axis"]),
            "units": tuple(axis.get("unit", "pixel") for axis in image["axes"]),
        }
        self.flat = {"axis_labels": self.axes["axis_labels"][1:], "units": self.axes["units"][1:]}
        self.mark = 0.01 * math.hypot(height * self.rows["scale"], width * self.columns["scale"])  # in world units

    def show_values(self):
        """How stored numbers become colours. 0 (no data) below the colour limits has none."""
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
        """A level of the overview, frame by frame, within the time span that is open."""
        held, path = level
        first, end = self.first // held, -(-self.end // held)
        return Stack(path, channel, first, end - first, made=self.made)

    def image(self, data, name, **more):
        """The layer of a stack: the colours of the pictures, transparent where there is no data."""
        colors = [[int(c[i:i + 2], 16) / 255 for i in (1, 3, 5)] + [1] for c in self.colors]
        colormap = napari.utils.Colormap(colors, name="nsrender", interpolation="zero", nan_color=CLEAR,
                                         low_color=CLEAR if self.zero_is_none else None)
        return Field(data, name=name, rgb=False, multiscale=isinstance(data, list), colormap=colormap,
                     contrast_limits=(self.low, self.high), metadata={"value": self.value}, **{**self.axes, **more})

    def value(self, shown):
        """The value of a number that is shown, as text."""
        if not np.isfinite(shown) or (self.zero_is_none and shown == 0):
            return "no data"
        if isinstance(self.made, Levels):
            return self.made.values(int(shown))
        return f"{shown * self.facts['value']['scale'] + self.facts['value']['offset']:.6g}"

    def place(self, xy):
        """Data coordinates x, y as rows and columns of napari's world."""
        return np.asarray(xy, float)[..., ["xy".index(axis["axis"]) for axis in (self.rows, self.columns)]]


def image_of(store):
    return facts_in(store / "zarr.json")["attributes"]["ome"]["multiscales"][0]


def scale_of(level):
    return level["coordinateTransformations"][0]["scale"]


def whole_step(start, step, n):
    """`step`, or one a little smaller, as napari rounds the number of steps (n from `start` on) down."""
    less = math.ulp(step)
    while (start + (n - 1) * step - start) / step < n - 1:
        step, less = step - less, 2 * less
    return step


class Field(napari.layers.Image):
    """Shows values, not stored numbers, in the status bar."""

    def get_status(self, position=None, **how):
        status = super().get_status(position, **how)
        if position is None:
            return status
        value = self.get_value(position, **{name: how[name] for name in how if name != "value"})
        if self.multiscale and value is not None:
            value = value[1]  # napari gives (level, value)
        status["value"] = "" if value is None else self.metadata["value"](value)
        return {**status, "coordinates": f"{status['coords']}: {status['value']}"}


# --- layers ---

def add_frames(viewer, bundle):
    """The frames, or with --overview the means of the overview."""
    whole = bundle.stride == 1
    viewer.add_layer(bundle.image(bundle.stack, bundle.name) if whole else block_layer(bundle, 0, visible=True))


def add_overview(viewer, bundle):
    """Hidden layers below the frames: mean and maximum of windows of frames."""
    for channel in range(len(CHANNELS)):
        if channel or bundle.stride == 1:
            viewer.layers.insert(channel, block_layer(bundle, channel, visible=False))


def block_layer(bundle, channel, visible):
    held, path = bundle.levels[0]
    blocks = bundle.blocks((held, path), channel) if bundle.stride > 1 else bundle.open(path, channel, held)
    return bundle.image(blocks, f"{CHANNELS[channel]} of {held} frames", visible=visible)


def add_kymograph(viewer, bundle):
    """A field on a line: time to the right, place upwards. Zoomed out, napari shows levels of the overview."""
    for channel, what in enumerate(CHANNELS):
        levels = [bundle.stack]
        for level in bundle.levels:
            blocks = bundle.blocks(level, channel)
            levels += [blocks] if len(blocks) < len(levels[-1]) else []
        viewer.add_layer(bundle.image(levels if len(levels) > 1 else bundle.stack, f"{bundle.name}, {what} from afar",
                                      visible=what != "max"))


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
    """The animal and a short path behind it, as a small layer whose points move: with all points in one layer, napari
    would slice it at every step. Returns the function that moves it, or None."""
    if not (bundle.folder / "position.npy").exists():
        return None
    xy, clock = numbers_in(bundle.folder / "position.npy"), bundle.clock
    if trail is None:
        trail = TRAIL_POINTS if clock.times is None else 1
    ages = np.linspace(max(trail, 0), 0, TRAIL_POINTS)
    size = np.full(TRAIL_POINTS, bundle.mark)
    color = np.ones((TRAIL_POINTS, 4))
    color[:, 3] = np.linspace(0.1, 0.7, TRAIL_POINTS)
    size[-1], color[-1] = 2 * size[-1], (1, 0.2, 0.2, 1)
    corner = np.tile(bundle.axes["translate"][1:], (TRAIL_POINTS, 1))
    layer = viewer.add_points(corner, name="position", size=size, face_color=color, border_width=0, **bundle.flat)
    hidden = False

    def move(frame):
        nonlocal hidden
        which = clock.index(clock.seconds(frame) - ages)
        which[-1] = frame
        points = bundle.place(xy[which])
        known = np.isfinite(points).all(axis=1, keepdims=True)
        if known[-1] and hidden or not known[-1] and layer.visible:  # a layer that the user hid stays hidden
            hidden = not known[-1]
            layer.visible = not hidden
        if known[-1]:  # unknown places hide under the animal
            layer.data[:] = np.where(known, points, points[-1])  # assigning layer.data costs twice as much
            layer.refresh(extent=False, thumbnail=False)
    return move


def add_more(viewer, bundle, trail):
    """Layers that take a moment and can come after the first picture. Returns what add_position does."""
    add_overview(viewer, bundle)
    add_regions(viewer, bundle)
    move = add_position(viewer, bundle, trail)
    viewer.layers.selection = {layer for layer in viewer.layers if isinstance(layer, Field) and layer.visible}
    return move


# --- the window ---

def time_axis(viewer):
    """The axis of time; other layers of the viewer may have more axes."""
    return viewer.dims.ndim - 3


def on_canvas(viewer, bundle):
    """Returns the function that writes the time on the canvas: for screenshots only, as it takes a third of a step."""
    text = viewer.canvas.overlays.text
    text.position, text.font_size, text.visible = "top_left", 12, True
    return lambda frame: setattr(text, "text", bundle.clock.text(frame))


def follow(viewer, bundle, say, move):
    """Shows the exact time, for a line that under the mouse, and moves the animal, at every step."""
    def step(event=None):
        at = (viewer.cursor.position if bundle.is_line else viewer.dims.point)[time_axis(viewer)]
        at = min(max(round((at - bundle.start) / bundle.step), 0), bundle.steps - 1)
        frame = bundle.first + at * bundle.stride
        say(frame)
        if move:
            move(frame)

    (viewer.cursor.events.position if bundle.is_line else viewer.dims.events.current_step).connect(step)
    step()


def settle():
    """Lets Qt lay out and draw the window."""
    from qtpy.QtWidgets import QApplication
    for _ in range(10):
        QApplication.processEvents()


def go_to(viewer, bundle, seconds):
    step = (int(bundle.clock.index(seconds)) - bundle.first) // bundle.stride
    world = bundle.start + min(max(step, 0), bundle.steps - 1) * bundle.step
    if bundle.is_line:
        viewer.scene.camera.center = (*viewer.scene.camera.center[:-1], world)
    else:
        viewer.dims.set_point(time_axis(viewer), world)


def add_go_to(viewer, bundle):
    """A panel with the exact time and a box for the time to go to. Returns the function that shows the time."""
    from qtpy.QtCore import QSignalBlocker
    from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QWidget
    panel, shown = QWidget(), QLabel(objectName="time")
    layout = QHBoxLayout(panel)
    box, timed = QDoubleSpinBox(), bundle.clock.times is not None
    box.setDecimals(3 if timed else 0)
    box.setSuffix(" s" if timed else "")
    box.setRange(bundle.clock.seconds(bundle.first), bundle.clock.seconds(bundle.end - 1))
    box.setKeyboardTracking(False)
    box.valueChanged.connect(lambda seconds: go_to(viewer, bundle, seconds))
    box.lineEdit().returnPressed.connect(lambda: go_to(viewer, bundle, box.value()))  # the same number too
    for part in shown, QLabel("go to"), box:
        layout.addWidget(part)
    viewer.window.add_dock_widget(panel, name="Seconds" if timed else "Frames", area="bottom")

    def say(frame):
        shown.setText(bundle.clock.text(frame))
        if not box.hasFocus():  # otherwise the user is typing
            blocker = QSignalBlocker(box)
            box.setValue(bundle.clock.seconds(frame))
            blocker.unblock()
    return say


def turn(viewer, bundle):
    """Orients the picture as the data are, and shows the first frame."""
    down, right = bundle.rows["scale"] > 0, bundle.columns["scale"] > 0
    axis = time_axis(viewer)
    if bundle.is_line:
        down, right = not right, True
        viewer.dims.order = (*range(axis), axis + 1, axis + 2, axis)
    viewer.scene.camera.orientation2d = "down" if down else "up", "right" if right else "left"
    viewer.dims.axis_labels = (*viewer.dims.axis_labels[:axis], *bundle.axes["axis_labels"])
    viewer.dims.set_point(axis, bundle.start)


def fit(viewer, bundle):
    """Fits the picture into the window; for a line all places, with its first frame on the left."""
    viewer.reset_view()
    if bundle.is_line:
        camera, (height, width) = viewer.scene.camera, viewer.canvas.size
        length = bundle.stack.shape[2] * abs(bundle.columns["scale"])
        camera.zoom = max(camera.zoom, 0.9 * height / length)
        half = min(width / camera.zoom, bundle.steps * bundle.step) / 2
        camera.center = (*camera.center[:-1], bundle.start + half)


@contextlib.contextmanager
def no_collection():
    """No garbage collection while a window opens: with so many modules each takes 0.1 s."""
    restore = gc.enable if gc.isenabled() else gc.disable
    gc.disable()
    try:
        yield
    finally:
        restore()


def open_bundle(time=":", clock="session", trail=None, overview=False, viewer=None, show=True, picture=False,
                folder=HERE):
    """Shows the bundle `folder` in `viewer` or a new one, and returns it; `picture`: with the time on the canvas."""
    bundle = Bundle(pathlib.Path(folder), time, clock, overview)
    with no_collection():
        viewer = viewer or napari.Viewer(title=f"{bundle.folder.name}: {bundle.facts['field']}", show=show)
        (add_kymograph if bundle.is_line else add_frames)(viewer, bundle)
        turn(viewer, bundle)
        say = add_go_to(viewer, bundle)
        settle()
        fit(viewer, bundle)
        settle()  # shows the picture before the other layers are added
        move = None if bundle.is_line else add_more(viewer, bundle, trail)
        follow(viewer, bundle, on_canvas(viewer, bundle) if picture and not bundle.is_line else say, move)
    return viewer


def open_plugin():  # as drag and drop does: without colours, position and exact time
    if not importlib.util.find_spec("napari_ome_zarr"):
        raise ImportError("--plugin: napari-ome-zarr is not installed")
    image_of(HERE / "frames.ome.zarr")  # fails with a clear message when the bundle is not finished
    viewer = napari.Viewer()
    viewer.open(HERE / "frames.ome.zarr", plugin="napari-ome-zarr")
    return viewer


# --- pictures ---

def draw(bundle, path):
    """Draws the first frame without napari, for machines that cannot open a window."""
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
    parser.add_argument("--trail", type=float, metavar="SECONDS", help="length of the path behind the animal (1)")
    parser.add_argument("--overview", action="store_true", help="show means and maxima of windows of frames")
    parser.add_argument("--plugin", action="store_true", help="use the plugin napari-ome-zarr, as drag and drop does")
    parser.add_argument("--screenshot", metavar="FILE", help="write a picture and exit")
    ask = parser.parse_args()
    if without_display() and not ask.screenshot:
        raise Refused("no display: copy the bundle to where there is one, or give --screenshot FILE")
    if ask.plugin and (ask.time, ask.clock, ask.trail, ask.overview) != (":", "session", None, False):
        parser.error("--plugin shows the stack as it is stored: without --time, --clock, --trail, --overview")
    mine = [sys.executable, *sys.argv]
    del sys.argv[1:]  # otherwise napari would parse them
    if ask.screenshot and without_display():
        if shutil.which("xvfb-run") and shutil.which("xauth"):
            os.execvp("xvfb-run", ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *mine])
        print("open_in_napari.py: no display and no xvfb-run: the frame is drawn without a window", file=sys.stderr)
        return draw(Bundle(HERE, ask.time, ask.clock), ask.screenshot)
    viewer = open_plugin() if ask.plugin else open_bundle(ask.time, ask.clock, ask.trail, ask.overview,
                                                          picture=bool(ask.screenshot))
    if not ask.screenshot:
        gc.freeze()  # collections would make the slider stutter; frozen objects are skipped
        return napari.run()
    settle()
    viewer.screenshot(ask.screenshot, canvas_only=True, flash=False)
    os._exit(0)  # the orderly shutdown of Qt and OpenGL may crash


if __name__ == "__main__":
    try:
        main()
    except (OSError, Refused, ImportError) as error:  # ImportError: napari without Qt
        sys.exit(f"open_in_napari.py: {error}" + f"\n    {INSTALL}" * isinstance(error, ImportError))
