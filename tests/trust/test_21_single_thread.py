# SPDX-License-Identifier: MIT
"""Where OpenMP grants a single thread, it works and watches: a signal is honoured, progress is shown, ranks wait for
each other."""
import json
import os
import pathlib
import signal

import pytest

import nsr

ONE = {"OMP_THREAD_LIMIT": "1"}
SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(scope="module")
def long(place):
    path = place / "long.h5"
    nsr.run("synth", path, "--frames", 6000, "--grid", "40x40")
    return path


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signal(long, tmp_path, number, ranks):
    out = tmp_path / "a.nsr"
    words = ("render", long, "-o", out, "--format", "png", "--threads", 2, "--segment-frames", 200)
    with nsr.Running(*words, ranks=ranks, env=ONE) as running:
        running.wait_for(lambda: list(out.glob("segments/*")) and list(out.glob("frames/*")))
        for pid in running.ranks() or [running.process.pid]:
            os.kill(pid, number)
        start = running.seconds
        done = running.wait()
    assert done.code == nsr.STOPPED and running.seconds - start < 8, done
    assert not (out / "manifest.json").exists()


@pytest.mark.parametrize("ranks", [0, 3])
def test_same_bytes_and_progress(recording, tmp_path, ranks):
    nsr.run("render", recording, "-o", tmp_path / "a.nsr")
    done = nsr.run("render", recording, "-o", tmp_path / "b.nsr", "--progress", "json", ranks=ranks, env=ONE)
    nsr.assert_same(tmp_path / "b.nsr", tmp_path / "a.nsr")
    last = [json.loads(line) for line in done.err.splitlines() if line.startswith('{"stage": "render"')][-1]
    assert last["last"] and last["done"] == last["total"] == 500


def test_monotonic_waits():
    """Timed waits use one helper, whose clock is never set."""
    for path in SOURCE.rglob("*.c"):
        text = path.read_text()
        assert "CLOCK_REALTIME" not in text or "timedwait" not in text, path
        assert "pthread_cond_init(" not in text or path.name == "timed_wait.c", path
