# SPDX-License-Identifier: MIT
"""One system call fails on one rank, or on each but the root. The run ends on all ranks within seconds with one message
and the right code, finished segments are kept, and a run without the fault makes the bytes of an undisturbed one."""
import pytest

import nsr
import shim

OWN = ("--io", "mpio")  # each rank renders its own segments; else one may take all on a busy machine
RENDER = ("--format", "png,video", "--size", "160x120", "--segment-frames", 16, "--memory", "64M")  # enough segments for every rank
SECONDS = 12


@pytest.fixture(scope="module")
def undisturbed(recording, place):
    nsr.run("render", recording, "-o", place / "reference.nsr", *RENDER)
    return nsr.tree(place / "reference.nsr")


def segment_files(bundle):
    """Stamps of the frames of finished segments."""
    done = nsr.records(bundle) if (bundle / "segments").exists() else []
    return {name: stamp for name, stamp in nsr.stamps(bundle).items()
            if name.startswith("frames/") and name.split("/")[1].isdigit() and int(name.split("/")[1]) in done}


def goes_on(bundle, recording, undisturbed, ranks=0):
    """Without the fault the rest is made, and nothing that was finished is made again."""
    before = segment_files(bundle) if bundle.exists() else {}
    if (bundle / "plan.json").exists():
        nsr.run("resume", bundle, ranks=ranks)
    else:
        nsr.run("render", recording, "-o", bundle, *RENDER, ranks=ranks)
    after = nsr.stamps(bundle)
    assert all(after.get(name) == stamp for name, stamp in before.items()), "a finished segment was made again"
    nsr.assert_same(bundle, undisturbed)


# (calls, path, number of the call, error) and the code with which the run must end
OUTPUT_FAULTS = {
    "a PNG cannot be created: disk full": ("open", ".png", 5, "ENOSPC", nsr.IO),
    "a PNG cannot be created: not allowed": ("open", ".png", 5, "EACCES", nsr.CREATE),
    "a PNG cannot be written: disk full": ("pwrite,write", "frames/", 7, "ENOSPC", nsr.IO),
    "a PNG cannot be written: quota": ("pwrite,write", "frames/", 7, "EDQUOT", nsr.IO),
    "a PNG cannot be closed": ("close", ".png", 3, "EIO", nsr.IO),
    "frames cannot be renamed": ("rename", "frames/", 1, "EIO", nsr.IO),
    "the segment's directory cannot be made": ("mkdir", "frames/.", 1, "ENOSPC", nsr.IO),
    "a video part cannot be created": ("open", "parts/video/", 1, "EACCES", nsr.CREATE),
    "a video part cannot be written": ("write,pwrite", "parts/video/", 1, "EIO", nsr.IO),
    "a journal cannot be created": ("open", ".jnl", 1, "EACCES", nsr.CREATE),
    "a record cannot be written": ("write,pwrite", ".jnl", 1, "ENOSPC", nsr.IO),
    "a later record cannot be written": ("write,pwrite", ".jnl", 3, "ENOSPC", nsr.IO),
}


@pytest.mark.parametrize("what", OUTPUT_FAULTS)
def test_an_output_fails(recording, undisturbed, tmp_path, what):
    calls, path, at, error, code = OUTPUT_FAULTS[what]
    bundle = tmp_path / "o.nsr"
    done = nsr.fails(code, "render", recording, "-o", bundle, *RENDER, *OWN, ranks=3, timeout=SECONDS, says="o.nsr",
                     env=shim.env(calls, path, at, error, rank="others"))
    assert not (bundle / "manifest.json").exists()
    if error in ("ENOSPC", "EDQUOT"):
        assert "room" in done.errors[0]
    goes_on(bundle, recording, undisturbed)


