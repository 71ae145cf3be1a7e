#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Text: no tabs, no trailing blanks, one line feed at the end, lines within 120, a licence line in every source."""
import pathlib
import sys

from rules import report, tree

LICENCE = "SPDX-License-Identifier: MIT"
JOBS = (".sbatch", ".pbs", ".lsf", ".def", ".eb")
SUFFIXES = (".c", ".h", ".py", ".sh", ".cmake", ".txt", ".md", ".json", ".in", *JOBS, "")
CODE = (".c", ".h", ".py", ".sh", ".cmake", *JOBS)


def faults(path, text):
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            yield number, "tab"
        if line != line.rstrip():
            yield number, "trailing blank"
        if path.suffix in (".c", ".h") and len(line) > 120 and "_data" not in path.stem:
            yield number, f"{len(line)} columns"
    if text and not text.endswith("\n"):
        yield len(lines), "no line feed at the end"
    if text.endswith("\n\n"):
        yield len(lines), "empty lines at the end"
    if path.suffix in CODE and LICENCE not in "\n".join(lines[:3]):
        yield 1, f"no {LICENCE}"


def main(root):
    broken = []
    for path in tree(root, *SUFFIXES):
        if {"corpus", "data"} & set(path.relative_to(root).parts) or path.name == "LICENSE":
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture without a suffix, not text
        broken += [f"{path.relative_to(root)}:{number}: {what}" for number, what in faults(path, text)]
    report(broken, "text")


main(pathlib.Path(sys.argv[1]))
