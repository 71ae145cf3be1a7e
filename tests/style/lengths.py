#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lengths: functions at most 80 lines, files at most 600 (tables in *_data.c aside). Says the medians, which should stay
within 15 and 200."""
import pathlib
import re
import statistics
import sys

from rules import sources, told, tree

FUNCTION_CAP, FILE_CAP = 80, 600
NAME = re.compile(r"(\w+)\s*\(")
NOT_A_FUNCTION = re.compile(r"^(struct|enum|union|typedef|extern)\b[^(]*\{|=\s*\{?|^#")


def functions(lines):
    """(name, first line, lines): a definition begins in the first column and ends at the next '}' there."""
    begin = None
    for number, line in enumerate(lines, 1):
        if begin is None:
            if re.match(r"[A-Za-z_]", line):
                begin, head, opened = number, "", False
            else:
                continue
        if not opened:
            head += line + " "
            opened = line.rstrip().endswith("{")
            if line.rstrip().endswith((";", "}")) and not opened:
                one_line = "{" in head and NAME.search(head.split("{")[0]) and not NOT_A_FUNCTION.search(head.split("{")[0])
                if one_line:
                    yield NAME.search(head).group(1), begin, number - begin + 1
                begin = None
        elif line.startswith("}"):
            if NAME.search(head) and not NOT_A_FUNCTION.search(head):
                yield NAME.search(head).group(1), begin, number - begin + 1
            begin = None


def main(root):
    broken, function_lengths, file_lengths = [], [], []
    for path in sources(root, "src", "include", "tests", "bench", "tools"):
        lines = path.read_text(encoding="utf-8").split("\n")
        found = list(functions(lines))
        broken += [f"{path.relative_to(root)}:{line}: {name} has {n} lines, the cap is {FUNCTION_CAP}"
                   for name, line, n in found if n > FUNCTION_CAP]
        if path.relative_to(root).parts[0] == "src" and "_data" not in path.stem:
            function_lengths += [n for _, _, n in found]
            file_lengths.append(len(lines) - 1)
    for path in tree(root, ".c", ".h", ".py", ".sh", ".cmake"):
        n = path.read_text(encoding="utf-8").count("\n")
        if n > FILE_CAP and "_data" not in path.stem:
            broken.append(f"{path.relative_to(root)}: {n} lines, the cap is {FILE_CAP}")
    print(f"src: {len(function_lengths)} functions, median {statistics.median(function_lengths):g}, longest "
          f"{max(function_lengths)}; {len(file_lengths)} files, median {statistics.median(file_lengths):g}, longest "
          f"{max(file_lengths)}")
    told(broken, "lengths")


main(pathlib.Path(sys.argv[1]))
