#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shell scripts: shellcheck finds nothing. usage: shell.py SHELLCHECK ROOT"""
import pathlib
import subprocess
import sys

from rules import report, tree

shellcheck, root = sys.argv[1:]
scripts = [path for path in tree(root, ".sh", ".sbatch", ".pbs", ".lsf", "")
           if path.suffix or path.read_bytes()[:20].startswith((b"#!/bin/sh", b"#!/usr/bin/env bas", b"#!/bin/bash"))]
done = subprocess.run([shellcheck, "-x", *map(str, scripts)], cwd=pathlib.Path(root), capture_output=True, text=True,
                      check=False)
report([done.stdout] if done.returncode else [], f"{len(scripts)} scripts")
