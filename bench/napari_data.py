# SPDX-License-Identifier: MIT
"""Long recordings for napari_bench.py, made of a short one: 40 GB of floats for each million frames are too much here.

Arrays of a million frames are one file mapped behind itself, again and again; of 100 thousand, a file as long as it is,
for how soon a window opens is measured there, also when nothing of it is in memory yet. Bundles are those that the
program made of the short recording, with as long units and chunks as it takes for the long one, their shards
hard-linked over the length. So all values are in memory from the start, for every client: no disk is measured, and a
small recording is in more caches than a large one. napari.json, times, position and metadata have their full length."""
import ctypes
import json
import mmap
import os
import re
import shutil
import subprocess

import h5py
import numpy as np

BINS, BASE = 100, 9_984  # whole pages of any dtype
WHOLE = 100_000
FIXED_SHARED, NORESERVE, READ = 0x11, 0x4000, 1


def make_base(program, folder):
    """The short recording, its floats as a plain file."""
    path = os.path.join(folder, "base.h5")
    subprocess.run([program, "synth", path, "--frames", str(BASE), "--grid", f"{BINS}x{BINS}", "--quiet"], check=True)
    with h5py.File(path) as file:
        file["posterior"][:].tofile(os.path.join(folder, "base.float32"))
    return path


def repeated(path, dtype, frames):
    """`frames` frames of a file, as if it were long enough."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3,
                                                              ctypes.c_long]
    bytes_, times = os.path.getsize(path), -(-frames // BASE)
    room = mmap.mmap(-1, bytes_ * times, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE)
    array = np.frombuffer(room, dtype)
    with open(path, "rb") as file:
        for i in range(times):
            at = array.ctypes.data + i * bytes_
            if libc.mmap(at, bytes_, READ, FIXED_SHARED, file.fileno(), 0) != at:
                raise OSError(ctypes.get_errno(), "mmap")
    return array.reshape(-1, BINS, BINS)[:frames]


# --- bundles ---

def lengths_for(program, folder, frames):
    """Segments and chunks of a recording of that length, as the program chooses them."""
    path = os.path.join(folder, "sparse.h5")
    with h5py.File(path, "w") as file:
        file.create_dataset("posterior", (frames, BINS, BINS), "f4")  # takes no room
        file["time"] = np.arange(frames) / 30
    said = subprocess.run([program, "plan", path], check=True, capture_output=True, text=True)
    os.remove(path)
    found = [re.search(pattern, said.stdout + said.stderr) for pattern in (r"units of (\d+)", r"chunks of (\d+)")]
    return [match[1] for match in found]


def edit(path, change):
    with open(path) as file:
        facts = json.load(file)
    change(facts)
    with open(path, "w") as file:
        json.dump(facts, file)


def lengthen_store(path, short, frames):
    """An array of `short` along t becomes one of `frames`."""
    def change(facts):
        facts["shape"][0] = frames
    edit(os.path.join(path, "zarr.json"), change)
    with open(os.path.join(path, "zarr.json")) as file:
        shard = json.load(file)["chunk_grid"]["configuration"]["chunk_shape"][0]
    whole = max(short // shard, 1)  # a short last shard is used only where it is the only one
    rest = next(name.split(".", 2)[2] for name in os.listdir(path) if name.startswith("c."))
    for i in range(whole, -(-frames // shard)):
        name = os.path.join(path, f"c.{i}.{rest}")
        if os.path.exists(name):
            os.remove(name)
        os.link(os.path.join(path, f"c.{i % whole}.{rest}"), name)


def lengthen(bundle, frames):
    def change(facts):
        facts["frames"]["n"] = frames
    edit(os.path.join(bundle, "napari.json"), change)
    lengthen_store(os.path.join(bundle, "frames.ome.zarr", "0"), BASE, frames)
    short, long = BASE, frames
    for level in sorted(name for name in os.listdir(os.path.join(bundle, "overview.ome.zarr")) if name.isdigit()):
        short, long = -(-short // 64), -(-long // 64)
        lengthen_store(os.path.join(bundle, "overview.ome.zarr", level), short, long)
    np.save(os.path.join(bundle, "frame_times.npy"), np.arange(frames) / 30)
    position = np.load(os.path.join(bundle, "position.npy"))
    np.save(os.path.join(bundle, "position.npy"), np.resize(position, (frames, 2)))


def make_bundle(program, folder, recording, codec, frames, lengths):
    out = os.path.join(folder, f"{frames}-{codec}")
    unit, chunk = lengths
    subprocess.run([program, "render", recording, "-o", out, "--zarr-codec", codec, "--unit-frames", unit,
                    "--chunk-frames", chunk, "--quiet"], check=True)
    lengthen(out, frames)
    return out


def write_whole(folder, frames):
    """The recording's floats as one file, which need not be in memory yet."""
    path = os.path.join(folder, "whole.float32")
    with open(os.path.join(folder, "base.float32"), "rb") as file:
        base, row = file.read(), 4 * BINS * BINS
    with open(path, "wb") as file:
        for first in range(0, frames, BASE):
            file.write(base[:row * min(BASE, frames - first)])
    return path


def forget(*paths):
    """Files, and those of folders, leave the page cache."""
    for path in paths:
        names = [path] if os.path.isfile(path) else [os.path.join(top, name) for top, _, found in os.walk(path) for name in found]
        for name in names:
            with open(name, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def make(program, folder, frames):
    """What the measuring processes are given."""
    recording, codes = make_base(program, folder), os.path.join(folder, "base.uint16")
    lengths = lengths_for(program, folder, frames)
    bundles = {codec: make_bundle(program, folder, recording, codec, frames, lengths) for codec in ("lz4", "none")}
    if not os.path.exists(codes):
        import zarr
        whole = make_bundle(program, folder, recording, "none", BASE, lengths)
        zarr.open_array(os.path.join(whole, "frames.ome.zarr", "0"))[:].tofile(codes)
        shutil.rmtree(whole)
    whole = write_whole(folder, frames) if frames == WHOLE else None
    return {"frames": frames, "whole": whole, "floats": os.path.join(folder, "base.float32"), "codes": codes, "bundles": bundles,
            "unit": int(lengths[0]), "chunk": int(lengths[1])}
