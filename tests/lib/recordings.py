# SPDX-License-Identifier: MIT
"""The recordings of other software (data/README.md), unpacked while the tests run, and how each is named to
the program."""
import atexit
import functools
import json
import pathlib
import shutil
import tempfile

import numpy as np

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
FIELDS = json.loads((DATA / "fields.json").read_text())


@functools.cache
def folder():
    """All archives side by side, as long as the tests run."""
    place = tempfile.TemporaryDirectory(prefix="nsrender-recordings-")
    atexit.register(place.cleanup)
    for archive in DATA.glob("*.tar.xz"):
        shutil.unpack_archive(archive, place.name, "xztar")
    shutil.copytree(DATA / "broken", pathlib.Path(place.name) / "broken", dirs_exist_ok=True)
    return pathlib.Path(place.name)


def name(entry):
    return f"{entry['file']}:{entry['dataset']}"


def find(file, dataset):
    return next(e for e in FIELDS if (e["file"], e["dataset"]) == (file, dataset))


def words(entry):
    """Input, field, environment and state, for the command line."""
    own = entry["file"].startswith(("nwb", "netcdf"))
    environment = [] if own else ["--environment", folder() / "env" / entry["env"]]
    state = ["--state", entry["state"]] if entry["state"] else []
    return [folder() / entry["file"], "--field", entry["stored"]["path"], *environment, *state]


def expected(entry):
    """What the ancestor, or the decoder's library, makes of the field."""
    return np.load(folder() / entry["expected"])


def is_coloured(entry):
    return any(array.startswith(("mpl_", "formula_")) for array in expected(entry))


def geometry(kind):
    return np.load(folder() / "expected" / "geometry" / f"{kind}.npz")


def environment(entry):
    """The geometry behind the bins; that of coordinates in the file itself stands with the field."""
    return geometry(entry["env"]) if entry["env"] else expected(entry)


def needs_new_library(entry):
    """HDF5 before 2.0 cannot open what 2.0 compresses when asked for its latest format."""
    return entry["file"] == "plain/build_latest.h5" and entry["stored"]["filters"] != ""
