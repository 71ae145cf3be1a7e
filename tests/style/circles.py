#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Circles: no .c files of src call each other round. usage: circles.py ROOT [--dot]

A file calls another when it uses a global function or table of it. What an inline function or a macro of a header uses
is used by the file that names the inline function or the macro. A registry calls the entries that its table names."""
import pathlib
import re
import sys

from c_text import DEFINE, code_of, items
from rules import sources, report

# Sets of files that are one idea and may call each other, each with its reason.
ALLOWED = ()
GLOBAL = re.compile(r"\b(?:nsr|NSR)_\w+")  # symbols.py holds every global name to it


def calls(root):
    """{file: {file it calls: names}}"""
    home, inline, graph, used = {}, {}, {}, {}
    for path in sources(root, "src", "include"):
        text = path.read_text(encoding="utf-8")
        code, place = code_of(text), path.relative_to(root).as_posix().removeprefix("src/")
        inline.update((name, GLOBAL.findall(body)) for name, body in DEFINE.findall(code))
        found = [item for item in items(text) if item.kind in ("function", "variable")]
        if path.suffix == ".h":
            inline.update((item.name, GLOBAL.findall(item.text)) for item in found)
        else:
            home.update((item.name, place) for item in found if not item.static)
            used[place] = set(GLOBAL.findall(code))
    for place, waiting in used.items():
        graph[place], seen = {}, set()
        while waiting:
            name = waiting.pop()
            seen.add(name)
            waiting.update(set(inline.get(name, ())) - seen)
            if home.get(name, place) != place:
                graph[place].setdefault(home[name], set()).add(name)
    return graph


def reachable(graph, start):
    seen, waiting = set(), [start]
    while waiting:
        new = graph[waiting.pop()].keys() - seen
        seen |= new
        waiting += new
    return seen


def circles(graph):
    """Sets of files of which each reaches each."""
    reach = {place: reachable(graph, place) for place in graph}
    return sorted({tuple(sorted(other for other in reach[place] if place in reach[other]))
                   for place in graph if place in reach[place]})


def main(root, *options):
    graph = calls(root)
    if options:
        edges = [f'  "{place}" -> "{callee}";' for place in sorted(graph) for callee in sorted(graph[place])]
        print("\n".join(["digraph calls {", *edges, "}"]))
        return
    found = []
    for circle in circles(graph):
        if any(set(circle) <= set(idea) for idea in ALLOWED):
            continue
        print(f"circle of {len(circle)} files: {', '.join(circle)}")
        found += [f"  {place} -> {callee}: {', '.join(sorted(graph[place][callee]))}"
                  for place in circle for callee in circle if callee in graph[place]]
    report(found, f"calls between {len(graph)} files")


main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
