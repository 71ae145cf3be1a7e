# SPDX-License-Identifier: MIT
"""The scripts of jobs/ where nothing or one thing goes wrong. Scenarios run at the same time."""
import contextlib
import datetime
import json
import os
import re
import shutil
import time

import pytest

import nsr
import slurm

scenario = slurm.Scenarios()
SMALL = ("--cpus-per-task=1", "--mem-per-cpu=500M")
JOBS = slurm.TOP / "jobs"


@pytest.fixture(scope="module", autouse=True)
def started(cluster, walk, reference):
    scenario.start(cluster, walk, reference)


def render(cluster, walk, folder, *words, env=None):
    return cluster.sbatch(*SMALL, *words, JOBS / "render.sbatch", walk, "o.nsr", cwd=folder,
                          env={"NSRENDER": nsr.BIN, **(env or {})})


@scenario
def two_nodes_with_srun(cluster, walk, reference):
    folder = slurm.folder_of(walk, "two-nodes")
    log = render(cluster, walk, folder, "--ntasks=4", "--nodes=2").wait()
    assert re.match(r"\S+ \S+ job \d+, try 1: 4 ranks x 1 threads on n\[\d-\d\], until ", log)
    assert re.search(r"ended with exit code 0\no.nsr: finished, 313 segments\nnext: look at it: python o.nsr/open_in_napari.py\n$", log)
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def two_nodes_with_mpirun(cluster, walk, reference):
    folder = slurm.folder_of(walk, "mpirun")
    render(cluster, walk, folder, "--ntasks=4", "--nodes=2", env=slurm.MPIRUN).wait()
    nsr.assert_same(folder / "o.nsr", reference)


def cancelled(cluster, walk, reference, name, env):
    """Nobody revives the job, and what it finished is of use at once."""
    folder = slurm.folder_of(walk, name)
    job = render(cluster, walk, folder, "--ntasks=2", env={**env, "NSRENDER": slurm.slow(folder, 400)})
    job.wait_rendering("o.nsr", 8)
    time.sleep(3)  # records are flushed every few seconds
    cluster.run("scancel", job.name)
    job.wait("CANCELLED", limit=20)
    begin = time.monotonic()
    again = cluster.sbatch("--ntasks=1", *SMALL, "--exclude=" + job.word("BatchHost"), JOBS / "join.sbatch", "o.nsr",
                           cwd=folder, env={"NSRENDER": nsr.BIN})
    log = again.wait(limit=90)
    assert "going on: " in log
    nsr.assert_same(folder / "o.nsr", reference)
    job.stays("CANCELLED", begin + 30 - time.monotonic())
    assert job.restarts == 0 and "after scancel or the time limit the same command goes on" in job.log


@scenario
def cancelled_with_srun(cluster, walk, reference):
    cancelled(cluster, walk, reference, "cancelled-srun", slurm.SRUN)


@scenario
def cancelled_with_mpirun(cluster, walk, reference):
    cancelled(cluster, walk, reference, "cancelled-mpirun", slurm.MPIRUN)


