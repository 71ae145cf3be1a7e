# SPDX-License-Identifier: MIT
"""What the style tests share: the files of the tree, and how a broken rule is reported."""
import pathlib
import sys

OURS = ("bench", "cmake", "docs", "include", "jobs", "src", "tests", "tools", ".ci")


def tree(root, *suffixes):
    """Our files with one of the suffixes, in order; never what a build or a run left behind."""
    root = pathlib.Path(root)
    found = [p for p in root.iterdir() if p.is_file()]
    for folder in OURS:
        found += [p for p in (root / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return sorted(p for p in found if p.suffix in suffixes)


def sources(root, *folders):
    """C files and headers below the folders."""
    return [p for p in tree(root, ".c", ".h") if p.relative_to(root).parts[0] in folders]


def report(broken, what):
    """The end of a test: prints every broken rule."""
    for line in broken:
        print(line)
    print(f"{what}: {len(broken)} broken" if broken else f"{what}: fine")
    sys.exit(bool(broken))
