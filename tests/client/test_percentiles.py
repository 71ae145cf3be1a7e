# SPDX-License-Identifier: MIT
"""Exact percentiles against NumPy, on any ranks, threads, memory and way of reading; samples against NumPy's generator;
limits that pictures and bundles take from them."""
import json

import h5py
import numpy as np
import pytest

import nsr
import shim

PERCENTS = [0, 0.1, 1, 12.5, 25, 50, 75, 99, 99.9, 100]
TABLE = [0.1, 1, 5, 25, 50, 75, 95, 99, 99.9]
ASK = "--percentile=" + ",".join(map(str, TABLE))


def write(path, values, **how):
    with h5py.File(path, "w") as file:
        file.create_dataset("field", data=values, **how)
    return path


def wanted(values, percents):
    with np.errstate(invalid="ignore"):
        x = np.asarray(values, "f8")
    with np.errstate(all="ignore"):
        return np.percentile(x[np.isfinite(x)], percents)


def check(done, values, percents):
    got = done.json["percentiles"]
    assert list(got) == [f"{p:g}" for p in percents]
    for p, want in zip(percents, wanted(values, percents)):
        assert got[f"{p:g}"] == want, f"{p} %: {got[f'{p:g}']!r}, want {want!r}"


def values_of(kind, rng):
    if kind == "normal":
        return rng.normal(size=(1201, 67)).astype("f4")
    if kind == "double":
        return rng.normal(size=(701, 67)) * 10.0 ** rng.integers(-30, 30, (701, 67))
    if kind == "bits":
        return rng.integers(0, 2**32, (400, 90), dtype="u4").view("f4")
    if kind == "zeros":
        return np.where(rng.random((900, 40)) < 0.99, -0.0, rng.exponential(size=(900, 40))).astype("f4")
    if kind == "denormal":
        return (rng.integers(-5, 6, (300, 50)) * 5e-324)
    if kind == "holes":
        x = rng.gamma(0.3, size=(800, 30)).astype("f4")
        x[rng.random(x.shape) < 0.4] = np.nan
        x[::7, 3], x[::11, 4] = np.inf, -np.inf
        return x
    if kind == "big":
        return rng.integers(-2**62, 2**62, (300, 60))
    return rng.integers(0, 255, (640, 33)).astype(kind)


KINDS = ["normal", "double", "bits", "zeros", "denormal", "holes", "big", "i1", "u1", "i2", "u2", "i4", "u4", "u8", "f2",
         ">f4", ">f8"]


@pytest.mark.parametrize("kind", KINDS)
def test_equal_numpy(tmp_path, kind):
    values = values_of(kind, np.random.default_rng(KINDS.index(kind)))
    chunks = {"chunks": (50, 10), "compression": "gzip", "shuffle": True} if KINDS.index(kind) % 2 else {}
    path = write(tmp_path / "a.h5", values, **chunks)
    text = ",".join(map(str, PERCENTS))
    for ranks, more in [(0, []), (0, ["--threads", "3", "--io", "hdf5"]), (3, ["--threads", "2"])]:
        check(nsr.run("range", path, "--percentile", text, "--json", *more, ranks=ranks), values, PERCENTS)


@pytest.mark.parametrize("ranks", [1, 2, 5, 8])
def test_ranks(tmp_path, ranks):
    values = values_of("holes", np.random.default_rng(5))
    path = write(tmp_path / "a.h5", values)
    check(nsr.run("range", path, ASK, "--json", ranks=ranks), values, TABLE)


GENERATED = ["f4", "f8", "f2", "f4", ">f4", "f8", "i1", "f4", "i2", "f8", "i4", "u1", "f4", "u2", "u4", "f8", "i8", "u8"]