@scenario
def a_process_crashes(cluster, walk, reference):
    """Once, and the same job starts it again; a second crash is the end."""
    folder = slurm.folder_of(walk, "crash")
    program = folder / "crashes"
    program.write_text('#!/bin/sh\n[ $1 != render ] || ! mkdir "$CRASHED/$$" || [ $(ls "$CRASHED" | wc -l) -gt $CRASHES ] ||\n'
                       f'    kill -SEGV $$\nexec {nsr.BIN} "$@"\n')
    program.chmod(0o755)
    for crashes, code in ((1, 0), (100, 139)):
        (folder / str(crashes)).mkdir()
        env = {"NSRENDER": program, "CRASHED": folder / str(crashes), "CRASHES": str(crashes)}
        job = render(cluster, walk, folder, "--ntasks=1", env=env)
        log = job.wait("FAILED" if code else "COMPLETED")
        assert log.count("a process crashed (exit code 139): starting once more") == 1 and f"ended with exit code {code}\n" in log
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def shares_of_which_two_are_lost(cluster, walk, reference):
    """One task is killed, one cancelled; the last job names them, renders what they left, and joins."""
    folder = slurm.folder_of(walk, "shares")
    said = cluster.run(JOBS / "submit.sh", walk, "o.nsr", "--shares", 4, cwd=folder, env={"NSRENDER": slurm.slow(folder, 150)})
    first, array, last = re.search(r"^jobs +(\d+),(\d+),(\d+)$", said, re.M).groups()
    assert f"cancel  scancel {first} {array} {last}" in said
    tasks = [slurm.Job(cluster, f"{array}_{k}", folder) for k in range(1, 5)]
    slurm.Job(cluster, first, folder).wait()
    for task in tasks[1:3]:
        task.wait_for(lambda task=task: task.state == "RUNNING", 30)
    tasks[0].wait_rendering("o.nsr", 12)
    [killed] = slurm.programs(SLURM_ARRAY_JOB_ID=array, SLURM_ARRAY_TASK_ID="2")
    nsr.kill(killed)
    cluster.run("scancel", tasks[2].name)
    tasks[1].wait("FAILED")
    tasks[2].wait("CANCELLED")
    join = slurm.Job(cluster, last, folder)
    log = join.wait(limit=120)
    assert re.findall(r"^share (\d): (\w+); ", log, re.M) == [("2", "FAILED"), ("3", "CANCELLED")]
    assert "a process was killed" in tasks[1].log
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def two_jobs_for_one_bundle(cluster, walk, reference):
    folder = slurm.folder_of(walk, "two-jobs")
    first = render(cluster, walk, folder, "--ntasks=2", env={"NSRENDER": slurm.slow(folder, 100)})
    first.wait_rendering("o.nsr")
    second = render(cluster, walk, folder, "--ntasks=1", "--exclude=" + first.word("BatchHost"))
    log = second.wait("FAILED", limit=40)
    assert f"job {first.name}" in log and "ended with exit code 78" in log and second.word("ExitCode") == "78:0"
    first.wait()
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def two_steps_of_one_job(cluster, walk, reference):
    """By mistake; the second must not take the first for an earlier try."""
    folder = slurm.folder_of(walk, "two-steps")
    step = f"srun --mpi=pmix --nodes=1 --ntasks=1 --exact --mem=400 $NSRENDER render {walk} -o o.nsr --threads 1"
    script = f"{step} & pid=$!; while [ ! -e o.nsr/plan.json ]; do sleep 0.2; done; {step} --quiet; echo second: $?; wait $pid; echo first: $?"
    job = cluster.sbatch("--nodes=2", "--ntasks=2", "--mem-per-cpu=500M", "--output=two-%j.log", f"--wrap={script}", cwd=folder,
                         env={"NSRENDER": slurm.slow(folder, 100)})
    log = job.wait()
    assert "second: 78" in log and "first: 0" in log
    nsr.assert_same(folder / "o.nsr", reference)


@scenario
def check_finds_damage(cluster, walk, _):
    folder = slurm.folder_of(walk, "check")
    nsr.run("render", walk, "-o", folder / "o.nsr")
    env = {"NSRENDER": nsr.BIN}
    good = cluster.sbatch("--ntasks=2", *SMALL, JOBS / "check.sbatch", "o.nsr", walk, cwd=folder, env=env)
    assert ": good\n" in good.wait()
    with contextlib.closing(open(folder / "o.nsr/summary.csv", "r+b", buffering=0)) as file:
        file.write(b"#")
    bad = cluster.sbatch("--ntasks=2", *SMALL, JOBS / "check.sbatch", "o.nsr", cwd=folder, env=env)
    assert "summary.csv" in bad.wait("FAILED") and bad.word("ExitCode") == "65:0"


@scenario
def scaling(cluster, walk, _):
    folder = slurm.folder_of(walk, "scaling")
    nsr.run("synth", folder / "small.h5", "--frames", 1200)
    log = cluster.sbatch("--ntasks=4", *SMALL, JOBS / "scaling.sbatch", folder / "small.h5", "--format", "summary", cwd=folder,
                         env={"NSRENDER": nsr.BIN}).wait(limit=120)
    rows = [line.split() for line in log.splitlines()[2:-1]]
    assert [row[:3] for row in rows] == [["strong", "1", "1200"], ["strong", "2", "1200"], ["strong", "4", "1200"],
                                         ["weak", "1", "300"], ["weak", "2", "600"], ["weak", "4", "1200"]]
    for i, (_, ranks, frames, took, rate, efficiency) in enumerate(rows):
        alone = float(rows[0 if i < 3 else 3][4])
        assert float(rate) == pytest.approx(int(frames) / float(took), rel=0.05)
        assert float(efficiency) == pytest.approx(float(rate) / int(ranks) / alone, abs=0.01)
    assert sorted(path.suffix for path in folder.iterdir()) == [".h5", ".log"], "bundles are removed"


@pytest.mark.parametrize("name", list(scenario))
def test_scenario(name):
    scenario.outcome(name)


def test_64_ranks_on_4_nodes(cluster, walk, reference):
    """After the others: they need both processors. Under such a load Open MPI 4.1 now and then gets a message over TCP
    while it is still in MPI_Init, and calls a handler that is not there yet; the script starts it once more."""
    folder = slurm.folder_of(walk, "64")
    job = render(cluster, walk, folder, "--ntasks=64", "--nodes=4")
    log = job.wait(limit=200)
    begin, end = (datetime.datetime.fromisoformat(job.word(key)) for key in ("StartTime", "EndTime"))
    assert (end - begin).seconds < 60 * nsr.PATIENCE and ": 64 ranks x 1 threads on n[0-3]" in log
    nsr.assert_same(folder / "o.nsr", reference)


# --- what submit.sh chooses and submits ---

