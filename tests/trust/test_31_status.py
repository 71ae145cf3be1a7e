# SPDX-License-Identifier: MIT
"""What status says about a bundle, and signals and options that were taken amiss."""
import shlex
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest

import environments
import nsr
import shim

PICTURES = ("--format", "png", "--size", "36x24", "--segment-frames", 20)
AFTER = [0, 0.003, 0.02, 0.1]  # seconds


@pytest.fixture(scope="module")
def finished(recording, place):
    nsr.run("render", recording, "-o", place / "b.nsr", *PICTURES)
    return place / "b.nsr"


@pytest.mark.parametrize("more, ranks", [(["--format", "hash"], 0), (["--cmap", "magma"], 0), (["--cmap", "magma"], 2)])
def test_a_finished_bundle_that_wants_more(recording, tmp_path, more, ranks):
    """A run that is killed when its plan is there and its first part is not."""
    bundle = tmp_path / "o.nsr"
    nsr.run("render", recording, "-o", bundle, *PICTURES)
    before = (bundle / "plan.json").read_text()
    env = shim.env("mkdir", f"{bundle.name}/parts", 1, "exit", rank=0 if ranks else None)
    words = ["--size", "36x24", "--segment-frames", 20, *(more if "--format" in more else ["--format", "png", *more])]
    nsr.run("render", recording, "-o", bundle, *words, ranks=ranks, env=env, code=None)
    assert (bundle / "plan.json").read_text() != before and (bundle / "manifest.json").exists()
    status = nsr.run("status", bundle, "--json").json
    assert status["finished"] is False and status["missing"] == status["n_segments"] == 25
    text = nsr.run("status", bundle).out
    assert f"resume {bundle}" in text and ": finished" not in text and "join" not in text
    done = nsr.run("resume", bundle)
    assert "25 rendered in this run" in done.err
    assert ": finished, 25 segments" in nsr.run("status", bundle).out


def test_after_all_shares_it_advises_join(recording, finished, tmp_path):
    bundle = tmp_path / "o.nsr"
    for k in (1, 2):
        nsr.run("render", recording, "-o", bundle, *PICTURES, "--share", f"{k}/2")
        said = nsr.run("status", bundle).out
        advice = said.splitlines()[-1]
        assert ("missing: 13 segments of share 2/2" in said) == (k == 1), said
        assert advice.endswith(f"nsrender-mpi {'resume' if k == 1 else 'join'} {bundle}")
    nsr.run("join", bundle)
    nsr.assert_same(bundle, finished)
    assert "with:" not in nsr.run("status", bundle).out


@pytest.mark.parametrize("ranks", [0, 2])
def test_no_such_bundle(tmp_path, ranks):
    nsr.at_once(lambda command: nsr.fails(nsr.NO_INPUT, command, tmp_path / "nosuch.nsr", ranks=ranks, says="nosuch.nsr: no such bundle"),
                ["status", "verify", "resume", "join"])


def catches_sigusr1(pid):
    """The loader maps 160 libraries before the first line of the program."""
    caught = next(line for line in open(f"/proc/{pid}/status") if line.startswith("SigCgt"))
    return int(caught.split()[1], 16) >> (signal.SIGUSR1 - 1) & 1


def stop_after(recording, bundle, after, ranks):
    with nsr.Running("render", recording, "-o", bundle, *PICTURES, "--threads", 1, ranks=ranks) as running:
        pids = []
        while len(pids) < max(ranks, 1):
            pids = [running.process.pid] if not ranks else running.ranks()
        while not all(catches_sigusr1(pid) for pid in pids):
            pass
        time.sleep(after)
        running.signal(signal.SIGUSR1)
        assert running.wait().code in (nsr.OK, nsr.STOPPED)


@pytest.mark.parametrize("after", AFTER)
def test_sigusr1_at_once(recording, tmp_path, after):
    """It is caught from the first line on, while options are parsed; never 138."""
    stop_after(recording, tmp_path / "o.nsr", after, 0)


def test_sigusr1_at_once_in_a_job(recording, tmp_path):
    """Also while MPI starts."""
    nsr.at_once(lambda after: stop_after(recording, tmp_path / f"{after}.nsr", after, 2), AFTER)


def test_sigusr1_before_the_program_can_catch_it(recording, tmp_path):
    """A script that ignores it makes the loader safe, and the program catches it nevertheless."""
    words = shlex.join(nsr.command("render", recording, "-o", tmp_path / "o.nsr", *PICTURES))
    with subprocess.Popen(["bash", "-c", f"trap '' USR1; echo; exec {words}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.readline()
        run.send_signal(signal.SIGUSR1)
        while not catches_sigusr1(run.pid):
            assert run.poll() is None, run.stderr.read()
            run.send_signal(signal.SIGUSR1)
        run.send_signal(signal.SIGUSR1)
        assert run.wait(30) in (nsr.OK, nsr.STOPPED), run.stderr.read()


@pytest.mark.parametrize("layout, grid, good", [
    ("RegularGrid", "5x3", True), ("RegularGrid", "3x5", False), ("RegularGrid", "13x1", False), ("RegularGrid", "1x15", False),
    ("MaskedGrid", "5x3", True), ("MaskedGrid", "40x40", False), ("Hexagonal", "19x1", False), ("Graph", "6x1", False),
])
def test_grid_beside_environment(tmp_path, layout, grid, good):
    """Both may be given where they agree, but nothing is drawn in one of two shapes."""
    made = environments.LAYOUTS[layout]()
    environments.save(tmp_path / "e", layout, made)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["p"] = np.random.default_rng(2).random((20, len(made[0])))
    words = ["render", path, "-o", tmp_path / "o.nsr", "--format", "hash", "--environment", tmp_path / "e", "--grid", grid]
    if good:
        nsr.run(*words)
    else:
        nsr.fails(nsr.USAGE, *words, ranks=2 * (layout == "Graph"), says=[f"--grid {grid}", "disagrees with --environment"])
        assert not (tmp_path / "o.nsr").exists()


def test_a_plan_without_outputs(recording, tmp_path):
    """`range` makes one, before any render."""
    bundle = tmp_path / "o.nsr"
    nsr.run("range", recording, "-o", bundle)
    status = nsr.run("status", bundle)
    assert "0 of 8 segments done" in status.out and f"resume {bundle}" in status.out, status.out
    nsr.run("resume", bundle)
    assert nsr.run("status", bundle, "--json").json["finished"]


def test_outputs_that_store_nothing(recording, tmp_path):
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--format", "null")
    assert nsr.run("status", tmp_path / "o.nsr", "--json").json["finished"]
