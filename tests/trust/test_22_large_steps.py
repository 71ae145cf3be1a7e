# SPDX-License-Identifier: MIT
"""Steps and lengths as large as a whole number can be: divisions that round up do not overflow."""
import os
import pathlib
import re

import h5py
import numpy as np
import pytest

import nsr

LARGEST = 2**63 - 1
SOURCE = pathlib.Path(os.environ["NSR_SOURCE"]) if "NSR_SOURCE" in os.environ else pathlib.Path(__file__).resolve().parents[2]
BY_ADDING = re.compile(r"\+ [\w>.-]+ - 1\) / [a-z]|\b[\w>.]+ - 1\) / [\w>.-]+ \+ 1\b")


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    path = tmp_path_factory.mktemp("field") / "a.h5"
    with h5py.File(path, "w") as file:
        file["rate"] = np.arange(300 * 20, dtype="f4").reshape(300, 4, 5)
        file.create_dataset("chunked", data=file["rate"], chunks=(7, 4, 5), compression="gzip")
    return path


@pytest.mark.parametrize("name", ["rate", "chunked"])
@pytest.mark.parametrize("io", ["direct", "hdf5"])
@pytest.mark.parametrize("first", [0, 5, 299])
def test_one_frame(field, tmp_path, name, io, first):
    out, what = tmp_path / "a.nsr", (field, "--field", name, "--io", io, "--frames")
    for step in (300, 2**62, LARGEST - 1):
        assert nsr.run("range", *what, f"{first}:300:{step}", "--json").json["max"] == first * 20 + 19
    nsr.run("render", *what, f"{first}:300:{LARGEST}", "-o", out)
    assert nsr.manifest(out)["selection"]["n"] == 1
    assert nsr.manifest(out)["range"]["max"] == first * 20 + 19
    nsr.run("verify", out, "--against", field)


@pytest.mark.parametrize("step,n", [(1, 300), (299, 2), (298, 2), (150, 2), (149, 3)])
def test_at_the_border(field, step, n):
    done = nsr.run("range", field, "--field", "rate", "--frames", f"0:300:{step}", "--json")
    assert done.json["n_frames"] == n, done


@pytest.mark.parametrize("stride", [LARGEST - 1, 2**62, 300, 299])
def test_range_stride(field, stride):
    done = nsr.run("range", field, "--field", "rate", "--range-stride", stride, "--json")
    assert done.json["max"] == (299 * 20 + 19 if stride == 299 else 19), done


def test_one_helper():
    """No file rounds a division up by itself."""
    found = [f"{path.relative_to(SOURCE)}:{number}: {line.strip()}"
             for path in sorted((SOURCE / "src").rglob("*.[ch]"))
             for number, line in enumerate(path.read_text().splitlines(), 1) if BY_ADDING.search(line)]
    assert not found, found
