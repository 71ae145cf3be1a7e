# SPDX-License-Identifier: MIT
"""Crash at every step that makes something durable or takes something away: the process ends at once instead of the k-th
such call, for all k. Whatever was left behind, the next run makes the bytes of an undisturbed one."""
import shutil

import pytest

import nsr
import shim

STEPS = "rename,link,unlink,fsync,syncfs,mkdir"
RENDER = ("--format", "png,video", "--size", "48x36", "--unit-frames", 64)
STRIDE = 1 if nsr.LONG else 4


@pytest.fixture(scope="module")
def small(place):
    path = place / "small.h5"
    nsr.run("synth", path, "--frames", 192, "--grid", "8x6", "--seed", 11)
    return path


def steps_of(words, log):
    """How many such calls an undisturbed run makes below the bundle."""
    nsr.run(*words, env=shim.env(STEPS, "o.nsr", log=log))
    return shim.counts(log)[0]


def crash(words, k):
    with nsr.Running(*words, env=shim.env(STEPS, "o.nsr", k, "exit")) as running:
        done = running.wait(20)
    assert done.code == 99, f"no crash at step {k}: {done}"


def go_on(bundle, words):
    """`resume` where there is a plan, else the same command again."""
    return nsr.run("resume", bundle) if (bundle / "plan.json").exists() else nsr.run(*words)


def after_crash(words, bundle, k, twice):
    """What `go_on` leaves, after a crash at step k and perhaps another one while going on."""
    crash(words, k)
    if twice and (bundle / "plan.json").exists() and not (bundle / "manifest.json").exists():
        with nsr.Running("resume", bundle, env=shim.env(STEPS, "o.nsr", 1 + k % 7, "exit")) as again:
            again.wait(20)
    go_on(bundle, words)
    nsr.run(*words)  # once more: a crash while a finished bundle is opened again may have left the old one


def sweep(prepare, words, bundle, reference, n):
    """Crashes at step k on what `prepare` made, for all k; tells all steps after which something is wrong."""
    assert n > 10
    wrong = []
    for number, k in enumerate(range(1, n + 1, STRIDE)):
        shutil.rmtree(bundle, ignore_errors=True)
        prepare()
        try:
            after_crash(words, bundle, k, twice=number % 2)
            nsr.assert_same(bundle, reference)
        except AssertionError as error:
            wrong.append(f"step {k} of {n}: {str(error).splitlines()[0]}")
    assert not wrong, f"{len(wrong)} crashes were not mended:\n" + "\n".join(wrong)


@pytest.fixture
def bundle(tmp_path):
    return tmp_path / "o.nsr"


def test_while_it_is_made(small, bundle, tmp_path):
    words = ("render", small, "-o", bundle, *RENDER, "--threads", 1)
    n = steps_of(words, tmp_path / "log")
    sweep(lambda: None, words, bundle, nsr.tree(bundle), n)


@pytest.mark.parametrize("what, words", [
    ("a further output", ("--format", "hash")),
    ("another style", (*RENDER, "--cmap", "hot")),
    ("another video", ("--format", "video", "--size", "48x36", "--unit-frames", 64, "--crf", 30)),
])
def test_while_a_finished_bundle_is_changed(small, bundle, tmp_path, what, words):
    made = ("render", small, "-o", bundle, *RENDER)
    nsr.run(*made)
    shutil.copytree(bundle, tmp_path / "finished")
    changed = ("render", small, "-o", bundle, "--size", "48x36", "--unit-frames", 64, "--threads", 1, *words)
    n = steps_of(changed, tmp_path / "log")
    reference = nsr.tree(bundle)
    sweep(lambda: shutil.copytree(tmp_path / "finished", bundle), changed, bundle, reference, n)


def test_while_a_damaged_unit_is_repaired(small, bundle, tmp_path):
    words = ("render", small, "-o", bundle, *RENDER, "--check", "hash", "--threads", 1)
    nsr.run(*words)
    reference = nsr.tree(bundle)
    where = nsr.output(bundle, "video")["units"][1]
    with open(bundle / "video.mp4", "r+b") as file:
        file.seek(where["offset"] + where["bytes"] // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 255]))
    shutil.rmtree(next((bundle / "frames").iterdir()))
    shutil.copytree(bundle, tmp_path / "damaged")
    n = steps_of(words, tmp_path / "log")
    nsr.assert_same(bundle, reference)
    sweep(lambda: shutil.copytree(tmp_path / "damaged", bundle), words, bundle, reference, n)
