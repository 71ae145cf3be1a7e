#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lengths: functions at most 80 lines; C files of src and include at most 400 lines, tables in *_data.c aside; other
files at most 600. Half of the functions of src have at most 15 lines, half of its C files at most 150."""
import pathlib
import sys
from statistics import median

from c_text import items
from rules import sources, report, tree

FUNCTION_CAP, FUNCTION_MEDIAN = 80, 15
FILE_CAP, OTHER_FILE_CAP, FILE_MEDIAN = 400, 600, 150


def main(root):
    found, functions, files = [], [], []
    for path in tree(root, ".c", ".h", ".py", ".sh", ".cmake"):
        place, n = path.relative_to(root), path.read_text(encoding="utf-8").count("\n")
        ours = path.suffix in (".c", ".h") and place.parts[0] in ("src", "include")
        cap = FILE_CAP if ours else OTHER_FILE_CAP
        if "_data" in path.stem:
            continue
        if n > cap:
            found.append(f"{place}: {n} lines, the cap is {cap}")
        if ours and place.parts[0] == "src":
            files.append(n)
    for path in sources(root, "src", "include", "tests", "bench", "tools"):
        place = path.relative_to(root)
        for item in items(path.read_text(encoding="utf-8")):
            n = item.end - item.line + 1
            if item.kind == "function" and n > FUNCTION_CAP:
                found.append(f"{place}:{item.line}: {item.name} has {n} lines, the cap is {FUNCTION_CAP}")
            if item.kind == "function" and item.text and place.parts[0] == "src":
                functions.append(n)
    for kind, lengths, cap in (("functions", functions, FUNCTION_MEDIAN), ("files", files, FILE_MEDIAN)):
        middle = median(lengths)
        print(f"src: {len(lengths)} {kind}, median {middle:g}, longest {max(lengths)}")
        if middle > cap:
            found.append(f"src: the median of the {kind} is {middle:g} lines, the cap is {cap}")
    report(found, "lengths")


main(pathlib.Path(sys.argv[1]))
