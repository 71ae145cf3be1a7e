#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Layers: base <- {cli, source, environment, field, layout, raster, sink, synth} <- plan <- frames <- measure <- bundle
<- stages <- command <- main.c. Each folder uses only those to its left.

The folders in braces are reached only through <nsrender/*.h>, also by each other; private headers of the folders after
them serve the folders to their right. Headers of libraries stand where the design has them. The number of a rank is
compared in one file, the world communicator is named in one file."""
import pathlib
import re
import sys

from c_text import INCLUDE, code_of
from rules import sources, report

# A header of a library, and the places (folders or beginnings of paths below src) that may include it.
LIBRARIES = {
    r"hdf5(_hl)?\.h|H5\w*\.h": ("source/", "environment/", "base/h5", "synth/", "command/version.c"),
    r"cairo.*": ("raster/",),
    r"libav.*|libsw.*|x264\.h": ("sink/", "command/version.c"),
    r"png\.h": ("sink/", "raster/surface.c", "command/version.c"),
    r"xxhash\.h": ("base/hash.c", "command/version.c"),
}
FLOW = ("plan", "frames", "measure", "bundle", "stages", "command")
ROOT_TEST = re.compile(r"\brank\w*\s*(\([^()]*\))?\s*[=!]=\s*0\b|\b0\s*[=!]=\s*\w*rank\b|!\s*(nsr_)?rank\b")


def library_faults(place, name):
    for pattern, places in LIBRARIES.items():
        if re.fullmatch(pattern, name) and not place.startswith(places):
            yield f"includes <{name}>, which belongs to {', '.join(places)}"


def private_faults(src, path, name):
    """A private header is of the file's own folder, of base, or of an earlier step of the flow."""
    target = (path.parent / name).resolve()
    if not target.exists():
        target = (src / name).resolve()
    if not target.exists():
        yield f'includes "{name}", which is neither beside it nor below src'
        return
    home, layer = (p.resolve().relative_to(src.resolve()).parts[0] for p in (path, target))
    if layer in (home, "base"):
        return
    if layer not in FLOW:
        yield f'includes "{name}": private to {layer}; its public face is <nsrender/...>'
    elif home not in FLOW or FLOW.index(home) < FLOW.index(layer):
        yield f'includes "{name}" of {layer}, a later step of the flow'


def faults(src, path):
    text = path.read_text(encoding="utf-8")
    place = path.relative_to(src).as_posix()
    for mark, name in INCLUDE.findall(text):
        yield from library_faults(place, name) if mark == "<" else private_faults(src, path, name)
    code = code_of(text)
    if "MPI_COMM_WORLD" in code and place != "main.c":
        yield "names MPI_COMM_WORLD; take a communicator"
    if ROOT_TEST.search(code) and place != "base/comm.c":
        yield f"compares a rank with 0 ({ROOT_TEST.search(code).group(0)}); use nsr_is_root"


def main(root):
    src = root / "src"
    broken = [f"{path.relative_to(root)}: {what}" for path in sources(root, "src") for what in faults(src, path)]
    for path in sources(root, "include"):
        code = code_of(path.read_text(encoding="utf-8"))
        broken += [f"{path.relative_to(root)}: names MPI_COMM_WORLD"] if "MPI_COMM_WORLD" in code else []
    report(broken, "layers")


main(pathlib.Path(sys.argv[1]))
