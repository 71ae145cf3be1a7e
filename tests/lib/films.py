# SPDX-License-Identifier: MIT
"""A video as other programs see it: decoded and described by ffmpeg, its boxes by hand."""
import json
import struct
import subprocess

import numpy as np


def ffprobe(path, *words):
    found = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *words, str(path)], capture_output=True, text=True,
                           timeout=60, check=True)
    assert not found.stderr, found.stderr
    return json.loads(found.stdout)


def stream(path):
    streams = ffprobe(path, "-show_streams", "-count_frames")["streams"]
    assert len(streams) == 1
    return streams[0]


def packets(path):
    return ffprobe(path, "-show_packets")["packets"]


def decode(path, pixels, *filters):
    """Raw bytes of every frame, none dropped or repeated."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), *filters, "-fps_mode", "passthrough", "-f", "rawvideo",
                           "-pix_fmt", pixels, "-"], capture_output=True, timeout=120, check=True)
    assert not done.stderr, done.stderr.decode()
    return np.frombuffer(done.stdout, np.uint8)


def decode_yuv(path, w, h):
    """(n, h, w), (n, h/2, w/2), (n, h/2, w/2)"""
    raw = decode(path, "yuv420p").reshape(-1, w * h * 3 // 2)
    n, c = len(raw), w * h // 4
    return raw[:, :w * h].reshape(n, h, w), *(raw[:, i:i + c].reshape(n, h // 2, w // 2) for i in (w * h, w * h + c))


def decode_rgb(path, w, h):
    """As a player that heeds the tags shows it."""
    return decode(path, "rgb24", "-vf", "scale=flags=accurate_rnd+full_chroma_int+neighbor").reshape(-1, h, w, 3)


def boxes(data):
    """[(name, offset, length)] of the top level of an MP4."""
    found, at = [], 0
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at:at + 8])
        size = struct.unpack(">Q", data[at + 8:at + 16])[0] if size == 1 else size
        assert size >= 8 and at + size <= len(data), f"box {name} at {at} claims {size} bytes"
        found.append((name.decode("latin1"), at, size))
        at += size
    return found


def nal_types(path):
    """Types of the NAL units of each packet."""
    found = []
    data = path.read_bytes()
    for packet in packets(path):
        at, types = int(packet["pos"]), []
        end = at + int(packet["size"])
        while at < end:
            length = struct.unpack(">I", data[at:at + 4])[0]
            types.append(data[at + 4] & 31)
            at += 4 + length
        found.append(types)
    return found
