# SPDX-License-Identifier: MIT
"""The program as tests see it: started alone or under mpirun, watched, killed; and what lies in a bundle.

No process outlives its test: everything is started in a session of its own and has a time limit, and what hangs is
killed with all it started, and is a failure."""
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import xxhash

BIN = os.environ.get("NSR_BIN") or str(pathlib.Path(__file__).resolve().parents[2] / "build/release/nsrender-mpi")
MPIRUN = os.environ.get("NSR_MPIRUN", "mpirun")  # of the MPI that the program is linked with
LONG = os.environ.get("NSR_LONG", "0") not in ("", "0")
SANITIZED = bool(os.environ.get("NSR_SANITIZE"))
PATIENCE = 10 if SANITIZED else 1  # how much slower the program may be
PREFIX = "nsrender-mpi: "
OK, USAGE, DATA, NO_INPUT, INTERNAL, CREATE, IO, STOPPED, MISMATCH = 0, 64, 65, 66, 70, 73, 74, 75, 78

# pml: else Open MPI looks for networks first, a quarter of a second each time. Yield: other tests run meanwhile.
ENV = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
           OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_base_warn_component_unused="0",
           OMPI_MCA_pml=os.environ.get("OMPI_MCA_pml", "ob1"), OMPI_MCA_mpi_yield_when_idle="1")
# The search for leaks takes 10 s a rank to name what Open MPI keeps. Runs without MPI, and that of run.sh, have it.
MPI_ENV = dict(ENV, ASAN_OPTIONS=ENV.get("ASAN_OPTIONS", "") + ":detect_leaks=0") if SANITIZED else ENV


@dataclasses.dataclass
class Done:
    """How a run ended."""
    words: list
    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def errors(self):
        """Error messages: one a run, whatever the number of ranks."""
        lines = [line[len(PREFIX):] for line in self.err.splitlines() if line.startswith(PREFIX)]
        return [line for line in lines if not line.startswith("warning: ")]

    @property
    def warnings(self):
        start = PREFIX + "warning: "
        return [line[len(start):] for line in self.err.splitlines() if line.startswith(start)]

    def __str__(self):
        return f"{' '.join(self.words)}\nended with {self.code} after {self.seconds:.1f} s\n{self.err}"


def command(*words, ranks=0, env=None):
    """`env` reaches the program, not mpirun."""
    launch = [MPIRUN, "-n", str(ranks), "--bind-to", "none"] if ranks else []
    own = ["env", *(f"{name}={value}" for name, value in env.items())] if env else []
    return [*launch, *own, BIN, *map(str, words)]


