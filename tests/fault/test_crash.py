# SPDX-License-Identifier: MIT
"""Crash at every step that makes something durable or takes something away: the process ends at once instead of the
k-th such call, for all k. Whatever was left behind, the next run makes the bytes of an undisturbed one."""
import math
import shutil

import pytest
import zarr

import nsr
import shim
import stacks

STEPS = "rename,link,unlink,remove,fsync,syncfs,mkdir"
RENDER = ("--format", "png,video", "--size", "48x36", "--segment-frames", 32)
STACK = ("--segment-frames", 32, "--chunk-frames", 8)
STRIDE = 1 if nsr.LONG else 4


@pytest.fixture(scope="module")
def small(place):
    path = place / "small.h5"
    nsr.run("synth", path, "--frames", 96, "--grid", "8x6", "--seed", 11)
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
    """`resume` where there is a plan, else the same command again. Damage that only a hash tells is looked for again."""
    check = ("--check", "hash") if "--check" in words else ()
    return nsr.run("resume", bundle, *check) if (bundle / "plan.json").exists() else nsr.run(*words)


def no_half_stack(bundle):
    """What viewers can open, also a level alone, is there as a whole and can be read."""
    for about in bundle.glob("*.ome.zarr/*/zarr.json"):
        array = zarr.open_array(about.parent, mode="r")
        assert array[:].any() and len(list(about.parent.glob("c.*"))) == math.ceil(array.shape[0] / array.shards[0]), \
            f"half a stack: {about.parent}"


def after_crash(words, bundle, k, twice, look):
    """What `go_on` leaves, after a crash at step k and perhaps another one while going on."""
    crash(words, k)
    look(bundle)
    if twice and (bundle / "plan.json").exists() and not (bundle / "manifest.json").exists():
        with nsr.Running("resume", bundle, env=shim.env(STEPS, "o.nsr", 1 + k % 7, "exit")) as again:
            again.wait(20)
        look(bundle)
    go_on(bundle, words)
    nsr.run(*words)  # once more: a crash while a finished bundle is opened again may have left the old one


def sweep(prepare, words, bundle, reference, n, look=no_half_stack):
    """Crashes at step k on what `prepare` made, for all k; returns all steps after which something is wrong. `look`: at
    what a crash left."""
    assert n > 10
    wrong = []
    for number, k in enumerate(range(1, n + 1, STRIDE)):
        shutil.rmtree(bundle, ignore_errors=True)
        prepare()
        try:
            after_crash(words, bundle, k, number % 2, look)
            nsr.assert_same(bundle, reference)
        except AssertionError as error:
            about = str(error).splitlines()
            wrong.append(f"step {k} of {n}: {about[0]} ... {about[-1]}")
    assert not wrong, f"{len(wrong)} crashes were not mended:\n" + "\n".join(wrong)


@pytest.fixture
def bundle(tmp_path):
    return tmp_path / "o.nsr"


@pytest.mark.parametrize("made", [RENDER, STACK], ids=["pictures", "stack"])
def test_while_it_is_made(small, bundle, tmp_path, made):
    words = ("render", small, "-o", bundle, *made, "--threads", 1)
    n = steps_of(words, tmp_path / "log")
    sweep(lambda: None, words, bundle, nsr.tree(bundle), n)


SMALL = ("--size", "48x36", "--segment-frames", 32)


@pytest.mark.parametrize("made, words", [
    pytest.param(RENDER, (*SMALL, "--format", "hash"), id="a further output"),
    pytest.param(RENDER, (*RENDER, "--cmap", "hot"), id="another style"),
    pytest.param(RENDER, (*SMALL, "--format", "video", "--crf", 30), id="another video"),
    pytest.param(STACK, (*STACK, "--vmax", 0.1), id="another style of a stack"),
    pytest.param(STACK, (*STACK, "--zarr-codec", "zstd"), id="another codec of a stack"),
    pytest.param(RENDER, (*SMALL, *STACK), id="a stack further"),
    pytest.param(STACK, (*SMALL, "--format", "png"), id="pictures to a stack"),
])
def test_while_a_finished_bundle_is_changed(small, bundle, tmp_path, made, words):
    nsr.run("render", small, "-o", bundle, *made)
    shutil.copytree(bundle, tmp_path / "finished")
    changed = ("render", small, "-o", bundle, "--threads", 1, *words)
    n = steps_of(changed, tmp_path / "log")
    reference = nsr.tree(bundle)
    sweep(lambda: shutil.copytree(tmp_path / "finished", bundle), changed, bundle, reference, n)


@pytest.mark.parametrize("name", [f"{stacks.STORE}/0/c.1.0.0", "overview.ome.zarr/0/c.0.0.0.0", "summary.csv"])
def test_while_a_damaged_stack_is_repaired(small, bundle, tmp_path, name):
    words = ("render", small, "-o", bundle, *STACK, "--threads", 1)
    nsr.run(*words)
    reference = nsr.tree(bundle)
    (bundle / name).write_bytes((bundle / name).read_bytes()[:-1])
    shutil.copytree(bundle, tmp_path / "damaged")
    n = steps_of(words, tmp_path / "log")
    nsr.assert_same(bundle, reference)
    sweep(lambda: shutil.copytree(tmp_path / "damaged", bundle), words, bundle, reference, n, lambda _: None)


def test_while_a_damaged_segment_is_repaired(small, bundle, tmp_path):
    words = ("render", small, "-o", bundle, *RENDER, "--check", "hash", "--threads", 1)
    nsr.run(*words)
    reference = nsr.tree(bundle)
    where = nsr.output(bundle, "video")["segments"][1]
    with open(bundle / "video.mp4", "r+b") as file:
        file.seek(where["offset"] + where["bytes"] // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 255]))
    shutil.rmtree(bundle / "frames" / "000001")
    shutil.copytree(bundle, tmp_path / "damaged")
    n = steps_of(words, tmp_path / "log")
    nsr.assert_same(bundle, reference)
    sweep(lambda: shutil.copytree(tmp_path / "damaged", bundle), words, bundle, reference, n)


# --- an overview of several files that is joined again ---

def crash_before_the_end(words, bundle, n):
    """The last step before the manifest."""
    for k in range(n, 0, -1):
        shutil.rmtree(bundle, ignore_errors=True)
        crash(words, k)
        if (bundle / "overview.ome.zarr/zarr.json").exists() and not (bundle / "manifest.json").exists():
            return
    raise AssertionError("the overview is never there without the manifest")


def test_while_an_overview_is_joined_again(bundle, tmp_path):
    """It is whole, but nothing records it: its files go and come again, and are not seen meanwhile."""
    nsr.run("synth", tmp_path / "long.h5", "--frames", 8200, "--grid", "3x2", "--seed", 1)
    words = ("render", tmp_path / "long.h5", "-o", bundle, "--format", "overview", "--segment-frames", 4100, "--threads", 1)
    n = steps_of(words, tmp_path / "log")
    reference = nsr.tree(bundle)
    assert len([name for name in reference if name.startswith("overview.ome.zarr/0/c.")]) == 3
    crash_before_the_end(words, bundle, n)
    shutil.copytree(bundle, tmp_path / "stopped")
    resume = ("resume", bundle)
    n = steps_of(resume, tmp_path / "log of resume")
    sweep(lambda: shutil.copytree(tmp_path / "stopped", bundle), resume, bundle, reference, n)
