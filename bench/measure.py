# SPDX-License-Identifier: MIT
"""How the benches measure.

Jobs of a group run in turn, A B C A B C: a noisy neighbour then hits all of them. Kept is the median, over the rounds,
of the ratio of two jobs of the same round, never a time. CPU is user + system of a whole process with its children; of
Python peers it is the job alone, without imports, in their favour."""
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")


@dataclass
class Job:
    """One command. `{out}` in it becomes a name that no earlier run has used. `amount`: frames or GB; results are of
    one of them."""
    name: str
    argv: list
    amount: float = 1
    reports: bool = False  # the last line of its stdout has its own wall and cpu
    code: int = 0          # with which it has to end
    env: dict = field(default_factory=dict)  # also with {out}; tests/fault/shim.c counts calls into {calls}
    before: "Job" = None   # runs first, with the same {out}, and is not measured


@dataclass
class Row:
    """`over` / `under` of one quantity (of one frame), or `over` alone, against a bar. With `beyond`, a job of fewer
    frames: what `over` takes for each frame that it has more."""
    what: str
    quantity: str  # wall, cpu, sys (seconds), rss (MB), calls, gb, files or folders (of {out})
    over: str
    under: str
    sense: str     # <=, >=, ~ (differs by less than the bar), or "" (is only reported)
    bar: float
    beyond: str = ""

    def holds(self, value):
        return {"": True, "<=": value <= self.bar, ">=": value >= self.bar, "~": abs(value - 1) < self.bar}[self.sense]

    def bar_text(self):
        if not self.sense:
            return ""
        return f"1 ± {self.bar:g}" if self.sense == "~" else f"{self.sense} {self.bar:.3g}"


@dataclass
class Group:
    title: str
    jobs: list
    rows: list
    rounds: int
    inputs: list = field(default_factory=list)
    large: bool = False  # outputs are few and large: they go after each run, so that memory for files is used again


class Bench:
    def __init__(self, program, limits, scratch, quick, kinds):
        self.program, self.limits, self.quick, self.kinds = program, limits, quick, kinds
        self.scratch = os.path.join(scratch, f"bench-{os.getpid()}")
        self.runs = 0
        os.makedirs(self.scratch)

    # --- commands ---

    def nsr(self, name, *words, amount=1.0, **more):
        return Job(name, [self.program, *words, "--progress", "none", "--quiet"], amount, **more)

    def limit(self, name, program, *words, amount=1.0, reports=False):
        return Job(name, [os.path.join(self.limits, program), *map(str, words)], amount, reports)

    def helper(self, name, program, *words, amount=1.0, reports=True):
        """One of our own, built beside the program."""
        path = os.path.join(os.path.dirname(self.program), program)
        return Job(name, [path, *map(str, words)], amount, reports)

    def peer(self, name, script, *words, amount=1.0):
        return Job(name, [sys.executable, os.path.join(PEERS, script), *map(str, words)], amount, reports=True)

    def pick(self, full, quick):
        return quick if self.quick else full

    def recording(self, name, *words):
        """As a recording comes, from the disk: pages that a program has written lie in memory otherwise than those that
        were read, and cost more."""
        path = os.path.join(self.scratch, name)
        subprocess.run([self.program, "synth", path, "--grid", "40x40", *map(str, words)], check=True,
                       stdout=subprocess.DEVNULL)
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return path

    # --- measuring ---

    def start(self, job, out, result, calls):
        argv = [os.path.join(self.limits, "launch"), result, *(word.replace("{out}", out) for word in job.argv)]
        env = {name: value.replace("{out}", out).replace("{calls}", calls) for name, value in job.env.items()}
        done = subprocess.run(argv, env=os.environ | env, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != job.code:
            tail = done.stderr.decode(errors="replace")[-2000:]
            sys.exit(f"bench: {' '.join(argv[2:])}: exit {done.returncode}\n{tail}")
        return done

    def run(self, job):
        self.runs += 1
        names = [os.path.join(self.scratch, f"{name}-{self.runs:04d}") for name in ("out", "result", "calls")]
        out, result, calls = names
        if job.before:
            self.start(job.before, *names)
            os.sync()
        done = self.start(job, *names)
        with open(result) as file:
            use = json.load(file)
        use.update(json.loads(done.stdout.splitlines()[-1]) if job.reports else {})
        return {**{name: use[name] / job.amount for name in ("wall", "cpu", "sys")}, "rss": use["rss"],
                "calls": counted(calls), **tree(out, job.amount)}

    def run_warm(self, job, group):
        """Virtual machines give page cache back: a file that was not used for a while is slow again. And who flushes
        its files would also flush what the job before has left to the system."""
        if group.large:
            for path in glob.glob(os.path.join(self.scratch, "out-*")):
                shutil.rmtree(path)
        os.sync()
        for path in group.inputs:
            with open(path, "rb", buffering=0) as file:
                while file.read(1 << 24):
                    pass
        return self.run(job)

    def rounds_of(self, group):
        for job in group.jobs if group.rounds > 1 else []:
            self.run_warm(job, group)
        for number in range(group.rounds):
            say(f"{group.title}: round {number + 1} of {group.rounds}")
            yield {job.name: self.run_warm(job, group) for job in group.jobs}

    def judge(self, group):
        rounds = list(self.rounds_of(group))
        amount = {job.name: job.amount for job in group.jobs}

        def over(row, results):
            value = results[row.over][row.quantity]
            if not row.beyond:
                return value
            more, less = amount[row.over], amount[row.beyond]
            return (value * more - results[row.beyond][row.quantity] * less) / (more - less)

        for row in group.rows:
            pairs = [(over(row, r), r[row.under][row.quantity] if row.under else 1.0) for r in rounds]
            value = statistics.median(a / b for a, b in pairs)
            yield {"group": group.title, "what": row.what, "quantity": row.quantity, "over": row.over,
                   "under": row.under,
                   "over_median": statistics.median(a for a, _ in pairs),
                   "under_median": statistics.median(b for _, b in pairs) if row.under else None,
                   "value": value, "bar": row.bar_text(), "ok": row.holds(value),
                   "amounts": {name: amount[name] for name in (row.over, row.under) if name}}


def tree(path, amount):
    """What a job has left: GB, files, folders."""
    found = list(os.walk(path))
    sizes = [os.path.getsize(os.path.join(folder, name)) for folder, _, names in found for name in names]
    return {"gb": sum(sizes) / 1e9 / amount, "files": len(sizes), "folders": len(found)}


def counted(log):
    """What the shim has counted, of all processes."""
    if not os.path.exists(log):
        return 0
    with open(log) as file:
        return sum(int(line.split()[0]) for line in file)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def threads():
    return [1, 2] if len(os.sched_getaffinity(0)) > 1 else [1]
