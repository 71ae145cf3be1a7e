#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Comments: each function that a header offers has a comment right above it, at the end of one of its lines, or above
the block of functions that it stands in, without a blank line between."""
import pathlib
import sys

from c_text import code_of, items
from rules import sources, report


def uncommented(text):
    """The functions that lack a comment."""
    lines = [(line, code) for line, code in zip(text.split("\n"), code_of(text).split("\n"))]
    commented = [line.strip() != "" and line.rstrip() != code.rstrip() for line, code in lines]
    alone = [has and code.strip() == "" for has, (_, code) in zip(commented, lines)]
    block_end, block_has = 0, False
    for item in items(text):
        if item.kind != "prototype" and not (item.kind == "function" and "inline" in item.head.split()):
            continue
        above = item.line - 2  # the index of the line above
        if item.line != block_end + 1:
            block_has = False
        block_has, block_end = block_has or alone[above], item.end
        if not block_has and not any(commented[item.line - 1:item.end]):
            yield item


def main(root):
    headers = [path for path in sources(root, "include", "src") if path.suffix == ".h"]
    found = []
    for path in headers:
        place = path.relative_to(root)
        found += [f"{place}:{item.line}: {item.name} has no comment" for item in uncommented(path.read_text(encoding="utf-8"))]
    report(found, f"{len(headers)} headers")


main(pathlib.Path(sys.argv[1]))
