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


def less_known(test, found):
    """Of (offender, message) pairs the messages of those that known_offenders.txt does not list for the test yet, and
    what it lists though it is mended."""
    lines = pathlib.Path(__file__).with_name("known_offenders.txt").read_text(encoding="utf-8").splitlines()
    known = {offender for name, _, offender in (line.partition(" ") for line in lines) if name == test}
    return ([message for offender, message in found if offender not in known]
            + [f"known_offenders.txt: {test} {offender} is mended, take the line out"
               for offender in sorted(known - {offender for offender, _ in found})])


def report(broken, what):
    """The end of a test: prints every broken rule."""
    for line in broken:
        print(line)
    print(f"{what}: {len(broken)} broken" if broken else f"{what}: fine")
    sys.exit(bool(broken))
