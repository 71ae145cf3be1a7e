# SPDX-License-Identifier: MIT
"""The first line of a log says what a run runs with; what is likely to be a mistake is a warning."""
import os
import re

import pytest

import nsr

CPUS = len(os.sched_getaffinity(0))


def first_line(recording, *words, ranks=0, **env):
    done = nsr.run("range", recording, *words, ranks=ranks, env=env)
    return [line for line in done.err.splitlines() if re.match(r"\d+ ranks?", line)][0], done


def threads(recording, ranks=0, **env):
    return int(re.search(r"(\d+) threads?", first_line(recording, ranks=ranks, **env)[0])[1])


def test_first_line(recording):
    line, _ = first_line(recording, SLURM_JOB_ID="17", SLURM_RESTART_COUNT="1")
    assert re.fullmatch(rf"1 rank, {CPUS} threads?, [0-9.]+ [kMG]B, Slurm job 17 \(try 2\), nsrender-mpi [0-9.]+", line), line
    line, _ = first_line(recording, "--threads", 3, "--memory", "64M", ranks=2, SLURM_JOB_ID="18", SLURM_ARRAY_JOB_ID="17",
                         SLURM_ARRAY_TASK_ID="4")
    assert line.startswith("2 ranks on 1 node, 3 threads each, 67.1 MB a rank, Slurm job 17_4 (try 1), nsrender-mpi "), line
    assert ", PBS job 5.host, " in first_line(recording, PBS_JOBID="5.host")[0]
    assert ", LSF job 6, " in first_line(recording, LSB_JOBID="6")[0]


def test_default_threads(recording):
    assert threads(recording) == CPUS
    assert threads(recording, SLURM_CPUS_PER_TASK="1", SLURM_CPUS_ON_NODE="64") == 1
    assert threads(recording, SLURM_CPUS_ON_NODE="1") == 1
    assert threads(recording, OMP_NUM_THREADS="1") == 1
    assert threads(recording, SLURM_CPUS_PER_TASK="64") == CPUS
    assert threads(recording, ranks=2, SLURM_CPUS_ON_NODE="2") == 1


@pytest.mark.parametrize("ranks", [0, 2])
def test_default_memory(recording, ranks):
    """Half of a rank's share, without what the libraries take."""
    own = (1000 / max(ranks, 1) - 64) / 2 * 2**20 / 1e6
    line, _ = first_line(recording, ranks=ranks, SLURM_MEM_PER_NODE="1000")
    assert abs(float(re.search(r"([0-9.]+) MB", line)[1]) - own) < 1, line


@pytest.mark.parametrize("env, says", [({"SLURM_NTASKS": "4"}, "this process is alone"),
                                       ({"SLURM_CPUS_PER_TASK": "4096"}, "mpirun --bind-to none"),
                                       ({"SLURM_MEM_PER_NODE": "100"}, "--mem-per-cpu")])
def test_likely_mistakes(recording, env, says):
    _, done = first_line(recording, **env)
    assert len(done.warnings) == 1 and says in done.warnings[0], done


def test_one_of_several_jobs_is_alone_by_intent(recording, tmp_path):
    done = nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--share", "1/2", env={"SLURM_NTASKS": "4"})
    assert not done.warnings, done
