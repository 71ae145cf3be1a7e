# SPDX-License-Identifier: MIT
"""Jobs that need several tries: time limits, preemption, a node that is lost. Slurm looks at time limits every 30 s, so
all scenarios run at the same time; they mostly wait, since a segment takes 0.4 s without the processor."""
import os
import re
import signal

import pytest

import nsr
import slurm

scenario = slurm.Scenarios()
SMALL = ("--cpus-per-task=1", "--mem-per-cpu=500M")
# The signal comes 10 to 40 s after the start, and at the next tries, which begin just after Slurm has looked, after 22.
SHORT = (*SMALL, "--time=1", "--signal=B:USR1@50")
JOBS = slurm.TOP / "jobs"


@pytest.fixture(scope="module", autouse=True)
def started(cluster, walk, reference):
    scenario.start(cluster, walk, reference)


def time_limit(cluster, walk, reference, name, env):
    """64 s of work for two ranks: at least two restarts, each of which goes on."""
    folder = slurm.folder_of(walk, name)
    env = {**env, "NSRENDER": slurm.slow(folder, 400)}
    job = cluster.sbatch("--ntasks=2", *SHORT, JOBS / "render.sbatch", walk, "o.nsr", cwd=folder, env=env)
    log = job.wait(limit=170)
    assert job.restarts >= 2
    assert log.count("going on: ") == job.restarts and log.count(f"job {job.name}, try ") == 2 * (job.restarts + 1)
    assert log.count("ended with exit code 75 after SIGUSR1") == log.count("is requeued and goes on by itself") == job.restarts
    assert re.search(r"try \d+, ended with exit code 0\no.nsr: finished, 313 segments\nnext: look at it: ", log)
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def time_limit_with_srun(cluster, walk, reference):
    time_limit(cluster, walk, reference, "srun", slurm.SRUN)


@scenario
def time_limit_with_mpirun(cluster, walk, reference):
    time_limit(cluster, walk, reference, "mpirun", slurm.MPIRUN)


@scenario
def time_limit_without_a_signal(cluster, walk, reference):
    """The script tells the program when the job ends, and it ends before that by itself."""
    folder = slurm.folder_of(walk, "no-signal")
    jobs = slurm.edited_jobs(folder / "jobs", signal="B:CONT@1")
    env = {**slurm.MPIRUN, "NSRENDER": slurm.slow(folder, 400)}
    job = cluster.sbatch("--ntasks=2", *SMALL, "--time=1", jobs / "render.sbatch", walk, "o.nsr", cwd=folder, env=env)
    log = job.wait(limit=170)
    assert job.restarts >= 1 and log.count("goes on by itself") == log.count("going on: ") == job.restarts
    assert f"stopped before the end of Slurm job {job.name}" in log
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def time_limit_of_a_share(cluster, walk, _):
    """Task 2 of an array alone is share 2/2, and its requeue is that of the task."""
    folder = slurm.folder_of(walk, "share")
    env = {"NSR_SHARES": "2", "NSRENDER": slurm.slow(folder, 300)}
    array = cluster.sbatch(*SHORT, "--array=2", JOBS / "array.sbatch", walk, "o.nsr", cwd=folder, env=env)
    job = slurm.Job(cluster, f"{array.name}_2", folder)
    log = job.wait(limit=170)
    assert job.restarts >= 1 and log.count("requeued and goes on by itself") == job.restarts
    assert "share 2 of 2 is done" in log and "next: when all 2 shares are done" in log and nsr.records(folder / "o.nsr") == list(range(156, 313))


@scenario
def a_chain(cluster, walk, reference):
    """Jobs that may not be requeued: the next of the name goes on, the last finds nothing to do."""
    folder = slurm.folder_of(walk, "chain")
    jobs = slurm.edited_jobs(folder / "jobs", ntasks=2, cpus_per_task=1, mem_per_cpu="500M", time=1, signal="B:USR1@50")
    said = cluster.run(jobs / "chain.sh", 5, walk, "o.nsr", cwd=folder, env={"NSRENDER": slurm.slow(folder, 250)})
    assert "scancel --name=nsr-o" in said
    chain = [slurm.Job(cluster, name, folder) for name in re.findall(r"batch job (\d+)", said)]
    chain[-1].wait(limit=200)
    states = [job.state for job in chain]
    assert states[0] == "FAILED" and set(states) == {"FAILED", "COMPLETED"} and states == sorted(states, reverse=True)
    assert "ended with exit code 75 after SIGUSR1" in chain[0].log and "the next of its chain goes on" in chain[0].log
    assert " 0 rendered in this run" in chain[-1].log
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def a_try_that_finishes_nothing(cluster, walk, _):
    """The range takes 75 s, more than a try has: no second try, which would end the same way."""
    folder = slurm.folder_of(walk, "nothing")
    env = {"NSRENDER": slurm.slow(folder, 400, calls="pread", path=walk.name)}
    job = cluster.sbatch("--ntasks=1", *SHORT, JOBS / "render.sbatch", walk, "o.nsr", cwd=folder, env=env)
    log = job.wait("FAILED", limit=90)
    assert "not started again: this try finished nothing" in log
    job.stays("FAILED", 10)
    assert job.restarts == 0


@scenario
def preemption(cluster, walk, reference):
    """With srun the program hears of it, with mpirun nobody does until the end of the grace time."""
    jobs = []
    for name, env in (("preempted-srun", slurm.SRUN), ("preempted-mpirun", slurm.MPIRUN)):
        folder = slurm.folder_of(walk, name)
        env = {**env, "NSRENDER": slurm.slow(folder, 200)}
        jobs.append(cluster.sbatch("-plow", "--ntasks=2", *SMALL, JOBS / "render.sbatch", walk, "o.nsr", cwd=folder, env=env))
    for job in jobs:
        job.wait_rendering("o.nsr")
    cluster.sbatch("-phigh", "--exclusive", "--time=1", "--wrap=sleep 2", cwd=folder)
    for job in jobs:
        log = job.wait(limit=120)
        assert job.restarts == 1 and "going on: " in log
        nsr.assert_same(job.cwd / "o.nsr", reference)


@scenario
def a_lost_node(cluster, walk, reference):
    """Slurm has lost the node, but the job on it goes on beside the second try until that takes the bundle over."""
    folder = slurm.folder_of(walk, "lost")
    env = {"NSRENDER": slurm.slow(folder, 400)}
    job = cluster.sbatch("-pfrail", "--ntasks=2", *SMALL, JOBS / "render.sbatch", walk, "o.nsr", cwd=folder, env=env)
    job.wait_rendering("o.nsr")
    first = job.word("BatchHost")
    os.kill(int((cluster.folder / "run" / f"{first}.pid").read_text()), signal.SIGKILL)
    log = job.wait(limit=170)
    assert job.restarts == 1 and job.word("BatchHost") != first
    assert "a node may be lost" in log and "taking over from the earlier try of this job" in log and "goes on by itself" not in log
    assert slurm.programs(SLURM_JOB_ID=job.name) == [], "the first try saw that and ended"
    nsr.assert_same(folder / "o.nsr", reference)
    nsr.run("verify", folder / "o.nsr", "--against", walk)


@pytest.mark.parametrize("name", list(scenario))
def test_scenario(name):
    scenario.outcome(name)
