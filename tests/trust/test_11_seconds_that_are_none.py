# SPDX-License-Identifier: MIT
"""Times in the wrong unit, or a period given as the rate: the video's length is questioned, limited, and what progress
and estimates count."""
import json
import signal

import h5py
import numpy as np
import pytest

import nsr

N = 90
FAST = ("--format", "video", "--size", "64x64", "--grid", "4x5")


@pytest.fixture
def field(tmp_path):
    def make(times=None, **attributes):
        path = tmp_path / "a.h5"
        with h5py.File(path, "w") as file:
            file["rate"] = np.random.default_rng(1).random((N, 20))
            if times is not None:
                file["time"] = times
                file["time"].attrs.update(attributes)
        return path
    return make


def held(done):
    return [line for line in done.warnings if "held for" in line]


def progress(done):
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith('{"stage": "render"')]
    return lines[-1]


@pytest.mark.parametrize("times, words, says", [
    (np.arange(N) * 33.3, (), "times of /time in ms"),
    (None, ("--sampling-rate", 0.0333), "0.0333 the period instead of the rate"),
    (np.r_[0, np.arange(1, N) * 10.1], (), "in ms"),
    (np.arange(N) * 9.9, (), None), (np.arange(N) / 30, (), None), (np.arange(N) * 33.3, ("--speed", 10), None),
    (np.arange(N) * 33.3, ("--every-frame",), None), (np.r_[np.arange(N - 1) / 30, 9000], (), None)])
def test_warning(field, times, words, says):
    done = nsr.run("plan", field(times), *FAST, *words)
    assert len(held(done)) == (says is not None), done
    assert says is None or says in held(done)[0], done


def test_unit_is_understood(field):
    assert not held(nsr.run("plan", field(np.arange(N) * 33.3, units="ms"), *FAST))


@pytest.mark.parametrize("ranks", [0, 2])
def test_limit(field, tmp_path, ranks):
    path, out = field(np.arange(N) * 1000.), tmp_path / "a.nsr"
    nsr.fails(nsr.USAGE, "render", path, *FAST, "-o", out, ranks=ranks, says=["25 hours", "--max-video 25", "are the times in seconds"])
    assert not out.exists()
    nsr.fails(nsr.USAGE, "plan", path, *FAST, ranks=ranks, says="--max-video")
    nsr.run("plan", path, *FAST, "--max-video", 25, ranks=ranks)
    nsr.run("render", path, "-o", out, "--grid", "4x5")  # a stack has no length


def test_limit_is_not_asked_again(field, tmp_path):
    path, out = field(np.arange(N) * .5), tmp_path / "a.nsr"
    nsr.fails(nsr.USAGE, "render", path, *FAST, "-o", out, "--max-video", .01, says="--max-video")
    nsr.run("render", path, *FAST, "-o", out, "--max-video", .02)
    (out / "video.mp4").unlink()
    nsr.run("resume", out)
    nsr.run("verify", out)


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("step, total", [(1., N + 89 * 30 + 1 - N), (1 / 60, N), (1 / 30, N)])
def test_progress_counts_video_frames(field, tmp_path, step, total, ranks):
    path = field(np.arange(N) * step)
    done = nsr.run("render", path, *FAST, "-o", tmp_path / "a.nsr", "--progress", "json", "--segment-frames", 30, ranks=ranks)
    assert progress(done)["total"] == progress(done)["done"] == total, progress(done)
    (tmp_path / "a.nsr/video.mp4").write_bytes(b"")
    done = nsr.run("resume", tmp_path / "a.nsr", "--progress", "json", ranks=ranks)
    assert progress(done)["total"] == total


def test_estimates(field):
    short, long = (nsr.run("plan", field(np.arange(N) * step), *FAST, "--json").json for step in (1 / 30, 30.))
    assert long["seconds_estimate"] > 100 * short["seconds_estimate"]
    bytes_of = [plan["outputs"][0]["bytes_estimate"] for plan in (short, long)]
    assert bytes_of[1] < 80 * bytes_of[0]  # 900 times as many frames, nearly all of them held


def test_stop_in_a_held_frame(field, tmp_path):
    """One data frame is held for 54,000 video frames; SIGTERM does not wait for them."""
    path, out = field(np.arange(N) * 1800.), tmp_path / "a.nsr"
    words = ("render", path, "-o", out, "--format", "video", "--size", "640x480", "--grid", "4x5", "--max-video", 100)
    with nsr.Running(*words) as running:
        running.wait_for(lambda: list(out.glob("parts/video/*")))
        running.signal(signal.SIGTERM)
        start = running.seconds
        done = running.wait()
    assert done.code == nsr.STOPPED and running.seconds - start < 5, done
