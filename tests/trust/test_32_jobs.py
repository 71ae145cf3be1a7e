# SPDX-License-Identifier: MIT
"""What status, join and resume say about jobs on other hosts and about shares that are not done."""
import json
import os
import re
import shutil
import subprocess
import time

import h5py
import pytest

import nsr
import shim
from other_runs import beating, holder, write

PICTURES = ("--format", "png", "--size", "36x24", "--segment-frames", 20)  # 25 segments
ELSEWHERE = {"host": "n0", "boot": "another", "space": "pid:[1]", "job": "17", "restart": 1, "pid": 31604}


@pytest.fixture(scope="module")
def finished(recording, place):
    nsr.run("render", recording, "-o", place / "b.nsr", *PICTURES)
    return place / "b.nsr"


@pytest.fixture(scope="module")
def half(recording, place):
    """A bundle of which share 2 of 2 is missing."""
    nsr.run("render", recording, "-o", place / "half.nsr", *PICTURES, "--share", "1/2")
    return place / "half.nsr"


def locked(half, folder, age=0, **changes):
    bundle = folder / "o.nsr"
    shutil.copytree(half, bundle)
    (bundle / "locks").mkdir()
    lock = holder(**{**ELSEWHERE, **changes})
    write(bundle / "locks" / "run", lock)
    os.utime(bundle / "locks" / "run", (time.time() - age, time.time() - age))
    return bundle, {bundle / "locks" / "run": lock}


# --- status ---

def test_status_of_a_job_that_lives(half, tmp_path):
    """However old the lock looks: clocks may differ, a counter that rises does not lie."""
    bundle, held = locked(half, tmp_path, age=100000)
    with beating(held):
        text, document = nsr.run("status", bundle), nsr.run("status", bundle, "--json").json
    assert re.search(r"at work: run: host n0, process 31604, job 17 \(try 2\), last sign [01] s ago\n", text.out), text.out
    assert "with:" not in text.out and text.seconds < 3
    [lock] = document["locks"]
    assert lock.pop("silent_seconds") < 2
    assert lock == {"lock": "run", "state": "at work", "host": "n0", "process": 31604, "job": "17", "step": None, "try": 2}
    assert document["at_work"].startswith("run: host n0, process 31604, job 17 (try 2)")


def test_status_of_a_job_that_is_dead(half, tmp_path):
    """Its age is told by the clock of the file system. Nothing is changed, not even a time."""
    cases = {}
    for case, age in {"dead": 600, "silent": 20, "future": -100000, "no clock": 600}.items():
        (tmp_path / case).mkdir()
        cases[case], _ = locked(half, tmp_path / case, age=age)
    before = {case: (nsr.tree(b), nsr.stamps(b), (b / "locks").stat().st_mtime_ns) for case, b in cases.items()}
    env = {"no clock": shim.env("opentmp", "", 1, "ENOTSUP", many=True)}
    said = {}

    def look(case):
        said[case] = nsr.run("status", cases[case], env=env.get(case)), nsr.run("status", cases[case], "--json", env=env.get(case)).json
    nsr.at_once(look, list(cases))
    assert before == {case: (nsr.tree(b), nsr.stamps(b), (b / "locks").stat().st_mtime_ns) for case, b in cases.items()}

    dead = said["dead"][0].out.splitlines()
    assert dead[-2] == "left behind: run: host n0, process 31604, job 17 (try 2), no sign for 10 min: probably dead"
    assert f"resume {cases['dead']} (it watches that lock for a minute" in dead[-1]
    assert said["dead"][0].seconds < 10
    assert "no sign for 12 s: probably dead" in said["no clock"][0].out
    assert re.search(r"at work: .*, no sign for 2\d s\n$", said["silent"][0].out), said["silent"][0].out
    assert re.search(r"at work: .*, no sign for [78] s\n$", said["future"][0].out), said["future"][0].out
    states = {case: document["locks"][0]["state"] for case, (_, document) in said.items()}
    assert states == {"dead": "probably dead", "silent": "silent", "future": "silent", "no clock": "probably dead"}
    assert said["dead"][1]["locks"][0]["silent_seconds"] > 599