class Running:
    """A run that goes on while the test does something else."""

    def __init__(self, *words, ranks=0, env=None, cwd=None):
        self.words = command(*words, ranks=ranks, env=env)
        self.begin = time.monotonic()
        self.process = subprocess.Popen(self.words, env=MPI_ENV if ranks else ENV, cwd=cwd, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill_all()
            self.process.communicate()

    @property
    def seconds(self):
        return time.monotonic() - self.begin

    def ranks(self):
        """Process ids of the program, in the order of ranks."""
        found = [pid for pid in descendants(self.process.pid) if is_program(pid)]
        return sorted(found, key=rank_of)

    def wait_for(self, what, limit=20):
        """Until `what()` is true; a run that ends before is a failure, because the test came too late."""
        while not what():
            assert self.process.poll() is None, f"ended before it was looked for: {self.wait()}"
            assert self.seconds < PATIENCE * limit, "what was waited for did not come"
            time.sleep(0.002)

    def signal(self, number):
        self.process.send_signal(number)

    def kill_all(self):
        for pid in [*descendants(self.process.pid), self.process.pid]:
            kill(pid)

    def wait(self, timeout=60):
        family = descendants(self.process.pid)
        try:
            out, err = self.process.communicate(timeout=PATIENCE * timeout)
        except subprocess.TimeoutExpired:
            self.kill_all()
            out, err = self.process.communicate()
            raise AssertionError(f"hung for {timeout} s: {' '.join(self.words)}\n{err}") from None
        wait_gone(family, timeout=10)
        return Done(self.words, self.process.returncode, out, err, self.seconds)


def run(*words, ranks=0, code=OK, timeout=60, env=None, cwd=None):
    """Starts the program, waits, and checks its exit code (None: any but a crash)."""
    with Running(*words, ranks=ranks, env=env, cwd=cwd) as running:
        done = running.wait(timeout)
    assert done.code >= 0 and done.code not in (134, 135, 136, 139), f"crashed: {done}"
    assert not re.search("runtime error:|Sanitizer:", done.err), f"a sanitizer complains: {done}"
    assert code is None or done.code == code, f"expected {code}: {done}"
    return done


def fails(code, *words, ranks=0, says=(), timeout=30, env=None, cwd=None):
    """A run that must fail: right code, exactly one message, which holds each of the words (case aside)."""
    done = run(*words, ranks=ranks, code=code, timeout=timeout, env=env, cwd=cwd)
    assert len(done.errors) == 1, f"{len(done.errors)} messages: {done}"
    for word in [says] if isinstance(says, str) else says:
        assert word.lower() in done.errors[0].lower(), f"does not say '{word}': {done.errors[0]}"
    return done


def at_once(call, cases):
    """Calls it on every case, all at the same time: a job of MPI waits for most of its second."""
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        for future in [pool.submit(call, case) for case in cases]:
            future.result()


# --- processes ---

def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def parents():
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stat = pathlib.Path(entry.path, "stat").read_text()
            except OSError:
                continue
            state, parent = stat.rsplit(")", 1)[1].split()[:2]
            if state != "Z":
                found[int(entry.name)] = int(parent)
    return found


def descendants(pid):
    of, found = parents(), {pid}
    while True:
        more = {child for child, parent in of.items() if parent in found} - found
        if not more:
            return sorted(found - {pid})
        found |= more


def is_program(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe") == os.path.realpath(BIN)
    except OSError:
        return False


def rank_of(pid):
    try:
        words = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return -1
    return next((int(w.split(b"=")[1]) for w in words if w.startswith(b"OMPI_COMM_WORLD_RANK=")), 0)


def alive(pid):
    return pid in parents()


def wait_gone(pids, timeout=10):
    """Ranks outlive a killed mpirun by a moment, but not by more."""
    end = time.monotonic() + timeout
    while any(alive(pid) and is_program(pid) for pid in pids):
        if time.monotonic() > end:
            for pid in pids:
                kill(pid)
            raise AssertionError("a rank went on after its run had ended")
        time.sleep(0.02)


# --- bundles ---

def manifest(bundle):
    return json.loads((pathlib.Path(bundle) / "manifest.json").read_text())


def output(bundle, name):
    return next(o for o in manifest(bundle)["outputs"] if o["format"] == name)


def tree(bundle, leave_out=("manifest.json",)):
    """{path: SHA-256} of every file of the bundle but the manifest, which holds hosts and times."""
    bundle = pathlib.Path(bundle)
    files = [p for p in sorted(bundle.rglob("*")) if not p.is_dir()]
    return {str(p.relative_to(bundle)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files if p.name not in leave_out}


def stamps(bundle):
    """{path: (inode, modification time)}: a file that was written again has another."""
    bundle = pathlib.Path(bundle)
    return {str(p.relative_to(bundle)): (p.stat().st_ino, p.stat().st_mtime_ns) for p in bundle.rglob("*") if p.is_file()}


def assert_same(bundle, reference, what=""):
    """Equal files with equal bytes, nothing more and nothing less."""
    have, want = (x if isinstance(x, dict) else tree(x) for x in (bundle, reference))
    missing, extra = sorted(want.keys() - have.keys()), sorted(have.keys() - want.keys())
    other = sorted(name for name in want.keys() & have.keys() if want[name] != have[name])
    assert have == want, f"{what} missing {missing[:5]}, too many {extra[:5]}, differing {other[:5]} ({len(other)})"


def journal_lines(path):
    """The whole lines of a journal; a damaged one as None."""
    for line in pathlib.Path(path).read_bytes().split(b"\n")[:-1]:
        hash, _, text = line.partition(b" ")
        yield json.loads(text) if xxhash.xxh3_128_hexdigest(text) == hash.decode() else None


def journals(bundle):
    """All lines of the journals of a bundle that is not finished, in the order of runs."""
    return [line for path in sorted((pathlib.Path(bundle) / "segments").glob("*.jnl")) for line in journal_lines(path)]


def hashed(text):
    return xxhash.xxh3_128_hexdigest(text).encode() + b" " + text + b"\n"


def journal_line(fields):
    return hashed(json.dumps(fields, separators=(",", ":")).encode())


def edit_journals(bundle, edit):
    """edit(line) for every line of all journals: the new line, or None to leave it out. The marks of what is flushed go
    too, for their offsets are not those of the new lines."""
    for path in (pathlib.Path(bundle) / "segments").glob("*.jnl"):
        lines = [edit(line) for line in journal_lines(path) if "flushed" not in line]
        path.write_bytes(b"".join(map(journal_line, filter(None, lines))))


def drop_record(bundle, segment):
    edit_journals(bundle, lambda line: None if line.get("segment") == segment else line)


def write_journal(bundle, lines, run=900000):
    """A journal of a run after all others, of the same input."""
    lines = [*[line for line in journals(bundle) if "input" in line][:1], *lines]
    (pathlib.Path(bundle) / "segments" / f"{run}-00000-0000test.jnl").write_bytes(b"".join(map(journal_line, lines)))


def record_of(bundle):
    """The records of a bundle that is not finished: {segment: record}."""
    found = {}
    for line in filter(None, journals(bundle)):
        if "anew" in line:
            found = {}
        for output, spans in line.get("again", {}).items():
            for segment in (u for first, end in spans for u in range(first, end)):
                found.get(segment, {"outputs": {}})["outputs"].pop(output, None)
        if "segment" in line:
            before = found.get(line["segment"], {"outputs": {}})
            found[line["segment"]] = {**line, "outputs": {**before["outputs"], **line["outputs"]}}
    return {segment: record for segment, record in found.items() if record["outputs"]}


def records(bundle):
    """Segments with a record, of a bundle that is not finished."""
    n = json.loads((pathlib.Path(bundle) / "plan.json").read_text())["segments"]["n"] if (
        pathlib.Path(bundle) / "plan.json").exists() else 0
    return sorted(segment for segment in record_of(bundle) if segment < n)


def frame_png(bundle, frame):
    found = list((pathlib.Path(bundle) / "frames").glob(f"*/frame_*{frame:07d}.png"))
    assert len(found) == 1, f"frame {frame}: {found}"
    return found[0]
