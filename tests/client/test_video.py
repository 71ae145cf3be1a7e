# SPDX-License-Identifier: MIT
"""The video as other programs decode it, against frames worked out from the values and the times by the rules of the
manual. With --crf 0 the encoder loses nothing, so that every sample must be equal."""
import h5py
import numpy as np
import pytest

import films
import nsr
import reference as ref

EXACT = ("--crf", 0)


def field(n, rows=6, columns=9, seed=1):
    """A bump that wanders, so that neighbouring frames differ; NaN in places."""
    rng = np.random.default_rng(seed)
    at = rng.random((n, 1, 1, 2)) * (rows, columns)
    y, x = np.mgrid[:rows, :columns]
    values = np.exp(-((y - at[..., 0]) ** 2 + (x - at[..., 1]) ** 2) / 6) + 0.02 * rng.random((n, rows, columns))
    values[rng.random(values.shape) < 0.02] = np.nan
    return values.astype("f4")


def write(path, values, times=None):
    with h5py.File(path, "w") as file:
        file["p"] = values
        if times is not None:
            file["time"] = times
    return path


def render(path, bundle, *words, ranks=0):
    done = nsr.run("render", path, "--field", "p", "-o", bundle, "--format", "video", *words, ranks=ranks)
    return bundle / "video.mp4", done


def check_exact(video, frames, window, size=None):
    """`frames`: values of each output frame."""
    colours = ref.colours(frames, *window)
    (w, h), _, _ = ref.place((frames.shape[2], frames.shape[1]), size)
    have = films.decode_yuv(video, w, h)
    assert len(have[0]) == len(frames)
    for i, image in enumerate(colours):
        for plane, want in zip(have, ref.planes(ref.picture(image, size))):
            assert (plane[i] == want).all(), f"output frame {i}: {(plane[i] != want).sum()} samples differ"


