# SPDX-License-Identifier: MIT
"""--norm, --under, --over against matplotlib: at the borders of all levels, their neighbours among the doubles, and
values from everywhere."""
import json
import math

import h5py
import numpy as np
import pytest
from matplotlib.colors import LogNorm, Normalize, PowerNorm, SymLogNorm
from PIL import Image

import nsr
import reference as ref

NORMS = {
    "linear": (Normalize, {}, (-3.7, 11.9)),
    "log": (LogNorm, {}, (0.003, 170.0)),
    "log-decades": (LogNorm, {}, (1e-8, 1.0)),
    "log-narrow": (LogNorm, {}, (1e6, 1000001.0)),
    "symlog": (SymLogNorm, {"linthresh": 0.1}, (-50.0, 200.0)),
    "symlog-all": (SymLogNorm, {"linthresh": 0.03, "linscale": 0.5, "base": 2.0}, (-7.0, 9.0)),
    "symlog-linear": (SymLogNorm, {"linthresh": 5.0}, (-3.0, 4.0)),
    "power-half": (PowerNorm, {"gamma": 0.5}, (0.0, 3.0)),
    "power-two": (PowerNorm, {"gamma": 2.0}, (-1.0, 0.7)),
    "power": (PowerNorm, {"gamma": 0.37}, (1e-3, 1e3)),
}


def by_libm(function, plain):
    """NumPy's function with the C library's numbers: NumPy's own differ in the last bit between kinds of CPU."""
    def one(x, *more):
        return plain(x, *more) if x > 0 and np.isfinite(x) else float(function(x, *more))
    return lambda x, *more: np.vectorize(one, otypes=[float])(x, *more) if np.size(x) else np.asarray(x, float)


@pytest.fixture
def libm(monkeypatch):
    power = by_libm(np.power, math.pow)
    plain = np.power
    monkeypatch.setattr(np, "log10", by_libm(np.log10, math.log10))
    monkeypatch.setattr(np, "log", by_libm(np.log, math.log))
    monkeypatch.setattr(np, "power", lambda x, gamma: (plain if gamma in (0.5, 2) else power)(x, gamma))


def keys_to_values(keys):
    keys = np.asarray(keys, np.uint64)
    top = np.uint64(1 << 63)
    return np.where(keys >= top, keys ^ top, ~keys).view(np.float64)


def values_to_keys(values):
    bits = np.asarray(values, np.float64).view(np.uint64)
    top = np.uint64(1 << 63)
    return np.where(bits >= top, ~bits, bits | top)


def level(norm, x):
    with np.errstate(all="ignore"):
        return np.floor(np.ma.getdata(norm(np.asarray(x, "f8"))) * 256)


def borders(norm, vmin, vmax):
    """The least double of each level 1..255, by halving."""
    want = np.arange(1, 256)
    low = np.full(255, values_to_keys(np.float64(vmin)), np.uint64)
    high = np.full(255, values_to_keys(np.float64(vmax)), np.uint64)
    while (low < high).any():
        middle = low + (high - low) // np.uint64(2)
        reached = level(norm, keys_to_values(middle)) >= want
        high = np.where(reached, middle, high)
        low = np.where(reached, low, np.minimum(middle + np.uint64(1), high))
    return keys_to_values(low)


def values_of(norm, vmin, vmax):
    """(n, 16, 16) of values that matter."""
    rng = np.random.default_rng(1)
    at = np.concatenate([borders(norm, vmin, vmax), [vmin, vmax, 0.0, -0.0]])
    near = [keys_to_values(values_to_keys(at + 0.0) + np.uint64(2**64 + k & (2**64 - 1))) for k in (-1, 0, 1)]
    random = rng.uniform(vmin - (vmax - vmin) / 5, vmax + (vmax - vmin) / 5, 2000)
    wide = rng.choice([-1, 1], 500) * 10.0 ** rng.uniform(-320, 308, 500)
    odd = [np.nan, np.inf, -np.inf, 5e-324, -5e-324, 1.7e308, -1.7e308]
    x = np.concatenate([*near, random, wide, odd])
    x = np.concatenate([x, np.full(-len(x) % 256, vmin)])
    return x.reshape(-1, 16, 16)


