# SPDX-License-Identifier: MIT
"""Every command of README.md and docs/*.md works and prints what the page shows, and every JSON document has the keys
that the page shows. tests/lib/pages.py explains the marks of blocks."""
import json
import os
import re
import shutil
import sys

import pytest

import nsr
import pages
import sessions

PAGES = pages.pages()
LAUNCHER = (pages.TOP / "src/sink/open_in_napari.py").read_text()
pytestmark = pytest.mark.skipif(not pages.has_new_words(nsr.BIN), reason="the pages are ahead of this program")
each_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="module")
def options():
    return pages.program_options(nsr.BIN)


# --- what a page starts with ---

@pytest.fixture(scope="module")
def made(place):
    """Makes a file of that name once; pages get copies."""
    def make(name):
        path = place / name
        if path.exists():
            return path
        if path.suffix == ".nsr":
            source = make(f"{path.stem}.nwb" if path.stem == "session" else f"{path.stem}.h5")
            nsr.run("render", source.name, "-o", name, cwd=place)
        elif name == "session.nwb":
            sessions.write_one_field(path)
        elif name == "walk.h5":
            nsr.run("synth", path, "--frames", 20000, "--grid", "40x40")
        elif name == "small.h5":
            nsr.run("synth", path, "--frames", 600)
        elif name == "flat.h5":
            nsr.run("synth", path, "--frames", 600, "--flat")
        else:
            raise AssertionError(f"no recipe for {name}")
        return path
    return make


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    """An empty folder with the program and Python on the PATH, on at most two processors."""
    tools = tmp_path / ".bin"
    tools.mkdir()
    for name, target in (("nsrender-mpi", os.path.realpath(nsr.BIN)), ("python", sys.executable)):
        (tools / name).write_text(f'#!/bin/sh\nexec "{target}" "$@"\n')
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(allowed)[:2]))
    yield tmp_path
    os.sched_setaffinity(0, allowed)


def put(made, name, folder):
    source = made(name)
    if source.is_dir():
        shutil.copytree(source, folder / name)
    else:
        shutil.copy(source, folder / name)


# --- pages are run ---

def check_options(line, options):
    for command, used in pages.words_of(line):
        assert command in options or command.startswith("-"), f"no command {command}: {line}"
        if command in options:
            unknown = set(used) - options[command]
            assert not unknown, f"{command} has no {unknown}: {line}"
    if "open_in_napari.py" in line:
        for option in re.findall(r"(?<=\s)--[a-z]+", line.split("open_in_napari.py")[1]):
            assert f'add_argument("{option}"' in LAUNCHER, f"the launcher has no {option}: {line}"


def run_block(block, shell, where):
    todo = pages.commands(block)
    for i, command in enumerate(todo):
        if "open_in_napari.py" in command.line:
            continue  # tests/client/test_napari.py opens windows
        code, printed = shell.run(command.line)
        states_code = i + 1 < len(todo) and todo[i + 1].line == "echo $?"
        assert code == 0 or states_code, f"{where}: `{command.line}` ended with {code}:\n" + "\n".join(printed)
        missing = pages.shows(printed, command.output)
        assert missing is None, f"{where}: `{command.line}` does not print\n{missing}\nbut\n" + "\n".join(printed)


def keys(document, path=""):
    """Every path of keys; the elements of a list count as one."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield f"{path}/{name}"
            yield from keys(value, f"{path}/{name}")
    elif isinstance(document, list):
        for value in document:
            yield from keys(value, f"{path}[]")


def check_document(block, shell, folder, where):
    if block.info.startswith("nsrender-mpi "):
        _, printed = shell.run(block.info + " 2>/dev/null")
        real = json.loads("\n".join(printed))
    elif block.info.endswith(".jnl"):
        real = next(line for line in nsr.journal_lines(next(folder.glob(block.info))) if "segment" in line)
    elif block.info:
        real = json.loads((folder / block.info).read_text())
    else:
        json.loads(block.text)
        return
    shown, known = set(keys(json.loads(block.text))), set(keys(real))
    cut = [key.removesuffix("...") for key in shown if key.endswith("/...")]
    missing = {key for key in known - shown if not any(key.startswith(start) for start in cut)}
    extra = {key for key in shown - known if not key.endswith("/...")}
    assert not missing | extra, f"{where}: {block.info} has {missing}, and not {extra}"


@each_page
def test_page_works(name, folder, made, options):
    scope = {"__name__": "page"}
    for wanted in pages.needs(PAGES[name]):
        put(made, wanted, folder)
    with pages.Shell(folder, nsr.ENV | {"PATH": os.environ["PATH"]}) as shell:
        for block in pages.blocks(PAGES[name]):
            where = f"{name}:{block.line}"
            if block.kind in ("sh", "console"):
                if block.kind == "sh":
                    for command in pages.commands(block):
                        check_options(command.line, options)
                if not block.info:
                    run_block(block, shell, where)
            elif block.kind == "python" and not block.info:
                exec(compile(block.text, where, "exec"), scope)  # pylint: disable=exec-used
            elif block.kind == "json":
                check_document(block, shell, folder, where)
