#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Words: help, docs and the messages and JSON keys in src use one word for one thing, never a retired one. usage:
words.py ROOT PROGRAM"""
import pathlib
import re
import subprocess
import sys

from c_text import LEXEME, blank
from rules import sources, report, tree

# (retired word, the word instead, exceptions). A space stands for any white space, a word ends where its letters end,
# so that `unit` is in `n_units` too. An exception is a phrase with the word, or "place: phrase".
RETIRED = (
    (r"units?", "segment",
     r"(?:data|NWB|NAL|SI|an? unknown|their|no|whose) units?", r"units? (?:of (?:measure|time|reading)|tests?|as NGFF)",
     r"in (?:the )?units? of", r"`units?`", r'units?=|"units?": "|units \'cells\'|\| unit \|',
     r"src/(?:source|environment|synth|base/h5)\S*: .*", r"\S*(?:manifest_write|zarr_meta|info|info_text|contents)\.c: units?$",
     r"docs/(?:INPUTS|LAYOUTS)\.md: .*"),
    (r"--rate", "--sampling-rate"),
    (r"maps?", "layout (the command), bin map (the image of bin numbers)",
     r"(?:bin|rate|memory|continuous|posterior|color|colour)[ _]maps?", r"maps?\.(?:h5|nsr|png|[wh])", r'"maps?"',
     r"(?:may|to) map the|maps the files", r"nsr_x_map", r"`map` cells", r"\S*manifest_write\.c: map$"),
    (r"codes?", "stored integer, quantised value; to quantise",
     r"(?:exit|error|return|source|own|machine) codes?", r"err\.code"),
    (r"blocks?", "work item (handed out), window (of frames)", r"HDF5 blocks?", r"block[01]_values", r"/block%d_\w+", r"pandas_blocks\.c: /block$"),
    (r"picks?", "selection"),
    (r"glances?", "pilot sample"),
    (r"sieves?", "bracketed counting"),
    (r"basis", "sampled subset", r"on the basis of"),
    (r"standing", "existing outputs"),
    (r"surveys?", "completeness check"),
    (r"tidy", "cleanup"),
    (r"pulse", "heartbeat"),
    (r"beats? of", "heartbeat"),
    (r"deal(?:t|s|ing)?", "hand out, scheduling", r"deals? with"),
    (r"desks?", "scratch"),
    (r"(?:shown|display) (?:range|limits)", "colour limits"),
    (r"made (?:now|again|anew)", "rendered in this run, rendered again, written again"),
    (r"said|told|(?:log|warning|message|summary) says", "reported, logged"),
    (r"(?:an?|one) (?!of|with)\w+ a (?:frame|unit|segment|shard|row|bin|value|rank)", "one ... per ..."),
    (r"trouble", "error, failure"),
    (r"a defect of the program", "internal error (bug)"),
    (r"files[_ ]apart", "other files"),
)


def pattern(word):
    return re.compile(rf"(?<![A-Za-z])(?:{word})(?![A-Za-z])".replace(" ", r"\s+"), re.I)


def texts_of_c(path):
    """(line, text) of the strings; those side by side, or with a PRI macro between, are one."""
    source, text, line, end = path.read_text(encoding="utf-8"), "", 0, 0
    for lexeme in LEXEME.finditer(source):
        if lexeme.group()[0] != '"':
            continue
        if not re.fullmatch(r"(?:\s|PRI\w+)*", source[end:lexeme.start()]) or not text:
            yield line, text
            text, line = "", source.count("\n", 0, lexeme.start()) + 1
        text, end = text + lexeme.group()[1:-1], lexeme.end()
    yield line, text


def texts_of_help(program):
    def output(*arguments):
        return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
    overview = output("--help")
    yield "--help", overview
    for command in re.findall(r"^  ([a-z]+) [A-Z]+ ", overview, re.M):
        if command != "help":
            text = output(command, "--help")
            yield f"{command} --help", text
            if "--help-all" in text:
                yield f"{command} --help-all", output(command, "--help-all")


def texts(root, program):
    """(place, first line, text)"""
    for place, text in texts_of_help(program):
        yield place, 1, text
    for path in [root / "README.md", *(root / "docs").glob("*.md")]:
        yield path.relative_to(root).as_posix(), 1, path.read_text(encoding="utf-8")
    for path in sources(root, "src"):
        if path.suffix == ".c" and "_data" not in path.stem:
            yield from ((path.relative_to(root).as_posix(), line, text) for line, text in texts_of_c(path))


def retired(place, text):
    """(offset, word, instead) of the retired words of a text."""
    for word, instead, *exceptions in RETIRED:
        whole = f"{place}: {text}"
        if exceptions:
            whole = re.sub("|".join(exceptions), lambda phrase: blank(phrase.group()), whole, flags=re.I | re.S)
        for hit in pattern(word).finditer(whole, len(place) + 2):
            yield hit.start() - len(place) - 2, " ".join(hit.group().lower().split()), instead


def main(root, program):
    found, n = [], 0
    for place, first, text in texts(root, program):
        n += 1
        found += [f"{place}:{first + text.count(chr(10), 0, at)}: '{word}' is retired: {instead}"
                  for at, word, instead in retired(place, text)]
    report(found, f"{n} texts")


main(pathlib.Path(sys.argv[1]), sys.argv[2])
