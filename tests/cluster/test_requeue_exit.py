# SPDX-License-Identifier: MIT
"""A site that requeues every job that ends with 75 (RequeueExit in slurm.conf): neither more nor fewer tries."""
import pytest

import nsr
import slurm

scenario = slurm.Scenarios()
SMALL = ("--cpus-per-task=1", "--mem-per-cpu=500M")
RENDER = slurm.TOP / "jobs/render.sbatch"


@pytest.fixture(scope="module", autouse=True)
def started(start_cluster, walk, reference):
    scenario.start(start_cluster("RequeueExit=75"), walk, reference)


@scenario
def preemption(cluster, walk, reference):
    folder = slurm.folder_of(walk, "preempted")
    env = {"NSRENDER": slurm.slow(folder, 100)}
    job = cluster.sbatch("-plow", "--ntasks=2", *SMALL, RENDER, walk, "o.nsr", cwd=folder, env=env)
    job.wait_rendering("o.nsr")
    cluster.sbatch("-phigh", "--exclusive", "--time=1", "--wrap=sleep 2", cwd=folder)
    log = job.wait(limit=90)
    assert job.restarts == 1 and "going on: " in log
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def cancelled(cluster, walk, _):
    folder = slurm.folder_of(walk, "cancelled")
    env = {"NSRENDER": slurm.slow(folder, 400)}
    job = cluster.sbatch("--ntasks=2", *SMALL, RENDER, walk, "o.nsr", cwd=folder, env=env)
    job.wait_rendering("o.nsr")
    cluster.run("scancel", job.name)
    job.wait("CANCELLED", limit=20)
    job.stays("CANCELLED", 15)
    assert job.restarts == 0


@scenario
def a_try_that_finishes_nothing(cluster, walk, _):
    """Ends with another code, or Slurm would try it for ever."""
    folder = slurm.folder_of(walk, "nothing")
    env = {"NSRENDER": slurm.slow(folder, 400, calls="pread", path=walk.name)}
    job = cluster.sbatch("--ntasks=1", *SMALL, "--time=1", "--signal=B:USR1@50", RENDER, walk, "o.nsr", cwd=folder, env=env)
    log = job.wait("FAILED", limit=90)
    assert job.word("ExitCode") == "1:0" and "not started again: this try finished nothing" in log
    job.stays("FAILED", 10)
    assert job.restarts == 0


@pytest.mark.parametrize("name", list(scenario))
def test_scenario(name):
    scenario.outcome(name)
