# SPDX-License-Identifier: MIT
"""Plan, manifest and records may hold anything: no command crashes or calls it a bug of its own; and texts of status."""
import json
import random
import shutil
import subprocess

import h5py
import numpy as np
import pytest

import nsr

PICTURES = ("--format", "png", "--size", "36x24", "--segment-frames", 100)
CASES = 600 if nsr.LONG else 24


@pytest.fixture(scope="module")
def finished(recording, place):
    nsr.run("render", recording, "-o", place / "b.nsr", *PICTURES)
    return place / "b.nsr"


@pytest.fixture(scope="module")
def unfinished(place):
    """Some of its segments have failed."""
    path = place / "bad.h5"
    damaged(path, [5, 31, 32])
    nsr.run("render", path, "-o", place / "u.nsr", "--format", "png", "--size", "36x36", "--segment-frames", 4, code=nsr.DATA)
    return place / "u.nsr"


def damaged(path, frames):
    """A frame a chunk, and some of the chunks are no gzip."""
    with h5py.File(path, "w") as file:
        data = file.create_dataset("p", data=np.random.default_rng(1).random((40, 6, 6)), chunks=(1, 6, 6), compression=1)
        chunks = [data.id.get_chunk_info(i) for i in frames]
    with open(path, "r+b") as file:
        for chunk in chunks:
            file.seek(chunk.byte_offset)
            file.write(b"?" * chunk.size)


ODD = [None, 0, -1, 1, 2**62, -2**63, 1.5, 1e300, "", "x", "../../etc/passwd", "\u0000", "a" * 5000, [], {}, [None] * 20,
       {"png": 7}, True]


def spots(value, found, parent=None, key=None):
    """Every (container, key) of a document."""
    if parent is not None:
        found.append((parent, key))
    for k in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        spots(value[k], found, value, k)
    return found


def edit(rng, text):
    if rng.random() < 0.2:
        cut = rng.randrange(len(text))
        return text[:cut] + rng.choice(["", "\udcff", "{", "]"]) + text[cut + rng.randrange(9):] * rng.randrange(2)
    document = json.loads(text)
    for _ in range(rng.randrange(1, 4)):
        parent, key = rng.choice(spots(document, []))
        if rng.random() < 0.2 and isinstance(parent, dict):
            parent.pop(key, None)
        else:
            parent[key] = rng.choice(ODD)
    return json.dumps(rng.choice(ODD) if rng.random() < 0.05 else document)


def edit_file(rng, path):
    """A line of a journal keeps its hash right, so that it is believed."""
    if path.suffix == ".json":
        path.write_bytes(edit(rng, path.read_text()).encode(errors="surrogateescape"))
        return
    lines = list(nsr.journal_lines(path))
    text = edit(rng, json.dumps(lines.pop(rng.randrange(len(lines))))).encode(errors="surrogateescape")
    path.write_bytes(b"".join(map(nsr.journal_line, lines)) + nsr.hashed(text))


@pytest.mark.parametrize("seed", range(3))
def test_edited_files(finished, unfinished, tmp_path, seed):
    rng = random.Random(seed)
    for i in range(CASES // 3):
        bundle = tmp_path / f"{i}.nsr"
        shutil.copytree(rng.choice([finished, unfinished]), bundle)
        name = rng.choice([p for p in bundle.rglob("*.j*n*") if p.parent.name in (bundle.name, "segments")])
        edit_file(rng, name)
        for words in (["status", bundle], ["status", bundle, "--json"], ["verify", bundle]):
            done = nsr.run(*words, code=None)
            assert done.code in (nsr.OK, nsr.DATA, nsr.NO_INPUT, nsr.MISMATCH, nsr.USAGE) and "(bug)" not in done.err, \
                f"{name.name}: {done}"
            assert done.code or "--json" not in words or done.json["n_segments"] >= done.json["missing"] >= 0
        shutil.rmtree(bundle)


@pytest.mark.parametrize("edited", [{"outputs": {"png": None}}, {"outputs": {"png": 5}}, {"outputs": []}, {"outputs": 3}])
@pytest.mark.parametrize("which", ["finished", "unfinished"])
def test_status_of_a_plan_without_digests(request, tmp_path, which, edited):
    bundle = tmp_path / "o.nsr"
    shutil.copytree(request.getfixturevalue(which), bundle)
    plan = json.loads((bundle / "plan.json").read_text())
    (bundle / "plan.json").write_text(json.dumps({**plan, **edited}))
    wants = isinstance(edited["outputs"], dict)
    assert nsr.run("status", bundle, "--json").json["finished"] == (which == "finished" and not wants)


@pytest.mark.parametrize("threads", [1, 4])
def test_each_note_names_its_own_cause(tmp_path, threads):
    path, bundle, bad = tmp_path / "a.h5", tmp_path / "o.nsr", [5, 13, 22, 38]
    damaged(path, bad)
    words = ["render", path, "-o", bundle, "--format", "png", "--size", "36x36", "--segment-frames", 4, "--threads", threads]
    nsr.run(*words, code=nsr.DATA)
    notes = {line["failed"]: line["why"] for line in nsr.journals(bundle) if "failed" in line}
    assert sorted(notes) == [frame // 4 for frame in bad]
    for frame in bad:
        assert f"frame {frame}" in notes[frame // 4] or f"frames {frame}" in notes[frame // 4], notes[frame // 4]


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["verify"], ["verify", "--json"]])
def test_a_full_stdout(finished, words):
    full(*words, finished)


@pytest.mark.parametrize("words", [["info"], ["info", "--json"], ["plan"], ["range"], ["range", "--json"]])
def test_a_full_stdout_of_an_input(recording, words):
    full(*words, recording)


@pytest.mark.parametrize("words", [["--help"], ["--help-all"], ["--version"], ["--man"], ["--completion", "bash"]])
def test_a_full_stdout_of_pages(words):
    full(*words)


def full(*words):
    with open("/dev/full", "w") as out:
        done = subprocess.run(nsr.command(*words), stdout=out, stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == nsr.IO and "stdout: cannot write" in done.stderr, (words, done)


def test_a_reader_that_leaves_is_no_failure():
    words = " ".join(nsr.command("--help-all"))
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {words} | head -1"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and not done.stderr, done
