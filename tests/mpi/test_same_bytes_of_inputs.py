# SPDX-License-Identifier: MIT
"""Every kind of input and every layout: the bundle does not depend on ranks, threads and the way of reading. Rows of
the registries in src without an input here are found."""
import itertools
import json
import pathlib
import re

import pytest

import nsr
import recordings as rec

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
RENDER = ("--format", "png,hash", "--segment-frames", 15)
SMALL = ("--size", "160x120")
THREADS, WAYS = (1, 2), ("auto", "direct", "hdf5", "mpio")

# The same bytes by other names, which test_inputs.py reads once more.
TWICE = re.compile(r"build_.*:contiguous|nwb/(?!grid)\w+\.nwb:.*/(no_times|linked|place_field|scaled_counts|rate_map)/"
                   r"|several.h5:session/(rate_map|value)|causal_posterior\[state=[01]")


def field(file, dataset, *options):
    return [*rec.words(rec.find(file, dataset)), *options]


def plain(environment, *options):
    return field(f"plain/env_{environment}.h5", "fields", *options)


def cube(*options):
    return [rec.folder() / "plain/cubes.h5", "--field", "t_y_x", *options]


def recorded():
    return {rec.name(e): lambda e=e: rec.words(e) for e in rec.FIELDS
            if not rec.needs_new_library(e) and not TWICE.search(rec.name(e))}


OPTIONS = {
    "track unrolled": lambda: plain("graph", "--unroll"), "track wide": lambda: plain("graph", "--track-width", 9),
    "polar unrolled": lambda: plain("polar", "--unroll"), "polar rings": lambda: plain("polar", "--rings"),
    "slice": lambda: plain("grid3d", "--slice", "max"),
    "turned": lambda: plain("hex", "--rotate", 90, "--flip", "x", "--view", "10,60,5,50"),
    "rows and columns": lambda: cube("--environment", rec.folder() / "env/grid"),
    "cube alone": lambda: cube(), "cube from below": lambda: cube("--axes", "txy", "--origin", "lower"),
    "grid option": lambda: [rec.DATA / "broken/intact.h5", "--grid", "5x13"],
    "states": lambda: [rec.folder() / "netcdf/nld_states.nc", "--state", "sum"],
    "table of bins": lambda: [rec.folder() / "nwb/table.nwb"],
    "two fields": lambda: [rec.folder() / "plain/several.h5", "--environment", rec.folder() / "env/hex", "--field",
                           "session/posterior", "--field", "session/rate_map", "--range-mode", "each"],
}
CASES = {**recorded(), **OPTIONS}
NEEDS_SLICE = "plain/env_grid3d.h5:fields"
CASES[NEEDS_SLICE] = lambda: plain("grid3d", "--slice", "z=1.5")


def combinations(number):
    """(ranks, threads, io): all when there are hours. Else two ways alone, parallel HDF5 under mpirun, and in every
    third case another way, in turn."""
    if nsr.LONG:
        return [(0, 2, way) for way in WAYS[:3]] + list(itertools.product((1, 2, 3), THREADS, WAYS))
    ranks, threads = 2 + number % 2, THREADS[number // 2 % 2]
    more = [(5 - ranks, 3 - threads, WAYS[number // 3 % 3])] if number % 3 == 0 else []
    return [(0, 2, "direct"), (0, 1, "hdf5"), (ranks, threads, "mpio"), *more]


def can_refuse(done, io):
    """direct and mpio say what they do not read: filters left to HDF5, files in parts."""
    return done.code == nsr.USAGE and io in ("direct", "mpio") and len(done.errors) == 1 and f"--io {io}: " in done.err


@pytest.mark.parametrize("case", CASES)
def test_same_bytes(case, tmp_path):
    words = [*CASES[case](), *SMALL]
    nsr.run("render", *words, "-o", tmp_path / "reference.nsr", *RENDER, "--threads", 1)
    reference = nsr.tree(tmp_path / "reference.nsr")
    assert any(name.endswith(".png") for name in reference) and "plan.json" in reference
    for ranks, threads, io in combinations(list(CASES).index(case)):
        out = tmp_path / f"{ranks}{threads}{io}.nsr"
        done = nsr.run("render", *words, "-o", out, *RENDER, "--threads", threads, "--io", io, ranks=ranks, code=None)
        if not can_refuse(done, io):
            assert done.code == 0, done
            nsr.assert_same(out, reference, f"{ranks} ranks, {threads} threads, {io}:")


# --- the registries ---

def rows(file, pattern):
    """Names of a registry's rows, as they stand in the code."""
    found = re.findall(pattern, (SOURCE / file).read_text())
    assert found, f"{file}: the registry looks different now"
    return set(found)


def info(case):
    return nsr.run("info", *CASES[case](), "--json").json


@pytest.fixture(scope="module")
def seen():
    """What info reports of every recording."""
    return [info(name) for name in recorded()]


def test_every_format(seen):
    assert {i["format"] for i in seen} == {name for name in rows("source/format/formats.c", r"&nsr_format_(\w+)")}


def test_every_way_of_reading():
    assert set(WAYS) == rows("source/source.c", r"&nsr_way_(\w+)[,}]") | {"auto"}


def test_every_storage(seen):
    stored = {f["storage"] for i in seen for f in i["fields"]}
    assert stored == {"contiguous", "compact", "chunked", "virtual", "external"}
    assert {f["dtype"] for i in seen for f in i["fields"]} >= {
        "<f2", "<f4", ">f4", "<f8", ">f8", "|b1", "|u1", "<u2", "<u8", "<i2", "<i4", ">i4", "<i8"}


def test_every_filter(seen):
    """Named filters are read, or their absence is reported (test_inputs.py)."""
    used = {name for i in seen for f in i["fields"] for name in f["filters"].split("+")}
    foreign = set(json.loads((rec.DATA / "foreign.json").read_text()))
    assert rows("source/filter/pipeline.c", r'\{(?:H5Z_FILTER_\w+|\d+), "(\w+)",') <= used | foreign


def test_every_kind_of_environment():
    told = {"named": NEEDS_SLICE, "grid": "grid option", "netcdf": "states", "cube": "cube alone",
            "bins": "table of bins", "nwb": "nwb/hex.nwb:processing/analysis/posterior/data"}
    assert set(told) == rows("environment/environment.c", r"&nsr_environment_(\w+)[,}]")
    assert set(told.values()) <= set(CASES)


def test_every_layout_of_an_environment(seen):
    assert {i["environment"]["layout"] for i in seen} >= rows("environment/outline.c", r'\{"(\w+)", nsr_shape_\w+\}')


def drawn_as(case, tmp_path):
    """The row of the layout, which the program names when it has no other way of drawing; polar grids have both."""
    done = nsr.run("layout", *CASES[case](), "--unroll", "--rings", "-o", tmp_path / "map.png")
    return (re.findall(r"layout '(\w+)' is drawn as it is", done.err) or ["polar"])[0]


def test_every_layout(tmp_path):
    drawn = {"grid": "plain/env_mask.h5:fields", "line": "plain/env_grid1d.h5:fields", "polar": "polar rings",
             "cells": "plain/env_mesh.h5:fields", "points": "nwb/no_environment.nwb:processing/analysis/posterior/data",
             "track": "track unrolled"}
    assert set(drawn) == rows("layout/layouts.c", r'\{NSR_SHAPE_\w+, "(\w+)"')
    for row, case in drawn.items():
        assert drawn_as(case, tmp_path) == row
