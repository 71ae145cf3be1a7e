# SPDX-License-Identifier: MIT
"""A system call fails while a stack, its overview, summary or launcher is written: one message, the right code, nothing
that viewers could open, and a run without the fault makes the bytes of an undisturbed one."""
import pytest

import nsr
import shim
import stacks

OWN = ("--io", "mpio")  # each rank renders its own segments; else one may take all on a busy machine
WORDS = ("--segment-frames", 16, "--chunk-frames", 8, "--memory", "64M")  # enough segments for every rank
SECONDS = 12


@pytest.fixture(scope="module")
def undisturbed(recording, place):
    stacks.render(recording, place / "reference.nsr", *WORDS)
    return nsr.tree(place / "reference.nsr")


def goes_on(bundle, recording, undisturbed):
    """No finished shard is made again."""
    done = nsr.records(bundle) if (bundle / "segments").exists() else []
    kept = {name: stamp for name, stamp in nsr.stamps(bundle).items() if name.startswith(f"{stacks.STORE}/0/c.")
            and int(name.split(".")[-3]) in done} if bundle.exists() else {}
    assert not stacks.can_be_opened(bundle) or len(kept) == 32
    nsr.run(*(["resume", bundle] if (bundle / "plan.json").exists() else ["render", recording, "-o", bundle, *WORDS]))
    after = nsr.stamps(bundle)
    assert all(after.get(name) == stamp for name, stamp in kept.items()), "a finished shard was made again"
    nsr.assert_same(bundle, undisturbed)


# (calls, path, number of the call, error) and the code with which the run must end
SHARD_FAULTS = {
    "the folder cannot be made": ("mkdir", stacks.STORE, 1, "ENOSPC", nsr.IO),
    "a shard cannot be created": ("open", "/0/.c.", 2, "EACCES", nsr.CREATE),
    "a shard cannot be created: disk full": ("open", "/0/.c.", 2, "ENOSPC", nsr.IO),
    "a shard cannot be written": ("write,pwrite", "/0/.c.", 3, "ENOSPC", nsr.IO),
    "a shard cannot be written: quota": ("write,pwrite", "/0/.c.", 3, "EDQUOT", nsr.IO),
    "a shard cannot be closed": ("close", "/0/.c.", 1, "EIO", nsr.IO),
    "a shard cannot be renamed": ("rename", stacks.STORE, 1, "EIO", nsr.IO),
    "a part of the overview cannot be created": ("open", "parts/overview/", 1, "EACCES", nsr.CREATE),
    "a part of the overview cannot be written": ("write,pwrite", "parts/overview/", 1, "ENOSPC", nsr.IO),
    "a part of the summary cannot be written": ("write,pwrite", "parts/summary/", 1, "ENOSPC", nsr.IO),
    "a part of the summary cannot be closed": ("close", "parts/summary/", 1, "EIO", nsr.IO),
}


@pytest.mark.parametrize("what", SHARD_FAULTS)
def test_a_part_fails(recording, undisturbed, tmp_path, what):
    calls, path, at, error, code = SHARD_FAULTS[what]
    bundle = tmp_path / "o.nsr"
    done = nsr.fails(code, "render", recording, "-o", bundle, *WORDS, *OWN, ranks=3, timeout=SECONDS, says="o.nsr",
                     env=shim.env(calls, path, at, error, rank="others"))
    assert not (bundle / "manifest.json").exists() and not stacks.can_be_opened(bundle)
    if error in ("ENOSPC", "EDQUOT"):
        assert "room" in done.errors[0]
    goes_on(bundle, recording, undisturbed)


# What is made at the end: (path, how the root opens, writes, flushes and renames it)
ENDS = ["frames.ome.zarr/.zarr.json", "frames.ome.zarr/0/.zarr.json", "overview.ome.zarr/.zarr.json",
        "overview.ome.zarr/0/.c.0", "summary.h5", "summary.csv", "summary.png", "frame_times.npy", "napari.json",
        "open_in_napari.py", "neuroglancer.json", "position.npy"]


FAILURES = pytest.mark.parametrize("call, error", [("open", "EACCES"), ("write,pwrite", "ENOSPC"), ("rename", "EIO")])


@FAILURES
@pytest.mark.parametrize("path", ENDS)
def test_the_end_fails(recording, undisturbed, tmp_path, path, call, error):
    bundle = tmp_path / "o.nsr"
    target = path.replace("/.", "/") if call == "rename" else path
    code = nsr.CREATE if error == "EACCES" else nsr.IO
    done = nsr.fails(code, "render", recording, "-o", bundle, *WORDS, timeout=SECONDS, says="o.nsr",
                     env=shim.env(call, target, 1, error))
    assert not (bundle / "manifest.json").exists() and not (bundle / stacks.STORE / "zarr.json").exists(), done
    goes_on(bundle, recording, undisturbed)


@FAILURES
@pytest.mark.parametrize("path, rank", [("summary.csv", 0), ("summary.h5", 0), ("summary.png", 2)])
def test_one_of_the_ranks_that_write_the_summary_fails(recording, undisturbed, tmp_path, path, rank, call, error):
    """The last rank draws the chart, the root makes the files: each learns of the other's failure."""
    a_rank_fails(recording, undisturbed, tmp_path, path, rank, call, error)


def test_a_rank_cannot_open_what_all_write(recording, undisturbed, tmp_path):
    a_rank_fails(recording, undisturbed, tmp_path, "summary.h5", 1, "open", "EIO")


def a_rank_fails(recording, undisturbed, tmp_path, path, rank, call, error):
    bundle = tmp_path / "o.nsr"
    code = nsr.CREATE if error == "EACCES" else nsr.IO
    nsr.fails(code, "render", recording, "-o", bundle, *WORDS, ranks=3, timeout=SECONDS, says=path,
              env=shim.env(call, path, 1, error, rank=rank))
    assert not (bundle / "manifest.json").exists() and not (bundle / stacks.STORE / "zarr.json").exists()
    assert not list(bundle.glob(".*.tmp-*")), "what the other rank had begun was left"
    goes_on(bundle, recording, undisturbed)


@pytest.mark.parametrize("path", ["parts/overview", "parts/summary"])
def test_joining_fails(recording, undisturbed, tmp_path, path):
    """Parts cannot be read, on whichever rank needs them."""
    bundle = tmp_path / "o.nsr"
    nsr.fails(nsr.IO, "render", recording, "-o", bundle, *WORDS, ranks=3, timeout=SECONDS, says="parts/",
              env=shim.env("read,pread", path, 1, "EIO", many=True))
    goes_on(bundle, recording, undisturbed)


@pytest.mark.parametrize("calls", ["write,pwrite,copy", "read,pread"])
def test_short_reads_and_writes_are_completed(recording, undisturbed, tmp_path, calls):
    stacks.render(recording, tmp_path / "o.nsr", *WORDS, env=shim.env(calls, "o.nsr", 1, "short", many=True))
    nsr.assert_same(tmp_path / "o.nsr", undisturbed)
    nsr.run("verify", tmp_path / "o.nsr", env=shim.env(calls, "o.nsr", 1, "short", many=True))


def test_a_shard_that_cannot_be_read(recording, tmp_path):
    """`verify` goes on with the others, and names the one that failed."""
    bundle = tmp_path / "o.nsr"
    stacks.render(recording, bundle, *WORDS)
    done = nsr.run("verify", bundle, code=None, env=shim.env("read,pread,open", "/0/c.5.0.0", 1, "EIO", many=True))
    assert done.code in (nsr.DATA, nsr.IO) and "c.5.0.0" in done.out + done.err
