#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names: one name stands for one thing. No static function's name in more than three .c files of src, no two structs,
unions, enums or typedefs of one name in src and include, no two global functions of one name."""
import pathlib
import re
import sys
from collections import defaultdict

from c_text import code_of, items
from rules import sources, report

STATIC_CAP = 3  # more, and neither a profile nor a backtrace tells them apart
TAGGED = re.compile(r"\b(?:struct|union|enum)\s+(\w+)\s*\{")
TYPEDEF = re.compile(r"typedef (?:(?:struct|union|enum) (?P<tag>\w+))?"
                     r".*?(?:\(\*(?P<pointer>\w+)\)|(?P<name>\w+)) ?(?:[([].*)?$")


def types(text):
    """Names of the types that a file defines. A tag and its typedef of the same name are one type."""
    yield from TAGGED.findall(code_of(text))
    for item in items(text):
        typedef = TYPEDEF.match(item.head)
        name = typedef and (typedef["pointer"] or typedef["name"])
        if name and name != typedef["tag"]:
            yield name


def main(root):
    statics, functions, defined = defaultdict(set), defaultdict(list), defaultdict(list)
    for path in sources(root, "src", "include"):
        text, place = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        for name in types(text):
            defined[name].append(place)
        for item in items(text) if path.suffix == ".c" else ():
            if item.kind == "function" and item.static:
                statics[item.name].add(place)
            elif item.kind == "function":
                functions[item.name].append(place)
    found = [(f"static {name}", sorted(places)) for name, places in statics.items() if len(places) > STATIC_CAP]
    found += [(f"{kind} {name}", places) for kind, names in (("type", defined), ("function", functions))
              for name, places in names.items() if len(places) > 1]
    found = [f"{name} in {len(places)} places: {', '.join(places)}" for name, places in sorted(found)]
    report(found, f"{len(statics)} static names, {len(functions)} functions, {len(defined)} types")


main(pathlib.Path(sys.argv[1]))
