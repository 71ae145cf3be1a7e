#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Headers: each public header compiles alone, as C and as C++. usage: headers.py INCLUDE CC CXX [MPI_INCLUDE...]"""
import pathlib
import subprocess
import sys

from rules import report

include, cc, cxx, *mpi = sys.argv[1:]
flags = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{include}",
         "-DOMPI_SKIP_MPICXX", "-DMPICH_SKIP_MPICXX"]  # MPI's own C++ interface is long gone
flags += [word for folder in mpi for word in ("-isystem", folder)]
languages = [[cc, "-xc", "-std=c17"], [cxx, "-xc++", "-std=c++17"]]
broken = []
headers = sorted(pathlib.Path(include, "nsrender").glob("*.h"))
for header in headers:
    for compiler in languages:
        done = subprocess.run([*compiler, *flags, "-"], input=f"#include <nsrender/{header.name}>\n", text=True,
                              capture_output=True, check=False)
        if done.returncode:
            broken.append(f"{header.name} with {' '.join(compiler)}:\n{done.stderr}")
if not headers:
    broken.append(f"{include}/nsrender has no headers")
report(broken, f"{len(headers)} headers")