def generated(rng, n):
    """Any values: ordinary ones, and few odd ones again and again."""
    most = 1000 if n % 20 == 0 else 100
    shape = rng.integers(1, 2 * most), rng.integers(1, most)
    if GENERATED[n % len(GENERATED)][-2] in "iu":
        bounds = np.iinfo(GENERATED[n % len(GENERATED)])
        values = rng.integers(bounds.min, bounds.max, shape, dtype=GENERATED[n % len(GENERATED)], endpoint=True)
        return np.where(rng.random(shape) < rng.random(), rng.choice(values.ravel(), 3)[0], values)
    pool = rng.choice([0.0, -0.0, 1, -1, 1e-45, -1e-40, 3.4e38, -3.4e38, np.nan, np.inf, -np.inf, 0.1], 5)
    values = np.where(rng.random(shape) < rng.random(), rng.choice(pool, shape), rng.normal(size=shape))
    with np.errstate(over="ignore"):
        return values.astype(GENERATED[n % len(GENERATED)])


@pytest.mark.parametrize("n", range(4000 if nsr.LONG else 72))
def test_generated(tmp_path, n):
    rng = np.random.default_rng(1000 + n)
    values = generated(rng, n)
    if not np.isfinite(values).any():
        values[0, 0] = 7
    percents = sorted({float(np.round(p, 3)) for p in rng.random(4) * 100} | {0, 100})
    path, ranks = write(tmp_path / "a.h5", values), (0, 0, 0, 2, 0, 0, 3, 0, 0, 5, 0, 8)[n % 12]
    done = nsr.run("range", path, "--percentile", ",".join(map(str, percents)), "--json", ranks=ranks)
    check(done, values, percents)


@pytest.mark.parametrize("ranks", [0, 3])
def test_nothing_finite(tmp_path, ranks):
    path = write(tmp_path / "a.h5", np.where(np.arange(600).reshape(60, 10) % 3, np.nan, np.inf))
    done = nsr.run("range", path, "--percentile", "1,99", "--json", ranks=ranks)
    assert done.json["percentiles"] == {"1": None, "99": None} and done.json["n_finite"] == 0
    assert limits(done) == (0, 1)


# --- long recordings: judged from some frames, then counted in the pass for the range ---

LONG = 40960, 420


