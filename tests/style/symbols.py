#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Symbols: every global name of the library begins with nsr_; nothing that can change is global, or static for longer
than a call. usage: symbols.py NM LIBRARY"""
import subprocess
import sys

from rules import report

SANITIZER = ("__odr_asan", "__asan", "__tsan", "__sancov")  # made by the compiler
MUTABLE = (".data", ".bss", "*COM*")
ALLOWED = {"signalled": "a signal handler has no argument",
           "voice": "the log's level, set once before threads start, and what it printed, under a lock",
           "log_file": "the log of this rank as a file, opened before threads start"}

nm, library = sys.argv[1:]
table = subprocess.run([nm, "-f", "sysv", "--defined-only", library], check=True, capture_output=True, text=True).stdout
broken, seen = [], 0
for line in table.split("\n"):
    fields = [field.strip() for field in line.split("|")]
    if len(fields) != 7 or fields[0] == "Name" or fields[0].startswith(SANITIZER):
        continue
    name, kind, section = fields[0], fields[2], fields[6]
    seen += 1
    if kind.isupper() and not name.startswith("nsr_"):
        broken.append(f"{name}: global, and does not begin with nsr_")
    if kind.upper() in "BDC" and section.split(".rel")[0] in MUTABLE and ".rel.ro" not in section and name not in ALLOWED:
        broken.append(f"{name}: can change and outlives the call ({section})")
if not seen:
    broken.append(f"{library} has no symbols")
report(broken, f"{seen} symbols")
