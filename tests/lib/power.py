# SPDX-License-Identifier: MIT
"""Power failures: fault/power.c writes down what a run does to its bundle, and lose() takes back what was not flushed.

Contents become durable by fsync of the file or by syncfs, names by fsync of their directory or by syncfs. Nobody
promises an order between the two, so each may be lost without the other."""
import os
import pathlib
import random
import shutil

import nsr
import shim


class Machine:
    """The disk below `place`, on which one run of the program at a time works."""

    def __init__(self, place):
        self.place, self.log, self.kept = pathlib.Path(place), pathlib.Path(f"{place}.log"), pathlib.Path(f"{place}.kept")
        self.place.mkdir(exist_ok=True)

    def run(self, *words, at=0):
        """Runs until the at-th flush. Returns the number of flushes before."""
        self.log.unlink(missing_ok=True)
        shutil.rmtree(self.kept, ignore_errors=True)
        self.kept.mkdir()
        env = {"LD_PRELOAD": shim.library("power"), "POWER_LOG": self.log, "POWER_UNDER": self.place, "POWER_KEEP": self.kept, "POWER_AT": at}
        nsr.run(*words, env={name: str(value) for name, value in env.items()}, code=99 if at else 0)
        return sum(line[0] in ("fsync", "syncfs") for line in self.lines())

    def lines(self):
        return [line.split("\t") for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def lose(self, contents, names, seed=None):
        """Takes back contents or names that were not flushed, or both. With a seed: the names of half of the directories."""
        sizes, dirty, flushed, names_left = {}, set(), {}, []
        for call, *rest in self.lines():
            if call == "write":
                sizes[rest[0]] = int(rest[1])
                dirty.add(rest[0])
            elif call == "syncfs":
                flushed.update({number: sizes[number] for number in dirty})
                dirty, names_left = set(), []
            elif call == "fsync":
                flushed[rest[0]] = sizes.get(rest[0], 0)
                dirty.discard(rest[0])
                names_left = [left for left in names_left if os.path.dirname(left[1]) != rest[1]]
            elif call == "create":
                names_left.append((call, rest[1]))
            else:
                names_left.append((call, *reversed(rest[:2]), *rest[2:]) if call == "rename" else (call, *rest))
        if contents:
            self.shorten({number: flushed.get(number, 0) for number in dirty})
        if names:
            rng = random.Random(seed)
            spared = {folder: seed is not None and rng.random() < 0.5 for folder in sorted({os.path.dirname(left[1]) for left in names_left})}
            for left in reversed(names_left):
                if not spared[os.path.dirname(left[1])]:
                    take_back(*left)

    def shorten(self, sizes):
        for path in self.place.rglob("*"):
            number = str(path.lstat().st_ino)
            if path.is_file() and number in sizes:
                os.truncate(path, sizes[number])


def take_back(call, name, *more):
    """The name may be gone with its directory."""
    if not os.path.lexists(os.path.dirname(name)):
        return
    if call == "create" or call == "link":
        pathlib.Path(name).unlink(missing_ok=True)
    elif call == "mkdir":
        shutil.rmtree(name, ignore_errors=True)
    elif call == "rmdir":
        os.makedirs(name, exist_ok=True)
    elif call == "rename" and os.path.lexists(name):
        os.rename(name, more[0])
    kept = more[-1] if call in ("rename", "unlink") else "-"
    if kept != "-" and os.path.exists(kept):
        os.rename(kept, name)