# What the root alone does: (calls, path, number, error), code
ROOT_FAULTS = {
    "the bundle cannot be made": ("mkdir", "o.nsr", 1, "EACCES", nsr.CREATE),
    "the bundle cannot be made: read-only": ("mkdir", "o.nsr", 1, "EROFS", nsr.CREATE),
    "the bundle cannot be made: disk full": ("mkdir", "o.nsr", 1, "ENOSPC", nsr.IO),
    "the lock cannot be made": ("link", "locks/", 1, "EACCES", nsr.CREATE),
    "the lock cannot be flushed": ("fsync", "locks/", 1, "EIO", nsr.IO),
    "the plan cannot be created": ("open", "plan.json", 2, "EACCES", nsr.CREATE),
    "the plan cannot be written": ("write,pwrite", "plan.json", 1, "ENOSPC", nsr.IO),
    "the plan cannot be flushed": ("syncfs", "plan.json", 1, "EIO", nsr.IO),
    "the plan cannot be put in place": ("rename,link", "plan.json", 1, "EIO", nsr.IO),
    "the manifest cannot be written": ("write,pwrite", "manifest.json", 1, "ENOSPC", nsr.IO),
    "the manifest cannot be flushed": ("syncfs", "manifest.json", 1, "EIO", nsr.IO),
    "the manifest cannot be renamed": ("rename", "manifest.json", 1, "EIO", nsr.IO),
    "the video cannot be created": ("open", "video.mp4", 1, "ENOSPC", nsr.IO),
    "the video cannot be written": ("write,pwrite", "video.mp4", 1, "ENOSPC", nsr.IO),
    "the video cannot be closed": ("close", "video.mp4", 1, "EIO", nsr.IO),
    "the video cannot be renamed": ("rename", "video.mp4", 1, "EIO", nsr.IO),
}


@pytest.mark.parametrize("what", ROOT_FAULTS)
def test_what_the_root_does_fails(recording, undisturbed, tmp_path, what):
    calls, path, at, error, code = ROOT_FAULTS[what]
    bundle = tmp_path / "o.nsr"
    nsr.fails(code, "render", recording, "-o", bundle, *RENDER, ranks=2, timeout=SECONDS, says="o.nsr",
              env=shim.env(calls, path, at, error, rank=0))
    assert not (bundle / "manifest.json").exists()
    goes_on(bundle, recording, undisturbed)


@pytest.mark.parametrize("call", ["copy,pwrite", "pread"])
def test_joining_fails_on_another_rank(recording, undisturbed, tmp_path, call):
    path = "video.mp4" if "copy" in call else "parts/video/"
    done = nsr.run("render", recording, "-o", tmp_path / "o.nsr", *RENDER, ranks=3, code=None, timeout=SECONDS,
                   env=shim.env(call, path, 1, "EIO", rank=1, many=True))
    assert done.code in (nsr.OK, nsr.IO)  # the rank may have had nothing to copy, or copied in another way
    if done.code:
        assert len(done.errors) == 1
        goes_on(tmp_path / "o.nsr", recording, undisturbed)
    nsr.assert_same(tmp_path / "o.nsr", undisturbed)


@pytest.fixture(scope="module")
def wide(place):
    """Frames of 9,216 bytes: each read of values, also of a single frame, is larger than any of the description."""
    path = place / "wide.h5"
    nsr.run("synth", path, "--frames", 500, "--grid", "48x48", "--seed", 7)
    return path


@pytest.fixture(scope="module")
def wide_undisturbed(wide, place):
    nsr.run("render", wide, "-o", place / "wide.nsr", *RENDER)
    return nsr.tree(place / "wide.nsr")


BLIND = pytest.mark.xfail(strict=False, reason="Open MPI's own file access takes a failed read for a short one, and HDF5 "
                          "fills what is short with zeros: no return code tells")


