# SPDX-License-Identifier: MIT
"""kill -9 at any moment, then `resume` with no options and another number of ranks: the bytes of an undisturbed run."""
import random
import time

import pytest

import nsr

MOMENTS = 40 if nsr.LONG else 10
RENDER = ("--format", "png,video", "--size", "320x240", "--segment-frames", 64)
FRAMES = 1500


@pytest.fixture(scope="module")
def files(place):
    path = place / "made-up.h5"
    nsr.run("synth", path, "--frames", FRAMES, "--grid", "40x30", "--seed", 5)
    return path


@pytest.fixture(scope="module")
def undisturbed(files, place):
    done = nsr.run("render", files, "-o", place / "reference.nsr", *RENDER, ranks=2)
    return nsr.tree(place / "reference.nsr"), done.seconds


def kill_one(running, rng):
    ranks = running.ranks()
    if ranks:
        nsr.kill(rng.choice(ranks))


def kill_launcher(running, _):
    nsr.kill(running.process.pid)


def kill_everything(running, _):
    running.kill_all()


def kill_at(moment, who, words, ranks, rng):
    """The ranks of the run, all gone. No rank may hang when one is missing."""
    with nsr.Running(*words, ranks=ranks) as running:
        while running.seconds < moment and running.process.poll() is None:
            time.sleep(0.005)
        family = nsr.descendants(running.process.pid)
        who(running, rng)
        done = running.wait(30)
        nsr.wait_gone(family, 15)
    return done


def resume(bundle, files, ranks):
    """With no options; a run that was killed before it had a plan has left nothing to resume, and the message states
    it."""
    if (bundle / "plan.json").exists():
        return nsr.run("resume", bundle, ranks=ranks)
    if bundle.exists():
        nsr.fails(nsr.NO_INPUT, "resume", bundle, says="render again")
    return nsr.run("render", files, "-o", bundle, *RENDER, ranks=ranks)


@pytest.mark.parametrize("moment", range(MOMENTS))
@pytest.mark.parametrize("who", [kill_one, kill_launcher, kill_everything])
def test_killed_and_resumed(files, undisturbed, tmp_path, who, moment):
    reference, seconds = undisturbed
    rng = random.Random(f"{who.__name__} {moment}")
    bundle = tmp_path / "o.nsr"
    for _ in range(2):  # a resumed run is killed as well
        words = ("resume", bundle) if (bundle / "plan.json").exists() else ("render", files, "-o", bundle, *RENDER)
        kill_at(rng.uniform(0.25, 1) * seconds, who, words, rng.choice((2, 3)), rng)
    done = resume(bundle, files, rng.choice((0, 1, 3, 4)))
    nsr.assert_same(bundle, reference, f"killed by {who.__name__}:")
    assert not list(bundle.rglob("*.tmp-*")) and not list(bundle.rglob("locks"))
    nsr.run("verify", bundle)
    assert done.seconds < 30


def test_a_resumed_run_keeps_what_was_finished(files, undisturbed, tmp_path):
    """Segments with a record are not made again."""
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", files, "-o", bundle, *RENDER, ranks=2) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 6)
        running.kill_all()
        running.wait()
    finished = nsr.records(bundle)
    before = {name: stamp for name, stamp in nsr.stamps(bundle).items()
              if name.startswith("frames/") and ".tmp-" not in name and int(name.split("/")[1]) in finished}
    assert len(before) >= 6 * 64
    done = nsr.run("resume", bundle, ranks=3)
    assert "going on" in done.err
    after = nsr.stamps(bundle)
    assert all(after[name] == stamp for name, stamp in before.items())
    nsr.assert_same(bundle, undisturbed[0])


def test_a_killed_rank_ends_all_ranks_at_once(files, tmp_path):
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", files, "-o", bundle, *RENDER, ranks=3) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 2)
        nsr.kill(running.ranks()[1])
        begin = time.monotonic()
        done = running.wait(15)
    assert done.code != 0
    assert time.monotonic() - begin < 10