def dry_run(cluster, folder, *words):
    """The sbatch lines as {option: value}, and all that was printed."""
    said = cluster.run(JOBS / "submit.sh", *words, cwd=folder, env={"NSRENDER": nsr.BIN})
    lines = [line.split("/jobs/")[0].split() for line in said.splitlines() if line.startswith("sbatch --parsable ")]
    return [dict(word[2:].split("=") for word in line[2:-1]) for line in lines], said


def seconds(clock):
    hours, minutes, rest = map(int, clock.split(":"))
    return 3600 * hours + 60 * minutes + rest


def plan_of(path, *words):
    return json.loads(nsr.run("plan", path, "--json", "--threads", 1, *words).out)


def test_submit_chooses_by_the_plan(cluster, walk):
    (walk.parent / "dry").mkdir()
    for words in ([], ["--format", "zarr,video", "--preset", "slow"], ["--format", "png", "--size", "800x800"],
                  ["--segment-frames", "2048"],
                  ["--format", "png,video", "--size", "4000x4000", "--max-files", "1000000"]):
        [job], _ = dry_run(cluster, walk.parent / "dry", walk, "o.nsr", "--dry-run", "--", *words)
        plan = plan_of(walk, *words)
        workers, work = int(job["ntasks"]) * int(job["cpus-per-task"]), plan["seconds_estimate"]
        assert workers <= max(1, plan["n_segments"] / 4) + 3, "each worker has segments to choose from"
        assert workers * 600 >= min(work, plan["n_segments"] / 4 * 600) * 0.9
        assert seconds(job["time"]) >= 3 * int(work) // workers + 600
        lead = int(job["signal"].removeprefix("B:USR1@"))
        assert lead == min(plan["signal_lead_seconds"], seconds(job["time"]) // 2)
        assert plan["signal_lead_seconds"] >= 120 + 3 * int(work) // plan["n_segments"]
        assert int(job["mem-per-cpu"].rstrip("M")) >= 1024
        assert "" not in job.values() and (workers > 4) == (work > 2400)
    assert not list((walk.parent / "dry").iterdir()), "nothing was written"
    assert cluster.run("squeue", "-h", "--name=nsr-o", "-t", "all").count("PENDING") == 0


def test_submit_of_shares_gives_range_its_options(cluster, walk):
    words = ["--shares", 3, "--dry-run", "--", "--format", "zarr,png", "--vmax", "0.02", "--fps", "25", "--field", "posterior"]
    jobs, said = dry_run(cluster, walk.parent, walk, "x/o.nsr", *words)
    assert [job.get("array") for job in jobs] == [None, "1-3", None]
    assert jobs[1]["dependency"] == "afterok:JOB" and jobs[2]["dependency"] == "afterany:JOB"
    lines = [line for line in said.splitlines() if line.startswith("sbatch ")]
    assert lines[0].endswith("x/o.nsr --vmax 0.02 --field posterior") and lines[2].endswith("join.sbatch x/o.nsr")
    assert r"--format zarr\,png --vmax 0.02 --fps 25 --field posterior" in lines[1]
    nsr.run("range", walk, "-o", walk.parent / "r.nsr", "--vmax", "0.02", "--field", "posterior")


@pytest.mark.parametrize("words, code", [([], 64), (["a.h5"], 64), (["a.h5", "o.nsr", "--shares", "0"], 64),
                                         (["a.h5", "o.nsr", "--what"], 64), (["none.h5", "o.nsr"], 66),
                                         (["a.h5", "o.nsr", "--", "--replace"], 64)])
def test_wrong_calls_submit_nothing(cluster, walk, words, code):
    ended, said = cluster.call("run", JOBS / "submit.sh", *words, cwd=walk.parent, env={"NSRENDER": nsr.BIN})
    assert ended == code and "sbatch " not in said, said


@pytest.mark.parametrize("refused", [1, 3])
def test_all_jobs_of_a_bundle_or_none(cluster, walk, refused):
    """sbatch refuses the first or the last of three."""
    folder = slurm.folder_of(walk, f"refused-{refused}")
    (folder / "bin").mkdir()
    fake = folder / "bin/sbatch"
    fake.write_text(f'#!/bin/bash\necho >>calls\n[ $(wc -l <calls) -ne {refused} ] && exec {shutil.which("sbatch")} --hold "$@"\n'
                    'echo "sbatch: error: no" >&2; exit 1\n')
    fake.chmod(0o755)
    env = {"NSRENDER": nsr.BIN, "PATH": f"{folder}/bin:{os.environ['PATH']}"}
    code, said = cluster.call("run", JOBS / "submit.sh", walk, "refused.nsr", "--shares", 2, cwd=folder, env=env)
    assert code == 1 and "sbatch: error: no" in said and "nothing was submitted" in said and "cancel" not in said
    cluster.wait_idle("--name=nsr-refused-range,nsr-refused-share", limit=20)
    assert not (folder / "refused.nsr").exists()
