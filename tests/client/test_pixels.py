# SPDX-License-Identifier: MIT
"""Every pixel of every PNG against NumPy and matplotlib, from the same file read with h5py."""
import h5py
import matplotlib
import numpy as np
import pytest
from PIL import Image

import nsr
import reference as ref


def field(shape, dtype="f4", seed=1):
    """Smooth bumps with NaN, infinities, a frame without data, a constant one and one of zeros."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(0.5, 0.1, shape)
    values[1, ..., 0] = np.nan
    values[2] = np.nan
    values[3].flat[:3] = np.inf, -np.inf, np.nan
    values[4] = 0.125
    values[5] = 0
    return values.astype(dtype)


def write(path, values, **how):
    with h5py.File(path, "w") as file:
        file.create_dataset("p", data=values, **how)
    return path


def pixels(bundle, frame):
    with Image.open(nsr.frame_png(bundle, frame)) as image:
        return np.asarray(image.convert("RGB"))


def check(bundle, frames, size=None, vmin=None, vmax=None, cmap="viridis", background=ref.WHITE, nodata=ref.LIGHTGRAY,
          window=None):
    """`frames`: (n, rows, columns), row 0 on top."""
    low, high = ref.limits(frames if window is None else window, vmin, vmax)
    want = ref.colours(frames, low, high, cmap, nodata)
    for i, image in enumerate(want):
        have, expected = pixels(bundle, i), ref.picture(image, size, background)
        assert have.shape == expected.shape
        differ = np.argwhere((have != expected).any(-1))
        assert not len(differ), f"frame {i}: {len(differ)} pixels differ, first at row, column {differ[0]}: " \
                                f"{have[tuple(differ[0])]}, want {expected[tuple(differ[0])]}"


@pytest.mark.parametrize("cmap", ["viridis", "viridis_r", "hot", "coolwarm", "gray_r", "twilight", "turbo", "jet"])
def test_colormaps(tmp_path, cmap):
    values = field((8, 6, 9))
    path = write(tmp_path / "a.h5", values)
    nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png", "--cmap", cmap)
    check(tmp_path / "o.nsr", values, cmap=cmap)


def test_every_colormap_of_matplotlib(tmp_path):
    """All continuous ones that the installed matplotlib has, and all reversed; one frame with every level."""
    values = (np.arange(256, dtype="f8").reshape(1, 16, 16) + 0.5)
    path = write(tmp_path / "a.h5", values)
    names = [n for n in sorted(matplotlib.colormaps) if matplotlib.colormaps[n].N >= 256 and "." not in n]
    assert len(names) > 100
    some = names if nsr.LONG else names[::6] + ["viridis", "cividis_r"]
    unknown = []
    for name in some:
        out = tmp_path / f"{name}.nsr"
        done = nsr.run("render", path, "-o", out, "--format", "png", "--cmap", name, "--vmin", 0, "--vmax", 256, code=None)
        if done.code:
            unknown.append((name, done.err))
            continue
        check(out, values, vmin=0, vmax=256, cmap=name)
    assert not unknown


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("io", ["direct", "hdf5", "mpio"])
def test_types_and_byte_orders(tmp_path, dtype, io):
    values = field((9, 5, 7), dtype, seed=2)
    for name, how in {"plain": {}, "gzip": dict(chunks=(4, 5, 3), compression="gzip", shuffle=True)}.items():
        path = write(tmp_path / f"{name}.h5", values, **how)
        nsr.run("render", path, "-o", tmp_path / f"{name}.nsr", "--format", "png", "--io", io)
        check(tmp_path / f"{name}.nsr", values)


@pytest.mark.parametrize("shape", [(40, 40), (1, 1), (2, 150), (150, 2), (99, 101), (17, 31), (130, 130), (399, 3), (401, 5),
                                   (900, 4)])
def test_auto_size(tmp_path, shape):
    """The largest multiple of 8 with which the longer side stays within 800, else of 2, else 1; both sides even."""
    values = field((6, *shape), seed=3)
    path = write(tmp_path / "a.h5", values)
    nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png")
    geometry = nsr.manifest(tmp_path / "o.nsr")["geometry"]
    assert geometry["width"] % 2 == geometry["height"] % 2 == 0
    if max(shape) > 800:
        assert geometry["cell"] == [1, 1]
        low, high = ref.limits(values)
        have = pixels(tmp_path / "o.nsr", 0)
        assert (have[:shape[0], :shape[1]] == ref.colours(values[0], low, high)).all()
    else:
        check(tmp_path / "o.nsr", values)


@pytest.mark.parametrize("size", [(640, 480), (321, 243), (100, 100), (14, 10), (15, 11), (29, 21)])
def test_explicit_size(tmp_path, size):
    """Centred, equal aspect, the largest whole scale that fits, even where possible; background around."""
    values = field((6, 5, 7), seed=4)
    path = write(tmp_path / "a.h5", values)
    done = nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png", "--size", f"{size[0]}x{size[1]}", code=None)
    if size[0] % 2 or size[1] % 2:
        if done.code:
            assert done.code == nsr.USAGE and "even" in done.err
            return
    assert done.code == 0, done
    check(tmp_path / "o.nsr", values, size)


def test_margins_and_no_data_have_their_own_colours(tmp_path):
    values = field((6, 5, 7), seed=5)
    path = write(tmp_path / "a.h5", values)
    nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png", "--size", "90x80", "--background", "tab:blue",
            "--nodata-color", "#ff8000")
    check(tmp_path / "o.nsr", values, (90, 80), background=ref.rgb8("tab:blue"), nodata=(255, 128, 0))


def test_flat_bins_with_grid(tmp_path):
    """--grid AxB: a flat bin axis in C order; tyx, so A rows of B columns, row 0 on top."""
    values = field((8, 35), seed=6)
    path = write(tmp_path / "a.h5", values)
    nsr.run("render", path, "--grid", "5x7", "-o", tmp_path / "o.nsr", "--format", "png")
    check(tmp_path / "o.nsr", values.reshape(8, 5, 7))


@pytest.mark.parametrize("axes", [None, "tyx", "txy"])
@pytest.mark.parametrize("origin", [None, "upper", "lower"])
def test_orientation(tmp_path, axes, origin):
    values = field((6, 5, 7), seed=7)
    path = write(tmp_path / "a.h5", values)
    words = [*(["--axes", axes] if axes else []), *(["--origin", origin] if origin else [])]
    done = nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png", *words)
    frames = values.transpose(0, 2, 1) if axes == "txy" else values
    check(tmp_path / "o.nsr", frames[:, ::-1] if origin == "lower" else frames)
    assert done.err.count("orientation: ") == 1
    affine = np.array(nsr.manifest(tmp_path / "o.nsr")["geometry"]["affine"])
    low, high = ref.limits(values)
    for row, column in ((0, 0), (2, 3), (frames.shape[1] - 1, frames.shape[2] - 1)):
        x, y = np.floor(affine @ (column, row, 1)).astype(int)  # axis indices; cell centres at whole numbers
        assert (pixels(tmp_path / "o.nsr", 0)[y, x] == ref.colours(frames[0, row, column], low, high)).all()


def test_dimension_scales_decide_the_axes(tmp_path):
    values = field((6, 5, 7), seed=8)
    path = write(tmp_path / "a.h5", values)
    with h5py.File(path, "r+") as file:
        for i, name in enumerate(("time", "x_position", "y_position")):
            file[name] = np.arange(values.shape[i], dtype="f8")
            file[name].make_scale(name)
            file["p"].dims[i].attach_scale(file[name])
    nsr.run("render", path, "--field", "p", "-o", tmp_path / "o.nsr", "--format", "png")
    seen = [pixels(tmp_path / "o.nsr", i) for i in range(6)]
    want = ref.colours(values.transpose(0, 2, 1), *ref.limits(values))
    upright = [ref.picture(w[::-1]) for w in want]  # coordinates: y goes up
    bare = [ref.picture(w) for w in want]
    assert all((a == b).all() for a, b in zip(seen, upright)) or all((a == b).all() for a, b in zip(seen, bare))


@pytest.mark.parametrize("vmin, vmax", [(0.05, None), (None, 0.1), (0.02, 0.2), (-1, 3)])
def test_given_limits_clip_and_say_so(tmp_path, vmin, vmax):
    values = field((8, 5, 7), "f8", seed=9)
    path = write(tmp_path / "a.h5", values)
    words = [*(["--vmin", vmin] if vmin is not None else []), *(["--vmax", vmax] if vmax is not None else [])]
    done = nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png", *words)
    check(tmp_path / "o.nsr", values, vmin=vmin, vmax=vmax)
    low, high = ref.limits(values, vmin, vmax)
    finite = values[np.isfinite(values)]
    clipped = nsr.manifest(tmp_path / "o.nsr")["clipped"]
    assert clipped == {"below": int((finite < low).sum()), "above": int((finite > high).sum()),
                       "no_data": int((~np.isfinite(values)).sum())}
    for n in (clipped["below"], clipped["above"]):
        assert not n or str(n) in done.err


@pytest.mark.parametrize("values, window", [
    (np.full((6, 3, 4), np.nan), (0, 1)), (np.full((6, 3, 4), 3.25), (2.75, 3.75)), (np.zeros((6, 3, 4)), (-0.5, 0.5)),
    (np.where(np.arange(72).reshape(6, 3, 4) % 5 == 0, np.inf, -7.0), (-7.5, -6.5)), (np.full((6, 3, 4), -np.inf), (0, 1))])
def test_ranges_without_width(tmp_path, values, window):
    path = write(tmp_path / "a.h5", values.astype("f4"))
    nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png")
    have = nsr.manifest(tmp_path / "o.nsr")["limits"]
    assert (have["vmin"], have["vmax"]) == window
    check(tmp_path / "o.nsr", values, vmin=window[0], vmax=window[1])


def distinct_colours(path):
    """A colormap of our own in which every level has its own colour."""
    table = np.stack([np.arange(256), 255 - np.arange(256), np.arange(256) ^ 85], axis=1)
    path.write_text("# r g b\n" + "\n".join(" ".join(map(str, row)) for row in table) + "\n")
    return table


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_levels_are_exact_at_every_boundary(tmp_path, dtype):
    """For several windows: the values at which matplotlib's level changes, and their neighbours on both sides."""
    table = distinct_colours(tmp_path / "map.txt")
    for number, (low, high) in enumerate([(0.0, 1.0), (-3.7, 11.3), (1e-12, 3e-9), (0.1, 0.7), (-1e6, 1e30)]):
        edges = (low + (high - low) * np.arange(257) / 256).astype(dtype)
        values = np.stack([np.nextafter(edges, edges.dtype.type(-np.inf)), edges,
                           np.nextafter(edges, edges.dtype.type(np.inf))]).reshape(1, 3, 257)
        path = write(tmp_path / f"{number}.h5", values)
        out = tmp_path / f"{number}.nsr"
        nsr.run("render", path, "-o", out, "--format", "png", "--vmin", repr(low), "--vmax", repr(high), "--cmap",
                tmp_path / "map.txt")
        k = 800 // 257 // 2 * 2 if 800 // 257 >= 2 else 1
        have = pixels(out, 0)[::k, ::k][:3, :257]
        with np.errstate(over="ignore"):
            want = table[ref.levels(values[0], low, high)]
        differ = np.argwhere((have != want).any(-1))
        assert not len(differ), f"window {low}, {high}: {len(differ)} levels differ, e.g. {values[0][tuple(differ[0])]!r}"


