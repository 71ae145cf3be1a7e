# SPDX-License-Identifier: MIT
"""The table in src/field/colormap_data.c against the matplotlib that is installed: all maps, all reversed, all colours."""
import os
import pathlib
import re

import matplotlib
import numpy as np
import pytest
from matplotlib import colors

import reference as ref

ROOT = pathlib.Path(os.environ.get("NSR_SOURCE") or pathlib.Path(__file__).resolve().parents[2])


@pytest.fixture(scope="module")
def text():
    return (ROOT / "src/field/colormap_data.c").read_text()


@pytest.fixture(scope="module")
def maps(text):
    """{name: 256 rows r g b} as the program looks names up: a row of its own, else NAME read backwards for NAME_r."""
    tables = {name: np.array([int(x, 16) for x in re.findall(r"0x([0-9a-f]{6})", body)])
              for name, body in re.findall(r"uint32_t (\w+)\[256\] = \{(.*?)\};", text, re.S)}
    rows = {name: tables[table] for name, table in re.findall(r'\{"(\w+)", (\w+)\},', text) if table in tables}
    backwards = {name + "_r": table[::-1] for name, table in rows.items() if not name.endswith("_r")}
    return {name: np.stack([t >> 16, t >> 8 & 255, t & 255], axis=-1) for name, t in {**backwards, **rows}.items()}


def test_every_continuous_map_is_there(maps):
    installed = {n for n in matplotlib.colormaps if matplotlib.colormaps[n].N >= 256}
    assert {"viridis", "jet_r", "twilight_shifted", "Greys_r"} <= installed & maps.keys()
    assert len(maps) > 150 and all(len(table) == 256 for table in maps.values())
    assert not [n for n in installed - maps.keys() if matplotlib.__version__.startswith(made_with())]


def made_with():
    line = (ROOT / "src/field/colormap_data.c").read_text().splitlines()[1]
    return re.search(r"matplotlib ([\d.]+\d)", line).group(1)


def test_colours_are_matplotlibs(maps):
    wrong = [name for name in maps if name in matplotlib.colormaps
             and (ref.bytes_of(ref.colormap(name)(np.arange(256))) != maps[name]).any()]
    assert not wrong


def test_colour_names(text):
    rows = {name: int(value, 16) for name, value in re.findall(r'\{"([\w:]+)", 0x([0-9a-f]{6})\},', text)}
    want = {**colors.CSS4_COLORS, **colors.TABLEAU_COLORS, **colors.BASE_COLORS}
    assert rows.keys() == want.keys()
    for name, value in want.items():
        r, g, b = ref.bytes_of(colors.to_rgb(value)).tolist()
        assert rows[name] == r << 16 | g << 8 | b, name