def long_values(kind):
    rng = np.random.default_rng(12)
    x = rng.normal(size=LONG).astype("f4") * np.linspace(0.1, 3, LONG[0], dtype="f4")[:, None]
    if kind == "ties":
        x[rng.random(LONG) < 0.6] = 0
    if kind == "holes":
        x[rng.random(LONG) < 0.3] = np.nan
        x[::100, 5], x[::77, 6] = np.inf, -np.inf
    if kind == "trend":
        x = np.exp(-np.abs(x) * np.linspace(0, 60, LONG[0], dtype="f4")[:, None])
    if kind == "misleading":  # the sampled frames are like no other
        x[np.arange(1024) * (LONG[0] - 1) // 1023] = 1e6
    return x.astype("f8") if kind == "double" else x


@pytest.mark.parametrize("kind", ["normal", "ties", "holes", "trend", "double", "misleading"])
def test_long(tmp_path, kind):
    """One pass, whatever the ranks; where the pilot sample misjudges, others follow, and the log reports it."""
    values, percents = long_values(kind), [0, 0.1, 1, 50, 97.5, 99, 100]
    if kind == "misleading":
        percents = [0.1, 1, 50, 97.5]
    path, want = write(tmp_path / "a.h5", values), wanted(values, percents)
    text = ",".join(map(str, percents))
    for ranks, more in [(0, []), (3, ["--threads", "1"]), (0, ["--memory", "24M", "--threads", "2"])]:
        done = nsr.run("range", path, "--json", "--percentile", text, *more, ranks=ranks)
        assert list(done.json["percentiles"].values()) == list(want), (ranks, more)
        assert (done.json["min"], done.json["max"]) == tuple(wanted(values, [0, 100]))
        assert done.json["n_below"] + done.json["n_above"] == 0
        assert ("misjudged" in done.err) == (kind == "misleading")
        if kind != "misleading" and not more:
            assert done.json["bytes_read"] < values.nbytes * 1.04, "values were read again"


def test_long_counts(tmp_path):
    """Values below and above the limits come from the same pass; in a bundle too."""
    values = long_values("trend")
    path, out = write(tmp_path / "a.h5", values), tmp_path / "o.nsr"
    low, high = wanted(values, [3, 98])
    done = nsr.run("range", path, "--json", "--percentile", "3,98", "-o", out, ranks=2)
    assert (done.json["vmin"], done.json["vmax"]) == (low, high)
    assert (done.json["n_below"], done.json["n_above"]) == ((values < low).sum(), (values > high).sum())
    done = nsr.run("range", path, "--json", "--percentile", "4,98", "-o", out)
    assert (done.json["vmin"], done.json["vmax"]) == tuple(wanted(values, [4, 98]))
    assert done.json["bytes_read"] < values.nbytes * 1.04


def test_mpio(tmp_path):
    values = values_of("holes", np.random.default_rng(5))
    path = write(tmp_path / "a.h5", values)
    check(nsr.run("range", path, ASK, "--json", "--io", "mpio", ranks=3), values, TABLE)


def test_little_memory_reads_again_and_says_so(tmp_path):
    values = np.random.default_rng(1).normal(size=(60000, 128)).astype("f4")
    path = write(tmp_path / "a.h5", values)
    cold = shim.env("preadv2", path=str(path), at=1, do="EAGAIN", many=True)  # nothing is in the page cache
    done = nsr.run("range", path, "--json", "--memory", "12M", "--threads", "1", "--percentile", "1,99", env=cold)
    check(done, values, [1, 99])
    assert "not kept in memory (--memory) and are read again" in done.err
    assert values.nbytes * 1.5 < done.json["bytes_read"] < values.nbytes * 2.1
    done = nsr.run("range", path, "--json", "--percentile", "1,99", env=cold)
    check(done, values, [1, 99])
    assert done.json["bytes_read"] == values.nbytes
    assert done.json["method"] == "exact minimum, maximum and percentiles"
    done = nsr.run("range", path, "--json")
    assert done.json["percentiles"] == {} and done.json["method"] == "exact minimum and maximum"


def test_bad_frames_are_left_out(tmp_path):
    values = np.random.default_rng(2).normal(size=(640, 32)).astype("f4")
    path = write(tmp_path / "a.h5", values, chunks=(64, 32), compression="gzip")
    with h5py.File(path, "r") as file:
        chunk = file["field"].id.get_chunk_info_by_coord((128, 0))
    with open(path, "r+b") as file:
        file.seek(chunk.byte_offset + chunk.size // 2)
        file.write(b"\xff" * 40)
    for ranks in 0, 2:
        done = nsr.run("range", path, "--json", "--percentile", "5,95", "--on-error", "fill", ranks=ranks)
        check(done, np.delete(values, slice(128, 192), 0), [5, 95])
        assert done.json["n_bad_frames"] == 64 and not done.json["complete"]


def test_text_is_a_table(tmp_path):
    values = np.random.default_rng(3).gamma(1, size=(200, 50))
    lines = nsr.run("range", write(tmp_path / "a.h5", values)).out.splitlines()
    table = {line.split()[0].rstrip("%"): float(line.split()[-1]) for line in lines[1:12]}
    assert list(table) == ["min", *[f"{p:g}" for p in TABLE], "max"]
    assert list(table.values()) == [values.min(), *wanted(values, TABLE), values.max()]


# --- as limits ---

def limits(done):
    return done.json["vmin"], done.json["vmax"]


def manifest(bundle):
    return json.loads((bundle / "manifest.json").read_text())


def test_limits_of_the_display(tmp_path):
    values = np.random.default_rng(4).gamma(0.5, size=(300, 48)).astype("f4")
    path, low_high = write(tmp_path / "a.h5", values), tuple(wanted(values, [2, 98]))
    command = ["range", path, "--json", "--percentile", "2,98"]
    assert limits(nsr.run(*command)) == low_high
    assert limits(nsr.run(*command, "--vmin", "0.25")) == (0.25, low_high[1])
    assert limits(nsr.run(*command, "--vmax", "9")) == (low_high[0], 9)
    assert limits(nsr.run("range", path, "--json")) == (values.min(), values.max())
    assert limits(nsr.run("range", path, "--json", "--percentile", "2,50,98")) == (values.min(), values.max())
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "-o", out, "--grid", "6x8", "--format", "png", "--percentile", "2,98")
    assert (manifest(out)["limits"]["vmin"], manifest(out)["limits"]["vmax"]) == low_high
    clipped = manifest(out)["clipped"]
    assert (clipped["below"], clipped["above"]) == ((values < low_high[0]).sum(), (values > low_high[1]).sum())


def test_refused(tmp_path):
    path = write(tmp_path / "a.h5", np.random.default_rng(4).random((20, 12)))
    render = ["render", path, "-o", tmp_path / "o.nsr", "--grid", "3x4"]
    for text, says in [("1", "two"), ("1,2,3", "two"), ("99,1", "below"), ("1,1", "two"), ("1,x", "number"),
                       ("1,101", "100")]:
        nsr.fails(nsr.USAGE, *render, "--percentile", text, says=says)
    nsr.fails(nsr.USAGE, "range", path, "--sample", "3", "--range-stride", "2", says="exclude")
    nsr.fails(nsr.USAGE, "range", path, "--range-stride", "x", says="whole number")
    assert not (tmp_path / "o.nsr").exists()


def test_a_second_render_does_not_scan_again(tmp_path):
    values = np.random.default_rng(6).gamma(0.5, size=(4000, 64)).astype("f4")
    path, out = write(tmp_path / "a.h5", values), tmp_path / "o.nsr"
    nsr.run("range", path, "--percentile", "1,50,99", "-o", out)
    plan = json.loads((out / "plan.json").read_text())
    assert [p["percent"] for p in plan["range"]["percentiles"]] == [1, 50, 99]
    render = ["render", path, "-o", out, "--grid", "8x8", "--format", "null", "--json"]
    once = values.nbytes * 1.2  # rendering reads all once, and the identity a few rows
    assert nsr.run(*render, "--percentile", "1,99").json["bytes_read"] < once
    other = tmp_path / "p.nsr"
    nsr.run("range", path, "--percentile", "1,99", "-o", other)
    done = nsr.run("range", path, "--percentile", "5,99", "-o", other, "--json")
    check(done, values, [5, 99])
    kept = json.loads((other / "plan.json").read_text())["range"]["percentiles"]
    assert [p["percent"] for p in kept] == [5, 99]
    assert [float.fromhex(p["hex"]) for p in kept] == list(wanted(values, [5, 99]))


# --- estimates ---

@pytest.mark.parametrize("n, of, seed", [(10, 100, 0), (100, 9000, 1), (9999, 10000, 7), (300, 20001, 2**33 + 5),
                                         (5000, 20001, 3), (20000, 20001, 4)])
def test_sample_is_numpys(tmp_path, n, of, seed):
    """A frame holds its own number, so the percentiles show which frames were drawn."""
    values = np.repeat(np.random.default_rng(9).permutation(of).astype("f8")[:, None], 2, 1)
    chosen = np.random.default_rng(seed).choice(of, size=n, replace=False)
    path = write(tmp_path / "a.h5", values, chunks=(min(of, 500), 2))
    percents = [0, 1, 17, 50, 83, 99, 100]
    for ranks in 0, 3:
        done = nsr.run("range", path, "--sample", n, "--seed", seed, "--json", "--percentile",
                       ",".join(map(str, percents)), ranks=ranks)
        check(done, values[chosen], percents)
        assert done.json["n_values"] == 2 * n
        assert str(n) in done.json["method"] and "estimate" in done.json["method"] and "estimate" in done.err


@pytest.mark.parametrize("seed", [0, 42])
def test_sample_is_neurospatials(tmp_path, seed):
    """Its function with its defaults, 10,000 frames and 1 and 99 %, given doubles: it interpolates floats as floats."""
    from neurospatial.animation.core import estimate_colormap_range_from_subset
    values = np.random.default_rng(8).gamma(0.5, size=(12000, 6))
    values[::50] = np.nan
    path = write(tmp_path / "a.h5", values)
    want = estimate_colormap_range_from_subset(values, seed=seed)
    assert limits(nsr.run("range", path, "--sample", "--seed", seed, "--json", ranks=2)) == tuple(want)
    want = estimate_colormap_range_from_subset(values, n_samples=700, percentile=(5, 90), seed=seed)
    assert limits(nsr.run("range", path, "--sample=700", "--seed", seed, "--percentile", "5,90", "--json")) == tuple(want)


def test_stride_is_neurospatials(tmp_path):
    """What it takes for napari from more than 200,000 frames."""
    from neurospatial.animation.rendering import compute_global_colormap_range
    values = np.random.default_rng(8).normal(size=(230001, 3))
    path = write(tmp_path / "a.h5", values)
    want = compute_global_colormap_range(values, sample_stride=max(1, len(values) // 50_000))
    assert limits(nsr.run("range", path, "--range-stride", "auto", "--json", ranks=2)) == tuple(want)
    want = compute_global_colormap_range(values)
    assert limits(nsr.run("range", path, "--json")) == tuple(want)


def test_sample_limits(tmp_path):
    values = np.random.default_rng(8).gamma(0.5, size=(3000, 20))
    path = write(tmp_path / "a.h5", values)
    rows = values[np.random.default_rng(3).choice(3000, 500, replace=False)]
    assert limits(nsr.run("range", path, "--sample", "500", "--seed", "3", "--json")) == tuple(wanted(rows, [1, 99]))
    assert limits(nsr.run("range", path, "--sample", "5000", "--json")) == tuple(wanted(values, [1, 99]))
    assert limits(nsr.run("range", path, "--sample", "--seed", "3", "--json")) == tuple(wanted(values, [1, 99]))
    done = nsr.run("range", path, "--sample", "30", "--json")
    assert done.json["bytes_read"] < values.nbytes / 10, "reads more than the chosen frames"
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "-o", out, "--grid", "4x5", "--format", "png", "--sample", "500", "--seed", "3")
    kept = manifest(out)
    assert (kept["limits"]["vmin"], kept["limits"]["vmax"]) == tuple(wanted(rows, [1, 99]))
    assert not kept["range"]["exact"] and "500 of 3000" in kept["range"]["of"] and kept["range"]["n_values"] == 10000
    nsr.run("verify", out, "--against", path)


def test_stride(tmp_path):
    values = np.random.default_rng(8).normal(size=(3001, 10))
    path = write(tmp_path / "a.h5", values)
    for ranks in 0, 3:
        done = nsr.run("range", path, "--range-stride", "7", ASK, "--json", ranks=ranks)
        check(done, values[::7], TABLE)
        assert limits(done) == (values[::7].min(), values[::7].max()) and "every 7th" in done.json["method"]
    done = nsr.run("range", path, "--range-stride", "auto", ASK, "--json")
    check(done, values, TABLE)
    assert done.json["method"].startswith("exact")
    done = nsr.run("range", path, "--range-stride", "2", "--frames", "100:1000:3", ASK, "--json")
    check(done, values[100:1000:3][::2], TABLE)


def test_stride_auto_of_many(tmp_path):
    values = np.random.default_rng(8).normal(size=(260001, 4)).astype("f4")
    path = write(tmp_path / "a.h5", values)
    done = nsr.run("range", path, "--range-stride", "auto", ASK, "--json")
    check(done, values[::5], TABLE)


@pytest.mark.parametrize("words", [["--sample", 5], ["--range-stride", 2]])
def test_a_stack_of_integers_takes_no_estimate(tmp_path, words):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["field"] = np.random.default_rng(0).random((40, 4, 5)).astype("f4")
    make = ["render", tmp_path / "a.h5", "-o", tmp_path / "o.nsr", *words]
    nsr.fails(nsr.USAGE, *make, says=["exact", "--percentile"])
    assert not (tmp_path / "o.nsr").exists()
    nsr.run(*make, "--zarr-dtype", "f32")
