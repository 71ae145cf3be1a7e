# SPDX-License-Identifier: MIT
"""The colour range with h5py and NumPy, 2048 frames at a time. numpy_range.py FILE"""
import sys

import h5py
from common import Clock, minmax

with Clock():
    with h5py.File(sys.argv[1]) as file:
        data = file["posterior"]
        low, high = minmax(data, len(data))
print(f"min {low!r} max {high!r}", file=sys.stderr)
