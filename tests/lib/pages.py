# SPDX-License-Identifier: MIT
"""The pages of the documentation as tests see them: fenced blocks, the commands in them, and the output they show.

The word behind the fence is the kind of the block:
    sh           commands; each is run and must succeed
    console      `$ command` lines, each followed by its output; `$ echo $?` states another exit code than 0
    sh cluster   commands for a login node of a cluster: run by cluster/test_docs.py
    sh install   commands that install packages: not run
    python       run in the page's own Python, in order with the commands
    json COMMAND the document that COMMAND prints; or `json FILE`: the keys of that file,
                 of a journal of its first record
    text         log lines and messages: each must be one of the program's; `text WORD`: any other text
    c            a fragment; `c whole`: a file that compiles
A page starts in an empty folder with what its first line asks for: `<!-- test: walk.h5 session.nwb -->`."""
import dataclasses
import pathlib
import re
import shlex
import subprocess
import threading

TOP = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S)
NEEDS = re.compile(r"<!-- test: (.*?) -->")
# Numbers that differ from run to run, or with the libraries: they are not compared.
VARIES = re.compile(r"seconds: .*|\d[\d.,]*(?= (?:s|ms|kB|MB|GB|ranks?|threads?)\b)|(?<=process )\d+"
                    r"|\d+ of \d+(?= segments done)|\d+(?= missing)|\d+(?= of \d+ frames are done)"
                    r"|\d+(?= rendered in this run)|\d+(?= files, about)")


@dataclasses.dataclass
class Block:
    line: int
    kind: str
    info: str
    text: str


@dataclasses.dataclass
class Command:
    line: str
    output: list


def pages():
    found = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
    return {str(path.relative_to(TOP)): path.read_text(encoding="utf-8") for path in found}


def blocks(text):
    for match in FENCE.finditer(text):
        lines = [line.removeprefix(match["indent"]) for line in match["text"].split("\n")[:-1]]
        kind, _, info = match["info"].strip().partition(" ")
        yield Block(text.count("\n", 0, match.start()) + 1, kind, info, "\n".join(lines))


def needs(text):
    match = NEEDS.search(text)
    return match[1].split() if match else []


def commands(block):
    """The commands of a block with the output that it shows for each (None: none is shown)."""
    found = []
    if block.kind == "console":
        for line in block.text.split("\n"):
            if line.startswith("$ "):
                found.append(Command(line[2:], []))
            else:
                found[-1].output.append(line)
    else:
        for line in block.text.replace("\\\n", " ").split("\n"):
            if line.strip() and not line.startswith("#"):
                found.append(Command(line, []))
    return found


def words_of(line):
    """(command of the program, its options) for every call of the program in a shell line."""
    words = shlex.split(line, comments=True)
    for at, word in enumerate(words):
        if word.endswith("nsrender-mpi") and at + 1 < len(words):
            rest = words[at + 2:]
            end = next((i for i, w in enumerate(rest) if w in (";", "&&", "|", ">", "2>")), len(rest))
            yield words[at + 1], [w.split("=")[0] for w in rest[:end] if w.startswith("--")]


def options_of(program, command):
    """Every option of a command, from --help-all if there is one; None if there is no such command."""
    for word in ("--help-all", "--help"):
        done = subprocess.run([program, command, word], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", done.stdout))
    return None


def program_options(program):
    """{command: its options}"""
    listing = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    found = {name: options_of(program, name) for name in re.findall(r"^  ([a-z]+) ", listing, re.M)}
    return {name: known for name, known in found.items() if known}


def has_new_words(program):
    """The program knows the words of the glossary: units of work are segments."""
    return "--segment-frames" in options_of(program, "render")


def bare(line):
    return VARIES.sub("#", " ".join(line.split()))


def shows(printed, expected):
    """The first expected line that was not printed, in the order of the page; None if all were. A line `...` stands for
    any lines, `...` in a line for any text."""
    rest = [bare(line) for line in printed]
    for line in expected:
        if line.strip() in ("...", ""):
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in bare(line).split("...")) + r"\Z")
        at = next((i for i, have in enumerate(rest) if pattern.match(have)), None)
        if at is None:
            return line
        rest = rest[at + 1:]
    return None


class Shell:
    """One bash for a whole page, so that variables and `$?` live on from command to command."""

    def __init__(self, folder, env, limit=60, through=()):
        self.limit = limit
        self.process = subprocess.Popen([*through, "bash", "--norc"], cwd=folder, env=env, stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def run(self, line):
        """(exit code, lines printed)"""
        timer = threading.Timer(self.limit, self.process.kill)
        timer.start()
        self.process.stdin.write(f"{{ {line}\n}} </dev/null\n__code=$?; printf '\\n@@%d\\n' $__code; (exit $__code)\n")
        self.process.stdin.flush()
        printed = []
        try:
            for have in self.process.stdout:
                if have.startswith("@@"):
                    return int(have[2:]), "".join(printed).replace("\r", "\n").split("\n")
                printed.append(have)
        finally:
            timer.cancel()
        raise AssertionError(f"ended or took longer than {self.limit} s: {line}\n{''.join(printed)}")
