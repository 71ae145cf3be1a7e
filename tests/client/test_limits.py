# SPDX-License-Identifier: MIT
"""Limits that are chosen, saved and used again; their reports; histograms."""
import csv
import json

import h5py
import numpy as np
import pytest
from matplotlib.colors import LogNorm
from PIL import Image

import nsr
import reference as ref


def write(path, values, name="field"):
    with h5py.File(path, "a") as file:
        file[name] = values
    return path


def posterior(n=400, rows=8, columns=10, sharp=30.0):
    """Rows that add up to 1: a bump that is narrow in a few frames and wide in most."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:rows, :columns]
    width = np.where(rng.random(n) < 0.03, 0.3, 3.0)[:, None, None]
    at = rng.random((n, 2, 1, 1)) * [[[rows]], [[columns]]]
    p = np.exp(-((y - at[:, 0]) ** 2 + (x - at[:, 1]) ** 2) / (2 * width**2))
    return (p / p.sum((1, 2), keepdims=True)).reshape(n, -1).astype("f4")


def limits(done):
    return done.json["vmin"], done.json["vmax"]


# --- a saved result ---

def test_file(tmp_path):
    values = np.random.default_rng(1).normal(size=(300, 30))
    path, saved, out = write(tmp_path / "a.h5", values), tmp_path / "l.json", tmp_path / "o.nsr"
    done = nsr.run("range", path, "--percentile", "3,97", "--json")
    saved.write_text(done.out)
    nsr.run("render", path, "-o", out, "--grid", "5x6", "--format", "png", "--limits", saved)
    assert nsr.manifest(out)["limits"] == nsr.manifest(out)["limits"] | dict(zip(("vmin", "vmax"), limits(done)))
    saved.unlink()
    nsr.run("resume", out)
    options = json.loads((out / "plan.json").read_text())["options"]
    assert "limits" not in options and (float(options["vmin"]), float(options["vmax"])) == limits(done)
    assert (nsr.manifest(out)["limits"]["vmin"], nsr.manifest(out)["limits"]["vmax"]) == limits(done)
    again = tmp_path / "l2.json"
    again.write_text(done.out)
    assert limits(nsr.run("range", path, "--limits", again, "--vmax", "9", "--json")) == (limits(done)[0], 9)


def test_file_of_another_field(tmp_path):
    path = write(tmp_path / "a.h5", np.random.default_rng(1).normal(size=(30, 30)))
    write(path, np.ones((30, 30)), "other")
    write(tmp_path / "b.h5", np.ones((30, 20)))
    saved = tmp_path / "l.json"
    saved.write_text(nsr.run("range", path, "--field", "field", "--json").out)
    nsr.fails(nsr.DATA, "range", path, "--field", "other", "--limits", saved, says=["/field", "/other"])
    nsr.fails(nsr.DATA, "range", tmp_path / "b.h5", "--limits", saved, says=["30 bins", "20"])
    nsr.fails(nsr.NO_INPUT, "range", tmp_path / "b.h5", "--limits", tmp_path / "no.json", says="no.json")
    for text, says in [("{}", "vmin"), ("[1", "not JSON"), ('{"vmin": "x", "vmax": 2}', "vmin"),
                       ('{"vmin": 1, "vmax": 2}', "of the field ?")]:
        saved.write_text(text)
        nsr.fails(nsr.DATA, "range", tmp_path / "b.h5", "--limits", saved, says=says, ranks=2)
    saved.write_text(json.dumps({"field": "/field", "n_bins": 20, "vmin": 2, "vmax": 1}))
    nsr.fails(nsr.USAGE, "range", tmp_path / "b.h5", "--limits", saved, says="not below")


def test_ways_exclude_each_other(tmp_path):
    path = write(tmp_path / "a.h5", posterior(20))
    render = ["render", path, "-o", tmp_path / "o.nsr", "--grid", "8x10"]
    nsr.fails(nsr.USAGE, *render, "--limits", "minmax", "--percentile", "1,99", says="exclude")
    nsr.fails(nsr.USAGE, *render, "--limits", "minmax", "--sample", "10", says="exclude")
    nsr.fails(nsr.USAGE, *render, "--limits", "distribution", "--norm", "symlog", "--linthresh", "1", says="logarithmic")
    assert limits(nsr.run("range", path, "--limits", "minmax", "--json")) == \
        (posterior(20).min(), posterior(20).max())


# --- distributions ---

def test_distribution(tmp_path):
    values = posterior()
    values[5, 3] = 0
    path = write(tmp_path / "a.h5", values.reshape(-1, 8, 10))
    done = nsr.run("range", path, "--limits", "distribution", "--json")
    assert limits(done) == (1 / 80 / 10, values.max()) and done.json["norm"] == "log" and done.json["distribution"]
    norm = LogNorm(1 / 80 / 10, float(values.max()), clip=True)
    nsr.run("render", path, "-o", tmp_path / "o.nsr", "--limits", "distribution", "--format", "png")
    for i, image in enumerate(ref.normed_colours(values[:9].reshape(-1, 8, 10), norm)):
        with Image.open(nsr.frame_png(tmp_path / "o.nsr", i)) as shown:
            assert (np.asarray(shown.convert("RGB")) == ref.picture(image)).all()
    assert [f["distribution"] for f in nsr.run("info", path, "--json").json["fields"]] == [True]
    assert "distribution" in nsr.run("info", path).out


@pytest.mark.parametrize("spoil", ["sum", "negative", "empty"])
def test_no_distribution(tmp_path, spoil):
    values = posterior()
    if spoil == "sum":
        values[-1] *= 2
    elif spoil == "negative":
        values[0, :2] += [-1, 1]
    else:
        values[:] = np.nan
    path = write(tmp_path / "a.h5", values.reshape(-1, 8, 10))
    assert "distribution" not in nsr.run("info", path, "--json").json["fields"][0]
    done = nsr.run("range", path, "--limits", "distribution", "--json")
    assert not done.json["distribution"] and any("sum to 1" in w for w in done.warnings)


def test_distribution_may_have_rows_without_data(tmp_path):
    values = posterior()
    values[::3] = np.nan
    values[:, 7] = np.nan  # an inactive cell
    values /= np.nansum(values, 1, keepdims=True)
    path = write(tmp_path / "a.h5", values)
    done = nsr.run("range", path, "--json")
    assert done.json["distribution"]


def test_dark_frames_are_told(tmp_path):
    path = write(tmp_path / "a.h5", posterior().reshape(-1, 8, 10))
    dark = nsr.run("range", path, "--json")
    assert dark.json["peaks"]["frames"] == 64 and dark.json["peaks"]["in_lowest_tenth"] > 55
    assert "lowest tenth" in dark.err and "--limits distribution" in dark.err
    render = ["render", path, "-o", tmp_path / "o.nsr", "--format", "null"]
    assert "lowest tenth" in nsr.run(*render).err
    for words in ["--limits", "distribution"], ["--norm", "log"], ["--percentile", "0.1,99"], ["--vmin=0", "--vmax=1"]:
        assert "lowest tenth" not in nsr.run("range", path, *words).err, words
    even = write(tmp_path / "b.h5", np.random.default_rng(1).random((100, 5, 5)))
    assert "lowest tenth" not in nsr.run("range", even).err


# --- what lies outside ---

@pytest.mark.parametrize("ranks", [0, 3])
def test_outside(tmp_path, ranks):
    values = np.random.default_rng(2).integers(0, 50, (200, 40)).astype("f4")
    values[3, :9] = np.nan
    values[4, :3], values[5, :2] = np.inf, -np.inf
    path = write(tmp_path / "a.h5", values)
    finite = values[np.isfinite(values)]
    for words in [["--percentile", "2,97"], ["--percentile", "2.3,97.7"], ["--vmin", "10"], ["--vmax", "40.5"], [],
                  ["--vmin", "10", "--vmax", "20"], ["--percentile", "2,97", "--vmax", "30"], ["--percentile", "50,51"]]:
        done = nsr.run("range", path, *words, "--json", ranks=ranks)
        low, high = limits(done)
        assert done.json["n_below"] == (finite < low).sum(), words
        assert done.json["n_above"] == (finite > high).sum(), words
    text = nsr.run("range", path, "--vmin", "10", "--vmax", "20").out
    share = 100 * (finite < 10).sum() / values.size
    assert f"below     {(finite < 10).sum()} ({share:.3g} %)" in text and "NaN       9 (" in text


def test_histogram(tmp_path):
    values = np.random.default_rng(2).normal(size=(500, 40)) ** 2 + 0.01
    values[0, 0], values[1, 1] = np.nan, np.inf
    path, finite = write(tmp_path / "a.h5", values), values[np.isfinite(values)]
    for ranks, norm in (0, []), (2, []), (0, ["--norm", "log"]):
        out = tmp_path / "h.csv"
        nsr.run("range", path, "--histogram", out, "--percentile", "1,99", *norm, ranks=ranks)
        with open(out) as file:
            rows = [(float(r["from"]), float(r["to"]), int(r["count"])) for r in csv.DictReader(file)]
        edges = np.array([rows[0][0], *(r[1] for r in rows)])
        assert len(rows) == 256 and edges[0] == finite.min() and edges[-1] == finite.max()
        assert all(a[1] == b[0] for a, b in zip(rows, rows[1:]))
        assert [r[2] for r in rows] == list(np.histogram(finite, edges)[0])
        wanted = np.geomspace if norm else np.linspace
        assert np.allclose(edges, wanted(finite.min(), finite.max(), 257), rtol=1e-12)
    nsr.run("range", path, "--histogram", tmp_path / "h.png", "--percentile", "30,99.9")
    with Image.open(tmp_path / "h.png") as image:
        have = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert len(have) > 100000
    for color in (204, 0, 0), (68, 1, 84), (211, 211, 211):  # limits, first, clipped
        assert (np.abs(have.astype(int) - color).max(1) <= 2).any(), color
    nsr.fails(nsr.USAGE, "range", path, "--histogram", tmp_path / "h.jpg", says=".png or .csv")
    nsr.fails(nsr.CREATE, "range", path, "--histogram", tmp_path / "no/h.csv", says="no")


def test_histogram_of_nothing(tmp_path):
    path = write(tmp_path / "a.h5", np.full((4, 6), np.nan))
    for name in "h.csv", "h.png":
        nsr.run("range", path, "--histogram", tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0


# --- several fields ---

@pytest.mark.parametrize("ranks", [0, 3])
def test_percentiles_of_several_fields(tmp_path, ranks):
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(900, 4, 5)).astype("f4"), rng.gamma(2, size=(900, 4, 5))
    path = write(write(tmp_path / "a.h5", a, "a"), b, "b")
    both = np.concatenate([a.ravel().astype("f8"), b.ravel()])
    render = ["render", path, "--field", "a,b", "--format", "png", "--percentile", "3,98"]
    out = tmp_path / "o.nsr"
    for _ in range(2):
        nsr.run(*render, "-o", out, ranks=ranks)
        for name in "ab":
            kept = nsr.manifest(out / name)["limits"]
            assert (kept["vmin"], kept["vmax"]) == tuple(np.percentile(both, [3, 98]))
    nsr.run(*render, "-o", tmp_path / "p.nsr", "--range-mode", "each", ranks=ranks)
    for name, values in ("a", a), ("b", b):
        kept = nsr.manifest(tmp_path / "p.nsr" / name)["limits"]
        assert (kept["vmin"], kept["vmax"]) == tuple(np.percentile(values.astype("f8"), [3, 98]))
