# SPDX-License-Identifier: MIT
"""What a user meets first: help, version, man page, completion, and answers to mistakes. None of it needs MPI."""
import json
import os
import re
import shutil
import subprocess

import pytest

BIN = os.environ["NSR_BIN"]
COMMANDS = ["render", "resume", "status", "range", "info", "plan", "layout", "join", "verify", "synth"]
CODES = ["0", "64", "65", "66", "70", "73", "74", "75", "78"]


def run(*words, ranks=0):
    launch = ["mpirun", "-n", str(ranks)] if ranks else []
    return subprocess.run([*launch, BIN, *words], capture_output=True, text=True, timeout=60, check=False)


def page(*words):
    """What the words print: exit 0, all on stdout."""
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def options_of(command):
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", page(command, "--help-all"), re.M))


def test_overview_names_commands_and_exit_codes():
    text = page("--help")
    assert text == page("help") == page("-h")
    assert all(re.search(rf"^  {command} ", text, re.M) for command in COMMANDS)
    assert all(re.search(rf"^  {code} ", text, re.M) for code in CODES)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command):
    text = page(command, "--help")
    assert text == page("help", command) == page(command, "any-input", "-h")
    assert text.startswith(f"Usage: nsrender-mpi {command} ")
    assert "Examples:\n" in text
    assert {"--help", "--threads", "--memory", "--io", "--progress", "--quiet", "--verbose", "--json"} <= options_of(command)


@pytest.mark.parametrize("words", [["--help"], *([command, word] for command in COMMANDS for word in ("--help", "--help-all"))])
def test_help_fits_a_terminal(words):
    for line in page(*words).split("\n"):
        assert len(line) <= 80 and line == line.rstrip()


def test_help_shows_defaults_and_words():
    text = " ".join(page("render", "--help-all").split())
    assert "(0 to 51; default: 18)" in text
    assert "(auto, direct, hdf5, mpio; default: auto)" in text
    assert all(word in text for word in ("png", "video", "hash", "null", "default: viridis"))


def shown_options(command):
    return re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", page(command, "--help"), re.M)


LONG = {"render": 15, "plan": 15, "range": 13, "layout": 12}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_long_command_is_short(command):
    shown, everything = shown_options(command), options_of(command)
    last = page(command, "--help").rstrip("\n").split("\n")[-1]
    assert len(set(shown)) == len(shown)
    if command in LONG:
        assert set(shown) < everything and len(shown) <= LONG[command]
        assert last == f"nsrender-mpi {command} --help-all shows all {len(everything)} options."
    else:
        assert set(shown) == everything and page(command, "--help") == page(command, "--help-all")


def test_help_is_grouped_by_task():
    text = page("render", "--help")
    titles = ["Input", "What is drawn", "Colours", "Output", "Speed and cluster", "Examples"]
    assert [title for title in re.findall(r"^(\w.*):$", text, re.M)] == titles
    assert {"--field", "--time", "--cmap", "--percentile", "--output", "--format", "--threads"} <= set(shown_options("render"))
    assert page("--help-all") == page("--help")


def test_options_stand_where_they_belong():
    assert "--gzip-level" in options_of("synth") and "--gzip-level" not in options_of("render")
    assert "--crf" in options_of("plan") and "--crf" not in options_of("range")
    assert options_of("render") == options_of("plan")


def test_version():
    text, document = page("--version"), json.loads(page("--version", "--json"))
    assert text.startswith(f"nsrender-mpi {document['nsrender_mpi']}\n")
    assert "parallel" in document["hdf5"]
    for key in ("mpi", "libpng", "libavcodec", "libavformat", "x264", "libdeflate", "jansson", "xxhash", "compiler", "openmp"):
        assert document[key] and document[key] in text


def test_man_page_has_all_options():
    text = page("--man").replace("\\-", "-")
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "FILES", "EXAMPLES", "SEE ALSO"):
        assert f"\n.SH {section}\n" in text
    for command in COMMANDS:
        assert f'.BI "{command} " ' in text
        assert all(re.search(rf"^\.BR .*{option}\b", text, re.M) for option in options_of(command))


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not here")
def test_man_page_is_good_roff():
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=page("--man"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def complete(*words):
    """What bash offers for the last word."""
    script = page("--completion", "bash") + """
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nsrender_mpi; printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(["bash", "-c", script, "bash", "nsrender-mpi", *words], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_completion():
    assert complete("re") == ["render", "resume"]
    assert set(COMMANDS) <= set(complete("help", ""))
    assert complete("render", "--nodata") == ["--nodata-color"]
    assert complete("render", "--gzip") == []
    assert complete("synth", "--gzip") == ["--gzip-level"]
    assert complete("render", "--io", "d") == ["direct"]
    assert complete("render", "--io", "=", "d") == ["direct"]
    assert complete("render", "--io", "=") == ["auto", "direct", "hdf5", "mpio"]
    assert complete("render", "--format", "png,v") == ["png,video"]
    assert complete("render", "--fps", "") == []
    assert BIN in complete("render", BIN[:-1])


MISTAKES = {
    "": "no command given",
    "rendr in": "unknown command 'rendr'; did you mean 'render'? (see nsrender-mpi --help)",
    "render in -o out --formt png": "unknown option '--formt'; did you mean '--format'? (see nsrender-mpi render --help)",
    "render in -o out --cmpa magma": "did you mean '--cmap'?",
    "render in -o out --io drect": "did you mean 'direct'?",
    "render in -o out --gzip-level 3": "render takes no --gzip-level; it belongs to synth",
    "render in": "--output BUNDLE is missing",
    "render -o out": "INPUT is missing",
    "render in more -o out": "unexpected 'more'",
    "render in -o out --crf": "--crf needs a value",
    "render in -o out --crf 1.5": "'1.5' is not a whole number",
    "render in -o out --frames 9:3": "--frames: 9:3 has no frame",
    "status": "BUNDLE is missing",
    "synth out.h5 --storage zip": "did you mean 'gzip'? Choose contiguous or gzip",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_mistake_is_answered(line):
    done = run(*line.split())
    assert (done.returncode, done.stdout) == (64, "")
    assert MISTAKES[line] in done.stderr
    assert done.stderr.count("\n") == 1 or line == ""


def test_mistake_is_answered_once_by_all_ranks():
    done = run("render", "in", "-o", "out", "--formt", "png", ranks=3)
    assert done.returncode == 64
    assert done.stderr.count("did you mean '--format'?") == 1