@pytest.mark.skipif(subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], check=False, capture_output=True).returncode != 0,
                    reason="no namespaces here")
def test_status_in_a_container(recording, tmp_path):
    """It cannot ask for the process, as if it were another host: a real heartbeat is seen, and missed when it ends."""
    bundle = tmp_path / "o.nsr"
    words = ["unshare", "--pid", "--fork", "--mount-proc", nsr.BIN, "status", bundle]

    def status():
        return subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout
    with nsr.Running("render", recording, "-o", bundle, *PICTURES, "--threads", 1, env=shim.env("open", ".png", 1, "nap", many=True)) as running:
        running.wait_for(lambda: (bundle / "locks" / "run").exists() and (bundle / "plan.json").exists())
        said = status()
        assert re.search(rf"at work: run: host \S+, process {running.process.pid}, last sign [01] s ago\n$", said), said
        running.kill_all()
        running.wait()
    os.utime(bundle / "locks" / "run", (0, time.time() - 3600))
    assert "left behind: run" in status() and "no sign for 60 min: probably dead" in status()


def test_status_on_the_same_host_asks_the_kernel(half, tmp_path):
    me = holder()
    bundle, _ = locked(half, tmp_path, age=600, **{name: me[name] for name in ("host", "boot", "space", "pid", "start")})
    text = nsr.run("status", bundle)
    assert text.seconds < 2 and "at work: run" in text.out and "sign" not in text.out
    document = nsr.run("status", bundle, "--json").json
    assert document["locks"][0]["state"] == "at work" and document["locks"][0]["silent_seconds"] is None


def test_status_in_a_later_try_of_the_job(half, tmp_path):
    """A job script asks what its earlier try has done."""
    bundle, _ = locked(half, tmp_path, age=600, restart=0)
    text = nsr.run("status", bundle, env={"SLURM_JOB_ID": "17", "SLURM_RESTART_COUNT": "1"}).out
    assert "no sign for 10 min: probably dead" in text and "(ended" not in text


def test_status_of_several_fields(recording, tmp_path):
    """The lock of all fields lies in the folder around them."""
    bundle = tmp_path / "o.nsr"
    nsr.run("synth", tmp_path / "a.h5", "--frames", 100, "--grid", "4x4")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        name = next(n for n, d in file.items() if getattr(d, "ndim", 0) == 3)
        file.copy(name, "second")
    nsr.run("render", tmp_path / "a.h5", "-o", bundle, "--field", f"{name},second", "--format", "hash")
    (bundle / "locks").mkdir()
    write(bundle / "locks" / "run", holder())
    said = nsr.run("status", bundle).out
    assert said.count(f"at work: run: host {holder()['host']}, process {os.getpid()}") == 2, said
    fields = nsr.run("status", bundle, "--json").json["fields"]
    assert [field["locks"][0]["process"] for field in fields] == [os.getpid()] * 2


# --- shares ---

def shares(recording, bundle, done, n):
    for k in done:
        nsr.run("render", recording, "-o", bundle, *PICTURES, "--share", f"{k}/{n}")


@pytest.mark.parametrize("ranks", [0, 2])
def test_the_shares_that_are_missing_are_named(recording, finished, tmp_path, ranks):
    bundle = tmp_path / "o.nsr"
    shares(recording, bundle, (1, 3), 4)
    want = "6 segments of share 2/4, 7 segments of share 4/4"
    done = nsr.fails(nsr.STOPPED, "join", bundle, ranks=ranks, says=["13 of 25 segments are missing", want, f"resume {bundle}"])
    assert "run these shares again" in done.err
    status = nsr.run("status", bundle)
    assert f"missing: {want}\n" in status.out and f"run what is missing again, or go on with: nsrender-mpi resume {bundle}" in status.out
    assert nsr.run("status", bundle, "--json").json["missing_of_shares"] == [
        {"share": 2, "of": 4, "missing": 6}, {"share": 4, "of": 4, "missing": 7}]
    done = nsr.run("resume", bundle, ranks=ranks)
    assert f"missing: {want}\n" in done.err
    nsr.assert_same(bundle, finished)
    assert nsr.run("status", bundle, "--json").json["missing_of_shares"] == []