def check(path, out, values, norm, *options, **ends):
    nsr.run("render", path, "-o", out, "--format", "png", *options)
    for i, image in enumerate(ref.normed_colours(values, norm, **ends)):
        with Image.open(nsr.frame_png(out, i)) as shown:
            have = np.asarray(shown.convert("RGB"))
        differ = np.argwhere((have != ref.picture(image)).any(-1))
        assert not len(differ), f"frame {i}: {len(differ)} pixels differ, first at {differ[0]}"


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("ends", [{}, {"under": "red"}, {"under": "#123456", "over": "magenta"}])
def test_exact(tmp_path, name, ends, libm):
    """Every border to the last bit."""
    check_norm(tmp_path, name, ends, "f8")


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("ends", [{}, {"under": "red"}, {"under": "#123456", "over": "magenta"}])
def test_float(tmp_path, name, ends):
    """Every border among the floats, by NumPy as it is."""
    check_norm(tmp_path, name, ends, "f4")


def check_norm(tmp_path, name, ends, dtype):
    kind, parameters, (vmin, vmax) = NORMS[name]
    norm = kind(vmin=vmin, vmax=vmax, **parameters)
    with np.errstate(over="ignore"):
        values = values_of(norm, vmin, vmax).astype(dtype)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = values
    options = ["--norm", name.split("-")[0], "--vmin", repr(vmin), "--vmax", repr(vmax)]
    for key, value in {**parameters, **ends}.items():
        options += [f"--{key}", value]
    check(tmp_path / "a.h5", tmp_path / "o.nsr", values, norm, *options, **ends)
    clipped = json.loads((tmp_path / "o.nsr/manifest.json").read_text())["clipped"]
    finite = values[np.isfinite(values)].astype("f8")
    assert clipped["below"] == (finite < vmin).sum() and clipped["above"] == (finite > vmax).sum()
    assert clipped["no_data"] == values.size - finite.size


def test_log_limits(tmp_path):
    """Without limits: as matplotlib's autoscale, the least value above 0 to the largest."""
    values = np.random.default_rng(2).gamma(0.3, size=(5, 8, 9)).astype("f4")
    values[values < 0.01] = 0
    values[2, 3, 3] = -4
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = values
    norm = LogNorm(float(values[values > 0].min()), float(values.max()))
    check(tmp_path / "a.h5", tmp_path / "o.nsr", values, norm, "--norm", "log")
    done = nsr.run("range", tmp_path / "a.h5", "--json", "--norm", "log")
    assert (done.json["vmin"], done.json["vmax"]) == (norm.vmin, norm.vmax) and "least value above 0" in done.err
    done = nsr.run("range", tmp_path / "a.h5", "--json", "--norm", "log", "--percentile", "0,99")
    assert done.json["vmin"] == norm.vmin
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["p"] = -values[:1]
        file["p"][0] = -1
    assert "nothing is shown" in nsr.run("range", tmp_path / "b.h5", "--norm", "log").err
    done = nsr.run("range", tmp_path / "b.h5", "--norm", "log", "--vmin", "5", "--json")
    assert (done.json["vmin"], done.json["vmax"]) == (0.1, 1)


def test_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = np.ones((2, 4, 4))
    for words, says in [(["--norm", "power"], "--gamma"), (["--norm", "symlog"], "--linthresh"),
                        (["--gamma", "2"], "belongs to --norm power"), (["--norm", "log", "--vmin", "0"], "above 0"),
                        (["--norm", "log", "--vmin", "-1", "--vmax", "1"], "above 0"), (["--norm", "lgo"], "log"),
                        (["--under", "rde"], "red")]:
        nsr.fails(nsr.USAGE, "render", tmp_path / "a.h5", "-o", tmp_path / "o.nsr", *words, says=says)


def test_video_has_the_same_levels(tmp_path):
    """The video shows the colours of the pictures; a changed norm makes outputs again, a known range is not scanned."""
    rng = np.random.default_rng(3)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = rng.gamma(0.3, size=(70, 8, 8)).astype("f4") + np.float32(1e-3)
    render = ["render", tmp_path / "a.h5", "-o", tmp_path / "o.nsr", "--json"]
    nsr.run(*render, "--format", "video,png")
    first = (tmp_path / "o.nsr/video.mp4").read_bytes()
    done = nsr.run(*render, "--norm", "log")
    assert (tmp_path / "o.nsr/video.mp4").read_bytes() != first
    alone = nsr.run("render", tmp_path / "a.h5", "-o", tmp_path / "p.nsr", "--norm", "log", "--format", "video")
    assert (tmp_path / "o.nsr/video.mp4").read_bytes() == (tmp_path / "p.nsr/video.mp4").read_bytes(), (done, alone)
