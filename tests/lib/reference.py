# SPDX-License-Identifier: MIT
"""What pictures and videos must show, worked out from the values with NumPy and matplotlib and from the rules of the
manual alone. Nothing here depends on how the program does it."""
import matplotlib
import numpy as np
from matplotlib.colors import Normalize, to_rgb

LIGHTGRAY, WHITE = (211, 211, 211), (255, 255, 255)
NODATA, BACKGROUND = 256, 257


# --- values to colours ---

def limits(values, vmin=None, vmax=None):
    """The window of the display: the exact finite range, a given side in its place, a constant widened by a half."""
    finite = np.asarray(values)[np.isfinite(values)]
    low = vmin if vmin is not None else float(finite.min()) if finite.size else 0.0
    high = vmax if vmax is not None else float(finite.max()) if finite.size else 1.0
    return (low - 0.5, high + 0.5) if low == high else (low, high)


def colormap(name):
    """matplotlib's, of 256 levels: twilight is the only one that has more (510)."""
    cmap = matplotlib.colormaps[name]
    return cmap if cmap.N == 256 else cmap.resampled(256)


def bytes_of(rgba):
    """0..1 to 0..255, halves up, as the rasteriser rounds."""
    return np.floor(np.asarray(rgba)[..., :3] * 255 + 0.5).astype(np.uint8)


def colours(values, vmin, vmax, cmap="viridis", nodata=LIGHTGRAY):
    """What matplotlib draws, (..., 3) of uint8: its normalisation in float64, its table, rounded."""
    values = np.asarray(values, np.float64)
    normed = Normalize(vmin, vmax)(np.where(np.isfinite(values), values, vmin))
    rgb = bytes_of(colormap(cmap)(np.atleast_1d(normed))).reshape(*values.shape, 3)
    rgb[~np.isfinite(values)] = nodata
    return rgb


def normed_colours(values, norm, under=None, over=None, nodata="lightgray"):
    """What matplotlib draws by one of its norms, (..., 3) of uint8."""
    cmap = matplotlib.colormaps["viridis"].with_extremes(bad=nodata, under=under, over=over)
    with np.errstate(all="ignore"):
        flat = norm(np.ma.masked_invalid(np.asarray(values, np.float64).ravel()))
        return bytes_of(cmap(flat)).reshape(*np.shape(values), 3)


def levels(values, vmin, vmax):
    """0..255, NODATA."""
    values = np.asarray(values, np.float64)
    finite = np.isfinite(values)
    normed = (np.where(finite, values, vmin) - vmin) / (vmax - vmin)
    level = np.clip((normed * 256).astype(np.int64), 0, 255)
    return np.where(finite, np.where(normed < 0, 0, level), NODATA)


def palette(cmap="viridis", nodata=LIGHTGRAY, background=WHITE):
    """258 rows of uint8."""
    return np.vstack([bytes_of(colormap(cmap)(np.arange(256))), [nodata], [background]]).astype(np.uint8)


def rgb8(name):
    return tuple(int(round(255 * x)) for x in to_rgb(name))


# --- the picture ---

def scale(box, cells, automatic):
    """Pixels of a square cell: the largest multiple of 8 (auto only), else of 2, else 1, with which all cells fit."""
    most = min(box[0] // cells[0], box[1] // cells[1])
    assert most >= 1
    if automatic and most >= 8:
        return most // 8 * 8
    return most // 2 * 2 if most >= 2 else 1


def place(cells, size=None):
    """(width, height), scale and (column, row) of the upper left cell, for `cells` (columns, rows) of square bins."""
    k = scale(size or (800, 800), cells, size is None)
    w, h = cells[0] * k, cells[1] * k
    if size is None:
        return (w + w % 2, h + h % 2), k, (0, 0)
    return size, k, tuple((outer - inner) // 2 // 2 * 2 for outer, inner in zip(size, (w, h)))


def picture(image, size=None, background=WHITE):
    """A frame's colours or levels, row 0 on top, as the picture of square bins."""
    (w, h), k, (x, y) = place((image.shape[1], image.shape[0]), size)
    canvas = np.empty((h, w, *image.shape[2:]), image.dtype)
    canvas[:] = background
    cells = image.repeat(k, axis=0).repeat(k, axis=1)
    canvas[y:y + cells.shape[0], x:x + cells.shape[1]] = cells
    return canvas


# --- the clock of a video ---

def shown_times(times):
    """Seconds since the first frame; steps longer than ten median steps count as one median step."""
    steps = np.diff(times)
    median = np.median(steps) if steps.size else 0.0
    return np.concatenate([[0.0], np.cumsum(np.where(steps > 10 * median, median, steps))])


def video_frames(values, times, fps=30, speed=1.0, how="mean"):
    """Values of each output frame. Output frame k shows the moment k * speed / fps; data frames from that moment to the
    next fall into it; one into which none falls shows the last data frame before it."""
    shown, tick = shown_times(times), speed / fps
    number = np.floor(shown / tick + 1e-4).astype(np.int64)
    frames = []
    for k in range(number[-1] + 1):
        mine = np.flatnonzero(number == k)
        if mine.size == 0:
            frames.append(values[np.flatnonzero(number < k)[-1]].astype(np.float64))
        else:
            frames.append(resample(values[mine], np.abs(shown[mine] - k * tick), how))
    return np.array(frames)


def resample(values, distance, how):
    """Of finite values only; NaN where a bin has none."""
    values = np.asarray(values, np.float64)
    if how == "nearest":
        return values[np.argmin(distance)]
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        if how == "max":
            best = np.where(finite, values, -np.inf).max(0)
        else:
            total = np.zeros(values.shape[1:])
            for one in np.where(finite, values, 0.0): # one after the other: sums in another order round otherwise
                total += one
            best = total / finite.sum(0)
    return np.where(finite.any(0), best, np.nan)


# --- BT.709, limited range ---

def yuv(rgb):
    """(..., 3) of uint8 to Y, Cb, Cr, rounded."""
    r, g, b = np.moveaxis(np.asarray(rgb, np.float64) / 255, -1, 0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    parts = 16 + 219 * y, 128 + 224 * (b - y) / 1.8556, 128 + 224 * (r - y) / 1.5748
    return np.stack([np.floor(p + 0.5) for p in parts], axis=-1).astype(np.int64)


def planes(rgb_picture):
    """Y, U, V of one picture; a 2 x 2 block has the rounded mean of its pixels' chroma."""
    full = yuv(rgb_picture)
    blocks = full[..., 1:].reshape(full.shape[0] // 2, 2, full.shape[1] // 2, 2, 2).sum(axis=(1, 3))
    chroma = (blocks + 2) // 4
    return full[..., 0], chroma[..., 0], chroma[..., 1]
