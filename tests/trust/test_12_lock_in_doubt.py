# SPDX-License-Identifier: MIT
"""In doubt the holder of a lock lives. Refusals take ten seconds each, so all of them are started together."""
import contextlib
import json
import os
import shutil
import socket
import time

import pytest

import nsr
import shim
from other_runs import beating, holder, write

PICTURES = ("--format", "png", "--size", "36x24", "--segment-frames", 100)
SLURM = {"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "2", "SLURM_RESTART_COUNT": "1"}
STEP = {"host": "another-node", "boot": "another", "job": "4711", "step": "2", "restart": 1}
GONE = 2**22 + 5  # no process has this number


@pytest.fixture(scope="module")
def finished(recording, place):
    nsr.run("render", recording, "-o", place / "b.nsr", *PICTURES)
    return place / "b.nsr"


def locked(finished, folder, lock, name="run"):
    """A bundle that another run works on."""
    bundle = folder / "o.nsr"
    shutil.copytree(finished, bundle)
    (bundle / "locks").mkdir()
    write(bundle / "locks" / name, lock)
    return bundle


def unreadable(error, many):
    return shim.env("open", "locks/run", 1, error, many=many)


REFUSED = {  # lock, environment, words of the message
    "unreadable EIO": (holder(), unreadable("EIO", True), "may be at work"),
    "unreadable EMFILE": (holder(), unreadable("EMFILE", True), "may be at work"),
    "unreadable EACCES": (holder(), unreadable("EACCES", True), "may be at work"),
    "unreadable, gone": (holder(pid=GONE), unreadable("EIO", True), "may be at work"),
    "once ESTALE": (holder(), unreadable("ESTALE", False), "another run is at work"),
    "once EIO": (holder(), unreadable("EIO", False), "another run is at work"),
    "hidden process": (holder(), shim.env("fopen,kill", f"/proc/{os.getpid()}", 1, "EPERM", many=True), "at work"),
    "other container": (holder(space="pid:[1]", pid=GONE), None, "another run is at work"),
    "other boot, same name": (holder(boot="0", pid=GONE), None, "another run is at work"),
    "other step": (holder(**{**STEP, "step": "3", "restart": 0}), SLURM, "job 4711"),
    "other step, same try": (holder(**{**STEP, "step": "3"}), SLURM, "job 4711 step 3 (try 2)"),
    "same step, not restarted": (holder(**STEP), SLURM, "job 4711"),
    "older restart": (holder(**{**STEP, "restart": 2}), SLURM, "job 4711"),
}


def test_in_doubt_the_holder_lives(finished, tmp_path):
    bundles = {}
    for case, (lock, *_) in REFUSED.items():
        (tmp_path / case).mkdir()
        bundles[case] = locked(finished, tmp_path / case, lock)
    locks = {bundles[case] / "locks" / "run": lock for case, (lock, *_) in REFUSED.items()}
    with beating(locks), contextlib.ExitStack() as stack:
        runs = {case: stack.enter_context(nsr.Running("resume", bundles[case], "--check", "hash", env=env))
                for case, (_, env, _) in REFUSED.items()}
        ended = {case: running.wait(50) for case, running in runs.items()}
    for case, done in ended.items():
        assert done.code == nsr.MISMATCH and len(done.errors) == 1 and REFUSED[case][2] in done.err, f"{case}: {done}"
        assert (bundles[case] / "locks" / "run").exists(), case
        nsr.assert_same({k: v for k, v in nsr.tree(bundles[case]).items() if "locks/" not in k}, finished, case)


@pytest.mark.parametrize("lock, env", [
    (holder(pid=GONE), None), (holder(start=1), None), (holder(**{**STEP, "restart": 0}), SLURM),
    (holder(**{**STEP, "step": "", "restart": 0}), {"SLURM_JOB_ID": "4711", "SLURM_RESTART_COUNT": "1"}),
], ids=["gone", "recycled", "restarted step", "restarted job"])
def test_a_dead_holder_is_followed_at_once(finished, tmp_path, lock, env):
    bundle = locked(finished, tmp_path, lock)
    done = nsr.run("resume", bundle, env=env)
    assert done.seconds < 5 and "taking over" in done.err and not (bundle / "locks").exists()
    assert ("the earlier try of this job (host another-node, process" in done.err) == bool(env)
    assert ("ended without" in done.err) == (not env)


def test_an_earlier_try_that_lives_gives_way(recording, finished, tmp_path):
    """A node that only lost its slurmd goes on with the job that Slurm has started again elsewhere."""
    bundle = locked(finished, tmp_path, holder(pid=GONE))
    job = {"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0"}
    words = ("resume", bundle, "--check", "hash", "--threads", 1)
    with nsr.Running(*words, env={**job, **slow_check(), **shim.env("open", ".png", 1, "nap", many=True)}) as first:
        first.wait_for(lambda: owner(bundle) == first.process.pid)
        second = nsr.run(*words, env={**job, "SLURM_RESTART_COUNT": "1"})
        ended = first.wait(20)
    assert second.seconds < 5, second
    assert f"earlier try of this job (host {socket.gethostname()}, process {first.process.pid}, job 4711 step 0)" in second.err
    assert ended.code == nsr.MISMATCH and "another run took over" in ended.err, ended
    nsr.assert_same(bundle, finished)


def owner(bundle):
    with contextlib.suppress(OSError, ValueError):
        return json.loads((bundle / "locks" / "run").read_text())["pid"]


def test_an_empty_lock_lives_for_some_seconds(finished, tmp_path):
    """Without hard links a lock may be empty for a moment before it has its text."""
    bundle = locked(finished, tmp_path, holder())
    lock = bundle / "locks" / "run"
    lock.write_bytes(b"")
    with nsr.Running("resume", bundle) as running:
        running.wait_for(lambda: running.seconds > 4)
        assert lock.exists() and lock.stat().st_size == 0
        write(lock, holder())
        done = running.wait(20)
    assert done.code == nsr.MISMATCH and "another run is at work" in done.err, done


def test_take_over_does_not_ask(finished, tmp_path):
    """Whether the lock can be read or not."""
    for i, env in enumerate([None, unreadable("EIO", False)]):
        (tmp_path / str(i)).mkdir()
        bundle = locked(finished, tmp_path / str(i), holder())
        assert nsr.run("resume", bundle, "--take-over", env=env).seconds < 5
        assert not (bundle / "locks").exists()


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("fault", [("link", "late"), ("link", "EPERM"), ("link,renameat2", "ENOSYS")],
                         ids=["answer lost", "no links", "no exclusive rename"])
def test_file_systems_without_hard_links(recording, finished, tmp_path, fault, ranks):
    """And NFS, where the answer to LINK may be lost: the run must not wait for itself."""
    bundle = tmp_path / "o.nsr"
    env = shim.env(fault[0], "", 1, fault[1], many=True)
    begin = time.monotonic()
    done = nsr.run("render", recording, "-o", bundle, *PICTURES, "--verbose", ranks=ranks, env=env)
    assert time.monotonic() - begin < 9
    assert done.err.count("no hard links on this file system") == (fault[1] != "late")
    nsr.assert_same(bundle, finished)
    with nsr.Running("resume", bundle, "--check", "hash", "--threads", 1, env={**env, **slow_check()}) as first:
        first.wait_for((bundle / "locks" / "run").exists)
        assert json.loads((bundle / "locks" / "run").read_text())["pid"] == first.process.pid
        first.kill_all()
        first.wait()
    nsr.run("resume", bundle, env=env)
    assert not (bundle / "locks").exists()


NO_LINKS = ["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"]


def test_two_runs_at_once_without_hard_links(recording, finished, tmp_path):
    """The second waits for the first, or refuses."""
    def both(error):
        calls = "link,renameat2" if error in ("ENOTSUP", "ENOSYS") else "link"  # also without an exclusive rename
        bundle, env = tmp_path / f"{error}.nsr", shim.env(calls, "", 1, error, many=True)
        words = ("render", recording, "-o", bundle, *PICTURES, "--threads", 1)
        with nsr.Running(*words, env=env) as first, nsr.Running(*words, env=env) as second:
            codes = {first.wait().code, second.wait().code}
        assert nsr.OK in codes and codes <= {nsr.OK, nsr.MISMATCH}, codes
        nsr.assert_same(bundle, finished)
        assert not (bundle / "locks").exists()
    nsr.at_once(both, NO_LINKS)


def test_shares_without_hard_links(recording, finished, tmp_path):
    def shares(error):
        bundle, env = tmp_path / f"{error}.nsr", shim.env("link", "", 1, error, many=True)
        words = ("render", recording, "-o", bundle, *PICTURES, "--threads", 1, "--share")
        with nsr.Running(*words, "1/2", env=env) as first, nsr.Running(*words, "2/2", env=env) as second:
            assert (first.wait().code, second.wait().code) == (nsr.OK, nsr.OK)
        nsr.run("join", bundle, env=env)
        nsr.assert_same(bundle, finished)
    nsr.at_once(shares, NO_LINKS)


@pytest.mark.parametrize("error", ["EINVAL", "ENOTSUP", "ENOSYS", "EBADF"])
def test_directories_that_cannot_be_flushed(recording, finished, tmp_path, error):
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", *PICTURES, env=shim.env("fsyncdir", "", 1, error, many=True))
    nsr.assert_same(tmp_path / "o.nsr", finished)


def slow_check():
    return {"SHIM_CALLS": "open", "SHIM_PATH": ".png", "SHIM_DO": "nap"}