def test_a_share_that_was_killed(recording, finished, tmp_path):
    bundle = tmp_path / "o.nsr"
    env = shim.env("rename", "frames/", 5, "exit")  # four segments have records
    nsr.run("render", recording, "-o", bundle, *PICTURES, "--share", "2/2", "--threads", 1, env=env, code=99)
    shares(recording, bundle, [1], 2)
    missing = 13 - len([u for u in nsr.records(bundle) if u >= 12])
    assert 0 < missing < 13
    nsr.fails(nsr.STOPPED, "join", bundle, says=f"{missing} segments of share 2/2")
    assert f"missing: {missing} segments of share 2/2\n" in nsr.run("resume", bundle).err
    nsr.assert_same(bundle, finished)


def test_many_shares_fit_a_line(recording, tmp_path):
    bundle = tmp_path / "o.nsr"
    shares(recording, bundle, [1], 25)
    done = nsr.fails(nsr.STOPPED, "join", bundle, says="1 segment of share 2/25")
    assert "and some of 16 more shares" in done.err and f"resume {bundle}" in done.err and len(done.err) < 900
    assert len(nsr.run("status", bundle, "--json").json["missing_of_shares"]) == 24


def test_a_run_that_is_no_share_leaves_gaps_of_its_own(recording, tmp_path):
    bundle = tmp_path / "o.nsr"
    shares(recording, bundle, [1], 2)
    nsr.run("resume", bundle, "--threads", 1, env=shim.env("rename", "frames/", 4, "exit"), code=99)
    assert "of share" not in nsr.run("status", bundle).out
    done = nsr.fails(nsr.STOPPED, "join", bundle, says="segments are missing")
    assert "of share" not in done.err


def progress(done, stage="render"):
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    return [line for line in lines if line["stage"] == stage]


@pytest.mark.parametrize("ranks", [0, 2])
def test_a_share_counts_its_own_frames(recording, tmp_path, ranks):
    """500 frames in 25 segments: share 1 of 4 has 6 of them, share 4 of 4 has 7."""
    bundle = tmp_path / "o.nsr"
    words = ("render", recording, "-o", bundle, *PICTURES, "--progress", "json")
    for k, frames in [(1, 120), (2, 120), (4, 140)]:
        done = nsr.run(*words, "--share", f"{k}/4", ranks=ranks)
        assert "going on" not in done.err, done
        said = progress(done)
        assert {line["total"] for line in said} == {frames} and said[-1]["done"] == frames, said
        assert all(line["done"] <= frames for line in said)
    nsr.drop_record(bundle, 24)
    done = nsr.run(*words, "--share", "4/4", ranks=ranks)
    assert "going on: 120 of 140 frames are done" in done.err
    assert {(line["total"], line["last"]) for line in progress(done)[-1:]} == {(140, True)}
    assert min(line["done"] for line in progress(done)) >= 120


def test_a_share_counts_its_own_held_frames(recording, tmp_path):
    """A video holds frames; those of other shares are none of its work."""
    words = ("render", recording, "--format", "video", "--size", "36x24", "--segment-frames", 50, "--fps", 60, "--speed", "0.25")
    whole = progress(nsr.run(*words, "-o", tmp_path / "a.nsr", "--progress", "json"))[-1]
    halves = [progress(nsr.run(*words, "-o", tmp_path / "b.nsr", "--progress", "json", "--share", f"{k}/2"))[-1] for k in (1, 2)]
    assert whole["total"] > 500
    assert sum(half["total"] for half in halves) == whole["total"]
    assert all(half["done"] == half["total"] for half in halves)