@pytest.mark.parametrize("io, code", [("direct", nsr.IO), ("hdf5", None), pytest.param("mpio", None, marks=BLIND)])
@pytest.mark.parametrize("at", [1, 2])
def test_reading_values_fails(wide, wide_undisturbed, tmp_path, io, code, at):
    """The disk fails: the program distinguishes this from a damaged chunk where it reads by itself. Which rank reads
    how much, the queue and the library decide, so each rank's reads fail from the at-th on."""
    bundle = tmp_path / "o.nsr"
    env = shim.env("pread,read", str(wide), at, "EIO", least=8192, many=True)
    done = nsr.run("render", wide, "-o", bundle, *RENDER, "--io", io, ranks=3, code=code, timeout=SECONDS, env=env)
    assert done.code in (nsr.IO, nsr.DATA) and len(done.errors) == 1, done
    assert wide.name in done.errors[0]
    goes_on(bundle, wide, wide_undisturbed)


@pytest.mark.parametrize("at", [1, 4, 8])
def test_reading_the_description_fails_on_the_root(recording, undisturbed, tmp_path, at):
    env = shim.env("pread,read", str(recording), at, "EIO", rank=0, many=True)
    done = nsr.run("render", recording, "-o", tmp_path / "o.nsr", *RENDER, ranks=2, code=None, timeout=SECONDS, env=env)
    assert done.code in (nsr.IO, nsr.DATA) and len(done.errors) == 1, done
    assert recording.name in done.errors[0]
    goes_on(tmp_path / "o.nsr", recording, undisturbed)


@pytest.mark.parametrize("command", ["render", "range", "info", "plan"])
def test_opening_fails_on_one_rank(recording, tmp_path, command):
    words = ["-o", tmp_path / "o.nsr", *RENDER] if command == "render" else []
    for rank in (0, 1) if command != "info" else (0,):
        env = shim.env("open", str(recording), 1, "EIO", rank=rank, many=True)
        done = nsr.run(command, recording, *words, ranks=3, code=None, timeout=SECONDS, env=env)
        assert done.code in (nsr.IO, nsr.NO_INPUT, nsr.DATA) and len(done.errors) == 1, done
        assert recording.name in done.errors[0]
    assert not (tmp_path / "o.nsr").exists()


def test_encoding_fails_on_one_rank(recording, undisturbed, tmp_path):
    bundle = tmp_path / "o.nsr"
    nsr.fails(nsr.INTERNAL, "render", recording, "-o", bundle, *RENDER, *OWN, ranks=3, timeout=SECONDS, says="video",
              env=shim.env("encode", "", 20, "EIO", rank="others"))
    goes_on(bundle, recording, undisturbed)


@pytest.mark.parametrize("calls, path", [("write,pwrite,copy", "o.nsr"), ("read,pread", "made-up.h5"), ("read,pread", "o.nsr")])
def test_short_reads_and_writes_are_completed(recording, undisturbed, tmp_path, calls, path):
    env = shim.env(calls, path, 1, "short", many=True)
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", *RENDER, "--io", "direct", env=env)
    nsr.assert_same(tmp_path / "o.nsr", undisturbed)


@pytest.mark.parametrize("calls, path", [("write,pwrite", "o.nsr"), ("pread", "made-up.h5")])
def test_interrupted_calls_are_repeated(recording, undisturbed, tmp_path, calls, path):
    for at in (1, 2, 9, 40):
        out = tmp_path / str(at) / "o.nsr"
        out.parent.mkdir()
        nsr.run("render", recording, "-o", out, *RENDER, "--io", "direct", env=shim.env(calls, path, at, "EINTR"))
        nsr.assert_same(out, undisturbed)


def test_a_dead_rank_says_nothing_but_ends_the_run(recording, undisturbed, tmp_path):
    """_exit in the middle of a segment: the launcher ends the others; the next run goes on."""
    bundle = tmp_path / "o.nsr"
    done = nsr.run("render", recording, "-o", bundle, *RENDER, *OWN, ranks=3, code=None, timeout=SECONDS,
                   env=shim.env("rename", "frames/", 2, "exit", rank="others"))
    assert done.code != 0
    goes_on(bundle, recording, undisturbed)
