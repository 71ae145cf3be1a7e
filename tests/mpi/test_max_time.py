# SPDX-License-Identifier: MIT
"""A run that knows when it will be killed ends before, with 75, whatever it does then, and the next runs go on to the
same bytes."""
import json
import os
import random
import time

import pytest

import nsr
import shim

WORDS = ("--format", "zarr,video", "--size", "320x240", "--segment-frames", 32, "--preset", "medium", "--percentile", "1,99")
LIMITS = 100 if os.environ.get("NSR_LONG") == "1" else 6


@pytest.fixture(scope="module")
def recording(place):
    nsr.run("synth", place / "made-up.h5", "--frames", 1200, "--grid", "40x30", "--seed", 3)
    return place / "made-up.h5"


@pytest.fixture(scope="module")
def long(place):
    """Of many segments and readings, each of which can be slowed down."""
    nsr.run("synth", place / "long.h5", "--frames", 4800, "--grid", "80x60", "--seed", 4)
    return place / "long.h5"


@pytest.fixture(scope="module")
def undisturbed(recording, place):
    nsr.run("render", recording, "-o", place / "whole.nsr", *WORDS)
    return nsr.tree(place / "whole.nsr")


def end_in(seconds, **more):
    """As the batch system tells it: whole seconds since 1970."""
    return int(time.time() + seconds + 1), {"SLURM_JOB_ID": "17", **more}


def run_until(end, env, *words, ranks):
    done = nsr.run(*words, ranks=ranks, code=None, env={**env, "SLURM_JOB_END_TIME": str(end)})
    assert time.time() < end, f"would have been killed: {done}"
    assert done.code in (nsr.OK, nsr.STOPPED), done
    if done.code == nsr.STOPPED:
        assert len(done.errors) == 1 and "before the end of Slurm job 17" in done.errors[0], done
    return done.code


@pytest.mark.parametrize("ranks", [0, 3])
@pytest.mark.parametrize("number", range(LIMITS // 2))
def test_random_limits(recording, undisturbed, tmp_path, number, ranks):
    chosen, bundle = random.Random(100 * ranks + number), tmp_path / "o.nsr"
    for _ in range(4):
        end, env = end_in(chosen.uniform(2.2, 5) + (2 if ranks else 0))
        if run_until(end, env, "render", recording, "-o", bundle, *WORDS, ranks=ranks) == nsr.OK:
            break
    nsr.run("render", recording, "-o", bundle, *WORDS)
    nsr.assert_same(bundle, undisturbed)


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("stage, calls, path", [("range", "read,pread", "long.h5"), ("join", "read,pread", "parts/"),
                                                ("check", "read,pread", "ome.zarr/0/")])
def test_in_any_stage(long, tmp_path, stage, calls, path, ranks):
    """Each is slowed down until it does not end in time."""
    bundle = tmp_path / "o.nsr"
    words = ["render", long, "-o", bundle, "--segment-frames", 16]
    if stage == "join":
        nsr.run(*words, "--share", "1/1")
        words = ["join", bundle]
    elif stage == "check":
        nsr.run(*words)
        words = ["resume", bundle, "--check", "hash"]
    end, env = end_in(6 if ranks else 4, **shim.env(calls, path, 1, "nap", many=True))
    assert run_until(end, env, *words, "--threads", 1, ranks=ranks) == nsr.STOPPED
    nsr.run("render", long, "-o", bundle, "--segment-frames", 16)
    nsr.run("verify", bundle, "--against", long)


def test_option(recording, tmp_path):
    start = time.monotonic()
    done = nsr.fails(nsr.STOPPED, "range", recording, "--max-time", "00:04", "--threads", 1, says="--max-time 00:00:04",
                     env=shim.env("read,pread", "made-up.h5", 1, "nap", many=True))
    assert time.monotonic() - start < 4, done
    nsr.run("range", recording, "--max-time", "1-00:00:00")


def test_no_time_is_left(recording, tmp_path):
    nsr.fails(nsr.STOPPED, "render", recording, "-o", tmp_path / "o.nsr", env={"SLURM_JOB_END_TIME": str(int(time.time()) - 5)})


@pytest.mark.parametrize("text", ["90", "1:2:3:4", "00:00:00", "-1:00", "1-90:00", "00:61", "x", "1-"])
def test_durations_that_are_none(recording, text):
    nsr.fails(nsr.USAGE, "range", recording, f"--max-time={text}", says="HH:MM:SS")


def test_a_log_of_each_rank(recording, tmp_path):
    """Messages of all ranks, stages and segments."""
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", *WORDS, "--log-dir", tmp_path / "log", ranks=3)
    lines = {path.name: [json.loads(line) for line in path.read_text().splitlines()] for path in (tmp_path / "log").iterdir()}
    assert sorted(lines) == ["rank-00000.jsonl", "rank-00001.jsonl", "rank-00002.jsonl"]
    segments = [line["segment"] for rank in lines.values() for line in rank if line["event"] == "segment"]
    assert sorted(segments) == list(range(38))
    for rank, (_, found) in enumerate(sorted(lines.items())):
        assert {line["rank"] for line in found} == {rank}
        assert [line["stage"] for line in found if line["event"] == "begin"][-1] == "join"
        assert any("3 ranks on 1 node" in line.get("text", "") for line in found)