def check_close(video, frames, window, size=None, mean=2.0, centre=12):
    """As a player shows it: bin centres within a tolerance of the palette's colour."""
    colours = ref.colours(frames, *window).astype(int)
    (w, h), k, (x, y) = ref.place((frames.shape[2], frames.shape[1]), size)
    have = films.decode_rgb(video, w, h)
    assert len(have) == len(frames)
    middle = have[:, y + k // 2:y + k * frames.shape[1]:k, x + k // 2:x + k * frames.shape[2]:k].astype(int)
    off = np.abs(middle - colours)
    assert off.mean() <= mean and off.max() <= centre, f"off by {off.mean():.2f} in the mean, {off.max()} at most"


# --- colours ---

@pytest.mark.parametrize("size", [None, (320, 240), (64, 48), (14, 10)])
def test_every_sample_without_loss(tmp_path, size):
    """Even cells, margins, odd cells that share chroma, cells of a pixel."""
    values = field(70)
    path = write(tmp_path / "a.h5", values)
    video, _ = render(path, tmp_path / "o.nsr", *EXACT, *(["--size", f"{size[0]}x{size[1]}"] if size else []))
    check_exact(video, values, ref.limits(values), size)


@pytest.mark.parametrize("shape, size", [((5, 7), (36, 26)), ((7, 5), (20, 28)), ((33, 31), (62, 66)), ((3, 301), None)])
def test_odd_maps_without_loss(tmp_path, shape, size):
    values = field(66, *shape, seed=2)
    path = write(tmp_path / "a.h5", values)
    video, _ = render(path, tmp_path / "o.nsr", *EXACT, *(["--size", f"{size[0]}x{size[1]}"] if size else []))
    check_exact(video, values, ref.limits(values), size)


@pytest.mark.parametrize("preset", ["ultrafast", "medium"])
@pytest.mark.parametrize("size", [None, (320, 240)])
def test_colours_at_the_default_quality(tmp_path, preset, size):
    values = field(100, seed=3)
    path = write(tmp_path / "a.h5", values)
    video, _ = render(path, tmp_path / "o.nsr", "--preset", preset, *(["--size", f"{size[0]}x{size[1]}"] if size else []))
    check_close(video, values, ref.limits(values), size)


def test_given_limits_and_colormap(tmp_path):
    values = field(64, seed=4)
    path = write(tmp_path / "a.h5", values)
    words = ("--vmin", 0.1, "--vmax", 0.6, "--cmap", "magma_r", "--nodata-color", "red", "--background", "navy", "--size", "80x60")
    video, _ = render(path, tmp_path / "o.nsr", *EXACT, *words)
    colours = ref.colours(values, 0.1, 0.6, "magma_r", ref.rgb8("red"))
    have = films.decode_yuv(video, 80, 60)
    for i, image in enumerate(colours):
        for plane, want in zip(have, ref.planes(ref.picture(image, (80, 60), ref.rgb8("navy")))):
            assert (plane[i] == want).all()


# --- the clock ---

def test_one_output_frame_per_data_frame_where_rates_agree(tmp_path):
    values = field(200, seed=5)
    for name, times in (("zero", np.arange(200) / 30), ("unix", 1.7e9 + np.arange(200) / 30), ("offset", 12.345 + np.arange(200) / 30)):
        path = write(tmp_path / f"{name}.h5", values, times)
        video, _ = render(path, tmp_path / f"{name}.nsr", *EXACT, "--size", "72x48")
        check_exact(video, values, ref.limits(values), (72, 48))
    words = ("--fps", 50, "--size", "72x48")
    video, _ = render(write(tmp_path / "b.h5", values, np.arange(200) / 50), tmp_path / "b.nsr", *EXACT, *words)
    check_exact(video, values, ref.limits(values), (72, 48))


def test_without_times_each_frame_is_one(tmp_path):
    values = field(90, seed=6)
    video, _ = render(write(tmp_path / "a.h5", values), tmp_path / "o.nsr", *EXACT, "--fps", 24, "--size", "72x48")
    check_exact(video, values, ref.limits(values), (72, 48))
    assert films.stream(video)["avg_frame_rate"] == "24/1"


@pytest.mark.parametrize("rate, fps, speed", [(240, 30, 1), (100, 30, 1), (500, 30, 1.7), (25, 60, 1), (30, 30, 0.25), (30, 30, 4),
                                              (29.97, 30, 1)])
def test_mean_of_several_frames_or_a_held_one(tmp_path, rate, fps, speed):
    """Any number of data frames in an output frame; segments of 64 data frames, so that borders of segments are
    crossed."""
    values, times = field(400, 4, 5, seed=7), 3.0 + np.arange(400) / rate
    path = write(tmp_path / "a.h5", values, times)
    video, done = render(path, tmp_path / "o.nsr", *EXACT, "--fps", fps, "--speed", speed, "--segment-frames", 64, "--size", "40x32")
    frames = ref.video_frames(values, times, fps, speed)
    check_exact(video, frames, ref.limits(values), (40, 32))
    if rate * speed / fps > 2:
        assert "averaged" in done.err and "video" in done.err


@pytest.mark.parametrize("how", ["mean", "max", "nearest"])
def test_ways_of_resampling(tmp_path, how):
    """Irregular times; a bin that is NaN in some frames is made of the others, and no data only where all are."""
    rng = np.random.default_rng(8)
    values, times = field(500, 4, 5, seed=8), np.cumsum(rng.uniform(0.002, 0.012, 500))
    values[:, 0, 0] = np.where(rng.random(500) < 0.7, np.nan, values[:, 0, 0])
    values[100:140, 1, 1] = np.nan
    values[30:33, 2, 2] = np.inf, -np.inf, np.nan
    path = write(tmp_path / "a.h5", values, times)
    video, _ = render(path, tmp_path / "o.nsr", *EXACT, "--resample", how, "--segment-frames", 64, "--size", "40x32")
    check_exact(video, ref.video_frames(values, times, how=how), ref.limits(values), (40, 32))


def test_every_frame(tmp_path):
    values, times = field(130, 4, 5, seed=9), np.cumsum(np.random.default_rng(9).uniform(0.001, 0.5, 130))
    path = write(tmp_path / "a.h5", values, times)
    video, _ = render(path, tmp_path / "o.nsr", *EXACT, "--every-frame", "--size", "40x32")
    check_exact(video, values, ref.limits(values), (40, 32))


def test_gaps_are_cut_and_told(tmp_path):
    """Steps longer than ten median steps; one of nine is held instead."""
    values = field(300, 4, 5, seed=10)
    steps = np.full(299, 1 / 30)
    steps[[50, 128, 191, 192]] = 3600, 2.5, 100, 11 / 30
    steps[250] = 9 / 30
    times = 5 + np.concatenate([[0], np.cumsum(steps)])
    path = write(tmp_path / "a.h5", values, times)
    video, done = render(path, tmp_path / "o.nsr", *EXACT, "--segment-frames", 64, "--size", "40x32")
    frames = ref.video_frames(values, times)
    assert len(frames) < 320
    check_exact(video, frames, ref.limits(values), (40, 32))
    assert "4 gaps" in done.err and nsr.manifest(tmp_path / "o.nsr")["times"]["gaps_cut"] == 4


def test_long_holds_span_segments(tmp_path):
    """Slow data: one data frame a second, held for thirty output frames, also over the end of a segment."""
    values, times = field(70, 4, 5, seed=11), np.arange(70) * 1.0
    path = write(tmp_path / "a.h5", values, times)
    video, _ = render(path, tmp_path / "o.nsr", *EXACT, "--segment-frames", 32, "--size", "40x32", ranks=2)
    check_exact(video, ref.video_frames(values, times), ref.limits(values), (40, 32))


def test_more_segments_than_output_frames(tmp_path):
    """Fast data: segments that hold no output frame of their own."""
    values, times = field(640, 3, 4, seed=12), np.arange(640) / 3000
    path = write(tmp_path / "a.h5", values, times)
    video, _ = render(path, tmp_path / "o.nsr", *EXACT, "--segment-frames", 32, "--size", "24x18", ranks=3)
    check_exact(video, ref.video_frames(values, times), ref.limits(values), (24, 18))


def test_a_selection(tmp_path):
    """The clock is that of the selection."""
    values, times = field(300, 4, 5, seed=13), 100 + np.arange(300) / 60
    path = write(tmp_path / "a.h5", values, times)
    video, _ = render(path, tmp_path / "o.nsr", *EXACT, "--frames", "31:250:3", "--size", "40x32")
    selected = values[31:250:3]
    check_exact(video, ref.video_frames(selected, times[31:250:3]), ref.limits(selected), (40, 32))


def test_one_frame(tmp_path):
    values = field(1, seed=14)
    video, _ = render(write(tmp_path / "a.h5", values, np.array([2.5])), tmp_path / "o.nsr", *EXACT)
    check_exact(video, values, ref.limits(values))


def test_rate_and_times_from(tmp_path):
    values = field(120, 4, 5, seed=15)
    path = write(tmp_path / "a.h5", values)
    with h5py.File(path, "r+") as file:
        file["clock"] = np.arange(120) / 90
    for name, words in (("rate", ("--sampling-rate", 90)), ("times", ("--times-from", "clock"))):
        video, _ = render(path, tmp_path / f"{name}.nsr", *EXACT, "--size", "40x32", *words)
        check_exact(video, ref.video_frames(values, np.arange(120) / 90), ref.limits(values), (40, 32))


# --- the file ---

@pytest.fixture(scope="module")
def film(place):
    values = field(300, seed=16)
    path = write(place / "film.h5", values, np.arange(300) / 30)
    video, _ = render(path, place / "film.nsr", "--size", "320x240", "--segment-frames", 64, ranks=2)
    return video


def test_index_in_front(film):
    names = [name for name, _, _ in films.boxes(film.read_bytes())]
    assert names[0] == "ftyp" and names.index("moov") < names.index("mdat")
    assert set(names) <= {"ftyp", "moov", "mdat", "free"}


def test_constant_rate_and_exact_count(film):
    stream = films.stream(film)
    assert int(stream["nb_frames"]) == int(stream["nb_read_frames"]) == 300
    assert stream["avg_frame_rate"] == stream["r_frame_rate"] == "30/1"
    assert float(stream["duration"]) == pytest.approx(10)
    assert float(stream["start_time"]) == 0
    packets = films.packets(film)
    pts = sorted(int(p["pts"]) for p in packets)
    assert len(set(np.diff(pts))) == 1 and pts[0] == 0
    dts = [int(p["dts"]) for p in packets]
    assert all(a < b for a, b in zip(dts, dts[1:]))
    assert all(int(p["dts"]) <= int(p["pts"]) for p in packets)


def test_what_browsers_play(film):
    stream = films.stream(film)
    assert (stream["codec_name"], stream["codec_tag_string"], stream["pix_fmt"]) == ("h264", "avc1", "yuv420p")
    assert stream["profile"] in ("Constrained Baseline", "Baseline", "Main", "High")
    assert (stream["width"], stream["height"]) == (320, 240)
    assert stream.get("sample_aspect_ratio", "1:1") in ("1:1", "N/A", "0:1")
    for key in ("color_space", "color_primaries", "color_transfer"):
        assert stream[key] == "bt709"
    assert stream["color_range"] == "tv"


@pytest.mark.parametrize("preset", ["ultrafast", "medium"])
def test_each_segment_begins_with_a_closed_group(place, tmp_path, preset):
    """An IDR frame at every border of segments: nothing before it is needed. Parts are where the manifest places
    them."""
    path = place / "film.h5" if (place / "film.h5").exists() else write(place / "film.h5", field(300, seed=16), np.arange(300) / 30)
    video, _ = render(path, tmp_path / "o.nsr", "--size", "320x240", "--segment-frames", 64, "--preset", preset)
    types, packets, at = films.nal_types(video), films.packets(video), 0
    for segment in nsr.output(tmp_path / "o.nsr", "video")["segments"]:
        assert 5 in types[at] and "K" in packets[at]["flags"], f"output frame {at} is no IDR frame"
        inside = range(at, at + segment["frames"])
        positions = [int(packets[i]["pos"]) for i in inside]
        assert min(positions) >= segment["offset"]
        assert max(int(packets[i]["pos"]) + int(packets[i]["size"]) for i in inside) <= segment["offset"] + segment["bytes"]
        first = min(int(packets[i]["pts"]) for i in inside)
        assert int(packets[at]["pts"]) == first, "a frame is shown before the group's first"
        at += segment["frames"]
    assert at == 300 == len(packets)


def test_seeking_to_any_segment(film, tmp_path):
    """A player that jumps to a segment's first frame decodes it as one that plays from the start."""
    whole = films.decode_yuv(film, 320, 240)[0]
    for frame in (64, 128, 256):
        cut = films.decode(film, "yuv420p", "-vf", f"select=eq(n\\,{frame})").reshape(-1, 240 * 3 // 2, 320)
        assert (cut[0, :240] == whole[frame]).all()


def test_the_video_alone_is_enough(film, tmp_path):
    """Nothing in it points elsewhere: a copy decodes without a complaint."""
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(film.read_bytes())
    assert len(films.decode_yuv(copy, 320, 240)[0]) == 300
    with pytest.raises(Exception):
        (tmp_path / "cut.mp4").write_bytes(film.read_bytes()[:3000])
        films.stream(tmp_path / "cut.mp4")


def test_resampled_bytes_do_not_depend_on_ranks(tmp_path):
    values, times = field(500, 4, 5, seed=17), np.cumsum(np.random.default_rng(17).uniform(0.001, 0.02, 500))
    path = write(tmp_path / "a.h5", values, times)
    for ranks in (0, 2, 5):
        render(path, tmp_path / f"{ranks}.nsr", "--segment-frames", 32, "--size", "40x32", ranks=ranks)
        nsr.assert_same(tmp_path / f"{ranks}.nsr", tmp_path / "0.nsr")
