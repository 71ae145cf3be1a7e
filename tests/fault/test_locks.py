# SPDX-License-Identifier: MIT
"""A lock beats through all that a run does and waits for; a run whose lock another one has ends, and leaves it
alone."""
import json
import os
import signal
import time

import h5py
import numpy as np
import pytest

import nsr
import shim
import stacks

WORDS = ("--segment-frames", 50)
PICTURES = ("--format", "png", "--size", "36x24")


def lock_of(bundle):
    return bundle / "locks" / "run"


def beats(bundle):
    return json.loads(lock_of(bundle).read_text())["beats"]


def beats_on(bundle, running):
    """Seen by another host, it would not stand still for a minute."""
    before = beats(bundle)
    running.wait_for(lambda: beats(bundle) > before, running.seconds + 8)


@pytest.fixture(scope="module")
def long(place):
    """A summary of a second or two."""
    nsr.run("synth", place / "long.h5", "--frames", 1_000_000, "--grid", "2x2", "--seed", 1)
    return place / "long.h5"


def slow(calls, path, rank=None):
    return shim.env(calls, path, 1, "nap", many=True, rank=rank)


def test_while_the_root_waits_for_another_rank(long, tmp_path):
    """The last rank has its slices of the summary to write, and is held up."""
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", long, "-o", bundle, ranks=2) as running:
        running.wait_for(lambda: any(bundle.glob(".summary.csv.tmp-*")))
        nsr.kill(running.ranks()[1], signal.SIGSTOP)
        beats_on(bundle, running)
        nsr.kill(running.ranks()[1], signal.SIGCONT)
        assert running.wait().code == nsr.OK


@pytest.mark.parametrize("ranks", [0, 2])
def test_while_contents_are_checked(recording, tmp_path, ranks):
    bundle = tmp_path / "o.nsr"
    stacks.render(recording, bundle, *PICTURES, *WORDS)
    with nsr.Running("resume", bundle, "--check", "hash", "--threads", 1, ranks=ranks, env=slow("open", ".png")) as running:
        running.wait_for(lock_of(bundle).exists)
        beats_on(bundle, running)
        running.kill_all()
        running.wait()


def test_while_the_range_is_looked_for(tmp_path):
    """range -o holds a lock as well."""
    path, bundle = tmp_path / "a.h5", tmp_path / "o.nsr"
    with h5py.File(path, "w") as file:
        file.create_dataset("p", data=np.random.default_rng(3).random((800, 4, 4), "f4"), chunks=(4, 4, 4), compression=1)
    with nsr.Running("range", path, "-o", bundle, "--threads", 1, env=slow("read,pread", "a.h5")) as running:
        running.wait_for(lock_of(bundle).exists)
        beats_on(bundle, running)
        running.kill_all()
        running.wait()


def under_way(bundle):
    """A run that loses its lock before has not written anything, and ends."""
    return lock_of(bundle).exists() and (bundle / "plan.json").exists()


def take_over(bundle):
    """What another run writes that took this one for dead."""
    lock = {"host": "another-node", "pid": os.getpid(), "start": 0, "job": "", "run": "0badcafe", "beats": 1}
    new = bundle / "locks" / ".new"
    new.write_text(json.dumps(lock).ljust(511) + "\n")
    new.rename(lock_of(bundle))
    return lock


@pytest.mark.parametrize("ranks", [0, 3])
@pytest.mark.parametrize("stage", ["render", "check", "join"])
def test_a_run_that_lost_its_lock_ends(recording, tmp_path, stage, ranks):
    bundle = tmp_path / "o.nsr"
    words, env = ["render", recording, "-o", bundle, *PICTURES, *WORDS], slow("open", ".png")
    if stage == "join":
        words = ["render", recording, "-o", bundle, "--segment-frames", 2]
        env = slow("read,pread", "parts/summary", 0 if ranks else None)
    elif stage == "check":
        nsr.run(*words)
        words = ["resume", bundle, "--check", "hash"]
    with nsr.Running(*words, "--threads", 1, ranks=ranks, env=env) as running:
        running.wait_for(lambda: any(bundle.glob(".summary.h5.tmp-*")) if stage == "join" else under_way(bundle))
        other = take_over(bundle)
        begin = time.monotonic()
        done = running.wait(20)
    assert done.code == nsr.MISMATCH and len(done.errors) == 1 and "another run took over" in done.errors[0], done
    assert time.monotonic() - begin < 8
    assert json.loads(lock_of(bundle).read_text()) == other, "the other run's lock was touched"
    assert (bundle / "manifest.json").exists() == (stage == "check")
    nsr.run("resume", bundle, "--take-over")
    nsr.run("verify", bundle)


@pytest.mark.parametrize("ranks", [0, 3])
def test_a_lock_that_is_gone_is_lost(recording, tmp_path, ranks):
    """Who took it over may have a lock of another name, or have ended since."""
    bundle = tmp_path / "o.nsr"
    words = ["render", recording, "-o", bundle, *PICTURES, *WORDS, "--threads", 1]
    with nsr.Running(*words, ranks=ranks, env=slow("open", ".png")) as running:
        running.wait_for(lambda: under_way(bundle))
        lock_of(bundle).unlink()
        done = running.wait(20)
    assert done.code == nsr.MISMATCH and len(done.errors) == 1 and "another run took over" in done.errors[0], done
    nsr.run("resume", bundle)
    nsr.run("verify", bundle)


@pytest.mark.parametrize("ranks, number", [(0, signal.SIGTERM), (0, signal.SIGUSR1), (3, signal.SIGUSR1)])
@pytest.mark.parametrize("made", [PICTURES, ()], ids=["pictures", "stack"])
def test_stopped_while_contents_are_checked(recording, tmp_path, made, ranks, number):
    """Finished files are kept, and the message gives the next command."""
    bundle = tmp_path / "o.nsr"
    stacks.render(recording, bundle, *made, *WORDS)
    before = nsr.stamps(bundle)
    env = slow("open", ".png" if made else "ome.zarr/0/c.")
    with nsr.Running("resume", bundle, "--check", "hash", "--threads", 1, ranks=ranks, env=env) as running:
        running.wait_for(lock_of(bundle).exists)
        running.signal(number)
        begin = time.monotonic()
        done = running.wait(20)
    assert done.code == nsr.STOPPED and len(done.errors) == 1 and f"resume {bundle}" in done.err, done
    assert time.monotonic() - begin < 4
    assert before.items() <= nsr.stamps(bundle).items()
    nsr.run("resume", bundle, "--check", "hash", ranks=ranks)
    assert nsr.stamps(bundle) == before