def test_more_than_256_colours_become_rgb(tmp_path):
    """256 levels with no data and margins are 258 colours, which no palette holds; fewer make a palette."""
    table = distinct_colours(tmp_path / "map.txt")
    all_levels = (np.arange(256) + 0.5).reshape(16, 16)
    with_gap = np.concatenate([all_levels, np.full((1, 16), np.nan)])
    few = np.concatenate([np.floor(all_levels / 8) * 8, np.full((1, 16), np.nan)])
    path = write(tmp_path / "a.h5", np.stack([with_gap, few]))
    nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png", "--vmin", 0, "--vmax", 256, "--cmap",
            tmp_path / "map.txt", "--size", "40x40")
    for frame, (values, mode) in enumerate(((with_gap, "RGB"), (few, "P"))):
        with Image.open(nsr.frame_png(tmp_path / "o.nsr", frame)) as image:
            assert image.mode == mode
        colour = np.vstack([table, [ref.LIGHTGRAY]])[ref.levels(values, 0, 256)].astype(np.uint8)
        assert (pixels(tmp_path / "o.nsr", frame) == ref.picture(colour, (40, 40))).all()


def test_a_file_carries_its_index_in_the_recording(tmp_path):
    values = field((40, 5, 7), seed=10)
    path = write(tmp_path / "a.h5", values)
    nsr.run("render", path, "-o", tmp_path / "o.nsr", "--format", "png", "--frames", "6:31:4")
    names = sorted(p.name for p in (tmp_path / "o.nsr" / "frames").glob("*/*"))
    assert names == [f"frame_{i:07d}.png" for i in range(6, 31, 4)]
    low, high = ref.limits(values[6:31:4])  # the range is that of the selection
    for i in range(6, 31, 4):
        assert (pixels(tmp_path / "o.nsr", i) == ref.picture(ref.colours(values[i], low, high))).all()


def test_a_selection_by_seconds(tmp_path):
    values = field((60, 5, 7), seed=11)
    path = write(tmp_path / "a.h5", values)
    with h5py.File(path, "r+") as file:
        file["time"] = 1.7e9 + np.arange(60) * 0.1
    for words, frames in ((["--time", "1:2"], range(10, 20)), (["--time", ":0.55"], range(6)), (["--time", "5.05:"], range(51, 60)),
                          (["--time", "1700000001:1700000002", "--clock", "file"], range(10, 20))):
        out = tmp_path / f"{len(list(tmp_path.iterdir()))}.nsr"
        nsr.run("render", path, "--field", "p", "-o", out, "--format", "png", *words)
        have = sorted(int(p.stem[6:]) for p in (out / "frames").glob("*/*"))
        ends = {frames[0], frames[-1]} | {frames[-1] + 1}  # whether the last moment belongs to it is the manual's to say
        assert have[0] == frames[0] and have[-1] in ends, (words, have)
