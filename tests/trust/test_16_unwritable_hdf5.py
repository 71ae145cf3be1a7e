# SPDX-License-Identifier: MIT
"""Whatever call fails while an HDF5 file is written or closed, the run ends with one message and the right code, never by
a crash: HDF5 1.10 keeps what it could not close, and must not close it again at the end."""
import shutil

import pytest

import nsr
import shim

OPTIONS = ("--format", "summary", "--segment-frames", 32)
CALLS = ["pwrite,write", "ftruncate", "open", "close"]


@pytest.fixture(scope="module")
def parts(place, recording):
    """A bundle whose summary is still to be joined."""
    nsr.run("render", recording, "-o", place / "parts.nsr", *OPTIONS, "--frames", "0:96", "--share", "1/1")
    return place / "parts.nsr"


@pytest.fixture(scope="module")
def whole(place, recording):
    nsr.run("render", recording, "-o", place / "whole.nsr", *OPTIONS, "--frames", "0:96")
    return nsr.tree(place / "whole.nsr")


def fails_well(*words, env, path, ranks=0):
    """False: the run was good, because it has fewer such calls."""
    done = nsr.run(*words, ranks=ranks, code=None, env=env)
    if done.code == nsr.OK:
        return False
    assert done.code in (nsr.IO, nsr.CREATE) and len(done.errors) == 1 and str(path) in done.errors[0], done
    assert env["SHIM_DO"] != "ENOSPC" or "make room" in done.errors[0], done
    return True


def fail_each(tmp_path, words, path, calls, error, many, ranks=0, steps=range(1, 1000)):
    for at in steps:
        shutil.rmtree(tmp_path / "o.nsr", ignore_errors=True)
        if not fails_well(*words(), env=shim.env(calls, path, at, error, many=many), path=path, ranks=ranks):
            return at
    return None


@pytest.mark.parametrize("many", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("calls", CALLS)
def test_joining_the_summary(parts, whole, tmp_path, calls, many):
    """Every call on summary.h5, with 1 to 4 threads; then the bundle is completed."""
    threads = 0

    def words():
        nonlocal threads
        threads = threads % 4 + 1
        shutil.copytree(parts, tmp_path / "o.nsr")
        return "join", tmp_path / "o.nsr", "--threads", threads

    end = fail_each(tmp_path, words, "summary.h5", calls, "ENOSPC", many)
    assert end > 1
    nsr.assert_same(tmp_path / "o.nsr", whole)
    shutil.rmtree(tmp_path / "o.nsr")
    shutil.copytree(parts, tmp_path / "o.nsr")
    assert fails_well("join", tmp_path / "o.nsr", env=shim.env(calls, "summary.h5", end - 1, "EIO", many=many), path="summary.h5")
    nsr.run("join", tmp_path / "o.nsr")
    nsr.assert_same(tmp_path / "o.nsr", whole)


@pytest.mark.parametrize("calls, at", [("pwrite,write", 8), ("ftruncate", 1), ("close", 1)])
def test_joining_with_ranks(parts, tmp_path, calls, at):
    """Here MPI_Finalize would shut HDF5 down."""
    def words():
        shutil.copytree(parts, tmp_path / "o.nsr")
        return "join", tmp_path / "o.nsr"

    assert fail_each(tmp_path, words, "summary.h5", calls, "ENOSPC", False, ranks=2, steps=[at]) is None


@pytest.mark.parametrize("storage", ["contiguous", "gzip"])
@pytest.mark.parametrize("calls", ["fallocate", *CALLS])
def test_synth(tmp_path, storage, calls):
    def words():
        (tmp_path / "s.h5").unlink(missing_ok=True)
        return "synth", tmp_path / "s.h5", "--frames", 200, "--grid", "6x7", "--storage", storage, "--chunk-frames", 50

    for many in (False, True):
        assert fail_each(tmp_path, words, "s.h5", calls, "ENOSPC", many) > 1
    assert not list(tmp_path.glob(".s.h5*"))


@pytest.mark.parametrize("io", ["direct", "hdf5", "mpio"])
def test_closing_the_input(tmp_path, io):
    """A failed close of a file that was only read has no consequences."""
    path = tmp_path / "in.h5"
    nsr.run("synth", path, "--frames", 100, "--grid", "6x7", "--storage", "gzip")
    want = nsr.run("range", path, "--json").json
    for ranks in (0, 2) if io != "direct" else (0,):
        for at in (1, 2, 3):
            done = nsr.run("range", path, "--io", io, "--json", ranks=ranks, env=shim.env("close", "in.h5", at, "EIO", many=True))
            assert done.json["max"] == want["max"]
