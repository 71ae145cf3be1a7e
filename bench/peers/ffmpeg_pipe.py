# SPDX-License-Identifier: MIT
"""A video the way a skilled user makes it: NumPy paints RGB frames into a pipe to ffmpeg.
ffmpeg_pipe.py FILE FRAMES WIDTHxHEIGHT PRESET OUT.mp4"""
import subprocess
import sys

import h5py
from common import Clock, Picture, minmax

name, frames, size, preset, out = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
width, height = map(int, size.split("x"))
command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "30", "-i", "-",
           "-c:v", "libx264", "-preset", preset, "-crf", "23", "-pix_fmt", "yuv420p", out]
with h5py.File(name) as file:
    data = file["posterior"]
    picture = Picture(*data.shape[1:], width, height)
    with Clock():
        low, high = minmax(data, frames)
        pipe = subprocess.Popen(command, stdin=subprocess.PIPE)
        for start in range(0, frames, 256):
            for frame in data[start:min(frames, start + 256)]:
                pipe.stdin.write(picture.draw(frame, low, high).data)
        pipe.stdin.close()
        if pipe.wait() != 0:
            sys.exit("ffmpeg failed")
