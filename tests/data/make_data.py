#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes from the ancestor's recordings (see README.md) what the tests of the main job need, and writes it here.

usage: make_data.py FOLDER     FOLDER: the whole collection, as its own scripts make it

Every value, type, chunk and filter stays as the ancestor and h5py wrote it; left out is what no test looks at: the schema
texts inside the NWB file (2 MB), the fields of other layouts, the datasets of storage.h5 that point outside the file."""
import json
import pathlib
import shutil
import subprocess
import sys

import h5py

HERE = pathlib.Path(__file__).resolve().parent
FIELDS = ("plain/env_grid.h5", "plain/storage.h5", "nwb/grid.nwb")
OUTSIDE = ("external_raw", "external_link")
LEFT_OUT = ("specifications", "intervals", "units", "processing/behavior", "scratch/spatial_rates_environment",
            "processing/analysis/spatial_rates")
NOT_MAIN = ("env_", "nwb_")


def slim_nwb(source, target):
    """Everything but the schema texts."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        for name, value in old.attrs.items():
            if not isinstance(value, h5py.Reference):
                new.attrs[name] = value
        for name in old:
            if name not in LEFT_OUT:
                old.copy(name, new)
        for path in LEFT_OUT:
            if path in new:
                del new[path]
    subprocess.run(["h5repack", target, target.with_suffix(".packed")], check=True)  # frees what was deleted
    target.with_suffix(".packed").replace(target)


def some_of(source, target, leave_out):
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        for name in old:
            link = old.get(name, getlink=True)
            if name in leave_out:
                continue
            if isinstance(link, h5py.SoftLink):
                new[name] = h5py.SoftLink(link.path)
            elif name == "hard_link":
                continue
            else:
                old.copy(name, new)
        if "hard_link" in old:
            new["hard_link"] = new["f8_gzip_shuffle"]


def facts(collection):
    """What the ancestor says of each field, and its colours."""
    kept = []
    for entry in json.loads((collection / "index.json").read_text()):
        if entry["file"] not in FIELDS or entry["dataset"] in OUTSIDE:
            continue
        target = HERE / entry["expected"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(collection / entry["expected"], target)
        kept.append(entry)
    (HERE / "fields.json").write_text("[\n" + ",\n".join(map(json.dumps, kept)) + "\n]\n")


def broken(collection):
    (HERE / "broken").mkdir(exist_ok=True)
    cases = {name: case for name, case in json.loads((collection / "expected/broken.json").read_text()).items()
             if " + " not in name and not name.startswith(NOT_MAIN)}
    for name in [*cases, "intact.h5"]:
        if (collection / "broken" / name).is_file():
            shutil.copyfile(collection / "broken" / name, HERE / "broken" / name)
    (HERE / "broken.json").write_text(json.dumps(cases, indent=1) + "\n")


def main(collection):
    for folder in ("plain", "nwb", "expected/geometry"):
        (HERE / folder).mkdir(parents=True, exist_ok=True)
    slim_nwb(collection / "nwb/grid.nwb", HERE / "nwb/grid.nwb")
    shutil.copyfile(collection / "plain/env_grid.h5", HERE / "plain/env_grid.h5")
    some_of(collection / "plain/storage.h5", HERE / "plain/storage.h5", OUTSIDE)
    shutil.copyfile(collection / "expected/geometry/grid.npz", HERE / "expected/geometry/grid.npz")
    facts(collection)
    broken(collection)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
