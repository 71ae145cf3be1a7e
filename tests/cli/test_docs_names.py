# SPDX-License-Identifier: MIT
"""Every option, link, message, function and file that a page names exists."""
import pathlib
import re
import shutil
import subprocess

import pytest

import nsr
import pages

PAGES = pages.pages()
SOURCE = pages.TOP / "src"
pytestmark = pytest.mark.skipif(not pages.has_new_words(nsr.BIN), reason="the pages are ahead of this program")
each_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="module")
def options():
    return pages.program_options(nsr.BIN)


# Options of other programs: mpirun, docker, Slurm, submit.sh, cmake, npx, pkg-config, timeout, h5repack, and those of the launcher.
FOREIGN = {"--bind-to", "--shm-size", "--mpi", "--ntasks", "--nodes", "--cpus-per-task", "--mem-per-cpu", "--wait",
           "--shares", "--dry-run", "--signal", "--prefix",
           "--preset", "--build", "--install", "--cors", "--cflags", "--libs", "--preserve-status", "--low", "--high",
           "--plugin", "--screenshot", "--trail", "--overview"}


@each_page
def test_options_exist(name, options):
    known = set().union(*options.values()) | FOREIGN
    text = re.sub(r"^```text\n.*?^```$", "", PAGES[name], flags=re.M | re.S)
    named = set(re.findall(r"(?<![\w<!-])--[a-z][a-z0-9-]*", text))
    wrong = named - known - {"--fromat", "--formt"}
    assert not wrong, wrong


def anchors(text):
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@each_page
def test_links_lead_somewhere(name):
    here = (pages.TOP / name).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[name]):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = here / path if path else pages.TOP / name
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text()), target


PIECE = r'"((?:[^"\\\n]|\\.)*)"'
JOINED = re.compile(PIECE + r"(?:\s*(?:PRI[a-zA-Z0-9]+|NSR_[A-Z_]+)?\s*" + PIECE + r")*")
CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t|L)?[a-zA-Z]?|\{[^{}]*\}")


def formats():
    """The program's texts as patterns; a conversion stands for any text."""
    for path in [*SOURCE.rglob("*.c"), *SOURCE.rglob("*.h"), *SOURCE.rglob("*.py")]:
        for match in JOINED.finditer(path.read_text()):
            whole = "\0".join(re.findall(PIECE, match[0]))
            whole = whole.replace("%\0", "%d\0").replace("\0", "").replace("%%", "\1")
            whole = whole.replace('\\"', '"').replace("\\n", "")
            whole = whole.strip()
            fixed = CONVERSION.sub("", whole)
            if len(re.findall(r"[a-z]", fixed)) >= 6:
                parts = [re.escape(part.replace("\1", "%")) for part in CONVERSION.split(whole)]
                yield len(fixed), re.compile(".*?".join(parts) + ("" if parts[-1] else ".*"))


@pytest.fixture(scope="module")
def known_formats():
    return sorted(formats(), key=lambda pair: -pair[0])


def messages(name):
    for block in pages.blocks(PAGES[name]):
        if block.kind == "text" and not block.info:
            yield from (line for line in block.text.split("\n") if line.strip() not in ("", "..."))
    if name == "docs/ERRORS.md":
        for row in re.findall(r"^\| (`` .*? ``|`.*?`) ", PAGES[name], re.M):
            text = row[3:-3] if row.startswith("``") else row[1:-1]
            if " " in text:
                yield text


def explained(message, known):
    """The share of the message that texts of the program account for, the longest first."""
    left = message
    for _, pattern in known:
        match = pattern.search(left)
        if match:
            left = left[:match.start()] + "\0" * (match.end() - match.start()) + left[match.end():]
    return left.count("\0") / len(message)


@each_page
def test_messages_are_the_programs(name, known_formats):
    shares = {message: explained(message, known_formats) for message in messages(name)}
    unknown = "\n".join(f"{share:.2f} {message}" for message, share in shares.items() if share < 0.6)
    assert unknown == "", f"not messages of the program:\n{unknown}"


def test_python_blocks_compile():
    for name, text in PAGES.items():
        for block in pages.blocks(text):
            if block.kind == "python":
                compile(block.text, f"{name}:{block.line}", "exec")


def test_every_block_says_what_it_is():
    kinds = {"sh", "console", "python", "json", "text", "c"}
    for name in PAGES:
        text = PAGES[name]
        wrong = [f"{name}:{block.line}" for block in pages.blocks(text) if block.kind not in kinds]
        assert not wrong, wrong


# --- what pages for developers name exists ---

DEVELOPERS = {name: (pages.TOP / name).read_text(encoding="utf-8")
              for name in ("CONTRIBUTING.md", "docs/ARCHITECTURE.md", "docs/DECISIONS.md", "docs/EXTENDING.md")}
FOLDERS = ("src", "include", "tests", "tools", "docs", "bench", "jobs", ".ci")
EXAMPLES = re.compile(r"\bx\.|/x/|test_x|fuzz_x|X\.md|peaks|PEAKS|nsr_noun_verb")


@pytest.mark.parametrize("name", DEVELOPERS)
def test_names_of_code_exist(name):
    code = "\n".join(path.read_text() for folder in ("src", "include", "tests/cli")
                     for path in (pages.TOP / folder).rglob("*.[ch]"))
    spans = [span for span in re.findall(r"`([^`\n]+)`", DEVELOPERS[name]) if not EXAMPLES.search(span)]
    names = {word for span in spans for word in re.findall(r"\b(?:nsr|NSR)_\w+(?!\w*\.\.\.)", span)}
    missing = sorted(word for word in names if word not in code)
    assert missing == []


@pytest.mark.parametrize("name", DEVELOPERS)
def test_files_of_code_exist(name):
    spans = [span for span in re.findall(r"`([^`\s]+)`", DEVELOPERS[name]) if not EXAMPLES.search(span)]
    known = [path.relative_to(pages.TOP) for folder in FOLDERS
             for path in [pages.TOP / folder, *(pages.TOP / folder).rglob("*")]]
    for span in spans:
        if re.fullmatch(r"[\w./-]+\.(?:c|h|py|sh|md)|(?:src|include|tests|tools|docs|jobs)/[\w./-]*", span):
            parts = pathlib.PurePath(span).parts
            assert any(path.parts[-len(parts):] == parts for path in known), span


@pytest.mark.skipif(not shutil.which("mpicc"), reason="mpicc is not here")
def test_programs_in_pages_compile(tmp_path):
    for name, text in PAGES.items():
        for block in pages.blocks(text):
            if (block.kind, block.info) == ("c", "whole"):
                (tmp_path / "page.c").write_text(block.text)
                words = ["mpicc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{pages.TOP}/include"]
                done = subprocess.run([*words, "page.c"], cwd=tmp_path, capture_output=True, text=True, check=False)
                assert done.returncode == 0, f"{name}:{block.line}\n{done.stderr}"


def test_every_page_is_in_the_index():
    index = PAGES["README.md"]
    assert [name for name in PAGES if name.startswith("docs/") and f"({name})" not in index] == []
