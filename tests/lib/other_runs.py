# SPDX-License-Identifier: MIT
"""Locks of runs that are not there: of this test, of other hosts, of jobs."""
import contextlib
import json
import os
import pathlib
import socket
import threading


def holder(**changes):
    """The lock of a run that lives: this process."""
    start = int(pathlib.Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    return {"host": socket.gethostname(), "boot": pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
            "space": os.readlink("/proc/self/ns/pid"), "pid": os.getpid(), "start": start, "job": "", "step": "",
            "restart": 0, "run": "00000000", "beats": 7, **changes}


def write(path, lock):
    """In place, as a holder does."""
    with open(path, "r+b" if path.exists() else "wb") as file:
        file.write(json.dumps(lock).ljust(767).encode() + b"\n")


@contextlib.contextmanager
def beating(locks):
    """The counters rise, as those of holders that are at work."""
    ended = threading.Event()

    def beat():
        while not ended.wait(0.3):
            for path, lock in locks.items():
                lock["beats"] += 1
                write(path, lock)
    thread = threading.Thread(target=beat)
    thread.start()
    yield
    ended.set()
    thread.join()
