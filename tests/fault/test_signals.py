# SPDX-License-Identifier: MIT
"""SIGUSR1 finishes or drops the segments in flight, SIGTERM and SIGINT drop them within a second; the run ends with
75 and prints the next command. mpirun hands SIGUSR1 on, but after SIGTERM and SIGINT it ends with a code of its own."""
import signal
import time

import pytest

import nsr
import shim

# Slow to encode, and of many segments, so that every signal comes in time however many processors there are.
RENDER = ("--format", "png,video", "--size", "480x360", "--segment-frames", 32, "--threads", 2, "--preset", "medium")
SIGNALS = [signal.SIGUSR1, signal.SIGTERM, signal.SIGINT]
NAMES = [s.name for s in SIGNALS]


@pytest.fixture(scope="module")
def files(place):
    path = place / "made-up.h5"
    nsr.run("synth", path, "--frames", 1200, "--grid", "40x30", "--seed", 13)
    return path


@pytest.fixture(scope="module")
def undisturbed(files, place):
    nsr.run("render", files, "-o", place / "reference.nsr", *RENDER)
    return nsr.tree(place / "reference.nsr")


def stopped(files, bundle, send, ranks=0, words=None):
    """Sends when some segments are finished. How the run ended, and how long that took."""
    with nsr.Running(*(words or ("render", files, "-o", bundle, *RENDER)), ranks=ranks) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 3)
        begin = time.monotonic()
        send(running)
        done = running.wait(20)
    return done, time.monotonic() - begin


def goes_on(bundle, undisturbed, ranks, in_time=True):
    """in_time: mpirun left the ranks the time to let go of their lock."""
    assert not (bundle / "manifest.json").exists()
    status = nsr.run("status", bundle, "--json").json
    assert not status["finished"] and status["done"] >= 3
    assert not status["at_work"] or (not in_time and "ended without releasing it" in status["at_work"])
    advice = "resume" if status["missing"] else "join"  # a slow launcher lets the run come that far
    assert f"{advice} {bundle}" in nsr.run("status", bundle).out
    nsr.run("resume", bundle, ranks=ranks)
    nsr.assert_same(bundle, undisturbed)


@pytest.mark.parametrize("number", SIGNALS, ids=NAMES)
def test_a_lone_process(files, undisturbed, tmp_path, number):
    bundle = tmp_path / "o.nsr"
    done, seconds = stopped(files, bundle, lambda running: running.signal(number))
    assert done.code == nsr.STOPPED, done
    assert seconds < (2.5 if number == signal.SIGUSR1 else 1.5), f"took {seconds:.1f} s"
    assert len(done.errors) == 1 and "stopped" in done.errors[0]
    assert f"resume {bundle}" in done.err
    goes_on(bundle, undisturbed, ranks=2)


@pytest.mark.parametrize("ranks", [1, 3])
def test_usr1_to_mpirun(files, undisturbed, tmp_path, ranks):
    bundle = tmp_path / "o.nsr"
    done, seconds = stopped(files, bundle, lambda running: running.signal(signal.SIGUSR1), ranks)
    assert done.code == nsr.STOPPED, done
    assert seconds < 5
    assert len(done.errors) == 1 and f"resume {bundle}" in done.err
    goes_on(bundle, undisturbed, ranks=0)


@pytest.mark.parametrize("number", SIGNALS[1:], ids=NAMES[1:])
def test_term_and_int_to_mpirun(files, undisturbed, tmp_path, number):
    bundle = tmp_path / "o.nsr"
    done, seconds = stopped(files, bundle, lambda running: running.signal(number), ranks=3)
    assert done.code != 0
    assert seconds < 8
    goes_on(bundle, undisturbed, ranks=2, in_time=False)


@pytest.mark.parametrize("number", SIGNALS, ids=NAMES)
@pytest.mark.parametrize("rank", [0, 2])
def test_one_rank_stops_all(files, undisturbed, tmp_path, number, rank):
    bundle = tmp_path / "o.nsr"
    done, seconds = stopped(files, bundle, lambda running: nsr.kill(running.ranks()[rank], number), ranks=3)
    assert done.code == nsr.STOPPED, done
    assert seconds < 5
    assert len(done.errors) == 1
    goes_on(bundle, undisturbed, ranks=0)


def test_a_resumed_run_stops_as_well(files, undisturbed, tmp_path):
    bundle = tmp_path / "o.nsr"
    stopped(files, bundle, lambda running: running.signal(signal.SIGTERM))
    before = len(nsr.records(bundle))
    with nsr.Running("resume", bundle) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) > before)
        running.signal(signal.SIGUSR1)
        assert running.wait(20).code == nsr.STOPPED
    goes_on(bundle, undisturbed, ranks=0)


@pytest.mark.parametrize("number", SIGNALS, ids=NAMES)
def test_at_any_moment(files, undisturbed, tmp_path, number):
    """Also before the plan, while the range is looked for, and while outputs are joined: 75, or finished, never a
    crash."""
    bundle = tmp_path / "o.nsr"
    words = ("render", files, "-o", bundle, *RENDER[:-2])
    for delay in (0.02, 0.05, 0.1, 0.2, 0.4, 0.8):
        with nsr.Running(*words) as running:
            time.sleep(delay)
            if running.process.poll() is None:
                running.signal(number)
            done = running.wait(20)
        # before the handlers are there, the signal ends the process as it ends any other
        assert done.code in (nsr.OK, nsr.STOPPED) or (done.code == -number and not done.err), done
        assert nsr.alive(running.process.pid) is False
    nsr.run(*words)
    nsr.run("verify", bundle)


def test_usr1_while_the_range_is_looked_for(tmp_path):
    """Nothing was written yet: 75, no plan, and the same command starts again."""
    path = tmp_path / "large.h5"
    nsr.run("synth", path, "--frames", 4000, "--grid", "40x40", "--storage", "gzip", "--gzip-level", 1)
    bundle, slow = tmp_path / "o.nsr", shim.env("read,pread", "large.h5", 1, "nap", many=True, least=8192)
    with nsr.Running("render", path, "-o", bundle, "--format", "hash", env=slow) as running:
        running.wait_for(lambda: (bundle / "locks").exists())
        running.signal(signal.SIGUSR1)
        done = running.wait(20)
    assert done.code == nsr.STOPPED and len(done.errors) == 1, done
    nsr.run("render", path, "-o", bundle, "--format", "hash")
