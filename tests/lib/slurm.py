# SPDX-License-Identifier: MIT
"""A Slurm on this machine (cluster/cluster.sh), the scripts of jobs/ on it, and what became of jobs."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import time

import nsr
import shim

TOP = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = TOP / "tests/cluster/cluster.sh"
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
SRUN, MPIRUN = {}, {"LAUNCH": "mpirun --bind-to none"}


def reason_to_skip():
    if os.getuid() != 0:
        return "not root"
    if nsr.SANITIZED:
        return "sanitizer"
    return next((f"no {word}" for word in ("slurmctld", "munged", "unshare") if not shutil.which(word)), None)


class Cluster:
    def __init__(self, folder, *lines):
        self.folder = folder
        self.call("start", *lines, env={"OWNER": str(os.getpid())})

    def call(self, command, *words, env=None, cwd=None, timeout=90):
        """(exit code, stdout and stderr)"""
        with subprocess.Popen([SCRIPT, command, self.folder, *map(str, words)], env={**nsr.ENV, **(env or {})}, cwd=cwd,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                printed, _ = process.communicate(timeout=timeout)
            finally:
                process.kill()
        assert process.returncode == 0 or command != "start", printed
        return process.returncode, printed

    def run(self, *words, **more):
        """On the login node; must succeed."""
        code, printed = self.call("run", *words, **more)
        assert code == 0, f"{words} ended with {code}:\n{printed}"
        return printed

    def sbatch(self, *words, cwd, env=None):
        return Job(self, re.fullmatch(r"(\d+)\n", self.run("sbatch", "--parsable", *words, cwd=cwd, env=env))[1], cwd)

    def wait_idle(self, *words, limit):
        """Until no job waits or runs, of those that squeue lists with these words."""
        end = time.monotonic() + limit * nsr.PATIENCE
        while jobs := self.run("squeue", "--noheader", *words):
            assert time.monotonic() < end, f"after {limit} s:\n{jobs}"
            time.sleep(0.3)

    def stop(self):
        return self.call("stop")


class Job:
    def __init__(self, cluster, name, cwd):
        self.cluster, self.name, self.cwd = cluster, str(name), cwd

    def word(self, key):
        """One word of `scontrol show job`, as JobState."""
        line = self.cluster.run("scontrol", "show", "job", "--oneliner", self.name).splitlines()[0]
        return dict(word.split("=", 1) for word in line.split(" ") if "=" in word)[key]

    @property
    def state(self):
        return self.word("JobState")

    @property
    def restarts(self):
        return int(self.word("Restarts"))

    @property
    def log(self):
        """What it has written so far, over all tries."""
        return "".join(path.read_text() for path in self.cwd.glob(f"*-{self.name}.log"))

    def wait_for(self, what, limit):
        end = time.monotonic() + limit * nsr.PATIENCE
        while not what():
            assert time.monotonic() < end, f"job {self.name}: {self.state} after {limit} s\n{self.log}"
            time.sleep(0.3)

    def wait(self, state="COMPLETED", limit=90):
        """For its end, which must be this; the log."""
        ended = []
        self.wait_for(lambda: ended.append(self.state) or ended[-1] in ENDED, limit)
        assert ended[-1] == state, f"job {self.name}: {ended[-1]}\n{self.log}"
        return self.log

    def stays(self, state, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.state == state
            time.sleep(1)
        assert self.state == state

    def wait_rendering(self, bundle, segments=3, limit=60):
        """Until so many segments lie in the stack of the bundle."""
        stack = pathlib.Path(self.cwd, bundle, "frames.ome.zarr")
        self.wait_for(lambda: sum(path.is_file() for path in stack.rglob("c.*")) >= segments, limit)


def folder_of(walk, name):
    """A new folder beside the recording."""
    folder = walk.parent / name
    folder.mkdir()
    return folder


def programs(**environment):
    """Process ids of the program that have this in their environment."""
    wanted = {f"{name}={value}".encode() for name, value in environment.items()}
    return [pid for pid in nsr.parents() if nsr.is_program(pid) and wanted <= set(environ(pid))]


def environ(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def slow(folder, ms, calls="open", path="frames.ome", commands="render|resume"):
    """The program, in which each segment takes so much longer, without using the processor. For NSRENDER."""
    program = folder / f"nsrender-{calls}-{ms}"
    words = " ".join(f"{name}={value}" for name, value in shim.env(calls, path, 1, "nap", many=True).items())
    program.write_text(f'#!/bin/sh\ncase $1 in {commands}) export SHIM_MS={ms} {words} ;; esac\nexec {nsr.BIN} "$@"\n')
    program.chmod(0o755)
    return program


def edited_jobs(folder, **directives):
    """A copy of jobs/ whose directives were edited as a user does: time="1" in place of --time=..."""
    shutil.copytree(TOP / "jobs", folder, dirs_exist_ok=True)
    for script in folder.glob("*.sbatch"):
        text = script.read_text()
        for name, value in directives.items():
            text = re.sub(rf"^(#SBATCH --{name.replace('_', '-')}=).*", rf"\g<1>{value}", text, flags=re.M)
        script.write_text(text)
    return folder


class Scenarios:
    """Functions that run at the same time, for jobs mostly wait; a test each asks for the outcome of one."""

    def __init__(self):
        self.functions, self.running = {}, {}

    def __call__(self, function):
        self.functions[function.__name__] = function
        return function

    def start(self, *arguments):
        pool = concurrent.futures.ThreadPoolExecutor(len(self.functions))
        self.running = {name: pool.submit(function, *arguments) for name, function in self.functions.items()}
        pool.shutdown(wait=False)

    def __iter__(self):
        return iter(self.functions)

    def outcome(self, name):
        return self.running[name].result()
