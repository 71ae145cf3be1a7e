# SPDX-License-Identifier: MIT
"""Files of many datasets, for tests and benches."""
import numpy as np


def scales(file, n):
    """Each dataset has scales of its own."""
    for i in range(n):
        data = file.create_dataset(f"d{i:05d}", data=np.ones((4, 5), "f4"))
        for axis, (name, length) in enumerate((("t", 4), ("b", 5))):
            scale = file.create_dataset(f"{name}{i:05d}", data=np.arange(float(length)))
            scale.make_scale(f"{name}{i}")
            data.dims[axis].attach_scale(scale)
